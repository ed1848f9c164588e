//! Short, stable hashes for identities and keyed fingerprints of secrets.

use sha2::{Digest, Sha256};

/// Lower-case hexadecimal of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
            let _ = write!(out, "{b:02x}");
            out
        })
}

/// Twelve hexadecimal digits of SHA-256 over the parts, each preceded by its length so that no two lists of parts collide.
pub fn short_hash(parts: &[&str]) -> String {
    let mut h = Sha256::new();
    for p in parts {
        h.update((p.len() as u64).to_le_bytes());
        h.update(p.as_bytes());
    }
    let mut s = hex(&h.finalize());
    s.truncate(12);
    s
}

/// A keyed hash of a secret: equal for equal secrets under one key, useless to guess from without it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(pub String);

impl Fingerprint {
    /// HMAC-SHA-256 (RFC 2104) of `secret` under `key`, first 12 hexadecimal digits.
    pub fn new(key: &[u8], secret: &[u8]) -> Self {
        let mut block = [0u8; 64];
        if key.len() > 64 {
            block
                .iter_mut()
                .zip(Sha256::digest(key))
                .for_each(|(b, k)| *b = k);
        } else {
            block.iter_mut().zip(key).for_each(|(b, k)| *b = *k);
        }
        let inner = Sha256::new()
            .chain_update(block.map(|b| b ^ 0x36))
            .chain_update(secret)
            .finalize();
        let outer = Sha256::new()
            .chain_update(block.map(|b| b ^ 0x5c))
            .chain_update(inner)
            .finalize();
        let mut s = hex(&outer);
        s.truncate(12);
        Self(s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_is_hmac_sha256() {
        // RFC 4231, test case 2.
        let f = Fingerprint::new(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(f.0, "5bdcc146bf60");
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(short_hash(&["ab", "c"]), short_hash(&["a", "bc"]));
    }
}
