//! An audit log and its anchor, as somebody may have changed them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|seed: &[u8]| {
    if let Err(what) = aispm_fuzz::audit_log(seed) {
        panic!("{what}");
    }
});
