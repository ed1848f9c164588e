//! Scenarios that products and researchers describe, each from the general steps alone: content, identities, data, keys.

use aispm_graph::World;
use aispm_paths::{Engine, crown_jewels, dead_jewels};
use aispm_types::{AssetId, AssetKind as K, Certainty, FactKind as F, RelationKind as R};

use crate::estate::Estate;
use crate::found::{assert_path, list};

/// A chat route open to the internet, its agent, and a tool that queries the customers.
pub(crate) fn chat() -> Estate {
    Estate::default()
        .asset(
            K::Endpoint,
            "chat",
            &[("public", true.into()), ("authenticated", false.into())],
        )
        .asset(K::Agent, "support", &[("human_approval", false.into())])
        .asset(
            K::Tool,
            "query",
            &[("capabilities", list(&["sql"])), ("writes", true.into())],
        )
        .asset(K::Database, "customers", &[])
        .asset(K::Model, "openai/gpt-4o", &[("hosted", true.into())])
        .rel("endpoint:chat", R::Serves, "agent:support")
        .rel("agent:support", R::Uses, "model:openai/gpt-4o")
        .rel("agent:support", R::CallsTool, "tool:query")
        .rel("tool:query", R::Uses, "database:customers")
}

#[test]
fn row_1_internet_chat_injection_tool_data() {
    let mut estate = chat();
    let path = assert_path(
        &estate,
        "internet",
        "agent:support",
        &[
            "entry-internet-public",
            "call-without-authentication",
            "caller-drives-what-it-calls",
            "speak-to-agent",
            "prompt-injection",
            "agent-changes-things",
        ],
    );
    assert_eq!(path.certainty, Certainty::Certain);
    assert_eq!(
        path.title,
        "Anyone on the internet can make the agent `support` act through its tools"
    );
    // The hosted model itself is no crown jewel; the customers are, once declared.
    estate = estate.jewel("customers");
    assert_path(
        &estate,
        "internet",
        "database:customers",
        &[
            "entry-internet-public",
            "call-without-authentication",
            "caller-drives-what-it-calls",
            "speak-to-agent",
            "prompt-injection",
            "agent-calls-tool",
            "sql-tool",
        ],
    );
}

#[test]
fn row_2_untrusted_content_private_data_egress() {
    let mut estate = Estate::default()
        .asset(K::Agent, "mail", &[])
        .asset(
            K::Tool,
            "inbox",
            &[
                ("untrusted_input", true.into()),
                ("capabilities", list(&["email-read"])),
            ],
        )
        .asset(K::Tool, "send", &[("egress", true.into())])
        .asset(K::VectorIndex, "handbook", &[])
        .rel("agent:mail", R::CallsTool, "tool:inbox")
        .rel("agent:mail", R::CallsTool, "tool:send")
        .rel("agent:mail", R::GroundedOn, "vector_index:handbook");
    let to_agent = &["entry-untrusted-tool", "prompt-injection", "agent-sends-data-out"];
    assert_path(&estate, "untrusted-content", "agent:mail", to_agent);
    estate = estate.jewel("handbook");
    assert_path(
        &estate,
        "untrusted-content",
        "vector_index:handbook",
        &[
            "entry-untrusted-tool",
            "prompt-injection",
            "agent-leaks-grounding",
        ],
    );
}

#[test]
fn row_3_trigger_no_approval_write() {
    let with_approval = |approved: bool| {
        Estate::default()
            .asset(K::Agent, "triage", &[("human_approval", approved.into())])
            .asset(K::Tool, "update_crm", &[("writes", true.into())])
            .rel("agent:triage", R::CallsTool, "tool:update_crm")
            .fact(F::PromptInput, "agent:triage", &[("origin", "issue".into())])
    };
    assert_path(
        &with_approval(false),
        "untrusted-content",
        "agent:triage",
        &[
            "entry-untrusted-prompt-input",
            "prompt-injection",
            "agent-changes-things",
        ],
    );
    let engine = Engine::load().unwrap();
    let approved = with_approval(true);
    let graph = approved.graph();
    assert_eq!(engine.derive(&approved.world(&graph), &[]).paths, []);
}

#[test]
fn row_4_employee_managed_agent_stronger_role() {
    let estate = Estate::default()
        .asset(K::Endpoint, "portal", &[("authenticated", true.into())])
        .asset(K::Agent, "assistant", &[])
        .asset(K::Role, "assistant-role", &[])
        .asset(K::Dataset, "ledger", &[])
        .rel("endpoint:portal", R::Serves, "agent:assistant")
        .rel("agent:assistant", R::RunsAs, "role:assistant-role")
        .rel("role:assistant-role", R::CanWrite, "dataset:ledger");
    let path = assert_path(
        &estate,
        "employee",
        "dataset:ledger",
        &[
            "entry-employee-signs-in",
            "caller-drives-what-it-calls",
            "speak-to-agent",
            "prompt-injection",
            "agent-deputy",
            "agent-deputy-write",
        ],
    );
    assert_eq!(path.certainty, Certainty::Possible);
}

/// A notebook open to the internet whose role may write the training bucket.
pub(crate) fn notebook() -> Estate {
    Estate::default()
        .asset(K::Notebook, "lab", &[("public", true.into())])
        .asset(K::Role, "execution", &[])
        .asset(K::Bucket, "training", &[])
        .asset(K::Dataset, "claims", &[])
        .asset(K::Model, "fraud", &[])
        .asset(K::Agent, "assessor", &[])
        .asset(K::Tool, "pay", &[("writes", true.into())])
        .rel("notebook:lab", R::RunsAs, "role:execution")
        .rel("role:execution", R::CanWrite, "bucket:training")
        .rel("role:execution", R::CanRead, "bucket:training")
        .rel("dataset:claims", R::StoredIn, "bucket:training")
        .rel("model:fraud", R::TrainedOn, "dataset:claims")
        .rel("agent:assessor", R::Uses, "model:fraud")
        .rel("agent:assessor", R::CallsTool, "tool:pay")
}

pub(crate) const TO_ROLE: [&str; 3] = ["entry-internet-public", "public-notebook", "process-identity"];

#[test]
fn rows_5_and_8_exposed_notebook_role_poisoned_data_model_consumers() {
    let estate = notebook();
    let to_data = [&TO_ROLE[..], &["identity-writes", "stored-content-write"]].concat();
    assert_path(&estate, "internet", "dataset:claims", &to_data);
    let to_model = [&to_data[..], &["training-data-poisoning"]].concat();
    assert_path(&estate, "internet", "model:fraud", &to_model);
    let to_agent = [&to_model[..], &["model-steers-consumer", "agent-changes-things"]].concat();
    assert_path(&estate, "internet", "agent:assessor", &to_agent);
}

#[test]
fn row_6_storage_read_model_theft() {
    let estate = notebook()
        .asset(K::Model, "tuned", &[])
        .asset(K::Bucket, "models", &[])
        .rel("model:tuned", R::StoredIn, "bucket:models")
        .rel("role:execution", R::CanRead, "bucket:models");
    let steps = [&TO_ROLE[..], &["identity-reads", "stored-content-read"]].concat();
    assert_path(&estate, "internet", "model:tuned", &steps);
}

#[test]
fn row_7_list_keys_past_data_roles() {
    let estate = notebook()
        .asset(
            K::Account,
            "azure-openai/acme",
            &[
                ("kind", "azure_openai".into()),
                ("local_auth_enabled", true.into()),
            ],
        )
        .rel("role:execution", R::CanRead, "account:azure-openai/acme");
    let steps = [&TO_ROLE[..], &["identity-lists-keys"]].concat();
    assert_path(&estate, "internet", "account:azure-openai/acme", &steps);
}

#[test]
fn row_8_public_training_bucket() {
    let estate = Estate::default()
        .asset(
            K::Bucket,
            "training",
            &[("public_write", true.into()), ("public_read", true.into())],
        )
        .asset(K::Dataset, "claims", &[])
        .rel("dataset:claims", R::StoredIn, "bucket:training");
    assert_path(
        &estate,
        "internet",
        "dataset:claims",
        &["entry-internet-public-write", "stored-content-write"],
    );
}

#[test]
fn row_8_public_bucket_that_a_retraining_function_reads() {
    let estate = Estate::default()
        .asset(K::Bucket, "ratings", &[("public_write", true.into())])
        .asset(K::Function, "retrain", &[])
        .asset(
            K::Role,
            "retrainer",
            &[("actions", list(&["s3:GetObject", "sagemaker:CreateTrainingJob"]))],
        )
        .rel("function:retrain", R::Uses, "bucket:ratings")
        .rel("function:retrain", R::RunsAs, "role:retrainer");
    assert_path(
        &estate,
        "internet",
        "bucket:ratings",
        &["entry-internet-public-write"],
    );
}

#[test]
fn an_open_route_spends_the_account_behind_it() {
    let estate = Estate::default()
        .asset(K::Network, "ingress", &[("public", true.into())])
        .asset(K::Workload, "chat", &[])
        .asset(K::Service, "chat", &[])
        .asset(K::Endpoint, "POST /chat", &[("authenticated", false.into())])
        .asset(K::Model, "azure-openai/gpt-4o", &[("hosted", true.into())])
        .asset(
            K::Account,
            "azure-openai/acme",
            &[("kind", "azure_openai".into())],
        )
        .rel("network:ingress", R::Exposes, "workload:chat")
        .rel("workload:chat", R::Runs, "service:chat")
        .rel("service:chat", R::Contains, "endpoint:POST /chat")
        .rel("endpoint:POST /chat", R::Serves, "model:azure-openai/gpt-4o")
        .rel("service:chat", R::Uses, "account:azure-openai/acme");
    assert_path(
        &estate,
        "internet",
        "account:azure-openai/acme",
        &[
            "entry-internet-public",
            "network-leads-on",
            "workload-exposes-its-routes",
            "call-without-authentication",
            "open-route-spends-account",
        ],
    );
}

#[test]
fn a_crown_jewel_that_fits_nothing_is_named_and_leaves_the_defaults() {
    let declared = chat().jewel("no-such-thing");
    let graph = declared.graph();
    let world = declared.world(&graph);
    let dead: Vec<&str> = dead_jewels(&world).iter().map(|j| j.pattern.as_str()).collect();
    assert_eq!(dead, ["no-such-thing"]);
    let plain = chat();
    let names = |world: &World<'_>| -> Vec<String> {
        let jewels = crown_jewels(world);
        jewels.iter().map(|j| j.asset.id.to_string()).collect()
    };
    let defaults = names(&plain.world(&graph));
    assert!(!defaults.is_empty());
    assert_eq!(names(&world), defaults);
}

#[test]
fn a_crown_jewel_may_be_named_by_any_of_its_names() {
    let mut estate = Estate::default()
        .asset(
            K::Bucket,
            "infra#aws_s3_bucket.training",
            &[("public_write", true.into())],
        )
        .jewel("bucket:s3/acme-training");
    let (declared, name) = ("bucket:infra#aws_s3_bucket.training", "bucket:s3/acme-training");
    estate
        .batch
        .alias(&AssetId::parse(name), &AssetId::parse(declared));
    assert_path(&estate, "internet", declared, &["entry-internet-public-write"]);
}

#[test]
fn row_9_public_bucket_ai_key_abuse() {
    let estate = Estate::default()
        .asset(K::Bucket, "site", &[("public_read", true.into())])
        .asset(K::Secret, "openai-key/1", &[("ai", true.into())])
        .asset(K::Account, "openai", &[("logging_enabled", false.into())])
        .rel("bucket:site", R::HoldsSecret, "secret:openai-key/1")
        .rel("secret:openai-key/1", R::Unlocks, "account:openai")
        .fact(F::SecretSighting, "secret:openai-key/1", &[("ai", true.into())]);
    assert_path(
        &estate,
        "internet",
        "account:openai",
        &[
            "entry-internet-public-read",
            "credential-from-content",
            "credential-opens-account",
        ],
    );
    assert_path(
        &estate,
        "leaked-key",
        "account:openai",
        &["entry-leaked-key", "credential-opens-account"],
    );
}

#[test]
fn rows_10_to_14_pass_role_and_sessions() {
    let estate = notebook()
        .asset(K::Bucket, "models", &[])
        .asset(K::Model, "tuned", &[])
        .asset(
            K::Role,
            "trainer",
            &[("trusted_services", list(&["sagemaker.amazonaws.com"]))],
        )
        .asset(
            K::Role,
            "developer",
            &[("actions", list(&["iam:PassRole", "sagemaker:CreateTrainingJob"]))],
        )
        .rel("role:execution", R::CanAssume, "role:developer")
        .rel("role:trainer", R::CanWrite, "bucket:models")
        .rel("model:tuned", R::StoredIn, "bucket:models");
    let steps = [
        &TO_ROLE[..],
        &[
            "identity-leads-to-role",
            "pass-role-sagemaker",
            "identity-writes",
            "stored-content-write",
        ],
    ]
    .concat();
    assert_path(&estate, "internet", "model:tuned", &steps);
}

/// A public engine, on a workload of its own or not, with a model behind it that something names, or not.
fn engine(named: bool, authenticated: bool) -> Estate {
    let estate = Estate::default()
        .asset(
            K::Workload,
            "llm",
            &[("engine", "vllm".into()), ("authenticated", authenticated.into())],
        )
        .asset(
            K::Endpoint,
            "llm",
            &[
                ("engine", "vllm".into()),
                ("authenticated", authenticated.into()),
                ("public", true.into()),
            ],
        )
        .rel("workload:llm", R::Exposes, "endpoint:llm");
    if !named {
        return estate;
    }
    estate
        .asset(K::Model, "mistral", &[])
        .rel("workload:llm", R::Serves, "model:mistral")
}

fn jewels(estate: &Estate) -> Vec<String> {
    let graph = estate.graph();
    let jewels = crown_jewels(&estate.world(&graph));
    jewels.iter().map(|j| j.asset.id.to_string()).collect()
}

#[test]
fn an_open_engine_is_used_whether_its_model_is_named_or_not() {
    let steps = ["entry-internet-public", "call-without-authentication"];
    assert_path(&engine(false, false), "internet", "endpoint:llm", &steps);
    assert_eq!(
        jewels(&engine(false, false)),
        ["endpoint:llm"],
        "what it answers at, not the workload behind it"
    );
    assert_eq!(
        jewels(&engine(true, false)),
        ["endpoint:llm", "model:mistral"],
        "and the model, where it is named"
    );
    let framework = Estate::default().asset(K::Endpoint, "shop", &[("engine", "fastapi".into())]);
    assert!(jewels(&framework).is_empty(), "a web framework is no engine");
    let closed = engine(false, true);
    let graph = closed.graph();
    let from_outside = Engine::load().unwrap().derive(&closed.world(&graph), &[]).paths;
    assert!(
        from_outside.iter().all(|p| p.entry != "internet"),
        "who must sign in cannot call"
    );
}

#[test]
fn what_runs_what_a_model_writes_is_worth_protecting() {
    let app = |sink: &str, sanitized: bool| {
        Estate::default()
            .asset(
                K::Endpoint,
                "POST /ask",
                &[("route", "/ask".into()), ("authenticated", false.into())],
            )
            .fact(
                F::PromptInput,
                "endpoint:POST /ask",
                &[("origin", "http-request".into())],
            )
            .fact(
                F::TaintTrace,
                "endpoint:POST /ask",
                &[("sink", sink.into()), ("sanitized", sanitized.into())],
            )
    };
    assert_path(
        &app("shell", false),
        "internet",
        "endpoint:POST /ask",
        &[
            "entry-internet-request-in-prompt",
            "prompt-injection",
            "output-runs-as-code",
        ],
    );
    for (sink, sanitized) in [("shell", true), ("html", false)] {
        assert!(jewels(&app(sink, sanitized)).is_empty(), "{sink} {sanitized}");
    }
}
