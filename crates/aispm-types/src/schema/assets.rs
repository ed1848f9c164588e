//! Properties of AI assets, and those that every asset may have.

use super::{Property, Type::*, p};
use crate::AssetKind;

/// Properties that every kind may have.
pub const COMMON: &[Property] = &[
    p(
        "source",
        Str,
        "What declares it: python, typescript, javascript, csharp, notebook, terraform, kubernetes, compose, dockerfile, config, file, manifest, log, network, host, cloud",
    ),
    p(
        "resource_type",
        Str,
        "Normal-form resource type for infrastructure, as in `aws_sagemaker_notebook_instance`; Terraform's own name where it has one",
    ),
    p(
        "address",
        Str,
        "Address inside the source: a Terraform address with module path, a Kubernetes kind/namespace/name",
    ),
    p("region", Str, "Cloud region"),
    p("owner", Str, "Owner from CODEOWNERS, tags, labels or annotations"),
    p(
        "environment",
        Str,
        "dev, test, staging, production, from tags, labels or names",
    ),
    p("tags", StrMap, "Tags or labels"),
    p(
        "service_root",
        Str,
        "Directory of the service it belongs to, relative to the target; `.` for the top",
    ),
    p(
        "test_code",
        Bool,
        "True where it stands only in tests, examples or documentation",
    ),
    p(
        "public",
        Bool,
        "Reachable or readable from the internet without being let in by anyone",
    ),
    p(
        "published",
        Str,
        "How far its port is published: loopback (its own host), project (what runs beside it), network (all interfaces of its host)",
    ),
    p(
        "encrypted_with_customer_key",
        Bool,
        "Encrypted at rest with a key the organisation controls",
    ),
    p(
        "logging_enabled",
        Bool,
        "Calls or accesses are logged to a place that exists",
    ),
    p(
        "data_class",
        Str,
        "public, internal, confidential or restricted, from policy or tags",
    ),
];

/// Properties of each kind of AI asset.
pub const AI: &[(AssetKind, &[Property])] = &[
    (
        AssetKind::AiSystem,
        &[
            p("lifecycle", Str, "pilot, production, retired or unknown"),
            p(
                "declared",
                Bool,
                "Drawn by the organisation's policy rather than derived",
            ),
            p("risk_class", Str, "EU AI Act risk class, where declared"),
            p("purpose", Str, "What it is for, where declared"),
            p("has_owner", Bool, "Somebody answers for it"),
            p(
                "last_change_days",
                Int,
                "Days since the newest change, where known",
            ),
        ],
    ),
    (
        AssetKind::Model,
        &[
            p("model_name", Str, "Name at the provider, or file name"),
            p("hosted", Bool, "Runs at a provider rather than from files"),
            p(
                "format",
                Str,
                "Format of its files, unknown where they are not read",
            ),
            p("revision", Str, "Pinned revision, tag or digest"),
            p(
                "pinned",
                Bool,
                "Its content cannot change under the same reference",
            ),
            p("signed", Bool, "A signature stands beside it"),
            p(
                "trust_remote_code",
                Bool,
                "Loaded with code from the model's repository",
            ),
            p(
                "network_isolated",
                Bool,
                "The managed model has no outbound network",
            ),
            p(
                "in_vpc",
                Bool,
                "The managed model is attached to a private network",
            ),
            p("plain_http", Bool, "It is fetched over HTTP without TLS"),
            p(
                "approved",
                Bool,
                "On the organisation's list; absent where it has none",
            ),
        ],
    ),
    (
        AssetKind::ModelVersion,
        &[
            p(
                "format",
                Str,
                "pickle, pytorch-zip, safetensors, gguf, onnx, keras-v3, hdf5, numpy, npz, joblib, tensorflow-savedmodel, torchscript",
            ),
            p("sha256", Str, "Digest of the file, hexadecimal"),
            p("size", Int, "Bytes"),
            p("architecture", Str, "Architecture the header names"),
            p("producer", Str, "Tool the header names"),
            p("license", Str, "Licence the header names"),
            p("tensor_count", Int, "Tensors the header lists"),
            p("parameter_count", Int, "Parameters, summed over the tensors"),
            p("dtypes", StrList, "Element types of the tensors"),
            p(
                "base_model",
                Str,
                "Model it was tuned from, where the header says so",
            ),
            p("complete", Bool, "The whole file was read and understood"),
            p(
                "not_read",
                Str,
                "Why a part of it was not read, where one was not",
            ),
            p(
                "executes_on_load",
                Bool,
                "Loading it with the usual library runs code it carries",
            ),
            p("chat_template", Bool, "It carries a chat template"),
            p("declared_format", Str, "Format its file name promises"),
        ],
    ),
    (
        AssetKind::Dataset,
        &[
            p("format", Str, "jsonl, csv, parquet, images, huggingface, …"),
            p("rows", Int, "Rows, where counted"),
            p("size", Int, "Bytes"),
            p("sha256", Str, "Digest, where it is one file"),
            p("uri", Str, "Where it is loaded from"),
            p("revision", Str, "Pinned revision"),
            p(
                "pinned",
                Bool,
                "Its content cannot change under the same reference",
            ),
            p("remote", Bool, "Fetched from outside the organisation"),
            p("versioned", Bool, "Old versions are kept"),
            p(
                "has_provenance",
                Bool,
                "A card, manifest or data sheet says where it comes from",
            ),
            p(
                "rows_searched",
                Bool,
                "Every row was searched for hidden characters, instructions to a model, keys and personal data",
            ),
            p(
                "rows_compared",
                Bool,
                "Rows were held against each other: triggers, conflicts, labels",
            ),
        ],
    ),
    (
        AssetKind::Endpoint,
        &[
            p("host", Str, "Host name"),
            p("port", Int, "Port"),
            p("version", Str, "Version of the engine that answers"),
            p("tls", Bool, "Encrypted in transit"),
            p("authenticated", Bool, "Callers must show who they are"),
            p(
                "engine",
                Str,
                "vllm, triton, tgi, ollama, ray-serve, kserve, mlflow, fastapi, flask, express, …",
            ),
            p("route", Str, "Path of an HTTP route"),
            p("method", Str, "HTTP method of a route"),
            p("kms_key", Str, "Key that encrypts its storage"),
            p("data_capture", Bool, "Requests and answers are captured"),
            p("network_isolated", Bool, "No outbound network"),
            p("in_vpc", Bool, "Attached to a private network"),
            p("instance_count", Int, "Smallest number of instances"),
            p("rate_limited", Bool, "Callers are limited"),
            p(
                "content_filter",
                Str,
                "Name of the content filter of a deployment, where one is set",
            ),
            p(
                "public_network_access",
                Bool,
                "Its network door is open to the internet",
            ),
            p("local_auth_enabled", Bool, "Keys open it beside identities"),
        ],
    ),
    (
        AssetKind::Agent,
        &[
            p(
                "framework",
                Str,
                "langchain, langgraph, crewai, autogen, openai-agents, llamaindex, bedrock-agents, foundry, …",
            ),
            p(
                "human_approval",
                Bool,
                "A person approves tool calls before they happen",
            ),
            p("allow_delegation", Bool, "May hand work to other agents"),
            p("code_execution", Bool, "May run code it writes"),
            p("sandboxed", Bool, "Code it runs is confined"),
            p("allow_dangerous", Bool, "A library's dangerous-mode switch is on"),
            p(
                "project_servers_unasked",
                Bool,
                "Every MCP server that a project declares is started without asking",
            ),
            p(
                "hooks_network",
                StrList,
                "Commands on its events that speak to another machine, keys masked",
            ),
            p(
                "model_endpoint",
                Str,
                "Host that its settings send requests to instead of the provider",
            ),
            p("model_endpoint_tls", Bool, "That host is reached over TLS"),
            p("max_iterations", Int, "Upper bound of its loop, where set"),
            p("memory", Bool, "Keeps memory across runs"),
            p("idle_session_ttl", Int, "Seconds a session lives"),
        ],
    ),
    (
        AssetKind::Tool,
        &[
            p("description", Str, "What the model is told about it"),
            p(
                "capabilities",
                StrList,
                "shell, code, file-read, file-write, network-out, http-fetch, sql, email-send, email-read, browser, cloud, payment, search",
            ),
            p(
                "untrusted_input",
                Bool,
                "It brings text from outside to the model",
            ),
            p("writes", Bool, "It changes something outside the process"),
            p("egress", Bool, "It can send data out"),
            p("approval_required", Bool, "A person approves each call"),
        ],
    ),
    (
        AssetKind::McpServer,
        &[
            p("transport", Str, "stdio, sse, http"),
            p("command", Str, "Program it is started with"),
            p("args", StrList, "Arguments, keys masked"),
            p("url_host", Str, "Host of a remote server"),
            p("tls", Bool, "Remote and encrypted"),
            p("package", Str, "Package it is started from"),
            p("version", Str, "Version it is pinned to"),
            p(
                "pinned",
                Bool,
                "Its content cannot change under the same reference",
            ),
            p("runner", Str, "npx, uvx, docker, python, node, binary, …"),
            p(
                "fetches_code",
                Bool,
                "Its command line fetches code from the network and runs it",
            ),
            p(
                "privileged",
                Bool,
                "Its container runs without confinement or holds the engine's socket",
            ),
            p("env_keys", StrList, "Names of environment variables it is given"),
            p(
                "inline_secrets",
                StrList,
                "Names of variables, headers or arguments that hold a literal credential",
            ),
            p("auto_approve", StrList, "Tools that run without asking"),
            p("file_access", StrList, "Directories it is given"),
            p(
                "broad_file_access",
                Bool,
                "It is given a home, a root or the whole disk",
            ),
            p(
                "client",
                Str,
                "claude, cursor, vscode, windsurf, zed, continue, gemini, codex, …",
            ),
            p(
                "declared",
                Bool,
                "Declared in a client's configuration, rather than implemented here",
            ),
            p("authenticated", Bool, "Remote callers must show who they are"),
            p("disabled", Bool, "Switched off in the configuration"),
            p(
                "binds_all_interfaces",
                Bool,
                "Implemented here and listens on all interfaces",
            ),
            p(
                "approved",
                Bool,
                "On the organisation's list; absent where it has none",
            ),
        ],
    ),
    (
        AssetKind::Prompt,
        &[
            p("role", Str, "system, user, assistant"),
            p("length", Int, "Characters"),
            p("sha256", Str, "Digest of its text"),
            p(
                "has_untrusted_placeholder",
                Bool,
                "Text from outside is placed into a system prompt",
            ),
        ],
    ),
    (
        AssetKind::VectorIndex,
        &[
            p(
                "engine",
                Str,
                "chroma, pinecone, qdrant, weaviate, pgvector, faiss, milvus, opensearch, azure-ai-search, vertex, redis, …",
            ),
            p("authenticated", Bool, "Callers must show who they are"),
            p("host", Str, "Host name"),
            p("version", Str, "Version of the engine that answers"),
            p("local_auth_enabled", Bool, "Keys open it beside identities"),
            p(
                "public_network_access",
                Bool,
                "Its network door is open to the internet",
            ),
            p("dangerous_deserialization", Bool, "Loaded with pickle allowed"),
        ],
    ),
    (
        AssetKind::Notebook,
        &[
            p(
                "fetched_code",
                StrList,
                "Commands that fetch a program and run it unread",
            ),
            p("root_access", Bool, "Users are root"),
            p(
                "direct_internet_access",
                Bool,
                "It reaches the internet around the organisation's network",
            ),
            p("kms_key", Str, "Key that encrypts its storage"),
            p("in_vpc", Bool, "Attached to a private network"),
            p(
                "imds_v2_only",
                Bool,
                "The metadata service demands a session token",
            ),
            p("lifecycle_script", Bool, "A script runs when it starts"),
            p("public_ip", Bool, "Has a public address"),
            p("ssh_public", Bool, "SSH is open to the internet"),
            p(
                "local_auth_enabled",
                Bool,
                "Local keys or passwords open it beside identities",
            ),
            p("code_cells", Int, "Code cells of a notebook file"),
            p("has_outputs", Bool, "Outputs are kept in the file"),
            p("idle_shutdown", Bool, "Stops by itself"),
        ],
    ),
    (
        AssetKind::TrainingJob,
        &[
            p("network_isolated", Bool, "No outbound network"),
            p(
                "encrypt_inter_container",
                Bool,
                "Traffic between its containers is encrypted",
            ),
            p("kms_key", Str, "Key that encrypts its storage"),
            p("in_vpc", Bool, "Attached to a private network"),
            p("framework", Str, "Library or service that trains"),
        ],
    ),
    (
        AssetKind::Pipeline,
        &[p(
            "framework",
            Str,
            "sagemaker, vertex, azure-ml, kubeflow, airflow, …",
        )],
    ),
    (
        AssetKind::Guardrail,
        &[
            p(
                "filters",
                StrList,
                "What it filters: content, prompt-attack, pii, topics, words, grounding",
            ),
            p("inert", Bool, "It exists and filters nothing"),
            p("prompt_attack_strength", Str, "none, low, medium, high"),
            p("kms_key", Str, "Key that encrypts it"),
        ],
    ),
    (
        AssetKind::Skill,
        &[
            p("description", Str, "What the agent is told about it"),
            p("allowed_tools", StrList, "Tools it asks for"),
            p("scripts", StrList, "Scripts it carries"),
            p("external_urls", StrList, "Hosts it fetches from"),
        ],
    ),
];
