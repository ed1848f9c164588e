//! `aispm verify`: whether findings still stand.

use aispm_server::{Answer, Plan, Verdict, narrow, plan, verdict};
use aispm_types::{Finding, Policy, Report};
use clap::Parser;

use super::ask_store;
use super::scan::perform;
use super::view::load;
use crate::args::{Cli, Command, Common, VerifyArgs, ViewFormat};
use crate::progress::Spinner;
use crate::{Exit, Usage, settings, terminal};

pub(crate) fn run(common: &Common, args: &VerifyArgs) -> anyhow::Result<Exit> {
    let report = load(common, args.scan.as_deref())?;
    let url = settings::store_url(common)?;
    let scopes = ask_store(&url, async |store| store.scopes(&report.run.id).await)??;
    let content = settings::content(common)?;
    let rules: Vec<String> = content.rules.metas().map(|m| m.id.clone()).collect();
    drop(content);
    let policy = settings::policy(common, &[], &rules)?;
    let mut whole: Option<Report> = None;
    let mut answers = Vec::new();
    for id in &args.findings {
        let finding = report.findings.iter().find(|f| f.id == *id).ok_or_else(|| {
            Usage(format!(
                "scan {} has no `{id}`; ids are shown by `aispm findings`",
                report.run.id
            ))
        })?;
        let planned = judged(&rules, &policy, finding).and_then(|()| plan(&report, &scopes, finding));
        answers.push(match planned {
            Err(why) => Answer::cannot_tell(id, why),
            Ok(plan) => one(common, args, &report, finding, &plan, &mut whole)?,
        });
    }
    tell(args, &answers)?;
    // As a scan: what still stands fails, what nobody can tell is incomplete.
    let any = |v: Verdict| answers.iter().any(|a| a.verdict == v);
    Ok(match (any(Verdict::StillThere), any(Verdict::CannotTell)) {
        (true, _) => Exit::Findings,
        (false, true) => Exit::Incomplete,
        (false, false) => Exit::Clean,
    })
}

/// Whether this program, with this policy, would find it at all.
fn judged(rules: &[String], policy: &Policy, finding: &Finding) -> Result<(), String> {
    let rule = &finding.rule;
    if !rules.contains(rule) {
        return Err(format!(
            "`{rule}` is no rule of this program; whoever found it must look again"
        ));
    }
    if policy.rules.get(rule) == Some(&None) {
        return Err(format!("the policy switches `{rule}` off"));
    }
    Ok(())
}

fn one(
    common: &Common,
    args: &VerifyArgs,
    report: &Report,
    finding: &Finding,
    plan: &Plan,
    whole: &mut Option<Report>,
) -> anyhow::Result<Answer> {
    if !args.whole && whole.is_none() {
        let directory = tempfile::tempdir()?;
        if let Some(targets) = narrow(plan, directory.path())? {
            let targets = targets.iter().map(|t| t.display().to_string()).collect();
            if scanned(common, targets)?
                .findings
                .iter()
                .any(|f| f.id == finding.id)
            {
                return Ok(Answer::still_there(
                    &finding.id,
                    "the files it names still have it",
                ));
            }
        }
    }
    let after = match whole {
        Some(after) => after,
        None => whole.insert(scanned(common, plan.targets.clone())?),
    };
    Ok(verdict(report, finding, after))
}

fn scanned(common: &Common, targets: Vec<String>) -> anyhow::Result<Report> {
    let words = ["aispm", "scan", "--no-store", "--"].map(str::to_owned);
    let cli = Cli::try_parse_from(words.into_iter().chain(targets))?;
    let Command::Scan(scan) = cli.command else {
        anyhow::bail!("`scan` is another command");
    };
    let spinner = Spinner::new(common.quiet);
    let done = perform(common, &scan, None, &spinner)?;
    spinner.finish();
    Ok(done.report)
}

fn tell(args: &VerifyArgs, answers: &[Answer]) -> anyhow::Result<()> {
    if args.format == ViewFormat::Json {
        let mut out = serde_json::to_vec_pretty(answers)?;
        out.push(b'\n');
        return terminal::print(&out);
    }
    let mut text = String::new();
    for a in answers {
        let word = match a.verdict {
            Verdict::StillThere => "still there",
            Verdict::Gone => "gone",
            Verdict::CannotTell => "cannot tell",
        };
        text.push_str(&format!("{}  {word}: {}\n", a.finding, a.why));
    }
    terminal::print(text.as_bytes())
}
