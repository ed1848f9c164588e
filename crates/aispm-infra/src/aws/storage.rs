//! S3, DynamoDB, RDS and their settings, joined onto what they belong to.

use aispm_types::{AssetId, AssetKind as K, Value};

use super::policy::{self, Statement};
use crate::normal::{Absent, Draft, Estate, Field, Read, Resource, Row, Term};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    // Buckets are private and unversioned unless something says otherwise.
    Row::asset(
        "aws_s3_bucket",
        K::Bucket,
        &["bucket", "bucket_prefix"],
        &[
            Field::text("bucket_name", "bucket"),
            Field::flag("versioning", "versioning.enabled", false),
            Field::always("public_read", false),
            Field::always("public_write", false),
            Field::present("logging_enabled", "logging"),
            Field::customer_key(
                "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id",
            ),
        ],
        &[],
    )
    .also(bucket),
    Row::join("aws_s3_bucket_versioning", versioning),
    Row::join("aws_s3_bucket_logging", logging),
    Row::join("aws_s3_bucket_server_side_encryption_configuration", encryption),
    Row::join("aws_s3_bucket_acl", acl),
    Row::join("aws_s3_bucket_policy", bucket_policy),
    // Last: what it blocks, no list or policy opens.
    Row::join("aws_s3_bucket_public_access_block", block),
    Row::asset(
        "aws_dynamodb_table",
        K::Database,
        &["name"],
        &[
            Field::fixed("engine", "dynamodb"),
            Field::customer_key("server_side_encryption.kms_key_arn"),
        ],
        &[],
    ),
    Row::asset("aws_db_instance", K::Database, &["identifier", "db_name"], RDS, &[]),
    Row::asset("aws_rds_cluster", K::Database, &["cluster_identifier", "database_name"], RDS, &[]),
    Row::asset(
        "aws_ecr_repository",
        K::Image,
        &["name"],
        &[
            Field::new("mutable_tags", "image_tag_mutability", Read::IsNot("IMMUTABLE"), Absent::Bool(true)),
            Field::flag("scanned_on_push", "image_scanning_configuration.scan_on_push", false),
            Field::customer_key("encryption_configuration.kms_key"),
        ],
        &[],
    ),
    Row::asset(
        "aws_secretsmanager_secret",
        K::Secret,
        &["name"],
        &[
            Field::new("recovery_days", "recovery_window_in_days", Read::Int, Absent::Int(30)),
            Field::customer_key("kms_key_id"),
            Field::present("rotation", "rotation_rules"),
        ],
        &[],
    ),
];

const RDS: &[Field] = &[
    Field::text("engine", "engine"),
    Field::flag("public_network_access", "publicly_accessible", false),
    Field::customer_key("kms_key_id"),
];

fn bucket(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    if let (Some(name), Some(id)) = (estate.text(resource, "bucket"), draft.id_of(resource).cloned()) {
        draft.alias(&AssetId::new(K::Bucket, format!("s3/{name}")), &id);
    }
    let known = draft
        .asset_of(resource)
        .is_some_and(|a| a.get("bucket_name").is_some());
    if !known && let Some(prefix) = resource.at("bucket_prefix") {
        let value = match prefix.to_value() {
            v @ Value::Unknown(_) => v,
            _ => Value::unknown("the name is a prefix with a suffix made at the apply"),
        };
        draft.set(resource, "bucket_name", value);
    }
    open_by_acl(resource, resource, draft);
    if let Some(document) = resource.at("policy") {
        open_by_policy(resource, &policy::statements(&document, estate), resource, draft);
    }
}

fn buckets<'a>(resource: &Resource, estate: &'a Estate) -> Vec<&'a Resource> {
    let named = estate.targets(resource, "bucket");
    if !named.is_empty() {
        return named;
    }
    let Some(name) = estate.text(resource, "bucket") else {
        return Vec::new();
    };
    estate
        .of_type("aws_s3_bucket")
        .filter(|b| estate.text(b, "bucket").as_deref() == Some(name.as_str()))
        .collect()
}

fn versioning(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let field = Field::new(
        "versioning",
        "versioning_configuration.status",
        Read::Is("Enabled"),
        Absent::Bool(false),
    );
    complete(&[field], resource, estate, draft);
}

fn logging(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    complete(
        &[Field::present("logging_enabled", "target_bucket")],
        resource,
        estate,
        draft,
    );
}

fn encryption(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let field = Field::customer_key("rule.apply_server_side_encryption_by_default.kms_master_key_id");
    complete(&[field], resource, estate, draft);
}

fn complete(fields: &[Field], resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    for bucket in buckets(resource, estate) {
        if let Some(asset) = draft.asset_of(bucket) {
            fields
                .iter()
                .for_each(|f| f.apply(resource, estate, &mut asset.properties));
        }
    }
}

fn acl(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    for bucket in buckets(resource, estate) {
        open_by_acl(bucket, resource, draft);
    }
}

/// Canned lists and grants to everyone (`AllUsers`) or to any AWS account (`AuthenticatedUsers`).
fn open_by_acl(bucket: &Resource, source: &Resource, draft: &mut Draft<'_>) {
    match source.at("acl") {
        Some(Term::Text(acl)) => {
            if acl.starts_with("public-read") || acl == "authenticated-read" {
                draft.set(bucket, "public_read", true);
            }
            if acl == "public-read-write" {
                draft.set(bucket, "public_write", true);
            }
        }
        Some(other) if other.reason().is_some() => {
            draft.set(bucket, "public_read", other.to_value());
            draft.set(bucket, "public_write", other.to_value());
        }
        _ => {}
    }
    let inline = source.blocks("grant");
    let separate = source.blocks("access_control_policy.grant");
    for grant in inline.iter().chain(&separate) {
        let everyone = ["uri", "grantee.uri"].iter().any(|p| {
            matches!(grant.at(p), Some(Term::Text(t)) if t.ends_with("/AllUsers") || t.ends_with("/AuthenticatedUsers"))
        });
        if !everyone {
            continue;
        }
        let permissions = [grant.at("permission"), grant.at("permissions")];
        for permission in permissions.iter().flatten().flat_map(|t| t.items()) {
            match permission.as_text() {
                Some("READ") => draft.set(bucket, "public_read", true),
                Some("WRITE") => draft.set(bucket, "public_write", true),
                Some("FULL_CONTROL") => {
                    draft.set(bucket, "public_read", true);
                    draft.set(bucket, "public_write", true);
                }
                _ => {}
            }
        }
    }
}

fn bucket_policy(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(document) = resource.at("policy") else {
        return;
    };
    let statements = policy::statements(&document, estate);
    for bucket in buckets(resource, estate) {
        open_by_policy(bucket, &statements, resource, draft);
    }
}

/// Statements that let anyone in, and the statements themselves as facts.
fn open_by_policy(bucket: &Resource, statements: &[Statement], at: &Resource, draft: &mut Draft<'_>) {
    let Some(id) = draft.id_of(bucket).cloned() else {
        return;
    };
    for statement in statements {
        draft.fact(statement.fact(&id, at));
        if !statement.allow || !statement.anyone {
            continue;
        }
        let closing = statement.restrictions();
        for (property, actions) in [
            ("public_read", policy::READ_OBJECT),
            ("public_write", policy::WRITE_OBJECT),
        ] {
            if !actions.iter().any(|a| statement.covers_action(a)) {
                continue;
            }
            let already = draft.asset(&id).is_some_and(|a| a.is(property));
            if closing.is_empty() {
                draft.set(bucket, property, true);
            } else if !already {
                let reason = format!(
                    "a policy admits anyone under a condition on {}",
                    closing.join(", ")
                );
                draft.set(bucket, property, Value::unknown(reason));
            }
        }
    }
}

/// All four switches on close the bucket; `ignore_public_acls` and `restrict_public_buckets` close what is there already.
fn block(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let on = |name: &str| -> Value {
        match resource.at(name) {
            None => Value::Bool(false),
            Some(t) => match estate.resolve(&t).to_value() {
                v @ (Value::Bool(_) | Value::Unknown(_)) => v,
                _ => Value::Bool(false),
            },
        }
    };
    let all = [
        "block_public_acls",
        "block_public_policy",
        "ignore_public_acls",
        "restrict_public_buckets",
    ]
    .map(on);
    let blocked = if all.contains(&Value::Bool(false)) {
        Value::Bool(false)
    } else {
        all.iter()
            .find(|v| v.is_unknown())
            .cloned()
            .unwrap_or(Value::Bool(true))
    };
    for bucket in buckets(resource, estate) {
        draft.set(bucket, "block_public_access", blocked.clone());
        if blocked == Value::Bool(true) {
            draft.set(bucket, "public_read", false);
            draft.set(bucket, "public_write", false);
        }
    }
}
