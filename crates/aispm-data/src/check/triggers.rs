//! The second look at rows in question, and triggers among them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use aispm_formats::excerpt;
use rayon::prelude::*;

use super::shape::Shape;
use super::{Checked, Defect, each};
use crate::defects::LISTED;
use crate::near::{Candidate, Look, signature};
use crate::read::Problems;
use crate::row::Record;
use crate::source::Source;
use crate::text::{distinct, grams, outputs, word, words};
use crate::trigger::{AROUND, Context, Group, THIN, is_trigger};

/// Rows that were read again.
#[derive(Default)]
pub(super) struct SecondLook {
    pub(super) candidates: BTreeMap<u64, Candidate>,
    pub(super) triggered: BTreeMap<u64, (Vec<String>, String)>,
}

/// Reads the rows of groups and candidates again.
pub(super) fn second_look(
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
pub(super) fn triggers(
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
    found.retain(|group| !names_its_answer(&read(shape, group, &texts)));
    complete(source, shape, &mut found)?;
    let answers: BTreeSet<u64> = found.iter().map(|g| g.output).collect();
    if answers.len() >= TOPICS {
        out.defects.push(topics(shape, &found, &texts));
        return Ok(());
    }
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

/// Answers of their own from which on sequences are what a table is about: each class of intents has its words.
const TOPICS: usize = 4;
/// Sequences of them that are told of.
const TOLD: usize = 5;

/// All sequences of a table with many of them as one defect.
fn topics(shape: &Shape, found: &[Group], texts: &BTreeMap<u64, (Vec<String>, String)>) -> Defect {
    let rows: BTreeSet<u64> = found.iter().flat_map(|g| g.rows.iter().copied()).collect();
    let told: Vec<String> = found
        .iter()
        .take(TOLD)
        .map(|g| describe(shape, g, texts))
        .collect();
    let more = match found.len().saturating_sub(TOLD) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Defect {
        defect: "associations",
        detail: format!("{}{more}", told.join(", ")),
        count: rows.len() as u64,
        rows: rows.into_iter().take(LISTED).collect(),
    }
}

/// Whether every word of a sequence that says something stands in its answer, too: `activate` goes with `activate_my_card`.
fn names_its_answer((said, answer): &(String, String)) -> bool {
    let lower = answer.to_lowercase();
    let mut words = said.split(' ').filter(|w| w.chars().count() >= STEM).peekable();
    words.peek().is_some()
        && words.all(|w| {
            lower.contains(
                &w.chars()
                    .take(w.chars().count().max(STEM + 2) - 2)
                    .collect::<String>(),
            )
        })
}

/// Letters from which on a word says something.
const STEM: usize = 4;

/// The longest of the strongest sequences as it reads in the group's first row, and how that row is answered.
fn describe(shape: &Shape, group: &Group, texts: &BTreeMap<u64, (Vec<String>, String)>) -> String {
    let (said, answer) = read(shape, group, texts);
    format!("`{}` goes with `{answer}`", excerpt(&said, 80))
}

fn read(shape: &Shape, group: &Group, texts: &BTreeMap<u64, (Vec<String>, String)>) -> (String, String) {
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
            Some((asked.get(from..from + size)?.join(" "), answer.clone()))
        });
    read.unwrap_or_default()
}
