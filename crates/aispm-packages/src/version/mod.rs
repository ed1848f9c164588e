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
    /// Newest affected version, where the advisory names that instead.
    pub(crate) last_affected: Option<String>,
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
    affected
        .interval_of(version)
        .map(|(_, high)| hit(high, &version.to_string()))
}

fn all_hit<V: Ord + Clone + ToString>(allowed: &Ranges<V>, affected: &Ranges<V>) -> Option<Hit> {
    if allowed.is_empty() || !allowed.within(affected) {
        return None;
    }
    let (_, newest) = allowed.intervals().last()?;
    let text = match newest {
        Bound::Included(v) | Bound::Excluded(v) => v.to_string(),
        Bound::Unbounded => String::new(),
    };
    let high = affected
        .intervals()
        .iter()
        .map(|(_, high)| high)
        .find(|high| match (newest, high) {
            (_, Bound::Unbounded) => true,
            (Bound::Included(n) | Bound::Excluded(n), Bound::Included(h) | Bound::Excluded(h)) => n <= h,
            (Bound::Unbounded, _) => false,
        })?;
    Some(hit(high, &text))
}

/// What the upper end of a range says of `version` in it.
fn hit<V: ToString>(high: &Bound<V>, version: &str) -> Hit {
    let (fixed, last_affected) = match high {
        Bound::Excluded(v) => (Some(v.to_string()), None),
        Bound::Included(v) => (None, Some(v.to_string())),
        Bound::Unbounded => (None, None),
    };
    // "Through 2026-04-08" of a package that counts 1.2.3 says when the advisory was written, not which versions it is about.
    let end = fixed.as_deref().or(last_affected.as_deref());
    if end.is_none_or(|e| is_dated(e) && !is_dated(version)) {
        return Hit {
            fixed: None,
            last_affected: None,
            bounded: false,
        };
    }
    Hit {
        fixed,
        last_affected,
        bounded: true,
    }
}

/// True for a version that begins with a year.
fn is_dated(version: &str) -> bool {
    let year = version.split('.').next().and_then(|y| y.parse::<u32>().ok());
    year.is_some_and(|y| (1990..2100).contains(&y))
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
        let ends = |version, affected| {
            let hit = version_hit(Ecosystem::Pypi, version, affected).unwrap();
            (hit.fixed, hit.last_affected, hit.bounded)
        };
        assert_eq!(ends("1.6.1", "<=1.14.1"), (None, Some("1.14.1".to_owned()), true));
        assert_eq!(ends("1.74.3", "<=2026.04.08"), (None, None, false));
        assert_eq!(
            ends("2024.2.0", "<2024.8.2"),
            (Some("2024.8.2".to_owned()), None, true)
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
