//! PEP 440.

use std::ops::Bound;
use std::str::FromStr;

use pep440_rs::{Operator, Version, VersionSpecifiers};

use super::Ranges;

/// Longest text tried: real specifiers are far shorter.
const LONGEST: usize = 256;

/// A version; its local part (`+cu118`) says how it was built and not what is in it, so it is left out.
pub(super) fn version(text: &str) -> Option<Version> {
    if text.len() > LONGEST {
        return None;
    }
    Version::from_str(text).ok().map(Version::without_local)
}

fn specifiers(text: &str) -> Option<VersionSpecifiers> {
    if text.len() > LONGEST {
        return None;
    }
    VersionSpecifiers::from_str(text).ok()
}

/// The one version a specifier allows.
pub(super) fn exact(text: &str) -> Option<String> {
    let all = specifiers(text)?;
    match all.iter().collect::<Vec<_>>().as_slice() {
        [one] if matches!(one.operator(), Operator::Equal | Operator::ExactEqual) => {
            Some(one.version().to_string())
        }
        _ => None,
    }
}

/// What a specifier allows; at most what pip would take, at least all of it.
pub(super) fn allowed(text: &str) -> Option<Ranges<Version>> {
    let mut out = Ranges::all();
    for one in specifiers(text)?.iter() {
        let v = one.version().clone().without_local();
        let part = match one.operator() {
            Operator::Equal | Operator::ExactEqual => Ranges::only(v),
            Operator::EqualStar => Ranges::between(Bound::Included(v.clone()), Bound::Excluded(next(&v, 1)?)),
            Operator::TildeEqual => {
                Ranges::between(Bound::Included(v.clone()), Bound::Excluded(next(&v, 2)?))
            }
            Operator::LessThan => Ranges::between(Bound::Unbounded, Bound::Excluded(v)),
            Operator::LessThanEqual => Ranges::between(Bound::Unbounded, Bound::Included(v)),
            Operator::GreaterThan => Ranges::between(Bound::Excluded(v), Bound::Unbounded),
            Operator::GreaterThanEqual => Ranges::between(Bound::Included(v), Bound::Unbounded),
            // A hole makes the set smaller; leaving it out only makes us claim less.
            Operator::NotEqual | Operator::NotEqualStar => continue,
        };
        out = out.and(&part);
    }
    Some(out)
}

/// The first release after every one that begins with all but the last `drop - 1` numbers: 1 for `==1.4.*` (1.5), 2 for `~=1.4.2` (1.5).
fn next(v: &Version, drop: usize) -> Option<Version> {
    let mut release: Vec<u64> = v.release().to_vec();
    release.truncate(release.len().checked_sub(drop - 1)?.max(1));
    let last = release.last_mut()?;
    *last = last.checked_add(1)?;
    Some(Version::new(release))
}
