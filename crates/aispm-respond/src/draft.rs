//! The new files of several plans, in memory.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Change, Estate, FileId, Plan, Unplanned};

/// A file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patched {
    /// As it was read.
    pub before: String,
    /// As it would be.
    pub after: String,
}

/// What several plans together would change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// Plans that are in it.
    pub plans: Vec<Plan>,
    /// New texts.
    pub files: BTreeMap<FileId, Patched>,
    /// Files that are moved away.
    pub moved: BTreeSet<FileId>,
}

/// File by path for one target: its new bytes, or none where it goes.
pub type Overlay = BTreeMap<String, Option<Vec<u8>>>;

impl Draft {
    /// True where nothing would change.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.moved.is_empty()
    }
    /// The targets as they would be, by their names: what the caller scans to see what comes of it.
    pub fn overlay(&self) -> BTreeMap<String, Overlay> {
        let mut out: BTreeMap<String, Overlay> = BTreeMap::new();
        let mut put = |file: &FileId, bytes| {
            out.entry(file.target.clone())
                .or_default()
                .insert(file.path.clone(), bytes);
        };
        for (file, patched) in &self.files {
            put(file, Some(patched.after.clone().into_bytes()));
        }
        for file in &self.moved {
            put(file, None);
        }
        out
    }
    /// Findings that the plans are meant to resolve.
    pub fn claims(&self) -> BTreeSet<&str> {
        self.plans
            .iter()
            .flat_map(|p| p.findings.iter().map(String::as_str))
            .collect()
    }
}

/// Makes the new files of plans. A plan whose changes do not fit what is there, or another plan, is given back with the reason.
pub fn compose(estate: &Estate<'_>, plans: Vec<Plan>) -> (Draft, Vec<Unplanned>) {
    let mut draft = Draft::default();
    let mut none = Vec::new();
    let mut plans = plans;
    // Changes that are found by their line go from the end of a file to its beginning; the sort is stable.
    plans.sort_by_key(|p| Reverse(p.changes.iter().filter_map(Change::line).max()));
    for plan in plans {
        match take(estate, &draft, &plan) {
            Ok((files, moved)) => {
                draft.files.extend(files);
                draft.moved.extend(moved);
                draft.plans.push(plan);
            }
            Err(why) => none.extend(plan.findings.into_iter().map(|finding| Unplanned {
                why: why.clone(),
                finding,
            })),
        }
    }
    draft
        .plans
        .sort_by(|a, b| (&a.title, &a.findings).cmp(&(&b.title, &b.findings)));
    (draft, none)
}

type Taken = (BTreeMap<FileId, Patched>, BTreeSet<FileId>);

fn take(estate: &Estate<'_>, draft: &Draft, plan: &Plan) -> Result<Taken, String> {
    let mut files: BTreeMap<FileId, Patched> = BTreeMap::new();
    let mut moved = BTreeSet::new();
    let mut changed = false;
    let mut changes: Vec<&Change> = plan.changes.iter().collect();
    changes.sort_by_key(|c| Reverse(c.line()));
    for change in changes {
        let file = change.file();
        if let Change::Quarantine { .. } = change {
            if draft.files.contains_key(file) {
                return Err(format!("another plan changes `{}`", file.path));
            }
            moved.insert(file.clone());
            changed = true;
            continue;
        }
        if draft.moved.contains(file) {
            return Err(format!("another plan moves `{}` away", file.path));
        }
        let mut patched = match files.remove(file).or_else(|| draft.files.get(file).cloned()) {
            Some(patched) => patched,
            None => {
                let before = estate.text(file).map_err(|e| e.0)?;
                Patched {
                    after: before.clone(),
                    before,
                }
            }
        };
        let after = change
            .make(&patched.after, estate.is_secret)
            .map_err(|e| format!("`{}`: {e}", file.path))?;
        changed |= after != patched.after;
        patched.after = after;
        files.insert(file.clone(), patched);
    }
    if !changed {
        return Err(String::from(
            "the documents say so already: what was found comes from elsewhere",
        ));
    }
    files.retain(|_, p| p.before != p.after);
    Ok((files, moved))
}
