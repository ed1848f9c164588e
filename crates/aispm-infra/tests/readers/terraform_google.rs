//! Google Cloud.

use crate::support::{ai, property, related, terraform};

#[test]
fn workbench_and_vertex_defaults() {
    let batch = terraform(
        r#"
        resource "google_workbench_instance" "n" {
          gce_setup {
            service_accounts { email = google_service_account.s.email }
          }
        }
        resource "google_service_account" "s" { account_id = "s" }
        resource "google_vertex_ai_endpoint" "e" { display_name = "e" }"#,
    );
    assert_eq!(ai(&batch).len(), 2);
    for (name, value) in [
        ("public_ip", true),
        ("root_access", true),
        ("encrypted_with_customer_key", false),
    ] {
        assert_eq!(
            property(&batch, "workbench_instance.n", name),
            Some(value.into()),
            "{name}"
        );
    }
    assert_eq!(
        property(&batch, "ai_endpoint.e", "public_network_access"),
        Some(true.into())
    );
    related(
        &batch,
        "google_workbench_instance.n runs_as google_service_account.s",
    );
}

#[test]
fn bindings() {
    let batch = terraform(
        r#"
        resource "google_storage_bucket" "b" { name = "b" }
        resource "google_storage_bucket_iam_member" "all" {
          bucket = google_storage_bucket.b.name
          role   = "roles/storage.objectViewer"
          member = "allUsers"
        }
        resource "google_service_account" "s" { account_id = "s" }
        resource "google_project_iam_member" "p" {
          role   = "roles/editor"
          member = "serviceAccount:${google_service_account.s.email}"
        }
        resource "google_cloud_run_v2_service" "llm" {
          template {
            containers {
              image = "ollama/ollama:0.5.1"
              args  = ["run", "llama3.1"]
            }
          }
        }
        resource "google_cloud_run_v2_service_iam_member" "m" {
          name   = google_cloud_run_v2_service.llm.name
          role   = "roles/run.invoker"
          member = "allUsers"
        }"#,
    );
    assert_eq!(property(&batch, "bucket.b", "public_read"), Some(true.into()));
    assert_eq!(property(&batch, "bucket.b", "public_write"), Some(false.into()));
    assert_eq!(property(&batch, "service_account.s", "admin"), Some(true.into()));
    assert_eq!(
        property(&batch, "workload:r/.#google_cloud_run_v2_service.llm", "public"),
        Some(true.into())
    );
    related(
        &batch,
        "google_service_account.s can_write google_storage_bucket.b",
    );
    related(
        &batch,
        "google_cloud_run_v2_service.llm serves model:ollama/llama3.1",
    );
}
