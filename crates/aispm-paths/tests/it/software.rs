//! Scenarios that begin in software: packages, servers, indexes, model files, engines, registries, model output.

use aispm_paths::Engine;
use aispm_types::{AssetKind as K, Certainty, FactKind as F, RelationKind as R, Value};

use crate::estate::Estate;
use crate::found::{assert_path, list, path};
use crate::scenarios::{TO_ROLE, chat, notebook};

#[test]
fn row_15_unpinned_mcp_server_agent_credentials() {
    let estate = Estate::default()
        .asset(K::McpServer, "search", &[("pinned", false.into())])
        .asset(K::Agent, "coder", &[])
        .asset(K::Tool, "shell", &[("capabilities", list(&["shell"]))])
        .asset(K::Secret, "anthropic-key/1", &[("ai", true.into())])
        .asset(K::Account, "anthropic", &[])
        .rel("agent:coder", R::Uses, "mcp_server:search")
        .rel("agent:coder", R::CallsTool, "tool:shell")
        .rel("mcp_server:search", R::HoldsSecret, "secret:anthropic-key/1")
        .rel("secret:anthropic-key/1", R::Unlocks, "account:anthropic");
    assert_path(
        &estate,
        "malicious-package",
        "account:anthropic",
        &[
            "entry-mcp-unpinned",
            "credential-from-process",
            "credential-opens-account",
        ],
    );
    assert_path(
        &estate,
        "malicious-package",
        "agent:coder",
        &[
            "entry-mcp-unpinned",
            "server-speaks-to-agent",
            "prompt-injection",
            "agent-calls-tool",
            "tool-runs-commands",
        ],
    );
}

#[test]
fn row_15_vulnerable_package_of_an_mcp_server() {
    let estate = Estate::default()
        .asset(K::McpServer, "search", &[("pinned", true.into())])
        .asset(K::Package, "pkg:npm/mcp-search@1.0.0", &[])
        .asset(K::Secret, "anthropic-key/1", &[("ai", true.into())])
        .asset(K::Account, "anthropic", &[])
        .rel("mcp_server:search", R::Uses, "package:pkg:npm/mcp-search@1.0.0")
        .rel("mcp_server:search", R::HoldsSecret, "secret:anthropic-key/1")
        .rel("secret:anthropic-key/1", R::Unlocks, "account:anthropic")
        .fact(
            F::Advisory,
            "package:pkg:npm/mcp-search@1.0.0",
            &[("severity", "critical".into())],
        );
    let path = assert_path(
        &estate,
        "malicious-package",
        "account:anthropic",
        &[
            "entry-package-known-bad",
            "credential-from-process",
            "credential-opens-account",
        ],
    );
    assert_eq!(path.certainty, Certainty::Possible);
}

#[test]
fn row_16_open_index_poisons_answers() {
    let estate = Estate::default()
        .asset(
            K::VectorIndex,
            "docs",
            &[("public", true.into()), ("authenticated", false.into())],
        )
        .asset(K::Agent, "help", &[])
        .asset(K::Tool, "refund", &[("capabilities", list(&["payment"]))])
        .rel("agent:help", R::GroundedOn, "vector_index:docs")
        .rel("agent:help", R::CallsTool, "tool:refund");
    assert_path(
        &estate,
        "internet",
        "agent:help",
        &[
            "entry-internet-public",
            "call-without-authentication",
            "open-index",
            "grounding-poisoning",
            "prompt-injection",
            "agent-uses-dangerous-tool",
        ],
    );
    let storage = Estate::default()
        .asset(K::Bucket, "pages", &[("public_write", true.into())])
        .asset(K::VectorIndex, "docs", &[])
        .asset(K::Agent, "help", &[])
        .asset(K::Tool, "refund", &[("writes", true.into())])
        .rel("vector_index:docs", R::StoredIn, "bucket:pages")
        .rel("agent:help", R::GroundedOn, "vector_index:docs")
        .rel("agent:help", R::CallsTool, "tool:refund");
    assert_path(
        &storage,
        "internet",
        "agent:help",
        &[
            "entry-internet-public-write",
            "stored-content-write",
            "grounding-poisoning",
            "prompt-injection",
            "agent-changes-things",
        ],
    );
}

#[test]
fn a_model_file_with_code_reaches_the_identity_of_its_loader() {
    let estate = Estate::default()
        .asset(K::Model, "models/fraud.pkl", &[])
        .asset(
            K::ModelVersion,
            "sha256:aa@models/fraud.pkl",
            &[("format", "pickle".into())],
        )
        .asset(K::Service, "scoring", &[])
        .asset(K::Workload, "scoring-deployment", &[])
        .asset(K::Identity, "scoring-account", &[])
        .asset(K::Role, "scoring-role", &[])
        .asset(K::Dataset, "payments", &[])
        .rel(
            "model:models/fraud.pkl",
            R::Contains,
            "model_version:sha256:aa@models/fraud.pkl",
        )
        .rel("service:scoring", R::Loads, "model:models/fraud.pkl")
        .rel("workload:scoring-deployment", R::Runs, "service:scoring")
        .rel(
            "workload:scoring-deployment",
            R::RunsAs,
            "identity:scoring-account",
        )
        .rel("identity:scoring-account", R::CanAssume, "role:scoring-role")
        .rel("role:scoring-role", R::CanRead, "dataset:payments")
        .fact(
            F::ModelLoad,
            "service:scoring",
            &[("unsafe_by_default", true.into())],
        )
        .fact(
            F::PickleCall,
            "model_version:sha256:aa@models/fraud.pkl",
            &[
                ("module", "os".into()),
                ("name", "system".into()),
                ("verdict", "dangerous".into()),
            ],
        );
    let path = assert_path(
        &estate,
        "malicious-package",
        "dataset:payments",
        &[
            "entry-model-carries-code",
            "code-in-service-is-code-in-workload",
            "process-identity",
            "identity-leads-to-role",
            "identity-reads",
        ],
    );
    assert_eq!(path.certainty, Certainty::Certain);
    assert_eq!(path.steps[1].needs, ["s1"]);
}

#[test]
fn engines_that_ask_nobody_who_they_are() {
    let open = |engine: &str| {
        Estate::default()
            .asset(K::Network, "balancer", &[("open_to_internet", list(&["8265"]))])
            .asset(
                K::Workload,
                "serving",
                &[("engine", engine.into()), ("authenticated", false.into())],
            )
            .asset(K::Role, "node", &[])
            .asset(K::Dataset, "claims", &[])
            .asset(K::Model, "tuned", &[])
            .asset(K::ModelVersion, "sha256:bb@tuned.gguf", &[])
            .rel("network:balancer", R::Exposes, "workload:serving")
            .rel("workload:serving", R::Serves, "model:tuned")
            .rel("model:tuned", R::Contains, "model_version:sha256:bb@tuned.gguf")
            .rel("workload:serving", R::RunsAs, "role:node")
            .rel("role:node", R::CanWrite, "dataset:claims")
    };
    let way_in = [
        "entry-internet-network",
        "network-leads-on",
        "call-without-authentication",
    ];
    for engine in ["ray", "jupyter", "mlflow"] {
        let steps = [
            &way_in[..],
            &["open-engine-runs-code", "process-identity", "identity-writes"],
        ]
        .concat();
        assert_path(&open(engine), "internet", "dataset:claims", &steps);
    }
    for engine in ["ollama", "triton", "mlflow"] {
        let steps = [&way_in[..], &["open-engine-gives-models"]].concat();
        assert_path(&open(engine), "internet", "model:tuned", &steps);
    }
}

#[test]
fn whoever_writes_the_registry_owns_the_next_deployment() {
    let estate = notebook()
        .asset(K::Image, "registry/serving:latest", &[("pinned", false.into())])
        .asset(K::Workload, "serving", &[])
        .asset(K::Model, "tuned", &[])
        .rel("role:execution", R::CanWrite, "image:registry/serving:latest")
        .rel("workload:serving", R::Runs, "image:registry/serving:latest")
        .rel("workload:serving", R::Serves, "model:tuned");
    let steps = [
        &TO_ROLE[..],
        &[
            "identity-writes",
            "image-replaced",
            "process-changes-what-it-serves",
        ],
    ]
    .concat();
    assert_path(&estate, "internet", "model:tuned", &steps);
    let model = notebook()
        .asset(K::Model, "registered", &[])
        .asset(K::Endpoint, "scoring", &[])
        .rel("role:execution", R::CanWrite, "model:registered")
        .rel("endpoint:scoring", R::Serves, "model:registered");
    let steps = [&TO_ROLE[..], &["identity-writes"]].concat();
    assert_path(&model, "internet", "model:registered", &steps);
}

#[test]
fn model_output_that_runs_as_code() {
    let estate = Estate::default()
        .asset(K::Service, "report", &[])
        .asset(
            K::Endpoint,
            "ask",
            &[("route", "/ask".into()), ("authenticated", false.into())],
        )
        .asset(K::Agent, "analyst", &[])
        .asset(K::Account, "openai", &[])
        .rel("service:report", R::Contains, "endpoint:ask")
        .rel("service:report", R::Contains, "agent:analyst")
        .rel("agent:analyst", R::Uses, "account:openai")
        .fact(
            F::PromptInput,
            "agent:analyst",
            &[("origin", "http-request".into())],
        )
        .fact(F::TaintTrace, "agent:analyst", &[("sink", "code".into())]);
    let path = assert_path(
        &estate,
        "employee",
        "account:openai",
        &[
            "entry-employee-speaks-to-agent",
            "prompt-injection",
            "output-runs-as-code",
            "process-uses-account",
        ],
    );
    assert_eq!(path.certainty, Certainty::Certain);
}

#[test]
fn test_code_and_closed_doors_lead_nowhere() {
    let estate = Estate::default()
        .asset(
            K::Endpoint,
            "chat",
            &[("route", "/".into()), ("test_code", true.into())],
        )
        .asset(K::Agent, "support", &[("test_code", true.into())])
        .asset(K::Tool, "send", &[("egress", true.into())])
        .rel("endpoint:chat", R::Serves, "agent:support")
        .rel("agent:support", R::CallsTool, "tool:send")
        .asset(K::Bucket, "training", &[("public_read", false.into())])
        .asset(K::Dataset, "claims", &[])
        .rel("dataset:claims", R::StoredIn, "bucket:training");
    let graph = estate.graph();
    let outcome = Engine::load().unwrap().derive(&estate.world(&graph), &[]);
    assert_eq!(outcome.paths, []);
}

#[test]
fn an_unknown_makes_a_path_possible() {
    let estate = Estate::default()
        .asset(
            K::Bucket,
            "training",
            &[("public_write", Value::unknown("variable without default"))],
        )
        .asset(K::Dataset, "claims", &[])
        .rel("dataset:claims", R::StoredIn, "bucket:training");
    let path = path(&estate, "internet", "dataset:claims");
    assert_eq!(path.certainty, Certainty::Possible);
}

#[test]
fn policy_names_the_entry_points() {
    let mut estate = chat();
    estate.policy.entry_points.push(String::from("leaked-key"));
    let graph = estate.graph();
    let outcome = Engine::load().unwrap().derive(&estate.world(&graph), &[]);
    assert_eq!(outcome.paths, []);
}

#[test]
fn code_of_a_models_publisher_runs_unless_it_is_pinned() {
    let estate = |pinned: bool| {
        Estate::default()
            .asset(K::Service, "./summaries", &[])
            .asset(
                K::Model,
                "huggingface/acme/summary",
                &[("pinned", pinned.into()), ("trust_remote_code", true.into())],
            )
            .rel("service:./summaries", R::Loads, "model:huggingface/acme/summary")
            .fact(
                F::ModelLoad,
                "service:./summaries",
                &[("trust_remote_code", true.into())],
            )
    };
    assert_path(
        &estate(false),
        "malicious-package",
        "service:./summaries",
        &["entry-model-remote-code"],
    );
    assert_no_path(&estate(true));
}

#[test]
fn agents_and_servers_that_ask_nobody() {
    let agent = |asks: bool| {
        Estate::default().asset(
            K::Agent,
            "./.claude/settings.json",
            &[
                ("framework", "claude-code".into()),
                ("code_execution", true.into()),
                ("allow_dangerous", (!asks).into()),
                ("human_approval", asks.into()),
            ],
        )
    };
    assert_path(
        &agent(false),
        "untrusted-content",
        "agent:./.claude/settings.json",
        &[
            "entry-coding-agent-reads",
            "prompt-injection",
            "agent-runs-code-it-writes",
        ],
    );
    assert_no_path(&agent(true));
    let server = |capability: &str| {
        Estate::default()
            .asset(K::McpServer, "./s.py#ops", &[("declared", false.into())])
            .asset(K::Tool, "./s.py#run", &[("capabilities", list(&[capability]))])
            .rel("mcp_server:./s.py#ops", R::CallsTool, "tool:./s.py#run")
    };
    assert_path(
        &server("shell"),
        "untrusted-content",
        "mcp_server:./s.py#ops",
        &["entry-clients-of-server-read", "server-tool-runs-commands"],
    );
    assert_no_path(&server("file-read"));
}

fn assert_no_path(estate: &Estate) {
    let engine = Engine::load().expect("the steps load");
    let graph = estate.graph();
    let outcome = engine.derive(&estate.world(&graph), &estate.findings);
    assert!(outcome.paths.is_empty(), "{:?}", outcome.paths);
}
