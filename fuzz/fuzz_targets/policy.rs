//! `aispm.toml`, as a user may write it.
#![no_main]

use aispm_policy::{Known, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let rules = ["model-pickle-unsafe-global".to_owned()];
    let entry_points = ["internet".to_owned()];
    let known = Known { rules: &rules, entry_points: &entry_points };
    if let Err(errors) = parse(text, "aispm.toml", &known) {
        assert!(!errors.is_empty());
        for error in errors {
            let _ = error.to_string();
        }
    }
});
