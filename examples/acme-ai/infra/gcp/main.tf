resource "google_service_account" "forecast" {
  account_id   = "demand-forecast"
  display_name = "Demand forecast"
  project      = "acme-forecast"
}

resource "google_workbench_instance" "forecast" {
  name     = "demand-forecast"
  project  = "acme-forecast"
  location = "europe-west1-b"

  gce_setup {
    machine_type      = "e2-standard-4"
    disable_public_ip = true
    service_accounts {
      email = google_service_account.forecast.email
    }
    metadata = {
      terraform = "true"
    }
  }

  labels = {
    application = "demand-forecast"
    owner       = "data-science"
    environment = "production"
  }
}

resource "google_vertex_ai_endpoint" "forecast" {
  name         = "demand-forecast"
  display_name = "Demand forecast"
  project      = "acme-forecast"
  location     = "europe-west1"

  encryption_spec {
    kms_key_name = "projects/acme-forecast/locations/europe-west1/keyRings/ai/cryptoKeys/vertex"
  }

  labels = {
    application = "demand-forecast"
    owner       = "data-science"
    environment = "production"
  }
}
