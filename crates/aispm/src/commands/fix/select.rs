//! What is to be fixed, and where.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aispm_types::{Finding, Report};
use clap::Parser;

use super::super::ask_store;
use super::super::view::load;
use crate::args::{Cli, Command, Common, FixArgs, ScanArgs};
use crate::{Usage, settings};

/// What the user chose.
pub(crate) struct Selection {
    /// F-… and X-…; none for every finding.
    pub(crate) findings: Option<Vec<String>>,
    /// How the targets are read.
    pub(crate) scan: ScanArgs,
}

/// Tells ids from targets; without targets those of the last scan are read again.
pub(crate) fn selection(common: &Common, args: &FixArgs) -> anyhow::Result<Selection> {
    let (ids, named): (Vec<String>, Vec<String>) = args.what.iter().cloned().partition(|w| is_id(w));
    let targets = if named.is_empty() { last(common)? } else { named };
    let mut words = ["aispm", "scan", "--no-store"].map(str::to_owned).to_vec();
    if let Some(day) = args.as_of {
        words.extend([String::from("--as-of"), day.to_string()]);
    }
    words.push(String::from("--"));
    words.extend(targets);
    let cli = Cli::try_parse_from(words)?;
    let Command::Scan(scan) = cli.command else {
        anyhow::bail!("`scan` is another command");
    };
    Ok(Selection {
        findings: (!ids.is_empty()).then_some(ids),
        scan,
    })
}

fn is_id(word: &str) -> bool {
    let digits = word.strip_prefix("F-").or_else(|| word.strip_prefix("X-"));
    digits.is_some_and(|d| d.len() == 12 && d.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The targets of the last scan, as they must be written to get their names again.
fn last(common: &Common) -> anyhow::Result<Vec<String>> {
    let report = load(common, None)?;
    let url = settings::store_url(common)?;
    let scopes = ask_store(&url, async |store| store.scopes(&report.run.id).await)??;
    // Any finding will do: targets are those of the scan.
    let Some(finding) = report.findings.first() else {
        return Err(Usage(format!("scan {} has no findings; nothing to fix", report.run.id)).into());
    };
    let plan = aispm_server::plan(&report, &scopes, finding).map_err(Usage)?;
    Ok(plan.targets)
}

impl Selection {
    /// Where each target lies, by its name in the report; only directories and files can be changed.
    pub(crate) fn roots(&self, report: &Report) -> BTreeMap<String, PathBuf> {
        let here = [String::from(".")];
        let written = if self.scan.targets.is_empty() {
            &here[..]
        } else {
            &self.scan.targets
        };
        let pairs = report.scan.targets.iter().zip(written);
        pairs
            // Whole paths, so that what is changed from here is found again from elsewhere.
            .filter_map(|(name, written)| Some((name.clone(), std::fs::canonicalize(written).ok()?)))
            .collect()
    }

    /// The findings that were chosen, as they are now.
    pub(crate) fn select<'r>(&self, report: &'r Report) -> anyhow::Result<Vec<&'r Finding>> {
        let Some(ids) = &self.findings else {
            return Ok(report.findings.iter().filter(|f| f.accepted.is_none()).collect());
        };
        let mut out: Vec<&Finding> = Vec::new();
        for id in ids {
            let of_fix = report.fixes.iter().find(|x| x.id == *id);
            let found: Vec<&Finding> = match of_fix {
                Some(fix) => report
                    .findings
                    .iter()
                    .filter(|f| fix.findings.contains(&f.id))
                    .collect(),
                None => report.findings.iter().filter(|f| f.id == *id).collect(),
            };
            if found.is_empty() {
                let why = format!(
                    "the targets, read again just now, have no `{id}`: it is fixed, its files changed, or another target was meant; `aispm scan` tells what is there now"
                );
                return Err(Usage(why).into());
            }
            for finding in found {
                if !out.iter().any(|f| f.id == finding.id) {
                    out.push(finding);
                }
            }
        }
        Ok(out)
    }
}
