//! What the store promises: whole scans, honest history, several writers, clear errors.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may fail by panicking and reads its own files"
)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use aispm_store::{AssetStatus, FindingStatus, ScannedScope, Store, StoreError};
use aispm_types::{
    Asset, AssetKind, Check, CheckOutcome, Confidence, Effort, Finding, Location, REPORT_SCHEMA, Remediation,
    Report, ReportedAsset, RunInfo, ScanInfo, Severity, Summary, ToolInfo,
};

/// A report about models, each with one finding unless its name ends in `-clean`.
fn report(scan: &str, models: &[(&str, &str)]) -> Report {
    let at = |target: &str, name: &str| Location::file(target, format!("models/{name}")).line(1);
    let assets: Vec<ReportedAsset> = models
        .iter()
        .map(|(target, name)| {
            let name = name.trim_end_matches("-clean");
            let asset = Asset::new(AssetKind::Model, name, name).at(at(target, name));
            ReportedAsset {
                class: asset.kind.class(),
                asset,
                system: None,
            }
        })
        .collect();
    let findings = assets
        .iter()
        .zip(models)
        .filter(|(_, (_, name))| !name.ends_with("-clean"))
        .map(|(a, _)| finding("model-unsigned", a))
        .collect();
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        run: RunInfo {
            id: scan.to_owned(),
            started_at: "2026-03-01T10:00:00Z".to_owned(),
            finished_at: "2026-03-01T10:00:02Z".to_owned(),
            ..RunInfo::default()
        },
        tool: ToolInfo {
            name: "aispm".to_owned(),
            version: "0.1.0".to_owned(),
            content_version: "c0ffee".to_owned(),
            advisories: String::new(),
        },
        scan: ScanInfo {
            imports: Vec::new(),
            targets: models.first().map(|(t, _)| (*t).to_owned()).into_iter().collect(),
            coverage: Vec::new(),
        },
        systems: Vec::new(),
        assets,
        relations: Vec::new(),
        checks: Vec::new(),
        findings,
        fixes: Vec::new(),
        paths: Vec::new(),
        summary: Summary::default(),
    }
}

fn finding(rule: &str, reported: &ReportedAsset) -> Finding {
    Finding {
        id: Finding::identity(rule, &reported.asset.id, ""),
        rule: rule.to_owned(),
        title: "A model is not signed".to_owned(),
        severity: Severity::Medium,
        severity_reason: None,
        confidence: Confidence::High,
        asset: reported.asset.id.clone(),
        locations: reported.asset.locations.clone(),
        why: String::new(),
        impact: String::new(),
        evidence: aispm_types::Properties::new(),
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

fn scope(target: &str, complete: bool) -> ScannedScope {
    ScannedScope {
        key: format!("path:/checkout/{target}"),
        complete,
    }
}

struct Place {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/er/store.db");
        Self {
            _directory: directory,
            path,
        }
    }
    fn url(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }
    async fn open(&self) -> Store {
        Store::open(&self.url()).await.unwrap()
    }
}

async fn assets(store: &Store) -> Vec<(String, AssetStatus)> {
    store
        .assets()
        .await
        .unwrap()
        .into_iter()
        .map(|a| (a.name, a.status))
        .collect()
}

async fn findings(store: &Store) -> Vec<(String, FindingStatus)> {
    let findings = store.findings().await.unwrap();
    let mut named: Vec<_> = findings
        .into_iter()
        .map(|f| (f.asset.to_string(), f.status))
        .collect();
    named.sort();
    named
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn what_is_saved_is_loaded_again() {
    let place = Place::new();
    let store = place.open().await;
    assert!(store.latest().await.unwrap().is_none());
    let saved = report("s1", &[("acme", "a.pt")]);
    assert_eq!(store.save(&saved, &[scope("acme", true)]).await.unwrap(), "s1");
    store.close().await;

    let store = place.open().await;
    let loaded = store.latest().await.unwrap().unwrap();
    assert_eq!(
        serde_json::to_value(&loaded).unwrap(),
        serde_json::to_value(&saved).unwrap()
    );
    let scans = store.scans().await.unwrap();
    assert_eq!(scans.len(), 1);
    assert_eq!(
        (
            scans[0].targets.as_slice(),
            scans[0].findings,
            scans[0].report_kept
        ),
        (&["acme".to_owned()][..], 1, true)
    );
}

#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    let place = Place::new();
    let store = place.open().await;
    store
        .save(&report("s1", &[("acme", "a.pt")]), &[scope("acme", true)])
        .await
        .unwrap();
    assert_eq!(mode(&place.path), 0o600);
    assert_eq!(mode(place.path.parent().unwrap()), 0o700);
    assert_eq!(mode(place.path.parent().unwrap().parent().unwrap()), 0o700);
    for extra in ["store.db-wal", "store.db-shm"] {
        assert_eq!(mode(&place.path.with_file_name(extra)), 0o600, "{extra}");
    }
}

#[tokio::test]
async fn a_complete_scope_is_swept_and_what_comes_back_has_regressed() {
    use {AssetStatus as A, FindingStatus as F};
    let place = Place::new();
    let store = place.open().await;
    let scopes = [scope("acme", true)];
    let a = |status| ("a.pt".to_owned(), status);
    let b = |status| ("b.pt".to_owned(), status);
    let fa = |status| ("model:a.pt".to_owned(), status);
    let fb = |status| ("model:b.pt".to_owned(), status);

    store
        .save(&report("s1", &[("acme", "a.pt"), ("acme", "b.pt")]), &scopes)
        .await
        .unwrap();
    assert_eq!(findings(&store).await, [fa(F::Open), fb(F::Open)]);

    // `a.pt` was signed, `b.pt` was deleted.
    store
        .save(&report("s2", &[("acme", "a.pt-clean")]), &scopes)
        .await
        .unwrap();
    assert_eq!(assets(&store).await, [a(A::Open), b(A::Gone)]);
    assert_eq!(findings(&store).await, [fa(F::Fixed), fb(F::Gone)]);

    // Both are back.
    store
        .save(&report("s3", &[("acme", "a.pt"), ("acme", "b.pt")]), &scopes)
        .await
        .unwrap();
    assert_eq!(assets(&store).await, [a(A::Open), b(A::Open)]);
    assert_eq!(findings(&store).await, [fa(F::Regressed), fb(F::Regressed)]);
    let first = store.findings().await.unwrap().remove(0);
    assert_eq!(
        (first.first_seen.as_str(), first.last_seen.as_str()),
        ("s1", "s3")
    );
    assert_eq!(first.severity, Some(Severity::Medium));
}

#[tokio::test]
async fn a_scope_that_was_not_read_completely_sweeps_nothing() {
    let place = Place::new();
    let store = place.open().await;
    store
        .save(
            &report("s1", &[("acme", "a.pt"), ("acme", "b.pt")]),
            &[scope("acme", true)],
        )
        .await
        .unwrap();
    store
        .save(&report("s2", &[]), &[scope("acme", false)])
        .await
        .unwrap();
    store.save(&report("s3", &[]), &[]).await.unwrap();
    assert!(assets(&store).await.iter().all(|(_, s)| *s == AssetStatus::Open));
    assert!(
        findings(&store)
            .await
            .iter()
            .all(|(_, s)| *s == FindingStatus::Open)
    );
}

#[tokio::test]
async fn a_scan_of_one_target_says_nothing_about_another_of_the_same_name() {
    let place = Place::new();
    let store = place.open().await;
    let here = ScannedScope {
        key: "path:/here/app".to_owned(),
        complete: true,
    };
    let there = ScannedScope {
        key: "path:/there/app".to_owned(),
        complete: true,
    };
    store
        .save(&report("s1", &[("app", "here.pt")]), std::slice::from_ref(&here))
        .await
        .unwrap();
    store
        .save(
            &report("s2", &[("app", "there.pt")]),
            std::slice::from_ref(&there),
        )
        .await
        .unwrap();
    assert!(assets(&store).await.iter().all(|(_, s)| *s == AssetStatus::Open));

    // What stands in both stays while it stands in one.
    store
        .save(
            &report("s3", &[("app", "shared.pt"), ("app", "here.pt")]),
            std::slice::from_ref(&here),
        )
        .await
        .unwrap();
    store
        .save(
            &report("s4", &[("app", "shared.pt"), ("app", "there.pt")]),
            std::slice::from_ref(&there),
        )
        .await
        .unwrap();
    store
        .save(&report("s5", &[("app", "here.pt")]), std::slice::from_ref(&here))
        .await
        .unwrap();
    assert!(assets(&store).await.iter().all(|(_, s)| *s == AssetStatus::Open));
    store
        .save(
            &report("s6", &[("app", "there.pt")]),
            std::slice::from_ref(&there),
        )
        .await
        .unwrap();
    assert_eq!(
        assets(&store).await,
        [
            ("here.pt".to_owned(), AssetStatus::Open),
            ("shared.pt".to_owned(), AssetStatus::Gone),
            ("there.pt".to_owned(), AssetStatus::Open)
        ]
    );
}

#[tokio::test]
async fn a_check_that_was_not_assessed_fixes_nothing() {
    let place = Place::new();
    let store = place.open().await;
    let scopes = [scope("acme", true)];
    store
        .save(&report("s1", &[("acme", "a.pt")]), &scopes)
        .await
        .unwrap();
    let mut blind = report("s2", &[("acme", "a.pt-clean")]);
    blind.checks.push(Check {
        rule: "model-unsigned".to_owned(),
        asset: blind.assets[0].asset.id.clone(),
        outcome: CheckOutcome::NotAssessed,
        reason: Some("the signature could not be read".to_owned()),
    });
    store.save(&blind, &scopes).await.unwrap();
    assert_eq!(
        findings(&store).await,
        [("model:a.pt".to_owned(), FindingStatus::Open)]
    );
}

#[tokio::test]
async fn a_new_store_may_be_opened_by_many_at_once() {
    for _ in 0..20 {
        let place = Place::new();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let url = place.url();
            tasks.spawn(async move { Store::open(&url).await.map(|_| ()) });
        }
        while let Some(opened) = tasks.join_next().await {
            opened.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn many_writers_neither_lose_nor_block_each_other() {
    let place = Place::new();
    // Two handles opened at once on a file that is not there yet, as two processes would.
    let url = place.url();
    let (first, second) = tokio::join!(Store::open(&url), Store::open(&url));
    let stores = [first.unwrap(), second.unwrap()];
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = stores[n % 2].clone();
        tasks.spawn(async move {
            let name = format!("m{n:02}.pt");
            let one = report(&format!("s{n:02}"), &[("acme", "shared.pt"), ("acme", &name)]);
            let saved = store.save(&one, &[scope("acme", false)]).await;
            let read = store.latest().await;
            (saved, read)
        });
    }
    while let Some(done) = tasks.join_next().await {
        let (saved, read) = done.unwrap();
        saved.unwrap();
        assert!(read.unwrap().is_some());
    }
    assert_eq!(stores[0].scans().await.unwrap().len(), 16);
    assert_eq!(stores[1].assets().await.unwrap().len(), 17);
}

#[tokio::test]
async fn the_scan_before_is_the_newest_of_the_same_targets() {
    let place = Place::new();
    let store = place.open().await;
    let (a, b) = (scope("a", true), scope("b", true));
    for (id, scopes) in [
        ("s1", vec![a.clone()]),
        ("s2", vec![a.clone(), b.clone()]),
        ("s3", vec![b]),
        ("s4", vec![a.clone()]),
        ("s5", vec![a]),
    ] {
        store.save(&report(id, &[]), &scopes).await.unwrap();
    }
    for (scan, expected) in [
        ("s5", Some("s4")),
        ("s4", Some("s1")),
        ("s1", None),
        ("s2", None),
        ("s3", None),
    ] {
        assert_eq!(
            store.before(scan).await.unwrap().map(|r| r.run.id).as_deref(),
            expected,
            "{scan}"
        );
    }
    // A pruned report cannot be compared with.
    assert_eq!(store.prune(1).await.unwrap(), 4);
    assert!(store.before("s5").await.unwrap().is_none());
}

#[tokio::test]
async fn pruning_keeps_the_newest_reports_and_all_history() {
    let place = Place::new();
    let store = place.open().await;
    for id in ["s1", "s2", "s3"] {
        store
            .save(&report(id, &[("acme", "a.pt")]), &[scope("acme", true)])
            .await
            .unwrap();
    }
    assert_eq!(store.prune(2).await.unwrap(), 1);
    assert_eq!(store.prune(2).await.unwrap(), 0);
    let kept: Vec<bool> = store
        .scans()
        .await
        .unwrap()
        .iter()
        .map(|s| s.report_kept)
        .collect();
    assert_eq!(kept, [true, true, false]);
    assert_eq!(store.assets().await.unwrap()[0].first_seen, "s1");
    let gone = store.load("s1").await.unwrap_err();
    assert!(matches!(gone, StoreError::Pruned { .. }), "{gone}");
}

#[tokio::test]
async fn errors_say_what_to_do() {
    let place = Place::new();
    let store = place.open().await;
    let none = store.load("s9").await.unwrap_err();
    assert_eq!(
        none.to_string(),
        "the store has no scan s9; the newest is none: run `aispm scan` first"
    );
    store.save(&report("s1", &[]), &[]).await.unwrap();
    let twice = store.save(&report("s1", &[]), &[]).await.unwrap_err();
    assert_eq!(
        twice.to_string(),
        "scan s1 is in the store already; every scan needs an id of its own"
    );
    let url = Store::open("postgres://host/db").await.unwrap_err();
    assert!(matches!(url, StoreError::Url { .. }), "{url}");
    let directory = Store::open(&format!("sqlite:{}", place.path.parent().unwrap().display()))
        .await
        .unwrap_err();
    assert!(!directory.to_string().is_empty());
}

#[tokio::test]
async fn a_damaged_file_is_an_error_that_names_it() {
    let place = Place::new();
    std::fs::create_dir_all(place.path.parent().unwrap()).unwrap();
    std::fs::write(
        &place.path,
        "this is no database, however long it is ".repeat(200),
    )
    .unwrap();
    let error = Store::open(&place.url()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains(&place.path.display().to_string()));
}

#[tokio::test]
async fn damage_in_the_middle_is_an_error_too() {
    let place = Place::new();
    let store = place.open().await;
    let names: Vec<String> = (0..400).map(|n| format!("model-{n}.pt")).collect();
    let models: Vec<(&str, &str)> = names.iter().map(|n| ("acme", n.as_str())).collect();
    store
        .save(&report("s1", &models), &[scope("acme", true)])
        .await
        .unwrap();
    store.close().await;
    let mut bytes = std::fs::read(&place.path).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page.fill(0xa5);
    }
    std::fs::write(&place.path, bytes).unwrap();
    let error = match Store::open(&place.url()).await {
        Ok(store) => store.latest().await.map(|_| ()).unwrap_err(),
        Err(e) => e,
    };
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
}

async fn raw(path: &Path, sql: &'static str) {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    sqlx::Connection::close(connection).await.unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_an_error_that_asks_for_an_update() {
    let place = Place::new();
    place.open().await.close().await;
    raw(
        &place.path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99, 'later', 1, x'00', 0)",
    )
    .await;
    let error = Store::open(&place.url()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { schema: 99, .. }), "{error:?}");
    assert!(error.to_string().contains("update aispm"));
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let place = Place::new();
    std::fs::create_dir_all(place.path.parent().unwrap()).unwrap();
    raw(&place.path, "CREATE TABLE bookmarks (url TEXT)").await;
    let before = std::fs::read(&place.path).unwrap();
    let error = Store::open(&place.url()).await.unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(before, std::fs::read(&place.path).unwrap());
}

#[tokio::test]
async fn what_was_left_out_is_not_swept() {
    use {AssetStatus as A, FindingStatus as F};
    let place = Place::new();
    let store = place.open().await;
    let scopes = [scope("acme", true)];
    let all = [("acme", "a.pt"), ("acme", "b.pt"), ("acme", "c.pt")];
    store.save(&report("s1", &all), &scopes).await.unwrap();
    // Twice: the scan between does not know where it was either.
    for scan in ["s2", "s3"] {
        let mut next = report(scan, &all[1..2]);
        next.scan.coverage.push(aispm_types::CoverageRow {
            scope: "acme/models/a.pt".to_owned(),
            status: aispm_types::ScopeStatus::Excluded,
            reason: Some("left out by .gitignore".to_owned()),
        });
        store.save(&next, &scopes).await.unwrap();
        let mut seen = assets(&store).await;
        seen.sort();
        let status = [("a.pt", A::Open), ("b.pt", A::Open), ("c.pt", A::Gone)];
        assert_eq!(seen, status.map(|(n, s)| (n.to_owned(), s)), "{scan}");
        let status = [
            ("model:a.pt", F::Open),
            ("model:b.pt", F::Open),
            ("model:c.pt", F::Gone),
        ];
        assert_eq!(
            findings(&store).await,
            status.map(|(n, s)| (n.to_owned(), s)),
            "{scan}"
        );
    }
    store.save(&report("s4", &all[1..2]), &scopes).await.unwrap();
    assert_eq!(findings(&store).await[0].1, F::Gone);
}

#[tokio::test]
async fn a_store_that_was_closed_is_one_file() {
    let place = Place::new();
    let store = place.open().await;
    store
        .save(&report("s1", &[("acme", "a.pt")]), &[scope("acme", true)])
        .await
        .unwrap();
    store.close().await;
    let copy = place.path.with_file_name("copy.db");
    std::fs::copy(&place.path, &copy).unwrap();
    let copied = Store::open_existing(&format!("sqlite:{}", copy.display()))
        .await
        .unwrap();
    assert_eq!(copied.latest().await.unwrap().unwrap().run.id, "s1");
}

#[tokio::test]
async fn reading_makes_no_store() {
    let place = Place::new();
    let refused = Store::open_existing(&place.url()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Absent { .. }), "{refused}");
    assert!(refused.to_string().contains("deep/er/store.db"));
    assert!(!place.path.parent().unwrap().exists());
    place.open().await.close().await;
    assert!(
        Store::open_existing(&place.url())
            .await
            .unwrap()
            .latest()
            .await
            .unwrap()
            .is_none()
    );
}
