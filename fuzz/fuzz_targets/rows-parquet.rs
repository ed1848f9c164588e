//! Rows of training data as Parquet, as their files may be.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Assertions inside the decoder are caught by the reader; what the reader says of them is judged.
    std::panic::set_hook(Box::new(|_| {}));
    let read = aispm_fuzz::rows(aispm_fuzz::Rows::Parquet, bytes);
    if read.is_err() {
        std::process::abort();
    }
});
