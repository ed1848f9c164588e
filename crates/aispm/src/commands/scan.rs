//! `aispm scan`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aispm_collect::{Budgets, Collector, Overlay, read_bounded};
use aispm_engine::{Progress, Scan, ScanRequest, Target, clock, collectors, scan_over};
use aispm_graph::Snapshot;
use aispm_import::ImportFile;
use aispm_report::{Format, render};
use aispm_store::{ScannedScope, Store};
use aispm_types::{Report, short_hash};

use super::{block_on, closing, look_at};
use crate::args::{Common, ScanArgs};
use crate::progress::Spinner;
use crate::{Exit, Usage, output, settings, terminal};

/// Key of fingerprints: fixed, so that the same input gives the same bytes; it keeps fingerprints apart from those of others.
const FINGERPRINT_KEY: &[u8] = b"aispm/fingerprint/1";

/// Largest report to compare with (bytes).
const BASELINE: u64 = 256 << 20;

pub(crate) fn run(common: &Common, args: &ScanArgs) -> anyhow::Result<Exit> {
    run_with(common, args, &collectors())
}

/// [`run`] with collectors that were told more than a target can say.
pub(crate) fn run_with(
    common: &Common,
    args: &ScanArgs,
    collectors: &[Box<dyn Collector>],
) -> anyhow::Result<Exit> {
    let format: Format = args
        .output
        .format
        .parse()
        .map_err(|e: aispm_report::UnknownFormat| Usage(e.to_string()))?;
    if let Some(url) = &common.store
        && !args.no_store
        && Store::location(url).is_none()
    {
        return Err(Usage(format!("`{url}` is no store; write --store sqlite:PATH")).into());
    }
    let baseline = args.baseline.as_deref().map(baseline).transpose()?;
    let spinner = Spinner::new(common.quiet);
    let done = perform_with(
        common,
        args,
        baseline.as_ref(),
        &spinner,
        &BTreeMap::new(),
        collectors,
    )?;
    spinner.finish();
    let kept = if args.no_store {
        Ok(())
    } else {
        keep(common, &done)
    };
    write(common, args, format, &done.report, baseline.as_ref())?;
    kept?; // after the report: a store that fails does not cost the user what was found
    Ok(exit(args, &done, baseline.as_ref()))
}

/// Scans, without keeping or writing anything.
pub(crate) fn perform(
    common: &Common,
    args: &ScanArgs,
    baseline: Option<&Snapshot>,
    progress: &dyn Progress,
) -> anyhow::Result<Scan> {
    perform_over(common, args, baseline, progress, &BTreeMap::new())
}

/// [`perform`], as if some files were other than they are.
pub(crate) fn perform_over(
    common: &Common,
    args: &ScanArgs,
    baseline: Option<&Snapshot>,
    progress: &dyn Progress,
    overlays: &BTreeMap<String, Overlay>,
) -> anyhow::Result<Scan> {
    perform_with(common, args, baseline, progress, overlays, &collectors())
}

fn perform_with(
    common: &Common,
    args: &ScanArgs,
    baseline: Option<&Snapshot>,
    progress: &dyn Progress,
    overlays: &BTreeMap<String, Overlay>,
    collectors: &[Box<dyn Collector>],
) -> anyhow::Result<Scan> {
    let targets = targets(&args.targets, collectors)?;
    let content = settings::content(common)?;
    let rules: Vec<String> = content.rules.metas().map(|m| m.id.clone()).collect();
    let paths: Vec<_> = targets
        .iter()
        .filter_map(|t| t.path().map(Path::to_path_buf))
        .collect();
    let policy = settings::policy(common, &paths, &rules)?;
    let imports = imports(&args.import)?;
    let started = clock::now();
    let request = ScanRequest {
        targets: &targets,
        policy: &policy,
        baseline,
        as_of: args.as_of.unwrap_or_else(clock::today),
        budgets: Budgets {
            threads: args.threads.map_or(0, usize::from),
            ..Budgets::default()
        },
        respect_ignore_files: !args.no_ignore,
        fingerprint_key: FINGERPRINT_KEY,
        imports: &imports,
        collectors,
        offline: common.offline,
    };
    let mut done = scan_over(&request, overlays, &content, progress);
    tracing::debug!(peak_rss_kib = peak_memory(), "scanned");
    let run = &mut done.report.run;
    run.started_at = started.to_string();
    run.finished_at = clock::now().to_string();
    run.host = host();
    run.id = format!(
        "S-{}",
        short_hash(&[
            &run.host,
            &clock::nanos().to_string(),
            &std::process::id().to_string()
        ])
    );
    Ok(done)
}

fn targets(written: &[String], collectors: &[Box<dyn Collector>]) -> anyhow::Result<Vec<Target>> {
    let here = [String::from(".")];
    let written = if written.is_empty() { &here[..] } else { written };
    written
        .iter()
        .map(|w| Target::parse(w, collectors).map_err(|e| Usage(e.to_string()).into()))
        .collect()
}

fn baseline(path: &Path) -> anyhow::Result<Snapshot> {
    let bytes = read_bounded(path, BASELINE)
        .map_err(|e| Usage(format!("cannot read baseline `{}`: {e}", path.display())))?;
    let report: Report = serde_json::from_slice(&bytes).map_err(|_| {
        Usage(format!(
            "baseline `{}` is no aispm report; make one with `aispm scan --format json -o FILE`",
            path.display()
        ))
    })?;
    Ok(Snapshot {
        assets: report.assets.iter().map(|a| a.asset.id.clone()).collect(),
        findings: report
            .findings
            .iter()
            .map(|f| f.id.clone())
            .collect::<BTreeSet<_>>(),
    })
}

/// The scan's targets as the store keeps them.
pub(crate) fn scopes(done: &Scan) -> Vec<ScannedScope> {
    let one = |s: &aispm_engine::Scope| ScannedScope {
        key: s.key.clone(),
        complete: s.complete,
    };
    done.scopes.iter().map(one).collect()
}

/// Keeps the scan. The default store may fail with a warning; one that the user named is an error.
fn keep(common: &Common, done: &Scan) -> anyhow::Result<()> {
    let url = match settings::store_url(common) {
        Ok(url) => url,
        Err(e) => {
            terminal::note(&format!("warning: this scan was not kept: {e}"));
            return Ok(());
        }
    };
    let scopes = scopes(done);
    let saved = block_on(closing(Store::open(&url), async |store| {
        store.save(&done.report, &scopes).await
    }))?;
    match saved {
        Ok(_) => Ok(()),
        Err(e) if common.store.is_none() => {
            terminal::note(&format!("warning: this scan was not kept: {e}"));
            Ok(())
        }
        Err(e) => Err(anyhow::Error::new(e).context("this scan was not kept")),
    }
}

/// Reads files of findings; one that cannot be read ends the run, since a queue that lacks it would look complete.
fn imports(files: &[PathBuf]) -> anyhow::Result<Vec<ImportFile>> {
    let read = |path: &PathBuf| {
        let shown = path.display();
        let bytes = read_bounded(path, aispm_import::FILE_BUDGET)
            .map_err(|e| Usage(format!("cannot read findings from `{shown}`: {e}")))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        aispm_import::read(&name, &String::from_utf8_lossy(&bytes))
            .map_err(|e| Usage(format!("cannot read findings from `{shown}`: {e}")).into())
    };
    files.iter().map(read).collect()
}

fn write(
    common: &Common,
    args: &ScanArgs,
    format: Format,
    report: &Report,
    baseline: Option<&Snapshot>,
) -> anyhow::Result<()> {
    let path = args.output.output.as_deref();
    let mut bytes = Vec::new();
    render(format, report, &look_at(common, path), &mut bytes)?;
    if let (Format::Text, Some(before), Some(file)) = (format, baseline, &args.baseline) {
        bytes.extend(compared(file, before, report).bytes());
    }
    output::deliver(common, path, &bytes)
}

/// What the scan was compared with, and what is new.
fn compared(file: &Path, before: &Snapshot, report: &Report) -> String {
    let new = report
        .findings
        .iter()
        .filter(|f| !before.findings.contains(&f.id))
        .count();
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    format!(
        "\n  Compared with {}: {new} of {} findings are new; it has {}.\n",
        name.escape_debug(),
        report.findings.len(),
        before.findings.len()
    )
}

fn exit(args: &ScanArgs, done: &Scan, baseline: Option<&Snapshot>) -> Exit {
    let known = |id: &str| baseline.is_some_and(|b| b.findings.contains(id));
    let failing = args.fail_on.severity().is_some_and(|least| {
        done.report
            .findings
            .iter()
            .any(|f| f.accepted.is_none() && f.severity >= least && !known(&f.id))
    });
    match (failing, done.target_unread || (args.strict && done.incomplete)) {
        (true, _) => Exit::Findings,
        (false, true) => Exit::Incomplete,
        (false, false) => Exit::Clean,
    }
}

/// Largest resident memory so far in KiB, where the kernel says (`VmHWM`, proc(5)); 0 elsewhere.
fn peak_memory() -> u64 {
    let status = read_bounded(Path::new("/proc/self/status"), 1 << 16).unwrap_or_default();
    let status = String::from_utf8_lossy(&status).into_owned();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next())
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

fn host() -> String {
    let read = |p: &str| read_bounded(Path::new(p), 4096).ok();
    let name = read("/proc/sys/kernel/hostname").or_else(|| read("/etc/hostname"));
    name.map_or_else(
        || String::from("unknown"),
        |n| String::from_utf8_lossy(&n).trim().to_owned(),
    )
}
