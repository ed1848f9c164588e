//! Plans, and why there is none.

use std::collections::BTreeSet;

use aispm_types::Finding;

use crate::{Change, Estate, FileId, plans};

/// How findings are resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is done, as an imperative.
    pub title: String,
    /// Findings it is meant to resolve.
    pub findings: Vec<String>,
    /// What it does.
    pub changes: Vec<Change>,
    /// See the crate's own page.
    pub safe: bool,
    /// Why it is safe, or what must be looked at before.
    pub because: String,
    /// What is left to do by hand.
    pub then: Option<String>,
}

impl Plan {
    /// The files it changes, each once.
    pub fn files(&self) -> BTreeSet<&FileId> {
        self.changes.iter().map(Change::file).collect()
    }
}

/// A finding without a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unplanned {
    /// Why.
    pub why: String,
    /// F-…
    pub finding: String,
}

/// Plans what resolves these findings. Findings that one change resolves share a plan.
pub fn plan(estate: &Estate<'_>, findings: &[&Finding]) -> (Vec<Plan>, Vec<Unplanned>) {
    let mut out: Vec<Plan> = Vec::new();
    let mut none = Vec::new();
    for finding in findings {
        match plans::of(estate, finding) {
            Err(why) => none.push(Unplanned {
                why,
                finding: finding.id.clone(),
            }),
            Ok(plan) => match out.iter_mut().find(|p| p.changes == plan.changes) {
                Some(same) => {
                    same.safe &= plan.safe;
                    same.findings.extend(plan.findings);
                }
                None => out.push(plan),
            },
        }
    }
    for plan in &mut out {
        plan.findings.sort();
        plan.findings.dedup();
    }
    none.sort();
    (out, none)
}
