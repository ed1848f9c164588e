//! Azure Machine Learning.

use aispm_types::{AssetKind as K, RelationKind as R, Value};

use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    Row::asset(
        "azurerm_machine_learning_workspace",
        K::Account,
        &["friendly_name", "name"],
        &[
            Field::fixed("kind", "azure_ml_workspace"),
            Field::always("ai", true),
            Field::flag("public_network_access", "public_network_access_enabled", true),
            Field::flag("high_business_impact", "high_business_impact", false),
            Field::present("managed_identity", "identity"),
            Field::key("encryption.key_id"),
            Field::customer_key("encryption.key_id"),
            Field::new(
                "outbound_restricted",
                "managed_network.isolation_mode",
                Read::Is("AllowOnlyApprovedOutbound"),
                Absent::Bool(false),
            ),
            Field::always("private_endpoint", false),
        ],
        &[
            Link::to("storage_account_id", R::Uses, Named::Nothing),
            Link::to("key_vault_id", R::Uses, Named::Nothing),
            Link::to("identity.identity_ids", R::RunsAs, Named::Nothing),
        ],
    ),
    // A compute instance is a notebook server for one person.
    Row::asset(
        "azurerm_machine_learning_compute_instance",
        K::Notebook,
        &["name"],
        &[
            Field::present("in_vpc", "subnet_resource_id"),
            Field::flag("public_ip", "node_public_ip_enabled", true),
            Field::flag("local_auth_enabled", "local_auth_enabled", true),
            Field::always("root_access", true),
        ],
        COMPUTE,
    )
    .also(instance),
    Row::asset(
        "azurerm_machine_learning_compute_cluster",
        K::Compute,
        &["name"],
        &[
            Field::always("ai", true),
            Field::flag("local_auth_enabled", "local_auth_enabled", true),
            Field::flag("public_ip", "node_public_ip_enabled", true),
            Field::flag("ssh_public", "ssh_public_access_enabled", false),
        ],
        COMPUTE,
    ),
    Row::asset(
        "azurerm_machine_learning_synapse_spark",
        K::Compute,
        &["name"],
        &[Field::always("ai", true)],
        COMPUTE,
    ),
    Row::asset(
        "azurerm_machine_learning_inference_cluster",
        K::Endpoint,
        &["name"],
        &[Field::fixed("engine", "azure-ml"), Field::present("tls", "ssl")],
        COMPUTE,
    ),
    Row::asset(
        "azurerm_machine_learning_datastore_blobstorage",
        K::Dataset,
        &["name"],
        &[],
        &[
            Link::to("storage_container_id", R::StoredIn, Named::Nothing),
            Link::from("workspace_id", R::Contains),
        ],
    ),
    Row::asset(
        "azurerm_machine_learning_datastore_datalake_gen2",
        K::Dataset,
        &["name"],
        &[],
        &[
            Link::to("storage_container_id", R::StoredIn, Named::Nothing),
            Link::from("workspace_id", R::Contains),
        ],
    ),
    Row::asset(
        "azurerm_machine_learning_datastore_fileshare",
        K::Dataset,
        &["name"],
        &[],
        &[Link::from("workspace_id", R::Contains)],
    ),
];

const COMPUTE: &[Link] = &[
    Link::from("machine_learning_workspace_id", R::Contains),
    Link::to("identity.identity_ids", R::RunsAs, Named::Nothing),
];

/// SSH is opened by its block, and stands on the public address where there is one.
fn instance(resource: &Resource, _: &Estate, draft: &mut Draft<'_>) {
    let open = if resource.at("ssh").is_none() {
        Value::Bool(false)
    } else {
        draft
            .asset_of(resource)
            .and_then(|a| a.get("public_ip").cloned())
            .unwrap_or(Value::Bool(true))
    };
    draft.set(resource, "ssh_public", open);
}
