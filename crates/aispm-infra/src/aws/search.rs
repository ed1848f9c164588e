//! Kendra, OpenSearch Serverless, Comprehend and other AI services of AWS.

use aispm_types::{AssetKind as K, RelationKind as R, Value};

use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row, Term, json};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    Row::asset(
        "aws_kendra_index",
        K::VectorIndex,
        &["name"],
        &[
            Field::fixed("engine", "kendra"),
            Field::always("authenticated", true),
            Field::customer_key("server_side_encryption_configuration.kms_key_id"),
        ],
        &[Link::role("role_arn")],
    ),
    Row::asset(
        "aws_kendra_data_source",
        K::Dataset,
        &["name"],
        &[],
        &[
            Link::from("index_id", R::GroundedOn),
            Link::to(
                "configuration.s3_configuration.bucket_name",
                R::StoredIn,
                Named::Bucket("s3"),
            ),
            Link::role("role_arn"),
        ],
    ),
    Row::asset(
        "aws_comprehend_document_classifier",
        K::Model,
        &["name"],
        COMPREHEND,
        COMPREHEND_LINKS,
    ),
    Row::asset(
        "aws_comprehend_entity_recognizer",
        K::Model,
        &["name"],
        COMPREHEND,
        COMPREHEND_LINKS,
    ),
    Row::asset(
        "aws_lex_bot",
        K::Agent,
        &["name"],
        &[Field::fixed("framework", "lex")],
        &[],
    ),
    Row::asset(
        "aws_lexv2models_bot",
        K::Agent,
        &["name"],
        &[Field::fixed("framework", "lex")],
        &[Link::role("role_arn")],
    ),
    Row::join("aws_opensearchserverless_collection", collection),
    Row::join("aws_opensearchserverless_security_policy", security_policy),
];

const COMPREHEND: &[Field] = &[
    Field::always("hosted", true),
    Field::new(
        "encrypted_with_customer_key",
        "model_kms_key_id",
        Read::Key,
        Absent::Bool(false),
    ),
    Field::present("in_vpc", "vpc_config"),
];

const COMPREHEND_LINKS: &[Link] = &[
    Link::role("data_access_role_arn"),
    Link::to("input_data_config.s3_uri", R::TrainedOn, Named::Bucket("s3")),
    Link::to(
        "input_data_config.documents.s3_uri",
        R::TrainedOn,
        Named::Bucket("s3"),
    ),
];

const COLLECTION: &[Field] = &[
    Field::fixed("engine", "opensearch"),
    Field::always("authenticated", true),
];

const STORE: &[Field] = &[Field::fixed("engine", "opensearch")];

/// Only a collection of vectors is an AI asset; the type defaults to time series.
fn collection(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let vectors = estate
        .text(resource, "type")
        .is_some_and(|t| t.eq_ignore_ascii_case("VECTORSEARCH"));
    let (kind, fields): (K, &'static [Field]) = if vectors {
        (K::VectorIndex, COLLECTION)
    } else {
        (K::Database, STORE)
    };
    let row = Row::asset(
        "aws_opensearchserverless_collection",
        kind,
        &["name"],
        fields,
        &[],
    );
    let asset = row.declare(kind, resource, estate);
    draft.declare(resource, asset);
    // Links of knowledge bases were drawn before collections had their kind.
    for base in estate.of_type("aws_bedrockagent_knowledge_base") {
        Link::to(
            "storage_configuration.opensearch_serverless_configuration.collection_arn",
            R::StoredIn,
            Named::Nothing,
        )
        .apply(base, estate, draft);
    }
}

/// Network and encryption policies name collections by pattern: `collection/NAME`, `collection/*`.
fn security_policy(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(policy) = resource.at("policy") else {
        return;
    };
    let policy = json::read(&policy).unwrap_or(policy);
    for rule in policy.items() {
        let patterns: Vec<String> = rule
            .at("Rules.*.Resource.*")
            .iter()
            .flat_map(|t| {
                t.items()
                    .iter()
                    .flat_map(|l| l.items().to_vec())
                    .collect::<Vec<_>>()
            })
            .filter_map(|t| match estate.resolve(&t) {
                Term::Text(t) => t.strip_prefix("collection/").map(str::to_owned),
                _ => None,
            })
            .collect();
        for collection in estate.of_type("aws_opensearchserverless_collection") {
            let Some(name) = estate.text(collection, "name") else {
                continue;
            };
            if !patterns.iter().any(|p| super::policy::matches(p, &name)) {
                continue;
            }
            if let Some(Term::Bool(public)) = rule.at("AllowFromPublic") {
                draft.set(collection, "public_network_access", public);
            }
            if let Some(Term::Bool(owned)) = rule.at("AWSOwnedKey") {
                draft.set(collection, "encrypted_with_customer_key", Value::Bool(!owned));
            }
        }
    }
}
