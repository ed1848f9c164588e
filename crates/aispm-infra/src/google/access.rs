//! Google IAM bindings: on buckets, Cloud Run services and projects.

use aispm_types::{Asset, AssetId, AssetKind as K, Fact, FactKind, RelationKind as R, Value};

use crate::normal::{Draft, Estate, Named, Resource, Term};

/// What a role makes possible: (prefix of the role, on kinds, relations).
#[rustfmt::skip]
const ROLES: &[(&str, &[K], &[R])] = &[
    ("roles/owner", ALL, &[R::CanRead, R::CanWrite, R::CanInvoke]),
    ("roles/editor", ALL, &[R::CanRead, R::CanWrite, R::CanInvoke]),
    ("roles/storage.admin", &[K::Bucket], &[R::CanRead, R::CanWrite]),
    ("roles/storage.objectAdmin", &[K::Bucket], &[R::CanRead, R::CanWrite]),
    ("roles/storage.objectUser", &[K::Bucket], &[R::CanRead, R::CanWrite]),
    ("roles/storage.objectCreator", &[K::Bucket], &[R::CanWrite]),
    ("roles/storage.objectViewer", &[K::Bucket], &[R::CanRead]),
    ("roles/storage.legacyBucketWriter", &[K::Bucket], &[R::CanWrite]),
    ("roles/storage.legacyObjectReader", &[K::Bucket], &[R::CanRead]),
    ("roles/aiplatform.admin", VERTEX, &[R::CanRead, R::CanWrite, R::CanInvoke]),
    ("roles/aiplatform.user", VERTEX, &[R::CanRead, R::CanInvoke]),
    ("roles/aiplatform.viewer", VERTEX, &[R::CanRead]),
    ("roles/notebooks.admin", &[K::Notebook], &[R::CanWrite, R::CanInvoke]),
    ("roles/run.invoker", &[K::Workload], &[R::CanInvoke]),
    ("roles/run.admin", &[K::Workload], &[R::CanInvoke, R::CanWrite]),
    ("roles/bigquery.admin", &[K::Database], &[R::CanRead, R::CanWrite]),
    ("roles/bigquery.dataEditor", &[K::Database], &[R::CanRead, R::CanWrite]),
    ("roles/bigquery.dataViewer", &[K::Database], &[R::CanRead]),
    ("roles/discoveryengine.admin", VERTEX, &[R::CanWrite, R::CanInvoke]),
    ("roles/iam.serviceAccountTokenCreator", &[K::Identity], &[R::CanAssume]),
    ("roles/iam.serviceAccountUser", &[K::Identity], &[R::CanAssume]),
];
const ALL: &[K] = &[
    K::Bucket,
    K::Endpoint,
    K::VectorIndex,
    K::Dataset,
    K::Notebook,
    K::Workload,
    K::Database,
    K::Agent,
    K::Compute,
];
const VERTEX: &[K] = &[K::Endpoint, K::VectorIndex, K::Dataset, K::Agent, K::Pipeline];

/// Bindings on one resource: (type, attribute that names it).
const BINDINGS: &[(&str, &str)] = &[
    ("google_storage_bucket_iam_member", "bucket"),
    ("google_storage_bucket_iam_binding", "bucket"),
    ("google_storage_bucket_access_control", "bucket"),
    ("google_cloud_run_service_iam_member", "service"),
    ("google_cloud_run_service_iam_binding", "service"),
    ("google_cloud_run_v2_service_iam_member", "name"),
    ("google_cloud_run_v2_service_iam_binding", "name"),
    ("google_bigquery_dataset_iam_member", "dataset_id"),
    ("google_bigquery_dataset_iam_binding", "dataset_id"),
    ("google_service_account_iam_member", "service_account_id"),
    ("google_service_account_iam_binding", "service_account_id"),
];

/// Bindings on an endpoint, which they name by number or reference.
const ENDPOINT_BINDINGS: &[&str] = &[
    "google_vertex_ai_endpoint_iam_member",
    "google_vertex_ai_endpoint_iam_binding",
];

/// Bindings on a project or above: they hold for what the estate declares.
const BROAD: &[&str] = &[
    "google_project_iam_member",
    "google_project_iam_binding",
    "google_folder_iam_member",
    "google_organization_iam_member",
];

/// Bindings of an estate.
pub(crate) fn span(estate: &Estate, draft: &mut Draft<'_>) {
    for (resource_type, path) in BINDINGS {
        for binding in estate.of_type(resource_type) {
            let targets = estate.targets(binding, path);
            bind(binding, &targets, false, estate, draft);
        }
    }
    for resource_type in ENDPOINT_BINDINGS {
        for binding in estate.of_type(resource_type) {
            let named = estate.text(binding, "endpoint");
            let mut targets = estate.targets(binding, "endpoint");
            targets.extend(
                estate
                    .of_type("google_vertex_ai_endpoint")
                    .filter(|e| named.is_some() && estate.text(e, "name") == named),
            );
            bind(binding, &targets, false, estate, draft);
            open_endpoints(binding, &targets, named.as_deref(), estate, draft);
        }
    }
    let all: Vec<&Resource> = estate
        .resources()
        .iter()
        .filter(|r| r.resource_type.starts_with("google_"))
        .collect();
    for resource_type in BROAD {
        for binding in estate.of_type(resource_type) {
            bind(binding, &all, true, estate, draft);
        }
    }
}

fn members(binding: &Resource) -> Vec<Term> {
    let mut out = binding.blocks("members");
    out.extend(binding.at("member"));
    out.extend(binding.at("entity"));
    out
}

fn is_everyone(member: &Term) -> bool {
    matches!(member.as_text(), Some("allUsers" | "allAuthenticatedUsers"))
}

/// Whether a Cloud Run service may be called by anyone.
pub(crate) fn anyone_invokes(service: &Resource, estate: &Estate) -> bool {
    BINDINGS
        .iter()
        .filter(|(t, _)| t.contains("cloud_run"))
        .flat_map(|(t, path)| estate.of_type(t).map(move |b| (b, *path)))
        .any(|(binding, path)| {
            estate.text(binding, "role").as_deref() == Some("roles/run.invoker")
                && members(binding).iter().any(is_everyone)
                && estate
                    .targets(binding, path)
                    .iter()
                    .any(|t| std::ptr::eq(*t, service))
        })
}

fn bind(binding: &Resource, targets: &[&Resource], broad: bool, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(role) = estate.text(binding, "role") else {
        return;
    };
    let granted = ROLES.iter().find(|(r, _, _)| *r == role);
    let condition = binding.at("condition").map(|_| "an IAM condition");
    for member in members(binding) {
        if is_everyone(&member) {
            open(targets, &role, draft, condition.is_some());
            continue;
        }
        for principal in principals(&member, estate, draft) {
            let admin = broad && matches!(role.as_str(), "roles/owner" | "roles/editor");
            if let Some(asset) = draft.asset(&principal)
                && (admin || asset.get("admin").is_none())
            {
                asset.properties.insert(String::from("admin"), admin.into());
            }
            let fact = Fact::new(FactKind::PolicyStatement, &principal)
                .with("effect", "allow")
                .with("actions", vec![role.as_str()])
                .with("wildcard", admin)
                .at(binding.location.clone());
            draft.fact(fact);
            let Some((_, kinds, relations)) = granted else {
                continue;
            };
            for target in targets {
                let Some(to) = draft.id_of(target).cloned() else {
                    continue;
                };
                if to == principal || !draft.asset(&to).is_some_and(|a| kinds.contains(&a.kind)) {
                    continue;
                }
                for kind in *relations {
                    draft.relate_if(&principal, *kind, &to, binding, condition);
                }
            }
        }
    }
}

/// `serviceAccount:…` with a reference or a mail address.
fn principals(member: &Term, estate: &Estate, draft: &mut Draft<'_>) -> Vec<AssetId> {
    let named: Vec<AssetId> = member
        .references()
        .into_iter()
        .flat_map(|r| draft.ids_named(estate, r))
        .collect();
    if !named.is_empty() {
        return named;
    }
    let Term::Text(text) = estate.resolve(member) else {
        return Vec::new();
    };
    text.strip_prefix("serviceAccount:")
        .and_then(|mail| Named::ServiceAccount.asset(mail))
        .map(|a| draft.mention(a))
        .into_iter()
        .collect()
}

/// Everyone may call an endpoint when a role that calls is everyone's; one that nothing here declares is known by the name
/// the binding gives.
fn open_endpoints(
    binding: &Resource,
    targets: &[&Resource],
    named: Option<&str>,
    estate: &Estate,
    draft: &mut Draft<'_>,
) {
    let role = estate.text(binding, "role").unwrap_or_default();
    let calls = ROLES
        .iter()
        .any(|(r, _, relations)| *r == role && relations.contains(&R::CanInvoke));
    if !calls || !members(binding).iter().any(is_everyone) {
        return;
    }
    let mut ids: Vec<AssetId> = targets.iter().filter_map(|t| draft.id_of(t).cloned()).collect();
    if let Some(name) = named.filter(|_| ids.is_empty()) {
        let endpoint = Asset::new(K::Endpoint, format!("vertex/{name}"), name)
            .provider("gcp")
            .at(binding.location.clone())
            .with("source", "terraform")
            .with("engine", "vertex");
        ids.push(draft.mention(endpoint));
    }
    let conditional = binding.at("condition").is_some();
    for id in ids {
        let Some(endpoint) = draft.asset(&id) else {
            continue;
        };
        let doubt = || Value::unknown("everyone is admitted under an IAM condition");
        let (signs_in, public) = if conditional {
            (doubt(), doubt())
        } else {
            (Value::Bool(false), Value::Bool(!endpoint.is("in_vpc")))
        };
        endpoint
            .properties
            .insert(String::from("authenticated"), signs_in);
        endpoint.properties.insert(String::from("public"), public);
    }
}

/// `allUsers` on a bucket opens it, whatever is enforced above; enforced prevention on the bucket itself closes it.
fn open(targets: &[&Resource], role: &str, draft: &mut Draft<'_>, conditional: bool) {
    let (read, write) = ROLES.iter().find(|(r, _, _)| *r == role).map_or(
        (
            role.ends_with("READER"),
            role.ends_with("WRITER") || role.ends_with("OWNER"),
        ),
        |(_, _, r)| (r.contains(&R::CanRead), r.contains(&R::CanWrite)),
    );
    for target in targets {
        if draft
            .asset_of(target)
            .is_none_or(|a| a.kind != K::Bucket || a.is("block_public_access"))
        {
            continue;
        }
        let value = if conditional {
            Value::unknown("everyone is admitted under an IAM condition")
        } else {
            Value::Bool(true)
        };
        if read {
            draft.set(target, "public_read", value.clone());
        }
        if write {
            draft.set(target, "public_write", value);
        }
    }
}
