//! A writer of ustar archives.

/// An archive of plain files.
pub fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in members {
        let mut block = Vec::with_capacity(512);
        let mut field = |text: &str, width: usize| {
            let mut bytes = text.as_bytes().to_vec();
            bytes.resize(width, 0);
            block.extend(bytes);
        };
        field(name, 100);
        field("0000644", 8);
        field("0000000", 8);
        field("0000000", 8);
        field(&format!("{:011o}", data.len()), 12);
        field("00000000000", 12);
        field("        ", 8);
        field("0", 1);
        field("", 100);
        field("ustar", 6);
        field("00", 2);
        field("", 247);
        let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
        let checksum = format!("{sum:06o}\0 ");
        for (slot, b) in block.iter_mut().skip(148).zip(checksum.bytes()) {
            *slot = b;
        }
        out.extend(block);
        out.extend_from_slice(data);
        out.resize(out.len().div_ceil(512) * 512, 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}
