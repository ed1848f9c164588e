//! What one statement asks for: words of a clause put together.

use super::clause::Clause;
use super::lexicon::{Class as C, Hit, Set};

/// What a statement asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frame {
    /// Send secrets, private data or files to an address.
    Exfiltrate,
    /// Put them into an argument, a link, an image or a message.
    Carry,
    /// Read a file of credentials.
    ReadCredentials,
    /// Send something somewhere.
    SendAway,
    /// Set instructions aside.
    Override,
    /// Be without restrictions.
    Unrestrict,
    /// Speak as the system, or as the tool-calling machinery.
    FakeRole,
    /// Switch off a protection.
    Disable,
    /// Set what lets an agent act unsupervised.
    Loosen,
    /// Give somebody access.
    Grant,
    /// Change who receives something.
    Reroute,
    /// Take the place of other tools.
    Shadow,
    /// Put code of others into what is made, or install from elsewhere.
    Plant,
    /// Remove traces or data.
    Destroy,
    /// Do the task badly on purpose.
    Sabotage,
    /// Obey text from elsewhere.
    Obey,
    /// Run a command that fetches code or sends files.
    Run,
    /// Act on a word or circumstance only.
    Trigger,
    /// Go on doing so, or write it where it stays.
    Persist,
    /// Not to tell of it.
    Untold,
    /// Leave it out of what is shown.
    Omit,
    /// Do it unseen.
    Unseen,
    /// Tell something else instead.
    CoverStory,
    /// Act against what the user wants.
    Defy,
    /// Act unasked.
    Unasked,
}

impl Frame {
    /// The frame in words, after "asks to".
    pub fn asks(self) -> &'static str {
        match self {
            Self::Exfiltrate => "send secrets or private data to an address",
            Self::Carry => "pass secrets or private data on inside an argument, link or message",
            Self::ReadCredentials => "read files that hold credentials",
            Self::SendAway => "send data to an address",
            Self::Override => "set earlier instructions aside",
            Self::Unrestrict => "act without restrictions",
            Self::FakeRole => "take text for a message of the system or a tool",
            Self::Disable => "switch a protection off",
            Self::Loosen => "set what lets an agent act unsupervised",
            Self::Grant => "give somebody access",
            Self::Reroute => "change who receives something",
            Self::Shadow => "use other tools differently",
            Self::Plant => "bring in code from elsewhere",
            Self::Destroy => "remove traces or data",
            Self::Sabotage => "do the task badly on purpose",
            Self::Obey => "obey text from elsewhere",
            Self::Run => "run a command that fetches code or sends files",
            Self::Trigger => "act on a trigger",
            Self::Persist => "keep doing so",
            Self::Untold => "not tell the user",
            Self::Omit => "leave it out of what is shown",
            Self::Unseen => "do it unseen",
            Self::CoverStory => "tell the user something untrue",
            Self::Defy => "go against the user's will",
            Self::Unasked => "act without asking",
        }
    }

    /// Whether it is about keeping the user unaware rather than about an act.
    pub fn conceals(self) -> bool {
        self >= Self::Untold
    }
}

/// Frames of a clause with their weights, and what else it says.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub(super) frames: Vec<(Frame, u32)>,
    /// Words that count, and all words.
    pub(super) said: Set,
    pub(super) all: Set,
}

/// Most bytes between a denial and what it denies.
const REACH: usize = 44;

/// Most words of one clause that are put together.
const WORDS: usize = 160;

/// Reads one clause. `hits` are those inside it.
pub(super) fn read(text: &str, clause: &Clause, hits: &[Hit]) -> Reading {
    let hits = hits.get(..hits.len().min(WORDS)).unwrap_or(hits);
    let quotes = if clause.hidden || clause.code {
        Vec::new()
    } else {
        quotations(text, clause)
    };
    let comment = clause.code
        && text.get(clause.start..clause.end).is_some_and(|t| {
            let t = t.trim_start();
            t.starts_with('#') || t.starts_with("//") || t.contains(" # ") || t.contains(" // ")
        });
    let (mut said, mut denied, mut all) = (Set::default(), Set::default(), Set::default());
    let mut counted: Vec<Hit> = Vec::new();
    for hit in hits {
        all.add(hit.class);
        if clause.code && !comment && hit.class != C::Command {
            continue;
        }
        if hit.class != C::Command && quotes.iter().any(|(s, e)| (*s..*e).contains(&hit.start)) {
            continue;
        }
        if is_verb(hit.class) && is_denied(text, hit, hits) {
            denied.add(hit.class);
        } else {
            said.add(hit.class);
            counted.push(*hit);
        }
    }
    let mut frames = Vec::new();
    acts(text, clause, said, &counted, &mut frames);
    concealment(text, said, denied, hits, &counted, &mut frames);
    Reading { frames, said, all }
}

fn is_verb(class: C) -> bool {
    matches!(
        class,
        C::Send
            | C::Embed
            | C::Encode
            | C::Read
            | C::Disclose
            | C::Know
            | C::Omit
            | C::Override
            | C::Disable
            | C::Destroy
            | C::Install
            | C::Obey
            | C::Replace
            | C::Cover
            | C::Sabotage
            | C::Flag
            | C::Command
            | C::Whatever
    )
}

/// Whether a denial stands close before it without a turn between, or close behind it in languages that deny so.
fn is_denied(text: &str, hit: &Hit, hits: &[Hit]) -> bool {
    let between = |from: usize, to: usize| text.get(from..to).unwrap_or("");
    hits.iter().any(|n| match n.class {
        C::Neg if n.end <= hit.start && hit.start - n.end <= REACH => {
            let gap = between(n.end, hit.start);
            ![
                ", but ",
                ": ",
                "; ",
                ", then ",
                " but ",
                ", instead",
                " - ",
                "; ",
                "\u{2014}",
            ]
            .iter()
            .any(|t| gap.contains(t))
                && !gap.contains("unless")
        }
        C::NegAfter if n.start >= hit.end && n.start - hit.end <= 24 => {
            let gap = between(hit.end, n.start);
            !gap.contains([',', ':', '、', '，'])
        }
        _ => false,
    })
}

/// Stretches of at least four words in quotation marks: cited rather than said.
fn quotations(text: &str, clause: &Clause) -> Vec<(usize, usize)> {
    let said = text.get(clause.start..clause.end).unwrap_or("");
    let marks: Vec<usize> = said.match_indices('"').map(|(i, _)| i).collect();
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

const SECRETS: &[C] = &[C::CredFile, C::Cred, C::Conv, C::Personal];
const PLACES: &[C] = &[C::Url, C::Email, C::DestWord];

fn acts(text: &str, clause: &Clause, s: Set, hits: &[Hit], out: &mut Vec<(Frame, u32)>) {
    use Frame as F;
    let mut add = |frame, weight| out.push((frame, weight));
    let secrets = u32::try_from(SECRETS.iter().filter(|c| s.has(**c)).count()).unwrap_or(0);
    let place = s.any(PLACES);
    // A key shown to the service that issued it is how services are used.
    let only_key = s.has(C::Cred) && secrets == 1 && s.has(C::Auth);
    let away = match () {
        () if !(place && near(hits, &[C::Send], PLACES, 110)) => None,
        () if s.has(C::CredFile) => Some((F::Exfiltrate, 4)),
        () if secrets > 0 && !only_key => Some((F::Exfiltrate, 3)),
        () if s.any(&[C::ToolData, C::EnvFile]) => Some((F::Exfiltrate, 2)),
        () => Some((F::SendAway, u32::from(s.any(&[C::Url, C::DestWord])))),
    };
    let inside = near(hits, &[C::Embed, C::Encode, C::Send], &[C::Channel, C::Code], 110)
        && near(
            hits,
            &[C::Embed, C::Encode, C::Send],
            &[
                C::CredFile,
                C::Cred,
                C::Conv,
                C::Personal,
                C::EnvFile,
                C::ToolData,
            ],
            80,
        );
    let carried = match () {
        () if s.has(C::Beacon) && secrets > 0 => Some(3),
        () if s.has(C::Beacon) => Some(2),
        () if inside && secrets > 0 && !only_key => {
            let more = u32::from(s.has(C::Encode)) + u32::from(s.has(C::CredFile)) + u32::from(secrets > 1);
            Some(2 + more.min(2))
        }
        () if inside && s.any(&[C::EnvFile, C::ToolData]) => Some(1),
        () => None,
    };
    match (away, carried) {
        (Some((frame, w)), c) if w >= c.unwrap_or(0) => add(frame, w),
        (_, Some(w)) => add(F::Carry, w),
        (Some((frame, w)), None) => add(frame, w),
        (None, None) => {}
    }
    if s.has(C::Read) && s.any(&[C::CredFile, C::EnvFile]) {
        add(F::ReadCredentials, if s.has(C::CredFile) { 2 } else { 1 });
    }
    if let Some(weight) = overrides(text, clause, hits) {
        add(F::Override, weight);
    }
    if s.has(C::Unrestricted) {
        add(F::Unrestrict, 3);
    }
    if s.has(C::Role) && !clause.code {
        add(F::FakeRole, 2);
    }
    if near(hits, &[C::Disable], &[C::Safeguard], 30) {
        add(F::Disable, 3);
    }
    if s.has(C::Flag) {
        add(F::Loosen, 2);
    }
    if s.any(&[C::Replace, C::Send, C::Embed])
        && s.has(C::Recipient)
        && s.any(&[C::Email, C::Url, C::Account])
    {
        add(F::Reroute, 3);
    } else if near(hits, &[C::Replace], &[C::Recipient], 40) {
        add(F::Reroute, 2);
    }
    if s.has(C::ToolName) && s.has(C::Standing) && (s.any(&[C::Replace]) || s.has(C::Send) && place) {
        add(F::Shadow, 2);
    }
    if s.has(C::OtherTool) && s.has(C::Subvert) {
        add(F::Shadow, 3);
    }
    if near(hits, &[C::Install, C::Embed], &[C::PlantCode], 120) && near(hits, &[C::PlantCode], &[C::Url], 90)
    {
        add(F::Plant, 3);
    }
    if near(hits, &[C::Destroy], &[C::Trace], 40) {
        add(F::Destroy, 2);
    }
    if s.has(C::Sabotage) {
        add(F::Sabotage, 2);
    }
    if s.has(C::Obey)
        && (s.any(&[C::Url, C::Whatever])
            || text.get(clause.start..clause.end).is_some_and(|t| {
                t.contains("i'll comply") || t.contains("as instructed") || t.contains("recommended")
            }))
    {
        add(F::Obey, 2);
    }
    if s.has(C::Command) {
        add(F::Run, 5);
    }
    if s.has(C::Trigger) {
        add(F::Trigger, 1);
    }
    if s.has(C::Grant) {
        add(F::Grant, 2);
    }
    if s.has(C::Pay) && s.has(C::Account) {
        add(F::Reroute, 3);
    }
    if s.has(C::Persist) {
        add(F::Persist, 1);
    }
}

/// Whether words of two groups stand close together.
fn near(hits: &[Hit], one: &[C], other: &[C], reach: usize) -> bool {
    hits.iter().filter(|h| one.contains(&h.class)).any(|a| {
        hits.iter().filter(|h| other.contains(&h.class)).any(|b| {
            if a.start <= b.start {
                b.start.saturating_sub(a.end) <= reach && a.end <= b.start
            } else {
                a.start.saturating_sub(b.end) <= reach && b.end <= a.start
            }
        })
    })
}

/// `ignore` … `previous` … `instructions`, in either order of verb and object.
fn overrides(text: &str, clause: &Clause, hits: &[Hit]) -> Option<u32> {
    let verbs = hits.iter().filter(|h| h.class == C::Override);
    for verb in verbs {
        let all = ["everything ", "all of the above", "all that ", "anything "];
        if text
            .get(verb.end..clause.end)
            .is_some_and(|t| all.iter().any(|a| t.trim_start().starts_with(a)))
        {
            return Some(3);
        }
        let close = |h: &&Hit| h.start.abs_diff(verb.end) <= 70 || verb.start.abs_diff(h.end) <= 70;
        let instr = hits
            .iter()
            .filter(|h| h.class == C::Instr)
            .filter(close)
            .find(|h| h.start >= verb.end || verb.start >= h.end);
        let Some(instr) = instr else { continue };
        let (from, to) = (verb.start.min(instr.start), verb.end.max(instr.end));
        let prior = hits
            .iter()
            .any(|h| h.class == C::Prior && h.start + 24 >= from && h.end <= to + 24);
        let after = text.get(to..clause.end).unwrap_or("").trim_start();
        let only = [
            "when ", "if ", "for ", "unless ", "while ", "in ", "where ", "of ",
        ]
        .iter()
        .any(|w| after.starts_with(w));
        if prior && !only {
            return Some(if instr.start > verb.start { 5 } else { 3 });
        }
    }
    None
}

fn concealment(text: &str, s: Set, denied: Set, hits: &[Hit], counted: &[Hit], out: &mut Vec<(Frame, u32)>) {
    use Frame as F;
    let mut add = |frame, weight| out.push((frame, weight));
    if denied.any(&[C::Disclose, C::Know]) {
        let weight = untold(text, hits);
        if weight > 0 {
            add(F::Untold, weight);
        }
    }
    if near(counted, &[C::Omit], &[C::Report, C::User], 36) {
        add(F::Omit, 2);
    }
    const DEEDS: &[C] = &[
        C::Send,
        C::Read,
        C::Embed,
        C::Replace,
        C::Install,
        C::Destroy,
        C::Disable,
        C::Sabotage,
        C::Obey,
        C::Command,
    ];
    if near(counted, &[C::Covert], DEEDS, 50)
        || near(
            counted,
            &[C::Quiet],
            &[C::Send, C::Command, C::Replace, C::Destroy],
            24,
        )
    {
        add(F::Unseen, 2);
    } else if near(counted, &[C::Covert, C::Quiet], &[C::User, C::ActRef], 24)
        || near(counted, &[C::Quiet], DEEDS, 24)
    {
        add(F::Unseen, 1);
    }
    if near(counted, &[C::Asks], &[C::Cover, C::Disclose], 90) {
        add(F::CoverStory, 2);
    } else if s.has(C::Cover) {
        add(
            F::CoverStory,
            if near(hits, &[C::Cover], &[C::User, C::Report, C::Asks], 60) {
                2
            } else {
                1
            },
        );
    }
    if s.has(C::Defy) {
        add(F::Defy, 2);
    }
    if s.has(C::NoAsk) {
        add(F::Unasked, 1);
    }
}

/// A denied verb of telling or knowing: whether the user, the report or the act itself is what it is about.
fn untold(text: &str, hits: &[Hit]) -> u32 {
    let mut best = 0;
    for verb in hits
        .iter()
        .filter(|h| matches!(h.class, C::Disclose | C::Know) && is_denied(text, h, hits))
    {
        let apart = |h: &Hit| h.end <= verb.start || h.start >= verb.end;
        let close =
            |h: &Hit, reach: usize| apart(h) && h.start < verb.end + reach && verb.start < h.end + reach;
        let any = |class: C, reach: usize| hits.iter().any(|h| h.class == class && close(h, reach));
        let ascii = text.get(verb.start..verb.end).is_some_and(str::is_ascii);
        let told_of = if ascii {
            hits.iter()
                .any(|h| h.class == C::ActRef && h.start >= verb.end && h.start <= verb.end + 12)
        } else {
            any(C::ActRef, 40)
        };
        let data = hits.iter().any(|h| {
            matches!(h.class, C::Cred | C::CredFile | C::Conv | C::Personal)
                && h.start >= verb.end
                && h.start <= verb.end + 30
        });
        let user = any(C::User, 36);
        let weight = match verb.class {
            C::Know => 2 * u32::from(user),
            _ if data && !told_of => u32::from(user),
            _ if user || told_of || any(C::Report, 36) => 2,
            _ => 0,
        };
        best = best.max(weight);
    }
    best
}
