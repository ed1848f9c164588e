//! Findings of one rule shown as one block, so that a defect repeated fifty times is read once.

use std::collections::BTreeMap;

use aispm_types::{CoverageRow, Finding, Report, ScopeStatus, Severity};

/// The findings of one rule that are equally bad.
pub(crate) struct Group<'a> {
    pub(crate) severity: Severity,
    pub(crate) findings: Vec<&'a Finding>,
}

impl<'a> Group<'a> {
    /// The finding that speaks for the group.
    pub(crate) fn first(&self) -> Option<&'a Finding> {
        self.findings.first().copied()
    }
}

/// Findings that are not accepted, by severity and rule: worst first, then in the order the report has them.
pub(crate) fn by_rule(report: &Report) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| f.accepted.is_none()) {
        let place = *places
            .entry((finding.severity, &finding.rule))
            .or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.findings.push(finding),
            None => groups.push(Group {
                severity: finding.severity,
                findings: vec![finding],
            }),
        }
    }
    groups.sort_by_key(|g| std::cmp::Reverse(g.severity));
    groups
}

/// Scopes that were not read completely. A scope that is only partial because of others in it, which are listed
/// themselves, is left out.
pub(crate) fn unread(report: &Report) -> impl Iterator<Item = &CoverageRow> {
    let gaps: Vec<&str> = report
        .scan
        .coverage
        .iter()
        .filter(|r| r.status == ScopeStatus::Gap)
        .map(|r| r.scope.as_str())
        .collect();
    let holds = move |scope: &str| {
        gaps.iter()
            .any(|g| scope == "." || g.strip_prefix(scope).is_some_and(|rest| rest.starts_with('/')))
    };
    report.scan.coverage.iter().filter(move |r| match r.status {
        ScopeStatus::Complete | ScopeStatus::Excluded => false,
        ScopeStatus::Gap => true,
        ScopeStatus::Partial => !holds(&r.scope),
    })
}

/// Scopes that were not read completely, by the reason, the most frequent first.
pub(crate) fn gaps_by_reason(report: &Report) -> Vec<(&str, Vec<&CoverageRow>)> {
    let mut by_reason: BTreeMap<&str, Vec<&CoverageRow>> = BTreeMap::new();
    for row in unread(report) {
        by_reason
            .entry(row.reason.as_deref().unwrap_or("no reason was given"))
            .or_default()
            .push(row);
    }
    most_frequent_first(by_reason)
}

/// Reasons for which checks were not assessed, with how many, the most frequent first.
pub(crate) fn unassessed_by_reason(report: &Report) -> Vec<(&str, Vec<&aispm_types::Check>)> {
    let mut by_reason: BTreeMap<&str, Vec<&aispm_types::Check>> = BTreeMap::new();
    for check in report
        .checks
        .iter()
        .filter(|c| c.outcome == aispm_types::CheckOutcome::NotAssessed)
    {
        by_reason
            .entry(check.reason.as_deref().unwrap_or("no reason was given"))
            .or_default()
            .push(check);
    }
    most_frequent_first(by_reason)
}

fn most_frequent_first<'a, T>(by_reason: BTreeMap<&'a str, Vec<T>>) -> Vec<(&'a str, Vec<T>)> {
    let mut rows: Vec<(&'a str, Vec<T>)> = by_reason.into_iter().collect();
    rows.sort_by_key(|(_, scopes)| std::cmp::Reverse(scopes.len()));
    rows
}
