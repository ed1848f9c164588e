use super::*;

/// An index as git writes it; `link` adds the extension of a split one.
fn index(version: u32, object: usize, paths: &[(&str, bool)], link: bool) -> Vec<u8> {
    let mut out = b"DIRC".to_vec();
    out.extend(version.to_be_bytes());
    out.extend(u32::try_from(paths.len()).unwrap().to_be_bytes());
    let mut last = "";
    for (i, (path, submodule)) in paths.iter().enumerate() {
        let start = out.len();
        out.extend([0; 24]);
        let mode = if *submodule { 0o160_000u32 } else { 0o100_644 };
        out.extend(mode.to_be_bytes());
        out.extend([0; 12]);
        out.extend(vec![7; object]);
        let extended = version >= 3 && i % 2 == 0;
        let flags = u16::try_from(path.len()).unwrap() | if extended { EXTENDED } else { 0 };
        out.extend(flags.to_be_bytes());
        if extended {
            out.extend([0x20, 0]);
        }
        if version == 4 {
            let same = last.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
            out.push(u8::try_from(last.len() - same).unwrap());
            out.extend(&path.as_bytes()[same..]);
            out.push(0);
        } else {
            out.extend(path.as_bytes());
            out.push(0);
            while !(out.len() - start).is_multiple_of(8) {
                out.push(0);
            }
        }
        last = path;
    }
    for (kind, on) in [(b"TREE", true), (b"link", link)] {
        if on {
            out.extend(kind);
            out.extend(5u32.to_be_bytes());
            out.extend(*b"whole");
        }
    }
    out.extend(vec![9; object]);
    out
}

#[test]
fn indexes_of_every_kind_say_what_is_tracked() {
    let paths = [
        ("a.py", false),
        ("lib/deep/b.py", false),
        ("lib.py", false),
        ("sub", true),
    ];
    for version in 2..=4 {
        for object in [20, 32] {
            let index = Index::parse(&index(version, object, &paths, false)).unwrap();
            for (path, tracked) in [
                ("a.py", true),
                ("lib", true),
                ("lib/deep", true),
                ("lib/deep/b.py", true),
                ("lib.py", true),
                ("sub", true),
                ("a", false),
                ("a.pyc", false),
                ("li", false),
                ("lib/deep/b", false),
            ] {
                assert_eq!(
                    index.tracks(path.as_bytes()),
                    tracked,
                    "{path} {version} {object}"
                );
            }
            assert!(index.is_submodule(b"sub") && !index.is_submodule(b"lib"));
        }
    }
}

#[test]
fn what_is_no_index_or_not_supported_says_so() {
    let good = index(2, 20, &[("a.py", false)], false);
    for (what, bytes, says) in [
        ("empty", Vec::new(), "malformed"),
        ("text", b"hello, world".to_vec(), "no git index"),
        ("version", index(5, 20, &[], false), "version"),
        ("split", index(2, 20, &[("a", false)], true), "split"),
        ("short", good[..good.len() - 1].to_vec(), "malformed"),
        ("long", [&good[..], b"x"].concat(), "malformed"),
        ("count", [&good[..8], &[0xff; 4], &good[12..]].concat(), "budget"),
    ] {
        let got = Index::parse(&bytes).map(|_| ()).unwrap_err();
        assert!(got.contains(says), "{what}: {got}");
    }
    // Behind the entries stand extensions, or none: cut right there, the rest is as good as the checksum.
    let none = 12 + 72 + 20;
    for end in (0..good.len()).filter(|end| *end != none) {
        assert!(Index::parse(&good[..end]).is_err(), "{end}");
    }
}
