//! Writes styled lines, wrapped to the width. Everything that is written passes [`Line::with`], which makes it inert.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::style::{BOLD, DIM, PLAIN};
use crate::{Options, inert::inert};

/// A line of styled pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pieces: Vec<(Style, String)>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }
    /// Adds a piece; hazards in it are written out.
    #[must_use]
    pub(crate) fn with(mut self, style: Style, text: impl AsRef<str>) -> Self {
        self.pieces.push((style, inert(text.as_ref()).into_owned()));
        self
    }
    #[must_use]
    pub(crate) fn plain(self, text: impl AsRef<str>) -> Self {
        self.with(PLAIN, text)
    }
    #[must_use]
    pub(crate) fn bold(self, text: impl AsRef<str>) -> Self {
        self.with(BOLD, text)
    }
    #[must_use]
    pub(crate) fn dim(self, text: impl AsRef<str>) -> Self {
        self.with(DIM, text)
    }
    #[must_use]
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }
    /// Columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, t)| t.width()).sum()
    }
    /// The same line, at most `max` columns wide, with an ellipsis where it was cut.
    pub(crate) fn cut(self, max: usize) -> Self {
        if self.width() <= max {
            return self;
        }
        let mut room = max.saturating_sub(1);
        let mut cut = Self::new();
        for (style, text) in self.pieces {
            let kept = fitting(&text, room);
            room -= kept.width();
            let whole = kept.len() == text.len();
            let piece = if whole { text } else { format!("{kept}…") };
            cut.pieces.push((style, piece));
            if !whole {
                break;
            }
        }
        cut
    }
}

/// Columns that one word of prose may take.
const LONGEST_WORD: usize = 240;

/// The longest start of `text` that takes at most `room` columns.
fn fitting(text: &str, room: usize) -> &str {
    let mut end = 0;
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.encode_utf8(&mut [0; 4]).width();
        if used > room {
            break;
        }
        end = at + c.len_utf8();
    }
    text.get(..end).unwrap_or("")
}

/// Prose in lines of at most `room` columns; longer words stay whole.
pub(crate) fn wrapped(prose: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in inert(prose).split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Where text goes, and how.
pub(crate) struct Pen<'a> {
    out: &'a mut dyn Write,
    color: bool,
    ascii: bool,
    width: usize,
}

impl<'a> Pen<'a> {
    pub(crate) fn new(options: &Options, out: &'a mut dyn Write) -> Self {
        Self {
            out,
            color: options.color,
            ascii: options.ascii,
            width: options.width.clamp(60, 400),
        }
    }
    pub(crate) fn width(&self) -> usize {
        self.width
    }
    pub(crate) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }
    /// Writes a line; white space at its end is left out.
    pub(crate) fn line(&mut self, line: Line) -> io::Result<()> {
        let mut pieces = line.pieces;
        while let Some((_, last)) = pieces.last_mut() {
            last.truncate(last.trim_end().len());
            if !last.is_empty() {
                break;
            }
            pieces.pop();
        }
        for (style, text) in pieces {
            let text = if self.ascii {
                ascii(&text)
            } else {
                Cow::Borrowed(text.as_str())
            };
            if self.color && style != PLAIN {
                write!(self.out, "{style}{text}{style:#}")?;
            } else {
                self.out.write_all(text.as_bytes())?;
            }
        }
        self.blank()
    }
    /// Writes `left` and puts `right` at the right edge, or on a line of its own where both do not fit.
    pub(crate) fn spread(&mut self, left: Line, right: Line) -> io::Result<()> {
        let used = left.width() + right.width();
        if used + 2 <= self.width {
            let gap = " ".repeat(self.width - used);
            return self.line(left.plain(gap).join(right));
        }
        let indent = " ".repeat(self.width.saturating_sub(right.width()));
        self.line(left)?;
        self.line(Line::new().plain(indent).join(right))
    }
    /// A blank line, then a heading over a rule.
    pub(crate) fn heading(&mut self, title: &str) -> io::Result<()> {
        self.blank()?;
        let rule = "─".repeat(self.width.saturating_sub(title.len() + 4));
        self.line(Line::new().dim("── ").bold(title).dim(format!(" {rule}")))?;
        self.blank()
    }
    /// Writes prose after `first`, with `rest` before each further line. Words that are longer than a line stay whole, so
    /// that they can be copied.
    pub(crate) fn wrap(&mut self, first: Line, rest: &Line, style: Style, prose: &str) -> io::Result<()> {
        let prose = inert(prose);
        let mut line = first;
        let mut used = line.width();
        let mut text = String::new();
        for word in prose.split_whitespace() {
            // A path of thousands of characters is told by its start; `--format json` has it whole.
            let short =
                (word.width() > LONGEST_WORD).then(|| format!("{}…", fitting(word, LONGEST_WORD - 1)));
            let word = short.as_deref().unwrap_or(word);
            let needed = word.width() + usize::from(!text.is_empty());
            if used + needed > self.width && !text.is_empty() {
                self.line(line.with(style, &text))?;
                line = rest.clone();
                used = line.width();
                text.clear();
            }
            if !text.is_empty() {
                text.push(' ');
                used += 1;
            }
            text.push_str(word);
            used += word.width();
        }
        self.line(line.with(style, text))
    }
    /// Writes code as it is, indented, each line inert.
    pub(crate) fn code(&mut self, indent: &str, code: &str) -> io::Result<()> {
        for line in code.trim_matches('\n').lines() {
            self.line(Line::new().plain(indent).dim(line.replace('\t', "    ")))?;
        }
        Ok(())
    }
}

/// The same text in ASCII: our own marks by their look, anything else by its number.
fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            '─' | '—' | '–' | '·' => out.push('-'),
            '│' => out.push('|'),
            '├' | '╰' | '╞' => out.push('+'),
            '═' => out.push('='),
            '▶' => out.push('>'),
            '●' => out.push('o'),
            '→' => out.push_str("->"),
            '…' => out.push_str("..."),
            '×' => out.push('x'),
            '‘' | '’' => out.push('\''),
            '“' | '”' => out.push('"'),
            '█' => out.push('#'),
            '░' => out.push('.'),
            c => out.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(options: &Options, f: impl FnOnce(&mut Pen<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        f(&mut Pen::new(options, &mut out)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prose_wraps_and_long_words_stay_whole() {
        let options = Options {
            width: 60,
            ..Options::default()
        };
        let long = "x".repeat(70);
        let prose = format!("{} {long} end", "word ".repeat(14));
        let text = written(&options, |p| {
            p.wrap(Line::new().plain("- "), &Line::new().plain("  "), PLAIN, &prose)
        });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|l| l.len() <= 60 || l.contains(&long)), "{text}");
        assert_eq!(lines[2], format!("  {long}"));
    }

    #[test]
    fn cut_counts_columns() {
        let cut =
            |text: &str, max| written(&Options::default(), |p| p.line(Line::new().plain(text).cut(max)));
        assert_eq!(cut("模型模型", 5), "模型…\n");
        assert_eq!(cut("model", 5), "model\n");
        assert_eq!(cut("models", 5), "mode…\n");
    }

    #[test]
    fn ascii_is_ascii_and_styles_only_with_color() {
        let line = || Line::new().bold("größe → 模").dim(" · x");
        let plain = Options {
            ascii: true,
            ..Options::default()
        };
        assert_eq!(
            written(&plain, |p| p.line(line())),
            "gr\\u{f6}\\u{df}e -> \\u{6a21} - x\n"
        );
        let color = Options {
            color: true,
            ..Options::default()
        };
        assert!(written(&color, |p| p.line(line())).contains("\u{1b}[1m"));
    }
}
