//! ONNX models (`onnx.proto`): header, operator domains, data outside the file. Weights are skipped.

use std::collections::{BTreeMap, BTreeSet};

use crate::bounded::{ReadAt, Stop};
use crate::excerpt::excerpt;
use crate::scanner::Scanner;
use crate::wire::{Field, Span, Wire};

/// Operator domains of ONNX itself and of the runtimes everybody has.
const STANDARD: &[&str] = &[
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.training",
    "ai.onnx.preview.training",
    "ai.onnx.preview",
    "com.microsoft",
    "com.microsoft.nchwc",
    "com.microsoft.experimental",
    "com.ms.internal.nhwc",
    "org.pytorch.aten",
    "pkg.onnxscript.torch_lib",
    "pkg.onnxscript.torch_lib.common",
    "pkg.torch",
];
/// Deepest subgraph.
const DEPTH: usize = 32;

#[derive(Default)]
struct Seen {
    /// Operators by domain, of domains that are not standard.
    custom: BTreeMap<String, BTreeSet<String>>,
    /// Domains that the model's own functions define.
    functions: BTreeSet<String>,
    external: BTreeSet<String>,
}

/// Whether a head is an ONNX model: the fields that exporters write, in order, with plausible values.
pub(crate) fn matches(head: &[u8]) -> bool {
    let source = head.to_vec();
    let mut wire = Wire::new(&source);
    let mut span = Span {
        start: 0,
        // Lengths point past the head; the true end is not known here.
        end: u64::MAX / 2,
    };
    let mut version = false;
    loop {
        match wire.next(&mut span) {
            Ok(Some(Field::Varint(1, v))) => version = (1..=64).contains(&v),
            Ok(Some(Field::Varint(5, _))) if version => {}
            Ok(Some(Field::Bytes(7, s))) if version => return s.len() > 0,
            Ok(Some(Field::Bytes(2 | 3 | 4 | 6, s))) if version => {
                let text = wire.text(s, 256).unwrap_or_default();
                if s.len() > 4096 || text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
                    return false;
                }
            }
            Ok(Some(Field::Bytes(8 | 14 | 25, s))) if version && s.len() < 65_536 => {}
            _ => return false,
        }
    }
}

pub(crate) fn read(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let mut wire = Wire::new(source);
    let mut span = Span::whole(source);
    let mut seen = Seen::default();
    let (mut producer, mut version) = (String::new(), String::new());
    cx.out.header.tensors.get_or_insert(0);
    let mut graph = false;
    let result = loop {
        let field = match wire.next(&mut span) {
            Ok(Some(f)) => f,
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        };
        let part = match field {
            Field::Bytes(2, s) => wire.text(s, 200).map(|t| producer = t),
            Field::Bytes(3, s) => wire.text(s, 100).map(|t| version = t),
            Field::Bytes(7, s) => {
                graph = true;
                read_graph(cx, &mut wire, s, &mut seen, 0)
            }
            Field::Bytes(14, s) => metadata(cx, &mut wire, s),
            Field::Bytes(25, s) => read_function(cx, &mut wire, s, &mut seen),
            Field::Bytes(20, s) => read_training(cx, &mut wire, s, &mut seen),
            _ => Ok(()),
        };
        if let Err(stop) = part {
            break Err(stop);
        }
    };
    if !producer.is_empty() {
        cx.out.header.producer = Some(excerpt(format!("{producer} {version}").trim(), 120));
    }
    report(cx, &seen, member);
    if result.is_ok() && !graph {
        return Err(Stop::Malformed {
            what: "ONNX model without a graph",
            offset: 0,
        });
    }
    result
}

fn report(cx: &mut Scanner<'_>, seen: &Seen, member: Option<&str>) {
    for (domain, ops) in &seen.custom {
        if seen.functions.contains(domain) {
            continue;
        }
        let names: Vec<_> = ops.iter().take(8).map(|o| excerpt(o, 60)).collect();
        let detail = format!("domain {}: {}", excerpt(domain, 80), names.join(", "));
        cx.out.hazard("onnx-custom-op", detail, member, false);
    }
    // Weights in a file beside the model are ordinary; a path that leaves its directory reads the host's files.
    for location in seen.external.iter().filter(|l| leaves(l)) {
        cx.out
            .hazard("onnx-external-data", excerpt(location, 160), member, false);
    }
}

/// Whether a path leads out of the directory it is relative to, on any system.
fn leaves(location: &str) -> bool {
    let plain = location.replace('\\', "/");
    plain.starts_with('/')
        || plain.split('/').any(|p| p == "..")
        || plain.get(1..2) == Some(":")
        || plain.contains("://")
}

fn read_graph(
    cx: &mut Scanner<'_>,
    wire: &mut Wire<'_>,
    mut span: Span,
    seen: &mut Seen,
    depth: usize,
) -> Result<(), Stop> {
    if depth > DEPTH {
        return Err(Stop::Budget("ONNX subgraph depth"));
    }
    while let Some(field) = wire.next(&mut span)? {
        match field {
            Field::Bytes(1, s) => read_node(cx, wire, s, seen, depth)?,
            Field::Bytes(2, s) if depth == 0 && cx.out.header.architecture.is_none() => {
                let name = wire.text(s, 120)?;
                cx.out.header.architecture = Some(excerpt(&name, 120)).filter(|n| !n.is_empty());
            }
            Field::Bytes(5, s) => read_tensor(cx, wire, s, seen)?,
            // A sparse tensor: values and indices.
            Field::Bytes(15, mut s) => {
                while let Some(f) = wire.next(&mut s)? {
                    if let Field::Bytes(1 | 2, t) = f {
                        read_tensor(cx, wire, t, seen)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_node(
    cx: &mut Scanner<'_>,
    wire: &mut Wire<'_>,
    mut span: Span,
    seen: &mut Seen,
    depth: usize,
) -> Result<(), Stop> {
    let (mut op, mut domain) = (None, String::new());
    while let Some(field) = wire.next(&mut span)? {
        match field {
            Field::Bytes(4, s) => op = Some(s),
            Field::Bytes(7, s) => domain = wire.text(s, 256)?,
            Field::Bytes(5, mut s) => {
                while let Some(f) = wire.next(&mut s)? {
                    match f {
                        Field::Bytes(5 | 10, t) => read_tensor(cx, wire, t, seen)?,
                        Field::Bytes(6 | 11, g) => read_graph(cx, wire, g, seen, depth + 1)?,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    if !STANDARD.contains(&domain.as_str()) && seen.custom.len() < 256 {
        let name = op.map_or(Ok(String::new()), |s| wire.text(s, 120))?;
        let ops = seen.custom.entry(domain).or_default();
        if ops.len() < 64 {
            ops.insert(name);
        }
    }
    Ok(())
}

fn read_tensor(
    cx: &mut Scanner<'_>,
    wire: &mut Wire<'_>,
    mut span: Span,
    seen: &mut Seen,
) -> Result<(), Stop> {
    let (mut elements, mut dtype) = (1u64, 0u64);
    while let Some(field) = wire.next(&mut span)? {
        match field {
            Field::Varint(1, d) => elements = elements.saturating_mul(d),
            // Packed dimensions.
            Field::Bytes(1, s) => elements = elements.saturating_mul(packed_product(wire, s)?),
            Field::Varint(2, t) => dtype = t,
            Field::Bytes(13, s) => {
                let (key, value) = pair(wire, s)?;
                if key == "location" && seen.external.len() < 256 {
                    seen.external.insert(value);
                }
            }
            _ => {}
        }
    }
    cx.out.header.tensor(dtype_name(dtype), elements);
    Ok(())
}

fn packed_product(wire: &mut Wire<'_>, s: Span) -> Result<u64, Stop> {
    let bytes = wire.bytes(s, 256)?;
    let (mut product, mut value, mut shift) = (1u64, 0u64, 0u32);
    for b in bytes {
        value |= u64::from(b & 0x7f).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if b & 0x80 == 0 {
            product = product.saturating_mul(value);
            (value, shift) = (0, 0);
        }
    }
    Ok(product)
}

fn dtype_name(n: u64) -> &'static str {
    const NAMES: &[&str] = &[
        "undefined",
        "float32",
        "uint8",
        "int8",
        "uint16",
        "int16",
        "int32",
        "int64",
        "string",
        "bool",
        "float16",
        "float64",
        "uint32",
        "uint64",
        "complex64",
        "complex128",
        "bfloat16",
        "float8e4m3fn",
        "float8e4m3fnuz",
        "float8e5m2",
        "float8e5m2fnuz",
        "uint4",
        "int4",
        "float4e2m1",
    ];
    usize::try_from(n)
        .ok()
        .and_then(|i| NAMES.get(i).copied())
        .unwrap_or("undefined")
}

/// `StringStringEntryProto`.
fn pair(wire: &mut Wire<'_>, mut span: Span) -> Result<(String, String), Stop> {
    let (mut key, mut value) = (String::new(), String::new());
    while let Some(field) = wire.next(&mut span)? {
        match field {
            Field::Bytes(1, s) => key = wire.text(s, 256)?,
            Field::Bytes(2, s) => value = wire.text(s, 4096)?,
            _ => {}
        }
    }
    Ok((key, value))
}

fn metadata(cx: &mut Scanner<'_>, wire: &mut Wire<'_>, span: Span) -> Result<(), Stop> {
    let (key, value) = pair(wire, span)?;
    match key.as_str() {
        "license" | "model_license" => cx.out.header.license = Some(excerpt(&value, 120)),
        "base_model" => cx.out.header.base_model = Some(excerpt(&value, 120)),
        _ => {}
    }
    Ok(())
}

/// A function of the model: its domain is the model's own, and what its nodes use is read too.
fn read_function(
    cx: &mut Scanner<'_>,
    wire: &mut Wire<'_>,
    mut span: Span,
    seen: &mut Seen,
) -> Result<(), Stop> {
    while let Some(field) = wire.next(&mut span)? {
        match field {
            Field::Bytes(7, s) => read_node(cx, wire, s, seen, 0)?,
            Field::Bytes(10, s) if seen.functions.len() < 4096 => {
                seen.functions.insert(wire.text(s, 256)?);
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_training(
    cx: &mut Scanner<'_>,
    wire: &mut Wire<'_>,
    mut span: Span,
    seen: &mut Seen,
) -> Result<(), Stop> {
    while let Some(field) = wire.next(&mut span)? {
        if let Field::Bytes(1 | 2, s) = field {
            read_graph(cx, wire, s, seen, 1)?;
        }
    }
    Ok(())
}
