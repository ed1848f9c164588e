//! Sentences, list items, table rows and comments of a text: what is judged as one statement.

use regex::Regex;
use std::sync::OnceLock;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) start: usize,
    pub(super) end: usize,
    /// It stands where rendered text does not show it.
    pub(super) hidden: bool,
    /// It stands in a block of code.
    pub(super) code: bool,
    /// It stands in a quotation (`> …`).
    pub(super) quoted: bool,
    /// Number of headings before it.
    pub(super) section: u32,
    /// It is a heading, or announces what follows with a colon.
    pub(super) announces: bool,
    /// A list item or table row, or what continues one.
    pub(super) item: bool,
}

/// Longest statement (bytes); what is longer is cut.
const LONGEST: usize = 700;

/// Longest content of an element styled out of sight (bytes).
const SPAN: usize = 4000;

/// The statements of a folded text, in order.
pub(super) fn clauses(text: &str) -> Vec<Clause> {
    let mut out = Vec::new();
    let mut state = State::default();
    let mut at = 0;
    for (start, end) in hidden(text) {
        state.visible(text, at, start, &mut out);
        state.hidden(text, start, end, &mut out);
        at = end;
    }
    state.visible(text, at, text.len(), &mut out);
    out
}

#[derive(Default)]
struct State {
    section: u32,
    code: bool,
}

impl State {
    fn hidden(&self, text: &str, from: usize, to: usize, out: &mut Vec<Clause>) {
        let clause = Clause {
            start: from,
            end: to,
            hidden: true,
            code: false,
            quoted: false,
            section: self.section,
            announces: false,
            item: false,
        };
        sentences(text, &clause, out);
    }

    fn visible(&mut self, text: &str, from: usize, to: usize, out: &mut Vec<Clause>) {
        let Some(part) = text.get(from..to) else { return };
        let mut open: Option<Clause> = None;
        let mut at = from;
        let lines: Vec<&str> = part.split_inclusive('\n').collect();
        for (line, set) in lines.iter().zip(configured(&lines)) {
            let (start, end) = (at, at + line.len());
            at = end;
            let said = if set { "" } else { line.trim() };
            let fence = said.starts_with("```") || said.starts_with("~~~");
            let quote = said.starts_with('>');
            let heading = !self.code && said.starts_with('#');
            let item = is_item(said);
            let alone = fence || heading || self.code || said.starts_with('|');
            let quoted = open.as_ref().is_some_and(|c| c.quoted);
            if (said.is_empty() || alone || item || quote != quoted)
                && let Some(done) = open.take()
            {
                sentences(text, &done, out);
            }
            if fence {
                self.code = !self.code;
                continue;
            }
            if said.is_empty() {
                continue;
            }
            if heading {
                self.section += 1;
            }
            let clause = open.get_or_insert(Clause {
                start,
                end,
                hidden: far_right(line),
                code: self.code,
                quoted: quote,
                section: self.section,
                announces: heading,
                item: item || line.starts_with("  "),
            });
            clause.end = end;
            if alone && let Some(done) = open.take() {
                sentences(text, &done, out);
            }
        }
        if let Some(done) = open {
            sentences(text, &done, out);
        }
    }
}

/// Settings from which on lines are a configuration. One or two may give a value to a sentence above them.
const SETTINGS: usize = 3;

/// Which lines belong to a configuration: names with a value of one word each, and brackets. They set something and ask nothing.
fn configured(lines: &[&str]) -> Vec<bool> {
    let mut out = vec![false; lines.len()];
    let mut at = 0;
    for run in lines.chunk_by(|a, b| is_bracket(a) | is_setting(a) == is_bracket(b) | is_setting(b)) {
        let end = at + run.len();
        if run.iter().filter(|l| is_setting(l)).count() >= SETTINGS {
            out.iter_mut().take(end).skip(at).for_each(|set| *set = true);
        }
        at = end;
    }
    out
}

fn is_bracket(line: &str) -> bool {
    let said = line.trim();
    !said.is_empty() && said.bytes().all(|b| b"{}[](),".contains(&b))
}

/// `name: value`, `"name": "value",`, `NAME=value`.
fn is_setting(line: &str) -> bool {
    let said = line.trim().trim_start_matches("- ").trim_end_matches(',');
    let Some((name, value)) = said
        .split_once(": ")
        .or_else(|| said.split_once('='))
        .or_else(|| {
            let name = said.strip_suffix(':')?;
            Some((name, ""))
        })
    else {
        return false;
    };
    let name = name.trim().trim_matches(['"', '\'']);
    let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (1..=64).contains(&name.len()) && name.bytes().all(named) && !value.trim().contains(char::is_whitespace)
}

/// Text pushed out of sight by blanks.
fn far_right(line: &str) -> bool {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    blanks >= 80 || memchr::memmem::find(line.trim_start().as_bytes(), &[b' '; 80]).is_some()
}

fn is_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let after = line.get(digits..).unwrap_or("");
    ["- ", "* ", "+ ", "• "].iter().any(|m| line.starts_with(m))
        || (1..=3).contains(&digits) && (after.starts_with(". ") || after.starts_with(") "))
}

/// Cuts a stretch at the ends of its sentences.
fn sentences(text: &str, whole: &Clause, out: &mut Vec<Clause>) {
    let mut start = whole.start;
    let stretch = text.get(whole.start..whole.end).unwrap_or("");
    let mut chars = stretch.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        let end = whole.start + i + c.len_utf8();
        let next = chars.peek().map(|(_, c)| *c);
        let blank = next.is_none_or(|n| n.is_whitespace() || matches!(n, '"' | '\'' | ')'));
        let ends = match c {
            '。' | '！' | '？' | '；' => true,
            '.' => blank && !abbreviated(text, start, end),
            '!' | '?' => blank,
            ';' => blank && !whole.code,
            _ => false,
        };
        if ends || end - start >= LONGEST {
            push(text, start, end, whole, out);
            start = end;
        }
    }
    push(text, start, whole.end, whole, out);
}

/// `e.g.`, `i.e.`, `1.`: a full stop that ends no sentence.
fn abbreviated(text: &str, start: usize, end: usize) -> bool {
    let said = text.get(start..end).unwrap_or("").trim_start();
    let word = said
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or(said);
    matches!(
        word,
        "e.g." | "i.e." | "etc." | "vs." | "z.b." | "d.h." | "p.ej." | "no." | "approx."
    ) || word.trim_end_matches('.').bytes().all(|b| b.is_ascii_digit())
}

fn push(text: &str, start: usize, end: usize, whole: &Clause, out: &mut Vec<Clause>) {
    let said = text.get(start..end).unwrap_or("").trim();
    if said.chars().any(char::is_alphanumeric) {
        let announces = whole.announces || said.ends_with(':') || said.ends_with(" to");
        out.push(Clause {
            start,
            end,
            announces,
            ..whole.clone()
        });
    }
}

/// Stretches that rendered text does not show, in order, none inside another: comments and elements styled out of sight.
fn hidden(text: &str) -> Vec<(usize, usize)> {
    static STYLED: OnceLock<Option<Regex>> = OnceLock::new();
    let styled = STYLED.get_or_init(|| {
        Regex::new(r"<([a-z]+)[^<>]{0,200}(display:\s*none|visibility:\s*hidden|opacity:\s*0[^.1-9]|font-size:\s*[01](px|pt|em)?\b|color:\s*(#fff|white|transparent)|left:\s*-\d{3,}|text-indent:\s*-\d{3,}|[ ]hidden\b|class=.?sr-only)[^<>]{0,200}>").ok()
    });
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (open, close) in [("<!--", "-->"), ("[//]: #", "\n"), ("[comment]: ", "\n")] {
        let mut at = 0;
        while let Some(i) = text.get(at..).and_then(|t| t.find(open)) {
            let start = at + i;
            at = text
                .get(start..)
                .and_then(|t| t.find(close))
                .map_or(text.len(), |i| start + i + close.len());
            out.push((start, at));
        }
    }
    if let Some(re) = styled.as_ref().filter(|_| text.contains('<')) {
        out.extend(re.captures_iter(text).filter_map(|c| {
            let (all, name) = (c.get(0)?, c.get(1)?);
            let mut to = text.len().min(all.end() + SPAN);
            while !text.is_char_boundary(to) {
                to -= 1;
            }
            let close = format!("</{}>", name.as_str());
            let inner = text.get(all.end()..to)?.find(&close);
            Some((all.start(), inner.map_or(to, |i| all.end() + i)))
        }));
    }
    out.sort_unstable();
    let mut end = 0;
    out.retain(|(s, e)| {
        let apart = *s >= end;
        if apart {
            end = *e;
        }
        apart
    });
    out
}
