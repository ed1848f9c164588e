//! Findings the organisation accepts, and exceptions that are dead or expired.

use aispm_graph::GraphView;
use aispm_types::{AssetId, Exception, Fact, FactKind, Finding, Location, Policy};
use globset::GlobSet;
use jiff::civil::Date;

use crate::departures::{fits, globs};

/// What is wrong with an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Its last day is over, and the finding is still there.
    Expired,
    /// No finding fits it.
    Dead,
}

impl ProblemKind {
    /// The word in facts and rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "exception-expired",
            Self::Dead => "exception-dead",
        }
    }
}

/// An exception that does not do what it was written for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionProblem {
    /// Its place in the policy's list, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub kind: ProblemKind,
    /// The exception.
    pub exception: Exception,
    /// Where it is declared.
    pub at: Location,
}

impl ExceptionProblem {
    /// The problem as a fact on the asset that stands for the policy.
    pub fn fact(&self, on: &AssetId) -> Fact {
        let e = &self.exception;
        let what = match (&e.finding, &e.rule, &e.asset) {
            (Some(finding), ..) => finding.clone(),
            (None, Some(rule), Some(asset)) => format!("{rule} on {asset}"),
            (None, rule, _) => rule.clone().unwrap_or_default(),
        };
        let found = match self.kind {
            ProblemKind::Expired => format!("expired on {}, and the finding is still there", e.until),
            ProblemKind::Dead => "no finding fits it".to_owned(),
        };
        Fact::new(FactKind::PolicyDeparture, on)
            .with("departure", self.kind.as_str())
            .with(
                "declared",
                format!("exception for {what}, accepted by {} until {}", e.by, e.until),
            )
            .with("found", found)
            .at(self.at.clone())
    }
}

/// Marks findings as accepted while an exception for them holds (its last day included), and gives back the exceptions that are
/// expired or fit nothing, in the policy's order.
pub fn apply_exceptions(
    findings: &mut [Finding],
    graph: &GraphView,
    policy: &Policy,
    as_of: Date,
) -> Vec<ExceptionProblem> {
    let mut problems = Vec::new();
    for (index, exception) in policy.exceptions.iter().enumerate() {
        let asset = globs(&exception.asset);
        let holds = exception.until >= as_of;
        let mut met = false;
        for finding in findings
            .iter_mut()
            .filter(|f| concerns(exception, &asset, f, graph))
        {
            met = true;
            if holds && finding.accepted.is_none() {
                let Exception {
                    by, until, reason, ..
                } = exception;
                finding.accepted = Some(format!("by {by} until {until}: {reason}"));
            }
        }
        let kind = match (met, holds) {
            (true, true) => continue,
            (true, false) => ProblemKind::Expired,
            (false, _) => ProblemKind::Dead,
        };
        problems.push(ExceptionProblem {
            index,
            kind,
            exception: exception.clone(),
            at: exception.at.clone(),
        });
    }
    problems
}

fn concerns(exception: &Exception, asset: &GlobSet, finding: &Finding, graph: &GraphView) -> bool {
    if let Some(id) = &exception.finding {
        return *id == finding.id;
    }
    let rule = exception.rule.as_ref().is_some_and(|r| *r == finding.rule);
    let place = |l: &Location| l.path.as_deref().is_some_and(|p| asset.is_match(p));
    rule && (graph.asset(&finding.asset).is_some_and(|a| fits(graph, asset, a))
        || asset.is_match(finding.asset.as_str())
        || finding.locations.iter().any(place))
}
