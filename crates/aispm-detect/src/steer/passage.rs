//! Stretches of text that are judged together.

/// One paragraph, list item, table row or comment.
#[derive(Debug)]
pub(super) struct Passage<'t> {
    /// Its text.
    pub(super) text: &'t str,
    /// Where it begins.
    pub(super) start: usize,
    /// It stands in a quotation, or below words that announce examples.
    pub(super) shown: bool,
}

/// Longest stretch (bytes): longer ones are cut.
const LONGEST: usize = 2400;

/// The passages of a text, in order. Comments stand apart.
pub(super) fn passages(text: &str) -> Vec<Passage<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = text.get(at..).and_then(|t| t.find("<!--")).map(|i| at + i) {
        let close = text
            .get(open..)
            .and_then(|t| t.find("-->"))
            .map_or(text.len(), |i| open + i + 3);
        plain(text, at, open, &mut out);
        cut(text, open, close, false, &mut out);
        at = close;
    }
    plain(text, at, text.len(), &mut out);
    out
}

/// Splits text outside comments at blank lines, list items and table rows.
fn plain<'t>(text: &'t str, from: usize, to: usize, out: &mut Vec<Passage<'t>>) {
    let Some(part) = text.get(from..to) else {
        return;
    };
    let (mut start, mut quoted, mut at) = (from, false, from);
    for line in part.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let begins = trimmed.trim_end().is_empty() || is_item(trimmed) || trimmed.starts_with('#');
        let quote = trimmed.starts_with("> ");
        if (begins || quote != quoted) && start < at {
            cut(text, start, at, quoted, out);
            start = at;
        }
        quoted = quote;
        at += line.len();
    }
    cut(text, start, at, quoted, out);
}

/// A line that begins a list item or a table row.
fn is_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let after = line.get(digits..).unwrap_or("");
    ["- ", "* ", "+ ", "| "].iter().any(|m| line.starts_with(m))
        || (1..=3).contains(&digits) && (after.starts_with(". ") || after.starts_with(") "))
}

fn cut<'t>(text: &'t str, from: usize, to: usize, shown: bool, out: &mut Vec<Passage<'t>>) {
    let mut start = from;
    while start < to {
        let mut end = to.min(start + LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let piece = text.get(start..end).unwrap_or("");
        if !piece.trim().is_empty() {
            out.push(Passage {
                text: piece,
                start,
                shown,
            });
        }
        start = end.max(start + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::passages;

    #[test]
    fn text_is_cut_where_a_reader_would() {
        for (text, expected) in [
            ("a b\nc", &["a b\nc"][..]),
            ("a\n\nb", &["a", "b"][..]),
            (
                "Steps:\n1. a\n   more\n2. b",
                &["Steps:", "1. a\n   more", "2. b"][..],
            ),
            ("x <!-- y\n\nz --> w", &["x", "<!-- y\n\nz -->", "w"][..]),
            ("x <!-- open", &["x", "<!-- open"][..]),
            ("| a | b |\n| c | d |", &["| a | b |", "| c | d |"][..]),
            ("", &[][..]),
        ] {
            let got: Vec<&str> = passages(text).iter().map(|p| p.text.trim()).collect();
            assert_eq!(got, expected, "{text:?}");
        }
        let shown: Vec<bool> = passages("a\n> quoted\nb").iter().map(|p| p.shown).collect();
        assert_eq!(shown, [false, true, false]);
        let long = "ü".repeat(5000);
        let got = passages(&long);
        assert_eq!(got.iter().map(|p| p.text.len()).sum::<usize>(), long.len());
    }
}
