//! Pictures of training data, as their files may be.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = aispm_fuzz::rows(aispm_fuzz::Rows::Picture, bytes);
    assert_eq!(read, Ok(()));
});
