//! What texts can still hold after a regular expression was asked of them or applied to them.

/// What a text cannot do that holds letters, digits and these characters.
fn harmless(others: &str) -> Vec<&'static str> {
    let without = |dangerous: &[char]| !others.contains(dangerous);
    let mut out = Vec::new();
    if without(&['/', '\\']) {
        out.push("file-path");
    }
    if without(&['<', '>', '"', '\'', '&']) {
        out.extend(["html", "template"]);
    }
    if others.chars().all(|c| "_-./:@,=+%".contains(c)) {
        out.extend(["sql", "shell"]);
    }
    if without(&['/', '\\', ':', '@', '.', ' ']) {
        out.push("url");
    }
    out
}

/// Characters of a class besides letters and digits; none where it may hold anything.
fn others_of(class: &str) -> Option<String> {
    let plain = class
        .replace("\\w", "_")
        .replace("\\d", "")
        .replace("\\s", " \n")
        .replace("\\-", "")
        .replace("\\_", "_")
        .replace("\\.", ".")
        .replace("\\/", "/");
    // Ranges other than letters and digits, and escapes that are not read here, may hold anything.
    let plain = plain.replace("a-z", "").replace("A-Z", "").replace("0-9", "");
    let ranges = plain.trim_matches('-').contains('-');
    (!plain.contains(['\\', '[', ']']) && !ranges).then_some(plain)
}

/// What a text cannot do any more once everything outside a character class was replaced: `[^A-Za-z0-9_ -]` leaves no
/// separator of paths, no markup and no quote. A class that names such a character, or a group of them, leaves it in.
pub(super) fn kept_out(pattern: &str) -> Vec<&'static str> {
    let class = pattern
        .strip_prefix("[^")
        .and_then(|p| p.trim_end_matches(['+', '*']).strip_suffix(']'));
    class.and_then(others_of).map_or_else(Vec::new, |o| harmless(&o))
}

/// What a text cannot do any more once all that fits a pattern was replaced; `read` where the pattern is an expression.
pub(super) fn replacing(pattern: &str, read: bool, with: Option<&str>) -> Vec<&'static str> {
    let mut out = if read { kept_out(pattern) } else { Vec::new() };
    let tags = pattern == "<"
        || read && pattern.starts_with('[') && !pattern.starts_with("[^") && pattern.contains('<');
    if tags && with.is_none_or(|w| !w.contains('<')) {
        out.extend(["html", "template"]);
    }
    out
}

/// What a text cannot do that fits a pattern; `whole` where all of it must fit.
pub(super) fn held_to(pattern: &str, whole: bool) -> Vec<&'static str> {
    let (start, rest) = match pattern.strip_prefix('^').or_else(|| pattern.strip_prefix("\\A")) {
        Some(rest) => (true, rest),
        None => (whole, pattern),
    };
    let ended = ["$", "\\Z", "\\z"].iter().find_map(|e| rest.strip_suffix(e));
    let (end, rest) = ended.map_or((whole, rest), |rest| (true, rest));
    let mut others = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d' | 'w') => others.push('_'),
                Some(c) if !c.is_alphanumeric() => others.push(c),
                _ => return Vec::new(),
            },
            '[' => {
                let mut class = String::new();
                let mut escaped = false;
                for c in chars.by_ref() {
                    if c == ']' && !escaped {
                        break;
                    }
                    escaped = c == '\\' && !escaped;
                    class.push(c);
                }
                match others_of(&class).filter(|_| !class.starts_with('^')) {
                    Some(more) => others.push_str(&more),
                    None => return Vec::new(),
                }
            }
            '{' => drop(chars.by_ref().find(|c| *c == '}')),
            // Alternatives may each be bound at one end only.
            '|' if !whole => return Vec::new(),
            '.' => return Vec::new(),
            '(' | ')' | '?' | '*' | '+' | '|' => {}
            c if c.is_alphanumeric() => {}
            c => others.push(c),
        }
    }
    if start && end {
        harmless(&others)
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{held_to, kept_out, replacing};

    const WORD: [&str; 6] = ["file-path", "html", "template", "sql", "shell", "url"];

    #[test]
    fn a_class_keeps_out_what_it_does_not_name() {
        assert_eq!(kept_out(r"[^a-zA-Z0-9_\- ]"), ["file-path", "html", "template"]);
        assert_eq!(kept_out(r"[^\w]+"), WORD);
        assert_eq!(kept_out(r"[^\w./]"), ["html", "template", "sql", "shell"]);
        assert_eq!(
            kept_out(r"[^\w.-]"),
            ["file-path", "html", "template", "sql", "shell"]
        );
        for open in [r"[^\S]", "[^!-~]", "[a-z]", r"\s+", "[^a]|b", "<[^>]*>"] {
            assert_eq!(kept_out(open), [""; 0], "{open}");
        }
    }

    #[test]
    fn a_pattern_holds_a_text_to_what_it_names_where_both_ends_are_bound() {
        for (pattern, whole) in [
            (r"^[a-z0-9_]+$", false),
            (r"[a-z]{1,20}(-\d+)?", true),
            (r"\A\w+\Z", false),
        ] {
            assert_eq!(held_to(pattern, whole), WORD, "{pattern}");
        }
        assert_eq!(held_to(r"^[\w/-]+$", false), ["html", "template", "sql", "shell"]);
        for open in [r"[a-z]+", r"^[a-z]+", r"^.+$", r"^a$|b", r"^[^;]+$", r"^\S+$"] {
            assert_eq!(held_to(open, false), [""; 0], "{open}");
        }
    }

    #[test]
    fn replacing_what_opens_a_tag_leaves_no_markup() {
        for (pattern, read, with, wanted) in [
            ("<", false, Some("&lt;"), true),
            ("[&<>]", true, None, true),
            ("[<>]", true, Some(""), true),
            ("[&<>]", false, None, false),
            ("<", false, Some("<b>"), false),
            (">", false, Some("&gt;"), false),
            ("<[^>]*>", true, Some(""), false),
        ] {
            assert_eq!(
                replacing(pattern, read, with).contains(&"html"),
                wanted,
                "{pattern}"
            );
        }
    }
}
