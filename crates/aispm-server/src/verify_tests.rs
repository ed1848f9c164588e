//! Verdicts.

use aispm_types::{
    Asset, AssetKind, Check, Confidence, CoverageRow, Effort, Location, Properties, Remediation,
    ReportedAsset, RunInfo, ScanInfo, Severity, Summary, ToolInfo,
};

use super::*;

fn report(found: bool) -> Report {
    let asset = Asset::new(AssetKind::Model, "m", "m").at(Location::file(".", "models/m.pkl"));
    let finding = Finding {
        id: String::from("F-1"),
        rule: String::from("model-unsigned"),
        title: String::new(),
        severity: Severity::High,
        severity_reason: None,
        confidence: Confidence::High,
        asset: asset.id.clone(),
        locations: asset.locations.clone(),
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
    };
    Report {
        schema: aispm_types::REPORT_SCHEMA.to_owned(),
        run: RunInfo::default(),
        tool: ToolInfo {
            name: String::new(),
            version: String::new(),
            content_version: String::new(),
            advisories: String::new(),
        },
        scan: ScanInfo {
            targets: vec![String::from(".")],
            coverage: Vec::new(),
            imports: Vec::new(),
        },
        systems: Vec::new(),
        assets: vec![ReportedAsset {
            class: asset.kind.class(),
            asset,
            system: None,
        }],
        relations: Vec::new(),
        checks: Vec::new(),
        findings: if found { vec![finding] } else { Vec::new() },
        fixes: Vec::new(),
        paths: Vec::new(),
        summary: Summary::default(),
    }
}

#[test]
fn gone_is_said_only_of_what_was_read_and_checked() {
    let before = report(true);
    let finding = before.findings.first().unwrap().clone();
    let after = |change: &dyn Fn(&mut Report)| {
        let mut after = report(false);
        change(&mut after);
        verdict(&before, &finding, &after).verdict
    };
    let gap = |scope: &str| {
        let scope = scope.to_owned();
        move |r: &mut Report| {
            r.scan.coverage.push(CoverageRow {
                scope: scope.clone(),
                status: ScopeStatus::Gap,
                reason: Some(String::from("permission denied")),
            });
        }
    };
    assert_eq!(
        after(&|r| r.findings = before.findings.clone()),
        Verdict::StillThere
    );
    assert_eq!(after(&|_| {}), Verdict::Gone);
    assert_eq!(after(&|r| r.assets.clear()), Verdict::Gone);
    assert_eq!(
        after(&|r| r.scan.targets = vec![String::from("other")]),
        Verdict::CannotTell
    );
    for (scope, verdict) in [
        ("models/m.pkl", Verdict::CannotTell),
        ("models", Verdict::CannotTell),
        ("models/m.pkl!/data.pkl", Verdict::CannotTell),
        (".", Verdict::CannotTell),
        ("models/m.pkl.bak", Verdict::Gone),
        ("docs/large.bin", Verdict::Gone),
    ] {
        assert_eq!(after(&gap(scope)), verdict, "{scope}");
    }
    assert_eq!(
        after(&|r| r.checks.push(Check {
            rule: finding.rule.clone(),
            asset: finding.asset.clone(),
            outcome: CheckOutcome::NotAssessed,
            reason: None,
        })),
        Verdict::CannotTell
    );
}

#[test]
fn only_the_named_files_are_copied_and_none_from_outside() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("estate");
    std::fs::create_dir_all(root.join("models")).unwrap();
    std::fs::write(root.join("models/m.pkl"), "pickle").unwrap();
    std::fs::write(root.join("other.txt"), "other").unwrap();
    std::fs::write(directory.path().join("outside"), "outside").unwrap();
    std::os::unix::fs::symlink(directory.path().join("outside"), root.join("link")).unwrap();
    let key = format!("path:{}", std::fs::canonicalize(&root).unwrap().display());
    let mut report = report(true);
    let finding = report.findings.first_mut().unwrap();
    finding.locations.push(Location::file(".", "link"));
    finding
        .locations
        .push(Location::file(".", "models/m.pkl!/data.pkl"));
    let finding = finding.clone();
    let plan = plan(&report, &[(None, key)], &finding).unwrap();
    let under = directory.path().join("copy");
    let copies = narrow(&plan, &under).unwrap().unwrap();
    let copy = copies.first().unwrap();
    assert!(copy.join("models/m.pkl").is_file());
    assert!(!copy.join("other.txt").exists() && !copy.join("link").exists());
}

#[test]
fn a_place_that_climbs_out_is_never_copied() {
    let mut report = report(true);
    let finding = report.findings.first_mut().unwrap();
    finding.locations.push(Location::file(".", "../../etc/passwd"));
    let finding = finding.clone();
    assert_eq!(files(&report, &finding), None);
}
