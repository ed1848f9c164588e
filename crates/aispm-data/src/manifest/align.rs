//! Two sequences side by side: by what is unique in both (patience), then by the longest common subsequence where it is small.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Manifest;

/// Largest table of the longest common subsequence.
const TABLE: usize = 4_000_000;

/// What changed, as row numbers from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// In place: `(old, new)`.
    pub edited: Vec<(u64, u64)>,
    /// Rows of the new one.
    pub inserted: Vec<u64>,
    /// Rows of the old one.
    pub deleted: Vec<u64>,
}

impl Changes {
    /// Nothing changed.
    pub fn is_empty(&self) -> bool {
        self.edited.is_empty() && self.inserted.is_empty() && self.deleted.is_empty()
    }
}

/// What changed between two manifests.
pub fn diff(old: &Manifest, new: &Manifest) -> Changes {
    let mut out = Changes::default();
    let shas = |m: &Manifest| m.chunks.iter().map(|c| c.sha).collect::<Vec<_>>();
    let (a, b) = (shas(old), shas(new));
    let starts = |m: &Manifest| -> Vec<u64> {
        let ends = m.chunks.iter().scan(0, |n, c| {
            *n += c.rows.len() as u64;
            Some(*n)
        });
        std::iter::once(0).chain(ends).collect()
    };
    let (from_a, from_b) = (starts(old), starts(new));
    for (x, y) in differences(&a, &b) {
        let rows = |m: &Manifest, r: &Range<usize>| -> Vec<u64> {
            let chunks = m.chunks.get(r.clone()).unwrap_or(&[]);
            chunks.iter().flat_map(|c| c.rows.iter().copied()).collect()
        };
        let (old_rows, new_rows) = (rows(old, &x), rows(new, &y));
        let at = |starts: &[u64], i: usize| starts.get(i).copied().unwrap_or(0);
        let (base_a, base_b) = (at(&from_a, x.start), at(&from_b, y.start));
        for (i, j) in differences(&old_rows, &new_rows) {
            let both = i.len().min(j.len());
            let (a, b) = (base_a + i.start as u64, base_b + j.start as u64);
            out.edited.extend((0..both as u64).map(|k| (a + k, b + k)));
            out.deleted.extend((both as u64..i.len() as u64).map(|k| a + k));
            out.inserted.extend((both as u64..j.len() as u64).map(|k| b + k));
        }
    }
    out
}

/// Ranges of both that differ, in order.
fn differences<T: Ord>(a: &[T], b: &[T]) -> Vec<(Range<usize>, Range<usize>)> {
    let mut out = Vec::new();
    let mut todo = vec![(0..a.len(), 0..b.len())];
    while let Some((mut x, mut y)) = todo.pop() {
        while x.start < x.end && y.start < y.end && a.get(x.start) == b.get(y.start) {
            x.start += 1;
            y.start += 1;
        }
        while x.start < x.end && y.start < y.end && a.get(x.end - 1) == b.get(y.end - 1) {
            x.end -= 1;
            y.end -= 1;
        }
        if x.is_empty() && y.is_empty() {
            continue;
        }
        let mut anchors = if x.is_empty() || y.is_empty() {
            Vec::new()
        } else {
            unique(a, b, &x, &y)
        };
        if anchors.is_empty() && x.len().saturating_mul(y.len()) <= TABLE {
            anchors = longest(a, b, &x, &y);
        }
        if anchors.is_empty() {
            out.push((x, y));
            continue;
        }
        let (mut i, mut j) = (x.start, y.start);
        for (p, q) in anchors.into_iter().chain([(x.end, y.end)]) {
            if i < p || j < q {
                todo.push((i..p, j..q));
            }
            (i, j) = (p + 1, q + 1);
        }
    }
    out.sort_by_key(|(x, y)| (x.start, y.start));
    out
}

/// Pairs of places whose item is unique in both ranges, the longest increasing run of them.
fn unique<T: Ord>(a: &[T], b: &[T], x: &Range<usize>, y: &Range<usize>) -> Vec<(usize, usize)> {
    let mut seen: BTreeMap<&T, (u32, usize, u32, usize)> = BTreeMap::new();
    for (i, item) in a.iter().enumerate().take(x.end).skip(x.start) {
        let e = seen.entry(item).or_default();
        (e.0, e.1) = (e.0 + 1, i);
    }
    for (j, item) in b.iter().enumerate().take(y.end).skip(y.start) {
        if let Some(e) = seen.get_mut(item) {
            (e.2, e.3) = (e.2 + 1, j);
        }
    }
    let mut pairs: Vec<(usize, usize)> = seen
        .into_values()
        .filter(|e| e.0 == 1 && e.2 == 1)
        .map(|e| (e.1, e.3))
        .collect();
    pairs.sort_unstable();
    // Longest increasing subsequence of the second places.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |k: usize| pairs.get(k).map_or(0, |p| p.1);
    for k in 0..pairs.len() {
        let at = tails.partition_point(|t| second(*t) < second(k));
        before.push(at.checked_sub(1).and_then(|p| tails.get(p)).copied());
        match tails.get_mut(at) {
            Some(t) => *t = k,
            None => tails.push(k),
        }
    }
    let mut out = Vec::with_capacity(tails.len());
    let mut next = tails.last().copied();
    while let Some(k) = next {
        out.extend(pairs.get(k).copied());
        next = before.get(k).copied().flatten();
    }
    out.reverse();
    out
}

/// The longest common subsequence of two short ranges.
fn longest<T: Ord>(a: &[T], b: &[T], x: &Range<usize>, y: &Range<usize>) -> Vec<(usize, usize)> {
    let width = y.len() + 1;
    let mut table = vec![0u32; (x.len() + 1) * width];
    let get = |t: &[u32], i: usize, j: usize| t.get(i * width + j).copied().unwrap_or(0);
    let same = |i: usize, j: usize| a.get(x.start + i) == b.get(y.start + j);
    for i in (0..x.len()).rev() {
        for j in (0..y.len()).rev() {
            let best = if same(i, j) {
                get(&table, i + 1, j + 1) + 1
            } else {
                get(&table, i + 1, j).max(get(&table, i, j + 1))
            };
            if let Some(slot) = table.get_mut(i * width + j) {
                *slot = best;
            }
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < x.len() && j < y.len() {
        if same(i, j) {
            out.push((x.start + i, y.start + j));
            (i, j) = (i + 1, j + 1);
        } else if get(&table, i + 1, j) >= get(&table, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}
