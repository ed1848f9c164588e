//! Vertex AI, Workbench, Discovery Engine, Dialogflow and Model Armor. Defaults are those of the Google provider's documentation.

use aispm_types::{AssetKind as K, RelationKind as R, Value};

use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row};

const KEY: Field = Field::customer_key("encryption_spec.kms_key_name");

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    // An endpoint is on the internet unless it has a network or private connection of its own; callers always sign in.
    Row::asset(
        "google_vertex_ai_endpoint",
        K::Endpoint,
        &["display_name", "name"],
        &[
            Field::fixed("engine", "vertex"),
            Field::always("authenticated", true),
            Field::present("in_vpc", "network"),
            KEY,
        ],
        &[],
    )
    .also(endpoint),
    Row::asset(
        "google_vertex_ai_endpoint_with_model_garden_deployment",
        K::Endpoint,
        &["endpoint_config.endpoint_display_name"],
        &[
            Field::fixed("engine", "vertex"),
            Field::always("authenticated", true),
        ],
        &[],
    ),
    Row::asset(
        "google_vertex_ai_index",
        K::VectorIndex,
        &["display_name"],
        &[Field::fixed("engine", "vertex"), KEY],
        &[Link::to(
            "metadata.contents_delta_uri",
            R::GroundedOn,
            Named::Bucket("gcs"),
        )],
    ),
    Row::asset(
        "google_vertex_ai_index_endpoint",
        K::Endpoint,
        &["display_name"],
        &[
            Field::fixed("engine", "vertex"),
            Field::always("authenticated", true),
            Field::flag("public_network_access", "public_endpoint_enabled", false),
            Field::present("in_vpc", "network"),
            KEY,
        ],
        &[],
    ),
    Row::asset(
        "google_vertex_ai_dataset",
        K::Dataset,
        &["display_name"],
        &[KEY],
        &[],
    ),
    Row::asset(
        "google_vertex_ai_featurestore",
        K::Dataset,
        &["name"],
        &[KEY],
        &[],
    ),
    Row::asset(
        "google_vertex_ai_feature_online_store",
        K::Dataset,
        &["name"],
        &[KEY],
        &[],
    ),
    Row::asset(
        "google_vertex_ai_tensorboard",
        K::Pipeline,
        &["display_name"],
        &[Field::fixed("framework", "vertex"), KEY],
        &[],
    ),
    Row::asset(
        "google_vertex_ai_metadata_store",
        K::Pipeline,
        &["name"],
        &[Field::fixed("framework", "vertex"), KEY],
        &[],
    ),
    Row::asset(
        "google_vertex_ai_reasoning_engine",
        K::Agent,
        &["display_name"],
        &[Field::fixed("framework", "vertex-agent-engine"), KEY],
        &[Link::to("spec.service_account", R::RunsAs, Named::ServiceAccount)],
    ),
    // Instances of the older service have a public address, root access and proxy access unless switched off.
    Row::asset(
        "google_notebooks_instance",
        K::Notebook,
        &["name"],
        &[
            Field::not("public_ip", "no_public_ip", true),
            Field::not("direct_internet_access", "no_public_ip", true),
            Field::new(
                "root_access",
                "metadata.notebook-disable-root",
                Read::Not,
                Absent::Bool(true),
            ),
            Field::key("kms_key"),
            Field::customer_key("kms_key"),
            Field::present("in_vpc", "subnet"),
            Field::present("lifecycle_script", "post_startup_script"),
        ],
        &[Link::to("service_account", R::RunsAs, Named::ServiceAccount)],
    ),
    Row::asset(
        "google_workbench_instance",
        K::Notebook,
        &["name"],
        &[
            Field::not("public_ip", "gce_setup.disable_public_ip", true),
            Field::not("direct_internet_access", "gce_setup.disable_public_ip", true),
            Field::new(
                "root_access",
                "gce_setup.metadata.notebook-disable-root",
                Read::Not,
                Absent::Bool(true),
            ),
            Field::key("gce_setup.data_disks.kms_key"),
            Field::customer_key("gce_setup.data_disks.kms_key"),
            Field::present("in_vpc", "gce_setup.network_interfaces"),
            Field::present("idle_shutdown", "gce_setup.metadata.idle-timeout-seconds"),
            Field::present("lifecycle_script", "gce_setup.metadata.post-startup-script"),
        ],
        &[Link::to(
            "gce_setup.service_accounts.*.email",
            R::RunsAs,
            Named::ServiceAccount,
        )],
    ),
    Row::asset(
        "google_notebooks_runtime",
        K::Notebook,
        &["name"],
        &[
            Field::not(
                "public_ip",
                "virtual_machine.virtual_machine_config.internal_ip_only",
                true,
            ),
            Field::customer_key("virtual_machine.virtual_machine_config.encryption_config.kms_key"),
            Field::new(
                "idle_shutdown",
                "software_config.idle_shutdown",
                Read::Bool,
                Absent::Bool(true),
            ),
        ],
        &[],
    ),
    Row::asset(
        "google_colab_runtime_template",
        K::Notebook,
        &["display_name"],
        &[
            Field::flag(
                "direct_internet_access",
                "network_spec.enable_internet_access",
                true,
            ),
            Field::customer_key("encryption_spec.kms_key_name"),
            Field::present("in_vpc", "network_spec.network"),
        ],
        &[],
    ),
    Row::asset(
        "google_discovery_engine_data_store",
        K::VectorIndex,
        &["display_name"],
        &[Field::fixed("engine", "vertex-ai-search")],
        &[],
    ),
    Row::asset(
        "google_discovery_engine_search_engine",
        K::Endpoint,
        &["display_name"],
        &[Field::fixed("engine", "vertex-ai-search")],
        &[Link::to("data_store_ids", R::GroundedOn, Named::Nothing)],
    ),
    Row::asset(
        "google_discovery_engine_chat_engine",
        K::Agent,
        &["display_name"],
        &[Field::fixed("framework", "vertex-ai-agents")],
        &[Link::to("data_store_ids", R::GroundedOn, Named::Nothing)],
    ),
    Row::asset(
        "google_dialogflow_agent",
        K::Agent,
        &["display_name"],
        &[
            Field::fixed("framework", "dialogflow"),
            Field::flag("logging_enabled", "enable_logging", false),
        ],
        &[],
    ),
    Row::asset(
        "google_dialogflow_cx_agent",
        K::Agent,
        &["display_name"],
        &[
            Field::fixed("framework", "dialogflow-cx"),
            Field::flag(
                "logging_enabled",
                "advanced_settings.logging_settings.enable_stackdriver_logging",
                false,
            ),
        ],
        &[],
    ),
    Row::asset(
        "google_dialogflow_cx_webhook",
        K::Tool,
        &["display_name"],
        &[],
        &[Link::from("parent", R::CallsTool)],
    ),
    Row::asset(
        "google_model_armor_template",
        K::Guardrail,
        &["template_id"],
        &[],
        &[],
    )
    .also(armor),
    Row::asset(
        "google_model_armor_floorsetting",
        K::Guardrail,
        &["location"],
        &[],
        &[],
    )
    .also(armor),
];

fn endpoint(resource: &Resource, _: &Estate, draft: &mut Draft<'_>) {
    let private = ["network", "private_service_connect_config"]
        .iter()
        .any(|p| resource.at(p).is_some());
    draft.set(resource, "public_network_access", !private);
}

/// Filters of a template and what they are called here.
const FILTERS: &[(&str, &str)] = &[
    ("filter_config.rai_settings.rai_filters", "content"),
    ("filter_config.pi_and_jailbreak_filter_settings", "prompt-attack"),
    ("filter_config.sdp_settings", "pii"),
    ("filter_config.malicious_uri_filter_settings", "urls"),
];

fn armor(resource: &Resource, _: &Estate, draft: &mut Draft<'_>) {
    let on = |path: &str| {
        resource.at(path).is_some_and(|t| {
            let off = t
                .at("filter_enforcement")
                .and_then(|e| e.as_text().map(|t| t == "DISABLED"));
            !t.is_blank() && off != Some(true)
        })
    };
    let mut filters: Vec<Value> = FILTERS
        .iter()
        .filter(|(p, _)| on(p))
        .map(|(_, f)| Value::from(*f))
        .collect();
    filters.sort_by_key(|f| f.as_str().map(str::to_owned));
    draft.set(resource, "inert", filters.is_empty());
    draft.set(resource, "filters", Value::List(filters));
}
