//! The lexicon: patterns for each sign, in several languages, as data.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// What a stretch of text does, as one of its signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// Keeps something from the user.
    Covert,
    /// Is quiet about something, as honest text may be.
    Hush,
    /// Gives the user an untrue answer.
    Deceive,
    /// Sends to a host, an address or a public place.
    Send,
    /// Names a place where credentials are kept, or many at once.
    Vault,
    /// Names credentials or other secrets.
    Secret,
    /// Names what a user keeps private: the conversation, files, source code.
    Private,
    /// Puts something into a parameter.
    Param,
    /// Encodes what it passes on.
    Encode,
    /// An address with a place for data in it.
    Beacon,
    /// Sets instructions aside, or speaks as the system.
    Override,
    /// Switches a protection off, or removes traces.
    Disable,
    /// Changes where something goes, or what another tool does.
    Redirect,
    /// Acts against what the user wants.
    Defy,
    /// Puts a flaw into what is made.
    Sabotage,
    /// Acts on a word or a circumstance only.
    Trigger,
    /// Brings code of others in.
    Supply,
    /// A command or call that speaks to the network.
    Remote,
    /// Speaks to a model.
    Address,
    /// Claims an authority.
    Authority,
    /// Does not show where the text is rendered.
    Hidden,
    /// Asks the user first.
    Consent,
    /// Speaks about such text.
    Mention,
}

impl Sign {
    const ALL: &[(&'static str, Self)] = &[
        ("covert", Self::Covert),
        ("hush", Self::Hush),
        ("deceive", Self::Deceive),
        ("send", Self::Send),
        ("vault", Self::Vault),
        ("secret", Self::Secret),
        ("private", Self::Private),
        ("param", Self::Param),
        ("encode", Self::Encode),
        ("beacon", Self::Beacon),
        ("override", Self::Override),
        ("disable", Self::Disable),
        ("redirect", Self::Redirect),
        ("defy", Self::Defy),
        ("sabotage", Self::Sabotage),
        ("trigger", Self::Trigger),
        ("supply", Self::Supply),
        ("remote", Self::Remote),
        ("address", Self::Address),
        ("authority", Self::Authority),
        ("hidden", Self::Hidden),
        ("consent", Self::Consent),
        ("mention", Self::Mention),
    ];

    /// The word used in the lexicon and in evidence.
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, s)| *s == self)
            .map_or("", |(word, _)| word)
    }
}

/// The rows: sign, language, pattern.
const ROWS: &str = include_str!("lexicon.tsv");

/// What the letters in a pattern stand for.
const WORDS: &[(&str, &str)] = &[
    (
        "DEST",
        r#"(?:^|[^(])https?://[^\s)"'`<>\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\bhxxps?://\S+"#,
    ),
    (
        r"\bU\b",
        r"users?|humans?|operators?|developers?|owners?|people|persons?|customers?|readers?|reviewers?|authors?|clients?|maintainers?|admins?|administrators?|employees?|attendees|colleagues?|caller|principal",
    ),
    (
        r"\bN\b",
        r"not|don't|do not|never|mustn't|shouldn't|needn't|isn't|aren't|won't|can't|cannot|no need|without|avoid|refrain from|rather than|neither|nor|no one|nobody|unnecessary to|instead of",
    ),
    (
        r"\bT\b",
        r"it|this|that|these|those|them|any of (?:this|it)|(?:this|that|the|these|such a?) (?:\w+ )?(?:step|steps|action|addition|call|request|requests|transfer|upload|rule|rules|note|notes|instruction|instructions|change|changes|parameter|argument|footer|line|command|setting|second \w+|clause|message|entry|fact|behaviou?r|file|files|script|pixel|image)|having \w+|what you|anything|the existence|how",
    ),
];

/// All patterns by sign; none only where the lexicon does not compile, which a test rules out.
pub(super) fn lexicon() -> Option<&'static [(Sign, Regex)]> {
    static LEXICON: OnceLock<Option<Vec<(Sign, Regex)>>> = OnceLock::new();
    LEXICON.get_or_init(compile).as_deref()
}

fn compile() -> Option<Vec<(Sign, Regex)>> {
    let mut patterns: Vec<(Sign, Vec<String>)> = Vec::new();
    for row in ROWS.lines().filter(|r| !r.starts_with('#') && !r.is_empty()) {
        let (word, pattern) = row
            .split_once('\t')
            .and_then(|(s, rest)| Some((s, rest.split_once('\t')?.1)))?;
        let (_, sign) = Sign::ALL.iter().find(|(w, _)| *w == word)?;
        let pattern = format!("(?:{})", expanded(pattern));
        match patterns.iter_mut().find(|(s, _)| s == sign) {
            Some((_, all)) => all.push(pattern),
            None => patterns.push((*sign, vec![pattern])),
        }
    }
    patterns
        .into_iter()
        .map(|(sign, all)| {
            let built = RegexBuilder::new(&all.join("|"))
                .size_limit(64 << 20)
                .dfa_size_limit(16 << 20)
                .build();
            built.ok().map(|regex| (sign, regex))
        })
        .collect()
}

/// A pattern with its letters replaced by the words they stand for.
fn expanded(pattern: &str) -> String {
    WORDS.iter().fold(pattern.to_owned(), |text, (letter, words)| {
        let Ok(letter) = Regex::new(letter) else {
            return text;
        };
        letter
            .replace_all(&text, |_: &regex::Captures<'_>| format!("(?:{words})"))
            .into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_compiles_and_has_every_sign() {
        let signs: Vec<Sign> = lexicon().unwrap().iter().map(|(s, _)| *s).collect();
        for (word, sign) in Sign::ALL {
            assert!(signs.contains(sign), "{word}");
        }
    }
}
