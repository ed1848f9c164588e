//! Semantic versions and npm's ranges of them (node-semver: caret, tilde, x-ranges, hyphens, alternatives).

use std::ops::Bound;

use semver::Version;

use super::Ranges;

/// Longest text tried: real ranges are far shorter.
const LONGEST: usize = 256;

/// A version; missing numbers are zero (tags of images leave them out), a leading `v` or `=` is skipped.
pub(super) fn version(text: &str) -> Option<Version> {
    let partial = Partial::read(text)?;
    partial.major?;
    Some(partial.floor())
}

/// The one version a range allows.
pub(super) fn exact(text: &str) -> Option<String> {
    let text = text.trim();
    let p = Partial::read(text)?;
    (p.minor.is_some() && p.patch.is_some()).then(|| p.floor().to_string())
}

/// What a range allows; `None` for tags, addresses and other things that are no range.
pub(super) fn allowed(text: &str) -> Option<Ranges<Version>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut all = Ranges::none();
    for alternative in text.split("||") {
        all = all.or(conjunction(alternative.trim())?);
    }
    Some(all)
}

fn conjunction(text: &str) -> Option<Ranges<Version>> {
    if let Some((low, high)) = text.split_once(" - ") {
        let (low, high) = (Partial::read(low)?, Partial::read(high)?);
        return Some(Ranges::between(Bound::Included(low.floor()), high.ceiling(true)));
    }
    let mut out = Ranges::all();
    // `>= 1.2` is one comparator, its blank included.
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let bare = word.trim_start_matches(['<', '>', '=', '^', '~']);
        let operator = word.get(..word.len() - bare.len())?;
        let operand = if bare.is_empty() { words.next()? } else { bare };
        out = out.and(&comparator(operator, &Partial::read(operand)?)?);
    }
    Some(out)
}

fn comparator(operator: &str, p: &Partial) -> Option<Ranges<Version>> {
    if p.major.is_none() {
        return Some(Ranges::all());
    }
    let floor = p.floor();
    Some(match operator {
        "" | "=" => Ranges::between(Bound::Included(floor), p.ceiling(true)),
        "<" => Ranges::between(Bound::Unbounded, Bound::Excluded(floor)),
        "<=" => Ranges::between(Bound::Unbounded, p.ceiling(true)),
        ">=" => Ranges::between(Bound::Included(floor), Bound::Unbounded),
        ">" => match p.ceiling(true) {
            Bound::Included(v) => Ranges::between(Bound::Excluded(v), Bound::Unbounded),
            Bound::Excluded(v) => Ranges::between(Bound::Included(v), Bound::Unbounded),
            Bound::Unbounded => Ranges::none(),
        },
        "~" | "~>" => Ranges::between(Bound::Included(floor), p.tilde()),
        "^" => Ranges::between(Bound::Included(floor), p.caret()),
        _ => return None,
    })
}

/// A version of which numbers may be missing or `x`.
struct Partial {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    pre: semver::Prerelease,
}

impl Partial {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', '=']);
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let text = text.split_once('+').map_or(text, |(v, _)| v);
        let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
        let mut out = Self {
            major: None,
            minor: None,
            patch: None,
            pre: semver::Prerelease::new(pre).ok()?,
        };
        let mut open = true;
        for (i, part) in numbers.split('.').enumerate() {
            let number = match part {
                "x" | "X" | "*" => None,
                digits => Some(digits.parse::<u64>().ok().filter(|n| *n < u64::from(u32::MAX))?),
            };
            open = open && number.is_some();
            match (i, number.filter(|_| open)) {
                (0, n) => out.major = n,
                (1, n) => out.minor = n,
                (2, n) => out.patch = n,
                _ => return None,
            }
        }
        Some(out)
    }
    fn floor(&self) -> Version {
        Version {
            pre: self.pre.clone(),
            ..Version::new(
                self.major.unwrap_or(0),
                self.minor.unwrap_or(0),
                self.patch.unwrap_or(0),
            )
        }
    }
    /// The end of what the partial names: itself where it is complete, else the next of the last number given.
    fn ceiling(&self, inclusive: bool) -> Bound<Version> {
        match (self.major, self.minor, self.patch) {
            (Some(_), Some(_), Some(_)) if inclusive => Bound::Included(self.floor()),
            (Some(major), Some(minor), _) => Bound::Excluded(Version::new(major, minor + 1, 0)),
            (Some(major), None, _) => Bound::Excluded(Version::new(major + 1, 0, 0)),
            (None, ..) => Bound::Unbounded,
        }
    }
    fn tilde(&self) -> Bound<Version> {
        self.ceiling(false)
    }
    fn caret(&self) -> Bound<Version> {
        match (self.major, self.minor, self.patch) {
            (Some(0), Some(0), Some(patch)) => Bound::Excluded(Version::new(0, 0, patch + 1)),
            (Some(0), Some(minor), _) => Bound::Excluded(Version::new(0, minor + 1, 0)),
            (Some(major), ..) => Bound::Excluded(Version::new(major + 1, 0, 0)),
            (None, ..) => Bound::Unbounded,
        }
    }
}
