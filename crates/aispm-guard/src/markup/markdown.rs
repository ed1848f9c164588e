//! Markdown, read so that it errs to one side: what might be live is judged as live. Code is exempt only where every reader
//! of CommonMark agrees that it is code; once a text does something that readers nest differently, nothing in it is.

use super::Look;
use super::html::{declaration, malformed};
use super::inline::{Paragraph, autolink, bare, destination};
use super::tag::{Tag, is_dangerous, is_harmless, is_no_name, judge_tag, tag};
use std::ops::Range;

use crate::event::Reason;
use crate::hosts::AllowList;

/// What makes a line blank: other blanks of Unicode are letters to Markdown.
pub(super) const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// Where in the document the next unit begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocks {
    fence: Option<Fence>,
    /// Code is not exempt any more.
    strict: bool,
    /// Code is not exempt before a blank line: an HTML block, or a code span that may go on.
    no_code: bool,
    /// The line has begun.
    mid_line: bool,
    /// The line holds letters, so no block begins in it any more.
    lettered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fence {
    mark: u8,
    length: usize,
    indent: usize,
    /// Drawn by the page, with links and markup of its own.
    drawn: bool,
}

impl Blocks {
    /// Readers may nest what follows in other ways than this one.
    pub(crate) fn distrust(&mut self) {
        self.strict = true;
        self.fence = None;
    }

    /// Judges a unit. `more` says that text may follow.
    pub(crate) fn judge(&mut self, text: &str, allow: &AllowList, more: bool) -> Look {
        let mut at = 0;
        let mut paragraph = Paragraph::default();
        while at < text.len() {
            let end = text
                .get(at..)
                .and_then(|r| r.find('\n'))
                .map_or(text.len(), |n| at + n + 1);
            let line = text.get(at..end).unwrap_or("");
            let live = self.line(line, more);
            let mut next = end;
            if live {
                if at >= paragraph.end {
                    paragraph = Paragraph::at(text, at);
                }
                match self.inline(&paragraph, at..end, allow, more) {
                    Ok(n) => next = n.max(end),
                    Err(look) => return look,
                }
            }
            self.mid_line = !text.get(..next).is_some_and(|t| t.ends_with('\n'));
            if !self.mid_line {
                self.lettered = false;
            }
            at = next;
        }
        Look::Pass
    }

    /// Takes a line, or what follows of it, into the block structure. Says whether it is live.
    fn line(&mut self, line: &str, more: bool) -> bool {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        if let Some(fence) = self.fence {
            return if self.mid_line {
                fence.drawn
            } else {
                self.fenced(fence, content, indent, more)
            };
        }
        if !self.mid_line && content.trim_matches(BLANK).is_empty() {
            // A line that is cut may go on.
            self.no_code &= more && !line.ends_with('\n');
            return false;
        }
        if !self.strict && !self.no_code && !self.mid_line && indent < 4 {
            let whole = line.ends_with('\n') || !more;
            if let Some(fence) = opening(content, indent).filter(|_| whole) {
                self.fence = Some(fence);
                return false;
            }
        }
        // Fences in lists and quotations, and runs that might be fences: not followed.
        if content.contains("```") || content.contains("~~~") {
            self.strict = true;
        }
        // A footnote holds blocks of its own.
        if content.contains("[^") && content.contains("]:") {
            self.no_code = true;
        }
        true
    }

    /// A line inside a fence. Says whether it is live.
    fn fenced(&mut self, fence: Fence, content: &str, indent: usize, more: bool) -> bool {
        let text = content.trim_end_matches(BLANK);
        if text.is_empty() {
            return false;
        }
        let run = text.bytes().take_while(|b| *b == fence.mark).count();
        let closes = run >= fence.length && run == text.len();
        let whole = content.ends_with('\n') || !more;
        if closes && indent < 4 && whole {
            self.fence = None;
            return false;
        }
        // With an indented fence nobody knows whether a list holds it: a line further out may end both.
        let tabbed = fence.indent > 0 && text.starts_with('\t');
        if closes && !whole || fence.indent > 0 && (closes || indent < fence.indent || tabbed) {
            self.distrust();
            return true;
        }
        fence.drawn
    }

    /// Judges what is live between two places; the place to go on from, which a tag may have moved beyond the line.
    fn inline(
        &mut self,
        paragraph: &Paragraph<'_>,
        line: Range<usize>,
        allow: &AllowList,
        more: bool,
    ) -> Result<usize, Look> {
        let (text, end) = (paragraph.text, line.end);
        let bytes = text.as_bytes();
        let code = |blocks: &Self| !blocks.strict && !blocks.no_code && blocks.fence.is_none();
        let mut i = line.start;
        while let Some(b) = bytes.get(i).copied().filter(|_| i < end) {
            match b {
                b'\\' if code(self) && bytes.get(i + 1).is_some_and(u8::is_ascii_punctuation) => i += 2,
                b'`' => i = self.ticks(text, i, end),
                b'<' => i = self.angle(paragraph, i, allow, more)?,
                b']' if matches!(bytes.get(i + 1), Some(b'(' | b':')) => {
                    let (look, ticked) = destination(paragraph, i, allow, more);
                    self.strict |= ticked;
                    pass(look)?;
                    self.lettered &= bytes.get(i + 1) != Some(&b':');
                    i += 2;
                }
                b'h' | b'H' | b'f' | b'F' | b'w' | b'W' => {
                    self.lettered = true;
                    bare(text, i, allow).map_or(Ok(()), pass)?;
                    i += 1;
                }
                _ => {
                    self.lettered |= b.is_ascii_alphabetic() || !b.is_ascii();
                    i += 1;
                }
            }
        }
        Ok(i)
    }

    /// Backticks at `from`: a code span where one closes on the same line.
    fn ticks(&mut self, text: &str, from: usize, end: usize) -> usize {
        let line = text.get(from..end).unwrap_or("");
        let run = line.bytes().take_while(|b| *b == b'`').count();
        let body = line.get(run..).unwrap_or("");
        if self.strict || self.no_code || self.fence.is_some() {
            return from + run;
        }
        let Some(length) = closing(body, run) else {
            // It may close on a later line; what would then be code here is judged as text.
            self.no_code = true;
            return from + run;
        };
        if body.get(..length).is_some_and(|b| b.contains('|')) {
            // A table's cell ends at a bar, even in code.
            self.no_code = true;
            return from + run;
        }
        self.lettered = true;
        from + run + length + run
    }

    /// What stands at a `<`; the place to go on from.
    fn angle(
        &mut self,
        paragraph: &Paragraph<'_>,
        from: usize,
        allow: &AllowList,
        more: bool,
    ) -> Result<usize, Look> {
        let text = paragraph.text;
        if let Some((look, end)) = autolink(text, from, allow) {
            let prose = !self.strict && !self.no_code;
            self.strict |= text.get(from..end).is_some_and(|t| t.contains('`'));
            pass(look)?;
            // In a block of HTML `<https:…>` is a tag, with attributes after its slashes.
            if prose {
                return Ok(end);
            }
        }
        let after = text.get(from + 1..).unwrap_or("");
        if after.starts_with('?') {
            return Err(malformed("<?"));
        }
        if after.starts_with("!--") || after.starts_with("![") || starts_declaration(after) {
            self.strict = true;
            let end = declaration(text, from, more)?;
            // A list or quotation may end within it.
            let lines = text.get(from..end).is_some_and(|t| t.contains('\n'));
            return if lines { Err(malformed("<!")) } else { Ok(end) };
        }
        let last = paragraph.last;
        // Without this a text of nothing but beginnings would cost the square of its length.
        let reach = if paragraph.closer.is_some_and(|c| c > from) {
            paragraph.end
        } else {
            paragraph.end.min(from + 64)
        };
        let head = (from..=reach).rev().find_map(|e| text.get(..e)).unwrap_or(text);
        match tag(head, from) {
            // A bogus comment, where it stands in a block of HTML.
            Tag::None if after.starts_with(['/', '!']) && (self.strict || self.no_code) => {
                Err(malformed("<"))
            }
            Tag::None => Ok(from + 1),
            Tag::Complete(element, _) if is_no_name(element.name) => {
                // In a block of HTML it is a tag all the same.
                if self.strict || self.no_code {
                    return Err(malformed(element.name));
                }
                Ok(from + 1)
            }
            Tag::Complete(element, end) => {
                judge_tag(&element, allow).map_err(|(r, d)| Look::Stop(r, d))?;
                if text.get(from..end).is_some_and(is_ambiguous) {
                    return Err(malformed(element.name));
                }
                self.strict |= element.name.eq_ignore_ascii_case("pre");
                self.no_code |= !self.lettered;
                Ok(end)
            }
            Tag::Incomplete(_) if last && more => Err(Look::Wait),
            Tag::Incomplete(name) if is_dangerous(name) => Err(Look::Stop(
                Reason::DangerousElement,
                name.chars().take(40).collect(),
            )),
            // In a block of HTML the page's next tag completes it.
            Tag::Incomplete(name) if self.strict || self.no_code => Err(malformed(name)),
            // A block of HTML begins with a tag that need not be complete.
            Tag::Incomplete(name) if is_harmless(name) && !self.lettered => Err(malformed(name)),
            Tag::Incomplete(_) => Ok(from + 1),
        }
    }
}

/// A tag that may hold a fence, the end of a code span, or the end of the list or quotation it stands in.
fn is_ambiguous(tag: &str) -> bool {
    tag.contains(['\n', '`']) || tag.contains("~~~")
}

fn starts_declaration(after: &str) -> bool {
    matches!(after.as_bytes(), [b'!', letter, ..] if letter.is_ascii_alphabetic())
}

fn pass(look: Look) -> Result<(), Look> {
    match look {
        Look::Pass => Ok(()),
        other => Err(other),
    }
}

/// The fence that a line opens.
fn opening(content: &str, indent: usize) -> Option<Fence> {
    let mark = content.bytes().next().filter(|b| matches!(b, b'`' | b'~'))?;
    let length = content.bytes().take_while(|b| *b == mark).count();
    let info = content.get(length..)?;
    let drawn = info.to_ascii_lowercase().contains("mermaid");
    (length >= 3 && !info.contains('`')).then_some(Fence {
        mark,
        length,
        indent,
        drawn,
    })
}

/// The length of a code span's text: up to the next run of exactly as many backticks.
fn closing(body: &str, run: usize) -> Option<usize> {
    let bytes = body.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let ticks = bytes.get(i..)?.iter().take_while(|b| **b == b'`').count();
        if ticks == run {
            return Some(i);
        }
        i += ticks.max(1);
    }
    None
}
