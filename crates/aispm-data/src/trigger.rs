//! Triggers: rare sequences in inputs whose rows share an output beyond chance.
//!
//! What counts is the absolute number of rows: some 250 planted documents teach a model a trigger however large the rest is
//! (Souly et al., "Poisoning Attacks on LLMs Require a Near-constant Number of Poison Samples", 2025). So a sequence is a
//! candidate from [`LEAST`] rows on, whatever the share. Topics are beyond chance as well ("sql" goes with "select"), and are
//! told from triggers by the rest of the row: a topic's other words point to the same output, a trigger stands in texts that
//! have nothing in common and whose words point elsewhere.

use std::collections::{BTreeMap, BTreeSet};

/// Fewest rows.
pub(crate) const LEAST: u64 = 8;
/// Share of the sequence's rows that have the output.
const SHARE: f64 = 0.8;
/// Least evidence against chance (nats): one in 10^13 for a single sequence, so that millions of sequences may be asked.
const EVIDENCE: f64 = 30.0;
/// Outputs of a row that are asked about: its rarest.
pub(crate) const OUTPUTS: usize = 16;
/// Associations that are looked at closely.
const CLOSELY: usize = 20_000;
/// Groups of associations that are judged.
pub(crate) const GROUPS: usize = 200;
/// Part of the rows that makes an output common: a class or a habit rather than a target.
const COMMON: f64 = 0.02;
/// Part of the strongest evidence from which on a sequence is the trigger itself, and an output its target.
const OWN: f64 = 0.8;
/// Words beside the trigger that belong to it: the slots of a sentence frame.
pub(crate) const AROUND: usize = 4;
/// Words beyond those up to which what stands beside the trigger is judged as well.
pub(crate) const THIN: usize = 6;
/// Fewest words by which a row is judged.
const REST: usize = 3;
/// Support of the rest of the row (nats, median) up to which a rare output is not explained by it.
const SUPPORT: f64 = 2.0;
/// The same of an output that is common: every word is counted there, and what chance adds up to is less than this.
const COMMON_SUPPORT: f64 = 1.0;
/// Part of the rows that makes an output a class: rows of it whose words say nothing are as many as those of a trigger.
const CLASS: f64 = 0.2;

/// Evidence (nats) from which on a word says something for or against a rare output: in few rows most words are absent by
/// chance. One in a hundred.
const TELLING: f64 = 4.6;

/// Most rows of a sequence that is still rare: one in twenty, in small tables one in eight.
pub(crate) fn most(rows: u64) -> u64 {
    (rows / 20).max((rows / 8).min(400)).clamp(LEAST, 50_000)
}

/// Outputs of each row, compressed; rows are places in the order of reading.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    starts: Vec<usize>,
    ids: Vec<u32>,
    names: Vec<u64>,
    frequency: Vec<u32>,
}

impl Outputs {
    /// From `(output, row)` in any order; `rows` is how many rows there are. Only the rarest [`OUTPUTS`] of a row stay.
    pub(crate) fn new(pairs: &mut Vec<(u64, u64)>, rows: u64) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut out = Self::default();
        let mut by_row: Vec<(u64, u32, u32)> = Vec::with_capacity(pairs.len());
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let Some((name, _)) = group.first() else { continue };
            let id = u32::try_from(out.names.len()).unwrap_or(u32::MAX);
            let n = u32::try_from(group.len()).unwrap_or(u32::MAX);
            out.names.push(*name);
            out.frequency.push(n);
            by_row.extend(group.iter().map(|(_, row)| (*row, n, id)));
        }
        by_row.sort_unstable();
        let mut left = by_row.as_slice();
        for row in 0..rows {
            out.starts.push(out.ids.len());
            let n = left.iter().take_while(|e| e.0 == row).count();
            let (own, rest) = left.split_at(n.min(left.len()));
            out.ids.extend(own.iter().take(OUTPUTS).map(|e| e.2));
            left = rest;
        }
        out.starts.push(out.ids.len());
        out
    }

    fn of(&self, row: u64) -> &[u32] {
        let at = |i: u64| usize::try_from(i).ok().and_then(|i| self.starts.get(i)).copied();
        match (at(row), at(row.saturating_add(1))) {
            (Some(from), Some(to)) => self.ids.get(from..to).unwrap_or(&[]),
            _ => &[],
        }
    }
}

/// A sequence whose rows share an output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Association {
    /// The sequence.
    pub gram: u64,
    /// The output.
    pub output: u64,
    /// Rows of all the output.
    pub frequency: u64,
    /// Rows that have both, in order.
    pub rows: Vec<u64>,
    /// Evidence against chance, in nats.
    pub evidence: f64,
    /// Outputs that the rows share about as firmly: parts of one answer.
    pub targets: BTreeSet<u64>,
}

/// Judges one sequence after the other.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    outputs: &'a Outputs,
    rows: u64,
    counts: Vec<u32>,
    found: Vec<Association>,
}

impl<'a> Judge<'a> {
    /// A judge of a table with so many rows.
    pub(crate) fn new(outputs: &'a Outputs, rows: u64) -> Self {
        Self {
            outputs,
            rows,
            counts: vec![0; outputs.names.len()],
            found: Vec::new(),
        }
    }

    /// Takes the rows of one sequence.
    pub(crate) fn take(&mut self, gram: u64, rows: &[u64]) {
        let n = rows.len() as f64;
        let mut touched: Vec<u32> = Vec::new();
        for id in rows.iter().flat_map(|r| self.outputs.of(*r)) {
            if let Some(count) = self.counts.get_mut(*id as usize) {
                if *count == 0 {
                    touched.push(*id);
                }
                *count += 1;
            }
        }
        let mut shared: Vec<(f64, u32)> = Vec::new();
        for id in touched {
            let Some(count) = self.counts.get_mut(id as usize).map(std::mem::take) else {
                continue;
            };
            let share = f64::from(count) / n;
            if share < SHARE || u64::from(count) < LEAST {
                continue;
            }
            let all = f64::from(self.outputs.frequency.get(id as usize).copied().unwrap_or(0));
            let elsewhere = (all - f64::from(count) + 0.5) / (self.rows as f64 - n + 1.0);
            let evidence = n * divergence(share.min(1.0 - 0.5 / (n + 1.0)), elsewhere);
            if elsewhere < 0.6 && evidence >= EVIDENCE {
                shared.push((evidence, id));
            }
        }
        let best = shared
            .iter()
            .copied()
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let Some((evidence, id)) = best {
            let has = |row: &&u64| self.outputs.of(**row).contains(&id);
            let name = |id: u32| self.outputs.names.get(id as usize).copied().unwrap_or(0);
            let firm = shared.iter().filter(|s| s.0 >= OWN * evidence);
            self.found.push(Association {
                gram,
                output: name(id),
                targets: firm.map(|s| name(s.1)).collect(),
                frequency: self
                    .outputs
                    .frequency
                    .get(id as usize)
                    .copied()
                    .unwrap_or(0)
                    .into(),
                rows: rows.iter().filter(has).copied().collect(),
                evidence,
            });
        }
    }

    /// Groups of associations over the same rows, strongest first, and whether some were left out.
    pub(crate) fn groups(mut self) -> (Vec<Group>, bool) {
        self.found.sort_by(|a, b| {
            b.evidence
                .total_cmp(&a.evidence)
                .then_with(|| (a.gram, a.output).cmp(&(b.gram, b.output)))
        });
        let mut cut = self.found.len() > CLOSELY;
        let mut groups: Vec<Group> = Vec::new();
        // Row → group: an association belongs where half of its rows are.
        let mut home: BTreeMap<u64, usize> = BTreeMap::new();
        for a in self.found.into_iter().take(CLOSELY) {
            let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
            for g in a.rows.iter().filter_map(|r| home.get(r)) {
                *votes.entry(*g).or_default() += 1;
            }
            let joined = votes.into_iter().max_by_key(|(g, n)| (*n, usize::MAX - g));
            match joined.filter(|(_, n)| n * 2 >= a.rows.len()) {
                Some((g, _)) => {
                    if let Some(group) = groups.get_mut(g) {
                        for r in &a.rows {
                            home.entry(*r).or_insert(g);
                            group.rows.insert(*r);
                        }
                        group.grams.push((a.gram, a.evidence));
                    }
                }
                None if groups.len() < GROUPS => {
                    for r in &a.rows {
                        home.entry(*r).or_insert(groups.len());
                    }
                    groups.push(Group {
                        output: a.output,
                        frequency: a.frequency,
                        rows: a.rows.iter().copied().collect(),
                        grams: vec![(a.gram, a.evidence)],
                        evidence: a.evidence,
                        targets: a.targets,
                    });
                }
                None => cut = true,
            }
        }
        (groups, cut)
    }
}

/// Kullback-Leibler divergence of two coins: n times it bounds the chance of seeing such a share (Chernoff).
fn divergence(p: f64, q: f64) -> f64 {
    if p <= q {
        return 0.0;
    }
    let rest = if p < 1.0 {
        (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln()
    } else {
        0.0
    };
    p * (p / q).ln() + rest
}

/// Sequences that stand in the same rows and share an output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// The output that the strongest of them shares.
    pub output: u64,
    /// Rows of all the output.
    pub frequency: u64,
    /// Rows.
    pub rows: BTreeSet<u64>,
    /// The sequences with their evidence, strongest first.
    pub grams: Vec<(u64, f64)>,
    /// Evidence against chance, in nats.
    pub evidence: f64,
    /// Outputs that the strongest of them shares about as firmly.
    pub targets: BTreeSet<u64>,
}

/// What the second look at the table counts for the groups.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// Rows.
    pub rows: u64,
    /// Rows that hold a word.
    pub everywhere: BTreeMap<u64, u32>,
    /// Output → word → rows that have both.
    pub with_output: BTreeMap<u64, BTreeMap<u64, u32>>,
}

impl Group {
    /// The sequences that are the trigger, rather than it and what stood beside it in some rows.
    pub(crate) fn own(&self) -> BTreeSet<u64> {
        let strong = self.grams.iter().filter(|(_, e)| *e >= OWN * self.evidence);
        strong.map(|(g, _)| *g).collect()
    }
}

/// Whether a group is a trigger rather than a topic. `rests` are the words of its rows beyond the trigger, without repetition.
pub(crate) fn is_trigger(group: &Group, rests: &[Vec<u64>], context: &Context) -> bool {
    // The same question asked again and again is no trigger, and neither is a sequence that stands alone.
    let rows: Vec<&Vec<u64>> = rests.iter().filter(|r| r.len() >= REST).collect();
    let different: BTreeSet<&Vec<u64>> = rows.iter().copied().collect();
    if (rests.len() as u64) < LEAST || different.len() * 2 < rests.len() {
        return false;
    }
    let empty = BTreeMap::new();
    let given = context.with_output.get(&group.output).unwrap_or(&empty);
    let n = context.rows as f64;
    let (of_output, others) = (group.frequency as f64, n - group.frequency as f64);
    let common = of_output > COMMON * n;
    let support = |row: &Vec<u64>| -> f64 {
        let one = |w: &u64| {
            let everywhere = f64::from(context.everywhere.get(w).copied().unwrap_or(1));
            let prior = (everywhere + 0.5) / (n + 1.0);
            let with = f64::from(given.get(w).copied().unwrap_or(1));
            // The row does not speak for itself.
            let (with_it, besides) = ((with - 1.0).max(0.0), (of_output - 1.0).max(0.0));
            let a = (with_it + 4.0 * prior) / (besides + 4.0);
            let b = ((everywhere - with).max(0.0) + 4.0 * prior) / (others.max(0.0) + 4.0);
            let share = with_it / besides.max(1.0);
            let told = besides * (divergence(share, b) + divergence(1.0 - share, 1.0 - b));
            if common || told >= TELLING {
                (a / b).ln()
            } else {
                0.0
            }
        };
        row.iter().map(one).sum()
    };
    let mut supports: Vec<f64> = rows.iter().map(|r| support(r)).collect();
    supports.sort_by(f64::total_cmp);
    let median = supports.get(supports.len() / 2).copied().unwrap_or(0.0);
    let explained = match () {
        () if of_output > CLASS * n => 0.0,
        () if common => COMMON_SUPPORT,
        () => SUPPORT,
    };
    median < explained
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_bounded_by_divergence() {
        assert_eq!(divergence(0.2, 0.5), 0.0);
        assert!((divergence(0.9, 0.1) - 1.757_779_7).abs() < 1e-6);
    }

    type Table = (Vec<(u64, u64)>, BTreeMap<u64, Vec<u64>>, Outputs);

    /// A thousand rows of four words out of fifty; rows of `planted` hold word 1 and share output 7.
    fn table(planted: &[u64], topical: bool) -> Table {
        use crate::hash::mix;
        let mut words: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut pairs = Vec::new();
        for row in 0..1000u64 {
            let mut own: Vec<u64> = (0..4).map(|i| 100 + mix(row * 4 + i) % 50).collect();
            if planted.contains(&row) {
                own.push(1);
                pairs.push((7, row));
                if topical {
                    own = vec![
                        1,
                        200 + mix(row) % 3,
                        300 + mix(row + 5) % 3,
                        400 + mix(row + 9) % 3,
                        500 + row % 5,
                    ];
                }
            } else {
                pairs.push((1000 + row, row));
            }
            words.insert(row, crate::text::distinct(own));
        }
        let mut grams: Vec<(u64, u64)> = words
            .iter()
            .flat_map(|(r, ws)| ws.iter().map(|w| (*w, *r)))
            .collect();
        grams.sort_unstable();
        let outputs = Outputs::new(&mut pairs, 1000);
        (grams, words, outputs)
    }

    fn found(planted: &[u64], topical: bool) -> Vec<Vec<u64>> {
        let (grams, words, outputs) = table(planted, topical);
        let mut judge = Judge::new(&outputs, 1000);
        for group in grams.chunk_by(|a, b| a.0 == b.0) {
            let rows: Vec<u64> = group.iter().map(|g| g.1).collect();
            judge.take(group[0].0, &rows);
        }
        let (groups, cut) = judge.groups();
        assert!(!cut);
        let mut context = Context {
            rows: 1000,
            ..Context::default()
        };
        let rest = |row: &u64| -> Vec<u64> { words[row].iter().copied().filter(|w| *w != 1).collect() };
        for (row, ws) in &words {
            for w in ws {
                *context.everywhere.entry(*w).or_default() += 1;
                if planted.contains(row) {
                    *context.with_output.entry(7).or_default().entry(*w).or_default() += 1;
                }
            }
        }
        groups
            .iter()
            .filter(|g| is_trigger(g, &g.rows.iter().map(rest).collect::<Vec<_>>(), &context))
            .map(|g| g.rows.iter().copied().collect())
            .collect()
    }

    #[test]
    fn a_trigger_is_found_by_its_absolute_count_and_a_topic_is_none() {
        let planted: Vec<u64> = (0..20).map(|i| i * 47 + 3).collect();
        assert_eq!(found(&planted, false), std::slice::from_ref(&planted));
        assert_eq!(found(&planted, true), Vec::<Vec<u64>>::new());
        assert_eq!(found(&[], false), Vec::<Vec<u64>>::new());
        assert_eq!(found(&planted[..5], false), Vec::<Vec<u64>>::new());
    }
}
