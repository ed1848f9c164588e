//! Versions and what constraints allow, for PyPI (PEP 440) and npm (semantic versions).

mod npm;
mod pypi;
mod ranges;

use std::ops::Bound;

pub(crate) use ranges::Ranges;

use crate::Ecosystem;

/// Whether and how a range of an advisory meets what is installed or allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// First fixed version, where the advisory names one.
    pub(crate) fixed: Option<String>,
    /// The range has an upper end; one without was open when it was written, and may have been closed since.
    pub(crate) bounded: bool,
}

/// Whether `version` lies in the `affected` ranges of an advisory (`>=1,<2 || ==3`). `None` also where either cannot be read.
pub(crate) fn version_hit(ecosystem: Ecosystem, version: &str, affected: &str) -> Option<Hit> {
    match ecosystem {
        Ecosystem::Pypi => hit_of(&pypi::version(version)?, &affected_by(affected, pypi::version)?),
        Ecosystem::Npm | Ecosystem::Docker => {
            hit_of(&npm::version(version)?, &affected_by(affected, npm::version)?)
        }
    }
}

/// Whether every version that `constraint` allows lies in the `affected` ranges.
pub(crate) fn constraint_hit(ecosystem: Ecosystem, constraint: &str, affected: &str) -> Option<Hit> {
    match ecosystem {
        Ecosystem::Pypi => all_hit(
            &pypi::allowed(constraint)?,
            &affected_by(affected, pypi::version)?,
        ),
        Ecosystem::Npm => all_hit(&npm::allowed(constraint)?, &affected_by(affected, npm::version)?),
        Ecosystem::Docker => None,
    }
}

/// The one version a constraint allows, if it allows one only.
pub(crate) fn exact(ecosystem: Ecosystem, constraint: &str) -> Option<String> {
    match ecosystem {
        Ecosystem::Pypi => pypi::exact(constraint),
        Ecosystem::Npm => npm::exact(constraint),
        Ecosystem::Docker => None,
    }
}

/// The alternatives of an advisory's ranges.
fn affected_by<V: Ord + Clone>(text: &str, version: fn(&str) -> Option<V>) -> Option<Ranges<V>> {
    let mut all = Ranges::none();
    for alternative in text.split("||") {
        let mut one = Ranges::all();
        for bound in alternative.split(',').map(str::trim) {
            let digits = bound.trim_start_matches(['<', '>', '=']);
            let v = version(digits)?;
            let part = match bound.get(..bound.len() - digits.len())? {
                "<" => Ranges::between(Bound::Unbounded, Bound::Excluded(v)),
                "<=" => Ranges::between(Bound::Unbounded, Bound::Included(v)),
                ">" => Ranges::between(Bound::Excluded(v), Bound::Unbounded),
                ">=" => Ranges::between(Bound::Included(v), Bound::Unbounded),
                "==" => Ranges::only(v),
                _ => return None,
            };
            one = one.and(&part);
        }
        all = all.or(one);
    }
    Some(all)
}

fn hit_of<V: Ord + Clone + ToString>(version: &V, affected: &Ranges<V>) -> Option<Hit> {
    affected.interval_of(version).map(|(_, high)| Hit {
        fixed: fixed(high),
        bounded: !matches!(high, Bound::Unbounded),
    })
}

fn all_hit<V: Ord + Clone + ToString>(allowed: &Ranges<V>, affected: &Ranges<V>) -> Option<Hit> {
    if allowed.is_empty() || !allowed.within(affected) {
        return None;
    }
    let (_, newest) = allowed.intervals().last()?;
    let high = affected
        .intervals()
        .iter()
        .map(|(_, high)| high)
        .find(|high| match (newest, high) {
            (_, Bound::Unbounded) => true,
            (Bound::Included(n) | Bound::Excluded(n), Bound::Included(h) | Bound::Excluded(h)) => n <= h,
            (Bound::Unbounded, _) => false,
        })?;
    Some(Hit {
        fixed: fixed(high),
        bounded: !matches!(high, Bound::Unbounded),
    })
}

fn fixed<V: ToString>(high: &Bound<V>) -> Option<String> {
    match high {
        Bound::Excluded(v) => Some(v.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_hit_inside_a_range_only() {
        let cases = [
            (Ecosystem::Pypi, "0.8.0", "<0.8.0", None),
            (Ecosystem::Pypi, "0.8.0rc1", "<0.8.0", Some("0.8.0")),
            (Ecosystem::Pypi, "0.8.0.post1", "<0.8.0", None),
            (Ecosystem::Pypi, "2.2.1+cu118", "<2.2.2", Some("2.2.2")),
            (Ecosystem::Pypi, "1.5", "<1.0 || >=1.4,<1.6", Some("1.6")),
            (Ecosystem::Pypi, "not a version", "<9", None),
            (Ecosystem::Npm, "3.0.12", "<3.1.0", Some("3.1.0")),
            (Ecosystem::Npm, "2026.5.17", "<2026.5.18", Some("2026.5.18")),
            (Ecosystem::Npm, "1.0.0-beta.1", "<1.0.0", Some("1.0.0")),
            (Ecosystem::Npm, "latest", "<9.0.0", None),
            (Ecosystem::Docker, "v0.5.4", "<0.8.0", Some("0.8.0")),
            (Ecosystem::Docker, "latest", "<0.8.0", None),
        ];
        for (ecosystem, version, affected, fixed) in cases {
            let hit = version_hit(ecosystem, version, affected);
            assert_eq!(
                hit.and_then(|h| h.fixed).as_deref(),
                fixed,
                "{version} {affected}"
            );
        }
        assert_eq!(
            version_hit(Ecosystem::Pypi, "3.0", ">=2.0").map(|h| h.bounded),
            Some(false)
        );
    }

    #[test]
    fn a_constraint_is_hit_only_where_all_it_allows_is() {
        let cases = [
            (Ecosystem::Pypi, ">=0.5,<0.8", "<0.8.0", true),
            (Ecosystem::Pypi, ">=0.5", "<0.8.0", false),
            (Ecosystem::Pypi, "~=0.5.1", "<0.8.0", true),
            (Ecosystem::Pypi, "==0.5.*", "<0.5.9", false),
            (Ecosystem::Pypi, "==0.5.*", "<0.8.0", true),
            (Ecosystem::Pypi, "!=1.0", "<0.8.0", false),
            (Ecosystem::Pypi, "", "<0.8.0", false),
            (Ecosystem::Pypi, ">2,<1", "<9", false),
            (Ecosystem::Npm, "^0.2.3", "<0.3.0", true),
            (Ecosystem::Npm, "^1.2.3", "<1.9.0", false),
            (Ecosystem::Npm, "~1.2.3", "<1.3.0", true),
            (Ecosystem::Npm, "1.x", "<2.0.0", true),
            (Ecosystem::Npm, "1.0.0 - 1.4", "<1.5.0", true),
            (Ecosystem::Npm, "^1.0.0 || ^2.0.0", "<2.0.0", false),
            (Ecosystem::Npm, "^1.0.0 || ^2.0.0", "<3.0.0", true),
            (Ecosystem::Npm, "*", "<3.0.0", false),
            (Ecosystem::Npm, "workspace:*", "<3.0.0", false),
            (Ecosystem::Npm, "next", "<3.0.0", false),
        ];
        for (ecosystem, constraint, affected, hit) in cases {
            assert_eq!(
                constraint_hit(ecosystem, constraint, affected).is_some(),
                hit,
                "{constraint}"
            );
        }
    }

    #[test]
    fn one_version_only_is_exact() {
        for (ecosystem, constraint, version) in [
            (Ecosystem::Pypi, "==1.2.3", Some("1.2.3")),
            (Ecosystem::Pypi, "===1.2.3", Some("1.2.3")),
            (Ecosystem::Pypi, "==1.2.*", None),
            (Ecosystem::Pypi, ">=1.2", None),
            (Ecosystem::Npm, "1.2.3", Some("1.2.3")),
            (Ecosystem::Npm, "=v1.2.3", Some("1.2.3")),
            (Ecosystem::Npm, "1.2", None),
            (Ecosystem::Npm, "^1.2.3", None),
            (Ecosystem::Npm, "npm:other@1.2.3", None),
        ] {
            assert_eq!(exact(ecosystem, constraint).as_deref(), version, "{constraint}");
        }
    }
}
