//! Writes the tests' sample report, to look at a format: `cargo run -p aispm-report --example acme -- html > page.html`.
//! A second word chooses the estate: `hostile`, `empty`, `many` for five thousand findings, or `-` for a JSON report on
//! standard input.
#![expect(clippy::unwrap_used, reason = "an example may fail by panicking")]

#[path = "../tests/acme/mod.rs"]
mod acme;

use std::io::Write;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let format = words.first().map_or("text", String::as_str).parse().unwrap();
    let report = match words.get(1).map(String::as_str) {
        Some("hostile") => acme::hostile(),
        Some("empty") => acme::empty(),
        Some("many") => acme::many(5000),
        Some("-") => serde_json::from_reader(std::io::stdin()).unwrap(),
        _ => acme::report(),
    };
    let mut out = Vec::new();
    aispm_report::render(format, &report, &aispm_report::Options::default(), &mut out).unwrap();
    std::io::stdout().write_all(&out).unwrap();
}
