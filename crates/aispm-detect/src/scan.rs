//! The scan: one pass of an automaton over all prefixes, words and markers; an exact check at each hit; then overlaps are settled.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use aispm_types::Confidence;

use crate::alphabet::{Alphabet, at, distance, near, part, random, starts, wordy};
use crate::assignment::{Assignment, Promise, assignment, flatten, promise};
use crate::checksum::{Verdict, azure_cask};
use crate::command;
use crate::contextual::{AZURE_HOSTS, CONTEXTUAL, Contextual, is_aws_secret};
use crate::detector::{Class, KeyMatch};
use crate::formats::FORMATS;
use crate::placeholder::{is_common, is_placeholder, is_template};
use crate::prefixed::{format_match, glued_match};
use crate::special::{self, PemEnds};

/// What a needle of the automaton stands for.
#[derive(Clone, Debug)]
enum Anchor {
    /// Formats that begin so.
    Formats(Vec<usize>),
    /// A word that makes a name secret.
    Name,
    /// A vendor's word, for keys handed over without a name (`cohere.Client("…")`).
    Vendor,
    /// A host of an Azure account; index into [`AZURE_HOSTS`].
    Host(usize),
    Pem,
    Jwt,
    Url,
    Sas,
    ClientSecret,
    /// A program that takes credentials as arguments.
    Command,
}

/// Words whose names are looked at. Any name [`promise`] accepts holds one of them.
const NAME_WORDS: &[&str] = &[
    "key",
    "token",
    "secret",
    "passw",
    "pwd",
    "passphrase",
    "_pass",
    "credential",
    "authorization",
    "bearer",
    "_pat",
];

/// Most hosts remembered of one text.
const HOSTS: usize = 64;

struct Machine {
    automaton: AhoCorasick,
    anchors: Vec<Anchor>,
}

static MACHINE: LazyLock<Option<Machine>> = LazyLock::new(|| {
    let mut by_prefix: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, f) in FORMATS.iter().enumerate() {
        by_prefix.entry(f.prefix).or_default().push(i);
    }
    let mut needles: Vec<(String, Anchor)> = by_prefix
        .into_iter()
        .map(|(p, formats)| (p.to_owned(), Anchor::Formats(formats)))
        .collect();
    needles.extend(NAME_WORDS.iter().map(|w| ((*w).to_owned(), Anchor::Name)));
    for word in [
        "cohere.",
        "cohereclient",
        "mistralclient",
        "mistral(",
        "assemblyai.",
        "deepgramclient",
        "wandb login",
    ] {
        needles.push((word.to_owned(), Anchor::Vendor));
    }
    for (i, (suffix, _)) in AZURE_HOSTS.iter().enumerate() {
        needles.push(((*suffix).to_owned(), Anchor::Host(i)));
    }
    for (marker, anchor) in [
        ("-----BEGIN ", Anchor::Pem),
        ("eyJ", Anchor::Jwt),
        ("://", Anchor::Url),
        ("sig=", Anchor::Sas),
        ("Q~", Anchor::ClientSecret),
    ] {
        needles.push((marker.to_owned(), anchor));
    }
    needles.extend(command::programs().map(|p| (p.to_owned(), Anchor::Command)));
    let automaton = AhoCorasickBuilder::new()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(needles.iter().map(|(n, _)| n))
        .ok()?;
    Some(Machine {
        automaton,
        anchors: needles.into_iter().map(|(_, a)| a).collect(),
    })
});

/// Every credential in a text, in order, without overlaps. Time and memory grow linearly with the text, whatever it holds.
pub fn scan(text: &[u8]) -> Vec<KeyMatch> {
    search(text, false)
}

/// As [`scan`], and also keys of a sure format that begin inside a longer word (`dir-sk-proj-…`): for masking, where an
/// identifier that is masked by chance costs less than a key that is shown.
pub(crate) fn scan_inside(text: &[u8]) -> Vec<KeyMatch> {
    search(text, true)
}

fn search(text: &[u8], inside_words: bool) -> Vec<KeyMatch> {
    let Some(machine) = MACHINE.as_ref() else {
        return Vec::new();
    };
    let mut state = State {
        text,
        inside_words,
        hosts: Vec::new(),
        named: Vec::new(),
        found: Vec::new(),
        last_name: 0,
        pem: PemEnds::default(),
    };
    for hit in machine.automaton.find_overlapping_iter(text) {
        if let Some(anchor) = machine.anchors.get(hit.pattern().as_usize()) {
            state.visit(anchor, hit.range());
        }
    }
    state.finish()
}

struct State<'t> {
    text: &'t [u8],
    /// Whether a key may begin inside a word.
    inside_words: bool,
    /// Azure hosts: end, detector they confirm, host.
    hosts: Vec<(usize, &'static str, String)>,
    /// Assignments whose value may be confirmed by a host further down.
    named: Vec<Assignment>,
    found: Vec<KeyMatch>,
    /// End of the last name looked at: several words in one name are one name.
    last_name: usize,
    pem: PemEnds,
}

impl<'t> State<'t> {
    fn visit(&mut self, anchor: &Anchor, hit: Range<usize>) {
        let text = self.text;
        match anchor {
            Anchor::Formats(formats) => {
                let free = starts(text, hit.start);
                if !free && !self.inside_words {
                    return;
                }
                let formats = formats.iter().filter_map(|i| FORMATS.get(*i));
                let inside = self.inside_words;
                let mut matches: Vec<_> = formats
                    .filter_map(|f| {
                        let exact = format_match(text, &hit, f);
                        let sure = exact.as_ref().is_some_and(|m| m.confidence == Confidence::High);
                        let glued = (inside && !sure).then(|| glued_match(text, &hit, f));
                        Some((distance(text, &hit, f.needs), glued.flatten().or(exact)?))
                    })
                    .filter(|(_, m)| free || (m.confidence == Confidence::High && m.class != Class::Generic))
                    .collect();
                // Vendors whose keys look alike are told apart by the nearest word.
                let nearest = matches.iter().filter_map(|(d, _)| *d).min();
                matches.retain(|(d, _)| d.is_none() || *d == nearest);
                self.found.extend(matches.into_iter().map(|(_, m)| m));
            }
            Anchor::Name => self.name(&hit),
            Anchor::Vendor => self.handed_over(&hit),
            Anchor::Host(i) => self.host(&hit, *i),
            Anchor::Pem => self.found.extend(special::private_key(text, &hit, &mut self.pem)),
            Anchor::Jwt if at(text, hit.start) == Some(b'e') && at(text, hit.end - 1) == Some(b'J') => {
                self.found.extend(special::web_token(text, &hit));
            }
            Anchor::Url => self.found.extend(special::url_password(text, &hit)),
            Anchor::Sas => self.found.extend(special::sas_signature(text, &hit)),
            Anchor::ClientSecret => self.found.extend(special::client_secret(text, &hit)),
            Anchor::Command => self.found.extend(command::secrets(text, &hit)),
            Anchor::Jwt => {}
        }
    }

    fn name(&mut self, hit: &Range<usize>) {
        if hit.end <= self.last_name {
            return;
        }
        let Some(assignment) = assignment(self.text, hit) else {
            return;
        };
        let Some(promise) = promise(part(self.text, assignment.name.clone())) else {
            return;
        };
        self.last_name = assignment.name.end;
        let Some(value) = self.value(&assignment) else {
            return;
        };
        if is_template(value) {
            return;
        }
        let name = flatten(part(self.text, assignment.name.clone()));
        if let Some(m) = contextual(self.text, &assignment, &name, value) {
            self.found.push(m);
        } else if hosted(value) {
            self.named.push(assignment.clone());
        }
        let accepted = generic_value(value, promise, &assignment);
        // Names inside an accepted value are part of it; a bare value this long holds none worth looking at, and looking at
        // each would cost its whole length every time.
        if accepted || (!assignment.value.quoted && value.len() >= 200) {
            self.last_name = assignment.value.range.end;
        }
        if accepted {
            let mut m = special::generic(assignment.value.range);
            if let Some(m) = &mut m {
                m.placeholder = is_placeholder(value);
            }
            self.found.extend(m);
        }
    }

    fn value(&self, a: &Assignment) -> Option<&'t str> {
        std::str::from_utf8(part(self.text, a.value.range.clone())).ok()
    }

    /// `cohere.Client("…")`, `wandb login …`: a key straight after the vendor's name.
    fn handed_over(&mut self, hit: &Range<usize>) {
        let mut i = hit.end + Alphabet::Dotted.run(self.text, hit.end, 40);
        if matches!(at(self.text, i), Some(b'(' | b' ')) {
            i += 1;
        }
        let Some(value) = crate::literal::literal(self.text, i) else {
            return;
        };
        let Ok(key) = std::str::from_utf8(part(self.text, value.range.clone())) else {
            return;
        };
        let word = flatten(part(self.text, hit.clone()));
        let row = CONTEXTUAL
            .iter()
            .find(|c| c.words.iter().any(|w| word.starts_with(w)) && (c.shape)(key));
        if let Some(c) = row.filter(|_| random(key.as_bytes())) {
            self.found
                .push(context_match(c, value.range, key, Confidence::Medium));
        }
    }

    fn host(&mut self, hit: &Range<usize>, index: usize) {
        let Some((suffix, detector)) = AZURE_HOSTS.get(index) else {
            return;
        };
        let label = part(self.text, hit.start.saturating_sub(64)..hit.start)
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
            .count();
        let Ok(name) = std::str::from_utf8(part(self.text, hit.start - label..hit.start)) else {
            return;
        };
        if self.hosts.len() < HOSTS {
            let host = if label == 0 {
                String::new()
            } else {
                format!("{}{suffix}", name.to_ascii_lowercase())
            };
            self.hosts.push((hit.end, detector, host));
        }
    }

    fn finish(mut self) -> Vec<KeyMatch> {
        self.confirm_by_host();
        self.pair_aws();
        for m in &mut self.found {
            if let Some((_, _, host)) = self
                .hosts
                .iter()
                .filter(|(_, detector, host)| *detector == m.detector && !host.is_empty())
                .min_by_key(|(end, ..)| end.abs_diff(m.range.start))
            {
                m.host = Some(host.clone());
            }
        }
        settle(self.found)
    }

    /// A key of an Azure account whose name says only `api_key`, in a text that names the account's host.
    fn confirm_by_host(&mut self) {
        for a in std::mem::take(&mut self.named) {
            let Some(value) = self.value(&a) else {
                continue;
            };
            let nearest = self
                .hosts
                .iter()
                .min_by_key(|(end, ..)| end.abs_diff(a.value.range.start));
            let row = nearest.and_then(|(_, detector, _)| {
                CONTEXTUAL.iter().find(|c| c.id == *detector && (c.shape)(value))
            });
            if let Some(c) = row {
                self.found
                    .push(context_match(c, a.value.range, value, Confidence::High));
            }
        }
    }

    /// An AWS access key id opens something only together with its secret: looks for the secret around it.
    fn pair_aws(&mut self) {
        let ids: Vec<Range<usize>> = self
            .found
            .iter()
            .filter(|m| m.detector == "aws-access-key-id")
            .map(|m| m.range.clone())
            .collect();
        let secrets: Vec<usize> = self
            .found
            .iter()
            .filter(|m| m.detector == "aws-secret-access-key")
            .map(|m| m.range.start)
            .collect();
        let mut paired: Vec<usize> = Vec::new();
        for id in ids {
            let from = secrets.partition_point(|s| *s < id.start.saturating_sub(500));
            let named = secrets.get(from).is_some_and(|s| *s < id.end + 500);
            let unnamed = if named {
                None
            } else {
                unnamed_secret(self.text, &id)
            };
            if named || unnamed.is_some() {
                paired.push(id.start);
            }
            if let (Some(range), Some(c)) = (
                unnamed,
                CONTEXTUAL.iter().find(|c| c.id == "aws-secret-access-key"),
            ) {
                let key = String::from_utf8_lossy(part(self.text, range.clone())).into_owned();
                self.found.push(context_match(c, range, &key, Confidence::High));
            }
        }
        for m in &mut self.found {
            if m.detector == "aws-access-key-id" && paired.binary_search(&m.range.start).is_err() {
                m.confidence = Confidence::Medium;
            }
        }
    }
}

/// A value that only a host could make a key.
fn hosted(value: &str) -> bool {
    matches!(value.len(), 32 | 52 | 84) && value.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// Forty characters of AWS's alphabet, standing free within 300 bytes after an access key id.
fn unnamed_secret(text: &[u8], id: &Range<usize>) -> Option<Range<usize>> {
    let end = (id.end + 300).min(text.len());
    let mut i = id.end;
    while i < end {
        let run = part(text, i..end)
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            .count();
        let token = std::str::from_utf8(part(text, i..i + run)).unwrap_or("");
        if is_aws_secret(token) {
            return Some(i..i + run);
        }
        i += run + 1;
    }
    None
}

/// A key without prefix, by its name, the words near it and its shape.
fn contextual(text: &[u8], a: &Assignment, name: &str, value: &str) -> Option<KeyMatch> {
    let in_name = |c: &Contextual| c.words.iter().any(|w| name.contains(w));
    let fits = |c: &&Contextual| (c.shape)(value);
    if let Some(c) = CONTEXTUAL.iter().filter(fits).find(|c| in_name(c)) {
        return Some(context_match(c, a.value.range.clone(), value, Confidence::High));
    }
    let close = |c: &&Contextual| {
        let long: Vec<&str> = c.words.iter().copied().filter(|w| w.len() >= 5).collect();
        !c.in_name && !long.is_empty() && near(text, &a.name, &long)
    };
    let row = CONTEXTUAL.iter().filter(fits).find(close)?;
    Some(context_match(
        row,
        a.value.range.clone(),
        value,
        Confidence::Medium,
    ))
}

fn context_match(c: &Contextual, range: Range<usize>, value: &str, confidence: Confidence) -> KeyMatch {
    KeyMatch {
        detector: c.id,
        vendor: c.vendor,
        class: c.class,
        ai: c.class == Class::Ai,
        range,
        confidence,
        verified_structure: azure_cask(value.as_bytes()) == Verdict::Proven,
        placeholder: is_placeholder(value),
        host: None,
    }
}

/// Whether the value of a secret name is a secret rather than code, prose or another name.
fn generic_value(value: &str, promise: Promise, a: &Assignment) -> bool {
    let bytes = value.as_bytes();
    let prose = value.contains(' ') && wordy(bytes);
    let code = !a.value.quoted && value.contains(['(', ')', '[', ']', '{', '}', '<', '>', '*', '\\']);
    // `password=args.password`, `token: string`: a name, not a value.
    let name = !a.value.quoted
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'-'))
        && wordy(bytes);
    if prose
        || code
        || name
        || is_common(value)
        || value.starts_with(['$', '/', '.'])
        || value.ends_with(':')
        || value.contains("://")
        || (a.listed && is_image(value))
    {
        return false;
    }
    match promise {
        Promise::Password => value.len() >= 6 && !(a.listed && wordy(bytes)),
        Promise::Token => value.len() >= 8 && !wordy(bytes) && !value.contains(' '),
        Promise::Key => value.len() >= 20 && random(bytes) && !value.contains(' '),
    }
}

/// `registry.example/team/image:1.0`, which stands after the name of a variable that a container is handed.
fn is_image(value: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/:@".contains(&b);
    let Some((path, tag)) = value.split_once(['@', ':']) else {
        return false;
    };
    let tagged = ["sha256:", "latest", "v"].iter().any(|t| tag.starts_with(t))
        || tag.starts_with(|c: char| c.is_ascii_digit());
    path.contains('/') && tagged && value.bytes().all(plain)
}

/// Of overlapping matches keeps the surest, then the most specific, then the longest.
fn settle(found: Vec<KeyMatch>) -> Vec<KeyMatch> {
    let rank = |m: &KeyMatch| {
        (
            m.class != Class::Generic,
            m.confidence,
            m.ai,
            m.verified_structure,
            m.range.len(),
            std::cmp::Reverse(m.range.start),
            m.detector,
        )
    };
    let mut found = found;
    found.sort_by(|a, b| rank(b).cmp(&rank(a)));
    let mut kept: BTreeMap<usize, KeyMatch> = BTreeMap::new();
    for m in found {
        let left = kept.range(..=m.range.start).next_back();
        let right = kept.range(m.range.start..).next();
        let free = left.is_none_or(|(_, k)| k.range.end <= m.range.start)
            && right.is_none_or(|(start, _)| *start >= m.range.end);
        if free {
            kept.insert(m.range.start, m);
        }
    }
    kept.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_after_the_name_of_a_variable_is_none_of_its_values() {
        for (text, secret) in [
            (
                r#"["-e", "GITHUB_PERSONAL_ACCESS_TOKEN", "ghcr.io/github/github-mcp-server:v0.13.0"]"#,
                false,
            ),
            (
                r#"["-e", "API_TOKEN", "ghcr.io/a/b@sha256:0011223344556677"]"#,
                false,
            ),
            (r#"["--token", "q7Gd03mQzX7vLpR2tYw5Hn4Cj9"]"#, true),
        ] {
            assert_eq!(!scan(text.as_bytes()).is_empty(), secret, "{text}");
        }
    }

    #[test]
    fn the_machine_builds_and_fits_the_cache() {
        let machine = MACHINE.as_ref().expect("needles are few and short");
        assert!(
            machine.automaton.memory_usage() < 1 << 20,
            "{}",
            machine.automaton.memory_usage()
        );
    }

    #[test]
    fn no_key_inside_an_identifier() {
        assert!(scan(b"class=\"task-ant-api03 sk-fading-circle\"").is_empty());
    }
}
