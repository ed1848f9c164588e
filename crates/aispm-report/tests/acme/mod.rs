//! A report about Acme, a small company: written by hand, so that the formats have everything they may meet.

use aispm_types::{
    AiSystem, Asset, AssetClass, AssetId, AssetKind, AttackPath, Certainty, Check, CheckCounts, CheckOutcome,
    Confidence, ControlId, CoverageRow, Effort, Finding, Fix, Location, NetworkUse, PathStep, Posture,
    REPORT_SCHEMA, Relation, RelationKind, Remediation, Report, ReportedAsset, RunInfo, ScanInfo,
    ScopeStatus, Severity, Summary, ToolInfo, Value,
};

pub(crate) const CHAT: &str = "ai_system:acme/services/chat";
pub(crate) const PILOT: &str = "ai_system:acme/pilots/summariser";

const CHAT_NAME: &str = "support chat";
const PILOT_NAME: &str = "summariser";

fn at(path: &str, line: u32) -> Location {
    let file = Location::file("acme", path);
    if line == 0 { file } else { file.line(line) }
}

fn control(written: &str) -> ControlId {
    written.parse().unwrap()
}

/// A risky but coherent estate: two systems, one of them forgotten.
pub(crate) fn report() -> Report {
    let assets = assets();
    let findings = findings();
    let paths = paths();
    let summary = Summary {
        systems: 2,
        systems_unowned: 1,
        systems_never_assessed: 1,
        assets_by_kind: counts(assets.iter().map(|a| a.asset.kind.as_str())),
        findings_by_severity: counts(
            findings
                .iter()
                .filter(|f| f.accepted.is_none())
                .map(|f| f.severity.as_str()),
        ),
        findings_accepted: findings.iter().filter(|f| f.accepted.is_some()).count(),
        paths_by_severity: counts(paths.iter().map(|p| p.severity.as_str())),
        checks: CheckCounts {
            passed: 91,
            failed: 7,
            not_assessed: 3,
        },
        checks_by_rule: std::collections::BTreeMap::new(),
        files_read: 412,
        paths_left_out: 0,
    };
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        run: RunInfo {
            id: "20260301T100000Z-acme".to_owned(),
            started_at: "2026-03-01T10:00:00Z".to_owned(),
            finished_at: "2026-03-01T10:00:02Z".to_owned(),
            host: "laptop".to_owned(),
            durations: [("collect".to_owned(), 900), ("rules".to_owned(), 120)].into(),
            network: Vec::<NetworkUse>::new(),
        },
        tool: ToolInfo {
            name: "aispm".to_owned(),
            version: "0.1.0".to_owned(),
            content_version: "c0ffee123456".to_owned(),
            advisories: String::new(),
        },
        scan: ScanInfo {
            imports: Vec::new(),
            targets: vec!["acme".to_owned()],
            coverage: coverage(),
        },
        systems: systems(),
        assets,
        relations: relations(),
        checks: checks(),
        fixes: fixes(&findings),
        findings,
        paths,
        summary,
    }
}

fn counts<'a>(words: impl Iterator<Item = &'a str>) -> std::collections::BTreeMap<String, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for word in words {
        *counts.entry(word.to_owned()).or_insert(0) += 1;
    }
    counts
}

fn coverage() -> Vec<CoverageRow> {
    let row = |scope: &str, status, reason: Option<&str>| CoverageRow {
        scope: scope.to_owned(),
        status,
        reason: reason.map(str::to_owned),
    };
    vec![
        row("acme", ScopeStatus::Partial, Some("2 gaps inside")),
        row(
            "acme/models/old.bin",
            ScopeStatus::Gap,
            Some("format not known: no reader claims its first bytes"),
        ),
        row(
            "acme/pilots/summariser/weights.7z",
            ScopeStatus::Gap,
            Some("archive format 7z is not read"),
        ),
    ]
}

fn systems() -> Vec<AiSystem> {
    vec![
        AiSystem {
            id: AssetId::parse(PILOT),
            name: PILOT_NAME.to_owned(),
            owner: None,
            lifecycle: Some("pilot".to_owned()),
            purpose: None,
            risk_class: None,
            assets: vec![AssetId::parse("model:openai/gpt-4o-mini")],
            posture: Posture {
                passed: 0,
                failed: 0,
                not_assessed: 2,
            },
            assessed: "never".to_owned(),
            not_assessed_because: vec!["its weights are in an archive format that is not read".to_owned()],
            paths: vec![],
        },
        AiSystem {
            id: AssetId::parse(CHAT),
            name: CHAT_NAME.to_owned(),
            owner: Some("@acme/support-platform".to_owned()),
            lifecycle: Some("production".to_owned()),
            purpose: Some("Answers customers from the handbook".to_owned()),
            risk_class: Some("limited".to_owned()),
            assets: assets()
                .into_iter()
                .filter(|a| a.system.as_deref() == Some(CHAT_NAME))
                .map(|a| a.asset.id)
                .collect(),
            posture: Posture {
                passed: 91,
                failed: 7,
                not_assessed: 1,
            },
            assessed: "partly".to_owned(),
            not_assessed_because: vec!["models/old.bin: format not known".to_owned()],
            paths: vec!["P-111111111111".to_owned(), "P-222222222222".to_owned()],
        },
    ]
}

fn assets() -> Vec<ReportedAsset> {
    let of = |asset: Asset, system: &str| ReportedAsset {
        class: asset.kind.class(),
        asset,
        system: Some(system.to_owned()),
    };
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let mut assets = vec![
        of(
            Asset::new(
                AssetKind::Endpoint,
                "acme/services/chat/app.py#POST /chat",
                "POST /chat",
            )
            .at(at("services/chat/app.py", 41))
            .with("route", "/chat")
            .with("method", "POST")
            .with("engine", "fastapi")
            .with("authenticated", false),
            CHAT_NAME,
        ),
        of(
            Asset::new(
                AssetKind::Agent,
                "acme/services/chat/agent.py#support",
                "support agent",
            )
            .at(at("services/chat/agent.py", 12))
            .with("framework", "langchain"),
            CHAT_NAME,
        ),
        of(
            Asset::new(
                AssetKind::Tool,
                "acme/services/chat/tools.py#run_shell",
                "run_shell",
            )
            .at(at("services/chat/tools.py", 8))
            .with("capabilities", vec!["shell"])
            .with(
                "approval_required",
                Value::unknown("the setting comes from the environment"),
            ),
            CHAT_NAME,
        ),
        of(
            Asset::new(AssetKind::Model, "openai/gpt-4o", "gpt-4o")
                .provider("openai")
                .at(at("services/chat/agent.py", 15))
                .with("model_name", "gpt-4o")
                .with("hosted", true),
            CHAT_NAME,
        ),
        of(
            Asset::new(AssetKind::Model, "openai/gpt-4o-mini", "gpt-4o-mini")
                .provider("openai")
                .at(at("pilots/summariser/main.py", 5))
                .with("model_name", "gpt-4o-mini")
                .with("hosted", true),
            PILOT_NAME,
        ),
        of(
            Asset::new(AssetKind::Model, "acme/models/intent.pt", "intent.pt").at(at("models/intent.pt", 0)),
            CHAT_NAME,
        ),
        of(
            Asset::new(
                AssetKind::ModelVersion,
                format!("sha256:{digest}@acme/models/intent.pt"),
                "intent.pt",
            )
            .at(at("models/intent.pt", 0))
            .with("format", "pytorch-zip")
            .with("sha256", digest)
            .with("architecture", "BertForSequenceClassification")
            .with("license", "apache-2.0")
            .with("executes_on_load", true),
            CHAT_NAME,
        ),
        of(
            Asset::new(AssetKind::Dataset, "acme/data/tickets.jsonl", "tickets.jsonl")
                .at(at("data/tickets.jsonl", 0))
                .with("format", "jsonl")
                .with("rows", 1200_i64)
                .with("data_class", "confidential"),
            CHAT_NAME,
        ),
        of(
            Asset::new(AssetKind::Package, "pkg:pypi/langchain@0.0.300", "langchain")
                .at(at("services/chat/requirements.txt", 3))
                .with("ecosystem", "pypi")
                .with("version", "0.0.300")
                .with("ai", true),
            CHAT_NAME,
        ),
        of(
            Asset::new(AssetKind::Bucket, "s3/acme-training", "acme-training")
                .provider("aws")
                .at(at("infra/storage.tf", 4))
                .with("public", true),
            CHAT_NAME,
        ),
        of(
            Asset::new(AssetKind::Secret, "openai/5bdcc146bf60", "OpenAI key")
                .at(at("notebooks/explore.ipynb", 7))
                .with("detector", "openai")
                .with("preview", "sk-…48"),
            CHAT_NAME,
        ),
    ];
    assets.sort_by(|a, b| a.asset.id.cmp(&b.asset.id));
    assert!(assets.iter().any(|a| a.class == AssetClass::Supporting));
    assets
}

fn id(rest: &str) -> AssetId {
    AssetId::parse(rest)
}

const ENDPOINT: &str = "endpoint:acme/services/chat/app.py#POST /chat";
const AGENT: &str = "agent:acme/services/chat/agent.py#support";
const TOOL: &str = "tool:acme/services/chat/tools.py#run_shell";
const MODEL: &str = "model:acme/models/intent.pt";
const VERSION: &str = "model_version:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08@acme/models/intent.pt";
const DATASET: &str = "dataset:acme/data/tickets.jsonl";
const BUCKET: &str = "bucket:s3/acme-training";
const PACKAGE: &str = "package:pkg:pypi/langchain@0.0.300";
const SECRET: &str = "secret:openai/5bdcc146bf60";

fn relations() -> Vec<Relation> {
    let edge = |from: &str, kind, to: &str| Relation::new(&id(from), kind, &id(to));
    let mut relations = vec![
        edge(ENDPOINT, RelationKind::Uses, AGENT).seen(at("services/chat/app.py", 44)),
        edge(AGENT, RelationKind::CallsTool, TOOL),
        edge(AGENT, RelationKind::Uses, "model:openai/gpt-4o"),
        edge(AGENT, RelationKind::Uses, PACKAGE),
        edge(AGENT, RelationKind::Loads, MODEL),
        edge(MODEL, RelationKind::Contains, VERSION),
        edge(VERSION, RelationKind::TrainedOn, DATASET).possible("the training script names it"),
        edge(DATASET, RelationKind::StoredIn, BUCKET),
    ];
    relations.sort();
    relations
}

fn checks() -> Vec<Check> {
    let unknown = |rule: &str, asset: &str, reason: &str| Check {
        rule: rule.to_owned(),
        asset: id(asset),
        outcome: CheckOutcome::NotAssessed,
        reason: Some(reason.to_owned()),
    };
    vec![
        unknown(
            "agent-tool-without-approval",
            TOOL,
            "the setting comes from the environment",
        ),
        unknown(
            "model-unsigned",
            "model:openai/gpt-4o",
            "hosted models show no signature",
        ),
        unknown(
            "model-unsigned",
            "model:openai/gpt-4o-mini",
            "hosted models show no signature",
        ),
    ]
}

struct Draft {
    rule: &'static str,
    title: &'static str,
    severity: Severity,
    asset: &'static str,
    discriminator: &'static str,
    at: Vec<Location>,
    why: &'static str,
    impact: &'static str,
    fix: &'static str,
    effort: Effort,
    controls: &'static [&'static str],
}

impl Draft {
    fn finish(self) -> Finding {
        Finding {
            id: Finding::identity(self.rule, &id(self.asset), self.discriminator),
            rule: self.rule.to_owned(),
            title: self.title.to_owned(),
            severity: self.severity,
            severity_reason: None,
            confidence: Confidence::High,
            asset: id(self.asset),
            locations: self.at,
            why: self.why.to_owned(),
            impact: self.impact.to_owned(),
            evidence: aispm_types::Properties::new(),
            remediation: Remediation {
                summary: self.fix.to_owned(),
                terraform: None,
                cli: None,
                code: None,
                effort: self.effort,
                safe: self.effort == Effort::Low,
            },
            controls: self.controls.iter().map(|c| control(c)).collect(),
            accepted: None,
            sources: Vec::new(),
            discriminator: self.discriminator.to_owned(),
        }
    }
}

fn findings() -> Vec<Finding> {
    let mut findings = vec![
        Draft {
            rule: "model-pickle-unsafe-global",
            title: "A model file runs a system command when it is loaded",
            severity: Severity::Critical,
            asset: VERSION,
            discriminator: "posix.system",
            at: vec![at("models/intent.pt!/archive/data.pkl", 0)],
            why: "Loading models/intent.pt calls posix.system from its pickle at byte 130.",
            impact: "Whoever can change this file runs code wherever it is loaded, with the rights of the process that loads it.",
            fix: "Convert the weights to safetensors in a sandbox and load that file instead.",
            effort: Effort::Medium,
            controls: &["owasp-llm@2025:LLM03", "atlas@2025.10:AML.T0010", "atlas@2025.10:AML.T0011"],
        }
        .finish(),
        Draft {
            rule: "secret-ai-key",
            title: "An AI key stands in a file",
            severity: Severity::High,
            asset: SECRET,
            discriminator: "notebooks/explore.ipynb",
            at: vec![at("notebooks/explore.ipynb", 7), at("services/chat/.env", 2)],
            why: "An OpenAI project key (sk-…48) stands in a notebook and in an environment file.",
            impact: "Anyone who reads the repository can use the account, read its files and run up its bill.",
            fix: "Revoke the key, then read a new one from a secret manager at start.",
            effort: Effort::Medium,
            controls: &["owasp-llm@2025:LLM02", "mcsb@2:IM-8"],
        }
        .finish(),
        Draft {
            rule: "endpoint-unauthenticated",
            title: "An AI endpoint answers anyone",
            severity: Severity::High,
            asset: ENDPOINT,
            discriminator: "",
            at: vec![at("services/chat/app.py", 41)],
            why: "POST /chat has no authentication dependency, and its app sets none for all routes.",
            impact: "Anyone who reaches it can steer the agent behind it.",
            fix: "Put authentication before /chat.",
            effort: Effort::Low,
            controls: &["owasp-llm@2025:LLM10"],
        }
        .finish(),
        Draft {
            rule: "package-known-vulnerability",
            title: "An AI package has a known vulnerability",
            severity: Severity::High,
            asset: PACKAGE,
            discriminator: "CVE-2023-36258",
            at: vec![at("services/chat/requirements.txt", 3)],
            why: "langchain 0.0.300 is affected by CVE-2023-36258; 0.0.325 is fixed.",
            impact: "The advisory tells what an attacker gains; a public exploit is usual within weeks.",
            fix: "Raise langchain to 0.0.325 or later.",
            effort: Effort::Low,
            controls: &["owasp-llm@2025:LLM03"],
        }
        .finish(),
    ];
    for (n, file) in ["a", "b", "c", "d", "e", "f", "g", "h"].into_iter().enumerate() {
        findings.push(
            Draft {
                rule: "prompt-untrusted-input",
                title: "Text from outside is placed into a system prompt",
                severity: Severity::Medium,
                asset: AGENT,
                discriminator: file,
                at: vec![at(&format!("services/chat/prompts/{file}.py"), 10 + n as u32)],
                why: "The body of the request is formatted into the system prompt.",
                impact: "Whoever writes the text can give the model orders.",
                fix: "Pass text from outside as a user message.",
                effort: Effort::Low,
                controls: &["owasp-llm@2025:LLM01"],
            }
            .finish(),
        );
    }
    findings.push(
        Draft {
            rule: "bucket-no-versioning",
            title: "Training data is kept without old versions",
            severity: Severity::Low,
            asset: BUCKET,
            discriminator: "",
            at: vec![at("infra/storage.tf", 4)],
            why: "Bucket acme-training keeps no old versions.",
            impact: "A poisoned or deleted training set cannot be restored.",
            fix: "Switch versioning on.",
            effort: Effort::Low,
            controls: &["owasp-llm@2025:LLM04"],
        }
        .finish(),
    );
    decorate(&mut findings);
    findings
}

/// What only some findings have: another severity, evidence, code, acceptance.
fn decorate(findings: &mut [Finding]) {
    for f in findings {
        match f.rule.as_str() {
            "endpoint-unauthenticated" => {
                f.severity_reason = Some("raised: it leads to a crown jewel".to_owned())
            }
            "model-pickle-unsafe-global" => {
                f.evidence.insert("callable".to_owned(), "posix.system".into());
                f.evidence.insert("offset".to_owned(), 130_i64.into());
            }
            "package-known-vulnerability" => {
                f.evidence.insert("id".to_owned(), "CVE-2023-36258".into());
                f.evidence.insert("fixed".to_owned(), "0.0.325".into());
            }
            "bucket-no-versioning" => {
                f.accepted =
                    Some("data-team: rebuilt nightly from the ticket system, until 2026-12-31".to_owned());
                f.remediation.terraform =
                    Some("versioning_configuration {\n  status = \"Enabled\"\n}\n".to_owned());
            }
            _ => {}
        }
    }
}

fn finding_id(rule: &str) -> String {
    findings().into_iter().find(|f| f.rule == rule).unwrap().id
}

fn paths() -> Vec<AttackPath> {
    let step =
        |id: &str, from: &str, to: &str, kind: &str, grants: &str, needs: &[&str], why: &str| PathStep {
            id: id.to_owned(),
            from: from.to_owned(),
            to: AssetId::parse(to),
            kind: kind.to_owned(),
            grants: grants.to_owned(),
            needs: needs.iter().map(|n| (*n).to_owned()).collect(),
            technique: None,
            why: why.to_owned(),
            evidence: vec![],
            findings: vec![],
            certainty: Certainty::Certain,
        };
    let mut reach = step(
        "s1",
        "internet",
        ENDPOINT,
        "reach-endpoint",
        "may send requests",
        &[],
        "POST /chat answers without authentication.",
    );
    reach.technique = Some(control("atlas@2025.10:AML.T0049"));
    reach.evidence = vec![at("services/chat/app.py", 41)];
    reach.findings = vec![finding_id("endpoint-unauthenticated")];
    let mut steer = step(
        "s2",
        ENDPOINT,
        AGENT,
        "prompt-injection",
        "steers the agent",
        &["s1"],
        "The request's text becomes part of the system prompt.",
    );
    steer.technique = Some(control("atlas@2025.10:AML.T0051"));
    steer.evidence = vec![at("services/chat/prompts/a.py", 10)];
    let mut key = step(
        "s3",
        "internet",
        SECRET,
        "read-key",
        "holds the OpenAI key",
        &[],
        "The key stands in a notebook of the repository.",
    );
    key.evidence = vec![at("notebooks/explore.ipynb", 7)];
    key.findings = vec![finding_id("secret-ai-key")];
    let mut shell = step(
        "s4",
        AGENT,
        TOOL,
        "call-tool",
        "runs commands in the service",
        &["s2", "s3"],
        "The agent may call run_shell without anyone's approval.",
    );
    shell.certainty = Certainty::Possible;
    shell.technique = Some(control("atlas@2025.10:AML.T0053"));
    let mut data = step(
        "s5",
        TOOL,
        DATASET,
        "read-data",
        "reads the tickets",
        &["s4"],
        "The service's role reads bucket acme-training.",
    );
    data.evidence = vec![
        at("infra/storage.tf", 4),
        at("infra/iam.tf", 20),
        at("infra/iam.tf", 31),
    ];
    let mut pickle = step(
        "s1",
        "malicious-package",
        VERSION,
        "pickle-load",
        "runs code where the model is loaded",
        &[],
        "models/intent.pt calls posix.system when it is loaded.",
    );
    pickle.findings = vec![finding_id("model-pickle-unsafe-global")];
    pickle.evidence = vec![at("models/intent.pt!/archive/data.pkl", 0)];
    let path = |id: &str,
                title: &str,
                severity,
                score,
                certainty,
                entry: &str,
                target: &str,
                steps,
                cuts: &[&[&str]]| AttackPath {
        id: id.to_owned(),
        title: title.to_owned(),
        severity,
        score,
        certainty,
        entry: entry.to_owned(),
        target: AssetId::parse(target),
        steps,
        cuts: cuts
            .iter()
            .map(|c| c.iter().map(|x| (*x).to_owned()).collect())
            .collect(),
    };
    vec![
        path(
            "P-111111111111",
            "Anyone on the internet can read the customers' tickets through the support agent",
            Severity::Critical,
            92.4,
            Certainty::Possible,
            "internet",
            DATASET,
            vec![reach, steer, key, shell, data],
            &[&["X-aaaaaaaaaaaa"], &["X-bbbbbbbbbbbb", "X-cccccccccccc"]],
        ),
        path(
            "P-222222222222",
            "Whoever changes intent.pt runs code in the support chat",
            Severity::High,
            71.0,
            Certainty::Certain,
            "malicious-package",
            VERSION,
            vec![pickle],
            &[&["X-bbbbbbbbbbbb"]],
        ),
    ]
}

fn fixes(findings: &[Finding]) -> Vec<Fix> {
    let fix = |id: &str, title: &str, rules: &[&str], cut: &[&str], effort, severity, place: Location| Fix {
        id: id.to_owned(),
        title: title.to_owned(),
        findings: findings
            .iter()
            .filter(|f| rules.contains(&f.rule.as_str()))
            .map(|f| f.id.clone())
            .collect(),
        paths_cut: cut.iter().map(|p| (*p).to_owned()).collect(),
        systems: vec![CHAT_NAME.to_owned()],
        owner: Some("@acme/support-platform".to_owned()),
        effort,
        safe: effort == Effort::Low,
        severity,
        locations: vec![place],
    };
    vec![
        fix(
            "X-aaaaaaaaaaaa",
            "Put authentication before POST /chat",
            &["endpoint-unauthenticated"],
            &["P-111111111111"],
            Effort::Low,
            Severity::High,
            at("services/chat/app.py", 41),
        ),
        fix(
            "X-bbbbbbbbbbbb",
            "Convert models/intent.pt to safetensors",
            &["model-pickle-unsafe-global"],
            &["P-222222222222"],
            Effort::Medium,
            Severity::Critical,
            at("models/intent.pt", 0),
        ),
        fix(
            "X-cccccccccccc",
            "Revoke the OpenAI key and read it from a secret manager",
            &["secret-ai-key"],
            &[],
            Effort::Medium,
            Severity::High,
            at("notebooks/explore.ipynb", 7),
        ),
        fix(
            "X-dddddddddddd",
            "Pass text from outside as a user message",
            &["prompt-untrusted-input"],
            &[],
            Effort::Low,
            Severity::Medium,
            at("services/chat/prompts/a.py", 10),
        ),
    ]
}

/// Texts that attack whoever reads them.
pub(crate) const HOSTILE: &[&str] = &[
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "exe\u{202e}gnp.txt",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "[click](javascript:alert(1)) @everyone `x` | {0}",
    "line\nbreak\r\n# heading",
    "\u{9b}31m\u{200b}\u{feff}\u{2028}",
];

/// The same estate with a hostile text wherever text of a scanned file can stand.
pub(crate) fn hostile() -> Report {
    let all = HOSTILE.join(" ");
    let mut r = report();
    r.scan.targets.push(all.clone());
    for a in &mut r.assets {
        a.asset.name.push_str(&all);
        a.asset.provider = Some(all.clone());
        a.asset
            .properties
            .insert("description".to_owned(), all.as_str().into());
        for l in &mut a.asset.locations {
            l.path = Some(all.clone());
        }
    }
    for f in &mut r.findings {
        f.title.push_str(&all);
        f.why = all.clone();
        f.accepted = f.accepted.as_ref().map(|_| all.clone());
        f.locations.push(Location::file(all.clone(), all.clone()).line(1));
        f.evidence.insert("value".to_owned(), all.as_str().into());
    }
    for s in &mut r.systems {
        s.name = all.clone();
        s.owner = Some(all.clone());
        s.purpose = Some(all.clone());
    }
    for p in &mut r.paths {
        p.title = all.clone();
        for s in &mut p.steps {
            s.why = all.clone();
            s.grants = all.clone();
        }
    }
    for x in &mut r.fixes {
        x.title = all.clone();
        x.owner = Some(all.clone());
    }
    for c in &mut r.scan.coverage {
        c.scope = all.clone();
        c.reason = Some(all.clone());
    }
    r
}

/// An estate with nothing to say.
pub(crate) fn empty() -> Report {
    let mut r = report();
    r.systems.clear();
    r.assets.clear();
    r.relations.clear();
    r.checks.clear();
    r.findings.clear();
    r.fixes.clear();
    r.paths.clear();
    r.scan.coverage.clear();
    r.summary = Summary {
        checks_by_rule: std::collections::BTreeMap::new(),
        files_read: 412,
        ..Summary::default()
    };
    r
}

/// The same estate with so many findings that a page must turn them over.
pub(crate) fn many(count: usize) -> Report {
    let mut r = report();
    let model = r
        .findings
        .iter()
        .find(|f| f.rule == "prompt-untrusted-input")
        .unwrap()
        .clone();
    for n in 0..count {
        let mut f = model.clone();
        f.discriminator = format!("file {n}");
        f.id = Finding::identity(&f.rule, &f.asset, &f.discriminator);
        f.severity = *Severity::WORST_FIRST.iter().cycle().nth(n % 5).unwrap();
        f.locations = vec![at(&format!("services/part-{}/module_{n}.py", n % 40), 7)];
        r.findings.push(f);
    }
    r.findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
    r.summary.findings_by_severity = counts(
        r.findings
            .iter()
            .filter(|f| f.accepted.is_none())
            .map(|f| f.severity.as_str()),
    );
    r
}
