//! All checks over one dataset.

mod shape;
mod triggers;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use aispm_formats::excerpt;
use aispm_types::Gap;
use rayon::prelude::*;

use self::shape::{Parts, Shape, shape};
use self::triggers::{second_look, triggers};
use crate::defects::{LISTED, Tally};
use crate::engine::{Engine, Entry, Table};
use crate::near::conflicts;
use crate::noise::{Point, VOTERS, doubts};
use crate::read::Problems;
use crate::row::Record;
use crate::source::Source;
use crate::text::{distinct, grams, words};
use crate::trigger::{Judge, LEAST, Outputs, most};

/// Rows that are taken apart together.
const BATCH: usize = 2_048;
/// Multiplications that the search for neighbours may cost.
const NEIGHBOURS: usize = 200_000_000_000;
/// Most rows of one band.
const BAND: u64 = 1_000;
/// Most classes.
const CLASSES: usize = 1_000;
/// Files of a defect's rows that are named.
const NAMED: usize = 4;
/// Rows of conflicts that are looked at.
const CONFLICTS: usize = 200_000;

/// What the user says beside the path.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The column with the class.
    pub label: Option<String>,
    /// Sequences and near-duplicates are left out; the reason is a gap.
    pub rows_alone: Option<String>,
}

/// A defect and its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Its word.
    pub defect: &'static str,
    /// What was seen, shortened.
    pub detail: String,
    /// How many rows.
    pub count: u64,
    /// Which, from 0, in order; the first ones where there are many.
    pub rows: Vec<u64>,
}

/// What the checks say.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Rows, malformed ones too.
    pub rows: u64,
    /// Defects, in order of their words.
    pub defects: Vec<Defect>,
    /// What was not read or not judged.
    pub gaps: Vec<Gap>,
    /// Why not every row was searched, where one could not be read.
    pub unread: Option<String>,
}

/// Checks a dataset.
///
/// # Errors
/// It cannot be read, or a plan failed.
pub fn check(source: &Source, options: &Options, engine: &mut dyn Engine) -> io::Result<Checked> {
    let mut out = Checked::default();
    let shape = shape(source, options, &mut out)?;
    let mut tally = Tally::default();
    let mut points = Points::default();
    let mut problems = Problems::default();
    let related = options.rows_alone.is_none();
    let passes = if related { engine.passes() } else { 1 };
    let rows = each(source, &mut problems, &mut |batch| {
        let parts: Vec<Parts> = batch
            .par_iter()
            .map(|(row, record)| shape.parts(*row, record))
            .collect();
        for p in parts {
            tally.note(p.row, p.seen);
            points.take(p.row, p.label, p.features);
            if related {
                let entries =
                    |keys: &[u64], class| keys.iter().map(|k| (*k, p.row, class)).collect::<Vec<Entry>>();
                let mut own = entries(&p.grams, 0);
                own.retain(|e| e.0 % passes == 0);
                engine.add(Table::Grams, &own)?;
                engine.add(Table::Outputs, &entries(&p.outputs, 0))?;
                engine.add(Table::Bands, &entries(&p.bands, p.class))?;
            }
        }
        Ok(())
    })?;
    out.rows = rows;
    let unread = problems.gaps(".");
    out.unread = unread.first().map(|g| g.reason.clone());
    out.gaps.extend(unread);
    if let Some(why) = &options.rows_alone {
        out.gaps.push(Gap::new(".", why.clone()));
    } else {
        related_rows(source, &shape, engine, passes, rows, &mut out)?;
    }
    points.judge(&mut out);
    for (defect, rows) in tally.into_parts() {
        out.defects.push(Defect {
            defect,
            detail: rows.details.join("; "),
            count: rows.count,
            rows: rows.rows,
        });
    }
    for defect in &mut out.defects {
        let files = defect.rows.iter().filter_map(|r| Some((r, source.name(*r)?)));
        let named: Vec<String> = files
            .take(NAMED)
            .map(|(r, f)| format!("row {r} is {f}"))
            .collect();
        if !named.is_empty() {
            defect.detail = format!("{}; {}", defect.detail, named.join(", "));
        }
    }
    out.defects
        .sort_by(|a, b| (a.defect, &a.rows, &a.detail).cmp(&(b.defect, &b.rows, &b.detail)));
    Ok(out)
}

/// Takes a batch of rows, each with its place.
type Take<'a> = dyn FnMut(&[(u64, Record)]) -> io::Result<()> + 'a;

/// Reads in batches.
fn each(source: &Source, problems: &mut Problems, take: &mut Take<'_>) -> io::Result<u64> {
    let mut batch: Vec<(u64, Record)> = Vec::with_capacity(BATCH);
    let mut failed = None;
    let rows = source.rows(
        &mut |row, record| {
            batch.push((row, record));
            if batch.len() == BATCH {
                failed = take(&batch).err();
                batch.clear();
            }
            failed.is_none()
        },
        problems,
    )?;
    if let Some(e) = failed {
        return Err(e);
    }
    take(&batch)?;
    Ok(rows)
}

/// Rows with a class, for the search for neighbours.
#[derive(Default)]
struct Points {
    classes: BTreeMap<String, usize>,
    points: Vec<Point>,
    over: u64,
}

impl Points {
    fn take(&mut self, row: u64, label: Option<String>, features: Vec<f32>) {
        let Some(label) = label.filter(|_| !features.is_empty()) else {
            return;
        };
        let most = NEIGHBOURS / VOTERS / features.len();
        let next = self.classes.len();
        if self.points.len() >= most || (next >= CLASSES && !self.classes.contains_key(&label)) {
            self.over += 1;
            return;
        }
        let label = *self.classes.entry(label).or_insert(next);
        self.points.push(Point { row, label, features });
    }

    fn judge(self, out: &mut Checked) {
        if self.over > 0 {
            let why = format!(
                "label noise was looked for in {} rows, not in the {} after them (budget of comparisons)",
                self.points.len(),
                self.over
            );
            out.gaps.push(Gap::new(".", why));
        }
        let found = doubts(&self.points, self.classes.len());
        if found.is_empty() {
            return;
        }
        let names: BTreeMap<usize, &String> = self.classes.iter().map(|(n, i)| (*i, n)).collect();
        let name = |i: usize| names.get(&i).map_or("?", |n| n.as_str());
        let first: Vec<String> = found
            .iter()
            .take(3)
            .map(|d| {
                format!(
                    "row {} says {} and its neighbours {}",
                    d.row,
                    excerpt(name(d.given), 24),
                    excerpt(name(d.believed), 24)
                )
            })
            .collect();
        out.defects.push(Defect {
            defect: "label-noise",
            detail: first.join("; "),
            count: found.len() as u64,
            rows: found.iter().map(|d| d.row).take(LISTED).collect(),
        });
    }
}

/// Checks that hold rows against each other.
fn related_rows(
    source: &Source,
    shape: &Shape,
    engine: &mut dyn Engine,
    passes: u64,
    rows: u64,
    out: &mut Checked,
) -> io::Result<()> {
    let mut pairs = Vec::new();
    engine.groups(Table::Outputs, LEAST, u64::MAX, &mut |output, rows| {
        pairs.extend(rows.iter().map(|r| (output, *r)));
    })?;
    let known = Outputs::new(&mut pairs, rows);
    drop(pairs);
    let mut judge = Judge::new(&known, rows);
    engine.groups(Table::Grams, LEAST, most(rows), &mut |gram, rows| {
        judge.take(gram, rows)
    })?;
    for pass in 1..passes {
        each(source, &mut Problems::default(), &mut |batch| {
            let own = |(row, record): &(u64, Record)| -> Vec<Entry> {
                let asked = words(&shape.roles.row(record).input);
                let all = grams(&asked, &shape.frequent).into_iter().map(|g| g.0);
                distinct(all.filter(|g| g % passes == pass).collect())
                    .into_iter()
                    .map(|g| (g, *row, 0))
                    .collect()
            };
            let parts: Vec<Vec<Entry>> = batch.par_iter().map(own).collect();
            parts.iter().try_for_each(|p| engine.add(Table::Grams, p))
        })?;
        engine.groups(Table::Grams, LEAST, most(rows), &mut |gram, rows| {
            judge.take(gram, rows)
        })?;
    }
    let (groups, cut) = judge.groups();
    if cut {
        let why = "there are more associations of sequences and outputs than are looked at: only the strongest were";
        out.gaps.push(Gap::new(".", why));
    }
    let mut candidates = engine.conflicting(BAND)?;
    if candidates.len() > CONFLICTS {
        candidates.truncate(CONFLICTS);
        out.gaps.push(Gap::new(
            ".",
            "more near-duplicates than are looked at: only the first ones were",
        ));
    }
    let look = second_look(source, shape, &groups, &candidates)?;
    triggers(source, shape, groups, look.triggered, rows, out)?;
    let named = if shape.roles.label.is_some() {
        "conflicting-labels"
    } else {
        "conflicting-outputs"
    };
    let found = conflicts(&candidates, &look.candidates);
    let all: BTreeSet<u64> = found.iter().flatten().copied().collect();
    if let Some(first) = found.first() {
        let shown: Vec<String> = first.iter().take(4).map(u64::to_string).collect();
        out.defects.push(Defect {
            defect: named,
            detail: format!(
                "{} group(s) of like inputs; the first is rows {}",
                found.len(),
                shown.join(", ")
            ),
            count: all.len() as u64,
            rows: all.into_iter().take(LISTED).collect(),
        });
    }
    Ok(())
}
