//! Random tokens, and comparing them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// 256 random bits, as text for URLs and headers.
pub(crate) fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// A short random id, `T-0123456789ab`.
pub(crate) fn identifier(letter: char) -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 6];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{letter}-{}", aispm_types::hex(&bytes)))
}

/// What the store keeps of a token.
pub(crate) fn digest(token: &str) -> String {
    aispm_types::hex(&Sha256::digest(token.as_bytes()))
}

/// What a page must send with each change: only whoever may read our answers knows it, and it says nothing of the session.
pub(crate) fn csrf(session: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("aispm/csrf/1\0{session}").as_bytes()))
}

/// Whether two secrets are the same, in a time that does not tell where they differ: their digests are compared.
pub(crate) fn same(a: &str, b: &str) -> bool {
    digest(a) == digest(b)
}
