//! safetensors headers.
#![no_main]

use aispm_formats::bounded::Limits;
use aispm_formats::{FormatId, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        opcodes: 200_000,
        inflated: 8 << 20,
        ..Limits::default()
    };
    let _ = inspect(&bytes.to_vec(), FormatId::Safetensors, limits);
});
