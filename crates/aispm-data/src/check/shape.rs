//! What a dataset is made of, and one row of it taken apart.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use aispm_detect::row_defects;
use aispm_types::Gap;

use super::{Checked, Options};
use crate::defects::Seen;
use crate::hash::{hash, join, mix};
use crate::near::{bands, picture_bands, signature};
use crate::read::Problems;
use crate::row::{Record, Roles, Row, append};
use crate::source::{Format, Source};
use crate::text::{distinct, grams, outputs, word, words};

/// Rows from which columns get their parts.
const SAMPLE: usize = 5_000;
/// Words of a text that are skeleton.
const FREQUENT: usize = 64;
/// Numbers into which a text is folded for the search for neighbours.
const FOLDED: usize = 256;

/// One row, taken apart.
pub(super) struct Parts {
    pub(super) row: u64,
    pub(super) grams: Vec<u64>,
    pub(super) outputs: Vec<u64>,
    pub(super) bands: Vec<u64>,
    pub(super) class: u64,
    pub(super) seen: Vec<Seen>,
    pub(super) label: Option<String>,
    pub(super) features: Vec<f32>,
}

/// What the columns of a dataset are, told from its first rows.
pub(super) struct Shape {
    pub(super) pictures: bool,
    pub(super) roles: Roles,
    /// Words of texts that are skeleton.
    pub(super) frequent: BTreeSet<u64>,
}

/// Reads the first rows.
pub(super) fn shape(source: &Source, options: &Options, out: &mut Checked) -> io::Result<Shape> {
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
    pub(super) fn parts(&self, row: u64, record: &Record) -> Parts {
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
    pub(super) fn class(&self, label: Option<&str>, said: &[String]) -> u64 {
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
