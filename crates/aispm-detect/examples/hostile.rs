//! Times the scan on hostile text: each unit repeated to two sizes; the ratio shows whether it is linear.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring tool, not product code"
)]

use std::time::Instant;

fn main() {
    for unit in [
        "sk-",
        "sk-ant-api03-",
        "-----BEGIN PRIVATE KEY-----",
        "eyJ",
        "eyJ.",
        "password=",
        "api_key",
        "://a:",
        "a@b:c://",
        "AKIAABCDEFGHIJKLMNOP ",
        "Q~",
        "sig=",
        "token: \"",
        "key\\",
        "AccountKey=",
        "{\"name\":\"key\",",
        "key{",
        "QUJD",
        "sk-0123456789abcdef0123456789abcdef ",
        ".openai.azure.com api_key=0123456789abcdef0123456789abcdef ",
        "AKIAZ7QWERTYU4HJKLPA wJalrXUtnFEMIaK7MDENGabPxRfiCYzzbxAKEYab ",
    ] {
        let mut took = Vec::new();
        for size in [1 << 20, 4 << 20] {
            let text = unit.repeat(size / unit.len());
            let start = Instant::now();
            let found =
                aispm_detect::scan(text.as_bytes()).len() + aispm_detect::encoded(text.as_bytes()).count();
            took.push((start.elapsed(), found));
        }
        println!("{unit:?}: {took:?}");
    }
}
