//! IAM: roles, users, and who may take a role on.

use aispm_types::{AssetId, AssetKind as K, RelationKind as R};

use super::policy;
use crate::normal::{Draft, Estate, Field, Resource, Row, Term};

/// Resource types. What policies allow is worked out in [`super::access`].
pub(crate) const ROWS: &[Row] = &[
    Row::asset("aws_iam_role", K::Role, &["name", "name_prefix"], &[], &[]).also(trust),
    Row::asset(
        "aws_iam_user",
        K::Identity,
        &["name"],
        &[Field::fixed("kind", "user")],
        &[],
    ),
    Row::asset(
        "aws_iam_group",
        K::Identity,
        &["name"],
        &[Field::fixed("kind", "group")],
        &[],
    ),
    Row::join("aws_iam_access_key", access_key),
];

/// Who may take the role on, from its trust policy.
fn trust(role: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(id) = draft.id_of(role).cloned() else {
        return;
    };
    if let Some(name) = estate.text(role, "name") {
        // Accounts are not known offline, so the ARN is matched with an unknown account by name.
        draft.alias(&AssetId::new(K::Role, format!("aws/{name}")), &id);
    }
    let Some(document) = role.at("assume_role_policy") else {
        return;
    };
    let (mut services, mut principals, mut external) = (Vec::new(), Vec::new(), Vec::new());
    let mut anyone = false;
    for statement in policy::statements(&document, estate) {
        if !statement.allow {
            continue;
        }
        anyone |= statement.anyone && statement.restrictions().is_empty();
        for (kind, who) in &statement.principals {
            let text = match who {
                Term::Ref(r) => {
                    let condition = statement.restrictions();
                    let why =
                        (!condition.is_empty()).then(|| format!("conditions on {}", condition.join(", ")));
                    for other in draft.ids_named(estate, r) {
                        draft.relate_if(&other, R::CanAssume, &id, role, why.as_deref());
                    }
                    r.to_string()
                }
                other => match estate.resolve(other) {
                    Term::Text(t) => t,
                    _ => continue,
                },
            };
            match kind.as_str() {
                "Service" => services.push(text),
                "Federated" => external.push(text),
                _ => principals.push(text),
            }
        }
    }
    for (name, mut list) in [
        ("trusted_services", services),
        ("trusted_principals", principals),
        ("external_identity", external),
    ] {
        list.sort();
        list.dedup();
        if !list.is_empty() {
            draft.set(role, name, list);
        }
    }
    draft.set(role, "trusts_anyone", anyone);
}

/// A long-lived key of a user.
fn access_key(key: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    for user in estate.targets(key, "user") {
        let Some(user) = draft.id_of(user).cloned() else {
            continue;
        };
        let rest = format!("{}#{}", key.place, key.address());
        let secret = aispm_types::Asset::new(K::Secret, rest, key.name.clone())
            .provider("aws")
            .at(key.location.clone())
            .with("source", "terraform")
            .with("resource_type", "aws_iam_access_key")
            .with("vendor", "aws");
        let id = draft.mention(secret);
        draft.relate(&id, R::Unlocks, &user, key);
    }
}
