//! Rows of training data as separated values, as their files may be.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = aispm_fuzz::rows(aispm_fuzz::Rows::Csv, bytes);
    assert_eq!(read, Ok(()));
});
