//! Edits of documents: the first line is the path, which says the format; the rest is the document.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|seed: &[u8]| {
    if let Some(file) = aispm_fuzz::parse_seed(seed)
        && let Some(bytes) = file.source.bytes()
    {
        assert_eq!(aispm_fuzz::edits(&file.path, bytes), Ok(()));
    }
});
