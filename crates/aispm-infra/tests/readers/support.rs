//! Runs the readers over documents in memory.

use aispm_collect::{Budgets, ReadContext, VirtualFile};
use aispm_types::{Asset, AssetClass, Batch, Certainty, Value};

/// Reads files with every reader; what the schema does not allow fails the test.
pub(crate) fn read(files: &[(&str, &str)]) -> Batch {
    let cx = ReadContext {
        target: String::from("."),
        repository: String::from("r"),
        budgets: Budgets::default(),
    };
    let mut files = files.to_vec();
    files.sort_unstable();
    let mut out = Batch::default();
    for reader in aispm_infra::readers() {
        let mut kept = Vec::new();
        for (path, text) in &files {
            let file = VirtualFile::memory(*path, text.as_bytes());
            if reader.wants(&file)
                && let Some(k) = reader.read(&file, &cx, &mut out)
            {
                kept.push(((*path).to_owned(), k));
            }
        }
        reader.finish(kept, &cx, &mut out);
    }
    assert_eq!(aispm_types::schema::batch_departures(&out), Vec::<String>::new());
    out
}

/// One Terraform file.
pub(crate) fn terraform(text: &str) -> Batch {
    read(&[("main.tf", text)])
}

/// The asset whose id ends so.
#[expect(clippy::panic, reason = "a test that finds no asset fails with what there is")]
pub(crate) fn asset<'a>(batch: &'a Batch, end: &str) -> &'a Asset {
    let ids: Vec<_> = batch.assets.iter().map(|a| a.id.as_str()).collect();
    batch
        .assets
        .iter()
        .find(|a| a.id.as_str().ends_with(end))
        .unwrap_or_else(|| panic!("no {end} among {ids:#?}"))
}

/// A property of the asset whose id ends so.
pub(crate) fn property(batch: &Batch, end: &str, name: &str) -> Option<Value> {
    asset(batch, end).get(name).cloned()
}

/// Ids of AI assets, sorted.
pub(crate) fn ai(batch: &Batch) -> Vec<&str> {
    let mut ids: Vec<_> = batch
        .assets
        .iter()
        .filter(|a| a.kind.class() == AssetClass::Ai)
        .map(|a| a.id.as_str())
        .collect();
    ids.sort_unstable();
    ids
}

/// `from kind to`, ids cut to what follows `#` or the last `/`; possible ones with `?` in front.
pub(crate) fn relations(batch: &Batch) -> Vec<String> {
    let short = |id: &str| id.rsplit(['#']).next().unwrap_or(id).to_owned();
    let mut out: Vec<String> = batch
        .relations
        .iter()
        .map(|r| {
            let mark = if r.certainty == Certainty::Possible {
                "?"
            } else {
                ""
            };
            format!(
                "{mark}{} {} {}",
                short(r.from.as_str()),
                r.kind,
                short(r.to.as_str())
            )
        })
        .collect();
    out.sort();
    out.dedup();
    out
}

/// Asserts that a relation is there.
#[track_caller]
pub(crate) fn related(batch: &Batch, wanted: &str) {
    let all = relations(batch);
    assert!(all.iter().any(|r| r == wanted), "no `{wanted}` among {all:#?}");
}

/// Asserts that no relation contains a text.
#[track_caller]
pub(crate) fn unrelated(batch: &Batch, part: &str) {
    let all: Vec<_> = relations(batch)
        .into_iter()
        .filter(|r| r.contains(part))
        .collect();
    assert!(all.is_empty(), "{all:#?}");
}
