//! Characters that show as nothing or reorder what is shown (Unicode TR36; "Trojan Source", CVE-2021-42574), and terminal codes.

use super::{Confidence, HiddenInstruction, PLACES, Technique, line_of, shown as excerpt};

/// Shows as nothing, or changes the direction of what follows.
pub(super) fn is_invisible(c: char) -> bool {
    is_zero_width(c) || is_tag(c) || is_selector(c) || is_bidi(c)
}

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' | '\u{00ad}' | '\u{115f}' | '\u{3164}')
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0000}'..='\u{e007f}')
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Letters of scripts that are written from right to left: there, marks of direction are ordinary.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// A run of characters of one sort.
struct Run {
    start: usize,
    text: String,
    before: Option<char>,
}

fn runs(text: &str, of: fn(char) -> bool) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let (mut before, mut inside) = (None, false);
    for (at, c) in text.char_indices() {
        if of(c) {
            match out.last_mut() {
                Some(run) if inside => run.text.push(c),
                _ => out.push(Run {
                    start: at,
                    text: c.into(),
                    before,
                }),
            }
            inside = true;
        } else {
            inside = false;
            before = Some(c);
        }
    }
    out
}

/// Every place with hidden characters.
pub(super) fn find(text: &str) -> Vec<HiddenInstruction> {
    let mut out = Vec::new();
    if text.is_ascii() {
        ansi(text, &mut out);
        return out;
    }
    let mut add = |at: usize, confidence, shown: &str| {
        out.push(HiddenInstruction {
            line: line_of(text, at),
            technique: Technique::HiddenUnicode,
            confidence,
            excerpt: excerpt(shown),
        });
    };
    for run in runs(text, is_tag).into_iter().take(PLACES) {
        // Flags of regions are a black flag, up to six tags and the end tag (Unicode TR51).
        let flag = run.before == Some('\u{1f3f4}') && run.text.chars().count() <= 7;
        if !flag {
            let decoded: String = run
                .text
                .chars()
                .filter_map(|c| char::from_u32(u32::from(c).checked_sub(0xe0000)?))
                .filter(|c| !c.is_control())
                .collect();
            add(run.start, Confidence::High, &format!("tag characters: {decoded}"));
        }
    }
    for run in runs(text, is_selector)
        .iter()
        .filter(|r| r.text.chars().count() >= 3)
        .take(PLACES)
    {
        add(run.start, Confidence::High, &run.text);
    }
    zero_width(text, &mut add);
    if !text.chars().any(is_right_to_left) {
        let reorders = |c: char| matches!(c, '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2067}');
        for (at, _) in text.char_indices().filter(|(_, c)| reorders(*c)).take(PLACES) {
            add(at, Confidence::High, line_around(text, at));
        }
    }
    ansi(text, &mut out);
    out
}

/// Single zero-width characters come from copying; what hides text comes in runs, or splits many plain words.
fn zero_width(text: &str, add: &mut dyn FnMut(usize, Confidence, &str)) {
    let all = runs(text, is_zero_width);
    for run in all.iter().filter(|r| r.text.chars().count() >= 4).take(PLACES) {
        add(run.start, Confidence::High, &run.text);
    }
    let splits: Vec<&Run> = all
        .iter()
        .filter(|r| {
            let after = text.get(r.start + r.text.len()..).and_then(|t| t.chars().next());
            let soft = r.text.chars().all(|c| c == '\u{00ad}');
            !soft
                && r.before.is_some_and(|c| c.is_ascii_alphabetic())
                && after.is_some_and(|c| c.is_ascii_alphabetic())
        })
        .collect();
    if let (true, Some(first)) = (splits.len() >= 3, splits.first()) {
        add(first.start, Confidence::Medium, line_around(text, first.start));
    }
}

fn line_around(text: &str, at: usize) -> &str {
    let start = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
    text.get(start..)
        .and_then(|t| t.lines().next())
        .unwrap_or_default()
}

/// Codes that conceal, erase or overwrite; colours alone hide nothing.
fn ansi(text: &str, out: &mut Vec<HiddenInstruction>) {
    for (at, _) in text.match_indices("\u{1b}[") {
        let code = text.get(at + 2..).unwrap_or_default();
        let end = code.find(|c: char| c.is_ascii_alphabetic());
        let Some((numbers, rest)) = end
            .and_then(|e| code.split_at_checked(e))
            .filter(|(n, _)| n.len() <= 16)
        else {
            continue;
        };
        let hides = match rest.chars().next() {
            Some('m') => numbers.split(';').any(|n| n == "8"),
            Some('A' | 'F' | 'H' | 'f' | 'J' | 'K' | 'D') => true,
            _ => false,
        };
        if hides {
            if out.len() >= PLACES * 4 {
                break;
            }
            out.push(HiddenInstruction {
                line: line_of(text, at),
                technique: Technique::AnsiEscape,
                confidence: Confidence::High,
                excerpt: excerpt(line_around(text, at)),
            });
        }
    }
}
