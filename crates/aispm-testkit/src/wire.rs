//! A writer of protocol buffers, and of ONNX models and TensorFlow graphs with it.

/// A field of number `field` that holds bytes, text or a message.
pub fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    let mut out = varint(field << 3 | 2);
    out.extend(varint(value.len() as u64));
    out.extend_from_slice(value);
    out
}

/// A field that holds a number.
pub fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn varint(mut n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = (n & 0x7f) as u8;
        n >>= 7;
        if n == 0 {
            out.push(low);
            return out;
        }
        out.push(low | 0x80);
    }
}

/// An ONNX model of one node, with one tensor that lies inline or at `external`.
pub fn onnx(domain: &str, op: &str, external: Option<&str>) -> Vec<u8> {
    let node = [
        bytes(1, b"x"),
        bytes(2, b"y"),
        bytes(4, op.as_bytes()),
        bytes(7, domain.as_bytes()),
    ]
    .concat();
    let mut tensor = [number(1, 2), number(1, 3), number(2, 1), bytes(8, b"w")].concat();
    match external {
        Some(location) => {
            let entry = [bytes(1, b"location"), bytes(2, location.as_bytes())].concat();
            tensor.extend(bytes(13, &entry));
            tensor.extend(number(14, 1));
        }
        None => tensor.extend(bytes(9, &[0; 24])),
    }
    let graph = [bytes(1, &node), bytes(2, b"main_graph"), bytes(5, &tensor)].concat();
    let opset = [bytes(1, b""), number(2, 17)].concat();
    [
        number(1, 8),
        bytes(2, b"pytorch"),
        bytes(3, b"2.1"),
        bytes(7, &graph),
        bytes(8, &opset),
    ]
    .concat()
}

/// A TensorFlow SavedModel whose graph has these operators.
pub fn saved_model(ops: &[&str]) -> Vec<u8> {
    let nodes: Vec<u8> = ops
        .iter()
        .flat_map(|op| bytes(1, &[bytes(1, b"node"), bytes(2, op.as_bytes())].concat()))
        .collect();
    let info = bytes(5, b"2.15.0");
    let meta = [bytes(1, &info), bytes(2, &nodes)].concat();
    [number(1, 1), bytes(2, &meta)].concat()
}
