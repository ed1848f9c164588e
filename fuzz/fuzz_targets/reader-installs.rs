//! The reader `installs`; an input is a path, a line feed and the file.
#![no_main]

libfuzzer_sys::fuzz_target!(|seed: &[u8]| aispm_fuzz::target("installs", seed));
