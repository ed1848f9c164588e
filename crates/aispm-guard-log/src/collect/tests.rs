use aispm_types::schema::batch_departures;

use super::*;
use crate::record::{Did, Verdict};

fn line(application: Option<&str>, model: &str, upstream: bool, did: &[(&str, &str, &str, u64)]) -> String {
    let did = did.iter().map(|(reason, action, detail, count)| Did {
        reason: (*reason).into(),
        action: (*action).into(),
        detail: (*detail).into(),
        count: *count,
        ..Did::default()
    });
    let record = Record {
        v: VERSION,
        route: Some("main".into()),
        application: application.map(str::to_owned),
        provider: Some("openai".into()),
        upstream: upstream.then(|| "api.openai.com".into()),
        model: Some(model.into()),
        sink: Some("markdown".into()),
        status: 200,
        verdict: Verdict::Passed,
        did: did.collect(),
        ..Record::default()
    };
    serde_json::to_string(&record).unwrap() + "\n"
}

fn seen(log: &str) -> Collected {
    let collected = read(log.as_bytes(), "guard:x", "guard.jsonl");
    assert_eq!(batch_departures(&collected.batch), Vec::<String>::new());
    collected
}

#[test]
fn applications_models_guardrails_and_what_was_done() {
    let log = [
        line(
            Some("support-bot"),
            "gpt-4o",
            true,
            &[("foreign-host", "stopped", "evil.example", 1)],
        ),
        line(
            Some("support-bot"),
            "gpt-4o",
            true,
            &[("foreign-host", "stopped", "evil.example", 2)],
        ),
        line(Some("search"), "gpt-4o-mini", true, &[]),
        line(None, "o3", true, &[]),
        // Refused before it was asked: it uses nothing.
        line(Some("search"), "never-asked", false, &[]),
    ];
    let got = seen(&log.concat());
    let relations: Vec<String> = got
        .batch
        .relations
        .iter()
        .map(|r| format!("{} {} {}", r.from, r.kind, r.to))
        .collect();
    assert_eq!(
        relations,
        [
            "model:openai/o3 guarded_by guardrail:aispm-guard/main",
            "workload:guard/search guarded_by guardrail:aispm-guard/main",
            "workload:guard/search uses model:openai/gpt-4o-mini",
            "workload:guard/search guarded_by guardrail:aispm-guard/main",
            "workload:guard/support-bot uses model:openai/gpt-4o",
            "workload:guard/support-bot guarded_by guardrail:aispm-guard/main",
        ]
    );
    let fact = &got.batch.facts[0];
    assert_eq!(
        (got.batch.facts.len(), fact.text("detail")),
        (1, Some("evil.example"))
    );
    assert_eq!(fact.properties.get("count").and_then(Value::as_int), Some(3));
    assert_eq!(fact.location.as_ref().and_then(|l| l.line), Some(1));
    assert!(got.coverage.gaps.is_empty() && got.read == 5);
}

#[test]
fn what_is_no_record_is_a_gap_and_hides_nothing_beside_it() {
    let good = line(Some("a"), "m-1", true, &[]);
    let other = good.replace("\"v\":1", "\"v\":9");
    let long = format!("{{\"x\": \"{}\"}}\n", "y".repeat(700_000));
    for bad in [
        "nonsense\n",
        "{}\n",
        "[1]\n",
        "\u{0}\n",
        &other,
        &long,
        good.get(..40).unwrap_or(""),
    ] {
        let got = seen(&[bad, if bad.ends_with('\n') { "" } else { "\n" }, &good].concat());
        assert_eq!(got.batch.relations.len(), 2, "{bad:.60}");
        assert_eq!(got.coverage.gaps.len(), 1, "{bad:.60}");
        assert!(got.coverage.complete.is_empty());
    }
    assert!(seen("\n\n").coverage.gaps.is_empty());
}

#[test]
fn names_of_others_are_bounded_and_masked() {
    let key = format!("gsk_{}", "a8Kd93jQmZxP2LrT5wVb7NcY4hFgS6eU1oXiB0tDqRyJpWnM3vCs");
    let got = seen(&line(
        Some("a"),
        &format!("{key}/{}", "x".repeat(9000)),
        true,
        &[("foreign-host", "stopped", &key, 1)],
    ));
    let shown = format!("{:?}", got.batch);
    assert!(!shown.contains(&key) && shown.len() < 6000, "{shown}");
}
