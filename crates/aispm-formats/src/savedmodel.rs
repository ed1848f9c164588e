//! TensorFlow SavedModel and frozen graphs (`saved_model.proto`, `graph.proto`): operators that reach files or Python.

use std::collections::BTreeMap;

use crate::bounded::{ReadAt, Stop};
use crate::excerpt::excerpt;
use crate::keras;
use crate::scanner::Scanner;
use crate::wire::{Field, Span, Wire};

/// Operators that run Python, and so need its functions registered in the process that loads.
const PYTHON: &[&str] = &[
    "PyFunc",
    "PyFuncStateless",
    "EagerPyFunc",
    "XlaHostCompute",
    "_XlaHostComputeMlir",
];
/// Operators that read or write files or hosts named in the graph; saving and restoring weights apart.
const IO: &[&str] = &[
    "ReadFile",
    "WriteFile",
    "MatchingFiles",
    "MatchingFilesDataset",
    "WholeFileReader",
    "WholeFileReaderV2",
    "TextLineReader",
    "TextLineReaderV2",
    "TFRecordReader",
    "TFRecordReaderV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "LMDBReader",
    "TextLineDataset",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "SqlDataset",
    "LMDBDataset",
    "LoadDataset",
    "LoadDatasetV2",
    "SaveDataset",
    "SaveDatasetV2",
    "SnapshotDataset",
    "SnapshotDatasetV2",
    "DatasetToTFRecord",
    "RpcClient",
    "RpcCall",
    "TryRpc",
    "Rpc",
    "DebugIdentityV2",
    "DebugIdentityV3",
    "PrintV2",
    "GcsConfigureCredentials",
];

/// Whether a head is a SavedModel: schema version 1, then a meta graph.
pub(crate) fn matches_saved_model(head: &[u8]) -> bool {
    head.starts_with(&[0x08, 0x01, 0x12]) && !crate::onnx::matches(head)
}

/// Whether a head is a frozen graph: a node with a name and an operator in letters.
pub(crate) fn matches_graph(head: &[u8]) -> bool {
    let source = head.to_vec();
    let mut wire = Wire::new(&source);
    let mut span = Span {
        start: 0,
        end: u64::MAX / 2,
    };
    let Ok(Some(Field::Bytes(1, mut node))) = wire.next(&mut span) else {
        return false;
    };
    let mut texts = 0;
    while let Ok(Some(Field::Bytes(n @ (1 | 2), s))) = wire.next(&mut node) {
        let text = wire.text(s, 256).unwrap_or_default();
        let plain = !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_/.-:>".contains(&b));
        let upper = n == 1 || text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        if !plain || !upper {
            return false;
        }
        texts += 1;
    }
    texts == 2
}

pub(crate) fn read(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let mut wire = Wire::new(source);
    let mut span = Span::whole(source);
    let mut ops = BTreeMap::new();
    let result = saved_model(cx, &mut wire, &mut span, &mut ops);
    report(cx, &ops, member);
    result
}

/// A bare `GraphDef`.
pub(crate) fn read_graph(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    member: Option<&str>,
) -> Result<(), Stop> {
    let mut wire = Wire::new(source);
    let mut ops = BTreeMap::new();
    let result = graph(&mut wire, Span::whole(source), &mut ops);
    report(cx, &ops, member);
    result
}

type Ops = BTreeMap<&'static str, u64>;

fn report(cx: &mut Scanner<'_>, ops: &Ops, member: Option<&str>) {
    for (op, n) in ops {
        let what = if PYTHON.contains(op) {
            "calls Python"
        } else {
            "reaches files or hosts"
        };
        let name = member.map_or_else(|| (*op).to_owned(), |m| format!("{m}#{op}"));
        cx.out.hazard(
            "savedmodel-io-op",
            format!("{what}, {n} times in the graph"),
            Some(&name),
            false,
        );
    }
}

fn saved_model(
    cx: &mut Scanner<'_>,
    wire: &mut Wire<'_>,
    span: &mut Span,
    ops: &mut Ops,
) -> Result<(), Stop> {
    while let Some(field) = wire.next(span)? {
        let Field::Bytes(2, mut meta) = field else {
            continue;
        };
        while let Some(field) = wire.next(&mut meta)? {
            match field {
                Field::Bytes(1, mut info) => {
                    while let Some(f) = wire.next(&mut info)? {
                        if let Field::Bytes(5, v) = f {
                            let version = wire.text(v, 60)?;
                            cx.out.header.producer = Some(format!("tensorflow {}", excerpt(&version, 60)));
                        }
                    }
                }
                Field::Bytes(2, g) => graph(wire, g, ops)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn graph(wire: &mut Wire<'_>, mut span: Span, ops: &mut Ops) -> Result<(), Stop> {
    while let Some(field) = wire.next(&mut span)? {
        match field {
            Field::Bytes(1, n) => node(wire, n, ops)?,
            Field::Bytes(2, mut library) => {
                while let Some(f) = wire.next(&mut library)? {
                    let Field::Bytes(1, mut function) = f else {
                        continue;
                    };
                    while let Some(f) = wire.next(&mut function)? {
                        if let Field::Bytes(3, n) = f {
                            node(wire, n, ops)?;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn node(wire: &mut Wire<'_>, mut span: Span, ops: &mut Ops) -> Result<(), Stop> {
    while let Some(field) = wire.next(&mut span)? {
        if let Field::Bytes(2, s) = field {
            let op = wire.text(s, 80)?;
            let known = PYTHON.iter().chain(IO).find(|k| **k == op);
            if let Some(known) = known {
                *ops.entry(known).or_default() += 1;
            }
        }
    }
    Ok(())
}

/// `keras_metadata.pb`: the configuration of each Keras object, as JSON text.
pub(crate) fn read_keras_metadata(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    member: Option<&str>,
) -> Result<(), Stop> {
    let mut wire = Wire::new(source);
    let mut span = Span::whole(source);
    while let Some(field) = wire.next(&mut span)? {
        let Field::Bytes(1, mut object) = field else {
            continue;
        };
        while let Some(f) = wire.next(&mut object)? {
            if let Field::Bytes(4 | 5, s) = f {
                cx.meter.hold(s.len())?;
                let text = wire.text(s, usize::try_from(s.len()).unwrap_or(0))?;
                if text.starts_with('{') {
                    keras::config(cx, &text, member, keras::Loader::Legacy);
                }
            }
        }
    }
    Ok(())
}
