//! Microsoft Azure.

use aispm_types::{AssetId, Value};

use crate::support::{asset, property, related, terraform, unrelated};

#[test]
fn openai_account_and_deployment() {
    let batch = terraform(
        r#"
        resource "azurerm_cognitive_account" "a" {
          location              = "swedencentral"
          kind                  = "OpenAI"
          custom_subdomain_name = "Acme"
        }
        resource "azurerm_cognitive_deployment" "d" {
          name                 = "chat"
          cognitive_account_id = azurerm_cognitive_account.a.id
          model {
            name    = "gpt-4o"
            version = "2024-08-06"
          }
        }"#,
    );
    let account = asset(&batch, "azurerm_cognitive_account.a");
    for (name, value) in [
        ("kind", Value::from("azure_openai")),
        ("local_auth_enabled", true.into()),
        ("public_network_access", true.into()),
        ("network_rules_default", "allow".into()),
        ("encrypted_with_customer_key", false.into()),
        ("managed_identity", false.into()),
        ("host", "acme.openai.azure.com".into()),
        ("region", "swedencentral".into()),
        ("public", true.into()),
    ] {
        assert_eq!(account.get(name), Some(&value), "{name}");
    }
    let alias = AssetId::parse("account:azure-openai/acme.openai.azure.com");
    assert!(
        batch
            .aliases
            .iter()
            .any(|a| a.alias == alias && a.of == account.id)
    );
    related(
        &batch,
        "azurerm_cognitive_deployment.d serves model:azure-openai/gpt-4o",
    );
    related(
        &batch,
        "azurerm_cognitive_account.a exposes azurerm_cognitive_deployment.d",
    );
    assert_eq!(property(&batch, "deployment.d", "public"), Some(true.into()));
}

#[test]
fn a_closed_account() {
    let batch = terraform(
        r#"
        resource "azurerm_cognitive_account" "a" {
          kind               = "OpenAI"
          local_auth_enabled = false
          network_acls { default_action = "Deny" }
          identity { type = "SystemAssigned" }
          customer_managed_key { key_vault_key_id = azurerm_key_vault_key.k.id }
        }
        resource "azurerm_key_vault_key" "k" {}
        resource "azurerm_private_endpoint" "p" {
          private_service_connection { private_connection_resource_id = azurerm_cognitive_account.a.id }
        }
        resource "azurerm_monitor_diagnostic_setting" "d" {
          target_resource_id         = azurerm_cognitive_account.a.id
          log_analytics_workspace_id = "w"
          enabled_log { category = "Audit" }
        }"#,
    );
    for (name, value) in [
        ("local_auth_enabled", false),
        ("public", false),
        ("managed_identity", true),
        ("encrypted_with_customer_key", true),
        ("private_endpoint", true),
        ("logging_enabled", true),
    ] {
        assert_eq!(
            property(&batch, "cognitive_account.a", name),
            Some(value.into()),
            "{name}"
        );
    }
}

#[test]
fn role_assignments() {
    let batch = terraform(
        r#"
        resource "azurerm_resource_group" "g" { name = "g" }
        resource "azurerm_cognitive_account" "a" {
          kind                = "OpenAI"
          resource_group_name = azurerm_resource_group.g.name
        }
        resource "azurerm_storage_account" "s" { name = "s" }
        resource "azurerm_user_assigned_identity" "i" { name = "i" }
        resource "azurerm_linux_web_app" "w" { name = "w" }
        resource "azurerm_role_assignment" "one" {
          scope                = azurerm_cognitive_account.a.id
          role_definition_name = "Cognitive Services OpenAI User"
          principal_id         = azurerm_user_assigned_identity.i.principal_id
        }
        resource "azurerm_role_assignment" "two" {
          scope                = azurerm_resource_group.g.id
          role_definition_name = "Contributor"
          principal_id         = azurerm_linux_web_app.w.identity[0].principal_id
        }"#,
    );
    related(
        &batch,
        "azurerm_user_assigned_identity.i can_invoke azurerm_cognitive_account.a",
    );
    related(&batch, "azurerm_linux_web_app.w runs_as azurerm_linux_web_app.w");
    related(
        &batch,
        "azurerm_linux_web_app.w can_write azurerm_cognitive_account.a",
    );
    unrelated(&batch, "azurerm_storage_account.s");
}

#[test]
fn machine_learning_and_azapi() {
    let batch = terraform(
        r#"
        resource "azurerm_machine_learning_workspace" "w" { name = "w" }
        resource "azurerm_machine_learning_compute_instance" "c" {
          machine_learning_workspace_id = azurerm_machine_learning_workspace.w.id
        }
        resource "azapi_resource" "x" {
          type = "Microsoft.CognitiveServices/accounts@2024-10-01"
          body = { properties = { disableLocalAuth = true, publicNetworkAccess = "Disabled" } }
        }"#,
    );
    related(
        &batch,
        "azurerm_machine_learning_workspace.w contains azurerm_machine_learning_compute_instance.c",
    );
    assert_eq!(
        property(&batch, "workspace.w", "public_network_access"),
        Some(true.into())
    );
    assert_eq!(
        property(&batch, "azapi_resource.x", "local_auth_enabled"),
        Some(false.into())
    );
    assert_eq!(
        property(&batch, "azapi_resource.x", "public_network_access"),
        Some(false.into())
    );
}
