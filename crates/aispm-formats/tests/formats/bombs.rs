//! Input made to cost time or memory ends by itself, and the gap names the budget.

use aispm_formats::FormatId;
use aispm_formats::bounded::{Limits, ReadAt};
use aispm_formats::inspect;
use aispm_testkit::pickle::Assembler as A;
use aispm_testkit::zip::{Entry, archive, zlib};

use super::read_as;

/// Bytes that repeat for ever, without being there.
struct Endless {
    head: Vec<u8>,
    pattern: Vec<u8>,
}

impl ReadAt for Endless {
    fn len(&self) -> u64 {
        1 << 40
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.head.iter().chain(self.pattern.iter().cycle());
        let head = self.head.len() as u64;
        // Where the head is passed, a place in the pattern stands for all like it.
        let at = if offset < head {
            offset
        } else {
            head + (offset - head) % self.pattern.len() as u64
        };
        let skip = usize::try_from(at).unwrap_or(0);
        for (slot, b) in buf.iter_mut().zip(bytes.skip(skip)) {
            *slot = *b;
        }
        Ok(buf.len())
    }
}

fn small() -> Limits {
    Limits {
        opcodes: 300_000,
        inflated: 16 << 20,
        ..Limits::default()
    }
}

#[test]
fn endless_opcodes() {
    for (what, head, pattern) in [
        ("values", &b"\x80\x04"[..], &b"N"[..]),
        ("marks", b"\x80\x04", b"("),
        ("pushes and pops", b"\x80\x04", b"N0"),
        ("tuples in tuples", b"\x80\x04N", b"\x85"),
        ("lists that hold themselves", b"\x80\x04]\x94", b"h\x00a"),
        ("memo entries", b"\x80\x04N", b"\x94"),
        ("texts", b"\x80\x04", b"\x8c\x03abc0"),
        ("dictionaries", b"\x80\x04", b"}0"),
        ("calls of one class", b"\x80\x04cm\nC\nq\x00", b"h\x00)R0"),
        ("results of results", b"\x80\x04cm\nC\n", b")R"),
        ("pickles", b"", b"\x80\x04N."),
        ("imports", b"\x80\x04", b"cabc\ndef\n0"),
    ] {
        let source = Endless {
            head: head.to_vec(),
            pattern: pattern.to_vec(),
        };
        let seen = inspect(&source, FormatId::Pickle, small());
        let named = seen.unread.iter().any(|u| u.reason.contains("budget"));
        assert!(named, "{what}: {:?}", seen.unread);
    }
}

#[test]
fn archives_that_expand() {
    let zeros = vec![0u8; 40 << 20];
    let pickle = [
        A::proto(4).raw(b"B").raw(&(40u32 << 20).to_le_bytes()).broken(),
        zeros.clone(),
        b".".to_vec(),
    ]
    .concat();
    let bomb = archive(&[Entry::new("a/data.pkl", &pickle).deflated()]);
    let seen = inspect(&bomb, FormatId::Zip, small());
    assert!(
        seen.unread
            .iter()
            .any(|u| u.reason.contains("decompressed bytes budget")),
        "{:?}",
        seen.unread
    );
    let seen = inspect(&zlib(&pickle), FormatId::Zlib, small());
    assert!(
        seen.unread
            .iter()
            .any(|u| u.reason.contains("decompressed bytes budget")),
        "{:?}",
        seen.unread
    );
}

#[test]
fn archives_in_archives() {
    let mut bytes = archive(&[Entry::new("x.pkl", &A::proto(2).raw(b"N").stop())]);
    for _ in 0..20 {
        bytes = archive(&[Entry::new("x.zip", &bytes)]);
    }
    let seen = read_as(&bytes, FormatId::Zip);
    assert!(
        seen.unread
            .iter()
            .any(|u| u.reason == "archive depth budget exceeded"),
        "{:?}",
        seen.unread
    );
}

#[test]
fn headers_that_promise_too_much() {
    let long = [&90_000_000u64.to_le_bytes(), b"{\"".as_slice()].concat();
    let source = Endless {
        head: long,
        pattern: b" ".to_vec(),
    };
    let seen = inspect(&source, FormatId::Safetensors, Limits::default());
    assert_eq!(seen.unread[0].reason, "header size budget exceeded");
    let mut deep = Vec::new();
    deep.extend(100_000u64.to_le_bytes());
    deep.extend(b"{\"a\":".repeat(20_000));
    let seen = read_as(&deep, FormatId::Safetensors);
    assert!(!seen.complete());
}
