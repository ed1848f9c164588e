//! Label noise: rows whose label their nearest neighbours contradict, judged by confident learning (Northcutt, Jiang and
//! Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021).
//!
//! Out-of-sample class probabilities come from the neighbours of a row, the row itself left out. A row counts against its
//! label where another class is believed at least as firmly as rows of that class are believed on average, and the margin
//! to the given label is wide: an error of the model among its neighbours is not an error of the label.

use rayon::prelude::*;

/// Neighbours that vote.
const NEIGHBOURS: usize = 10;
/// Rows that are compared with every row; where there are more, a sample of this size votes.
pub(crate) const VOTERS: usize = 20_000;
/// Least difference of believed and given label's probability.
const MARGIN: f32 = 0.7;
/// Belief that is firm enough, however firm it is on average: the average of a class suffers from the noise that is looked for.
const FIRM: f64 = 0.7;

/// Numbers of one row.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Which row.
    pub row: u64,
    /// Its class, as an index.
    pub label: usize,
    /// Its features.
    pub features: Vec<f32>,
}

/// A row whose label is doubted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Doubt {
    /// Which row.
    pub row: u64,
    /// What it says.
    pub given: usize,
    /// What its neighbours say.
    pub believed: usize,
    /// How sure they are that it is not the given one, 0 to 1.
    pub margin: f32,
}

/// Rows whose labels are doubted, in row order.
pub(crate) fn doubts(points: &[Point], classes: usize) -> Vec<Doubt> {
    if classes < 2 || points.len() < 50 {
        return Vec::new();
    }
    let scaled = scale(points);
    let step = points.len().div_ceil(VOTERS).max(1);
    let voters: Vec<usize> = (0..points.len()).step_by(step).collect();
    let probabilities: Vec<Vec<f32>> = (0..points.len())
        .into_par_iter()
        .map(|i| vote(i, &voters, &scaled, points, classes))
        .collect();
    // How firmly rows of a class are believed to be of it, on average.
    let mut sums = vec![(0f64, 0u32); classes];
    for (point, p) in points.iter().zip(&probabilities) {
        if let (Some(sum), Some(p)) = (sums.get_mut(point.label), p.get(point.label)) {
            *sum = (sum.0 + f64::from(*p), sum.1 + 1);
        }
    }
    let thresholds: Vec<f64> = sums.iter().map(|(s, n)| s / f64::from((*n).max(1))).collect();
    let judge = |(point, p): (&Point, &Vec<f32>)| {
        let given = *p.get(point.label)?;
        let (believed, most) = p
            .iter()
            .enumerate()
            .filter(|(c, p)| {
                *c != point.label
                    && thresholds
                        .get(*c)
                        .is_some_and(|t| f64::from(**p) >= t.min(FIRM) - 1e-6)
            })
            .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
        let margin = most - given;
        (margin >= MARGIN).then_some(Doubt {
            row: point.row,
            given: point.label,
            believed,
            margin,
        })
    };
    points.iter().zip(&probabilities).filter_map(judge).collect()
}

/// Columns on one scale: by their root mean square around the mean of all columns of the table where they are alike (pixels),
/// by each column's own deviation where they are not.
fn scale(points: &[Point]) -> Vec<Vec<f32>> {
    let width = points.iter().map(|p| p.features.len()).min().unwrap_or(0);
    let n = points.len() as f64;
    let columns: Vec<(f64, f64)> = (0..width)
        .map(|c| {
            let values = || {
                points
                    .iter()
                    .filter_map(move |p| p.features.get(c))
                    .map(|v| f64::from(*v))
            };
            let mean = values().sum::<f64>() / n;
            let deviation = (values().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
            (mean, deviation)
        })
        .collect();
    let widest = columns.iter().map(|c| c.1).fold(0.0, f64::max);
    let bound = columns.iter().map(|c| c.0.abs() + 3.0 * c.1).fold(0.0, f64::max);
    let least = columns
        .iter()
        .filter(|c| c.1 > 0.0)
        .map(|c| c.0.abs() + 3.0 * c.1)
        .fold(f64::MAX, f64::min);
    // Many columns within one order of magnitude measure the same kind of thing, and a flat one of them says little.
    let alike = width >= 16 && least * 50.0 >= bound;
    let divide = |deviation: f64| {
        let by = if alike { widest } else { deviation };
        if by > 0.0 { 1.0 / by } else { 0.0 }
    };
    #[expect(clippy::cast_possible_truncation, reason = "distances need no more")]
    let one = |p: &Point| {
        let scaled = p.features.iter().zip(&columns);
        scaled
            .map(|(v, (mean, d))| ((f64::from(*v) - mean) * divide(*d)) as f32)
            .collect()
    };
    points.iter().map(one).collect()
}

/// Class probabilities of one row from its nearest voters, nearer ones counting more.
fn vote(i: usize, voters: &[usize], scaled: &[Vec<f32>], points: &[Point], classes: usize) -> Vec<f32> {
    let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(NEIGHBOURS + 1);
    let Some(own) = scaled.get(i) else {
        return vec![0.0; classes];
    };
    for v in voters.iter().copied().filter(|v| *v != i) {
        let Some(other) = scaled.get(v) else { continue };
        let distance: f32 = own.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
        let full = nearest.len() == NEIGHBOURS;
        if full && nearest.last().is_some_and(|l| distance >= l.0) {
            continue;
        }
        let at = nearest.partition_point(|n| (n.0, n.1) < (distance, v));
        nearest.insert(at, (distance, v));
        nearest.truncate(NEIGHBOURS);
    }
    let mut p = vec![0f32; classes];
    let far = nearest.last().map_or(1.0, |l| l.0.sqrt()).max(f32::MIN_POSITIVE);
    let mut total = 0.0;
    for (distance, v) in &nearest {
        let weight = 1.0 / (0.25 + distance.sqrt() / far);
        total += weight;
        if let Some(slot) = points.get(*v).and_then(|n| p.get_mut(n.label)) {
            *slot += weight;
        }
    }
    if total > 0.0 {
        p.iter_mut().for_each(|x| *x /= total);
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;

    /// Three clouds of points; every row of `flipped` says another class.
    fn clouds(flipped: &[u64]) -> Vec<Point> {
        let jitter = |n: u64| (mix(n) % 1000) as f32 / 1000.0;
        (0..300u64)
            .map(|row| {
                let class = (row % 3) as usize;
                let label = if flipped.contains(&row) {
                    (class + 1) % 3
                } else {
                    class
                };
                let features = vec![
                    class as f32 * 4.0 + jitter(row),
                    jitter(row + 1000),
                    100.0 * jitter(row + 9000),
                ];
                Point { row, label, features }
            })
            .collect()
    }

    #[test]
    fn flipped_labels_are_doubted_and_others_are_not() {
        let flipped = [4, 50, 77, 123, 204, 290];
        let found: Vec<u64> = doubts(&clouds(&flipped), 3).iter().map(|d| d.row).collect();
        assert_eq!(found, flipped);
        assert_eq!(doubts(&clouds(&[]), 3), []);
    }

    #[test]
    fn noise_without_structure_is_not_doubted() {
        let points: Vec<Point> = (0..400u64)
            .map(|row| Point {
                row,
                label: (mix(row) % 2) as usize,
                features: vec![(mix(row + 7) % 997) as f32, (mix(row + 70_000) % 997) as f32],
            })
            .collect();
        assert!(doubts(&points, 2).len() < 8, "{}", doubts(&points, 2).len());
    }
}
