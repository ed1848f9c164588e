//! Datasets: files whose fields, or whose name and place, say that a model is trained, tuned or evaluated on them.
//!
//! A repository is full of tables; one is a dataset only where something says so. See [`fields`].

mod fields;
mod rows;

use std::collections::BTreeSet;

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_test_path};
use aispm_types::{Asset, AssetId, AssetKind, Batch, Fact, FactKind, Value};

use crate::{digest, names};
use rows::Rows;

/// Reads datasets.
#[derive(Debug)]
pub(crate) struct DatasetReader {
    phrases: Option<aho_corasick::AhoCorasick>,
}

/// What [`Reader::finish`] needs of one file.
enum Found {
    Dataset {
        directory: String,
        id: AssetId,
        name: String,
    },
    /// A card or data sheet: says where the data of its directory come from.
    Card { directory: String },
}

impl DatasetReader {
    pub(crate) fn new() -> Self {
        Self {
            phrases: rows::phrases(),
        }
    }
}

impl Reader for DatasetReader {
    fn name(&self) -> &'static str {
        "datasets"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        !file.source.is_empty() && (fields::shape(file).is_some() || is_card(file))
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let Some(shape) = fields::shape(file) else {
            let directory = file.directory().to_owned();
            return Some(Box::new(Found::Card { directory }));
        };
        let mut rows = Rows::new(shape, self.phrases.as_ref());
        let digest = digest::sha256(&file.source, &mut |piece| rows.feed(piece));
        let rows = rows.finish();
        let mut asset = Asset::new(AssetKind::Dataset, cx.place(&file.path), file.name())
            .with("format", shape.as_str())
            .with("size", file.source.len())
            .with("source", "file")
            .with("remote", false)
            .with("test_code", is_test_path(&file.path))
            .with(
                "rows_searched",
                rows.passed_over.map_or(Value::Bool(true), Value::unknown),
            )
            .at(cx.file(&file.path));
        asset = match &digest {
            Ok(d) => asset.with("sha256", d.as_str()),
            Err(_) => asset.with("sha256", Value::unknown("the file could not be read to its end")),
        };
        if let Some(n) = rows.count {
            asset = asset.with("rows", n);
        }
        let id = out.asset(asset);
        if let Err(e) = digest {
            out.gap(file.path.clone(), crate::model::unread_reason(&e));
        }
        if let Some(searched) = rows.searched {
            out.gap(
                file.path.clone(),
                format!("only the first {searched} bytes were searched for defects (dataset text budget)"),
            );
        }
        for d in rows.defects {
            out.fact(
                Fact::new(FactKind::DataDefect, &id)
                    .with("defect", d.defect)
                    .with("count", d.rows)
                    .with("detail", d.details.join("; "))
                    .at(cx.at(&file.path, d.line)),
            );
        }
        Some(Box::new(Found::Dataset {
            directory: file.directory().to_owned(),
            id,
            name: file.name().to_owned(),
        }))
    }

    fn finish(&self, kept: Vec<(String, Kept)>, cx: &ReadContext, out: &mut Batch) {
        let mut cards = BTreeSet::new();
        let mut datasets = Vec::new();
        for (path, found) in kept {
            match found.downcast::<Found>().map(|f| *f) {
                Ok(Found::Card { directory }) => {
                    cards.insert(directory);
                }
                Ok(Found::Dataset { directory, id, name }) => datasets.push((path, directory, id, name)),
                Err(_) => {}
            }
        }
        for (path, directory, id, name) in datasets {
            // A card says it for its own directory and for what lies below, the repository's front page for nothing.
            let told = cards.iter().any(|c| {
                c != "."
                    && (*c == directory
                        || directory
                            .strip_prefix(c.as_str())
                            .is_some_and(|r| r.starts_with('/')))
            });
            let asset = Asset {
                id,
                kind: AssetKind::Dataset,
                name,
                provider: None,
                locations: vec![cx.file(&path)],
                properties: aispm_types::Properties::new(),
                places: std::collections::BTreeMap::new(),
            };
            out.asset(asset.with("has_provenance", told));
        }
    }
}

/// A card or data sheet that speaks of where data come from.
fn is_card(file: &VirtualFile) -> bool {
    let name = file.name().to_ascii_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(s, _)| s);
    let named = matches!(
        stem,
        "readme"
            | "dataset_card"
            | "datasheet"
            | "data_card"
            | "datacard"
            | "dataset_info"
            | "dataset_infos"
            | "croissant"
            | "provenance"
    );
    let kind = matches!(
        names::extension(&name).as_str(),
        "md" | "rst" | "txt" | "json" | "yaml" | "yml" | ""
    );
    if !named || !kind {
        return false;
    }
    let text = String::from_utf8_lossy(&file.head).to_ascii_lowercase();
    [
        "source",
        "origin",
        "collect",
        "provenance",
        "licen",
        "consent",
        "annotat",
        "exported from",
        "generated",
    ]
    .iter()
    .any(|w| text.contains(w))
}
