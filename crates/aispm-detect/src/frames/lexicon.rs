//! Words by what they do in a sentence, in nine languages: `lexicon.tsv`, found in one pass.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What a word does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Class { $($(#[$doc])* $name,)* }
        impl Class {
            const ALL: &'static [(Class, &'static str)] = &[$((Class::$name, $word),)*];
        }
    };
}

classes! {
    Neg = "neg", NegAfter = "negafter",
    Send = "send", Embed = "embed", Encode = "encode", Read = "read",
    CredFile = "credfile", EnvFile = "envfile", Cred = "cred", Conv = "conv", Personal = "personal", ToolData = "tooldata",
    DestWord = "destword", Channel = "channel",
    User = "user", Disclose = "disclose", Omit = "omit", Report = "report", Covert = "covert", Cover = "cover", Asks = "asks",
    Defy = "defy", NoAsk = "noask",
    Override = "override", Prior = "prior", Instr = "instr",
    Disable = "disable", Safeguard = "safeguard", Flag = "flag",
    OtherTool = "othertool", Subvert = "subvert", Recipient = "recipient", Replace = "replace",
    Agent = "agent", Persist = "persist", Pressure = "pressure", Authority = "authority",
    Destroy = "destroy", Trace = "trace", Sabotage = "sabotage", Trigger = "trigger",
    Obey = "obey", Unrestricted = "unrestricted", Role = "role", PlantCode = "plantcode", Install = "install", Whatever = "whatever",
    Auth = "auth", Standing = "standing", Code = "code",
    Know = "know", Quiet = "quiet", Grant = "grant", Pay = "pay",
    Discuss = "discuss", Consent = "consent", ActRef = "actref",
    /// An address outside this machine: found by shape.
    Url = "url",
    /// An e-mail address: found by shape.
    Email = "email",
    /// An address with a gap that data fill: found by shape.
    Beacon = "beacon",
    /// A command that fetches and runs, or sends files: found by shape.
    Command = "command",
    /// An account, wallet or telephone number: found by shape.
    Account = "account",
    /// A tool by its name: found by shape.
    ToolName = "toolname",
}

/// Classes as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Set(u128);

impl Set {
    pub(super) fn add(&mut self, class: Class) {
        self.0 |= 1 << class as u32;
    }
    pub(super) fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u32) != 0
    }
    pub(super) fn any(self, classes: &[Class]) -> bool {
        classes.iter().any(|c| self.has(*c))
    }
    pub(super) fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A word of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) class: Class,
}

/// One needle: a term's first or only part, and the part that has to follow.
struct Needle {
    class: Class,
    stem: bool,
    /// Whether a letter before it makes it another word.
    word: bool,
    rest: Option<(String, bool)>,
}

pub(super) struct Lexicon {
    automaton: AhoCorasick,
    needles: Vec<Needle>,
}

/// Most bytes between the two parts of a term.
const GAP: usize = 36;

/// The lexicon; none only if the embedded table were broken, which a test excludes.
pub(super) fn lexicon() -> Option<&'static Lexicon> {
    static LEXICON: OnceLock<Option<Lexicon>> = OnceLock::new();
    LEXICON
        .get_or_init(|| Lexicon::new(include_str!("lexicon.tsv")))
        .as_ref()
}

impl Lexicon {
    fn new(table: &str) -> Option<Self> {
        let (mut texts, mut needles) = (Vec::new(), Vec::new());
        for line in table.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
            let mut cells = line.splitn(3, '\t');
            let (name, _language, terms) = (cells.next()?, cells.next()?, cells.next()?);
            let class = Class::ALL.iter().find(|(_, n)| *n == name)?.0;
            for written in terms.split('|') {
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
                });
                texts.push(text);
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(texts)
            .ok()?;
        Some(Self { automaton, needles })
    }

    /// Every word of a folded text, in order of its start. Line ends in it count as blanks.
    pub(super) fn hits(&self, text: &str) -> Vec<Hit> {
        let mut out: Vec<Hit> = self
            .automaton
            .find_overlapping_iter(text)
            .filter_map(|m| {
                let needle = self.needles.get(m.pattern().as_usize())?;
                let bounded = (!needle.word || !letter_before(text, m.start()))
                    && (needle.stem || ends(text, m.end(), needle.word));
                let end = match &needle.rest {
                    Some(rest) if bounded => follows(text, m.end(), rest)?,
                    _ => m.end(),
                };
                bounded.then_some(Hit {
                    start: m.start(),
                    end,
                    class: needle.class,
                })
            })
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

fn part(written: &str) -> (String, bool) {
    match written.strip_suffix('*') {
        Some(stem) => (super::fold::term(stem).replace('¦', "|"), true),
        None => (super::fold::term(written).replace('¦', "|"), false),
    }
}

/// Whether words of the letter's script stand apart by blanks.
fn spaced(c: char) -> bool {
    c.is_alphanumeric() && !matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
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
