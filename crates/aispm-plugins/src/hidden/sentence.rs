//! What blocks of text ask an agent to do.

use super::patterns::{Patterns, patterns};
use super::{Confidence, HiddenInstruction, Technique, excerpt, line_of};

/// A stretch of text that is judged together.
struct Block<'t> {
    text: &'t str,
    lower: String,
    start: usize,
    /// It stands in a comment that rendered text does not show.
    hidden: bool,
}

/// Longest stretch that is judged together (bytes): an act and the request for secrecy stand close.
const BLOCK: usize = 1500;

/// Every place that asks for harm.
pub(super) fn find(text: &str) -> Vec<HiddenInstruction> {
    let Some(patterns) = patterns() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let mut discusses = false;
    for block in blocks(text) {
        if block.text.starts_with('#') && !block.hidden {
            // A heading tells what the text below it is about.
            discusses = patterns
                .discussion
                .is_match(block.lower.lines().next().unwrap_or_default());
        }
        let about = !block.hidden && (discusses || patterns.discussion.is_match(&block.lower));
        if let Some((technique, confidence, at)) = judge(&block, about, patterns) {
            let technique = if block.hidden {
                Technique::HtmlComment
            } else {
                technique
            };
            out.push(HiddenInstruction {
                line: line_of(text, block.start + at),
                technique,
                confidence,
                excerpt: excerpt(block.text.get(at..).unwrap_or(block.text)),
            });
        }
    }
    out
}

/// Paragraphs, cut where they are long; comments apart.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some((begin, open)) = text.get(at..).and_then(|t| {
        let html = t.find("<!--").map(|i| (i, "-->"));
        let reference = t.find("\n[//]: # ").map(|i| (i + 1, "\n"));
        [html, reference].into_iter().flatten().min()
    }) {
        let start = at + begin;
        paragraphs(text, at, start, false, &mut out);
        let end = text
            .get(start..)
            .and_then(|t| t.find(open))
            .map_or(text.len(), |i| start + i + open.len());
        paragraphs(text, start, end, true, &mut out);
        at = end.max(start + 1);
    }
    paragraphs(text, at, text.len(), false, &mut out);
    out
}

fn paragraphs<'t>(text: &'t str, from: usize, to: usize, hidden: bool, out: &mut Vec<Block<'t>>) {
    let Some(part) = text.get(from..to) else {
        return;
    };
    let mut start = from;
    for paragraph in part.split("\n\n") {
        let mut inner = start;
        let mut rest = paragraph;
        while !rest.is_empty() {
            let mut end = rest.len().min(BLOCK);
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let (piece, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let trimmed = piece.trim_start();
            out.push(Block {
                text: trimmed,
                lower: plain(trimmed),
                start: inner + (piece.len() - trimmed.len()),
                hidden,
            });
            inner += end;
            rest = tail;
        }
        start += paragraph.len() + 2;
    }
}

/// Lower case, every white space a blank except line ends, curly quotes straight; as long in bytes as the original wherever it is ASCII.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\t' | '\r' => ' ',
            c => c.to_ascii_lowercase(),
        })
        .collect()
}

type Verdict = Option<(Technique, Confidence, usize)>;

fn judge(block: &Block<'_>, about: bool, p: &Patterns) -> Verdict {
    let text = &block.lower;
    if let Some(m) = p.fetch_run.find(text).filter(|_| !about) {
        return Some((Technique::RemoteScript, Confidence::High, m.start()));
    }
    if about {
        return None;
    }
    let secret = p.secrecy.find(text);
    let harm = exfiltration(text, secret.is_some(), p)
        .or_else(|| credential_request(text, p))
        .or_else(|| shadowing(text, p))
        .or_else(|| {
            let planted = p.plant.find(text).filter(|m| !negated(text, m.start(), p))?;
            let told = secret.is_some() || text.contains("always") || text.contains("every");
            told.then_some((Technique::ImperativeToAgent, Confidence::Medium, planted.start()))
        });
    if let Some((technique, _, at)) = harm {
        // An act that must stay unseen has no harmless reading.
        let confidence = if secret.is_some() || block.hidden {
            Confidence::High
        } else {
            harm.map_or(Confidence::Medium, |h| h.1)
        };
        return Some((technique, confidence, at));
    }
    imperative(block, secret.map(|m| m.start()), p)
}

/// Orders to set instructions aside, or to act unseen.
fn imperative(block: &Block<'_>, secret: Option<usize>, p: &Patterns) -> Verdict {
    let text = &block.lower;
    for pattern in [&p.ignore, &p.role] {
        let found = pattern.find_iter(text).find(|m| {
            !negated(text, m.start(), p) && !quoted(text, m.start()) && !conditional(text, m.end())
        });
        if let Some(m) = found {
            return Some((Technique::ImperativeToAgent, Confidence::High, m.start()));
        }
    }
    let at = secret?;
    // Secrecy needs an act beside itself: what must not be told must first be done.
    let sentence = around(text, at);
    let acts = p.act.find_iter(&sentence).count() >= 1 || p.outside.is_match(text);
    let told = block.hidden || p.agent.is_match(text);
    (acts && told && !quoted(text, at)).then_some((Technique::ImperativeToAgent, Confidence::Medium, at))
}

fn exfiltration(text: &str, secret: bool, p: &Patterns) -> Verdict {
    let file = p
        .credential_file
        .find(text)
        .filter(|m| !text.get(m.end()..).is_some_and(|t| t.starts_with(".pub")))
        .or_else(|| p.env_file.find(text));
    let sends = p.send.find_iter(text).find(|m| !negated(text, m.start(), p));
    let parameter = p
        .into_parameter
        .find_iter(text)
        .find(|m| !negated(text, m.start(), p));
    let outside = p.outside.is_match(text);
    if let Some(file) = file {
        let reads = p.read.find_iter(text).any(|m| !negated(text, m.start(), p));
        let out = parameter.is_some() && reads || sends.is_some() && (outside || secret);
        if out && !negated(text, file.start(), p) {
            return Some((Technique::ExfiltrationRequest, Confidence::High, 0));
        }
    }
    if let Some(m) = p.image.find(text)
        && p.private_data.is_match(text)
    {
        return Some((Technique::ExfiltrationRequest, Confidence::High, m.start()));
    }
    let data = p.private_data.find(text)?;
    let all = p.all_of.is_match(text);
    let strong =
        sends.is_some_and(|s| near(s.start(), data.start())) && all && outside && (secret || must(text));
    let hidden_parameter = parameter.is_some_and(|m| near(m.start(), data.start()))
        && all
        && (secret || must(text))
        && p.before_use.is_match(text)
        && wide(text);
    (strong || hidden_parameter).then_some((Technique::ExfiltrationRequest, Confidence::Medium, 0))
}

/// More than what a call needs: the conversation, the environment, the prompt itself.
fn wide(text: &str) -> bool {
    [
        "conversation",
        "chat history",
        "environment variables",
        "env vars",
        "system prompt",
        "previous messages",
        "message history",
        "source code",
        "user's message",
        "api keys",
        "passwords",
        "credentials",
    ]
    .iter()
    .any(|w| text.contains(w))
}

fn must(text: &str) -> bool {
    [
        "must",
        "always",
        "important",
        "required",
        "every time",
        "whenever",
        "before ",
        "first,",
        "automatically",
        "also ",
    ]
    .iter()
    .any(|w| text.contains(w))
}

fn near(a: usize, b: usize) -> bool {
    a.abs_diff(b) <= 220
}

/// Reading a key file before a tool may be used.
fn credential_request(text: &str, p: &Patterns) -> Verdict {
    let file = p
        .credential_file
        .find(text)
        .filter(|m| !text.get(m.end()..).is_some_and(|t| t.starts_with(".pub")))?;
    let verb = p
        .read
        .find_iter(text)
        .find(|m| m.start() < file.start() && file.start() - m.end() < 60 && !negated(text, m.start(), p))?;
    let between = text.get(verb.end()..file.start())?;
    let told = p.before_use.is_match(text)
        && (text.contains("tool") || text.contains("assistant") || text.contains("agent"));
    let demanded = told && !between.contains('\n') && must(text);
    demanded.then_some((Technique::CredentialRequest, Confidence::Medium, verb.start()))
}

fn shadowing(text: &str, p: &Patterns) -> Verdict {
    let redirect = p.redirect.find_iter(text).find(|m| !negated(text, m.start(), p));
    if let (Some(when), Some(redirect)) = (p.when_other_tool.find(text), redirect)
        && when.start().abs_diff(redirect.start()) <= 300
        && must(text)
    {
        return Some((
            Technique::Shadowing,
            Confidence::High,
            when.start().min(redirect.start()),
        ));
    }
    let m = p.replaces.find(text)?;
    Some((Technique::Shadowing, Confidence::Medium, m.start()))
}

/// Whether a denial stands shortly before, in the same sentence.
fn negated(text: &str, at: usize, p: &Patterns) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let sentence = before.rfind(['.', '\n', '!', '?', ';', ':']).map_or(0, |i| i + 1);
    let mut from = sentence.max(at.saturating_sub(70));
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..at).is_some_and(|b| p.negation.is_match(b))
}

/// Whether a place stands inside quotation marks or code: cited rather than said.
fn quoted(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |i| i + 1);
    let here = before.get(line..).unwrap_or_default();
    let open = |c: char| here.matches(c).count() % 2 == 1;
    open('"') || open('`') || here.matches('\u{201c}').count() > here.matches('\u{201d}').count()
}

/// `ignore the above rules when …`: an exception rather than an order to set all aside.
fn conditional(text: &str, end: usize) -> bool {
    let after = text.get(end..).unwrap_or_default().trim_start();
    ["when ", "if ", "for ", "unless ", "while ", "in case", "where "]
        .iter()
        .any(|w| after.starts_with(w))
}

/// The sentence at a place with its neighbours.
fn around(text: &str, at: usize) -> String {
    let mut from = at.saturating_sub(250);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (at + 250).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    text.get(from..at)
        .unwrap_or_default()
        .chars()
        .chain(
            text.get(at..to)
                .unwrap_or_default()
                .chars()
                .skip_while(|c| !c.is_whitespace()),
        )
        .collect()
}
