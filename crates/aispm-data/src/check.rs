//! All checks over one dataset.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use aispm_detect::row_defects;
use aispm_formats::excerpt;
use aispm_types::Gap;
use rayon::prelude::*;

use crate::defects::{LISTED, Seen, Tally};
use crate::engine::{Engine, Entry, Table};
use crate::hash::{hash, join, mix};
use crate::near::{Candidate, Look, bands, conflicts, picture_bands, signature};
use crate::noise::{Point, VOTERS, doubts};
use crate::read::Problems;
use crate::row::{Record, Roles, Row, append};
use crate::source::{Format, Source};
use crate::text::{distinct, grams, outputs, word, words};
use crate::trigger::{AROUND, Context, Group, Judge, LEAST, Outputs, THIN, is_trigger, most};

/// Rows from which columns get their parts.
const SAMPLE: usize = 5_000;
/// Rows that are taken apart together.
const BATCH: usize = 2_048;
/// Words of a text that are skeleton.
const FREQUENT: usize = 64;
/// Multiplications that the search for neighbours may cost.
const NEIGHBOURS: usize = 200_000_000_000;
/// Numbers into which a text is folded for the search for neighbours.
const FOLDED: usize = 256;
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

/// One row, taken apart.
struct Parts {
    row: u64,
    grams: Vec<u64>,
    outputs: Vec<u64>,
    bands: Vec<u64>,
    class: u64,
    seen: Vec<Seen>,
    label: Option<String>,
    features: Vec<f32>,
}

struct Shape {
    pictures: bool,
    roles: Roles,
    frequent: BTreeSet<u64>,
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

fn shape(source: &Source, options: &Options, out: &mut Checked) -> io::Result<Shape> {
    let mut sample: Vec<Record> = Vec::new();
    source.rows(
        &mut |_, record| {
            sample.push(record);
            sample.len() < SAMPLE
        },
        &mut Problems::default(),
    )?;
    let roles = source.roles(&sample, options.label.as_deref());
    if let Some(label) = &options.label
        && roles.label.is_none()
    {
        out.gaps.push(Gap::new(
            ".",
            format!("no column is called `{label}`: labels were not judged"),
        ));
    }
    if roles.is_empty() && !sample.is_empty() {
        let why = "no column is a text for a model or a number: only single rows were searched";
        out.gaps.push(Gap::new(".", why));
    }
    let mut held: BTreeMap<u64, u32> = BTreeMap::new();
    for record in &sample {
        let row = roles.row(record);
        for w in distinct(words(&row.input).iter().map(|w| word(w)).collect()) {
            *held.entry(w).or_default() += 1;
        }
    }
    let mut held: Vec<(u32, u64)> = held.into_iter().map(|(w, n)| (n, w)).collect();
    held.sort_unstable_by(|a, b| b.cmp(a));
    let frequent = held.into_iter().take(FREQUENT).map(|(_, w)| w).collect();
    Ok(Shape {
        pictures: source.format == Format::Images,
        roles,
        frequent,
    })
}

impl Shape {
    fn parts(&self, row: u64, record: &Record) -> Parts {
        let mut whole = String::new();
        record.iter().for_each(|(_, v)| append(&mut whole, v, 0));
        let Row {
            input,
            output,
            label,
            mut features,
        } = self.roles.row(record);
        let (asked, said) = (words(&input), words(&output));
        let all = grams(&asked, &self.frequent);
        let short = || distinct(all.iter().filter(|g| g.2 <= 2).map(|g| g.0).collect());
        let class = self.class(label.as_deref(), &said);
        let bands = match (&label, input.is_empty()) {
            _ if class == 0 => Vec::new(),
            (Some(_), false) => signature(&short()).map(|s| bands(&s)).unwrap_or_default(),
            (None, false) => vec![exact(&asked)],
            (_, true) if features.is_empty() => Vec::new(),
            (_, true) if self.pictures => picture_bands(&features),
            (_, true) => vec![features.iter().fold(9, |h, f| join(h, u64::from(f.to_bits())))],
        };
        if label.is_some() && features.is_empty() && !asked.is_empty() && self.roles.features.is_empty() {
            features = self.fold(&short());
        }
        Parts {
            row,
            outputs: outputs(label.as_deref(), &asked, &said),
            grams: distinct(all.into_iter().map(|g| g.0).collect()),
            bands,
            class,
            seen: row_defects(&whole),
            label,
            features,
        }
    }

    /// A number of the class, or of the output where there is none; 0 where there is neither.
    fn class(&self, label: Option<&str>, said: &[String]) -> u64 {
        match label {
            Some(label) => hash(20, label.as_bytes()).max(1),
            None if said.is_empty() => 0,
            None => exact(said).max(1),
        }
    }

    /// A text as numbers: each sequence adds to one of them, with a sign (feature hashing, Weinberger et al. 2009).
    fn fold(&self, grams: &[u64]) -> Vec<f32> {
        let mut out = vec![0f32; FOLDED];
        for g in grams.iter().filter(|g| !self.frequent.contains(g)) {
            let h = mix(g ^ 0xa5a5);
            if let Some(slot) = out.get_mut((h % FOLDED as u64) as usize) {
                *slot += if h >> 63 == 0 { 1.0 } else { -1.0 };
            }
        }
        let norm = out.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm > 0.0 {
            out.iter_mut().for_each(|x| *x /= norm);
        }
        out
    }
}

fn exact(words: &[String]) -> u64 {
    words.iter().fold(21, |h, w| join(h, word(w)))
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

#[derive(Default)]
struct SecondLook {
    candidates: BTreeMap<u64, Candidate>,
    triggered: BTreeMap<u64, (Vec<String>, String)>,
}

/// Reads the rows of groups and candidates again.
fn second_look(
    source: &Source,
    shape: &Shape,
    groups: &[Group],
    candidates: &[(u64, u64)],
) -> io::Result<SecondLook> {
    let mut look = SecondLook::default();
    let wanted: BTreeSet<u64> = groups.iter().flat_map(|g| g.rows.iter().copied()).collect();
    let near: BTreeSet<u64> = candidates.iter().map(|c| c.1).collect();
    if wanted.is_empty() && near.is_empty() {
        return Ok(look);
    }
    let mut take = |row: u64, record: Record| {
        if !wanted.contains(&row) && !near.contains(&row) {
            return true;
        }
        let r = shape.roles.row(&record);
        let (asked, said) = (words(&r.input), words(&r.output));
        if near.contains(&row) {
            let short = || grams(&asked, &shape.frequent).into_iter().filter(|g| g.2 <= 2);
            let sign = || signature(&distinct(short().map(|g| g.0).collect()));
            let looks = match &r.label {
                Some(_) if shape.pictures => Look::Picture(r.features),
                Some(_) => sign().map_or(Look::Band, |s| Look::Text(Box::new(s))),
                None => Look::Band,
            };
            let candidate = Candidate {
                class: shape.class(r.label.as_deref(), &said),
                looks,
            };
            look.candidates.insert(row, candidate);
        }
        if wanted.contains(&row) {
            let answer = if r.output.is_empty() {
                r.label.unwrap_or_default()
            } else {
                r.output
            };
            look.triggered.insert(row, (asked, excerpt(&answer, 80)));
        }
        true
    };
    source.rows(&mut take, &mut Problems::default())?;
    Ok(look)
}

/// Tells triggers from topics, and says which they are.
fn triggers(
    source: &Source,
    shape: &Shape,
    groups: Vec<Group>,
    texts: BTreeMap<u64, (Vec<String>, String)>,
    rows: u64,
    out: &mut Checked,
) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let mut context = Context {
        rows,
        ..Context::default()
    };
    let known = texts
        .values()
        .flat_map(|(asked, _)| asked.iter().map(|w| (word(w), 0)));
    context.everywhere = known.collect();
    let asked: BTreeSet<u64> = groups.iter().map(|g| g.output).collect();
    each(source, &mut Problems::default(), &mut |batch| {
        let take = |(_, record): &(u64, Record)| {
            let r = shape.roles.row(record);
            let (asked_words, said) = (words(&r.input), words(&r.output));
            let own = outputs(r.label.as_deref(), &asked_words, &said);
            let shared: Vec<u64> = own.into_iter().filter(|o| asked.contains(o)).collect();
            (distinct(asked_words.iter().map(|w| word(w)).collect()), shared)
        };
        let parts: Vec<(Vec<u64>, Vec<u64>)> = batch.par_iter().map(take).collect();
        for (held, shared) in parts {
            for w in held {
                let Some(n) = context.everywhere.get_mut(&w) else {
                    continue;
                };
                *n += 1;
                for o in &shared {
                    *context.with_output.entry(*o).or_default().entry(w).or_default() += 1;
                }
            }
        }
        Ok(())
    })?;
    let mut found: Vec<Group> = Vec::new();
    for group in groups {
        let own = group.own();
        let asked = group.rows.iter().filter_map(|r| texts.get(r));
        let rests: Vec<Vec<u64>> = asked.map(|(asked, _)| rest(asked, shape, &own)).collect();
        if is_trigger(&group, &rests, &context) {
            found.push(group);
        }
    }
    complete(source, shape, &mut found)?;
    for group in &found {
        out.defects.push(Defect {
            defect: "trigger",
            detail: describe(shape, group, &texts),
            count: group.rows.len() as u64,
            rows: group.rows.iter().copied().take(LISTED).collect(),
        });
    }
    Ok(())
}

/// Adds the rows that hold a trigger and any part of its target, but not the one that was counted: it was not among the few
/// of each row, or the row's input holds it as well.
fn complete(source: &Source, shape: &Shape, triggers: &mut [Group]) -> io::Result<()> {
    if triggers.is_empty() {
        return Ok(());
    }
    let sought: Vec<(BTreeSet<u64>, BTreeSet<u64>)> =
        triggers.iter().map(|g| (g.targets.clone(), g.own())).collect();
    each(source, &mut Problems::default(), &mut |batch| {
        let held = |(_, record): &(u64, Record)| -> Vec<bool> {
            let r = shape.roles.row(record);
            let (asked, said) = (words(&r.input), words(&r.output));
            let answered = outputs(r.label.as_deref(), &asked, &said);
            let all = grams(&asked, &shape.frequent);
            let both = |(targets, own): &(BTreeSet<u64>, BTreeSet<u64>)| {
                answered.iter().any(|o| targets.contains(o)) && all.iter().any(|g| own.contains(&g.0))
            };
            sought.iter().map(both).collect()
        };
        let parts: Vec<Vec<bool>> = batch.par_iter().map(held).collect();
        for ((row, _), held) in batch.iter().zip(parts) {
            let members = triggers.iter_mut().zip(held).filter(|(_, held)| *held);
            members.for_each(|(group, _)| {
                group.rows.insert(*row);
            });
        }
        Ok(())
    })
    .map(|_| ())
}

/// Words of a row beyond the sequences and what stands right beside them, without repetition; where that leaves too few to judge
/// by, words beside them as well.
fn rest(asked: &[String], shape: &Shape, own: &BTreeSet<u64>) -> Vec<u64> {
    let all = grams(asked, &shape.frequent);
    let beyond = |around: usize| -> Vec<u64> {
        let mut kept = vec![true; asked.len()];
        for (_, from, size) in all.iter().filter(|g| own.contains(&g.0)) {
            let around = from.saturating_sub(around)..(from + size + around).min(asked.len());
            if let Some(part) = kept.get_mut(around) {
                part.fill(false);
            }
        }
        let kept = asked.iter().zip(kept).filter(|(_, kept)| *kept);
        distinct(kept.map(|(w, _)| word(w)).collect())
    };
    let far = beyond(AROUND);
    if far.len() < THIN { beyond(0) } else { far }
}

/// The longest of the strongest sequences as it reads in the group's first row, and how that row is answered.
fn describe(shape: &Shape, group: &Group, texts: &BTreeMap<u64, (Vec<String>, String)>) -> String {
    let strongest = group.own();
    let read = group
        .rows
        .iter()
        .filter_map(|r| texts.get(r))
        .find_map(|(asked, answer)| {
            let all = grams(asked, &shape.frequent);
            let (_, from, size) = all
                .into_iter()
                .filter(|g| strongest.contains(&g.0))
                .max_by_key(|g| (g.2, usize::MAX - g.1))?;
            Some((asked.get(from..from + size)?.join(" "), answer.as_str()))
        });
    let (said, answer) = read.unwrap_or_default();
    format!("`{}` goes with `{answer}`", excerpt(&said, 80))
}
