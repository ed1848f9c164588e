use std::os::unix::ffi::OsStrExt;

use aispm_types::{Asset, AssetKind};

use super::*;

struct Names;
impl Reader for Names {
    fn name(&self) -> &'static str {
        "names"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        !file.path.ends_with(".skip")
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        assert!(!file.path.ends_with("boom"), "a planted failure");
        out.asset(Asset::new(AssetKind::Service, cx.place(&file.path), file.name()));
        Some(Box::new(file.source.len()))
    }
    fn finish(&self, kept: Vec<(String, Kept)>, _: &ReadContext, out: &mut Batch) {
        let order: Vec<_> = kept.iter().map(|(p, _)| p.as_str()).collect();
        out.asset(Asset::new(AssetKind::Service, "order", order.join(" ")));
    }
}

struct Silent;
impl Progress for Silent {
    fn file_read(&self, _: &str) {}
}

fn scan(root: &Path, budgets: Budgets) -> WalkOutcome {
    let cx = ReadContext {
        target: ".".into(),
        repository: ".".into(),
        budgets,
    };
    let readers = Readers {
        readers: vec![Box::new(Names)],
        unpackers: Vec::new(),
    };
    walk(
        WalkOptions {
            root,
            respect_ignore_files: true,
        },
        &readers,
        &cx,
        &Silent,
    )
}

fn write(root: &Path, path: &str, text: &str) {
    let at = root.join(path);
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    std::fs::write(at, text).unwrap();
}

#[test]
fn order_is_by_path_whatever_the_threads() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..200 {
        write(dir.path(), &format!("d{}/f{i}", i % 7), "x");
    }
    write(dir.path(), ".hidden/.env", "x");
    write(dir.path(), ".git/config", "x");
    let one = scan(
        dir.path(),
        Budgets {
            threads: 1,
            ..Budgets::default()
        },
    );
    let many = scan(
        dir.path(),
        Budgets {
            threads: 8,
            ..Budgets::default()
        },
    );
    assert_eq!(one.files, 201);
    assert_eq!(format!("{:?}", one.batch), format!("{:?}", many.batch));
    assert!(one.batch.assets[0].id.as_str().ends_with(".hidden/.env"));
}

#[test]
fn ignore_files_inside_count_and_those_outside_do_not() {
    let outer = tempfile::tempdir().unwrap();
    write(outer.path(), ".gitignore", "*\n");
    write(outer.path(), "in/.gitignore", "ignored\n");
    write(outer.path(), "in/ignored", "x");
    write(outer.path(), "in/kept", "x");
    let seen = scan(&outer.path().join("in"), Budgets::default());
    let names: Vec<_> = seen.batch.assets.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, [".gitignore", "kept", ".gitignore kept"]);
}

#[test]
fn hostile_directories_end_in_gaps() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &format!("{}/deep", vec!["d"; 40].join("/")), "x");
    write(dir.path(), "a/boom", "x");
    std::os::unix::fs::symlink("..", dir.path().join("a/loop")).unwrap();
    std::fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"bad\xff")), "x").unwrap();
    let seen = scan(
        dir.path(),
        Budgets {
            directory_depth: 10,
            ..Budgets::default()
        },
    );
    let gaps: Vec<_> = seen
        .coverage
        .gaps
        .iter()
        .map(|g| (g.scope.0.as_str(), g.reason.as_str()))
        .collect();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert!(gaps[0].0 == "a/boom" && gaps[0].1.contains("names reader failed"));
    assert!(gaps[1].1.contains("directory depth budget"));
    assert!(seen.batch.assets.iter().any(|a| a.name == "bad\\xff"));
}

#[test]
fn a_single_file_is_a_target() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "one.txt", "x");
    let seen = scan(&dir.path().join("one.txt"), Budgets::default());
    assert_eq!(seen.batch.assets[0].name, "one.txt");
}

#[test]
fn the_file_budget_ends_the_walk_with_an_incomplete_scope() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..20 {
        write(dir.path(), &format!("f{i}"), "x");
    }
    let seen = scan(
        dir.path(),
        Budgets {
            files: 5,
            threads: 1,
            ..Budgets::default()
        },
    );
    assert!(seen.coverage.complete.is_empty());
    assert!(seen.coverage.gaps[0].reason.contains("file budget"));
}
