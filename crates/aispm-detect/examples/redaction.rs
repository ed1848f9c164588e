//! Times the redaction of a million short texts with a thousand known secrets.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring tool, not product code"
)]

use std::time::Instant;

use aispm_detect::Redactor;
use aispm_types::Sensitive;

fn main() {
    let known: Vec<Sensitive> = (0..1000u64)
        .map(|i| Sensitive::new(format!("Canary-{}-x", i.wrapping_mul(0x9E37_79B9_7F4A_7C15))))
        .collect();
    let start = Instant::now();
    let redactor = Redactor::new(&known);
    println!("built in {:?}", start.elapsed());
    let mut texts: Vec<String> = (0..1_000_000)
        .map(|i| format!("package:pkg:pypi/some-package-{i}@1.{}.0", i % 97))
        .collect();
    let start = Instant::now();
    texts.iter_mut().for_each(|t| redactor.text(t));
    println!("a million texts in {:?}", start.elapsed());
}
