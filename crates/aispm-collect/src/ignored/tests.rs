use std::fs::{create_dir_all, write};
use std::os::unix::fs::symlink;

use super::*;

/// Walks a tree of `(path, text)` as the collector does and gives back what was kept and what was left out.
fn walked(root: &Path) -> (Vec<String>, Summary) {
    let ignores = Arc::new(Ignores::new(root));
    let filter = Arc::clone(&ignores);
    let walk = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .filter_entry(move |e| e.depth() == 0 || (e.file_name() != ".git" && filter.keeps(e)))
        .build();
    let mut kept: Vec<String> = walk
        .flatten()
        .filter(|e| e.file_type().is_some_and(|t| t.is_file()))
        .map(|e| relative(e.path(), root))
        .filter(|p| !p.ends_with("ignore"))
        .collect();
    kept.sort();
    (kept, ignores.summary())
}

fn plant(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let at = root.join(path);
        create_dir_all(at.parent().unwrap()).unwrap();
        write(at, text).unwrap();
    }
}

fn shown(gaps: &[Gap]) -> Vec<String> {
    gaps.iter()
        .map(|g| format!("{}: {}", g.scope.0, g.reason))
        .collect()
}

/// An index of version 2 that tracks these.
fn index(tracked: &[&str]) -> Vec<u8> {
    let mut out = [&b"DIRC"[..], &2u32.to_be_bytes()].concat();
    out.extend(u32::try_from(tracked.len()).unwrap().to_be_bytes());
    for path in tracked {
        let mut entry = vec![0; 62];
        entry.extend(path.as_bytes());
        entry.resize((entry.len() / 8 + 1) * 8, 0);
        out.extend(entry);
    }
    out.extend([0; 20]);
    out
}

#[test]
fn rules_are_those_of_git() {
    type Case = (&'static [(&'static str, &'static str)], &'static [&'static str]);
    let cases: &[Case] = &[
        (
            &[
                (".gitignore", "*.log\n# no\n\n"),
                ("a.log", ""),
                ("d/b.log", ""),
                ("c", ""),
            ],
            &["c"],
        ),
        // The deeper file wins, and within one the later line.
        (
            &[
                (".gitignore", "*.log\n"),
                ("d/.gitignore", "!keep.log\n"),
                ("d/keep.log", ""),
                ("keep.log", ""),
            ],
            &["d/keep.log"],
        ),
        (&[(".gitignore", "!a\na\n"), ("a", ""), ("b", "")], &["b"]),
        (&[(".gitignore", "a\n!a\n"), ("a", "")], &["a"]),
        // Patterns for directories alone; anchored ones.
        (&[(".gitignore", "x/\n"), ("x/a", ""), ("y/x", "")], &["y/x"]),
        (&[(".gitignore", "/x\n"), ("x", ""), ("y/x", "")], &["y/x"]),
        (
            &[("y/.gitignore", "/x\n"), ("x", ""), ("y/x", ""), ("y/z/x", "")],
            &["x", "y/z/x"],
        ),
        // Nothing comes back out of a directory that is left out.
        (
            &[
                (".gitignore", "x/\n!x/a\n"),
                ("x/a", ""),
                ("x/.gitignore", "!a\n"),
            ],
            &[],
        ),
        (
            &[(".gitignore", "x/*\n!x/a\n"), ("x/a", ""), ("x/b", "")],
            &["x/a"],
        ),
        // `.ignore` goes before `.gitignore`.
        (
            &[
                (".gitignore", "a\n"),
                (".ignore", "!a\nb\n"),
                ("a", ""),
                ("b", ""),
            ],
            &["a"],
        ),
        // A mark of order, a class that is not closed, a line that is no text.
        (
            &[(".gitignore", "\u{feff}a\n[\n"), ("a", ""), ("[", ""), ("b", "")],
            &["b"],
        ),
        (&[(".gitignore", ""), ("a", "")], &["a"]),
    ];
    for (files, kept) in cases {
        let dir = tempfile::tempdir().unwrap();
        plant(dir.path(), files);
        let (got, summary) = walked(dir.path());
        assert_eq!(got, *kept, "{files:?}");
        assert!(summary.gaps.is_empty(), "{files:?}: {:?}", summary.gaps);
    }
}

#[test]
fn what_is_left_out_is_counted_by_the_file_that_says_so() {
    let dir = tempfile::tempdir().unwrap();
    plant(
        dir.path(),
        &[
            (".gitignore", "a\nout/\n"),
            ("a", ""),
            ("out/1", ""),
            ("out/2", ""),
            ("b", ""),
        ],
    );
    plant(dir.path(), &[("d/.ignore", "*.bin\n")]);
    for i in 0..=NAMED {
        plant(dir.path(), &[(&format!("d/{i}.bin"), "")]);
    }
    let (kept, summary) = walked(dir.path());
    assert_eq!((kept, summary.paths), (vec!["b".to_owned()], NAMED as u64 + 3));
    assert_eq!(
        shown(&summary.scopes),
        [
            "a: left out by .gitignore",
            "out: left out by .gitignore",
            "d/*: 65 paths left out by d/.ignore",
        ]
    );
}

#[test]
fn what_is_tracked_is_never_left_out() {
    let all = [".gitignore", "app.py", "lib/a/b.py"];
    for (index, kept, paths, gap) in [
        (Some(index(&all)), &["app.py", "lib/a/b.py"][..], 2, None),
        (Some(index(&["app.py"])), &["app.py"], 2, None),
        (Some(b"DIRC\0\0\0\x09".to_vec()), &[], 3, Some("version")),
        (Some(b"none".to_vec()), &[], 3, Some("git index")),
        (None, &[], 3, None),
    ] {
        let dir = tempfile::tempdir().unwrap();
        plant(
            dir.path(),
            &[
                (".gitignore", "*\n"),
                ("app.py", ""),
                ("app.log", ""),
                ("lib/a/b.py", ""),
                ("lib/c", ""),
            ],
        );
        if let Some(bytes) = &index {
            create_dir_all(dir.path().join(".git")).unwrap();
            write(dir.path().join(".git/index"), bytes).unwrap();
        }
        let (got, summary) = walked(dir.path());
        assert_eq!(got, kept);
        // `.gitignore` leaves itself out where it is not tracked.
        let own = u64::from(!index.is_some_and(|i| i.windows(10).any(|w| w == b".gitignore")));
        assert_eq!(summary.paths, paths + own, "{kept:?}: {:?}", summary.scopes);
        assert_eq!(
            summary.gaps.len(),
            usize::from(gap.is_some()),
            "{:?}",
            summary.gaps
        );
        assert!(gap.is_none_or(|g| summary.gaps[0].reason.contains(g)));
    }
}

#[test]
fn an_index_elsewhere_is_not_followed() {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("in");
    plant(
        outer.path(),
        &[("git/x", ""), ("in/.gitignore", "*.py\n"), ("in/app.py", "")],
    );
    write(outer.path().join("git/index"), index(&["app.py"])).unwrap();
    write(root.join(".git"), "gitdir: ../git\n").unwrap();
    let (kept, summary) = walked(&root);
    assert_eq!((kept.len(), summary.paths, summary.gaps.len()), (0, 1, 0));
    std::fs::remove_file(root.join(".git")).unwrap();
    symlink("../git", root.join(".git")).unwrap();
    let (kept, summary) = walked(&root);
    assert_eq!((kept.len(), summary.paths), (0, 1));
    assert!(
        summary.gaps[0].reason.contains("out of the target"),
        "{:?}",
        summary.gaps
    );
}

#[test]
fn ignore_files_that_are_no_plain_small_files_are_gaps_and_leave_nothing_out() {
    let outer = tempfile::tempdir().unwrap();
    write(outer.path().join("rules"), "*\n").unwrap();
    for name in [".gitignore", ".ignore"] {
        for (what, says) in [
            ("zero", "link"),
            ("outside", "link"),
            ("inside", "link"),
            ("sparse", "budget"),
            ("socket", ""),
        ] {
            let root = outer.path().join(format!("{what}{name}"));
            plant(&root, &[("app.py", ""), ("rules.txt", "*\n")]);
            let at = root.join(name);
            let mut held = None;
            match what {
                "zero" => symlink("/dev/zero", &at).unwrap(),
                "outside" => symlink("../rules", &at).unwrap(),
                "inside" => symlink("rules.txt", &at).unwrap(),
                "sparse" => std::fs::File::create(&at).unwrap().set_len(4 << 30).unwrap(),
                _ => held = Some(std::os::unix::net::UnixListener::bind(&at).unwrap()),
            }
            let (kept, summary) = walked(&root);
            drop(held);
            assert_eq!(kept, ["app.py", "rules.txt"], "{what} {name}");
            assert_eq!(summary.paths, 0);
            let gap = format!("{:?}", summary.gaps);
            assert!(
                summary.gaps.len() == 1 && gap.contains(says),
                "{what} {name}: {gap}"
            );
        }
    }
}
