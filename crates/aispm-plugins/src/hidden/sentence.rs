//! What blocks of text ask an agent to do.

use super::patterns::{Patterns, patterns};
use super::{Confidence, HiddenInstruction, PLACES, Technique, excerpt, line_of};

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
        if out.len() >= PLACES {
            break;
        }
        if block.text.starts_with('#') && !block.hidden {
            // A heading tells what the text below it is about.
            discusses = patterns
                .discussion
                .is_match(block.lower.lines().next().unwrap_or_default());
        }
        let about =
            !block.hidden && (discusses || patterns.discussion.is_match(&without_addresses(&block.lower)));
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
    let html = text.match_indices("<!--").map(|(i, _)| (i, "-->"));
    // Markdown's other comment: a reference that nothing refers to.
    let reference = text.match_indices("[//]: #").map(|(i, _)| (i, "\n"));
    let mut comments: Vec<(usize, &str)> = html.chain(reference).collect();
    comments.sort_unstable();
    let mut out = Vec::new();
    let mut at = 0;
    for (start, close) in comments {
        if start < at {
            continue; // inside the comment before
        }
        paragraphs(text, at, start, false, &mut out);
        at = text
            .get(start..)
            .and_then(|t| t.find(close))
            .map_or(text.len(), |i| start + i + close.len());
        paragraphs(text, start, at, true, &mut out);
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

/// The words of a text: a host may be called anything.
fn without_addresses(text: &str) -> String {
    let words = text.split(' ').filter(|w| !w.contains("://") && !w.contains('@'));
    words.collect::<Vec<_>>().join(" ")
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
    let command = block.text.lines().find(|l| super::script::sends_credentials(l));
    if let Some(at) = command
        .and_then(|c| block.text.find(c))
        .filter(|at| !negated(text, *at, p))
    {
        return Some((Technique::ExfiltrationRequest, Confidence::High, at));
    }
    let harm = exfiltration(text, secret.is_some(), p)
        .or_else(|| credential_request(text, p))
        .or_else(|| shadowing(text, secret.is_some(), p))
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
    for pattern in [&p.ignore, &p.role, &p.takeover] {
        let found = pattern.find_iter(text).find(|m| {
            !negated(text, m.start(), p) && !quoted(text, m.start()) && !conditional(text, m.end())
        });
        if let Some(m) = found {
            return Some((Technique::ImperativeToAgent, Confidence::High, m.start()));
        }
    }
    let at = secret?;
    // Secrecy needs an act beside itself: what must not be told must first be done.
    let sentence = window(text, at, at, 250);
    let acts = p.act.is_match(sentence) || p.outside.is_match(text) || p.covert.is_match(text);
    let told = block.hidden || p.agent.is_match(text) || p.covert.is_match(text);
    (acts && told && !quoted(text, at)).then_some((Technique::ImperativeToAgent, Confidence::Medium, at))
}

fn exfiltration(text: &str, secret: bool, p: &Patterns) -> Verdict {
    let key = p
        .credential_file
        .find_iter(text)
        .find(|m| !text.get(m.end()..).is_some_and(|t| t.starts_with(".pub")));
    let file = key.or_else(|| p.env_file.find(text));
    if let Some(file) = file.filter(|f| file_goes_out(text, f.start(), key.is_some(), secret, p)) {
        return Some((Technique::ExfiltrationRequest, Confidence::High, file.start()));
    }
    if let Some(m) = p.image.find(text)
        && p.private_data.is_match(text)
    {
        return Some((Technique::ExfiltrationRequest, Confidence::High, m.start()));
    }
    p.private_data
        .find_iter(text)
        .find(|data| data_goes_out(window(text, data.start(), data.end(), 200), secret, p))
        .map(|data| (Technique::ExfiltrationRequest, Confidence::Medium, data.start()))
}

/// Whether a file that is named is read and then sent or passed on.
fn file_goes_out(text: &str, at: usize, key: bool, secret: bool, p: &Patterns) -> bool {
    let said = |m: &regex::Match<'_>| !negated(text, m.start(), p);
    let reads = p
        .read
        .find_iter(text)
        .any(|m| m.start() < at && at - m.start() < 90 && said(&m));
    let same_sentence = |m: &regex::Match<'_>| {
        let between = text.get(m.start().min(at)..m.start().max(at)).unwrap_or_default();
        !between.contains('\n') && !between.contains(". ")
    };
    let sends_it = p
        .send_it
        .find_iter(text)
        .any(|m| m.start().abs_diff(at) < 160 && said(&m));
    let sends = sends_it
        || p.send_strict
            .find_iter(text)
            .any(|m| m.start().abs_diff(at) < 160 && said(&m) && same_sentence(&m));
    // `upload .env to https://…`: the file itself is what is sent.
    let directly = p
        .send_strict
        .find_iter(text)
        .any(|m| m.end() <= at && at - m.end() < 30 && said(&m))
        && p.outside.is_match(window(text, at, at, 60));
    let close = window(text, at, at, 220);
    let outside = p.outside.is_match(close) || secret;
    let parameter = p.into_parameter.is_match(close) && (key || secret || must(close));
    reads && parameter && !negated(text, at, p)
        || (sends && outside && (reads || key) || directly) && !negated(text, at, p)
}

/// Whether private data of which all is meant leaves the machine, or goes into a parameter that does not need it.
fn data_goes_out(close: &str, secret: bool, p: &Patterns) -> bool {
    let said = |m: &regex::Match<'_>| !negated(close, m.start(), p);
    if !p.all_of.is_match(close) || !(secret || must(close)) {
        return false;
    }
    let sends = p.send_strict.find_iter(close).any(|m| said(&m))
        || secret && p.send.find_iter(close).any(|m| said(&m));
    let parameter = p.into_parameter.find_iter(close).any(|m| said(&m));
    let addressed = secret || p.agent.is_match(close);
    sends && p.outside.is_match(close) && addressed
        || parameter && wide(close) && p.before_use.is_match(close) && (secret || unneeded(close))
}

/// A parameter whose name says that it serves something else than the call.
fn unneeded(close: &str) -> bool {
    [
        "sidenote",
        "side_note",
        "`notes",
        "'notes",
        "`metadata",
        "`context`",
        "`feedback",
        "`diagnostics",
        "'context'",
        "'metadata'",
        "'feedback'",
    ]
    .iter()
    .any(|w| close.contains(w))
}

/// The text around a place.
fn window(text: &str, start: usize, end: usize, reach: usize) -> &str {
    let mut from = start.saturating_sub(reach);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (end + reach).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    text.get(from..to).unwrap_or_default()
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

fn shadowing(text: &str, secret: bool, p: &Patterns) -> Verdict {
    let said = |m: &regex::Match<'_>| !negated(text, m.start(), p);
    let redirect = p.redirect.find_iter(text).find(said).or_else(|| {
        // Sending on is what many tools are for; more than was asked for, or unseen, is not.
        let beside = |m: &regex::Match<'_>| secret || p.also.is_match(window(text, m.start(), m.end(), 60));
        p.copy_to.find_iter(text).find(|m| said(m) && beside(m))
    });
    if let (Some(when), Some(redirect)) = (p.when_other_tool.find(text), redirect)
        && when.start().abs_diff(redirect.start()) <= 200
        && (secret || must(window(text, redirect.start(), redirect.end(), 200)))
    {
        let at = when.start().min(redirect.start());
        return Some((Technique::Shadowing, Confidence::High, at));
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
