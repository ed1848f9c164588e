//! Characters nobody sees: removed before anything else looks at the text, so that they cannot split what is looked for.

/// What comes before a character, and the one that waits for the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden {
    last: Option<char>,
    waiting: Option<char>,
    flag: Option<String>,
    /// How many characters were removed.
    pub(crate) removed: usize,
}

/// Longest flag of a subdivision, in tags (England's is `gbeng`).
const FLAG: usize = 7;

impl Hidden {
    /// Takes one character; what may be seen of it and of what waited goes to `out`.
    pub(crate) fn push(&mut self, c: char, out: &mut String) {
        if let Some(flag) = self.flag.take() {
            match c {
                '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}' if flag.chars().count() < FLAG => {
                    self.flag = Some(flag + c.encode_utf8(&mut [0; 4]));
                    return;
                }
                '\u{E007F}' if is_flag(&flag) => {
                    out.push_str(&flag);
                    self.keep(c, out);
                    return;
                }
                _ => self.removed += flag.chars().count(),
            }
        }
        if let Some(waiting) = self.waiting.take() {
            let joins = if waiting == '\r' { c == '\n' } else { joined(c) };
            if joins {
                self.keep(waiting, out);
            } else {
                self.removed += 1;
            }
        }
        match c {
            '\t' | '\n' => self.keep(c, out),
            // Alone it moves a terminal's cursor over what was written.
            '\r' => self.waiting = Some(c),
            // Joiners build emoji and Indic and Persian words.
            '\u{200C}' | '\u{200D}' if self.last.is_some_and(joined) => self.waiting = Some(c),
            '\u{FE00}'..='\u{FE0F}' if self.last.is_some_and(|l| !is_selector(l) && varied(l)) => {
                self.keep(c, out)
            }
            '\u{E0100}'..='\u{E01EF}' if self.last.is_some_and(is_ideograph) => self.keep(c, out),
            // The black flag carries the tags of England, Scotland and Wales.
            '\u{E0061}'..='\u{E007A}' if self.last == Some('\u{1F3F4}') => self.flag = Some(c.into()),
            c if is_hidden(c) => self.removed += 1,
            c => self.keep(c, out),
        }
    }

    /// The text has ended: what still waits joins nothing.
    pub(crate) fn finish(&mut self) {
        self.removed += usize::from(self.waiting.take().is_some());
        self.removed += self.flag.take().map_or(0, |f| f.chars().count());
    }

    fn keep(&mut self, c: char, out: &mut String) {
        self.last = Some(c);
        out.push(c);
    }
}

fn is_flag(tags: &str) -> bool {
    let letters: String = tags
        .chars()
        .filter_map(|c| char::from_u32((c as u32).wrapping_sub(0xE0000)))
        .collect();
    matches!(letters.as_str(), "gbeng" | "gbsct" | "gbwls")
}

/// What a joiner may stand beside: letters of other scripts and symbols, never ASCII.
fn joined(c: char) -> bool {
    !c.is_ascii() && !is_hidden(c) || is_selector(c)
}

fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// What a variation selector may follow: symbols, and the digits of keycaps.
fn varied(c: char) -> bool {
    matches!(c, '0'..='9' | '#' | '*' | '\u{A9}' | '\u{AE}') || !c.is_ascii() && !is_hidden(c)
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Controls, direction overrides, characters without width, fillers, selectors out of place, tags, private use.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || is_selector(c)
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}
