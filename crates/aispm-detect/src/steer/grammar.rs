//! What one statement asks for: words put together by the rows of `catalogue/steering/acts.tsv`.

use std::collections::BTreeMap;

use super::clause::Clause;
use super::lexicon::{Class, Set, Word, lines};

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $asks:literal;)*) => {
        /// What a text asks an agent to do: acts that do harm, then what lends them weight, then what keeps the user unaware.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Act { $($(#[$doc])* $name,)* }
        impl Act {
            pub(super) const ALL: &'static [Act] = &[$(Act::$name,)*];
            /// The word of the table.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
            /// The act in words, after "asks to".
            pub fn asks(self) -> &'static str {
                match self { $(Self::$name => $asks,)* }
            }
        }
    };
}

acts! {
    /// Send secrets, private data or files to an address.
    Exfiltrate = "exfiltrate", "send secrets or private data to an address";
    /// Put them into an argument, a link, an image or a message.
    Carry = "carry", "pass secrets or private data on inside an argument, link or message";
    /// Run a command that fetches code or sends files.
    Run = "run", "run a command that fetches code or sends files";
    /// Set instructions aside.
    Override = "override", "set earlier instructions aside";
    /// Be without restrictions.
    Unrestrict = "unrestrict", "act without restrictions";
    /// Tell what it was instructed with.
    Leak = "leak", "reveal its instructions or secrets";
    /// Change who receives something.
    Reroute = "reroute", "change who receives something";
    /// Put code of others into what is made, or install from elsewhere.
    Plant = "plant", "bring in code from elsewhere";
    /// Switch off a protection.
    Disable = "disable", "switch a protection off";
    /// Give somebody access.
    Grant = "grant", "give somebody access";
    /// Use other tools differently, or take their place.
    Shadow = "shadow", "use other tools differently";
    /// Do the task badly or with a bias.
    Sabotage = "sabotage", "do the task badly or with a bias";
    /// Obey text from elsewhere.
    Obey = "obey", "obey text from elsewhere";
    /// Remove traces or data.
    Destroy = "destroy", "remove traces or data";
    /// Copy the instructions themselves elsewhere.
    Spread = "spread", "spread these instructions";
    /// Read a file of credentials.
    ReadCredentials = "read-credentials", "read files that hold credentials";
    /// Speak as the system, or as the tool-calling machinery.
    FakeRole = "fake-role", "take text for a message of the system or a tool";
    /// Send something somewhere.
    SendAway = "send-away", "send data to an address";
    /// Act on a word or circumstance only.
    Trigger = "trigger", "act on a trigger";
    /// Go on doing so, or write it where it stays.
    Persist = "persist", "keep doing so";
    /// Speaks to a model.
    Addressed = "addressed", "do so as a model";
    /// Presses with need, authority or habit.
    Pressed = "pressed", "do so always";
    /// Not to tell of it.
    Untold = "untold", "not tell the user";
    /// Leave it out of what is shown.
    Omit = "omit", "leave it out of what is shown";
    /// Do it unseen.
    Unseen = "unseen", "do it unseen";
    /// Tell something else instead.
    CoverStory = "cover-story", "tell the user something untrue";
    /// Act against what the user wants.
    Defy = "defy", "go against the user's will";
    /// Act unasked.
    Unasked = "unasked", "act without asking";
}

impl Act {
    /// Whether it is about keeping the user unaware rather than about an act.
    pub fn conceals(self) -> bool {
        self >= Self::Untold
    }
    /// Whether it only lends weight to what else is asked.
    pub(super) fn frames(self) -> bool {
        (Self::Trigger..Self::Untold).contains(&self)
    }
}

/// One word that a row wants: any of some classes.
#[derive(Debug)]
struct Slot {
    classes: Set,
    denied: bool,
    /// It must not be there.
    absent: bool,
    /// It may stand in another statement close by.
    around: bool,
    after: bool,
    reach: usize,
}

#[derive(Debug)]
struct Row {
    act: Act,
    weight: u32,
    slots: Vec<Slot>,
}

/// The rows, and the classes that the program itself has to know.
#[derive(Debug)]
pub(super) struct Grammar {
    rows: Vec<Row>,
    deniable: Set,
    deny: Class,
    deny_after: Class,
    english: Class,
    pub(super) command: Set,
    /// Talk of attacks, and of such text in any way.
    pub(super) discuss: Class,
    pub(super) talk: Set,
    pub(super) consent: Class,
    /// What is said to be handled with care, and what is forbidden.
    pub(super) safe: Class,
    pub(super) forbid: Class,
    /// Classes that are worth looking for by shape only beside these.
    pub(super) names_others: Set,
}

/// Words of one statement, and what they say.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Words that count, each with whether it is denied.
    words: Vec<(Word, bool)>,
    /// Classes of words that count and are not denied, and of all words.
    pub(super) said: Set,
    pub(super) all: Set,
}

/// Most bytes between a denial and what it denies.
const DENIED: usize = 48;
/// Most words of one statement that are put together.
const WORDS: usize = 160;
/// How far from the first word of a row the others may stand (bytes), where the row does not say.
const REACH: usize = 110;

impl Grammar {
    pub(super) fn new(table: &str, classes: &BTreeMap<String, Class>) -> Result<Self, String> {
        let class = |name: &str| {
            classes
                .get(name)
                .copied()
                .ok_or_else(|| format!("no class {name}"))
        };
        let set = |names: &str, by: char| -> Result<Set, String> {
            let mut set = Set::default();
            for name in names.split(by) {
                set.add(class(name)?);
            }
            Ok(set)
        };
        let mut groups: BTreeMap<String, Set> = BTreeMap::new();
        let mut rows = Vec::new();
        for line in lines(table) {
            let mut cells = line.split('\t');
            let (Some(act), Some(weight), Some(words)) = (cells.next(), cells.next(), cells.next()) else {
                return Err(line.to_owned());
            };
            if weight == "=" {
                groups.insert(act.to_owned(), set(words, ' ')?);
                continue;
            }
            let act = *Act::ALL
                .iter()
                .find(|a| a.as_str() == act)
                .ok_or_else(|| line.to_owned())?;
            let weight = weight.parse().map_err(|_| line.to_owned())?;
            let slots: Result<Vec<Slot>, String> = words
                .split(' ')
                .map(|word| {
                    let (word, reach) = match word.split_once('@') {
                        Some((word, reach)) => (word, reach.parse().map_err(|_| line.to_owned())?),
                        None => (word, REACH),
                    };
                    let names = word.trim_start_matches(['!', '-', '+', '>']);
                    let marks = word.get(..word.len() - names.len()).unwrap_or("");
                    let mut any = Set::default();
                    for name in names.split('|') {
                        match groups.get(name) {
                            Some(group) => any = any.join(*group),
                            None => any.add(class(name).map_err(|e| format!("{line}: {e}"))?),
                        }
                    }
                    Ok(Slot {
                        classes: any,
                        denied: marks.contains('!'),
                        absent: marks.contains('-'),
                        around: marks.contains('+'),
                        after: marks.contains('>'),
                        reach,
                    })
                })
                .collect();
            rows.push(Row {
                act,
                weight,
                slots: slots?,
            });
        }
        let group = |name: &str| {
            groups
                .get(name)
                .copied()
                .ok_or_else(|| format!("no group {name}"))
        };
        Ok(Self {
            rows,
            deniable: group("deniable")?,
            deny: class("neg")?,
            deny_after: class("negafter")?,
            english: class("english")?,
            command: group("commands")?,
            discuss: class("discuss")?,
            talk: set("discuss about", ' ')?,
            consent: class("consent")?,
            safe: class("safe")?,
            forbid: class("forbid")?,
            names_others: group("names-others")?,
        })
    }

    /// Reads one statement. `words` are those inside it, in order.
    pub(super) fn read(&self, text: &str, clause: &Clause, words: &[Word]) -> Reading {
        let english = words.iter().filter(|w| w.class == self.english).take(2).count() == 2;
        let words: Vec<Word> = words
            .iter()
            .filter(|w| w.class != self.english && !(english && w.foreign))
            .take(WORDS)
            .copied()
            .collect();
        let quotes = if clause.hidden || clause.code {
            Vec::new()
        } else {
            quotations(text, clause)
        };
        let comment = clause.code && text.get(clause.start..clause.end).is_some_and(is_comment);
        let mut out = Reading::default();
        for word in &words {
            out.all.add(word.class);
            let command = self.command.has(word.class);
            let silent =
                clause.code && !comment || quotes.iter().any(|(s, e)| (*s..*e).contains(&word.start));
            if silent && !command {
                continue;
            }
            let denied = self.deniable.has(word.class) && self.is_denied(text, word, &words);
            if !denied {
                out.said.add(word.class);
            }
            out.words.push((*word, denied));
        }
        out
    }

    /// Whether a denial stands close before it without a turn between, or close behind it in languages that deny so.
    fn is_denied(&self, text: &str, word: &Word, words: &[Word]) -> bool {
        let between = |from: usize, to: usize| text.get(from..to).unwrap_or("");
        words.iter().any(|n| {
            if n.class == self.deny && n.end <= word.start && word.start - n.end <= DENIED {
                let gap = between(n.end, word.start);
                !(gap.starts_with(',') || TURNS.iter().any(|t| gap.contains(t)))
            } else if n.class == self.deny_after && n.start >= word.end && n.start - word.end <= 24 {
                !between(word.end, n.start).contains([',', ':', '、', '，'])
            } else {
                false
            }
        })
    }

    /// What a statement asks for, each act once with the weight of its best row. `around` is what is said close by.
    pub(super) fn acts(&self, reading: &Reading, around: Set) -> Vec<(Act, u32)> {
        let mut out: Vec<(Act, u32)> = Vec::new();
        for row in &self.rows {
            let known = out.iter().any(|(a, w)| *a == row.act && *w >= row.weight);
            if known || !row.fits(reading, around) {
                continue;
            }
            match out.iter_mut().find(|(a, _)| *a == row.act) {
                Some((_, w)) => *w = row.weight,
                None => out.push((row.act, row.weight)),
            }
        }
        out
    }
}

impl Row {
    fn fits(&self, reading: &Reading, around: Set) -> bool {
        let Some((first, rest)) = self.slots.split_first() else {
            return false;
        };
        // Most rows end here: a word that is said nowhere.
        let missing = |s: &Slot| {
            !s.absent && !s.denied && !s.classes.meets(if s.around { around } else { reading.said })
        };
        if self.slots.iter().any(missing) {
            return false;
        }
        let fits =
            |slot: &Slot, word: &Word, denied: bool| slot.classes.has(word.class) && slot.denied == denied;
        reading
            .words
            .iter()
            .filter(|(w, denied)| fits(first, w, *denied))
            .any(|(anchor, _)| {
                rest.iter().filter(|s| !s.around).all(|slot| {
                    let found = reading.words.iter().any(|(w, denied)| {
                        let before = w.end <= anchor.start && anchor.start - w.end <= slot.reach;
                        let after = w.start >= anchor.end && w.start - anchor.end <= slot.reach;
                        let inside =
                            anchor.start <= w.start && w.end <= anchor.end && w.class != anchor.class;
                        fits(slot, w, *denied) && (after || inside || before && !slot.after)
                    });
                    found != slot.absent
                })
            })
    }
}

/// Turns after which a denial does not reach.
const TURNS: &[&str] = &[
    ", but ",
    ": ",
    "; ",
    ", then ",
    " but ",
    ", instead",
    " - ",
    "\u{2014}",
    "unless",
    ". ",
    ", and ",
    ", so ",
];

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#') || line.starts_with("//") || line.contains(" # ") || line.contains(" // ")
}

/// Whether a quotation mark belongs to a structure (`{"action": "…"}`), whose values are said.
fn is_structure(said: &str, at: usize) -> bool {
    let before = said.get(..at).and_then(|t| t.trim_end().chars().next_back());
    let after = said.get(at + 1..).and_then(|t| t.trim_start().chars().next());
    matches!(before, Some(':' | '{' | '[' | ',')) || matches!(after, Some(':' | '}' | ']'))
}

/// Stretches of at least three words in quotation marks: cited rather than said.
fn quotations(text: &str, clause: &Clause) -> Vec<(usize, usize)> {
    let said = text.get(clause.start..clause.end).unwrap_or("");
    let marks: Vec<usize> = said
        .match_indices('"')
        .map(|(i, _)| i)
        .filter(|i| !(said.contains('{') && is_structure(said, *i)))
        .collect();
    marks
        .chunks(2)
        .filter_map(|pair| {
            let (from, to) = match pair {
                [from, to] => (*from, *to),
                [from] => (*from, said.len()),
                _ => return None,
            };
            let inner = said.get(from..to)?;
            let long = inner.split_whitespace().count() >= 3
                || inner.chars().filter(|c| *c > '\u{2e80}').count() >= 8;
            long.then_some((clause.start + from, clause.start + to))
        })
        .collect()
}
