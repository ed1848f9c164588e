//! One text as it grows: cut into units, each judged whole before a byte of it leaves.

use std::sync::Arc;

use crate::event::{Action, Reason};
use crate::hidden::Hidden;
use crate::markup::{Blocks, Look, judge_html};
use crate::mask::{mask, open_private_key};
use crate::settings::{OnError, Settings, Sink};

/// Bytes of passed text that name what follows (`api_key =`), and how far apart halves of a credential stand.
const CONTEXT: usize = 512;
/// A word longer than this may be a key, even of letters alone.
const WORD: usize = 24;

/// What was done to a text: why, what, to whom, how often.
pub type Judged = (Reason, Action, String, usize);

/// The judge of one text. Its units depend on the text alone, so how the text is cut into [`Screen::push`] changes nothing.
#[derive(Clone, Debug)]
pub struct Screen {
    settings: Arc<Settings>,
    hidden: Hidden,
    unit: String,
    /// Nothing in the unit could begin a construct.
    calm: bool,
    /// The unit holds more than blanks.
    inked: bool,
    /// Bytes of the word that is growing.
    word: usize,
    last: char,
    /// The unit waits for more than a line; it is looked at again when it is this long.
    again_at: usize,
    context: String,
    blocks: Blocks,
    stopped: bool,
    done: Vec<Judged>,
}

impl Screen {
    /// A judge for a text that goes to the settings' sink.
    pub fn new(settings: Arc<Settings>) -> Self {
        Self {
            settings,
            hidden: Hidden::default(),
            unit: String::new(),
            calm: true,
            inked: false,
            word: 0,
            last: '\n',
            again_at: 0,
            context: String::new(),
            blocks: Blocks::default(),
            stopped: false,
            done: Vec::new(),
        }
    }

    /// Takes the next piece; what may leave is appended to `out`.
    pub fn push(&mut self, piece: &str, out: &mut String) {
        let mut seen = String::new();
        for c in piece.chars() {
            if self.stopped {
                return;
            }
            seen.clear();
            self.hidden.push(c, &mut seen);
            for c in seen.chars() {
                self.take(c, out);
                if self.stopped {
                    return;
                }
            }
        }
    }

    /// The text has ended: judges what is held.
    pub fn finish(&mut self, out: &mut String) {
        if self.stopped {
            return;
        }
        self.hidden.finish();
        if !self.unit.is_empty() {
            self.settle(false, out);
        }
    }

    /// The text was stopped: nothing of it leaves any more.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Bytes that wait for their verdict.
    pub fn held(&self) -> usize {
        self.unit.len()
    }

    /// What was done so far, sorted.
    pub fn judged(&self) -> Vec<Judged> {
        let mut all = self.done.clone();
        if self.hidden.removed > 0 {
            all.push((
                Reason::HiddenText,
                Action::Removed,
                String::new(),
                self.hidden.removed,
            ));
        }
        all.sort();
        all
    }

    fn take(&mut self, c: char, out: &mut String) {
        if self.unit.len() + c.len_utf8() > self.settings.hold {
            self.overflow(out);
            if self.stopped {
                return;
            }
        }
        let space = c.is_whitespace();
        self.word = if space { 0 } else { self.word + c.len_utf8() };
        let ended = !matches!(self.last, '.' | ':') || space;
        self.calm &= is_calm(c) && ended && self.word <= WORD && !(c == '-' && self.last == '-');
        self.last = c;
        self.inked |= !space;
        self.unit.push(c);
        if c == '\n' {
            if self.unit.len() >= self.again_at {
                self.settle(true, out);
            }
        } else if space && self.calm && self.inked {
            self.settle(true, out);
        }
    }

    /// Judges the unit; it leaves, waits, or ends the text.
    fn settle(&mut self, more: bool, out: &mut String) {
        if more && !self.calm && open_private_key(&self.unit).is_some() {
            self.wait();
            return;
        }
        let masked = if self.calm {
            None
        } else {
            Some(mask(&self.context, &self.unit))
        };
        let text = masked.as_ref().map_or(self.unit.as_str(), |m| m.text.as_str());
        let allow = &self.settings.allow_hosts;
        let mut blocks = self.blocks.clone();
        let look = match self.settings.sink {
            Sink::Html if self.calm => Look::Pass,
            Sink::Html => judge_html(text, allow, more),
            Sink::Markdown => blocks.judge(text, allow, more),
            Sink::Plain => Look::Pass,
        };
        match look {
            Look::Wait => self.wait(),
            Look::Stop(reason, detail) => self.stop(reason, detail),
            Look::Pass => {
                out.push_str(text);
                self.blocks = blocks;
                for (reason, detail) in masked.into_iter().flat_map(|m| m.found) {
                    self.tell(reason, Action::Masked, detail);
                }
                self.next();
            }
        }
    }

    /// Looking again at every line would cost the square of what is held.
    fn wait(&mut self) {
        self.again_at = self.unit.len() + self.unit.len() / 4 + 1;
    }

    fn stop(&mut self, reason: Reason, detail: String) {
        self.tell(reason, Action::Stopped, detail);
        self.stopped = true;
        self.unit = String::new();
        self.context = String::new();
    }

    /// The unit has left.
    fn next(&mut self) {
        self.context.push_str(&self.unit);
        let surplus = self.context.len().saturating_sub(CONTEXT);
        if surplus > CONTEXT {
            let cut = (surplus..=self.context.len())
                .find(|i| self.context.is_char_boundary(*i))
                .unwrap_or(0);
            self.context.drain(..cut);
        }
        self.unit.clear();
        self.calm = true;
        self.inked = false;
        self.again_at = 0;
    }

    /// No more may wait: lets the longer part go if a blank divides what is held and the part can be judged.
    fn overflow(&mut self, out: &mut String) {
        if let Some(cut) = dividing_blank(&self.unit) {
            let rest = self.unit.split_off(cut);
            self.calm = false;
            self.settle(true, out);
            if self.stopped {
                return;
            }
            let passed = self.unit.is_empty();
            self.inked |= !rest.trim().is_empty();
            self.unit.push_str(&rest);
            if passed {
                self.calm = false;
                return;
            }
        }
        if self.settings.on_error == OnError::Closed {
            self.stop(Reason::HoldExceeded, String::new());
            return;
        }
        let masked = mask(&self.context, &self.unit);
        out.push_str(&masked.text);
        self.tell(Reason::HoldExceeded, Action::PassedUnjudged, String::new());
        for (reason, detail) in masked.found {
            self.tell(reason, Action::Masked, detail);
        }
        self.blocks.distrust();
        self.next();
        self.calm = false;
    }

    fn tell(&mut self, reason: Reason, action: Action, detail: String) {
        let same = |d: &&mut Judged| d.0 == reason && d.1 == action && d.2 == detail;
        match self.done.iter_mut().find(same) {
            Some(known) => known.3 += 1,
            None => self.done.push((reason, action, detail, 1)),
        }
    }
}

/// A character that neither begins a construct of Markdown or HTML nor belongs to a number or an address.
fn is_calm(c: char) -> bool {
    if !c.is_ascii() {
        return true;
    }
    c.is_ascii_alphabetic()
        || matches!(
            c,
            ' ' | '\t'
                | '\n'
                | '\r'
                | ','
                | '.'
                | ';'
                | ':'
                | '\''
                | '"'
                | '!'
                | '?'
                | '('
                | ')'
                | '-'
                | '*'
                | '_'
                | '#'
        )
}

/// The place after the last blank in the second half at which no number in groups goes on.
fn dividing_blank(unit: &str) -> Option<usize> {
    let bytes = unit.as_bytes();
    let divides = |i: &usize| {
        let around = (i.checked_sub(1).and_then(|b| bytes.get(b)), bytes.get(i + 1));
        match (bytes.get(*i), around) {
            (Some(b' ' | b'\n' | b'\t'), (Some(before), Some(after))) => {
                let digits = before.is_ascii_digit() || after.is_ascii_digit();
                let capitals = before.is_ascii_uppercase() && after.is_ascii_uppercase();
                !digits && !capitals
            }
            _ => false,
        }
    };
    (bytes.len() / 2..bytes.len()).rev().find(divides).map(|i| i + 1)
}
