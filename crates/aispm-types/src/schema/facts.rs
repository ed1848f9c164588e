//! Properties of facts.

use super::{Property, Type::*, p};
use crate::FactKind;

/// Properties by kind of fact.
pub const FACTS: &[(FactKind, &[Property])] = &[
    (
        FactKind::PickleCall,
        &[
            p("module", Str, "Module of the callable"),
            p("name", Str, "Qualified name of the callable"),
            p("args", StrList, "Arguments as literals, shortened and masked"),
            p(
                "offset",
                Int,
                "Byte offset of the opcode that calls it, or of the import where nothing calls",
            ),
            p("called", Bool, "It is called, not only imported"),
            p(
                "verdict",
                Str,
                "dangerous: it runs code, commands, network or files; unknown: on no list of harmless callables; harmless",
            ),
            p("member", Str, "Member of the archive"),
        ],
    ),
    (
        FactKind::ModelHazard,
        &[
            p(
                "hazard",
                Str,
                "keras-lambda, keras-custom-object, onnx-external-data, onnx-custom-op, gguf-template-injection, torchscript-code, savedmodel-io-op, object-array, remote-code, safetensors-metadata-code, …",
            ),
            p("detail", Str, "What it is, shortened and masked"),
            p("member", Str, "Member of the archive or name inside the file"),
            p(
                "executes",
                Bool,
                "It runs code when loaded with the library's defaults",
            ),
        ],
    ),
    (
        FactKind::FormatDefect,
        &[
            p(
                "defect",
                Str,
                "What is wrong, as a short key: overlap, out-of-bounds, duplicate-entry, trailing-data, header-size, name-mismatch, disguised-format, …",
            ),
            p("detail", Str, "Numbers that show it"),
            p("offset", Int, "Byte offset"),
            p("hides_content", Bool, "Two readers may see different content"),
        ],
    ),
    (
        FactKind::TaintTrace,
        &[
            p(
                "sink",
                Str,
                "code, shell, sql, html, file-path, url, deserialize, template",
            ),
            p("callee", Str, "The call that interprets the text"),
            p("source", Str, "The call whose result it is"),
            p("source_line", Int, "Line of the source"),
            p("steps", StrList, "Names the text passes through"),
            p("sanitized", Bool, "A known sanitiser stands between"),
        ],
    ),
    (
        FactKind::PromptInput,
        &[
            p(
                "origin",
                Str,
                "http-request, web-page, email, file, issue, database, retrieval, user",
            ),
            p("callee", Str, "The model call that receives it"),
            p("role", Str, "Role of the message it lands in"),
        ],
    ),
    (
        FactKind::ModelLoad,
        &[
            p("callee", Str, "The loading call, fully qualified"),
            p("path", Str, "What is loaded, where known"),
            p(
                "unsafe_by_default",
                Bool,
                "The call unpickles or runs code from the file",
            ),
            p("weights_only", Bool, "The call refuses code"),
            p(
                "trust_remote_code",
                Bool,
                "The call runs code from the model's repository",
            ),
            p("revision", Str, "Pinned revision"),
            p("remote", Bool, "It is fetched from a hub or a URL"),
        ],
    ),
    (
        FactKind::SecretSighting,
        &[
            p("detector", Str, "Which key format it is"),
            p("vendor", Str, "Whose key it is"),
            p("fingerprint", Str, "Keyed hash"),
            p("preview", Str, "Prefix and length only"),
            p(
                "kind",
                Str,
                "source, config, notebook-output, notebook-code, env-file, dockerfile, terraform, kubernetes, compose, mcp-config, log, dataset, other",
            ),
            p("ai", Bool, "It opens an AI service"),
            p("confidence", Str, "high or medium"),
            p(
                "placeholder",
                Bool,
                "It looks like an example rather than a real key",
            ),
            p("test_code", Bool, "It stands in tests, examples or documentation"),
        ],
    ),
    (
        FactKind::Advisory,
        &[
            p("id", Str, "Advisory id"),
            p("aliases", StrList, "Other ids"),
            p("severity", Str, "critical, high, medium, low, unknown"),
            p("fixed", Str, "First fixed version"),
            p(
                "last_affected",
                Str,
                "Newest version it applies to, where no fixed one is named",
            ),
            p("installed", Str, "Version it applies to"),
            p(
                "certain",
                Bool,
                "The version is locked, rather than merely allowed",
            ),
            p("source", Str, "Where the advisory is from"),
        ],
    ),
    (
        FactKind::UnpinnedDependency,
        &[
            p("declared", Str, "The declaration as written"),
            p("manifest", Str, "File"),
            p("ecosystem", Str, "pypi, npm, docker, github-actions, huggingface"),
        ],
    ),
    (
        FactKind::PackageIndex,
        &[
            p("host", Str, "Host, unknown where a variable names it"),
            p(
                "role",
                Str,
                "main (in place of the public one), extra (beside the main one), links (a page of files), scope (one npm scope), unchecked-host",
            ),
            p("tls", Bool, "Reached over TLS"),
            p("verified", Bool, "Its certificate is checked"),
            p(
                "beside",
                StrList,
                "Hosts of the main indexes named in the same file",
            ),
            p("declared", Str, "The setting, without credentials"),
            p("manifest", Str, "File"),
            p("ecosystem", Str, "pypi, npm"),
            p("test_code", Bool, "It stands in tests, examples or documentation"),
        ],
    ),
    (
        FactKind::PolicyStatement,
        &[
            p("effect", Str, "allow or deny"),
            p("actions", StrList, "Actions as written"),
            p("resources", StrList, "Resources as written"),
            p("principals", StrList, "Principals as written"),
            p("conditions", StrList, "Condition keys"),
            p("wildcard", Bool, "Any action or a whole service on any resource"),
        ],
    ),
    (
        FactKind::NetworkRule,
        &[
            p("direction", Str, "in or out"),
            p("ports", Str, "Port or range, `any` for all"),
            p("ranges", StrList, "Address ranges"),
            p("internet", Bool, "Open to 0.0.0.0/0 or ::/0"),
        ],
    ),
    (
        FactKind::HiddenInstruction,
        &[
            p(
                "technique",
                Str,
                "imperative-to-agent, hidden-unicode, html-comment, ansi-escape, encoded, exfiltration-request, credential-request, shadowing, remote-script",
            ),
            p(
                "excerpt",
                Str,
                "What is asked for and where, up to 160 characters, made visible and masked",
            ),
            p("confidence", Str, "high or medium"),
        ],
    ),
    (
        FactKind::DataDefect,
        &[
            p(
                "defect",
                Str,
                "hidden-unicode, planted-instruction, secret, personal-data, trigger, label-noise, conflicting-labels, conflicting-outputs",
            ),
            p("count", Int, "How many rows"),
            p(
                "rows",
                IntList,
                "Which rows, from 0, a header not counted; the first 10000 where there are more",
            ),
            p("file", Str, "The file of the rows"),
            p("detail", Str, "What, shortened and masked"),
        ],
    ),
    (
        FactKind::PolicyDeparture,
        &[
            p(
                "departure",
                Str,
                "model-not-approved, provider-not-approved, region-not-approved, signer-missing, mcp-server-not-approved, access-not-allowed, exception-expired, exception-dead, crown-jewel-dead",
            ),
            p("declared", Str, "What the policy says"),
            p("found", Str, "What was found"),
        ],
    ),
    (
        FactKind::GuardEvent,
        &[
            p(
                "application",
                Str,
                "Id of the application that asked, where it is known",
            ),
            p(
                "reason",
                Str,
                "dangerous-element, dangerous-attribute, malformed-markup, dangerous-scheme, foreign-host, hidden-text, key, payment-card, bank-account, token-details, unknown-shape, hold-exceeded, ended-early, upstream-error",
            ),
            p("action", Str, "stopped, masked, removed, passed-unjudged, noted"),
            p("detail", Str, "A host, an element's name, whose key; masked"),
            p("count", Int, "How often, in the log that was read"),
        ],
    ),
    (
        FactKind::AiUse,
        &[
            p("user", Str, "Who: a name, a role or an address"),
            p("via", Str, "What saw it: proxy, dns, cloudtrail"),
            p("requests", Int, "Requests that were let through"),
            p("denied", Int, "Requests that were refused"),
            p("bytes", Int, "Bytes answered, where the log tells them"),
            p(
                "first_seen",
                Str,
                "Time of the first request; UTC where it ends with Z, else the log's local time",
            ),
            p("last_seen", Str, "Time of the last request"),
        ],
    ),
];
