//! Addresses in Markdown: destinations of links, images and definitions, autolinks, and bare addresses that renderers link.

use super::Look;
use super::html::malformed;
use super::markdown::BLANK;
use super::text::{decode_references, unescape};
use crate::hosts::{AllowList, judge_address};

fn verdict(judged: Result<(), (crate::Reason, String)>) -> Look {
    match judged {
        Ok(()) => Look::Pass,
        Err((reason, detail)) => Look::Stop(reason, detail),
    }
}

/// The paragraph that is being read: no link and no tag of Markdown goes beyond it.
#[derive(Debug, Default)]
pub(super) struct Paragraph<'t> {
    pub(super) text: &'t str,
    /// Its first blank line, or the text's end.
    pub(super) end: usize,
    /// It ends with the text.
    pub(super) last: bool,
    /// Its last `>`.
    pub(super) closer: Option<usize>,
}

impl<'t> Paragraph<'t> {
    /// The paragraph around a place.
    pub(super) fn at(text: &'t str, from: usize) -> Self {
        let (mut start, mut end, mut last) = (from, text.len(), true);
        while let Some(n) = text.get(start..).and_then(|rest| rest.find('\n')) {
            start += n + 1;
            let rest = text.get(start..).unwrap_or("");
            let blank = rest
                .split_once('\n')
                .is_some_and(|(l, _)| l.trim_matches(BLANK).is_empty());
            if blank {
                (end, last) = (start, false);
                break;
            }
        }
        let closer = text.get(..end).and_then(|t| t.rfind('>'));
        Self {
            text,
            end,
            last,
            closer,
        }
    }
}

/// Longest destination looked at, other than an image's own bytes.
const DESTINATION: usize = 2048;

/// Judges the destination after `](` or `]:`; `from` is the place of the `]`. The second says whether it holds a backtick.
pub(super) fn destination(
    paragraph: &Paragraph<'_>,
    from: usize,
    allow: &AllowList,
    more: bool,
) -> (Look, bool) {
    let (text, end, last) = (paragraph.text, paragraph.end, paragraph.last);
    let rest = text.get(from + 2..end).unwrap_or("");
    // A destination may stand on the next line, behind the mark of a quotation.
    let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '>');
    if trimmed.is_empty() {
        let waits = last && more;
        return (if waits { Look::Wait } else { Look::Pass }, false);
    }
    let raw = match trimmed.strip_prefix('<') {
        Some(angle) => angle.split(['>', '\n']).next().unwrap_or(""),
        None => {
            let word = trimmed.split(BLANK).next().unwrap_or("");
            if text.as_bytes().get(from + 1) == Some(&b'(') {
                balanced(word)
            } else {
                word
            }
        }
    };
    let ticked = raw.contains('`');
    if raw.len() > DESTINATION && !raw.starts_with("data:image/") {
        return (malformed("destination"), ticked);
    }
    let Some(address) = decode_references(&unescape(raw)) else {
        return (malformed("character reference"), ticked);
    };
    (verdict(judge_address(&address, allow)), ticked)
}

/// The word up to the parenthesis that closes more than was opened.
fn balanced(word: &str) -> &str {
    let mut depth = 0usize;
    let mut escaped = false;
    for (i, c) in word.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 0 => return word.get(..i).unwrap_or(word),
            ')' => depth -= 1,
            _ => {}
        }
    }
    word
}

/// `<scheme:…>` at a `<`: its verdict, and the place after it.
pub(super) fn autolink(text: &str, from: usize, allow: &AllowList) -> Option<(Look, usize)> {
    let rest = text.get(from + 1..)?;
    let end = rest.find(|c: char| BLANK.contains(&c) || matches!(c, '<' | '>'))?;
    let (inside, after) = rest.split_at_checked(end)?;
    let (scheme, _) = inside.split_once(':')?;
    let shaped = scheme.len() >= 2
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'));
    (shaped && after.starts_with('>')).then(|| (verdict(judge_address(inside, allow)), from + end + 2))
}

/// A bare address at `from`, as GitHub's Markdown and its relatives link it.
pub(super) fn bare(text: &str, from: usize, allow: &AllowList) -> Option<Look> {
    let rest = text.get(from..)?;
    let head = |p: &str| rest.get(..p.len()).is_some_and(|h| h.eq_ignore_ascii_case(p));
    let before = from.checked_sub(1).and_then(|b| text.as_bytes().get(b));
    let www = head("www.") && before.is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'.');
    if !www && !["http:/", "https:/", "ftp:/"].iter().any(|p| head(p)) {
        return None;
    }
    let run = rest
        .split(|c: char| BLANK.contains(&c) || c == '<')
        .next()
        .unwrap_or("");
    let scheme = if www { 0 } else { run.find('/').unwrap_or(0) };
    let authority_at =
        scheme + run.get(scheme..)?.len() - run.get(scheme..)?.trim_start_matches(['/', '\\']).len();
    let authority = run
        .get(authority_at..)?
        .split(['/', '?', '#'])
        .next()
        .unwrap_or("");
    // The end of a sentence, a table's cell, emphasis and a link's text end an address; user names may hold all of that.
    let run = if authority.contains('@') {
        run
    } else {
        run.split([')', ']', '|', '(', '[', '{', '}', '"', '>', '`'])
            .next()
            .unwrap_or(run)
    };
    let run = run.trim_end_matches([
        '?', '!', '.', ',', ':', ';', '*', '_', '~', '\'', '\u{2019}', '\u{201D}', '\u{2026}',
    ]);
    let address = decode_references(run).map(|a| if www { ["http://", &a].concat() } else { a });
    Some(match address {
        Some(address) => verdict(judge_address(&address, allow)),
        None => malformed("character reference"),
    })
}
