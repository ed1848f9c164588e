//! `aispm fix`: plan and show, write a patch, apply and prove, undo.

mod select;
mod show;

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use aispm_audit::AuditLog;
use aispm_collect::Overlay;
use aispm_engine::{Scan, clock};
use aispm_respond::{
    Approval, Draft, Effect, Estate, Plan, Records, Unplanned, apply, compose, judged, plan, undo,
};

use self::select::{Selection, selection};
use self::show::Shown;
use super::look;
use super::scan::perform_over;
use crate::args::{Common, FixArgs, ScanArgs, ViewFormat};
use crate::progress::Spinner;
use crate::{Exit, Usage, output, settings, terminal};

/// Plans that are tried one by one where together they do not do what they claim.
const TRIED: usize = 200;

pub(crate) fn run(common: &Common, args: &FixArgs) -> anyhow::Result<Exit> {
    if let Some(id) = &args.undo {
        return take_back(common, args, id);
    }
    if args.with_secrets && args.patch.as_deref() == Some(Path::new("-")) {
        let hint = "--with-secrets writes to a file that its owner alone may read; name one";
        return Err(Usage(hint.to_owned()).into());
    }
    let chosen = selection(common, args)?;
    if args.apply && chosen.findings.is_none() && !args.all_safe {
        let hint = "say what to apply: finding ids (F-…, X-…), or --all-safe for every plan that cannot break what works";
        return Err(Usage(hint.to_owned()).into());
    }
    let before = scanned(common, &chosen.scan, &BTreeMap::new())?;
    let content = settings::content(common)?;
    let roots = chosen.roots(&before.report);
    let is_secret = |text: &str| {
        let mut masked = text.to_owned();
        before.redactor.text(&mut masked);
        masked != text
    };
    let estate = Estate {
        report: &before.report,
        roots: &roots,
        recipes: &|rule| content.rules.recipes(rule),
        by_hand: &|rule| content.rules.by_hand(rule),
        is_secret: &is_secret,
    };
    let selected = chosen.select(&before.report)?;
    let (mut plans, mut none) = plan(&estate, &selected);
    let planned = plans.len();
    if args.all_safe {
        plans.retain(|p| p.safe);
    }
    let unsafe_plans = planned - plans.len();
    let (draft, effect) = tried(common, &chosen, &before, &estate, plans, &mut none)?;
    // What goes with another plan needs none.
    none.retain(|n| !effect.resolved.contains(&n.finding));
    let shown = Shown {
        report: &before.report,
        draft: &draft,
        effect: &effect,
        none: &none,
        unsafe_plans,
        redactor: &|text| before.redactor.text(text),
    };
    if let Some(path) = &args.patch {
        return patch(common, args, path, &shown, &is_secret);
    }
    match args.format {
        ViewFormat::Json => terminal::print(&shown.json()?)?,
        ViewFormat::Text => terminal::print(shown.text(&look(common, true)).as_bytes())?,
    }
    if !args.apply || draft.is_empty() {
        return Ok(Exit::Clean);
    }
    carry_out(common, args, &chosen, &before, &estate, &draft, &effect)
}

/// Makes the new files in memory and reads them, so that what is shown is what was measured. A plan that does not do what it
/// claims, or makes anything worse, is left out with the reason.
fn tried(
    common: &Common,
    chosen: &Selection,
    before: &Scan,
    estate: &Estate<'_>,
    plans: Vec<Plan>,
    none: &mut Vec<Unplanned>,
) -> anyhow::Result<(Draft, Effect)> {
    let attempt = |plans: Vec<Plan>| -> anyhow::Result<(Draft, Vec<Unplanned>, Effect)> {
        let (draft, refused) = compose(estate, plans);
        if draft.is_empty() {
            return Ok((draft, refused, Effect::default()));
        }
        let after = scanned(common, &chosen.scan, &overlays(&draft))?;
        let effect = Effect::between(&before.report, &after.report);
        Ok((draft, refused, effect))
    };
    let (draft, refused, effect) = attempt(plans)?;
    none.extend(refused);
    if effect.objection(&draft.claims()).is_none() {
        none.sort();
        return Ok((draft, effect));
    }
    let mut sound = Vec::new();
    for one in draft.plans.into_iter().take(TRIED) {
        let (alone, _, effect) = attempt(vec![one.clone()])?;
        match effect.objection(&alone.claims()) {
            None => sound.push(one),
            Some(why) => none.extend(one.findings.into_iter().map(|finding| Unplanned {
                why: why.clone(),
                finding,
            })),
        }
    }
    let (draft, refused, effect) = attempt(sound)?;
    none.extend(refused);
    if let Some(why) = effect.objection(&draft.claims()) {
        let all = draft.plans.into_iter().flat_map(|p| p.findings);
        let why = format!("each plan is sound alone, and together {why}: apply them one by one");
        none.extend(all.map(|finding| Unplanned {
            why: why.clone(),
            finding,
        }));
        none.sort();
        return Ok((Draft::default(), Effect::default()));
    }
    none.sort();
    Ok((draft, effect))
}

fn overlays(draft: &Draft) -> BTreeMap<String, Overlay> {
    let bytes = |b: Option<Vec<u8>>| b.map(Arc::<[u8]>::from);
    let one = |(target, files): (String, aispm_respond::Overlay)| {
        (
            target,
            Overlay(files.into_iter().map(|(p, b)| (p, bytes(b))).collect()),
        )
    };
    draft.overlay().into_iter().map(one).collect()
}

fn scanned(common: &Common, scan: &ScanArgs, overlays: &BTreeMap<String, Overlay>) -> anyhow::Result<Scan> {
    let spinner = Spinner::new(common.quiet);
    let done = perform_over(common, scan, None, &spinner, overlays)?;
    spinner.finish();
    Ok(done)
}

/// Writes the diff. Lines that hold secrets go in only where the user asked for them.
fn patch(
    common: &Common,
    args: &FixArgs,
    path: &Path,
    shown: &Shown<'_>,
    is_secret: &dyn Fn(&str) -> bool,
) -> anyhow::Result<Exit> {
    let patch = shown.patch(is_secret, args.with_secrets);
    if path == Path::new("-") {
        terminal::print(&patch.bytes)?;
    } else if args.with_secrets {
        let refused = |e: std::io::Error| Usage(format!("cannot write `{}`: {e}", path.display()));
        let mut file = std::fs::File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)
            .map_err(refused)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))
            .map_err(refused)?;
        file.write_all(&patch.bytes).map_err(refused)?;
    } else {
        output::deliver(common, Some(path), &patch.bytes)?;
    }
    for note in patch.notes.iter().filter(|_| !common.quiet) {
        terminal::note(note);
    }
    Ok(Exit::Clean)
}

fn carry_out(
    common: &Common,
    args: &FixArgs,
    chosen: &Selection,
    before: &Scan,
    estate: &Estate<'_>,
    draft: &Draft,
    effect: &Effect,
) -> anyhow::Result<Exit> {
    let files = draft.files.len() + draft.moved.len();
    let approval = approve(args, &format!("Change {files} file(s)?"))?;
    let Some(approval) = approval else {
        terminal::note("nothing is changed");
        return Ok(Exit::Clean);
    };
    let (audit, records) = ledger(common, args)?;
    let applied = apply(estate, draft, effect, &approval, &audit, &records)?;
    let mut record = applied.record;
    terminal::print(format!("\napplied as {} (audit entry {})\n", record.id, record.entry).as_bytes())?;
    let after = scanned(common, &chosen.scan, &BTreeMap::new())?;
    let measured = Effect::between(&before.report, &after.report);
    let proved = measured == *effect;
    judged(&mut record, proved, &approval, &audit, &records)?;
    if proved {
        let text = format!(
            "proved by reading again: {} finding(s) and {} attack path(s) are gone, and nothing new is there\nundo: aispm fix --undo {}\n",
            measured.resolved.len(),
            measured.paths_cut.len(),
            record.id
        );
        terminal::print(text.as_bytes())?;
        return Ok(Exit::Clean);
    }
    terminal::print(format!("NOT proved: {}\n", difference(effect, &measured)).as_bytes())?;
    match approve(args, "Undo it?")? {
        Some(approval) => {
            undo(
                &record.id,
                &approval,
                &|name| std::env::var(name).ok(),
                &audit,
                &records,
            )?;
            terminal::print(b"undone: every file is what it was\n")?;
        }
        None => terminal::note(&format!("it stays; undo: aispm fix --undo {}", record.id)),
    }
    Ok(Exit::Findings)
}

fn difference(promised: &Effect, measured: &Effect) -> String {
    let parts = [
        ("still there", promised.resolved.difference(&measured.resolved)),
        ("also gone", measured.resolved.difference(&promised.resolved)),
        ("new", measured.raised.difference(&promised.raised)),
        (
            "attack paths still there",
            promised.paths_cut.difference(&measured.paths_cut),
        ),
        (
            "new attack paths",
            measured.paths_opened.difference(&promised.paths_opened),
        ),
        ("not read", measured.gaps.difference(&promised.gaps)),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter_map(|(word, ids)| {
            let ids: Vec<&str> = ids.map(String::as_str).collect();
            (!ids.is_empty()).then(|| format!("{word}: {}", ids.join(", ")))
        })
        .collect();
    if told.is_empty() {
        String::from("reading again shows another effect than promised")
    } else {
        told.join("; ")
    }
}

fn take_back(common: &Common, args: &FixArgs, id: &str) -> anyhow::Result<Exit> {
    let (audit, records) = ledger(common, args)?;
    let record = records.load(id).map_err(|e| {
        let known = records.ids();
        let known = if known.is_empty() {
            String::from("none")
        } else {
            known.join(", ")
        };
        Usage(format!("{e}; applications on record: {known}"))
    })?;
    let Some(approval) = approve(args, &format!("Restore {} file(s)?", record.files.len()))? else {
        terminal::note("nothing is undone");
        return Ok(Exit::Clean);
    };
    let record = undo(id, &approval, &|name| std::env::var(name).ok(), &audit, &records)
        .map_err(|e| Usage(format!("{:#}", anyhow::Error::new(e))))?;
    let text = format!(
        "{id} is undone: {} file(s) are byte for byte what they were\n",
        record.files.len()
    );
    terminal::print(text.as_bytes())?;
    Ok(Exit::Clean)
}

/// The audit log, and the records beside it.
fn ledger(common: &Common, args: &FixArgs) -> anyhow::Result<(AuditLog, Records)> {
    let path = settings::audit_log(common, args.audit_log.as_deref())?;
    let records = Records::at(&path.with_file_name("responses"));
    Ok((AuditLog::at(&path), records))
}

/// The user's yes, given beforehand or on a terminal; none for a no.
fn approve(args: &FixArgs, question: &str) -> anyhow::Result<Option<Approval>> {
    let how = if args.yes {
        "--yes"
    } else if std::io::stdin().is_terminal() {
        let mut err = anstream::stderr().lock();
        write!(err, "{question} [y/N] ")?;
        err.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(None);
        }
        "asked on a terminal"
    } else {
        return Err(Usage(format!("{question} There is no terminal to ask on: say --yes")).into());
    };
    let uid =
        std::fs::metadata("/proc/self").map_or_else(|_| String::from("unknown"), |m| m.uid().to_string());
    Ok(Some(Approval {
        who: format!("cli:uid={uid}"),
        how: how.to_owned(),
        at: clock::now().to_string(),
    }))
}
