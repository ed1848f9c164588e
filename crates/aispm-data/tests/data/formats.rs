//! Parquet and image folders: the same rows as in other formats, and bounds against hostile ones.

use std::path::Path;
use std::sync::Arc;

use aispm_data::{Checked, Options, Place, Problems, Source, check, diff, parquet_bytes};
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

/// Rows `{"text": …, "label": n, "score": x}`, each third without a score, in row groups of 50.
fn table(rows: i64, compression: Compression) -> Vec<u8> {
    let schema =
        "message t { REQUIRED BYTE_ARRAY text (UTF8); REQUIRED INT64 label; OPTIONAL DOUBLE score; }";
    let properties = WriterProperties::builder().set_compression(compression).build();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut out = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let all: Vec<i64> = (0..rows).collect();
    for some in all.chunks(50) {
        let mut group = out.next_row_group().unwrap();
        let texts: Vec<ByteArray> = some.iter().map(|i| ByteArray::from(text(*i).as_str())).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&texts, None, None)
            .unwrap();
        column.close().unwrap();
        let labels: Vec<i64> = some.iter().map(|i| i % 2).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&labels, None, None)
            .unwrap();
        column.close().unwrap();
        let known: Vec<i16> = some.iter().map(|i| i16::from(i % 3 != 0)).collect();
        let scores: Vec<f64> = some
            .iter()
            .filter(|i| *i % 3 != 0)
            .map(|i| *i as f64 / 4.0)
            .collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<DoubleType>()
            .write_batch(&scores, Some(&known), None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    out.into_inner().unwrap()
}

fn text(i: i64) -> String {
    format!("the parcel number {} has not arrived", i * 7919 % 1000)
}

fn lines(rows: i64) -> String {
    let score = |i: i64| {
        if i % 3 == 0 {
            "null".into()
        } else {
            format!("{:?}", i as f64 / 4.0)
        }
    };
    (0..rows)
        .map(|i| {
            format!(
                "{{\"text\": \"{}\", \"label\": {}, \"score\": {}}}\n",
                text(i),
                i % 2,
                score(i)
            )
        })
        .collect()
}

fn source(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) -> Source {
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    Source::open(&path).unwrap()
}

fn checked(source: &Source) -> Checked {
    let mut engine = Place::default().engine(source.size().unwrap()).unwrap();
    check(source, &Options::default(), engine.as_mut()).unwrap()
}

const CODECS: &[fn() -> Compression] = &[
    || Compression::UNCOMPRESSED,
    || Compression::SNAPPY,
    || Compression::GZIP(GzipLevel::default()),
    || Compression::ZSTD(ZstdLevel::default()),
    || Compression::LZ4_RAW,
];

#[test]
fn parquet_has_the_rows_that_json_lines_have() {
    let dir = tempfile::tempdir().unwrap();
    let expected = source(dir.path(), "a.jsonl", lines(240)).manifest().unwrap();
    assert_eq!((expected.0.rows(), expected.1.len()), (240, 0));
    for codec in CODECS {
        let same = source(dir.path(), "a.parquet", table(240, codec()));
        assert_eq!(same.format.as_str(), "parquet");
        assert_eq!(same.manifest().unwrap(), expected, "{}", codec());
    }
    let (longer, _) = source(dir.path(), "b.parquet", table(241, Compression::SNAPPY))
        .manifest()
        .unwrap();
    assert_eq!(diff(&expected.0, &longer).inserted, [240]);
}

#[test]
fn parquet_that_lies_is_refused_with_a_reason() {
    let whole = table(60, Compression::GZIP(GzipLevel::default()));
    let size = whole.len();
    let mut long = whole.clone();
    long[size - 8..size - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut sealed = whole.clone();
    sealed[size - 4..].copy_from_slice(b"PARE");
    let mut nothing = whole.clone();
    nothing[size - 40..size - 8].fill(0xff);
    for (bytes, why) in [
        (Vec::new(), "too short"),
        (b"PAR1PAR1".to_vec(), "too short"),
        (whole[..size - 1].to_vec(), "no end"),
        (long, "metadata"),
        (sealed, "encrypted"),
        (nothing, "malformed"),
        (table(60, Compression::SNAPPY).split_off(100), ""),
    ] {
        let error = parquet_bytes(bytes, &mut |_, _| true, &mut Problems::default()).unwrap_err();
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn broken_parquet_ends(codec in 0..CODECS.len(), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>(), ends: bool) {
        let mut bytes = table(60, CODECS[codec]());
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if ends {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut seen = 0;
        let rows = parquet_bytes(bytes, &mut |_, _| { seen += 1; true }, &mut Problems::default());
        prop_assert!(rows.is_err() || seen <= 1_000_000);
    }
}

/// A picture of blobs that the seed places.
fn picture(seed: u64, side: u32, brighter: u8) -> image::GrayImage {
    // SplitMix64
    let place = |n: u64| {
        let x = (seed * 100 + n).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) % 1000) as f64
    };
    let blobs: Vec<(f64, f64)> = (0..5).map(|n| (place(n), place(n + 50))).collect();
    image::GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = (f64::from(x * 1000 / side), f64::from(y * 1000 / side));
        let one = |(cx, cy): &(f64, f64)| (150.0 - (x - cx).hypot(y - cy) / 1.5).max(0.0);
        image::Luma([blobs.iter().map(one).sum::<f64>().min(220.0) as u8 + brighter])
    })
}

#[test]
fn the_same_picture_in_two_classes_is_a_conflict_in_any_size_and_compression() {
    let dir = tempfile::tempdir().unwrap();
    for class in ["cat", "dog"] {
        std::fs::create_dir(dir.path().join(class)).unwrap();
    }
    let save = |name: &str, picture: image::GrayImage| picture.save(dir.path().join(name)).unwrap();
    for n in 0..30 {
        save(&format!("cat/{n:02}.png"), picture(n, 64, 0));
        save(&format!("dog/{n:02}.png"), picture(n + 100, 64, 0));
    }
    // A copy, and one that was scaled, brightened and compressed.
    std::fs::copy(dir.path().join("cat/03.png"), dir.path().join("dog/copy.png")).unwrap();
    save("dog/smaller.jpg", picture(7, 48, 20));
    std::fs::write(dir.path().join("dog/broken.png"), b"\x89PNG\r\n\x1a\n").unwrap();
    let found = checked(&Source::open(dir.path()).unwrap());
    assert_eq!(found.rows, 63);
    let conflicts: Vec<_> = found
        .defects
        .iter()
        .filter(|d| d.defect == "conflicting-labels")
        .collect();
    assert_eq!(conflicts.len(), 1, "{:?}", found.defects);
    // Rows are in the order of paths: 30 cats, 30 dogs, then `broken`, `copy` and `smaller`.
    assert_eq!(conflicts[0].rows, [3, 7, 61, 62]);
    assert!(
        conflicts[0].detail.contains("row 61 is dog/copy.png"),
        "{}",
        conflicts[0].detail
    );
    assert_eq!(found.gaps.len(), 1, "{:?}", found.gaps);
    assert!(
        found.gaps[0].reason.ends_with("the first is row 60"),
        "{:?}",
        found.gaps
    );
}
