//! Properties of assets.

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

/// Properties by kind.
pub const KINDS: &[(AssetKind, &[Property])] = &[
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
    (
        AssetKind::Package,
        &[
            p("ecosystem", Str, "pypi, npm"),
            p("version", Str, "Version that is installed or locked"),
            p("constraint", Str, "Versions the manifest allows"),
            p("pinned", Bool, "One version only"),
            p("locked", Bool, "A lockfile fixes it"),
            p("ai", Bool, "It is AI software itself"),
            p(
                "role",
                Str,
                "llm-sdk, agent-framework, ml-framework, serving, vector-store, evaluation, guardrail, mcp",
            ),
            p("dev_only", Bool, "Only needed to develop"),
        ],
    ),
    (
        AssetKind::Image,
        &[
            p("reference", Str, "Reference as written"),
            p("tag", Str, "Tag"),
            p("digest", Str, "Digest it is pinned to"),
            p("pinned", Bool, "Pinned by digest"),
            p("ai", Bool, "It is AI software itself"),
            p("runs_as_root", Bool, "Its last user is root or none"),
            p("scanned_on_push", Bool, "Its registry scans what is pushed"),
            p("mutable_tags", Bool, "Its registry lets a tag be overwritten"),
        ],
    ),
    (
        AssetKind::Service,
        &[
            p("manifest", Str, "File that makes the directory a service"),
            p("language", Str, "Main language"),
            p("entry_point", Str, "What it starts"),
            p("ai", Bool, "AI assets stand in it"),
        ],
    ),
    (
        AssetKind::Workload,
        &[
            p(
                "kind",
                Str,
                "Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, InferenceService, RayCluster, RayService, compose, container_app, container_group, ecs, cloud_run, guarded_application (a client of the runtime guard), …",
            ),
            p("namespace", Str, "Kubernetes namespace"),
            p("image", Str, "Image reference"),
            p("privileged", Bool, "A container is privileged"),
            p("runs_as_root", Bool, "A container may run as root"),
            p("host_network", Bool, "Uses the host's network"),
            p("host_paths", StrList, "Host paths it mounts"),
            p("automount_token", Bool, "It is given its service account's token"),
            p(
                "engine",
                Str,
                "Serving engine its image or command names: vllm, triton, ollama, tgi, ray, jupyter, mlflow, …",
            ),
            p("ai", Bool, "It runs AI software"),
            p("exposed_ports", StrList, "Ports it publishes"),
            p("binds_all_interfaces", Bool, "It publishes on all interfaces"),
            p("env_keys", StrList, "Names of environment variables"),
            p(
                "inline_secrets",
                StrList,
                "Names of variables that hold a literal credential",
            ),
            p("resource_limits", Bool, "Memory and CPU are limited"),
            p(
                "authenticated",
                Bool,
                "Callers must show who they are; false where the engine has no authentication or it is switched off",
            ),
            p(
                "trust_remote_code",
                Bool,
                "The engine loads code from the model's repository",
            ),
            p("network_policy", Bool, "A network policy selects it"),
        ],
    ),
    (
        AssetKind::Identity,
        &[
            p(
                "kind",
                Str,
                "service_account, managed_identity, user, group, instance_profile, workload_identity, role, client_address",
            ),
            p("namespace", Str, "Kubernetes namespace"),
            p(
                "admin",
                Bool,
                "Holds administrator permissions over an account, project, subscription or cluster",
            ),
            p(
                "wildcard_actions",
                Bool,
                "A policy grants `*` actions on `*` resources",
            ),
            p("actions", StrList, "AI-relevant actions its policies allow"),
        ],
    ),
    (
        AssetKind::Role,
        &[
            p(
                "admin",
                Bool,
                "Holds administrator permissions over an account, project, subscription or cluster",
            ),
            p(
                "wildcard_actions",
                Bool,
                "A policy grants `*`, or a whole service's `service:*`, on `*` resources",
            ),
            p(
                "actions",
                StrList,
                "Actions its policies allow, as written, sorted",
            ),
            p("policies", StrList, "Managed policies by name or ARN"),
            p("trusted_services", StrList, "Services that may take it on"),
            p("trusted_principals", StrList, "Principals that may take it on"),
            p(
                "trusts_anyone",
                Bool,
                "Its trust policy admits any principal without a condition",
            ),
            p("external_identity", StrList, "OIDC providers that may take it on"),
        ],
    ),
    (
        AssetKind::Secret,
        &[
            p("detector", Str, "Which key format it is"),
            p("vendor", Str, "Whose key it is"),
            p(
                "fingerprint",
                Str,
                "Keyed hash: equal secrets have equal fingerprints",
            ),
            p("preview", Str, "Prefix and length only"),
            p("ai", Bool, "It opens an AI service"),
            p(
                "verified_structure",
                Bool,
                "A checksum or the exact structure holds",
            ),
            p(
                "placeholder",
                Bool,
                "It looks like an example rather than a real key",
            ),
            p(
                "recovery_days",
                Int,
                "Days a deleted managed secret can be recovered",
            ),
            p("rotation", Bool, "It is rotated automatically"),
        ],
    ),
    (
        AssetKind::Bucket,
        &[
            p("bucket_name", Str, "Name, where known"),
            p("versioning", Bool, "Old versions are kept"),
            p("public_write", Bool, "Anyone may write"),
            p("public_read", Bool, "Anyone may read"),
            p("block_public_access", Bool, "Public access is blocked as a whole"),
            p(
                "shared_key_access",
                Bool,
                "Account keys open it beside identities",
            ),
            p(
                "public_network_access",
                Bool,
                "Its network door is open to the internet",
            ),
            p("https_only", Bool, "Plain HTTP is refused"),
            p("min_tls", Str, "Lowest TLS version"),
            p(
                "purpose",
                Str,
                "training-data, model-artifacts, grounding, other, from names and relations",
            ),
        ],
    ),
    (
        AssetKind::Database,
        &[
            p(
                "engine",
                Str,
                "postgres, mysql, cosmosdb, dynamodb, bigquery, redis, …",
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
        AssetKind::Function,
        &[
            p("runtime", Str, "Runtime"),
            p("env_keys", StrList, "Names of environment variables"),
            p(
                "inline_secrets",
                StrList,
                "Names of variables that hold a literal credential",
            ),
            p("authenticated", Bool, "Callers must show who they are"),
            p("in_vpc", Bool, "Attached to a private network"),
            p("url_host", Str, "Host of its public URL"),
        ],
    ),
    (
        AssetKind::Compute,
        &[
            p("public_ip", Bool, "Has a public address"),
            p(
                "imds_v2_only",
                Bool,
                "The metadata service demands a session token",
            ),
            p("ssh_public", Bool, "SSH is open to the internet"),
            p(
                "local_auth_enabled",
                Bool,
                "Local keys or passwords open it beside identities",
            ),
            p("ai", Bool, "It is a compute of an AI service or runs AI software"),
            p("engine", Str, "Serving engine its start script runs"),
            p("image", Str, "Reference of the image its start script runs"),
            p(
                "authenticated",
                Bool,
                "Callers of that engine must show who they are",
            ),
            p(
                "trust_remote_code",
                Bool,
                "The engine loads code from the model's repository",
            ),
            p("env_keys", StrList, "Names of environment variables"),
            p(
                "inline_secrets",
                StrList,
                "Names of variables that hold a literal credential",
            ),
        ],
    ),
    (
        AssetKind::Network,
        &[
            p("open_to_internet", StrList, "Ports open to 0.0.0.0/0 or ::/0"),
            p(
                "kind",
                Str,
                "security_group, firewall, ingress, load_balancer, service, gateway, api, vpc",
            ),
            p("tls", Bool, "Encrypted in transit"),
            p("authenticated", Bool, "Callers must show who they are"),
        ],
    ),
    (
        AssetKind::Repository,
        &[
            p("remote", Str, "host/owner/name, without credentials"),
            p("codeowners", Bool, "Has a CODEOWNERS file"),
            p("lockfiles", StrList, "Lockfiles"),
        ],
    ),
    (
        AssetKind::Account,
        &[
            p(
                "kind",
                Str,
                "azure_openai, ai_services, ai_search, azure_ml_workspace, foundry_hub, foundry_project, openai, anthropic, bedrock, vertex, huggingface, aws_account, …",
            ),
            p("host", Str, "Host name"),
            p("local_auth_enabled", Bool, "Keys open it beside identities"),
            p(
                "public_network_access",
                Bool,
                "Its network door is open to the internet",
            ),
            p("network_rules_default", Str, "allow or deny"),
            p("allowed_ranges", StrList, "Address ranges let in"),
            p("managed_identity", Bool, "It has an identity of its own"),
            p("kms_key", Str, "Key that encrypts it"),
            p(
                "content_filter",
                Str,
                "Name of the content filter, where one is set",
            ),
            p("outbound_restricted", Bool, "It may call only listed hosts"),
            p("high_business_impact", Bool, "Declared to hold sensitive data"),
            p("private_endpoint", Bool, "A private endpoint leads to it"),
            p("ai", Bool, "It is an account of an AI service"),
            p(
                "category",
                Str,
                "api, chat, coding, hub, media, tracing, vector-store, writing, meeting",
            ),
            p(
                "sanctioned",
                Bool,
                "The organisation allows its use; unknown where only the policy can say",
            ),
            p("users", Int, "Users seen in logs"),
            p("used_by", StrList, "The most active of them"),
            p("requests", Int, "Requests seen in logs"),
            p("bytes", Int, "Bytes answered, where logs tell them"),
            p("first_seen", Str, "Time of the first request"),
            p("last_seen", Str, "Time of the last request"),
        ],
    ),
];
