//! Amazon Web Services.

use aispm_types::{FactKind, Value};

use crate::support::{ai, asset, property, related, terraform, unrelated};

#[test]
fn notebook_defaults_are_written_out() {
    let bare = "resource \"aws_sagemaker_notebook_instance\" \"n\" { name = \"x\" }";
    let safe = r#"
        variable "key" {}
        resource "aws_sagemaker_notebook_instance" "n" {
          root_access            = "Disabled"
          direct_internet_access = "Disabled"
          kms_key_id             = aws_kms_key.k.arn
          subnet_id              = "subnet-1"
        }
        resource "aws_kms_key" "k" {}"#;
    let unknown = r#"
        variable "key" {}
        resource "aws_sagemaker_notebook_instance" "n" {
          root_access = var.key
          kms_key_id  = var.key
        }"#;
    for (text, root, internet, key) in [
        (bare, Some(true), Some(true), Some(false)),
        (safe, Some(false), Some(false), Some(true)),
        (unknown, None, Some(true), None),
    ] {
        let batch = terraform(text);
        let get = |name: &str| property(&batch, "notebook_instance.n", name).and_then(|v| v.as_bool());
        assert_eq!(get("root_access"), root);
        assert_eq!(get("direct_internet_access"), internet);
        assert_eq!(get("encrypted_with_customer_key"), key);
    }
}

#[test]
fn ordinary_infrastructure_is_no_ai_asset() {
    let batch = terraform(
        r#"
        resource "aws_lambda_function" "f" { function_name = "f" }
        resource "aws_instance" "i" {}
        resource "aws_s3_bucket" "b" {}
        resource "aws_db_instance" "d" { engine = "mysql" }
        resource "aws_ecr_repository" "e" { name = "e" }
        resource "aws_opensearchserverless_collection" "logs" { name = "logs" }
        resource "azurerm_linux_web_app" "w" { name = "w" }
        resource "google_compute_instance" "g" { name = "g" }
        resource "google_cloud_run_v2_service" "s" {
          name = "s"
          template {
            containers { image = "gcr.io/acme/api:1" }
          }
        }"#,
    );
    assert_eq!(ai(&batch), Vec::<&str>::new());
}

#[test]
fn an_endpoint_reads_its_configuration_and_serves_its_model() {
    let batch = terraform(
        r#"
        resource "aws_s3_bucket" "w" { bucket = "weights" }
        resource "aws_iam_role" "r" { name = "r" }
        resource "aws_sagemaker_model" "m" {
          name                     = "m"
          execution_role_arn       = aws_iam_role.r.arn
          enable_network_isolation = true
          primary_container {
            image          = "123.dkr.ecr.eu-west-1.amazonaws.com/x:1"
            model_data_url = "s3://${aws_s3_bucket.w.bucket}/model.tar.gz"
          }
        }
        resource "aws_sagemaker_endpoint_configuration" "c" {
          production_variants {
            model_name             = aws_sagemaker_model.m.name
            initial_instance_count = 2
          }
        }
        resource "aws_sagemaker_endpoint" "e" {
          name                 = "e"
          endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name
        }"#,
    );
    assert_eq!(ai(&batch).len(), 2);
    assert_eq!(property(&batch, "sagemaker_endpoint.e", "instance_count"), Some(Value::Int(2)));
    assert_eq!(property(&batch, "sagemaker_endpoint.e", "kms_key"), Some(Value::Null));
    related(&batch, "aws_sagemaker_endpoint.e serves aws_sagemaker_model.m");
    related(&batch, "aws_sagemaker_model.m stored_in aws_s3_bucket.w");
    related(&batch, "aws_sagemaker_model.m runs_as aws_iam_role.r");
    assert_eq!(property(&batch, "aws_s3_bucket.w", "purpose"), Some("model-artifacts".into()));
}

#[test]
fn bucket_openness() {
    let policy = |condition: &str| {
        format!(
            r#"resource "aws_s3_bucket_policy" "p" {{
              bucket = aws_s3_bucket.b.id
              policy = <<EOF
{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": "${{aws_s3_bucket.b.arn}}/*"{condition}}}]}}
