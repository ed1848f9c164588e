//! `aispm systems|inventory|findings|fixes|paths`: a part of a scan.

use aispm_report::{view, write_json};
use aispm_types::{AssetId, Report};

use super::{ask_store, look};
use crate::args::{Common, ViewArgs, ViewFormat};
use crate::{Exit, Usage, settings, terminal};

/// Which part.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Systems,
    Inventory,
    Findings,
    Fixes,
    Paths,
}

pub(crate) fn run(common: &Common, args: &ViewArgs, part: Part) -> anyhow::Result<Exit> {
    let mut report = load(common, args.scan.as_deref())?;
    narrow(&mut report, args)?;
    let mut out = Vec::new();
    match args.format {
        ViewFormat::Json => {
            match part {
                Part::Systems => write_json(&report.systems, &mut out),
                Part::Inventory => write_json(&report.assets, &mut out),
                Part::Findings => write_json(&report.findings, &mut out),
                Part::Fixes => write_json(&report.fixes, &mut out),
                Part::Paths => write_json(&report.paths, &mut out),
            }?;
        }
        ViewFormat::Text => {
            let look = look(common, true);
            match part {
                Part::Systems => view::systems(&report, &look, &mut out),
                Part::Inventory => view::inventory(&report, &look, &mut out),
                Part::Findings => view::findings(&report, &look, &mut out),
                Part::Fixes => view::fixes(&report, &look, &mut out),
                Part::Paths => view::paths(&report, &look, &mut out),
            }?;
        }
    }
    terminal::print(&out)?;
    Ok(Exit::Clean)
}

/// Loads a scan from the store, the last one by default.
pub(crate) fn load(common: &Common, id: Option<&str>) -> anyhow::Result<Report> {
    let url = settings::store_url(common)?;
    let found = ask_store(&url, async |store| match id {
        Some(id) => store.load(id).await.map(Some),
        None => store.latest().await,
    })?;
    let found = found.map_err(|e| Usage(format!("{:#}", anyhow::Error::new(e))))?;
    found.ok_or_else(|| match id {
        Some(id) => Usage(format!("the store has no scan `{id}`")).into(),
        None => Usage(String::from(
            "the store has no scan yet; run `aispm scan PATH` first",
        ))
        .into(),
    })
}

fn narrow(report: &mut Report, args: &ViewArgs) -> anyhow::Result<()> {
    if let Some(name) = &args.system {
        let Some(system) = report
            .systems
            .iter()
            .find(|s| s.name == *name || s.id.as_str() == name)
            .cloned()
        else {
            let names: Vec<&str> = report.systems.iter().map(|s| s.name.as_str()).collect();
            return Err(Usage(format!(
                "no AI system is called `{name}`; there are: {}",
                names.join(", ")
            ))
            .into());
        };
        let member = |id: &AssetId| system.assets.contains(id) || system.id == *id;
        report.findings.retain(|f| member(&f.asset));
        report.assets.retain(|a| member(&a.asset.id));
        // The same paths that the table of systems counts: those that end in it or lead through it.
        report.paths.retain(|p| system.paths.contains(&p.id));
        report.fixes.retain(|f| f.systems.contains(&system.name));
        for fix in &mut report.fixes {
            fix.paths_cut.retain(|p| system.paths.contains(p));
        }
        report.systems.retain(|s| s.id == system.id);
    }
    if let Some(least) = args.severity {
        report.findings.retain(|f| f.severity >= least);
        report.fixes.retain(|f| f.severity >= least);
        report.paths.retain(|p| p.severity >= least);
    }
    Ok(())
}
