//! `aispm comply`.

use std::io::Write;

use aispm_report::{ComplianceFormat, Options, render_compliance};
use aispm_rules::{Framework, comply, frameworks, named};

use super::look_at;
use super::view::load;
use crate::args::{Common, ComplyArgs, ComplyFormat};
use crate::{Exit, Usage, output, settings, terminal};

pub(crate) fn run(common: &Common, args: &ComplyArgs) -> anyhow::Result<Exit> {
    let known = frameworks().map_err(|errors| {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the built-in frameworks cannot be read: {}", all.join("; "))
    })?;
    let Some(word) = &args.framework else {
        return list(&known);
    };
    let framework = named(&known, word).map_err(Usage)?;
    let content = settings::content(common)?;
    let report = load(common, args.scan.as_deref())?;
    let compliance = comply(framework, content.rules.metas(), &report);
    let format = match args.format {
        ComplyFormat::Text => ComplianceFormat::Text,
        ComplyFormat::Html => ComplianceFormat::Html,
        ComplyFormat::Json => ComplianceFormat::Json,
        ComplyFormat::Csv => ComplianceFormat::Csv,
    };
    let path = args.output.as_deref();
    let look = Options {
        all: args.all,
        ..look_at(common, path)
    };
    let mut bytes = Vec::new();
    render_compliance(format, &compliance, &look, &mut bytes)?;
    output::deliver(common, path, &bytes)?;
    Ok(Exit::Clean)
}

fn list(known: &[Framework]) -> anyhow::Result<Exit> {
    let mut out = Vec::new();
    let named: Vec<String> = known.iter().map(|f| format!("{}@{}", f.key, f.version)).collect();
    let widest = named.iter().map(String::len).max().unwrap_or(0);
    for (name, f) in named.iter().zip(known) {
        writeln!(
            out,
            "{name:widest$}  {:3} controls  {}",
            f.controls.len(),
            f.title
        )?;
    }
    writeln!(out, "\n`aispm comply owasp-llm` holds the last scan against one.")?;
    terminal::print(&out)?;
    Ok(Exit::Clean)
}
