//! Near-duplicates: signatures of texts by MinHash (Broder 1997), candidates by bands, verified before they count.

use std::collections::BTreeMap;

use crate::hash::{join, mix};

/// Numbers of a signature.
const SIZE: usize = 64;
/// Bands of a signature: texts that are nine tenths alike share one with a chance of 99 %.
const BANDS: usize = 8;
/// Least similarity of near-duplicates.
pub(crate) const ALIKE: f64 = 0.85;

/// Least correlation of grey pixels of near-duplicate pictures: the same one in another size or compression has more, and
/// others of its kind have less.
const SAME_PICTURE: f32 = 0.985;
/// Signs of a picture's band.
const SIGNS: u64 = 16;

/// A signature.
pub(crate) type Signature = [u32; SIZE];

/// The signature of a set of sequences; none of an empty one.
pub(crate) fn signature(grams: &[u64]) -> Option<Signature> {
    if grams.is_empty() {
        return None;
    }
    let mut out = [u32::MAX; SIZE];
    for g in grams {
        let (a, b) = (mix(*g), mix(g ^ 0x5851_f42d_4c95_7f2d) | 1);
        for (i, slot) in out.iter_mut().enumerate() {
            let h = a.wrapping_add(b.wrapping_mul(i as u64 + 1));
            // The upper half.
            let h = (mix(h) >> 32) as u32;
            *slot = h.min(*slot);
        }
    }
    Some(out)
}

/// The bands of a signature.
pub(crate) fn bands(signature: &Signature) -> Vec<u64> {
    let band = |(i, part): (usize, &[u32])| {
        part.iter()
            .fold(mix(i as u64 + 77), |h, n| join(h, u64::from(*n)))
    };
    signature.chunks(SIZE / BANDS).enumerate().map(band).collect()
}

/// How alike two texts are, 0 to 1.
pub(crate) fn similarity(a: &Signature, b: &Signature) -> f64 {
    let same = a.iter().zip(b).filter(|(x, y)| x == y).count();
    same as f64 / SIZE as f64
}

/// Bands of a picture: signs of random projections of its pixels (SimHash, Charikar 2002), so that pictures share a sign with a
/// chance that grows with their correlation; of one that is all of one shade, its pixels.
pub(crate) fn picture_bands(pixels: &[f32]) -> Vec<u64> {
    let Some(normal) = normal(pixels) else {
        return vec![pixels.iter().fold(9, |h, p| join(h, u64::from(p.to_bits())))];
    };
    let sign = |n: u64| -> u64 {
        let one = |(i, p): (usize, &f32)| {
            // One of -1, 0, 0, 1, as good as any distribution (Achlioptas 2003).
            match mix(n << 32 ^ i as u64) & 3 {
                0 => -p,
                1 => *p,
                _ => 0.0,
            }
        };
        u64::from(normal.iter().enumerate().map(one).sum::<f32>() > 0.0)
    };
    (0..BANDS as u64)
        .map(|b| (0..SIGNS).fold(mix(b + 99), |h, i| join(h, sign(b * SIGNS + i))))
        .collect()
}

/// Pixels around their mean, of length one; none where all are alike.
fn normal(pixels: &[f32]) -> Option<Vec<f32>> {
    let mean = pixels.iter().sum::<f32>() / pixels.len().max(1) as f32;
    let length = pixels.iter().map(|p| (p - mean).powi(2)).sum::<f32>().sqrt();
    (length > 0.0).then(|| pixels.iter().map(|p| (p - mean) / length).collect())
}

fn same_picture(a: &[f32], b: &[f32]) -> bool {
    match (normal(a), normal(b)) {
        (Some(a), Some(b)) => a.iter().zip(&b).map(|(x, y)| x * y).sum::<f32>() >= SAME_PICTURE,
        _ => a == b,
    }
}

/// What a row is compared by.
#[derive(Clone, Debug)]
pub(crate) enum Look {
    /// Its band alone.
    Band,
    /// A text.
    Text(Box<Signature>),
    /// Grey pixels.
    Picture(Vec<f32>),
}

/// A row that shares a band with others, and a class.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Its input.
    pub looks: Look,
    /// Class, or number of the output.
    pub class: u64,
}

/// Groups of rows that are alike and differ in class, from `(band, row)` in order. In each group the rows are in order.
pub(crate) fn conflicts(bands: &[(u64, u64)], rows: &BTreeMap<u64, Candidate>) -> Vec<Vec<u64>> {
    let mut parent: BTreeMap<u64, u64> = BTreeMap::new();
    fn root(parent: &BTreeMap<u64, u64>, mut r: u64) -> u64 {
        while let Some(p) = parent.get(&r).filter(|p| **p != r) {
            r = *p;
        }
        r
    }
    for bucket in bands.chunk_by(|a, b| a.0 == b.0) {
        // Each row is held against the first ones of its bucket: a bucket of thousands is one text with few variants.
        let mut leaders: Vec<(u64, &Candidate)> = Vec::new();
        for (_, row) in bucket {
            let Some(own) = rows.get(row) else { continue };
            let alike = |c: &Candidate| match (&c.looks, &own.looks) {
                (Look::Text(a), Look::Text(b)) => similarity(a, b) >= ALIKE,
                (Look::Picture(a), Look::Picture(b)) => same_picture(a, b),
                _ => true,
            };
            match leaders.iter().find(|(_, c)| alike(c)) {
                Some((leader, _)) => {
                    let (a, b) = (root(&parent, *leader), root(&parent, *row));
                    parent.insert(a.max(b), a.min(b));
                }
                None if leaders.len() < 64 => leaders.push((*row, own)),
                None => {}
            }
        }
    }
    let mut groups: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for row in rows.keys() {
        groups.entry(root(&parent, *row)).or_default().push(*row);
    }
    let differ = |g: &Vec<u64>| {
        let mut classes = g.iter().filter_map(|r| rows.get(r)).map(|c| c.class);
        let first = classes.next();
        classes.any(|c| Some(c) != first)
    };
    groups
        .into_values()
        .filter(|g| g.len() > 1 && differ(g))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::text::{distinct, grams, words};

    fn sign(text: &str) -> Signature {
        let words = words(text);
        let all = grams(&words, &BTreeSet::new())
            .into_iter()
            .filter(|g| g.2 <= 2)
            .map(|g| g.0);
        signature(&distinct(all.collect())).unwrap()
    }

    #[test]
    fn alike_texts_conflict_where_classes_differ() {
        let long = "the parcel that I ordered on the second of May for my mother has still not arrived, and nobody at \
                    your office answers the telephone or the many letters which I have written since then, please help";
        let texts = [
            (long.to_owned(), 1),
            (format!("{long}!"), 2),
            ("how do I reset my password".to_owned(), 1),
            ("how do I reset my password".to_owned(), 1),
            ("where can I change the address of my account".to_owned(), 2),
        ];
        let mut pairs = Vec::new();
        let mut rows = BTreeMap::new();
        for (row, (text, class)) in texts.iter().enumerate() {
            let s = sign(text);
            pairs.extend(bands(&s).into_iter().map(|b| (b, row as u64)));
            rows.insert(
                row as u64,
                Candidate {
                    looks: Look::Text(Box::new(s)),
                    class: *class,
                },
            );
        }
        pairs.sort_unstable();
        assert_eq!(conflicts(&pairs, &rows), [vec![0, 1]]);
        assert!(similarity(&sign(long), &sign("how do I reset my password")) < 0.2);
    }
}
