//! `aispm data`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use aispm_collect::Collector;
use aispm_data::{Changes, DataCollector, Manifest, Place, Source, diff, hex};
use serde_json::json;

use super::scan;
use crate::args::{Common, DataCheckArgs, DataCommand, DataDiffArgs, DataManifestArgs, ScanArgs, ViewFormat};
use crate::{Exit, Usage, output, terminal};

/// Rows of each kind that text lists.
const SHOWN: usize = 20;

pub(crate) fn run(common: &Common, command: &DataCommand) -> anyhow::Result<Exit> {
    match command {
        DataCommand::Check(args) => check(common, args),
        DataCommand::Diff(args) => compare(args),
        DataCommand::Manifest(args) => write_manifest(common, args),
    }
}

/// A scan of one target: the same report, the same exit codes.
fn check(common: &Common, args: &DataCheckArgs) -> anyhow::Result<Exit> {
    let collector = DataCollector {
        label: args.label.clone(),
        place: place(args),
    };
    let collectors: Vec<Box<dyn Collector>> = vec![Box::new(collector)];
    let scan = ScanArgs {
        targets: vec![format!("data:{}", args.path)],
        output: args.output.clone(),
        fail_on: args.fail_on,
        strict: args.strict,
        baseline: None,
        import: Vec::new(),
        no_ignore: false,
        no_store: true,
        as_of: None,
        threads: None,
    };
    scan::run_with(common, &scan, &collectors)
}

/// Who holds rows against each other.
#[cfg(feature = "data-cluster")]
fn place(args: &DataCheckArgs) -> Place {
    match (&args.cluster, &args.shared) {
        (Some(scheduler), Some(shared)) => Place::Cluster {
            scheduler: scheduler.clone(),
            shared: shared.clone(),
        },
        _ => Place::default(),
    }
}

#[cfg(not(feature = "data-cluster"))]
fn place(_args: &DataCheckArgs) -> Place {
    Place::default()
}

fn compare(args: &DataDiffArgs) -> anyhow::Result<Exit> {
    let (old, new) = (manifest(&args.old)?, manifest(&args.new)?);
    let changes = diff(&old, &new);
    let text = match args.format {
        ViewFormat::Json => {
            let roots = [hex(&old.root()), hex(&new.root())];
            let document = json!({
                "schema": "aispm-data-diff/1",
                "rows": {"old": old.rows(), "new": new.rows()},
                "roots": {"old": roots[0], "new": roots[1]},
                "edited": changes.edited.iter().map(|(a, b)| json!({"old": a, "new": b})).collect::<Vec<_>>(),
                "inserted": changes.inserted,
                "deleted": changes.deleted,
            });
            format!("{}\n", serde_json::to_string_pretty(&document)?)
        }
        ViewFormat::Text => told(&changes, old.rows(), new.rows()),
    };
    terminal::print(text.as_bytes())?;
    Ok(if changes.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

/// The changes for people.
fn told(changes: &Changes, old: u64, new: u64) -> String {
    if changes.is_empty() {
        return format!("no row changed ({new} rows)\n");
    }
    let edited: Vec<String> = changes
        .edited
        .iter()
        .map(|(a, b)| {
            if a == b {
                a.to_string()
            } else {
                format!("{a} (now {b})")
            }
        })
        .collect();
    let numbers = |rows: &[u64]| rows.iter().map(u64::to_string).collect::<Vec<_>>();
    let mut out = format!("{old} rows before, {new} now (rows count from 0)\n");
    for (what, rows) in [
        ("edited", edited),
        ("inserted", numbers(&changes.inserted)),
        ("deleted", numbers(&changes.deleted)),
    ] {
        if rows.is_empty() {
            continue;
        }
        let shown = rows.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        let more = rows.len().saturating_sub(SHOWN);
        let rest = if more > 0 {
            format!(" and {more} more; --format json has all")
        } else {
            String::new()
        };
        out.push_str(&format!("{} {what}: {shown}{rest}\n", rows.len()));
    }
    out
}

fn write_manifest(common: &Common, args: &DataManifestArgs) -> anyhow::Result<Exit> {
    let mut bytes = Vec::new();
    manifest(&args.path)?.write(&mut bytes)?;
    output::deliver(common, args.output.as_deref(), &bytes)?;
    Ok(Exit::Clean)
}

/// Reads a manifest, or makes one of a dataset.
fn manifest(path: &Path) -> anyhow::Result<Manifest> {
    let shown = path.display();
    let refused = |why: String| Usage(format!("cannot compare `{shown}`: {why}"));
    if path.is_file() {
        let open = || File::open(path).map_err(|e| refused(e.to_string()));
        let mut head = [0; 32];
        let n = open()?.read(&mut head)?;
        if Manifest::is_one(head.get(..n).unwrap_or(&[])) {
            return Manifest::read(BufReader::new(open()?)).map_err(|e| refused(e.to_string()).into());
        }
    }
    let source = Source::open(path).map_err(refused)?;
    let (manifest, gaps) = source.manifest().map_err(|e| refused(e.to_string()))?;
    for gap in gaps {
        terminal::note(&format!(
            "warning: {shown}: {}; they are compared as unread",
            gap.reason
        ));
    }
    Ok(manifest)
}
