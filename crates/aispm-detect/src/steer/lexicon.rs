//! Words by what they do in a sentence: `catalogue/steering/words.tsv`, found in one pass.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::grammar::Grammar;

/// A class of words, by number.
pub(super) type Class = u8;

/// Classes that are known by their shape (`shape.rs`); their numbers are their places here.
pub(super) const SHAPES: [&str; 11] = [
    "url", "email", "beacon", "command", "fetchrun", "account", "toolname", "contact", "toplace", "param",
    "label",
];

pub(super) const URL: Class = 0;
pub(super) const EMAIL: Class = 1;
pub(super) const BEACON: Class = 2;
pub(super) const CONTACT: Class = 7;

/// Classes as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Set(u128);

impl Set {
    pub(super) fn add(&mut self, class: Class) {
        self.0 |= 1u128.checked_shl(u32::from(class)).unwrap_or(0);
    }
    pub(super) fn has(self, class: Class) -> bool {
        self.0 & 1u128.checked_shl(u32::from(class)).unwrap_or(0) != 0
    }
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    pub(super) fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A word of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: Class,
    /// It is one of another language that is written in Latin letters, and chance in an English sentence.
    pub(super) foreign: bool,
}

/// One needle: a term's first or only part, and the part that has to follow.
struct Needle {
    class: Class,
    stem: bool,
    /// Whether a letter before it makes it another word.
    word: bool,
    rest: Option<(String, bool)>,
    foreign: bool,
}

/// The words and what they make together.
pub(super) struct Lexicon {
    automaton: AhoCorasick,
    needles: Vec<Needle>,
    pub(super) grammar: Grammar,
}

/// Most bytes between the two parts of a term.
const GAP: usize = 40;

/// The lexicon; none only if the embedded tables were broken, which a test excludes.
pub(super) fn lexicon() -> Option<&'static Lexicon> {
    static LEXICON: OnceLock<Option<Lexicon>> = OnceLock::new();
    LEXICON
        .get_or_init(|| {
            let table = |name| {
                aispm_content::catalogue()
                    .find(|(p, _)| *p == name)
                    .map(|(_, t)| t)
            };
            Lexicon::new(table("steering/words.tsv")?, table("steering/acts.tsv")?).ok()
        })
        .as_ref()
}

impl Lexicon {
    /// Reads the two tables.
    ///
    /// # Errors
    /// The first line that does not read.
    pub(super) fn new(words: &str, acts: &str) -> Result<Self, String> {
        let mut classes: BTreeMap<String, Class> = BTreeMap::new();
        for name in SHAPES {
            number(&mut classes, name)?;
        }
        let (mut texts, mut needles) = (Vec::new(), Vec::new());
        for line in lines(words) {
            let mut cells = line.splitn(3, '\t');
            let (Some(name), Some(language), Some(terms)) = (cells.next(), cells.next(), cells.next()) else {
                return Err(line.to_owned());
            };
            let class = number(&mut classes, name)?;
            for written in terms.split('|').filter(|t| !t.is_empty()) {
                let (first, rest) = match written.split_once("..") {
                    Some((first, rest)) => (first, Some(rest)),
                    None => (written, None),
                };
                let (text, stem) = part(first);
                needles.push(Needle {
                    class,
                    stem,
                    word: text.chars().next().is_some_and(spaced),
                    rest: rest.map(part),
                    foreign: !matches!(language, "en" | "any") && text.is_ascii(),
                });
                texts.push(text);
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(texts)
            .map_err(|e| e.to_string())?;
        let grammar = Grammar::new(acts, &classes)?;
        Ok(Self {
            automaton,
            needles,
            grammar,
        })
    }

    /// Every word of a folded text, unsorted. Line ends in it count as blanks.
    pub(super) fn words(&self, text: &str) -> Vec<Word> {
        self.automaton
            .find_overlapping_iter(text)
            .filter_map(|m| {
                let needle = self.needles.get(m.pattern().as_usize())?;
                let bounded = (!needle.word || !letter_before(text, m.start()))
                    && (needle.stem || ends(text, m.end(), needle.word));
                let end = match &needle.rest {
                    Some(rest) if bounded => follows(text, m.end(), rest)?,
                    _ => m.end(),
                };
                bounded.then_some(Word {
                    start: m.start(),
                    end,
                    class: needle.class,
                    foreign: needle.foreign,
                })
            })
            .collect()
    }
}

/// The lines of a table that say something.
pub(super) fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|l| !l.starts_with('#') && !l.is_empty())
}

fn number(classes: &mut BTreeMap<String, Class>, name: &str) -> Result<Class, String> {
    let next = Class::try_from(classes.len()).unwrap_or(Class::MAX);
    let class = *classes.entry(name.to_owned()).or_insert(next);
    (class < 128)
        .then_some(class)
        .ok_or_else(|| format!("{name}: more than 128 classes"))
}

fn part(written: &str) -> (String, bool) {
    match written.strip_suffix('*') {
        Some(stem) => (super::fold::term(stem).replace('¦', "|"), true),
        None => (super::fold::term(written).replace('¦', "|"), false),
    }
}

/// Whether words of the letter's script stand apart by blanks, and end where they end: Korean hangs its endings on.
fn spaced(c: char) -> bool {
    c.is_alphanumeric()
        && !matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

fn letter_before(text: &str, at: usize) -> bool {
    text.get(..at)
        .and_then(|t| t.chars().next_back())
        .is_some_and(spaced)
}

fn ends(text: &str, at: usize, word: bool) -> bool {
    let last = text
        .get(..at)
        .and_then(|t| t.chars().next_back())
        .is_some_and(spaced);
    !(word && last && text.get(at..).and_then(|t| t.chars().next()).is_some_and(spaced))
}

/// Where the second part ends that follows close by in the same sentence.
fn follows(text: &str, at: usize, (rest, stem): &(String, bool)) -> Option<usize> {
    let mut to = (at + GAP + rest.len()).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let near = text.get(at..to)?;
    let near = near
        .split(['.', '。'])
        .next()
        .filter(|_| !rest.starts_with('.'))
        .unwrap_or(near);
    near.match_indices(rest.as_str()).find_map(|(i, _)| {
        let (start, end) = (at + i, at + i + rest.len());
        (!letter_before(text, start) && (*stem || ends(text, end, true))).then_some(end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steer::grammar::Act;

    #[test]
    fn the_tables_read_and_have_every_act() {
        let table = |name: &str| aispm_content::catalogue().find(|(p, _)| *p == name).unwrap().1;
        let (words, acts) = (table("steering/words.tsv"), table("steering/acts.tsv"));
        Lexicon::new(words, acts).map(|_| ()).unwrap();
        for act in Act::ALL {
            let row = format!("{}\t", act.as_str());
            assert!(acts.lines().any(|l| l.starts_with(&row)), "{row}");
        }
        for (words, acts) in [("send\ten", acts), (words, "exfiltrate\t5\tsend nowhere")] {
            assert!(Lexicon::new(words, acts).is_err());
        }
    }
}
