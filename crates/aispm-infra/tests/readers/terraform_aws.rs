//! Amazon Web Services.

use aispm_types::Value;

use crate::support::{ai, asset, property, related, relations, terraform, unrelated};

#[test]
fn notebook_defaults_are_written_out() {
    let safe = r#"
        root_access = "Disabled"
        direct_internet_access = "Disabled"
        kms_key_id = aws_kms_key.k.arn"#;
    let unknown = "root_access = var.v\nkms_key_id = var.v";
    for (text, root, internet, key) in [
        ("", Some(true), Some(true), Some(false)),
        (safe, Some(false), Some(false), Some(true)),
        (unknown, None, Some(true), None),
    ] {
        let batch = terraform(&format!(
            "variable \"v\" {{}}\nresource \"aws_kms_key\" \"k\" {{}}\nresource \"aws_sagemaker_notebook_instance\" \"n\" {{\n{text}\n}}"
        ));
        let get = |name: &str| property(&batch, "notebook_instance.n", name).and_then(|v| v.as_bool());
        assert_eq!(get("root_access"), root, "{text}");
        assert_eq!(get("direct_internet_access"), internet, "{text}");
        assert_eq!(get("encrypted_with_customer_key"), key, "{text}");
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
        resource "aws_opensearchserverless_collection" "logs" { name = "logs" }
        resource "azurerm_linux_web_app" "w" { name = "w" }
        resource "google_cloud_run_v2_service" "s" {
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
          execution_role_arn = aws_iam_role.r.arn
          primary_container { model_data_url = "s3://${aws_s3_bucket.w.bucket}/model.tar.gz" }
        }
        resource "aws_sagemaker_endpoint_configuration" "c" {
          production_variants {
            model_name             = aws_sagemaker_model.m.name
            initial_instance_count = 2
          }
        }
        resource "aws_sagemaker_endpoint" "e" {
          endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name
        }"#,
    );
    assert_eq!(ai(&batch).len(), 2);
    assert_eq!(
        property(&batch, "sagemaker_endpoint.e", "instance_count"),
        Some(Value::Int(2))
    );
    assert_eq!(
        property(&batch, "sagemaker_endpoint.e", "kms_key"),
        Some(Value::Null)
    );
    related(&batch, "aws_sagemaker_endpoint.e serves aws_sagemaker_model.m");
    related(&batch, "aws_sagemaker_model.m stored_in aws_s3_bucket.w");
    related(&batch, "aws_sagemaker_model.m runs_as aws_iam_role.r");
    assert_eq!(
        property(&batch, "aws_s3_bucket.w", "purpose"),
        Some("model-artifacts".into())
    );
}

#[test]
fn bucket_openness() {
    let policy = |condition: &str| {
        format!(
            r#"resource "aws_s3_bucket_policy" "p" {{
              bucket = aws_s3_bucket.b.id
              policy = <<JSON
{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": "${{aws_s3_bucket.b.arn}}/*"{condition}}}]}}
JSON
            }}
            "#
        )
    };
    let blocked = r#"resource "aws_s3_bucket_public_access_block" "x" {
        bucket = aws_s3_bucket.b.id
        block_public_acls = true
        block_public_policy = true
        ignore_public_acls = true
        restrict_public_buckets = true
    }"#;
    let closed = r#", "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#;
    let callers = r#", "Condition": {"StringEquals": {"s3:x-amz-acl": "public-read"}}"#;
    let list =
        "resource \"aws_s3_bucket_acl\" \"a\" {\n bucket = aws_s3_bucket.b.id\n acl = \"public-read\"\n}";
    for (name, more, expected) in [
        ("nothing", String::new(), Some(false)),
        ("open", policy(""), Some(true)),
        ("condition the caller meets", policy(callers), Some(true)),
        ("condition that keeps out", policy(closed), None),
        ("blocked", policy("") + blocked, Some(false)),
        ("list", list.to_owned(), Some(true)),
    ] {
        let batch = terraform(&format!(
            "resource \"aws_s3_bucket\" \"b\" {{ bucket = \"b\" }}\n{more}"
        ));
        let found = property(&batch, "aws_s3_bucket.b", "public_read");
        assert_eq!(
            found.as_ref().and_then(Value::as_bool),
            expected,
            "{name}: {found:?}"
        );
        assert_eq!(
            property(&batch, "aws_s3_bucket.b", "public_write"),
            Some(false.into()),
            "{name}"
        );
    }
}

const ACCESS: &str = r#"
    resource "aws_s3_bucket" "data" { bucket = "acme-data" }
    resource "aws_s3_bucket" "other" { bucket = "else" }
    resource "aws_sagemaker_endpoint" "e" { name = "scorer" }
    resource "aws_iam_role" "r" { name = "r" }
"#;

#[test]
fn access_of_roles() {
    let inline = |statement: &str| {
        format!(
            "{ACCESS}\nresource \"aws_iam_role_policy\" \"p\" {{\n role = aws_iam_role.r.id\n policy = jsonencode({{ Statement = [{statement}] }})\n}}"
        )
    };
    let read = "aws_iam_role.r can_read aws_s3_bucket.data";
    for (name, statement, certain, possible) in [
        (
            "by reference",
            r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "${aws_s3_bucket.data.arn}/*" }"#,
            true,
            false,
        ),
        (
            "by pattern",
            r#"{ Effect = "Allow", Action = ["s3:*"], Resource = ["arn:aws:s3:::acme-*"] }"#,
            true,
            false,
        ),
        (
            "condition",
            r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "*", Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } } }"#,
            false,
            true,
        ),
        (
            "deny wins",
            r#"{ Effect = "Allow", Action = "s3:*", Resource = "*" }, { Effect = "Deny", Action = "s3:Get*", Resource = aws_s3_bucket.data.arn }"#,
            false,
            false,
        ),
        (
            "not action",
            r#"{ Effect = "Allow", NotAction = "iam:*", Resource = "*" }"#,
            false,
            true,
        ),
        (
            "other service",
            r#"{ Effect = "Allow", Action = "ec2:*", Resource = "*" }"#,
            false,
            false,
        ),
    ] {
        let all = relations(&terraform(&inline(statement)));
        assert_eq!(all.contains(&read.to_owned()), certain, "{name}: {all:#?}");
        assert_eq!(all.contains(&format!("?{read}")), possible, "{name}: {all:#?}");
    }
    let batch = terraform(&inline(
        r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-*" }"#,
    ));
    unrelated(&batch, "aws_s3_bucket.other");
}

#[test]
fn policies_come_attached_and_from_documents() {
    let batch = terraform(&format!(
        r#"{ACCESS}
        data "aws_iam_policy_document" "d" {{
          statement {{
            actions   = ["sagemaker:InvokeEndpoint", "iam:PassRole"]
            resources = [aws_sagemaker_endpoint.e.arn]
          }}
        }}
        resource "aws_iam_policy" "p" {{ policy = data.aws_iam_policy_document.d.json }}
        resource "aws_iam_role_policy_attachment" "a" {{
          role       = aws_iam_role.r.name
          policy_arn = aws_iam_policy.p.arn
        }}
        resource "aws_iam_role_policy_attachment" "m" {{
          role       = aws_iam_role.r.name
          policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        }}"#
    ));
    related(&batch, "aws_iam_role.r can_invoke aws_sagemaker_endpoint.e");
    related(&batch, "aws_iam_role.r can_write aws_s3_bucket.data");
    assert_eq!(property(&batch, "aws_iam_role.r", "admin"), Some(true.into()));
    assert_eq!(
        property(&batch, "aws_iam_role.r", "policies"),
        Some(vec!["AdministratorAccess"].into())
    );
    assert_eq!(batch.facts.len(), 2);
}

#[test]
fn trust_policies() {
    let batch = terraform(
        r#"
        resource "aws_iam_role" "open" {
          assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }] })
        }
        resource "aws_iam_role" "service" {
          assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "sagemaker.amazonaws.com", AWS = aws_iam_user.u.arn } }] })
        }
        resource "aws_iam_user" "u" { name = "u" }"#,
    );
    assert_eq!(
        property(&batch, "aws_iam_role.open", "trusts_anyone"),
        Some(true.into())
    );
    assert_eq!(
        property(&batch, "aws_iam_role.service", "trusts_anyone"),
        Some(false.into())
    );
    related(&batch, "aws_iam_user.u can_assume aws_iam_role.service");
}

#[test]
fn bedrock_agents() {
    let batch = terraform(
        r#"
        resource "aws_bedrockagent_agent" "a" {
          foundation_model = "anthropic.claude-3-sonnet-20240229-v1:0"
          instruction      = "Answer briefly."
          guardrail_configuration { guardrail_identifier = aws_bedrock_guardrail.g.guardrail_id }
        }
        resource "aws_bedrock_guardrail" "g" {
          content_policy_config {
            filters_config {
              type           = "PROMPT_ATTACK"
              input_strength = "HIGH"
            }
          }
        }
        resource "aws_bedrock_guardrail" "empty" { name = "empty" }
        resource "aws_bedrockagent_agent_action_group" "t" {
          agent_id = aws_bedrockagent_agent.a.agent_id
          action_group_executor { lambda = aws_lambda_function.f.arn }
        }
        resource "aws_lambda_function" "f" { function_name = "f" }
        resource "aws_bedrockagent_knowledge_base" "k" { name = "k" }
        resource "aws_bedrockagent_agent_knowledge_base_association" "x" {
          agent_id          = aws_bedrockagent_agent.a.agent_id
          knowledge_base_id = aws_bedrockagent_knowledge_base.k.id
        }
        resource "aws_s3_bucket" "docs" { bucket = "docs" }
        resource "aws_bedrockagent_data_source" "s" {
          knowledge_base_id = aws_bedrockagent_knowledge_base.k.id
          data_source_configuration {
            s3_configuration { bucket_arn = aws_s3_bucket.docs.arn }
          }
        }
        resource "aws_bedrock_model_invocation_logging_configuration" "l" {
          logging_config {
            s3_config { bucket_name = aws_s3_bucket.docs.id }
          }
        }"#,
    );
    for wanted in [
        "aws_bedrockagent_agent.a uses model:bedrock/anthropic.claude-3-sonnet-20240229-v1:0",
        "aws_bedrockagent_agent.a guarded_by aws_bedrock_guardrail.g",
        "aws_bedrockagent_agent.a calls_tool aws_bedrockagent_agent_action_group.t",
        "aws_bedrockagent_agent.a grounded_on aws_bedrockagent_knowledge_base.k",
        "aws_bedrockagent_agent.a prompted_by aws_bedrockagent_agent.a",
        "aws_bedrockagent_agent_action_group.t uses aws_lambda_function.f",
        "aws_bedrockagent_knowledge_base.k grounded_on aws_s3_bucket.docs",
        "aws_bedrockagent_data_source.s stored_in aws_s3_bucket.docs",
    ] {
        related(&batch, wanted);
    }
    assert_eq!(
        property(&batch, "guardrail.g", "prompt_attack_strength"),
        Some("high".into())
    );
    assert_eq!(property(&batch, "guardrail.empty", "inert"), Some(true.into()));
    assert_eq!(
        property(&batch, "configuration.l", "logging_enabled"),
        Some(true.into())
    );
}

#[test]
fn gateways_and_groups_expose() {
    let batch = terraform(
        r#"
        resource "aws_api_gateway_rest_api" "api" { name = "api" }
        resource "aws_api_gateway_method" "m" {
          rest_api_id   = aws_api_gateway_rest_api.api.id
          http_method   = "POST"
          authorization = "NONE"
        }
        resource "aws_api_gateway_integration" "i" {
          rest_api_id = aws_api_gateway_rest_api.api.id
          uri         = aws_lambda_function.f.invoke_arn
        }
        resource "aws_lambda_function" "f" {
          environment {
            variables = {
              OPENAI_API_KEY = "sk-not-a-real-key-at-all"
              ENDPOINT       = aws_sagemaker_endpoint.e.name
            }
          }
        }
        resource "aws_sagemaker_endpoint" "e" { name = "e" }
        resource "aws_security_group" "g" {
          ingress {
            from_port   = 22
            to_port     = 22
            cidr_blocks = ["0.0.0.0/0"]
          }
        }
        resource "aws_instance" "i" {
          associate_public_ip_address = true
          vpc_security_group_ids      = [aws_security_group.g.id]
        }"#,
    );
    related(
        &batch,
        "aws_api_gateway_rest_api.api exposes aws_lambda_function.f",
    );
    related(&batch, "aws_lambda_function.f uses aws_sagemaker_endpoint.e");
    related(&batch, "aws_security_group.g exposes aws_instance.i");
    assert_eq!(
        property(&batch, "rest_api.api", "authenticated"),
        Some(false.into())
    );
    assert_eq!(
        property(&batch, "aws_instance.i", "ssh_public"),
        Some(true.into())
    );
    let function = asset(&batch, "aws_lambda_function.f");
    assert_eq!(
        function.get("inline_secrets"),
        Some(&vec!["OPENAI_API_KEY"].into())
    );
    assert!(
        batch
            .secrets
            .iter()
            .any(|s| s.reveal() == "sk-not-a-real-key-at-all")
    );
    assert!(!format!("{:?}", batch.assets).contains("not-a-real-key"));
}
