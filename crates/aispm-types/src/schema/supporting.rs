//! Properties of supporting assets.

use super::{Property, Type::*, p};
use crate::AssetKind;

/// Properties of each supporting kind.
pub const SUPPORTING: &[(AssetKind, &[Property])] = &[
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
