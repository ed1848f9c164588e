//! Prints what is found in text files given by name on standard input, one a line: for measuring on text of one's own.

use std::io::BufRead;

#[expect(clippy::print_stdout, reason = "an example for people")]
fn main() {
    let mut files = 0;
    for name in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(bytes) = aispm_collect::read_bounded(std::path::Path::new(&name), 4 << 20) else {
            continue;
        };
        files += 1;
        for h in aispm_plugins::hidden_instructions(&String::from_utf8_lossy(&bytes)) {
            println!(
                "{name}:{} {:?} {:?} {}",
                h.line, h.technique, h.confidence, h.excerpt
            );
        }
    }
    println!("{files} files");
}
