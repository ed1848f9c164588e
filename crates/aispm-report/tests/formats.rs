//! What each format promises, over one realistic report, one hostile one and one that is empty.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod acme;

use aispm_report::{Drift, Format, Options, drift, render, schema, view};
use aispm_types::Report;
use base64::Engine;
use serde_json::Value;
use sha2::{Digest, Sha256};

fn written(format: Format, report: &Report, options: &Options) -> String {
    let mut out = Vec::new();
    render(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn text(f: impl Fn(&Options, &mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    f(&Options::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn parsed(format: Format, report: &Report) -> Value {
    serde_json::from_str(&written(format, report, &Options::default())).unwrap()
}

#[test]
fn text_report() {
    insta::assert_snapshot!(written(Format::Text, &acme::report(), &Options::default()));
}

#[test]
fn markdown_report() {
    insta::assert_snapshot!(written(Format::Md, &acme::report(), &Options::default()));
}

#[test]
fn csv_report() {
    insta::assert_snapshot!(written(Format::Csv, &acme::report(), &Options::default()));
}

#[test]
fn sarif_report() {
    insta::assert_snapshot!(written(Format::Sarif, &acme::report(), &Options::default()));
}

#[test]
fn cyclonedx_report() {
    insta::assert_snapshot!(written(Format::Cyclonedx, &acme::report(), &Options::default()));
}

#[test]
fn text_of_an_empty_estate() {
    insta::assert_snapshot!(written(Format::Text, &acme::empty(), &Options::default()));
}

#[test]
fn views() {
    let r = acme::report();
    insta::assert_snapshot!("systems", text(|o, out| view::systems(&r, o, out)));
    insta::assert_snapshot!("inventory", text(|o, out| view::inventory(&r, o, out)));
    insta::assert_snapshot!("fixes", text(|o, out| view::fixes(&r, o, out)));
    let finding = &r.findings[0].id;
    insta::assert_snapshot!(
        "finding",
        text(|o, out| view::explain(finding, &r, o, out).map(|found| assert!(found)))
    );
    let unknown = text(|o, out| view::explain("F-000000000000", &r, o, out).map(|found| assert!(!found)));
    assert_eq!(unknown, "");
}

#[test]
fn first_screen_fits_a_screen() {
    let report = written(Format::Text, &acme::report(), &Options::default());
    let first: Vec<&str> = report.lines().take_while(|l| !l.starts_with("── ")).collect();
    assert!(first.len() <= 28, "{} lines", first.len());
    assert!(first.iter().all(|l| l.chars().count() <= 100));
}

#[test]
fn the_same_bytes_whatever_the_run() {
    let mut later = acme::report();
    later.run.id = "other".to_owned();
    later.run.started_at = "2027-01-01T00:00:00Z".to_owned();
    later.run.durations.clear();
    let options = Options::default();
    for format in [Format::Text, Format::Md, Format::Csv] {
        assert_eq!(
            written(format, &acme::report(), &options),
            written(format, &later, &options),
            "{format}"
        );
    }
    assert_eq!(
        parsed(Format::Cyclonedx, &acme::report())["serialNumber"],
        parsed(Format::Cyclonedx, &later)["serialNumber"]
    );
}

#[test]
fn json_is_the_contract() {
    let json = written(Format::Json, &acme::report(), &Options::default());
    assert!(json.ends_with("}\n"));
    let value: Value = serde_json::from_str(&json).unwrap();
    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "schema",
            "run",
            "tool",
            "scan",
            "systems",
            "assets",
            "relations",
            "checks",
            "findings",
            "fixes",
            "paths",
            "summary"
        ]
    );
    let back: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(written(Format::Json, &back, &Options::default()), json);
}

#[test]
fn json_holds_to_its_own_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for report in [acme::report(), acme::hostile(), acme::empty()] {
        assert_valid(&validator, &parsed(Format::Json, &report));
    }
}

#[test]
fn sarif_holds_to_the_oasis_schema() {
    // One pattern of the published schema, for languages, is no regular expression.
    let schema = include_str!("schemas/sarif-2.1.0.schema.json").replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    for report in [acme::report(), acme::hostile(), acme::empty()] {
        assert_valid(&validator, &parsed(Format::Sarif, &report));
    }
}

#[test]
fn cyclonedx_holds_to_the_owasp_schema() {
    let read = |text| serde_json::from_str::<Value>(text).unwrap();
    let schema = read(include_str!("schemas/bom-1.6.SNAPSHOT.schema.json"));
    let registry = jsonschema::Registry::new()
        .add(
            "http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json",
            read(include_str!("schemas/spdx.SNAPSHOT.schema.json")),
        )
        .unwrap()
        .add(
            "http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json",
            read(include_str!("schemas/jsf-0.82.SNAPSHOT.schema.json")),
        )
        .unwrap()
        .prepare()
        .unwrap();
    let validator = jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    for report in [acme::report(), acme::hostile(), acme::empty()] {
        let bom = parsed(Format::Cyclonedx, &report);
        assert_valid(&validator, &bom);
        assert_references(&bom);
    }
}

fn assert_valid(validator: &jsonschema::Validator, value: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// What the schema cannot say: references are unique and lead somewhere.
fn assert_references(bom: &Value) {
    let mut refs =
        std::collections::BTreeSet::from([bom["metadata"]["component"]["bom-ref"].as_str().unwrap()]);
    for list in ["components", "services"] {
        for item in bom[list].as_array().unwrap() {
            assert!(refs.insert(item["bom-ref"].as_str().unwrap()), "{item}");
        }
    }
    for dependency in bom["dependencies"].as_array().unwrap() {
        assert!(refs.contains(dependency["ref"].as_str().unwrap()));
        assert!(
            dependency["dependsOn"]
                .as_array()
                .unwrap()
                .iter()
                .all(|d| refs.contains(d.as_str().unwrap()))
        );
    }
    for vulnerability in bom["vulnerabilities"].as_array().unwrap() {
        assert!(refs.contains(vulnerability["affects"][0]["ref"].as_str().unwrap()));
    }
}

#[test]
fn hostile_names_are_inert_everywhere() {
    let report = acme::hostile();
    for format in Format::ALL {
        let out = written(
            *format,
            &report,
            &Options {
                color: false,
                ..Options::default()
            },
        );
        let hazard = out.chars().find(|c| {
            (c.is_control() && !matches!(c, '\n' | '\r'))
                || matches!(*c, '\u{202e}' | '\u{200b}' | '\u{feff}' | '\u{2028}')
        });
        assert_eq!(hazard, None, "{format}");
    }
    let md = written(Format::Md, &report, &Options::default());
    let prose: String = md
        .replace("\\`", "")
        .lines()
        .flat_map(|l| l.split('`').step_by(2))
        .collect();
    assert!(!md.contains("<img") && !prose.contains("](javascript:") && !prose.contains("@everyone"));
    let csv = written(Format::Csv, &report, &Options::default());
    assert!(
        !csv.split("\r\n")
            .flat_map(|l| l.split(','))
            .any(|c| c.trim_start_matches('"').starts_with("=HYPERLINK"))
    );
}

#[test]
fn thousands_of_findings_stay_readable() {
    let report = acme::many(5000);
    let text = written(Format::Text, &report, &Options::default());
    assert!(text.lines().count() < 300, "{} lines", text.lines().count());
    let md = written(Format::Md, &report, &Options::default());
    assert!(md.len() < 65_536, "GitHub takes no longer comment: {}", md.len());
    let csv = written(Format::Csv, &report, &Options::default());
    assert_eq!(csv.matches("\r\n").count(), report.findings.len() + 1);
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(end)?.0))
        .collect()
}

#[test]
fn the_page_admits_its_own_script_and_style_and_nothing_else() {
    let page = written(Format::Html, &acme::hostile(), &Options::default());
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"")[0];
    for (directive, element) in [("script-src", "script"), ("style-src", "style")] {
        let texts = between(&page, &format!("<{element}>"), &format!("</{element}>"));
        assert_eq!(texts.len(), 1, "one {element}");
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(texts[0]));
        assert!(
            policy.contains(&format!("{directive} 'sha256-{hash}'")),
            "{policy}"
        );
    }
    assert!(policy.starts_with("default-src 'none'; "));
    assert_eq!(page.matches("<script").count(), 2, "the data and the script");
    let data = between(&page, "id=\"report\">", "</script>")[0];
    let markup = page.replace(data, "");
    for outside in [" src=", "url(h", "url(d", "@import", "href=\"http"] {
        assert!(!markup.contains(outside), "{outside}");
    }
    let back: Report = serde_json::from_str(data).unwrap();
    assert_eq!(back.findings, acme::hostile().findings);
}

#[test]
fn ascii_text_is_ascii() {
    let options = Options {
        ascii: true,
        ..Options::default()
    };
    assert!(written(Format::Text, &acme::hostile(), &options).is_ascii());
}

#[test]
fn color_changes_no_letter() {
    let plain = written(Format::Text, &acme::report(), &Options::default());
    let color = written(
        Format::Text,
        &acme::report(),
        &Options {
            color: true,
            ..Options::default()
        },
    );
    let mut stripped = String::new();
    let mut rest = color.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_ne!(plain, color);
    assert_eq!(
        stripped.lines().map(str::trim_end).collect::<Vec<_>>(),
        plain.lines().collect::<Vec<_>>()
    );
}

#[test]
fn drift_tells_new_gone_changed_fixed_and_unknown() {
    let before = acme::report();
    let mut after = acme::report();
    assert!(drift(&before, &after).is_empty());
    after.run.id = "later".to_owned();
    let gone = after.assets.remove(0);
    after.assets[0]
        .asset
        .properties
        .insert("framework".to_owned(), "crewai".into());
    let fixed = after.findings.remove(0);
    after.paths.remove(1);
    let found: Drift = drift(&before, &after);
    assert_eq!(
        found.gone_assets.iter().map(|a| &a.id).collect::<Vec<_>>(),
        [&gone.asset.id]
    );
    assert_eq!(
        found
            .changed_assets
            .iter()
            .map(|c| c.changed.clone())
            .collect::<Vec<_>>(),
        [vec!["framework"]]
    );
    assert_eq!(
        found.fixed_findings.iter().map(|f| &f.id).collect::<Vec<_>>(),
        [&fixed.id]
    );
    assert_eq!(found.cut_paths.len(), 1);
    insta::assert_snapshot!("diff", text(|o, out| view::diff(&found, o, out)));
}

#[test]
fn what_nobody_looked_at_is_neither_fixed_nor_cut_nor_gone() {
    use aispm_types::ScopeStatus::{self, Excluded, Gap};
    let before = acme::report();
    let path = before.paths[0].clone();
    let evidence = path
        .steps
        .iter()
        .flat_map(|s| &s.evidence)
        .find_map(|e| Some(format!("{}/{}", e.target, e.path.as_ref()?)))
        .unwrap();
    let missing = |scope: &str, status: ScopeStatus| {
        let mut after = acme::report();
        after.paths.remove(0);
        after.scan.coverage.push(aispm_types::CoverageRow {
            scope: scope.to_owned(),
            status,
            reason: Some("permission denied".to_owned()),
        });
        drift(&before, &after)
    };
    let directory = evidence
        .rsplit_once('/')
        .map_or("*".to_owned(), |(d, _)| format!("{d}/*"));
    for (scope, status, unknown) in [
        (evidence.as_str(), Gap, true),
        (evidence.as_str(), Excluded, true),
        (directory.as_str(), Excluded, true),
        (".", Gap, true),
        ("somewhere/else.py", Gap, false),
        ("somewhere/else.py", Excluded, false),
    ] {
        let found = missing(scope, status);
        let got = (found.cut_paths.len(), found.unknown_paths.len());
        assert_eq!(got, if unknown { (0, 1) } else { (1, 0) }, "{scope}");
    }

    // The asset and its finding are not in the later scan, which could not read where they stood.
    let fixed = before.findings[0].clone();
    let asset = before.assets.iter().find(|a| a.asset.id == fixed.asset).unwrap();
    let at = &asset.asset.locations[0];
    let place = format!("{}/{}", at.target, at.path.as_ref().unwrap());
    for (scope, unknown) in [(place.as_str(), 1), ("somewhere/else.py", 0)] {
        let mut after = acme::report();
        after.assets.retain(|a| a.asset.id != fixed.asset);
        after.findings.remove(0);
        after.scan.coverage.push(aispm_types::CoverageRow {
            scope: scope.to_owned(),
            status: Gap,
            reason: Some("permission denied".to_owned()),
        });
        let found = drift(&before, &after);
        assert_eq!(
            (found.fixed_findings.len(), found.unknown_findings.len()),
            (1 - unknown, unknown),
            "{scope}"
        );
        assert_eq!(
            (found.gone_assets.len(), found.unknown_assets.len()),
            (1 - unknown, unknown),
            "{scope}"
        );
    }
}
