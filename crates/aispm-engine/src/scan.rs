//! One scan, from targets to report.

use std::collections::BTreeMap;

use aispm_collect::{Budgets, Collector, Overlay};
use aispm_detect::Redactor;
use aispm_graph::{GraphView, Snapshot, World, derive_systems, resolve, settle};
use aispm_import::{Joined, join};
use aispm_rules::{Assessment, Registry, RuleError, run};
use aispm_types::{
    AiSystem, Asset, AssetKind, Batch, CoverageRow, Fact, FactKind, Finding, Gap, Location, Policy, Report,
    RunInfo, ScopeStatus,
};
use jiff::civil::Date;

use crate::clock::Stopwatch;
use crate::collect::{Collected, collect};
use crate::{Target, assemble, fixes};

/// Told how a scan proceeds; called from many threads.
pub trait Progress: Send + Sync {
    /// A new stage began: `collect`, `graph`, `rules`, `paths`.
    fn stage(&self, name: &'static str);
    /// One more file was read.
    fn file(&self, path: &str);
}

/// What a scan needs to know.
pub struct ScanRequest<'a> {
    /// What to scan.
    pub targets: &'a [Target],
    /// What the organisation declares; read from the user's configuration, never from a target.
    pub policy: &'a Policy,
    /// The scan to compare with.
    pub baseline: Option<&'a Snapshot>,
    /// The day to judge on.
    pub as_of: Date,
    /// Limits.
    pub budgets: Budgets,
    /// Respect ignore files inside targets.
    pub respect_ignore_files: bool,
    /// Key of secrets' fingerprints.
    pub fingerprint_key: &'a [u8],
    /// Findings of other tools.
    pub imports: &'a [aispm_import::ImportFile],
    /// What reads targets that are not directories.
    pub collectors: &'a [Box<dyn Collector>],
    /// No socket may be opened.
    pub offline: bool,
}

/// Rules and attack steps, loaded once.
pub struct Content {
    /// Rules.
    pub rules: Registry,
    /// Attack steps.
    pub paths: aispm_paths::Engine,
}

/// Rules or attack steps that do not load.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// Rules.
    #[error("{} rule(s) do not load:\n{}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Rules(Vec<RuleError>),
    /// Attack steps.
    #[error("{} attack step(s) do not load:\n{}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Steps(Vec<aispm_paths::StepError>),
}

impl Content {
    /// Loads the built-in content and the user's rules beside it.
    pub fn load(extra_rules: Option<Vec<(String, String)>>) -> Result<Self, ContentError> {
        Ok(Self {
            rules: Registry::load(extra_rules).map_err(ContentError::Rules)?,
            paths: aispm_paths::Engine::load().map_err(ContentError::Steps)?,
        })
    }
}

/// A target of a scan as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Private key of the target.
    pub key: String,
    /// Whether it was read completely, so that what is missing from it is gone.
    pub complete: bool,
}

/// What a scan gives.
pub struct Scan {
    /// The report; `run` holds durations only, the caller fills in the rest.
    pub report: Report,
    /// Targets as the store knows them.
    pub scopes: Vec<Scope>,
    /// Whether any target could not be read at all.
    pub target_unread: bool,
    /// Whether anything could not be read.
    pub incomplete: bool,
    /// Knows every secret that was met, so that whoever shows more of a target than the report does can mask it.
    pub redactor: Redactor,
}

/// Scans.
pub fn scan(request: &ScanRequest<'_>, content: &Content, progress: &dyn Progress) -> Scan {
    scan_over(request, &BTreeMap::new(), content, progress)
}

/// Scans as if some files of targets, which are called by their names in the report, were other than they are.
pub fn scan_over(
    request: &ScanRequest<'_>,
    overlays: &BTreeMap<String, Overlay>,
    content: &Content,
    progress: &dyn Progress,
) -> Scan {
    let mut times = BTreeMap::new();
    let mut timed = |name: &'static str, watch: Stopwatch| {
        times.insert(name.to_owned(), watch.millis());
    };
    progress.stage("collect");
    let watch = Stopwatch::start();
    let mut collected = collect(request, overlays, progress);
    timed("collect", watch);

    progress.stage("graph");
    let watch = Stopwatch::start();
    redact(&mut collected);
    let (graph, systems, imported) = build(&mut collected, request);
    timed("graph", watch);

    progress.stage("rules");
    let watch = Stopwatch::start();
    let world = World {
        graph: &graph,
        policy: request.policy,
        baseline: request.baseline,
        as_of: request.as_of,
    };
    let mut assessment = run(&content.rules, &world);
    queue(&mut assessment, imported.findings);
    except(&mut assessment, &world, &content.rules);
    timed("rules", watch);

    progress.stage("paths");
    let watch = Stopwatch::start();
    let mut fixes = fixes::group(&assessment.findings, &graph, &systems);
    let outcome = content.paths.derive(&world, &assessment.findings);
    let mut paths = outcome.paths;
    let more = content
        .paths
        .apply_fixes(&world, &assessment.findings, &mut paths, &mut fixes);
    let cut_short = outcome.gaps.into_iter().chain(more);
    collected.gaps.extend(cut_short.map(|g| (String::from("."), g)));
    timed("paths", watch);

    let incomplete = !collected.gaps.is_empty();
    let scopes = collected.scopes;
    let target_unread = collected.unread;
    let coverage = coverage(&collected.labels, &collected.gaps, &collected.left_out);
    let run = RunInfo {
        durations: times,
        network: collected.network,
        ..RunInfo::default()
    };
    let parts = assemble::Parts {
        run,
        coverage,
        imports: imported.rows,
        labels: collected.labels,
        files: collected.files,
        paths_left_out: collected.paths_left_out,
        graph: &graph,
        systems,
        assessment,
        fixes,
        paths,
    };
    Scan {
        report: assemble::report(parts),
        scopes,
        target_unread,
        incomplete,
        redactor: collected.redactor,
    }
}

/// The chokepoint: every observation passes here before the graph, and nothing else does.
fn redact(collected: &mut Collected) {
    let secrets = std::mem::take(&mut collected.batch.secrets);
    let redactor = Redactor::new(&secrets);
    redactor.batch(&mut collected.batch);
    for label in &mut collected.labels {
        redactor.path(label);
    }
    for (label, gap) in collected.gaps.iter_mut().chain(&mut collected.left_out) {
        redactor.path(label);
        redactor.text(&mut gap.reason);
        redactor.text(&mut gap.scope.0);
    }
    collected.redactor = redactor;
}

/// The chokepoint again: what other tools wrote passes here.
fn mask(imported: &mut Joined, redactor: &Redactor) {
    for f in &mut imported.findings {
        let texts = [
            &mut f.title,
            &mut f.why,
            &mut f.impact,
            &mut f.discriminator,
            &mut f.remediation.summary,
        ];
        texts.into_iter().for_each(|t| redactor.text(t));
        f.sources.iter_mut().for_each(|s| redactor.text(s));
        for value in f.evidence.values_mut() {
            if let Some(text) = value.as_str() {
                let mut text = text.to_owned();
                redactor.text(&mut text);
                *value = text.into();
            }
        }
    }
    for row in &mut imported.rows {
        redactor.path(&mut row.file);
        redactor.text(&mut row.tool);
        redactor.text(&mut row.version);
    }
}

/// Puts findings of other tools into the queue. Where a rule of ours found the same, it says who else did.
fn queue(assessment: &mut Assessment, imported: Vec<Finding>) {
    for theirs in imported {
        let same = assessment.findings.iter_mut().find(|ours| {
            let agrees = |(key, value): (&String, &aispm_types::Value)| ours.evidence.get(key) == Some(value);
            ours.asset == theirs.asset
                && theirs
                    .evidence
                    .iter()
                    .any(|e| value_of_a_property(e.0) && agrees(e))
        });
        match same {
            Some(ours) => {
                ours.sources.extend(theirs.sources);
                ours.sources.sort();
                ours.sources.dedup();
            }
            None => assessment.findings.push(theirs),
        }
    }
    assessment
        .findings
        .sort_by(|a, b| (b.severity, &a.rule, &a.asset, &a.id).cmp(&(a.severity, &b.rule, &b.asset, &b.id)));
}

/// Evidence of an imported finding that is a property of its asset, and not words about where it came from.
fn value_of_a_property(key: &str) -> bool {
    !matches!(key, "resource" | "reference")
}

fn build(collected: &mut Collected, request: &ScanRequest<'_>) -> (GraphView, Vec<AiSystem>, Joined) {
    let mut batch = std::mem::take(&mut collected.batch);
    settle(&mut batch);
    let graph = resolve(batch).pruned();
    let mut imported = join(request.imports, &graph);
    mask(&mut imported, &collected.redactor);
    let graph = graph.with_properties(&imported.properties);
    let redactor = &collected.redactor;
    let owners = |target: &str, path: &str| {
        let mut owner = collected.owners.get(target)?.owner(path)?.to_owned();
        redactor.text(&mut owner); // CODEOWNERS is asked here only, behind the batch
        Some(owner)
    };
    let systems = derive_systems(&graph, request.policy, &owners);
    let graph = graph.with_systems(&systems);
    let departures = aispm_policy::departures(&graph, request.policy);
    (graph.with_facts(departures), systems, imported)
}

/// Marks accepted findings, and turns what is dead or expired in the policy into findings of their own.
fn except(assessment: &mut Assessment, world: &World<'_>, rules: &Registry) {
    let problems =
        aispm_policy::apply_exceptions(&mut assessment.findings, world.graph, world.policy, world.as_of);
    let jewels = aispm_paths::dead_jewels(world);
    if problems.is_empty() && jewels.is_empty() {
        return;
    }
    let mut batch = Batch::default();
    let places = problems.iter().map(|p| &p.at).chain(jewels.iter().map(|j| &j.at));
    let file = places
        .filter_map(|at| at.path.clone())
        .next()
        .unwrap_or_else(|| String::from("aispm.toml"));
    let at = Location {
        target: String::from("policy"),
        path: Some(file.clone()),
        ..Location::default()
    };
    let policy = batch.asset(Asset::new(AssetKind::Repository, "policy", file).at(at));
    for problem in problems {
        batch.fact(problem.fact(&policy));
    }
    for jewel in jewels {
        let fact = Fact::new(FactKind::PolicyDeparture, &policy)
            .with("departure", "crown-jewel-dead")
            .with("declared", format!("crown jewel `{}`", jewel.pattern))
            .with("found", "no asset has this name, id or path");
        batch.fact(fact.at(jewel.at.clone()));
    }
    let graph = resolve(batch);
    let more = run(
        rules,
        &World {
            graph: &graph,
            ..*world
        },
    );
    assessment.findings.extend(more.findings);
    assessment.checks.extend(more.checks);
    for (rule, n) in more.held {
        *assessment.held.entry(rule).or_default() += n;
    }
    assessment.findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| (&a.rule, &a.asset, &a.id).cmp(&(&b.rule, &b.asset, &b.id)))
    });
    assessment.checks.sort();
}

fn coverage(labels: &[String], gaps: &[(String, Gap)], left_out: &[(String, Gap)]) -> Vec<CoverageRow> {
    let mut rows = Vec::new();
    for label in labels {
        let own: Vec<&Gap> = gaps.iter().filter(|(l, _)| l == label).map(|(_, g)| g).collect();
        let status = if own.iter().any(|g| g.scope.0 == ".") || !own.is_empty() {
            ScopeStatus::Partial
        } else {
            ScopeStatus::Complete
        };
        rows.push(CoverageRow {
            scope: label.clone(),
            status,
            reason: None,
        });
        let place = |g: &Gap| {
            if label == "." {
                g.scope.0.clone()
            } else {
                format!("{label}/{}", g.scope.0)
            }
        };
        let row = |g: &Gap, status| CoverageRow {
            scope: place(g),
            status,
            reason: Some(g.reason.clone()),
        };
        rows.extend(own.into_iter().map(|g| row(g, ScopeStatus::Gap)));
        let left_out = left_out.iter().filter(|(l, _)| l == label);
        rows.extend(left_out.map(|(_, g)| row(g, ScopeStatus::Excluded)));
    }
    rows.sort();
    rows.dedup();
    rows
}
