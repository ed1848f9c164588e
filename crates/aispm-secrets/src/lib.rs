//! The key detector over files: every text file is searched for credentials of AI services, clouds and the services around them.
//!
//! A key becomes one `secret` asset, known by its keyed fingerprint, with a sighting for each place it stands in. Passwords and
//! tokens of no known format become no asset; they only go to the redaction chokepoint.

mod kind;
mod kubernetes;
mod lines;
mod reader;

use aispm_collect::Reader;

pub use reader::SecretReader;

/// The readers of this crate. `fingerprint_key` keys the fingerprints: equal secrets have equal fingerprints under one key.
pub fn readers(fingerprint_key: &[u8]) -> Vec<Box<dyn Reader>> {
    vec![Box::new(SecretReader::new(fingerprint_key))]
}
