//! Findings of other tools, as their files may be.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = aispm_import::read("file", text);
});
