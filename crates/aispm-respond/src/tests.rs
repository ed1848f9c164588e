//! Applications and their way back, on real files.

#![expect(clippy::disallowed_methods, reason = "tests read files that they wrote")]

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use aispm_audit::{Anchor, Audit, AuditError, AuditLog, Event};
use aispm_types::Report;
use proptest::prelude::*;

use crate::*;

fn report() -> Report {
    serde_json::from_value(serde_json::json!({
        "schema": "aispm-report/1",
        "run": {"id": "", "started_at": "", "finished_at": "", "host": "", "durations": {}, "network": []},
        "tool": {"name": "aispm", "version": "", "content_version": ""},
        "scan": {"targets": ["."], "coverage": []},
        "systems": [], "assets": [], "relations": [], "checks": [], "findings": [], "fixes": [], "paths": [],
        "summary": {
            "systems": 0, "systems_unowned": 0, "systems_never_assessed": 0, "assets_by_kind": {},
            "findings_by_severity": {}, "findings_accepted": 0, "paths_by_severity": {},
            "checks": {"passed": 0, "failed": 0, "not_assessed": 0}, "files_read": 0
        }
    }))
    .unwrap()
}

/// An estate of one directory, with the audit log and the records elsewhere.
struct World {
    home: tempfile::TempDir,
    report: Report,
    roots: BTreeMap<String, PathBuf>,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("estate")).unwrap();
        let roots = BTreeMap::from([(String::from("."), home.path().join("estate"))]);
        Self {
            home,
            report: report(),
            roots,
        }
    }
    fn at(&self, path: &str) -> PathBuf {
        self.home.path().join("estate").join(path)
    }
    fn log(&self) -> AuditLog {
        AuditLog::at(&self.home.path().join("state/audit.log"))
    }
    fn records(&self) -> Records {
        Records::at(&self.home.path().join("state/responses"))
    }
    fn with<T>(&self, f: impl FnOnce(&Estate<'_>) -> T) -> T {
        f(&Estate {
            report: &self.report,
            roots: &self.roots,
            recipes: &|_| &[],
            by_hand: &|_| None,
            is_secret: &|text| text.contains("s3cret"),
        })
    }
}

fn file(path: &str) -> FileId {
    FileId {
        target: String::from("."),
        path: path.to_owned(),
    }
}

fn draft(files: &[(&str, &str, &str)], moved: &[&str]) -> Draft {
    let patched = |b: &str, a: &str| Patched {
        before: b.to_owned(),
        after: a.to_owned(),
    };
    Draft {
        plans: Vec::new(),
        files: files.iter().map(|(p, b, a)| (file(p), patched(b, a))).collect(),
        moved: moved.iter().map(|p| file(p)).collect(),
    }
}

fn yes() -> Approval {
    Approval {
        who: String::from("cli:uid=0"),
        how: String::from("--yes"),
        at: String::from("2026-11-27T12:00:00Z"),
    }
}

fn carry_out(world: &World, draft: &Draft) -> Result<Record, ApplyError> {
    let done = world.with(|e| {
        apply(
            e,
            draft,
            &Effect::default(),
            &yes(),
            &world.log(),
            &world.records(),
        )
    });
    done.map(|a| a.record)
}

fn entries(world: &World) -> u64 {
    world.log().verify(None).map_or(0, |v| v.head.seq)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn apply_and_undo_are_identity_on_bytes(
        before in "[a-zü\r\n\t #:\u{feff}]{0,80}",
        after in "[a-zü\r\n\t #:]{0,80}",
        mode in prop_oneof![Just(0o600u32), Just(0o644), Just(0o755)],
    ) {
        let world = World::new();
        let path = world.at("a file");
        std::fs::write(&path, &before).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let record = carry_out(&world, &draft(&[("a file", &before, &after)], &[])).unwrap();
        prop_assert_eq!(std::fs::read(&path).unwrap(), after.as_bytes());
        undo(&record.id, &yes(), &|_| None, &world.log(), &world.records()).unwrap();
        prop_assert_eq!(std::fs::read(&path).unwrap(), before.as_bytes());
        prop_assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        prop_assert_eq!(std::fs::read_dir(world.at("")).unwrap().count(), 1, "nothing is left beside it");
        prop_assert_eq!(entries(&world), 2);
    }
}

/// An audit log that says no from some entry on.
struct Refusing(Cell<u64>);

// Tests use it from one thread.
struct Shared(std::sync::Mutex<Refusing>);

impl Audit for Shared {
    fn record(&self, _: &Event) -> Result<Anchor, AuditError> {
        let inner = self.0.lock().unwrap();
        let left = inner.0.get();
        if left == 0 {
            return Err(AuditError::TooLarge { size: 0 });
        }
        inner.0.set(left - 1);
        Ok(Anchor::empty())
    }
}

#[test]
fn without_an_entry_in_the_log_nothing_changes() {
    let world = World::new();
    std::fs::write(world.at("a"), "1\n").unwrap();
    std::fs::write(world.at("m"), "x").unwrap();
    let change = draft(&[("a", "1\n", "2\n")], &["m"]);
    let no = Shared(std::sync::Mutex::new(Refusing(Cell::new(0))));
    let done = world.with(|e| apply(e, &change, &Effect::default(), &yes(), &no, &world.records()));
    assert!(matches!(done, Err(ApplyError::Audit(_))));
    assert_eq!(std::fs::read(world.at("a")).unwrap(), b"1\n");
    assert!(world.at("m").exists() && world.records().ids().is_empty());
    // Nor is anything undone.
    let record = carry_out(&world, &change).unwrap();
    assert!(matches!(
        undo(&record.id, &yes(), &|_| None, &no, &world.records()),
        Err(UndoError::Audit(_))
    ));
    assert_eq!(std::fs::read(world.at("a")).unwrap(), b"2\n");
}

#[test]
fn a_file_that_cannot_be_changed_leaves_the_others_as_they_were() {
    let world = World::new();
    std::fs::write(world.at("a"), "1\n").unwrap();
    std::fs::write(world.at("b"), "1\n").unwrap();
    std::fs::write(world.at("z"), "model").unwrap();
    // Where the quarantine would be, something else is.
    std::fs::create_dir_all(world.records().directory()).unwrap();
    std::fs::write(world.records().directory().join("quarantine"), "").unwrap();
    let change = draft(&[("a", "1\n", "2\n"), ("b", "1\n", "2\n")], &["z"]);
    assert!(matches!(
        carry_out(&world, &change),
        Err(ApplyError::Write { .. })
    ));
    for name in ["a", "b"] {
        assert_eq!(std::fs::read(world.at(name)).unwrap(), b"1\n");
    }
    assert_eq!(std::fs::read(world.at("z")).unwrap(), b"model");
    assert_eq!(entries(&world), 2, "the attempt and its failure");
}

#[test]
fn a_file_is_changed_only_as_it_was_read_and_where_it_lies() {
    let world = World::new();
    let tells = |change: &Draft, why: &str| {
        let told = carry_out(&world, change).unwrap_err().to_string();
        assert!(told.contains(why), "{told}");
        assert_eq!(entries(&world), 0);
    };
    std::fs::write(world.at("a"), "other\n").unwrap();
    tells(&draft(&[("a", "1\n", "2\n")], &[]), "changed since it was read");
    tells(&draft(&[("gone", "1\n", "2\n")], &[]), "cannot be read");
    tells(&draft(&[("../a", "1\n", "2\n")], &[]), "leads out");
    std::fs::write(world.home.path().join("outside"), "1\n").unwrap();
    std::os::unix::fs::symlink(world.home.path().join("outside"), world.at("link")).unwrap();
    tells(&draft(&[("link", "1\n", "2\n")], &[]), "through a link");
    std::os::unix::fs::symlink(world.home.path(), world.at("dir")).unwrap();
    tells(&draft(&[("dir/outside", "1\n", "2\n")], &[]), "through a link");
    tells(&draft(&[], &["dir/outside"]), "through a link");
    assert_eq!(std::fs::read(world.home.path().join("outside")).unwrap(), b"1\n");
}

#[test]
fn a_file_in_quarantine_comes_back_as_it_was_and_replaces_nothing() {
    let world = World::new();
    std::fs::write(world.at("m.pkl"), "model").unwrap();
    std::fs::set_permissions(world.at("m.pkl"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let record = carry_out(&world, &draft(&[], &["m.pkl"])).unwrap();
    let away = record.files[0].moved_to.clone().unwrap();
    assert!(!world.at("m.pkl").exists() && !away.starts_with(world.at("")));
    std::fs::write(world.at("m.pkl"), "clean").unwrap();
    let back = || undo(&record.id, &yes(), &|_| None, &world.log(), &world.records());
    assert!(back().unwrap_err().to_string().contains("something else lies at"));
    std::fs::remove_file(world.at("m.pkl")).unwrap();
    back().unwrap();
    assert_eq!(std::fs::read(world.at("m.pkl")).unwrap(), b"model");
    assert_eq!(
        std::fs::metadata(world.at("m.pkl")).unwrap().permissions().mode() & 0o777,
        0o640
    );
    // A quarantine inside a target would be read again.
    let inside = Records::at(&world.at("state/responses"));
    let done = world.with(|e| {
        apply(
            e,
            &draft(&[], &["m.pkl"]),
            &Effect::default(),
            &yes(),
            &world.log(),
            &inside,
        )
    });
    assert!(done.unwrap_err().to_string().contains("inside a target"));
}

#[test]
fn an_application_that_was_cut_short_is_undone_where_it_came_to() {
    let world = World::new();
    std::fs::write(world.at("a"), "1\n").unwrap();
    std::fs::write(world.at("b"), "1\n").unwrap();
    let record = carry_out(&world, &draft(&[("a", "1\n", "2\n"), ("b", "1\n", "2\n")], &[])).unwrap();
    // As if the machine had died before `b`.
    std::fs::write(world.at("b"), "1\n").unwrap();
    undo(&record.id, &yes(), &|_| None, &world.log(), &world.records()).unwrap();
    let texts: BTreeSet<Vec<u8>> = ["a", "b"]
        .iter()
        .map(|n| std::fs::read(world.at(n)).unwrap())
        .collect();
    assert_eq!(texts, BTreeSet::from([b"1\n".to_vec()]));
}

#[test]
fn records_hold_nothing_of_a_file_but_its_changed_lines() {
    let world = World::new();
    let before = "password: s3cret\na: 1\n";
    std::fs::write(world.at("a"), before).unwrap();
    let record = carry_out(&world, &draft(&[("a", before, "password: s3cret\na: 2\n")], &[])).unwrap();
    let kept =
        std::fs::read_to_string(world.records().directory().join(format!("{}.json", record.id))).unwrap();
    assert!(!kept.contains("s3cret"));
    assert_eq!(mode(world.records().directory()), 0o700);
    // A secret in a changed line that is no key we moved has no way back that may be kept.
    let text = "password: s3cret and s3cret\n";
    std::fs::write(world.at("b"), text).unwrap();
    let done = carry_out(&world, &draft(&[("b", text, "password: none\n")], &[]));
    assert!(done.unwrap_err().to_string().contains("without keeping a secret"));
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
