//! The guard, on bytes of an upstream: the first byte says which sink and where the rest is cut; cuts change nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    assert_eq!(aispm_fuzz::guard(input.0, input.1), Ok(()));
});
