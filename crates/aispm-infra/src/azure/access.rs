//! Azure role assignments: what an identity may do at a scope.

use aispm_types::{Asset, AssetId, AssetKind as K, Fact, FactKind, RelationKind as R};

use crate::normal::{Draft, Estate, Resource, Term};

/// What a built-in role makes possible: (role, on kinds, relations).
#[rustfmt::skip]
const ROLES: &[(&str, &[K], &[R])] = &[
    ("Owner", ALL, &[R::CanRead, R::CanWrite, R::CanInvoke]),
    ("Contributor", ALL, &[R::CanWrite, R::CanInvoke]),
    ("Cognitive Services OpenAI User", AI, &[R::CanInvoke]),
    ("Cognitive Services OpenAI Contributor", AI, &[R::CanInvoke, R::CanWrite]),
    ("Cognitive Services User", AI, &[R::CanInvoke, R::CanRead]),
    ("Cognitive Services Contributor", AI, &[R::CanInvoke, R::CanWrite]),
    ("Azure AI Developer", AI, &[R::CanInvoke, R::CanWrite]),
    ("Azure AI User", AI, &[R::CanInvoke]),
    ("AzureML Data Scientist", AI, &[R::CanInvoke, R::CanWrite]),
    ("Search Index Data Reader", &[K::VectorIndex], &[R::CanRead]),
    ("Search Index Data Contributor", &[K::VectorIndex], &[R::CanRead, R::CanWrite]),
    ("Search Service Contributor", &[K::VectorIndex], &[R::CanWrite]),
    ("Storage Blob Data Reader", &[K::Bucket], &[R::CanRead]),
    ("Storage Blob Data Contributor", &[K::Bucket], &[R::CanRead, R::CanWrite]),
    ("Storage Blob Data Owner", &[K::Bucket], &[R::CanRead, R::CanWrite]),
    ("Storage Account Contributor", &[K::Bucket], &[R::CanRead, R::CanWrite]),
    ("Storage Account Key Operator Service Role", &[K::Bucket], &[R::CanRead, R::CanWrite]),
    ("Key Vault Secrets User", &[K::Secret], &[R::CanRead]),
    ("Key Vault Secrets Officer", &[K::Secret], &[R::CanRead, R::CanWrite]),
    ("Key Vault Administrator", &[K::Secret], &[R::CanRead, R::CanWrite]),
    ("Cosmos DB Account Reader Role", &[K::Database], &[R::CanRead]),
    ("DocumentDB Account Contributor", &[K::Database], &[R::CanRead, R::CanWrite]),
];
const ALL: &[K] = &[
    K::Account,
    K::Endpoint,
    K::VectorIndex,
    K::Bucket,
    K::Secret,
    K::Database,
    K::Compute,
    K::Notebook,
];
const AI: &[K] = &[K::Account, K::Endpoint];

/// Scopes above single resources.
const BROAD: &[&str] = &[
    "azurerm_resource_group",
    "data.azurerm_resource_group",
    "data.azurerm_subscription",
    "azurerm_subscription",
];

/// Role assignments of an estate.
pub(crate) fn span(estate: &Estate, draft: &mut Draft<'_>) {
    for assignment in estate.of_type("azurerm_role_assignment") {
        for principal in principals(assignment, estate, draft) {
            assign(assignment, &principal, estate, draft);
        }
    }
}

/// A user-assigned identity by reference, or the system-assigned identity of the resource it names.
fn principals(assignment: &Resource, estate: &Estate, draft: &mut Draft<'_>) -> Vec<AssetId> {
    let mut out = Vec::new();
    for target in estate.targets(assignment, "principal_id") {
        let Some(id) = draft.id_of(target).cloned() else {
            continue;
        };
        if target.resource_type == "azurerm_user_assigned_identity" {
            out.push(id);
            continue;
        }
        let rest = format!("{}#{}", target.place, target.address());
        let identity = Asset::new(K::Identity, rest, format!("identity of {}", target.name))
            .provider("azure")
            .at(target.location.clone())
            .with("source", "terraform")
            .with("kind", "managed_identity");
        let identity = draft.mention(identity);
        draft.relate(&id, R::RunsAs, &identity, target);
        out.push(identity);
    }
    out
}

fn assign(assignment: &Resource, principal: &AssetId, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(role) = estate.text(assignment, "role_definition_name") else {
        return;
    };
    let Some(scope) = assignment.at("scope") else {
        return;
    };
    let broad = scope
        .references()
        .iter()
        .any(|r| BROAD.contains(&r.resource_type.as_str()))
        || matches!(&scope, Term::Text(t) if t.starts_with("/subscriptions/") && t.matches('/').count() <= 4);
    let admin = broad && matches!(role.as_str(), "Owner" | "Contributor");
    if let Some(asset) = draft.asset(principal)
        && (admin || asset.get("admin").is_none())
    {
        asset.properties.insert(String::from("admin"), admin.into());
    }
    let shown = scope
        .references()
        .first()
        .map_or(String::from("a scope outside the code"), ToString::to_string);
    draft.fact(
        Fact::new(FactKind::PolicyStatement, principal)
            .with("effect", "allow")
            .with("actions", vec![role.as_str()])
            .with("resources", vec![shown])
            .with("wildcard", admin)
            .at(assignment.location.clone()),
    );
    let Some((_, kinds, relations)) = ROLES.iter().find(|(r, _, _)| *r == role) else {
        return;
    };
    for target in targets(&scope, broad, estate) {
        let Some(to) = draft.id_of(target).cloned() else {
            continue;
        };
        if !draft.asset(&to).is_some_and(|a| kinds.contains(&a.kind)) {
            continue;
        }
        for kind in *relations {
            draft.relate(principal, *kind, &to, assignment);
        }
    }
}

/// Resources below a scope: the one it names with what names that as its parent, or, for a resource group, what is in it.
fn targets<'a>(scope: &Term, broad: bool, estate: &'a Estate) -> Vec<&'a Resource> {
    let references = scope.references();
    if !broad {
        let named: Vec<&Resource> = references.iter().flat_map(|r| estate.find(r)).collect();
        let inside = |r: &&Resource| {
            [
                "cognitive_account_id",
                "storage_account_id",
                "storage_account_name",
            ]
            .iter()
            .any(|p| {
                estate
                    .targets(r, p)
                    .iter()
                    .any(|t| named.iter().any(|n| std::ptr::eq(*n, *t)))
            })
        };
        let mut all: Vec<&Resource> = estate.resources().iter().filter(inside).collect();
        all.extend(named);
        return all;
    }
    let groups: Vec<&Resource> = references
        .iter()
        .filter(|r| r.resource_type.ends_with("azurerm_resource_group"))
        .flat_map(|r| estate.find(r))
        .collect();
    estate
        .resources()
        .iter()
        .filter(|r| {
            groups.is_empty()
                || estate
                    .targets(r, "resource_group_name")
                    .iter()
                    .any(|t| groups.iter().any(|g| std::ptr::eq(*g, *t)))
        })
        .collect()
}
