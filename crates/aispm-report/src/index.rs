//! Look-ups over a report.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{AiSystem, AssetId, AttackPath, Finding, Fix, Location, Report, ReportedAsset, Severity};

/// The parts of a report by their ids.
pub(crate) struct Index<'a> {
    one_target: bool,
    pub(crate) assets: BTreeMap<&'a str, &'a ReportedAsset>,
    pub(crate) systems: BTreeMap<&'a str, &'a AiSystem>,
    paths_on: BTreeMap<&'a str, Vec<&'a str>>,
    systems_by_name: BTreeMap<&'a str, &'a AiSystem>,
    pub(crate) findings: BTreeMap<&'a str, &'a Finding>,
    pub(crate) fixes: BTreeMap<&'a str, &'a Fix>,
    pub(crate) paths: BTreeMap<&'a str, &'a AttackPath>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(report: &'a Report) -> Self {
        Self {
            one_target: report.scan.targets.len() < 2,
            assets: report.assets.iter().map(|a| (a.asset.id.as_str(), a)).collect(),
            systems: report.systems.iter().map(|s| (s.id.as_str(), s)).collect(),
            paths_on: paths_on(report),
            systems_by_name: report.systems.iter().map(|s| (s.name.as_str(), s)).collect(),
            findings: report.findings.iter().map(|f| (f.id.as_str(), f)).collect(),
            fixes: report.fixes.iter().map(|f| (f.id.as_str(), f)).collect(),
            paths: report.paths.iter().map(|p| (p.id.as_str(), p)).collect(),
        }
    }

    /// What people call an asset; its id where the report does not list it.
    pub(crate) fn name(&self, id: &'a AssetId) -> &'a str {
        self.called(id.as_str())
    }

    /// What people call the thing with this written id: an asset, a system, or an entry point, which is its own name.
    pub(crate) fn called(&self, id: &'a str) -> &'a str {
        self.assets
            .get(id)
            .map(|a| a.asset.name.as_str())
            .or_else(|| self.systems.get(id).map(|s| s.name.as_str()))
            .unwrap_or(id)
    }

    /// A place, with its target where there are several.
    pub(crate) fn place(&self, location: &Location) -> String {
        if self.one_target || location.path.is_none() {
            location.to_string()
        } else {
            format!("{}/{location}", location.target)
        }
    }

    /// The AI system an asset belongs to; an asset that several share belongs to none.
    pub(crate) fn system_of(&self, id: &AssetId) -> Option<&'a AiSystem> {
        let system = self.assets.get(id.as_str())?.system.as_deref()?;
        self.systems
            .get(system)
            .or_else(|| self.systems_by_name.get(system))
            .copied()
    }

    /// Ids of the attack paths that stand on a finding, in the report's order.
    pub(crate) fn paths_on(&self, finding: &str) -> &[&'a str] {
        self.paths_on.get(finding).map_or(&[], Vec::as_slice)
    }

    /// Open findings by severity, worst first, on the assets of a system.
    pub(crate) fn findings_of(&self, system: &AiSystem) -> [usize; 5] {
        let mut counts = [0; 5];
        let members: BTreeSet<&AssetId> = system.assets.iter().chain([&system.id]).collect();
        for f in self
            .findings
            .values()
            .filter(|f| f.accepted.is_none() && members.contains(&f.asset))
        {
            let place = Severity::WORST_FIRST.iter().position(|s| *s == f.severity);
            if let Some(n) = place.and_then(|p| counts.get_mut(p)) {
                *n += 1;
            }
        }
        counts
    }
}

fn paths_on(report: &Report) -> BTreeMap<&str, Vec<&str>> {
    let mut on: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in &report.paths {
        let findings: BTreeSet<&String> = path.steps.iter().flat_map(|s| &s.findings).collect();
        for finding in findings {
            on.entry(finding).or_default().push(&path.id);
        }
    }
    on
}

/// What was scanned, in words; one directory has no name of its own, so that the checkout never shows.
pub(crate) fn scanned(report: &Report) -> Option<String> {
    match report.scan.targets.as_slice() {
        [] => None,
        [one] if one == "." => None,
        several => Some(several.join(", ")),
    }
}
