//! JSON, YAML and TOML documents.
#![no_main]

use aispm_formats::doc::{Limits, parse_json, parse_toml, parse_yaml_all};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let limits = Limits::default();
    let _ = parse_json(text, &limits);
    let _ = parse_toml(text, &limits);
    let _ = parse_yaml_all(text, &limits);
});
