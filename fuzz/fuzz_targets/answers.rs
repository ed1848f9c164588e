//! Answers of services on a network, as they may be.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u16, &str, &[u8])| {
    let headers = [(String::from("location"), input.1.to_owned())];
    let _ = aispm_discover::read_answer(input.0, &headers, input.2);
});
