//! Detection by the first bytes, under the name that they begin with.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let _ = aispm_formats::detect(input.1, input.0);
});
