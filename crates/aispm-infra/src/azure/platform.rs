//! Storage, databases, apps and identities of Azure.

use aispm_types::{AssetId, AssetKind as K, RelationKind as R, Value};

use crate::aws::compute::{container, environment};
use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row, Term};
use crate::serving::{self, Standing};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    Row::asset(
        "azurerm_storage_account",
        K::Bucket,
        &["name"],
        &[
            Field::text("bucket_name", "name"),
            Field::flag("shared_key_access", "shared_access_key_enabled", true),
            Field::flag("public_network_access", "public_network_access_enabled", true),
            Field::new(
                "https_only",
                "https_traffic_only_enabled",
                Read::Bool,
                Absent::Bool(true),
            ),
            Field::new("min_tls", "min_tls_version", Read::Text, Absent::Text("TLS1_2")),
            Field::flag("versioning", "blob_properties.versioning_enabled", false),
            Field::customer_key("customer_managed_key.key_vault_key_id"),
        ],
        &[],
    ),
    Row::asset(
        "azurerm_storage_container",
        K::Bucket,
        &["name"],
        &[Field::text("bucket_name", "name")],
        &[
            Link::from("storage_account_id", R::Contains),
            Link::from("storage_account_name", R::Contains),
        ],
    )
    .also(blob_container),
    Row::asset(
        "azurerm_cosmosdb_account",
        K::Database,
        &["name"],
        &[
            Field::fixed("engine", "cosmosdb"),
            Field::flag("public_network_access", "public_network_access_enabled", true),
            Field::not("local_auth_enabled", "local_authentication_disabled", true),
            Field::customer_key("key_vault_key_id"),
        ],
        &[],
    ),
    Row::asset("azurerm_key_vault", K::Secret, &["name"], &[], &[]),
    Row::asset(
        "azurerm_user_assigned_identity",
        K::Identity,
        &["name"],
        &[Field::fixed("kind", "managed_identity")],
        &[],
    ),
    Row::asset(
        "azurerm_linux_web_app",
        K::Workload,
        &["name"],
        &[Field::fixed("kind", "web_app")],
        APP,
    )
    .also(app),
    Row::asset(
        "azurerm_windows_web_app",
        K::Workload,
        &["name"],
        &[Field::fixed("kind", "web_app")],
        APP,
    )
    .also(app),
    Row::asset("azurerm_linux_function_app", K::Function, &["name"], &[], APP).also(app),
    Row::asset("azurerm_windows_function_app", K::Function, &["name"], &[], APP).also(app),
    Row::asset(
        "azurerm_container_app",
        K::Workload,
        &["name"],
        &[Field::fixed("kind", "container_app")],
        APP,
    )
    .also(container_app),
    Row::asset(
        "azurerm_container_group",
        K::Workload,
        &["name"],
        &[Field::fixed("kind", "container_group")],
        APP,
    )
    .also(container_group),
    Row::asset("azurerm_linux_virtual_machine", K::Compute, &["name"], &[], APP).also(machine),
];

const APP: &[Link] = &[Link::to("identity.identity_ids", R::RunsAs, Named::Nothing)];

/// A container opens to anyone by its access type; the account's name makes its own unique.
fn blob_container(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let access = resource.at("container_access_type").map(|t| estate.resolve(&t));
    let public = match access {
        None => Value::Bool(false),
        Some(Term::Text(t)) => Value::Bool(matches!(t.as_str(), "blob" | "container")),
        Some(other) => other.to_value(),
    };
    draft.set(resource, "public_read", public);
    draft.set(resource, "public_write", false);
    let account = estate
        .targets(resource, "storage_account_id")
        .first()
        .and_then(|a| estate.text(a, "name"))
        .or_else(|| estate.text(resource, "storage_account_name"));
    if let (Some(account), Some(name), Some(id)) = (
        account,
        estate.text(resource, "name"),
        draft.id_of(resource).cloned(),
    ) {
        draft.alias(&AssetId::new(K::Bucket, format!("azure/{account}/{name}")), &id);
    }
}

/// Settings of an app: names only; what they refer to, it uses. A system-assigned identity is the app's own.
fn app(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let settings = resource.at("app_settings");
    let container = environment(settings.as_ref(), estate);
    let names = container.inline_secrets(draft.out);
    let keys: Vec<Value> = container.env.keys().map(|k| Value::from(k.as_str())).collect();
    if !keys.is_empty() {
        draft.set(resource, "env_keys", Value::List(keys));
    }
    if !names.is_empty() {
        draft.set(resource, "inline_secrets", names);
    }
    let open = resource
        .at("public_network_access_enabled")
        .map(|t| estate.resolve(&t));
    let public = open.map_or(Value::Bool(true), |t| match t.to_value() {
        v @ (Value::Bool(_) | Value::Unknown(_)) => v,
        _ => Value::Bool(true),
    });
    draft.set(resource, "public", public);
    let Some(own) = draft.id_of(resource).cloned() else {
        return;
    };
    for reference in settings.iter().flat_map(Term::references) {
        for other in draft.ids_named(estate, reference) {
            draft.relate(&own, R::Uses, &other, resource);
        }
    }
}

/// A group has a public address unless it is told to have a private one or none.
fn container_group(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let containers: Vec<_> = resource
        .blocks("container")
        .iter()
        .map(|c| container(c, estate))
        .collect();
    let Some(mut workload) = draft.asset_of(resource).cloned() else {
        return;
    };
    let address = resource.at("ip_address_type").map(|t| estate.resolve(&t));
    let public = match address {
        None => Value::Bool(true),
        Some(Term::Text(t)) => Value::Bool(t.eq_ignore_ascii_case("public")),
        Some(other) => Value::unknown(other.reason().unwrap_or("known after the apply")),
    };
    workload = workload.with("public", public);
    let id = workload.id.clone();
    let standing = Standing::declared(resource, &id);
    serving::describe(&mut workload, &containers, &standing, draft.out);
    draft.declare(resource, workload);
}

/// Sizes of the N series have accelerators.
fn machine(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    if estate
        .text(resource, "size")
        .is_some_and(|s| s.to_ascii_lowercase().starts_with("standard_n"))
    {
        draft.set(resource, "ai", true);
    }
    crate::machine::describe(resource, estate, draft, &["custom_data", "user_data"]);
}

fn container_app(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let containers: Vec<_> = resource
        .blocks("template.container")
        .iter()
        .map(|c| container(c, estate))
        .collect();
    let Some(mut workload) = draft.asset_of(resource).cloned() else {
        return;
    };
    let public = resource
        .at("ingress.external_enabled")
        .map(|t| estate.resolve(&t));
    workload = workload.with(
        "public",
        match public {
            None => Value::Bool(false),
            Some(t) => t.to_value(),
        },
    );
    let id = workload.id.clone();
    let standing = Standing::declared(resource, &id);
    serving::describe(&mut workload, &containers, &standing, draft.out);
    draft.declare(resource, workload);
    let variables = resource.at("template.container.*.env.*.value");
    for reference in variables.iter().flat_map(Term::references) {
        for other in draft.ids_named(estate, reference) {
            draft.relate(&id, R::Uses, &other, resource);
        }
    }
}
