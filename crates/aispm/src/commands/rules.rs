//! `aispm rules`.

use std::io::Write;
use std::path::Path;

use aispm_report::{view, write_json};

use super::look;
use crate::args::{Common, RulesCommand, ViewFormat};
use crate::{Exit, Usage, settings, terminal};

pub(crate) fn run(common: &Common, command: &RulesCommand) -> anyhow::Result<Exit> {
    match command {
        RulesCommand::List { format } => list(common, *format),
        RulesCommand::Show { id } => show(common, id),
        RulesCommand::Test => test(common),
        RulesCommand::New { id, dir } => new(id, dir),
    }
}

fn list(common: &Common, format: ViewFormat) -> anyhow::Result<Exit> {
    let content = settings::content(common)?;
    let metas: Vec<_> = content.rules.metas().collect();
    let mut out = Vec::new();
    match format {
        ViewFormat::Json => write_json(&metas, &mut out)?,
        ViewFormat::Text => {
            let widest = metas.iter().map(|m| m.id.len()).max().unwrap_or(0);
            for m in &metas {
                writeln!(out, "{:8} {:widest$}  {}", m.severity, m.id, m.title)?;
            }
            writeln!(
                out,
                "\n{} rules. `aispm explain RULE` says why one matters and how to fix it.",
                metas.len()
            )?;
        }
    }
    terminal::print(&out)?;
    Ok(Exit::Clean)
}

fn show(common: &Common, id: &str) -> anyhow::Result<Exit> {
    let content = settings::content(common)?;
    let Some(rule) = content.rules.metas().find(|m| m.id == id) else {
        let near = aispm_rules::nearest(id, content.rules.metas().map(|m| m.id.as_str()));
        return Err(Usage(format!(
            "no rule is called `{id}`{}",
            near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
        ))
        .into());
    };
    let mut out = Vec::new();
    view::rule(rule, &look(common, true), &mut out)?;
    terminal::print(&out)?;
    Ok(Exit::Clean)
}

fn test(common: &Common) -> anyhow::Result<Exit> {
    let content = settings::content(common)?;
    let outcome = aispm_rules::test_examples(&content.rules);
    let mut out = Vec::new();
    for failure in &outcome.failures {
        writeln!(out, "FAILED {failure}")?;
    }
    writeln!(
        out,
        "{} examples of {} rules: {} passed, {} failed",
        outcome.run,
        content.rules.metas().count(),
        outcome.run - outcome.failures.len(),
        outcome.failures.len()
    )?;
    terminal::print(&out)?;
    Ok(if outcome.failures.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

fn new(id: &str, dir: &Path) -> anyhow::Result<Exit> {
    let plain = !id.is_empty()
        && id.len() <= 80
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !plain {
        return Err(Usage(format!(
            "`{id}` is no rule id; use lower-case words joined by `-` that name the defect"
        ))
        .into());
    }
    if aispm_rules::Registry::load(None).is_ok_and(|r| r.rule(id).is_some()) {
        return Err(Usage(format!("`{id}` is a rule of aispm already; choose another id")).into());
    }
    let path = dir.join(format!("{id}.yaml"));
    std::fs::create_dir_all(dir).map_err(|e| Usage(format!("cannot make `{}`: {e}", dir.display())))?;
    let mut file = std::fs::File::create_new(&path).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Usage(format!(
            "`{}` exists already; choose another id, or edit that file",
            path.display()
        )),
        _ => Usage(format!("cannot write `{}`: {e}", path.display())),
    })?;
    file.write_all(aispm_rules::skeleton(id).as_bytes())?;
    terminal::note(&format!(
        "wrote {}; edit it, then: aispm rules test --rules {}",
        path.display(),
        dir.display()
    ));
    Ok(Exit::Clean)
}
