//! A scan as the API shows it: its report, indexed once, with the history of its findings and what the register adds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aispm_engine::clock;
use aispm_store::{FindingStatus, Registration, Store};
use aispm_types::{
    AiSystem, AssetId, Finding, Fix, Report, ReportedAsset, RunInfo, ScanInfo, Severity, Summary, ToolInfo,
};
use jiff::civil::Date;

use crate::problem::Problem;
use crate::register;

/// Reports held in memory at one time.
const KEPT: usize = 3;

/// A report and its indexes; never changes.
pub(crate) struct Loaded {
    pub(crate) report: Report,
    /// Place of each asset in the report.
    assets: BTreeMap<AssetId, usize>,
    /// Place of the AI system that holds an asset.
    system_of: BTreeMap<AssetId, usize>,
    /// Ids of the attack paths that stand on a finding.
    paths_on: BTreeMap<String, Vec<usize>>,
    /// Whether a finding came back, and the scan that saw it first.
    history: BTreeMap<String, (bool, String)>,
}

impl Loaded {
    pub(crate) fn new(report: Report, history: BTreeMap<String, (bool, String)>) -> Self {
        let assets = report
            .assets
            .iter()
            .enumerate()
            .map(|(i, a)| (a.asset.id.clone(), i))
            .collect();
        let mut system_of = BTreeMap::new();
        for (i, system) in report.systems.iter().enumerate() {
            system_of.insert(system.id.clone(), i);
            system_of.extend(system.assets.iter().map(|a| (a.clone(), i)));
        }
        let mut paths_on: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, path) in report.paths.iter().enumerate() {
            let findings: BTreeSet<&String> = path.steps.iter().flat_map(|s| &s.findings).collect();
            for finding in findings {
                paths_on.entry(finding.clone()).or_default().push(i);
            }
        }
        Self {
            report,
            assets,
            system_of,
            paths_on,
            history,
        }
    }
    pub(crate) fn asset(&self, id: &AssetId) -> Option<&ReportedAsset> {
        self.assets.get(id).and_then(|i| self.report.assets.get(*i))
    }
    pub(crate) fn system_of(&self, id: &AssetId) -> Option<&AiSystem> {
        self.system_of.get(id).and_then(|i| self.report.systems.get(*i))
    }
    pub(crate) fn paths_on(&self, finding: &str) -> impl Iterator<Item = &aispm_types::AttackPath> {
        let places = self.paths_on.get(finding).into_iter().flatten();
        places.filter_map(|i| self.report.paths.get(*i))
    }
    /// Whether the finding came back after it was gone.
    pub(crate) fn regressed(&self, finding: &str) -> bool {
        self.history.get(finding).is_some_and(|(regressed, _)| *regressed)
    }
    /// The scan that saw the finding first.
    pub(crate) fn first_seen(&self, finding: &str) -> Option<&str> {
        self.history.get(finding).map(|(_, first)| first.as_str())
    }
    /// What a thing is called, whether asset, AI system or neither.
    pub(crate) fn name_of(&self, id: &AssetId) -> String {
        let asset = self.asset(id).map(|a| a.asset.name.as_str());
        let system = || {
            self.report
                .systems
                .iter()
                .find(|s| s.id == *id)
                .map(|s| s.name.as_str())
        };
        asset.or_else(system).unwrap_or_else(|| id.as_str()).to_owned()
    }
}

/// What one request sees.
pub(crate) struct View {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) register: BTreeMap<String, Registration>,
    extra_findings: Vec<Finding>,
    extra_fixes: Vec<Fix>,
    /// Findings of each asset that nobody accepted: how many, and the worst.
    on_asset: BTreeMap<AssetId, (usize, Severity)>,
    /// The same of each AI system, by severity.
    on_system: BTreeMap<AssetId, BTreeMap<&'static str, usize>>,
}

impl View {
    fn new(
        loaded: Arc<Loaded>,
        register: BTreeMap<String, Registration>,
        (extra_findings, extra_fixes): (Vec<Finding>, Vec<Fix>),
    ) -> Self {
        let mut on_asset: BTreeMap<AssetId, (usize, Severity)> = BTreeMap::new();
        let mut on_system: BTreeMap<AssetId, BTreeMap<&'static str, usize>> = BTreeMap::new();
        let all = loaded.report.findings.iter().chain(&extra_findings);
        let open = |f: &&Finding| f.accepted.is_none() && !register::settles(&register, f);
        for finding in all.filter(open) {
            let (count, worst) = on_asset
                .entry(finding.asset.clone())
                .or_insert((0, Severity::Info));
            *count += 1;
            *worst = (*worst).max(finding.severity);
            if let Some(system) = loaded.system_of(&finding.asset) {
                let counts = on_system.entry(system.id.clone()).or_default();
                *counts.entry(finding.severity.as_str()).or_default() += 1;
            }
        }
        Self {
            loaded,
            register,
            extra_findings,
            extra_fixes,
            on_asset,
            on_system,
        }
    }
    /// Findings on an AI system that nobody accepted, by severity.
    pub(crate) fn on_system(&self, id: &AssetId) -> BTreeMap<&'static str, usize> {
        self.on_system.get(id).cloned().unwrap_or_default()
    }
    /// Findings on an asset that nobody accepted: how many, and the worst.
    pub(crate) fn on_asset(&self, id: &AssetId) -> Option<(usize, Severity)> {
        self.on_asset.get(id).copied()
    }
    pub(crate) fn report(&self) -> &Report {
        &self.loaded.report
    }
    /// Findings of scan and register, worst first; without those that the register settles.
    pub(crate) fn findings(&self) -> Vec<&Finding> {
        let of_scan = self.report().findings.iter();
        let mut all: Vec<&Finding> = of_scan
            .filter(|f| !register::settles(&self.register, f))
            .chain(&self.extra_findings)
            .collect();
        all.sort_by_key(|f| std::cmp::Reverse(f.severity)); // stable: each list's own order stays
        all
    }
    /// The queue: what cuts attack paths first, then the worst.
    pub(crate) fn fixes(&self) -> Vec<&Fix> {
        let settled: BTreeSet<&str> = self
            .report()
            .findings
            .iter()
            .filter(|f| register::settles(&self.register, f))
            .map(|f| f.id.as_str())
            .collect();
        let mut all: Vec<&Fix> = self
            .report()
            .fixes
            .iter()
            .filter(|x| x.findings.iter().any(|f| !settled.contains(f.as_str())))
            .chain(&self.extra_fixes)
            .collect();
        all.sort_by_key(|f| std::cmp::Reverse((f.paths_cut.len(), f.severity)));
        all
    }
    /// Where a finding comes from: ours, the register, or the tool it was imported from.
    pub(crate) fn source<'f>(&self, finding: &'f Finding) -> &'f str {
        if register::is_ours(&finding.rule) {
            return register::SOURCE;
        }
        // Rules of other tools are named `tool/check`.
        finding.rule.split_once('/').map_or("aispm", |(tool, _)| tool)
    }
}

/// Reports in memory, the most recently used last.
#[derive(Default)]
pub(crate) struct Estates {
    reports: Mutex<Vec<(Key, Arc<Loaded>)>>,
    /// The last view, which is the same until a scan, an entry of the register or the day changes.
    view: Mutex<Option<(Date, Arc<View>)>>,
}

/// A scan, and the newest one when it was indexed.
type Key = (String, String);

impl Estates {
    /// The scan `asked` for, else the newest, else an empty one.
    pub(crate) async fn view(&self, store: &Store, asked: Option<&str>) -> Result<Arc<View>, Problem> {
        let loaded = self.load(store, asked).await?;
        let register: BTreeMap<String, Registration> = store
            .register()
            .await?
            .into_iter()
            .map(|r| (r.system.clone(), r))
            .collect();
        let today = clock::today();
        let mut last = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((day, view)) = last.as_ref()
            && *day == today
            && Arc::ptr_eq(&view.loaded, &loaded)
            && view.register == register
        {
            return Ok(Arc::clone(view));
        }
        let extra = register::judge(&loaded, &register, today);
        let view = Arc::new(View::new(loaded, register, extra));
        *last = Some((today, Arc::clone(&view)));
        Ok(view)
    }

    /// A report with its indexes.
    pub(crate) async fn load(&self, store: &Store, asked: Option<&str>) -> Result<Arc<Loaded>, Problem> {
        let Some(newest) = store.newest().await? else {
            return match asked {
                Some(_) => Err(Problem::NotFound(String::from("there is no such scan"))),
                None => Ok(Arc::new(Loaded::new(nothing(), BTreeMap::new()))),
            };
        };
        // History is as of the newest scan, so a report is indexed again when there is a newer one.
        let key = (asked.unwrap_or(&newest).to_owned(), newest);
        if let Some(loaded) = self.kept(&key) {
            return Ok(loaded);
        }
        let report = store.load(&key.0).await?;
        let history = store.findings().await?;
        let history = history
            .into_iter()
            .map(|f| (f.id, (f.status == FindingStatus::Regressed, f.first_seen)))
            .collect();
        let loaded = Arc::new(Loaded::new(report, history));
        let mut kept = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, Arc::clone(&loaded)));
        Ok(loaded)
    }

    fn kept(&self, key: &Key) -> Option<Arc<Loaded>> {
        let mut kept = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(k, _)| k == key)?;
        let found = kept.remove(place);
        let loaded = Arc::clone(&found.1);
        kept.push(found);
        Some(loaded)
    }
}

/// Before the first scan.
fn nothing() -> Report {
    Report {
        schema: aispm_types::REPORT_SCHEMA.to_owned(),
        run: RunInfo::default(),
        tool: ToolInfo {
            name: String::from("aispm"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            content_version: String::new(),
            advisories: String::new(),
        },
        scan: ScanInfo::default(),
        systems: Vec::new(),
        assets: Vec::new(),
        relations: Vec::new(),
        checks: Vec::new(),
        findings: Vec::new(),
        fixes: Vec::new(),
        paths: Vec::new(),
        summary: Summary::default(),
    }
}
