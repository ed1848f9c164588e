resource "azurerm_resource_group" "support" {
  name     = "acme-support"
  location = "westeurope"
}

resource "azurerm_cognitive_account" "support" {
  name                  = "acme-support"
  location              = azurerm_resource_group.support.location
  resource_group_name   = azurerm_resource_group.support.name
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "acme-support"

  public_network_access_enabled = true

  identity {
    type = "SystemAssigned"
  }

  tags = {
    application = "support-chat"
    owner       = "support-platform"
  }
}

resource "azurerm_cognitive_deployment" "chat" {
  name                 = "gpt-4o"
  cognitive_account_id = azurerm_cognitive_account.support.id
  model {
    format  = "OpenAI"
    name    = "gpt-4o"
    version = "2024-08-06"
  }
  sku {
    name     = "Standard"
    capacity = 30
  }
}

resource "azurerm_search_service" "articles" {
  name                          = "acme-support-kb"
  location                      = azurerm_resource_group.support.location
  resource_group_name           = azurerm_resource_group.support.name
  sku                           = "standard"
  local_authentication_enabled  = false
  public_network_access_enabled = false

  identity {
    type = "SystemAssigned"
  }

  tags = {
    application = "support-chat"
    owner       = "support-platform"
  }
}
