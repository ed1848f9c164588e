//! Pickles under bzip2, xz, LZMA, LZ4 and Zstandard; pickles behind other bytes; arrays in a row.

use aispm_formats::bounded::{Limits, Meter};
use aispm_formats::{FormatId, inspect, unpack};
use aispm_testkit::tensors::npy;

use super::{calls, read, read_as};

const BZ2: &[u8] =
    b"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x65\x92\x67\xa8\x00\x00\x0a\xd3\xc0\x54\x10\x00\
    \x01\x10\x40\x0e\x22\x8c\x20\x42\x00\x20\x00\x22\x26\x80\x7a\x83\x4f\x28\x53\x4c\x8c\x4c\
    \x4c\x47\x76\xb9\xe4\x04\x04\x1d\x7a\x0a\xce\xd8\xaf\x8b\xb9\x22\x9c\x28\x48\x32\xc9\x33\
    \xd4\x00";
const BZ2_PARTS: &[u8] =
    b"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x71\x12\x44\xe6\x00\x00\x02\xc1\xc0\x04\x10\x08\
    \x00\x88\x00\x40\x00\x20\x00\x30\xc0\x08\x61\xa0\x3a\x18\x5d\xc9\x14\xe1\x42\x41\xc4\x49\
    \x13\x98\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xd1\x9d\x0e\x5e\x00\x00\x06\xd3\xc0\x50\
    \x10\x00\x01\x10\x40\x06\x22\x0c\x20\x02\x00\x20\x00\x22\x04\xc2\x61\xa1\x00\x00\x11\x09\
    \xea\x04\x5e\xce\x0c\x04\x38\x5d\xc9\x14\xe1\x42\x43\x46\x74\x39\x78";
const XZ: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\
    \xe5\xa3\x01\x00\x16\x80\x04\x63\x6f\x73\x0a\x73\x79\x73\x74\x65\x6d\x0a\x58\x02\x00\x00\
    \x00\x69\x64\x85\x52\x2e\x00\x00\x04\x34\x3f\xe7\x4d\x4a\x82\x86\x00\x01\x2f\x17\x81\x08\
    \x49\xb1\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
const XZ_PARTS: &[u8] =
    b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\
    \xe5\xa3\x01\x00\x05\x80\x04\x63\x6f\x73\x0a\x00\x00\x00\x6c\x10\xd2\xc7\xbb\xfb\x39\x00\
    \x00\x01\x1e\x06\xc1\x2f\xa4\x1d\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a\xfd\x37\
    \x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\
    \x01\x00\x10\x73\x79\x73\x74\x65\x6d\x0a\x58\x02\x00\x00\x00\x69\x64\x85\x52\x2e\x00\x00\
    \x00\x00\x02\x82\x7d\x3a\x2f\x7f\xcb\x13\x00\x01\x29\x11\x32\x0a\x70\x0e\x1f\xb6\xf3\x7d\
    \x01\x00\x00\x00\x00\x04\x59\x5a";
const LZMA: &[u8] =
    b"\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x40\x01\x08\x03\xbc\x30\xbd\x34\
    \xde\x2f\x5e\x26\xd0\x69\xfb\x35\xe8\x1d\x87\x06\x38\xa8\x94\xcd\xc2\xfd\xa8\xff\xff\xe2\
    \xb0\x80\x00";
const LZMA_FAST: &[u8] =
    b"\x5d\x00\x00\x04\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x40\x01\x08\x03\xbc\x30\xbd\x34\
    \xde\x2f\x5e\x26\xd0\x69\xfb\x35\xe8\x1d\x87\x06\x38\xa8\x94\xcd\xc2\xfd\xa8\xff\xff\xe2\
    \xb0\x80\x00";
const SAFE_XZ: &[u8] =
    b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\
    \xe5\xa3\x01\x00\x1d\x80\x04\x63\x63\x6f\x6c\x6c\x65\x63\x74\x69\x6f\x6e\x73\x0a\x4f\x72\
    \x64\x65\x72\x65\x64\x44\x69\x63\x74\x0a\x29\x52\x2e\x00\x00\x00\x03\xd8\x74\x74\xfa\x01\
    \x16\xf2\x00\x01\x36\x1e\x3d\x19\x95\x53\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
const SAFE_BZ2: &[u8] =
    b"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x43\x12\xaa\xad\x00\x00\x0e\xd7\xc0\x04\x10\x00\
    \x21\x04\x00\x90\x00\x0e\x25\x9c\x00\x40\x00\x20\x00\x22\x20\xf5\x18\x9a\x68\x7a\x85\x34\
    \xc8\xc4\xc4\xc4\x24\x87\x8b\x2a\xc4\xca\x1e\xd5\xb9\xb0\x51\x9b\xce\x42\x1f\x8b\xb9\x22\
    \x9c\x28\x48\x21\x89\x55\x56\x80";
const LZ4: &[u8] =
    b"\x04\x22\x4d\x18\x68\x40\x17\x00\x00\x00\x00\x00\x00\x00\x32\x17\x00\x00\x80\x80\x04\x63\
    \x6f\x73\x0a\x73\x79\x73\x74\x65\x6d\x0a\x58\x02\x00\x00\x00\x69\x64\x85\x52\x2e\x00\x00\
    \x00\x00";
const LZ4_PARTS: &[u8] =
    b"\x04\x22\x4d\x18\x6c\x40\x06\x00\x00\x00\x00\x00\x00\x00\x89\x06\x00\x00\x80\x80\x04\x63\
    \x6f\x73\x0a\x00\x00\x00\x00\x09\xb6\x57\xc0\x53\x2a\x4d\x18\x03\x00\x00\x00\x61\x62\x63\
    \x04\x22\x4d\x18\x68\x40\x11\x00\x00\x00\x00\x00\x00\x00\xe8\x11\x00\x00\x80\x73\x79\x73\
    \x74\x65\x6d\x0a\x58\x02\x00\x00\x00\x69\x64\x85\x52\x2e\x00\x00\x00\x00";
const ZSTD: &[u8] =
    b"\x28\xb5\x2f\xfd\x24\x17\xb9\x00\x00\x80\x04\x63\x6f\x73\x0a\x73\x79\x73\x74\x65\x6d\x0a\
    \x58\x02\x00\x00\x00\x69\x64\x85\x52\x2e\x1f\xd1\x2c\x51";
const ZSTD_PARTS: &[u8] =
    b"\x50\x2a\x4d\x18\x02\x00\x00\x00\x68\x69\x28\xb5\x2f\xfd\x24\x06\x31\x00\x00\x80\x04\x63\
    \x6f\x73\x0a\xeb\xba\x95\xf8\x28\xb5\x2f\xfd\x24\x11\x89\x00\x00\x73\x79\x73\x74\x65\x6d\
    \x0a\x58\x02\x00\x00\x00\x69\x64\x85\x52\x2e\x71\xa0\x4d\xe9";
const SAFE_LZ4: &[u8] =
    b"\x04\x22\x4d\x18\x68\x40\x1e\x00\x00\x00\x00\x00\x00\x00\x89\x1e\x00\x00\x80\x80\x04\x63\
    \x63\x6f\x6c\x6c\x65\x63\x74\x69\x6f\x6e\x73\x0a\x4f\x72\x64\x65\x72\x65\x64\x44\x69\x63\
    \x74\x0a\x29\x52\x2e\x00\x00\x00\x00";
const SAFE_ZSTD: &[u8] =
    b"\x28\xb5\x2f\xfd\x20\x1e\xf1\x00\x00\x80\x04\x63\x63\x6f\x6c\x6c\x65\x63\x74\x69\x6f\x6e\
    \x73\x0a\x4f\x72\x64\x65\x72\x65\x64\x44\x69\x63\x74\x0a\x29\x52\x2e";

#[test]
fn compressed_pickles_are_followed() {
    for (bytes, expected) in [
        (BZ2, "!os.system()"),
        (BZ2_PARTS, "!os.system()"),
        (LZ4, "!os.system()"),
        (LZ4_PARTS, "!os.system()"),
        (ZSTD, "!os.system()"),
        (ZSTD_PARTS, "!os.system()"),
        (SAFE_LZ4, "collections.OrderedDict()"),
        (SAFE_ZSTD, "collections.OrderedDict()"),
        (XZ, "!os.system()"),
        (XZ_PARTS, "!os.system()"),
        (LZMA, "!os.system()"),
        (LZMA_FAST, "!os.system()"),
        (SAFE_XZ, "collections.OrderedDict()"),
        (SAFE_BZ2, "collections.OrderedDict()"),
    ] {
        let seen = read(bytes, "clf.joblib").unwrap();
        assert_eq!(calls(&seen), [expected], "{bytes:x?}");
        assert_eq!(seen.format, FormatId::Joblib);
        assert!(seen.complete(), "{:?}", seen.unread);
    }
}

#[test]
fn what_breaks_or_is_something_else_is_not_read() {
    for bytes in [BZ2, XZ, LZMA, LZ4, LZ4_PARTS, ZSTD, ZSTD_PARTS] {
        for end in [bytes.len() / 2, bytes.len() - 14] {
            let seen = read(&bytes[..end], "clf.joblib").unwrap();
            assert!(!seen.complete() || !seen.calls.is_empty(), "{end} of {bytes:x?}");
        }
        for at in 0..bytes.len() {
            let mut broken = bytes.to_vec();
            broken[at] ^= 0x5a;
            read_as(&broken, FormatId::Xz);
            read_as(&broken, FormatId::Bzip2);
            read_as(&broken, FormatId::Zstd);
        }
    }
    // Noise compressed is neither a model nor read.
    let noise: Vec<u8> = (0u8..200).map(|i| i.wrapping_mul(37) ^ 0xa5).collect();
    let seen = read(&aispm_testkit::zip::gzip(&noise), "clf.joblib").unwrap();
    assert_eq!(seen.unread[0].reason, aispm_formats::UNKNOWN_CONTENT);
}

#[test]
fn bytes_behind_the_last_frame_are_a_gap() {
    for bytes in [SAFE_LZ4, SAFE_ZSTD] {
        let more = [bytes, b"and more"].concat();
        let seen = read(&more, "clf.joblib").unwrap();
        assert!(!seen.complete(), "{seen:?}");
    }
}

#[test]
fn an_lzma_dictionary_is_bounded() {
    let mut huge = LZMA.to_vec();
    huge[1..5].copy_from_slice(&[0, 0, 0, 0x80]);
    let seen = read(&huge, "clf.joblib").unwrap();
    assert_eq!(seen.unread[0].reason, "decompressor memory budget exceeded");
}

#[test]
fn a_small_budget_ends_a_stream() {
    use std::io::Write as _;
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder
        .write_all(&b"\x80\x04N0N0N0N0N0N0N0N0N.".repeat(1 << 15))
        .unwrap();
    let limits = Limits {
        inflated: 1 << 18,
        ..Limits::default()
    };
    let seen = inspect(&encoder.finish().unwrap(), FormatId::Bzip2, limits);
    assert_eq!(seen.unread[0].reason, "decompressed bytes budget exceeded");
}

#[test]
fn compressed_files_are_unpacked() {
    for (bytes, format) in [
        (BZ2, FormatId::Bzip2),
        (XZ, FormatId::Xz),
        (LZMA, FormatId::Xz),
        (LZ4_PARTS, FormatId::Lz4),
        (ZSTD_PARTS, FormatId::Zstd),
    ] {
        let mut seen = Vec::new();
        let meter = Meter::new(Limits::default());
        let gaps = unpack(&bytes.to_vec(), format, &meter, &mut |m| {
            let mut head = [0; 12];
            seen.push(m.content.read_at(0, &mut head).map(|_| head));
            true
        });
        assert!(gaps.is_empty(), "{gaps:?}");
        assert_eq!(&seen[0].as_ref().unwrap()[..5], b"\x80\x04cos");
    }
}

#[test]
fn pickles_behind_other_bytes() {
    let act = b"\x80\x04cos\nsystem\nX\x02\x00\x00\x00id\x85R.";
    let old = b"cos\nsystem\n(S'id'\ntR.";
    let harmless = b"\x80\x04ccollections\nOrderedDict\n)R.";
    let behind = |head: &[u8], pickle: &[u8]| [head, pickle].concat();
    for (bytes, found) in [
        (behind(&[0; 512], act), true),
        (behind(b"VENDOR\x00\x01\x02\x03", act), true),
        (behind(b"VENDOR\x00\x01\x02\x03", old), true),
        (behind(b"VENDOR\x00\x01\x02\x03", harmless), false),
        // A text may quote a pickle, and the name alone is nothing.
        (behind(b"An exploit looks so:\n", old), false),
        (b"\x00\x01 os system subprocess eval \x80\x04".to_vec(), false),
    ] {
        let seen = read(&bytes, "container.dat");
        let acts = seen.is_some_and(|s| calls(&s) == ["!os.system()"]);
        assert_eq!(acts, found, "{bytes:x?}");
    }
}

#[test]
fn pickles_without_a_header() {
    for (bytes, found) in [
        (&b"\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."[..], true),
        (b"\x88\x30\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.", true),
        (b"\x8c\x02os\x8c\x06system\x30\x30\x8c\x02id.", false),
        (b"Cargo builds what the manifest says. It does.", false),
    ] {
        let acts = read(bytes, "x.bin").is_some_and(|s| calls(&s) == ["!os.system()"]);
        assert_eq!(acts, found, "{bytes:x?}");
    }
}

#[test]
fn arrays_in_a_row() {
    let numbers = npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
        &[0; 16],
    );
    let objects = npy(
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        b"\x80\x04cos\nsystem\nX\x02\x00\x00\x00id\x85R.",
    );
    for (parts, expected) in [
        (vec![&numbers, &objects], &["!os.system()"][..]),
        (vec![&objects, &numbers], &["!os.system()"]),
        (vec![&numbers, &numbers, &objects], &["!os.system()"]),
        (vec![&numbers, &numbers], &[]),
    ] {
        let bytes: Vec<u8> = parts.into_iter().flatten().copied().collect();
        let seen = read(&bytes, "two.npy").unwrap();
        assert_eq!(calls(&seen), expected);
        assert!(seen.complete(), "{:?}", seen.unread);
    }
    let mut pickled = numbers.clone();
    pickled.extend(b"\x80\x04cos\nsystem\nX\x02\x00\x00\x00id\x85R.");
    assert_eq!(calls(&read(&pickled, "a.npy").unwrap()), ["!os.system()"]);
}
