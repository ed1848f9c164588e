//! `aispm diff`: drift between two scans.

use aispm_report::{drift, view, write_json};

use super::view::load;
use super::{ask_store, look};
use crate::args::{Common, DiffArgs, ViewFormat};
use crate::{Exit, Usage, settings, terminal};

pub(crate) fn run(common: &Common, args: &DiffArgs) -> anyhow::Result<Exit> {
    let to = load(common, args.to.as_deref())?;
    let from = match &args.from {
        Some(id) => load(common, Some(id))?,
        None => {
            let url = settings::store_url(common)?;
            let found = ask_store(&url, async |store| store.before(&to.run.id).await)?;
            let found = found.map_err(|e| Usage(e.to_string()))?;
            found.ok_or_else(|| {
                Usage(format!(
                    "the store has no scan of the same targets before {}",
                    to.run.id
                ))
            })?
        }
    };
    let drift = drift(&from, &to);
    let mut out = Vec::new();
    match args.format {
        ViewFormat::Json => write_json(&drift, &mut out)?,
        ViewFormat::Text => view::diff(&drift, &look(common, true), &mut out)?,
    }
    terminal::print(&out)?;
    Ok(Exit::Clean)
}
