//! Amazon Bedrock, its agents and knowledge bases.

use aispm_types::{Asset, AssetId, AssetKind as K, RelationKind as R, Value};

use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row, Term};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    Row::asset(
        "aws_bedrock_model_invocation_logging_configuration",
        K::Account,
        &[],
        &[Field::fixed("kind", "bedrock"), Field::always("ai", true)],
        &[
            Link::to(
                "logging_config.s3_config.bucket_name",
                R::Uses,
                Named::Bucket("s3"),
            ),
            Link::to(
                "logging_config.cloudwatch_config.role_arn",
                R::RunsAs,
                Named::Role,
            ),
        ],
    )
    .also(logging),
    Row::asset(
        "aws_bedrock_custom_model",
        K::Model,
        &["custom_model_name"],
        &[
            Field::text("model_name", "custom_model_name"),
            Field::always("hosted", true),
            Field::customer_key("custom_model_kms_key_id"),
            Field::present("in_vpc", "vpc_config"),
        ],
        &[
            Link::role("role_arn"),
            Link::to("training_data_config.s3_uri", R::TrainedOn, Named::Bucket("s3")),
            Link::to("output_data_config.s3_uri", R::StoredIn, Named::Bucket("s3")),
            Link::to("base_model_identifier", R::BuiltFrom, Named::BedrockModel),
        ],
    )
    .also(training_data),
    Row::asset(
        "aws_bedrock_provisioned_model_throughput",
        K::Endpoint,
        &["provisioned_model_name"],
        &[
            Field::fixed("engine", "bedrock"),
            Field::always("authenticated", true),
        ],
        &[Link::to("model_arn", R::Serves, Named::BedrockModel)],
    ),
    Row::asset(
        "aws_bedrock_guardrail",
        K::Guardrail,
        &["name"],
        &[Field::key("kms_key_arn"), Field::customer_key("kms_key_arn")],
        &[],
    )
    .also(guardrail),
    // Sessions live 600 seconds where nothing is set.
    Row::asset(
        "aws_bedrockagent_agent",
        K::Agent,
        &["agent_name"],
        &[
            Field::fixed("framework", "bedrock-agents"),
            Field::new(
                "idle_session_ttl",
                "idle_session_ttl_in_seconds",
                Read::Int,
                Absent::Int(600),
            ),
            Field::customer_key("customer_encryption_key_arn"),
            Field::present("memory", "memory_configuration"),
        ],
        &[
            Link::role("agent_resource_role_arn"),
            Link::to("foundation_model", R::Uses, Named::BedrockModel),
            Link::to(
                "guardrail_configuration.guardrail_identifier",
                R::GuardedBy,
                Named::Nothing,
            ),
            Link::to(
                "guardrail_configuration.*.guardrail_identifier",
                R::GuardedBy,
                Named::Nothing,
            ),
        ],
    )
    .also(instruction),
    Row::asset(
        "aws_bedrockagent_agent_action_group",
        K::Tool,
        &["action_group_name"],
        &[Field::text("description", "description")],
        &[
            Link::from("agent_id", R::CallsTool),
            Link::to("action_group_executor.lambda", R::Uses, Named::Nothing),
        ],
    )
    .also(action_group),
    Row::join("aws_bedrockagent_agent_knowledge_base_association", association),
    Row::join("aws_bedrockagent_agent_collaborator", collaborator),
    Row::asset(
        "aws_bedrockagent_knowledge_base",
        K::VectorIndex,
        &["name"],
        &[Field::always("authenticated", true)],
        &[
            Link::role("role_arn"),
            Link::to(
                "storage_configuration.opensearch_serverless_configuration.collection_arn",
                R::StoredIn,
                Named::Nothing,
            ),
            Link::to(
                "storage_configuration.rds_configuration.resource_arn",
                R::StoredIn,
                Named::Nothing,
            ),
            Link::to(
                "knowledge_base_configuration.vector_knowledge_base_configuration.embedding_model_arn",
                R::Uses,
                Named::BedrockModel,
            ),
        ],
    )
    .also(knowledge_base),
    Row::asset(
        "aws_bedrockagent_data_source",
        K::Dataset,
        &["name"],
        &[Field::customer_key(
            "server_side_encryption_configuration.kms_key_arn",
        )],
        &[
            Link::to(
                "data_source_configuration.s3_configuration.bucket_arn",
                R::StoredIn,
                Named::Bucket("s3"),
            ),
            Link::from("knowledge_base_id", R::GroundedOn),
        ],
    )
    .also(grounding),
    Row::asset(
        "aws_bedrockagent_flow",
        K::Pipeline,
        &["name"],
        &[
            Field::fixed("framework", "bedrock-flows"),
            Field::customer_key("customer_encryption_key_arn"),
        ],
        &[Link::role("execution_role_arn")],
    ),
    Row::asset(
        "aws_bedrockagent_prompt",
        K::Prompt,
        &["name"],
        &[Field::customer_key("customer_encryption_key_arn")],
        &[],
    ),
    Row::asset(
        "aws_bedrockagentcore_agent_runtime",
        K::Agent,
        &["agent_runtime_name"],
        &[Field::fixed("framework", "bedrock-agentcore")],
        &[
            Link::role("role_arn"),
            Link::to(
                "agent_runtime_artifact.container_configuration.container_uri",
                R::Runs,
                Named::Image,
            ),
        ],
    ),
    Row::asset(
        "aws_bedrockagentcore_gateway",
        K::McpServer,
        &["name"],
        &[
            Field::fixed("transport", "http"),
            Field::always("declared", false),
            Field::new(
                "authenticated",
                "authorizer_type",
                Read::IsNot("NONE"),
                Absent::Leave,
            ),
            Field::customer_key("kms_key_arn"),
        ],
        &[Link::role("role_arn")],
    ),
];

/// Bedrock logs nothing unless a destination is set; the setting is the account's.
fn logging(resource: &Resource, _: &Estate, draft: &mut Draft<'_>) {
    let set = ["s3_config", "cloudwatch_config"]
        .iter()
        .any(|d| resource.at(&format!("logging_config.{d}")).is_some());
    draft.set(resource, "logging_enabled", set);
    if let Some(id) = draft.id_of(resource).cloned() {
        draft.alias(&AssetId::new(K::Account, "bedrock"), &id);
    }
}

fn training_data(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    for target in estate.targets(resource, "training_data_config.s3_uri") {
        draft.set(target, "purpose", "training-data");
    }
}

/// Policies of a guardrail and what they filter.
const FILTERS: &[(&str, &str)] = &[
    ("content_policy_config", "content"),
    ("sensitive_information_policy_config", "pii"),
    ("topic_policy_config", "topics"),
    ("word_policy_config", "words"),
    ("contextual_grounding_policy_config", "grounding"),
];

fn guardrail(resource: &Resource, _: &Estate, draft: &mut Draft<'_>) {
    let mut filters: Vec<String> = FILTERS
        .iter()
        .filter(|(path, _)| resource.at(path).is_some_and(|t| !t.is_blank()))
        .map(|(_, f)| (*f).to_owned())
        .collect();
    let mut strength = "none";
    for filter in resource.blocks("content_policy_config.filters_config") {
        if filter.at("type") != Some(Term::from("PROMPT_ATTACK")) {
            continue;
        }
        strength = match filter.at("input_strength").as_ref().and_then(Term::as_text) {
            Some("LOW") => "low",
            Some("MEDIUM") => "medium",
            Some("HIGH") => "high",
            _ => "none",
        };
        if strength != "none" {
            filters.push(String::from("prompt-attack"));
        }
    }
    filters.sort();
    filters.dedup();
    draft.set(resource, "inert", filters.is_empty());
    draft.set(resource, "filters", filters);
    draft.set(resource, "prompt_attack_strength", strength);
}

/// The agent's instruction is a prompt of its own.
fn instruction(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let (Some(own), Some(text)) = (draft.id_of(resource).cloned(), resource.at("instruction")) else {
        return;
    };
    let length = match estate.resolve(&text) {
        Term::Text(t) => Value::from(t.chars().count()),
        other => match other.to_value() {
            v @ Value::Unknown(_) => v,
            _ => Value::unknown("the instruction is no text"),
        },
    };
    let rest = format!("{}#{}", resource.place, resource.address());
    let prompt = Asset::new(K::Prompt, rest, format!("instruction of {}", resource.name))
        .provider("aws")
        .at(resource.location.clone())
        .with("source", "terraform")
        .with("role", "system")
        .with("length", length);
    let id = draft.mention(prompt);
    draft.relate(&own, R::PromptedBy, &id, resource);
}

fn action_group(resource: &Resource, _: &Estate, draft: &mut Draft<'_>) {
    let capability = match resource.text("parent_action_group_signature").as_deref() {
        Some("AMAZON.CodeInterpreter") => "code",
        Some("AMAZON.UserInput") => return,
        _ => "cloud",
    };
    draft.set(resource, "capabilities", vec![capability]);
    let confirmed = resource
        .blocks("function_schema.member_functions.functions")
        .iter()
        .map(|f| f.at("require_confirmation") == Some(Term::from("ENABLED")))
        .reduce(|a, b| a && b);
    if let Some(confirmed) = confirmed {
        draft.set(resource, "approval_required", confirmed);
    }
}

fn join(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>, from: &str, kind: R, to: &str) {
    let name = |path: &str, draft: &Draft<'_>| -> Vec<AssetId> {
        let term = resource.at(path);
        term.iter()
            .flat_map(Term::references)
            .flat_map(|r| draft.ids_named(estate, r))
            .collect()
    };
    let (froms, tos) = (name(from, draft), name(to, draft));
    for f in &froms {
        for t in &tos {
            draft.relate(f, kind, t, resource);
        }
    }
}

fn association(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    join(
        resource,
        estate,
        draft,
        "agent_id",
        R::GroundedOn,
        "knowledge_base_id",
    );
}

fn collaborator(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    join(
        resource,
        estate,
        draft,
        "agent_id",
        R::Uses,
        "agent_descriptor.alias_arn",
    );
    for agent in estate.targets(resource, "agent_id") {
        draft.set(agent, "allow_delegation", true);
    }
}

fn knowledge_base(resource: &Resource, _: &Estate, draft: &mut Draft<'_>) {
    let engine = match resource.text("storage_configuration.type").as_deref() {
        Some("OPENSEARCH_SERVERLESS" | "OPENSEARCH_MANAGED_CLUSTER") => "opensearch",
        Some("PINECONE") => "pinecone",
        Some("RDS") => "pgvector",
        Some("REDIS_ENTERPRISE_CLOUD") => "redis",
        Some("MONGO_DB_ATLAS") => "mongodb",
        Some("S3_VECTORS") => "s3-vectors",
        _ => return,
    };
    draft.set(resource, "engine", engine);
}

/// A knowledge base answers from the bucket its source reads.
fn grounding(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    join(
        resource,
        estate,
        draft,
        "knowledge_base_id",
        R::GroundedOn,
        "data_source_configuration.s3_configuration.bucket_arn",
    );
    for target in estate.targets(resource, "data_source_configuration.s3_configuration.bucket_arn") {
        draft.set(target, "purpose", "grounding");
    }
}
