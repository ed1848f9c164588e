//! Makes text from scanned files harmless where people and programs read it.

use std::borrow::Cow;

/// True for characters that steer a terminal or deceive a reader: control characters, bidirectional overrides, invisible
/// and tag characters (Unicode TR 36 and TR 39; CVE-2021-42574). They never belong into a name that is shown.
pub(crate) fn is_hazard(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The same text on one line with hazards written out, as in `\u{202e}`. Line breaks and tabs become spaces.
pub(crate) fn inert(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hazard) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_hazard(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// At most `max` characters, with an ellipsis where something was left out.
pub(crate) fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max.saturating_sub(1)) {
        Some((at, last)) if at + last.len_utf8() < text.len() => {
            Cow::Owned(format!("{}…", text.get(..at).unwrap_or(text)))
        }
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_written_out() {
        for (given, expected) in [
            ("model.pt", "model.pt"),
            ("größe/模型.gguf", "größe/模型.gguf"),
            ("a\u{1b}[31mred", "a\\u{1b}[31mred"),
            ("two\nlines\tand more", "two lines and more"),
            ("exe\u{202e}gnp.txt", "exe\\u{202e}gnp.txt"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("tag\u{e0041}s", "tag\\u{e0041}s"),
            ("c1\u{9b}31m", "c1\\u{9b}31m"),
            ("bell\u{7}del\u{7f}", "bell\\u{7}del\\u{7f}"),
        ] {
            assert_eq!(inert(given), expected);
        }
    }

    #[test]
    fn shortening_counts_characters() {
        for (given, max, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("äöü", 2, "ä…"),
            ("", 3, ""),
        ] {
            assert_eq!(shortened(given, max), expected);
        }
    }
}
