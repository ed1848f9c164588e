//! Writers of tensor files: safetensors, GGUF, NumPy.

/// A safetensors file of this header and data.
pub fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// A sound safetensors file of one tensor.
pub fn sound_safetensors() -> Vec<u8> {
    safetensors(
        r#"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
        &[0; 16],
    )
}

/// A NumPy file (version 1.0) of this header text and data.
pub fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let n = u16::try_from(header.len()).unwrap_or(0);
    [
        b"\x93NUMPY\x01\x00".as_slice(),
        &n.to_le_bytes(),
        header.as_bytes(),
        data,
    ]
    .concat()
}

/// A value of GGUF metadata.
#[derive(Clone, Debug)]
pub enum GgufValue {
    /// Type 4.
    U32(u32),
    /// Type 8.
    Text(String),
    /// Type 9, of texts.
    Texts(Vec<String>),
}

fn text(t: &str) -> Vec<u8> {
    [&(t.len() as u64).to_le_bytes(), t.as_bytes()].concat()
}

/// A GGUF file (version 3) of this metadata and these F32 tensors: name, elements, offset. `data` bytes follow.
pub fn gguf(metadata: &[(&str, GgufValue)], tensors: &[(&str, u64, u64)], data: usize) -> Vec<u8> {
    let mut out = b"GGUF\x03\x00\x00\x00".to_vec();
    out.extend_from_slice(&(tensors.len() as u64).to_le_bytes());
    out.extend_from_slice(&(metadata.len() as u64).to_le_bytes());
    for (key, value) in metadata {
        out.extend(text(key));
        match value {
            GgufValue::U32(n) => {
                out.extend_from_slice(&4u32.to_le_bytes());
                out.extend_from_slice(&n.to_le_bytes());
            }
            GgufValue::Text(t) => {
                out.extend_from_slice(&8u32.to_le_bytes());
                out.extend(text(t));
            }
            GgufValue::Texts(list) => {
                out.extend_from_slice(&9u32.to_le_bytes());
                out.extend_from_slice(&8u32.to_le_bytes());
                out.extend_from_slice(&(list.len() as u64).to_le_bytes());
                out.extend(list.iter().flat_map(|t| text(t)));
            }
        }
    }
    for (name, elements, offset) in tensors {
        out.extend(text(name));
        out.extend_from_slice(&1u32.to_le_bytes());
        out.extend_from_slice(&elements.to_le_bytes());
        out.extend_from_slice(&0u32.to_le_bytes());
        out.extend_from_slice(&offset.to_le_bytes());
    }
    out.resize(out.len().div_ceil(32) * 32 + data, 0);
    out
}
