//! Indexes of git, as a checkout may hold them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = aispm_collect::Index::parse(bytes);
});
