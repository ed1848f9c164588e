//! Buckets, service accounts, Cloud Run and machines of Google Cloud.

use aispm_types::{Asset, AssetId, AssetKind as K, RelationKind as R, Value};

use crate::aws::compute::container;
use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row, Term};
use crate::serving::{self, Standing};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    Row::asset(
        "google_storage_bucket",
        K::Bucket,
        &["name"],
        &[
            Field::text("bucket_name", "name"),
            Field::flag("versioning", "versioning.enabled", false),
            Field::always("public_read", false),
            Field::always("public_write", false),
            Field::new(
                "block_public_access",
                "public_access_prevention",
                Read::Is("enforced"),
                Absent::Bool(false),
            ),
            Field::present("logging_enabled", "logging"),
            Field::customer_key("encryption.default_kms_key_name"),
        ],
        &[],
    )
    .also(bucket),
    Row::asset(
        "google_service_account",
        K::Identity,
        &["account_id"],
        &[Field::fixed("kind", "service_account")],
        &[],
    )
    .also(service_account),
    Row::join("google_service_account_key", key),
    Row::asset(
        "google_bigquery_dataset",
        K::Database,
        &["dataset_id"],
        &[
            Field::fixed("engine", "bigquery"),
            Field::customer_key("default_encryption_configuration.kms_key_name"),
        ],
        &[],
    ),
    Row::asset(
        "google_cloud_run_service",
        K::Workload,
        &["name"],
        RUN,
        &[Link::to(
            "template.spec.service_account_name",
            R::RunsAs,
            Named::ServiceAccount,
        )],
    )
    .also(run),
    Row::asset(
        "google_cloud_run_v2_service",
        K::Workload,
        &["name"],
        RUN,
        &[Link::to(
            "template.service_account",
            R::RunsAs,
            Named::ServiceAccount,
        )],
    )
    .also(run),
    Row::asset(
        "google_compute_instance",
        K::Compute,
        &["name"],
        MACHINE,
        MACHINE_LINKS,
    ),
    // Instances of a template are made by a group; the template stands for them.
    Row::asset(
        "google_compute_instance_template",
        K::Compute,
        &["name"],
        MACHINE,
        MACHINE_LINKS,
    ),
    Row::asset(
        "google_compute_firewall",
        K::Network,
        &["name"],
        &[Field::fixed("kind", "firewall")],
        &[],
    )
    .also(super::firewall::rules),
    Row::join("google_compute_instance", machine),
    Row::join("google_compute_instance_template", machine),
];

/// An instance, and the template of a group's instances.
const MACHINE: &[Field] = &[
    Field::present("public_ip", "network_interface.access_config"),
    Field::present("ai", "guest_accelerator"),
];
const MACHINE_LINKS: &[Link] = &[Link::to(
    "service_account.email",
    R::RunsAs,
    Named::ServiceAccount,
)];

const RUN: &[Field] = &[Field::fixed("kind", "cloud_run")];

fn bucket(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    if let (Some(name), Some(id)) = (estate.text(resource, "name"), draft.id_of(resource).cloned()) {
        draft.alias(&AssetId::new(K::Bucket, format!("gcs/{name}")), &id);
    }
}

/// Mail address of an account: `id@project.iam.gserviceaccount.com`, where the project is known.
fn service_account(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let parts = (
        estate.text(resource, "account_id"),
        estate.text(resource, "project"),
        draft.id_of(resource).cloned(),
    );
    if let (Some(account), Some(project), Some(id)) = parts {
        let mail = format!("{account}@{project}.iam.gserviceaccount.com");
        draft.alias(&AssetId::new(K::Identity, format!("gcp/{mail}")), &id);
    }
}

/// A long-lived key of a service account.
fn key(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    for account in estate.targets(resource, "service_account_id") {
        let Some(account) = draft.id_of(account).cloned() else {
            continue;
        };
        let rest = format!("{}#{}", resource.place, resource.address());
        let secret = Asset::new(K::Secret, rest, resource.name.clone())
            .provider("gcp")
            .at(resource.location.clone())
            .with("source", "terraform")
            .with("resource_type", "google_service_account_key")
            .with("vendor", "google");
        let id = draft.mention(secret);
        draft.relate(&id, R::Unlocks, &account, resource);
    }
}

/// Both generations keep containers at different depths. `ingress` is open unless narrowed.
fn run(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let mut blocks = resource.blocks("template.containers");
    blocks.extend(resource.blocks("template.spec.containers"));
    let containers: Vec<_> = blocks.iter().map(|c| container(c, estate)).collect();
    let Some(mut workload) = draft.asset_of(resource).cloned() else {
        return;
    };
    let id = workload.id.clone();
    let standing = Standing::declared(resource, &id);
    // Callers need `run.invoker`, whatever the engine does; `allUsers` may hold it, and then the engine's own door counts.
    let anyone = super::access::anyone_invokes(resource, estate);
    let public = match open_ingress(resource, estate) {
        Value::Bool(open) => Value::Bool(open && anyone),
        unknown if anyone => unknown,
        _ => Value::Bool(false),
    };
    workload = workload.with("public", public);
    if !anyone {
        workload = workload.with("authenticated", true);
    }
    let served = serving::describe(&mut workload, &containers, &standing, draft.out);
    if served.is_none() && anyone {
        workload = workload.with("authenticated", false);
    }
    draft.declare(resource, workload);
}

/// Whether traffic from the internet gets in: a field of the newer generation, an annotation of the older; open unless
/// narrowed.
fn open_ingress(resource: &Resource, estate: &Estate) -> Value {
    let annotation = match resource.at("metadata.annotations") {
        Some(Term::Map(m)) => m.get("run.googleapis.com/ingress").cloned(),
        _ => None,
    };
    match resource.at("ingress").or(annotation).map(|t| estate.resolve(&t)) {
        None => Value::Bool(true),
        Some(Term::Text(t)) => Value::Bool(t == "INGRESS_TRAFFIC_ALL" || t == "all"),
        Some(other) => Value::unknown(other.reason().unwrap_or("known after the apply")),
    }
}

fn machine(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let served = crate::machine::describe(
        resource,
        estate,
        draft,
        &[
            "metadata_startup_script",
            "metadata.startup-script",
            "metadata.user-data",
        ],
    );
    super::firewall::reach(resource, served.as_ref(), estate, draft);
}
