//! Departures from the policy, and exceptions to findings.

use aispm_graph::{GraphView, resolve};
use aispm_policy::{ProblemKind, apply_exceptions, departures};
use aispm_types::{
    Access, Approved, Asset, AssetId, AssetKind, Batch, Confidence, Effort, Exception, Finding, Location,
    Policy, Properties, Relation, RelationKind, Remediation, Severity, Value, schema,
};

fn estate() -> GraphView {
    let mut b = Batch::default();
    let at = |p: &str| Location::file("t", p).line(3);
    b.asset(
        Asset::new(AssetKind::Model, "openai/gpt-4o", "gpt-4o")
            .provider("openai")
            .at(at("a.py")),
    );
    b.asset(
        Asset::new(AssetKind::Model, "deepseek/chat", "chat")
            .provider("deepseek")
            .at(at("b.py")),
    );
    b.asset(
        Asset::new(AssetKind::Model, "openai/unknown@repo/c.py", "unknown")
            .provider("openai")
            .with("model_name", Value::unknown("read at run time")),
    );
    b.asset(Asset::new(AssetKind::Account, "openai", "openai").provider("openai"));
    b.asset(Asset::new(AssetKind::Account, "cohere", "cohere").provider("cohere"));
    b.asset(Asset::new(AssetKind::Endpoint, "repo/e", "e").with("region", "West Europe"));
    b.asset(Asset::new(AssetKind::Notebook, "repo/n", "n").with("region", "us-east-1"));
    b.asset(
        Asset::new(AssetKind::McpServer, "repo/m#fs", "fs")
            .with("package", "@modelcontextprotocol/server-fs"),
    );
    b.asset(Asset::new(AssetKind::McpServer, "repo/m#odd", "odd").with("command", "odd-server"));
    let bucket = b.asset(Asset::new(AssetKind::Bucket, "s3/train", "train"));
    let pipeline = b.asset(Asset::new(AssetKind::Role, "pipeline", "pipeline"));
    let intern = b.asset(Asset::new(AssetKind::Role, "intern", "intern"));
    b.relation(Relation::new(&pipeline, RelationKind::CanWrite, &bucket));
    b.relation(Relation::new(&intern, RelationKind::CanWrite, &bucket).seen(at("iam.tf")));
    b.relation(Relation::new(&intern, RelationKind::CanRead, &bucket));
    resolve(b)
}

fn list(items: &[&str]) -> Option<Vec<String>> {
    Some(items.iter().map(|s| (*s).to_owned()).collect())
}

#[test]
fn departures_stand_on_what_is_not_approved() {
    let policy = Policy {
        approved: Approved {
            models: list(&["openai/*"]),
            providers: list(&["openai"]),
            regions: list(&["westeurope"]),
            mcp_servers: list(&["@modelcontextprotocol/*"]),
            ..Approved::default()
        },
        access: vec![Access {
            pattern: "bucket:s3/*".into(),
            action: "write".into(),
            allow: vec!["role:pipe*".into()],
            at: Location::default(),
        }],
        ..Policy::default()
    };
    let facts = departures(&estate(), &policy);
    let seen: Vec<String> = facts
        .iter()
        .map(|f| {
            format!(
                "{} {} {}",
                f.asset,
                f.text("departure").unwrap_or(""),
                f.text("found").unwrap_or("")
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            "model:deepseek/chat model-not-approved deepseek/chat",
            "account:cohere provider-not-approved cohere",
            "model:deepseek/chat provider-not-approved deepseek",
            "notebook:repo/n region-not-approved us-east-1",
            "mcp_server:repo/m#odd mcp-server-not-approved odd (odd-server)",
            "bucket:s3/train access-not-allowed intern can write",
        ]
    );
    assert_eq!(
        facts[5].location.as_ref().map(ToString::to_string).as_deref(),
        Some("iam.tf:3")
    );
    let batch = Batch {
        facts,
        ..Batch::default()
    };
    assert_eq!(schema::batch_departures(&batch), Vec::<String>::new());
}

#[test]
fn a_policy_that_says_nothing_has_no_departures() {
    assert!(departures(&estate(), &Policy::default()).is_empty());
}

fn finding(rule: &str, asset: &str) -> Finding {
    let asset = AssetId::parse(asset);
    Finding {
        id: Finding::identity(rule, &asset, ""),
        rule: rule.into(),
        title: String::new(),
        severity: Severity::High,
        severity_reason: None,
        confidence: Confidence::High,
        asset,
        locations: Vec::new(),
        why: String::new(),
        impact: String::new(),
        evidence: Properties::new(),
        remediation: Remediation {
            summary: String::new(),
            terraform: None,
            cli: None,
            code: None,
            effort: Effort::Low,
            safe: true,
        },
        controls: Vec::new(),
        accepted: None,
        sources: Vec::new(),
        discriminator: String::new(),
    }
}

fn exception(rule: &str, asset: &str, until: &str) -> Exception {
    Exception {
        finding: None,
        rule: Some(rule.into()),
        asset: Some(asset.into()),
        reason: "known".into(),
        by: "ana".into(),
        until: until.parse().unwrap_or_default(),
        at: Location::file("policy", "aispm.toml").line(9),
    }
}

#[test]
fn exceptions_hold_until_their_last_day() {
    let graph = estate();
    let mut findings = vec![
        finding("r1", "model:openai/gpt-4o"),
        finding("r2", "model:openai/gpt-4o"),
    ];
    let policy = Policy {
        exceptions: vec![
            exception("r1", "model:openai/*", "2026-06-30"),
            exception("r2", "*.py", "2026-06-29"),
            exception("r1", "model:nothing*", "2026-06-30"),
        ],
        ..Policy::default()
    };
    let problems = apply_exceptions(
        &mut findings,
        &graph,
        &policy,
        "2026-06-30".parse().expect("a day"),
    );
    assert_eq!(
        findings[0].accepted.as_deref(),
        Some("by ana until 2026-06-30: known")
    );
    assert_eq!(findings[1].accepted, None);
    let kinds: Vec<_> = problems.iter().map(|p| (p.index, p.kind)).collect();
    assert_eq!(kinds, [(1, ProblemKind::Expired), (2, ProblemKind::Dead)]);
    let mut batch = Batch::default();
    for p in &problems {
        batch.fact(p.fact(&AssetId::new(AssetKind::Repository, "policy")));
    }
    assert_eq!(schema::batch_departures(&batch), Vec::<String>::new());
    assert_eq!(
        batch.facts[0].text("declared"),
        Some("exception for r2 on *.py, accepted by ana until 2026-06-29")
    );
}
