//! Sets of versions as sorted, disjoint intervals.

use std::ops::Bound;

/// A set of versions of any ordered kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranges<V>(Vec<(Bound<V>, Bound<V>)>);

impl<V: Ord + Clone> Ranges<V> {
    /// No version.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }
    /// Every version.
    pub(crate) fn all() -> Self {
        Self(vec![(Bound::Unbounded, Bound::Unbounded)])
    }
    /// One interval; none where it is empty.
    pub(crate) fn between(low: Bound<V>, high: Bound<V>) -> Self {
        if is_empty(&low, &high) {
            Self::none()
        } else {
            Self(vec![(low, high)])
        }
    }
    /// One version.
    pub(crate) fn only(v: V) -> Self {
        Self(vec![(Bound::Included(v.clone()), Bound::Included(v))])
    }
    /// True for no version.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The intervals, in order.
    pub(crate) fn intervals(&self) -> &[(Bound<V>, Bound<V>)] {
        &self.0
    }
    /// The interval a version lies in.
    pub(crate) fn interval_of(&self, v: &V) -> Option<&(Bound<V>, Bound<V>)> {
        self.0.iter().find(|(low, high)| {
            (match low {
                Bound::Unbounded => true,
                Bound::Included(l) => l <= v,
                Bound::Excluded(l) => l < v,
            }) && (match high {
                Bound::Unbounded => true,
                Bound::Included(h) => v <= h,
                Bound::Excluded(h) => v < h,
            })
        })
    }
    /// Versions in both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let mut out = Vec::new();
        for (l1, h1) in &self.0 {
            for (l2, h2) in &other.0 {
                let (low, high) = (later_low(l1, l2), earlier_high(h1, h2));
                if !is_empty(&low, &high) {
                    out.push((low, high));
                }
            }
        }
        Self(out).tidy()
    }
    /// Versions in either.
    pub(crate) fn or(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self.tidy()
    }
    /// Whether every version of this set is in the other.
    pub(crate) fn within(&self, other: &Self) -> bool {
        self.and(other) == *self
    }

    /// Sorts, and joins what overlaps or touches.
    fn tidy(mut self) -> Self {
        self.0.sort_by(|a, b| low_order(&a.0, &b.0));
        let mut out: Vec<(Bound<V>, Bound<V>)> = Vec::with_capacity(self.0.len());
        for (low, high) in self.0 {
            match out.last_mut() {
                Some((_, end)) if touches(end, &low) => {
                    if high_order(end, &high).is_lt() {
                        *end = high;
                    }
                }
                _ => out.push((low, high)),
            }
        }
        Self(out)
    }
}

fn is_empty<V: Ord>(low: &Bound<V>, high: &Bound<V>) -> bool {
    match (low, high) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(l), Bound::Included(h)) => l > h,
        (Bound::Included(l) | Bound::Excluded(l), Bound::Included(h) | Bound::Excluded(h)) => l >= h,
    }
}

fn low_order<V: Ord>(a: &Bound<V>, b: &Bound<V>) -> std::cmp::Ordering {
    use Bound::{Excluded, Included, Unbounded};
    match (a, b) {
        (Unbounded, Unbounded) => std::cmp::Ordering::Equal,
        (Unbounded, _) => std::cmp::Ordering::Less,
        (_, Unbounded) => std::cmp::Ordering::Greater,
        (Included(x) | Excluded(x), Included(y) | Excluded(y)) => x
            .cmp(y)
            .then(matches!(a, Excluded(_)).cmp(&matches!(b, Excluded(_)))),
    }
}

fn high_order<V: Ord>(a: &Bound<V>, b: &Bound<V>) -> std::cmp::Ordering {
    use Bound::{Excluded, Included, Unbounded};
    match (a, b) {
        (Unbounded, Unbounded) => std::cmp::Ordering::Equal,
        (Unbounded, _) => std::cmp::Ordering::Greater,
        (_, Unbounded) => std::cmp::Ordering::Less,
        (Included(x) | Excluded(x), Included(y) | Excluded(y)) => x
            .cmp(y)
            .then(matches!(a, Included(_)).cmp(&matches!(b, Included(_)))),
    }
}

fn later_low<V: Ord + Clone>(a: &Bound<V>, b: &Bound<V>) -> Bound<V> {
    if low_order(a, b).is_ge() {
        a.clone()
    } else {
        b.clone()
    }
}

fn earlier_high<V: Ord + Clone>(a: &Bound<V>, b: &Bound<V>) -> Bound<V> {
    if high_order(a, b).is_le() {
        a.clone()
    } else {
        b.clone()
    }
}

/// Whether nothing lies between the end of one interval and the start of the next.
fn touches<V: Ord>(end: &Bound<V>, low: &Bound<V>) -> bool {
    match (end, low) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Excluded(h), Bound::Excluded(l)) => l < h,
        (Bound::Included(h) | Bound::Excluded(h), Bound::Included(l) | Bound::Excluded(l)) => l <= h,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(parts: &[(Bound<u32>, Bound<u32>)]) -> Ranges<u32> {
        parts
            .iter()
            .fold(Ranges::none(), |all, (l, h)| all.or(Ranges::between(*l, *h)))
    }

    #[test]
    fn sets_join_meet_and_nest() {
        use Bound::{Excluded as E, Included as I, Unbounded as U};
        let affected = set(&[(U, E(5)), (I(10), E(20))]);
        for (allowed, inside) in [
            (set(&[(I(1), I(4))]), true),
            (set(&[(I(1), E(5))]), true),
            (set(&[(I(1), I(5))]), false),
            (set(&[(I(3), E(12))]), false),
            (set(&[(I(3), I(4)), (I(10), I(10))]), true),
            (set(&[(I(15), U)]), false),
            (Ranges::none(), true),
        ] {
            assert_eq!(allowed.within(&affected), inside, "{allowed:?}");
        }
        assert_eq!(set(&[(I(1), E(5)), (I(5), I(9))]), set(&[(I(1), I(9))]));
        assert_ne!(set(&[(I(1), E(5)), (E(5), I(9))]), set(&[(I(1), I(9))]));
        assert!(affected.interval_of(&5).is_none());
        assert_eq!(affected.interval_of(&12), Some(&(I(10), E(20))));
    }
}
