//! Logs of the guard, as their files may be.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(aispm_fuzz::guard_log(bytes), Ok(()));
});
