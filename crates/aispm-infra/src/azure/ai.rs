//! Azure OpenAI, AI Services, Foundry and AI Search. Defaults are those of the AzureRM provider's documentation.

use aispm_types::{Asset, AssetId, AssetKind as K, Properties, RelationKind as R, Value};

use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row, Term};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    Row::asset(
        "azurerm_cognitive_account",
        K::Account,
        &["custom_subdomain_name", "name"],
        ACCOUNT,
        &[],
    )
    .also(account),
    Row::asset(
        "azurerm_ai_services",
        K::Account,
        &["custom_subdomain_name", "name"],
        SERVICES,
        &[],
    )
    .also(account),
    Row::asset(
        "azurerm_cognitive_deployment",
        K::Endpoint,
        &["name"],
        DEPLOYMENT,
        &[Link::from("cognitive_account_id", R::Contains)],
    )
    .also(deployment),
    Row::asset(
        "azurerm_ai_foundry",
        K::Account,
        &["name"],
        &[
            Field::fixed("kind", "foundry_hub"),
            Field::always("ai", true),
            Field::new(
                "public_network_access",
                "public_network_access",
                Read::IsNot("Disabled"),
                Absent::Bool(true),
            ),
            Field::present("managed_identity", "identity"),
            Field::customer_key("encryption.key_id"),
            Field::flag("high_business_impact", "high_business_impact_enabled", false),
        ],
        &[
            Link::to("storage_account_id", R::Uses, Named::Nothing),
            Link::to("key_vault_id", R::Uses, Named::Nothing),
            Link::to("identity.identity_ids", R::RunsAs, Named::Nothing),
        ],
    ),
    Row::asset(
        "azurerm_ai_foundry_project",
        K::Account,
        &["name"],
        &[
            Field::fixed("kind", "foundry_project"),
            Field::always("ai", true),
            Field::present("managed_identity", "identity"),
        ],
        &[Link::from("ai_services_hub_id", R::Contains)],
    ),
    // Keys open a search service and its door is open unless said otherwise.
    Row::asset(
        "azurerm_search_service",
        K::VectorIndex,
        &["name"],
        &[
            Field::fixed("engine", "azure-ai-search"),
            Field::always("authenticated", true),
            Field::flag("local_auth_enabled", "local_authentication_enabled", true),
            Field::flag("public_network_access", "public_network_access_enabled", true),
            Field::flag(
                "encrypted_with_customer_key",
                "customer_managed_key_enforcement_enabled",
                false,
            ),
        ],
        &[Link::to("identity.identity_ids", R::RunsAs, Named::Nothing)],
    )
    .also(search),
    Row::join("azapi_resource", azapi),
    Row::join("azurerm_private_endpoint", private_endpoint),
    Row::join("azurerm_monitor_diagnostic_setting", diagnostics),
    Row::join("azurerm_cognitive_account_customer_managed_key", customer_key),
];

const ACCOUNT: &[Field] = &[
    Field::always("ai", true),
    Field::flag("local_auth_enabled", "local_auth_enabled", true),
    Field::flag("public_network_access", "public_network_access_enabled", true),
    Field::new(
        "network_rules_default",
        "network_acls.default_action",
        Read::Text,
        Absent::Text("allow"),
    ),
    Field::present("managed_identity", "identity"),
    Field::flag("outbound_restricted", "outbound_network_access_restricted", false),
    Field::key("customer_managed_key.key_vault_key_id"),
    Field::customer_key("customer_managed_key.key_vault_key_id"),
    Field::always("private_endpoint", false),
];

const SERVICES: &[Field] = &[
    Field::always("ai", true),
    Field::fixed("kind", "ai_services"),
    Field::flag("local_auth_enabled", "local_authentication_enabled", true),
    Field::new(
        "public_network_access",
        "public_network_access",
        Read::IsNot("Disabled"),
        Absent::Bool(true),
    ),
    Field::new(
        "network_rules_default",
        "network_acls.default_action",
        Read::Text,
        Absent::Text("allow"),
    ),
    Field::present("managed_identity", "identity"),
    Field::flag("outbound_restricted", "outbound_network_access_restricted", false),
    Field::key("customer_managed_key.key_vault_key_id"),
    Field::customer_key("customer_managed_key.key_vault_key_id"),
    Field::always("private_endpoint", false),
];

const DEPLOYMENT: &[Field] = &[
    Field::fixed("engine", "azure-openai"),
    Field::always("tls", true),
    Field::always("authenticated", true),
    Field::new("content_filter", "rai_policy_name", Read::Address, Absent::Leave),
];

/// Kind and host of an account, and the lower-case words of its network rules.
fn account(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let openai = estate
        .text(resource, "kind")
        .is_some_and(|k| k.eq_ignore_ascii_case("OpenAI"));
    if resource.resource_type == "azurerm_cognitive_account" {
        draft.set(
            resource,
            "kind",
            if openai { "azure_openai" } else { "ai_services" },
        );
    }
    lower(resource, "network_rules_default", draft);
    let ranges = resource
        .at("network_acls.ip_rules")
        .map(|t| estate.resolve(&t).to_value());
    if let Some(Value::List(ranges)) = ranges {
        draft.set(resource, "allowed_ranges", Value::List(ranges));
    }
    // Without a deny by default the rules keep nobody out; with it the door is not open to the internet.
    let denies = draft
        .asset_of(resource)
        .is_some_and(|a| a.text("network_rules_default") == Some("deny"));
    let door = draft
        .asset_of(resource)
        .and_then(|a| a.get("public_network_access").cloned());
    if let Some(door) = door {
        draft.set(resource, "public", if denies { Value::Bool(false) } else { door });
    }
    hosts(resource, estate, draft);
}

fn lower(resource: &Resource, property: &str, draft: &mut Draft<'_>) {
    let text = draft
        .asset_of(resource)
        .and_then(|a| a.text(property).map(str::to_ascii_lowercase));
    if let Some(text) = text {
        draft.set(resource, property, text);
    }
}

/// The hosts an account answers at, as code names them.
fn hosts(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let (Some(subdomain), Some(id)) = (
        estate.text(resource, "custom_subdomain_name"),
        draft.id_of(resource).cloned(),
    ) else {
        return;
    };
    let subdomain = subdomain.to_ascii_lowercase();
    for domain in [
        "openai.azure.com",
        "cognitiveservices.azure.com",
        "services.ai.azure.com",
    ] {
        let alias = AssetId::new(K::Account, format!("azure-openai/{subdomain}.{domain}"));
        draft.alias(&alias, &id);
    }
    draft.set(resource, "host", format!("{subdomain}.openai.azure.com"));
}

/// A deployment is an endpoint of its account that serves a model.
fn deployment(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(own) = draft.id_of(resource).cloned() else {
        return;
    };
    let name = resource.at("model.name").map(|t| estate.resolve(&t));
    let version = resource.at("model.version").map(|t| estate.resolve(&t));
    let mut model = match name {
        Some(Term::Text(name)) => {
            Asset::new(K::Model, format!("azure-openai/{name}"), &name).with("model_name", name.as_str())
        }
        other => {
            let reason = other.map_or(Value::unknown("no model is named"), |t| t.to_value());
            Asset::new(
                K::Model,
                format!("azure-openai/unknown@{}", resource.place),
                "unknown",
            )
            .with("model_name", reason)
        }
    };
    // Without a version Azure picks one and moves it.
    model = model
        .provider("azure-openai")
        .at(resource.location.clone())
        .with("source", "terraform")
        .with("hosted", true)
        .with("pinned", matches!(version, Some(Term::Text(_))));
    if let Some(Term::Text(version)) = version {
        model = model.with("revision", version);
    }
    let id = draft.mention(model);
    draft.relate(&own, R::Serves, &id, resource);
    for account in estate.targets(resource, "cognitive_account_id") {
        inherit(account, resource, draft);
    }
}

/// The doors of an account are those of its deployments.
fn inherit(account: &Resource, deployment: &Resource, draft: &mut Draft<'_>) {
    let Some(from) = draft.asset_of(account).cloned() else {
        return;
    };
    for property in ["host", "public_network_access", "local_auth_enabled", "public"] {
        if let Some(value) = from.get(property).cloned() {
            draft.set(deployment, property, value);
        }
    }
    if let Some(to) = draft.id_of(deployment).cloned() {
        draft.relate(&from.id, R::Exposes, &to, deployment);
    }
}

fn search(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    if let Some(name) = estate.text(resource, "name") {
        let host = format!("{name}.search.windows.net");
        if let Some(id) = draft.id_of(resource).cloned() {
            draft.alias(&AssetId::new(K::Account, format!("azure-ai-search/{host}")), &id);
        }
        draft.set(resource, "host", host);
    }
}

/// ARM types that the azapi provider declares, and the rows that read their `body.properties`.
const ARM: &[(&str, Row)] = &[
    (
        "microsoft.cognitiveservices/accounts",
        Row::asset(
            "azapi_resource",
            K::Account,
            &["name"],
            &[
                Field::fixed("kind", "ai_services"),
                Field::always("ai", true),
                Field::not("local_auth_enabled", "body.properties.disableLocalAuth", true),
                Field::new(
                    "public_network_access",
                    "body.properties.publicNetworkAccess",
                    Read::IsNot("Disabled"),
                    Absent::Bool(true),
                ),
                Field::present("managed_identity", "identity"),
            ],
            &[],
        ),
    ),
    (
        "microsoft.cognitiveservices/accounts/projects",
        Row::asset(
            "azapi_resource",
            K::Account,
            &["name"],
            &[Field::fixed("kind", "foundry_project"), Field::always("ai", true)],
            &[Link::from("parent_id", R::Contains)],
        ),
    ),
    (
        "microsoft.cognitiveservices/accounts/deployments",
        Row::asset(
            "azapi_resource",
            K::Endpoint,
            &["name"],
            &[
                Field::fixed("engine", "azure-openai"),
                Field::always("authenticated", true),
                Field::text("content_filter", "body.properties.raiPolicyName"),
            ],
            &[Link::from("parent_id", R::Exposes)],
        ),
    ),
    (
        "microsoft.machinelearningservices/workspaces",
        Row::asset(
            "azapi_resource",
            K::Account,
            &["name"],
            &[
                Field::fixed("kind", "azure_ml_workspace"),
                Field::always("ai", true),
                Field::new(
                    "public_network_access",
                    "body.properties.publicNetworkAccess",
                    Read::IsNot("Disabled"),
                    Absent::Bool(true),
                ),
            ],
            &[],
        ),
    ),
    (
        "microsoft.machinelearningservices/workspaces/onlineendpoints",
        Row::asset(
            "azapi_resource",
            K::Endpoint,
            &["name"],
            &[
                Field::fixed("engine", "azure-ml"),
                Field::always("authenticated", true),
                Field::new(
                    "public_network_access",
                    "body.properties.publicNetworkAccess",
                    Read::IsNot("Disabled"),
                    Absent::Bool(true),
                ),
            ],
            &[Link::from("parent_id", R::Exposes)],
        ),
    ),
];

fn azapi(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(ty) = estate.text(resource, "type") else {
        return;
    };
    let ty = ty.split('@').next().unwrap_or(&ty).to_ascii_lowercase();
    let Some((_, row)) = ARM.iter().find(|(t, _)| *t == ty) else {
        return;
    };
    let Some(kind) = row.kind else { return };
    let mut read = resource.clone();
    // `body` may be a map or JSON text.
    if let Some(body) = read.at("body").and_then(|b| crate::normal::json::read(&b)) {
        read.attributes.insert(String::from("body"), body);
    }
    let asset = row.declare(kind, &read, estate).with("resource_type", ty);
    draft.declare(resource, asset);
    row.links.iter().for_each(|l| l.apply(resource, estate, draft));
}

fn private_endpoint(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    for target in estate.targets(
        resource,
        "private_service_connection.private_connection_resource_id",
    ) {
        if draft.asset_of(target).is_some_and(|a| a.kind == K::Account) {
            draft.set(target, "private_endpoint", true);
        }
    }
}

fn diagnostics(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let to_somewhere = [
        "log_analytics_workspace_id",
        "storage_account_id",
        "eventhub_name",
        "eventhub_authorization_rule_id",
    ]
    .iter()
    .any(|d| resource.at(d).is_some());
    let some = resource.at("enabled_log").is_some() || resource.at("log").is_some();
    for target in estate.targets(resource, "target_resource_id") {
        draft.set(target, "logging_enabled", to_somewhere && some);
    }
}

fn customer_key(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let mut properties = Properties::new();
    Field::key("key_vault_key_id").apply(resource, estate, &mut properties);
    for target in estate.targets(resource, "cognitive_account_id") {
        draft.set(target, "encrypted_with_customer_key", true);
        if let Some(key) = properties.get("kms_key").cloned() {
            draft.set(target, "kms_key", key);
        }
    }
}
