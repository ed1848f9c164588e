//! Names that come from outside: short, plain, and no secret.

use aispm_detect::{preview, scan};

/// Most characters of a name.
pub const LONGEST: usize = 128;

/// A name as it may stand in the log: printable, at most [`LONGEST`] characters, keys inside shown as a preview.
pub fn name(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '?' })
        .take(LONGEST + 1)
        .collect();
    let mut out = String::with_capacity(plain.len());
    let mut at = 0;
    for key in scan(plain.as_bytes()) {
        if key.range.start < at {
            continue;
        }
        out.push_str(plain.get(at..key.range.start).unwrap_or(""));
        out.push_str(&preview(plain.get(key.range.clone()).unwrap_or("")));
        at = key.range.end;
    }
    out.push_str(plain.get(at..).unwrap_or(""));
    if out.len() > LONGEST {
        out.truncate(out.char_indices().nth(LONGEST).map_or(out.len(), |(i, _)| i));
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_and_keys_do_not() {
        assert_eq!(name("org/gpt-4o-mini:latest@1"), "org/gpt-4o-mini:latest@1");
        assert_eq!(name("a\n{\"v\":1}\u{202E}"), "a?{\"v\":1}?");
        assert!(name(&"x".repeat(4000)).chars().count() <= LONGEST + 1);
        let key = format!("gsk_{}", "a8Kd93jQmZxP2LrT5wVb7NcY4hFgS6eU1oXiB0tDqRyJpWnM3vCs");
        let host = format!("{key}.evil.example");
        let shown = name(&host);
        assert!(
            !shown.contains(&key) && shown.ends_with("evil.example"),
            "{shown}"
        );
    }
}
