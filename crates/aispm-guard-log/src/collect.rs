//! `aispm scan guard:PATH`: the log as observations.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use aispm_collect::{CollectContext, Collected, Collector, Progress};
use aispm_types::{
    Asset, AssetId, AssetKind, Batch, Fact, FactKind, Gap, Location, Relation, RelationKind, Scope, Value,
};

use crate::record::{Record, VERSION};
use crate::words::name;

/// Longest line; a record of this build is far shorter.
const LINE: u64 = 256 << 10;
/// Most bytes of one log.
const WHOLE: u64 = 4 << 30;
/// Most different pairs of application and model, and most different things done, that are kept.
const PAIRS: usize = 10_000;

/// Reads the log of `aispm guard run`.
#[derive(Clone, Copy, Debug, Default)]
pub struct GuardLog;

impl Collector for GuardLog {
    fn kind(&self) -> &'static str {
        "guard"
    }

    fn check(&self, reference: &str) -> Result<(), String> {
        match std::fs::metadata(reference) {
            Ok(m) if m.is_file() => Ok(()),
            Ok(_) => Err(
                "it is no file; give the log that `[guard] log` of aispm-guard.toml names: `guard:guard.jsonl`".into(),
            ),
            Err(e) => Err(format!(
                "{e}; give the log that `[guard] log` of aispm-guard.toml names: `guard:guard.jsonl`"
            )),
        }
    }

    fn collect(&self, reference: &str, cx: &CollectContext, progress: &dyn Progress) -> Collected {
        let file = Path::new(reference)
            .file_name()
            .map_or_else(|| reference.to_owned(), |n| n.to_string_lossy().into_owned());
        progress.file_read(reference);
        match File::open(reference) {
            Ok(opened) => read(BufReader::new(opened.take(WHOLE)), &cx.target, &file),
            Err(e) => {
                let mut none = Collected::default();
                none.coverage
                    .gaps
                    .push(Gap::new(".", format!("cannot be read: {e}")));
                none
            }
        }
    }
}

/// Reads a log; `target` and `file` are its names in locations.
pub fn read(log: impl BufRead, target: &str, file: &str) -> Collected {
    let mut seen = Seen::default();
    seen.read(log, target, file);
    seen.into_collected(file)
}

/// What one application asked of one model.
#[derive(Debug)]
struct Use {
    first: Location,
    route: Option<String>,
    /// (reason, action, detail) → how often, and where first.
    did: BTreeMap<(String, String, String), (i64, Location)>,
}

type Key = (Option<String>, Option<(String, String)>);

#[derive(Debug, Default)]
struct Seen {
    uses: BTreeMap<Key, Use>,
    /// Route → sink, where one guards.
    routes: BTreeMap<String, Option<String>>,
    lines: u64,
    gaps: Vec<Gap>,
}

impl Seen {
    fn gap(&mut self, reason: String) {
        self.gaps.push(Gap::new(".", reason));
    }

    fn read(&mut self, mut log: impl BufRead, target: &str, file: &str) {
        let mut line = Vec::new();
        let (mut number, mut unread, mut first_unread) = (0u32, 0u64, 0u32);
        loop {
            line.clear();
            match log.by_ref().take(LINE).read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(e) => {
                    self.gap(format!(
                        "reading stopped at line {}: {e}",
                        number.saturating_add(1)
                    ));
                    break;
                }
            }
            number = number.saturating_add(1);
            let whole = line.ends_with(b"\n");
            if !whole && line.len() as u64 == LINE {
                // The rest of a line that is too long is no line of its own.
                let mut rest = Vec::new();
                while matches!(log.by_ref().take(LINE).read_until(b'\n', &mut rest), Ok(n) if n > 0)
                    && !rest.ends_with(b"\n")
                {
                    rest.clear();
                }
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match serde_json::from_slice::<Record>(&line) {
                Ok(record) if record.v == VERSION => {
                    self.lines += 1;
                    self.take(&record, Location::file(target, file).line(number));
                }
                _ => {
                    unread += 1;
                    first_unread = if unread == 1 { number } else { first_unread };
                }
            }
        }
        if unread > 0 {
            self.gap(format!(
                "{unread} lines are no records of this version of the guard's log, the first is line {first_unread}"
            ));
        }
    }

    fn take(&mut self, record: &Record, at: Location) {
        let route = record.route.as_deref().map(name);
        if let (Some(route), Some(sink)) = (&route, &record.sink) {
            self.routes.insert(route.clone(), Some(name(sink)));
        }
        // A request the guard refused reached no model.
        let asked = record.upstream.is_some();
        let model = record.model.as_deref().filter(|m| !m.is_empty() && asked);
        let provider = record
            .provider
            .as_deref()
            .map_or_else(|| "unknown".to_owned(), name);
        let key = (
            record.application.as_deref().map(name),
            model.map(|m| (provider, name(m))),
        );
        if key == (None, None) {
            return;
        }
        if !self.uses.contains_key(&key) && self.uses.len() >= PAIRS {
            if self.gaps.iter().all(|g| !g.reason.starts_with("more than")) {
                self.gap(format!("more than {PAIRS} pairs of application and model"));
            }
            return;
        }
        let used = self.uses.entry(key).or_insert_with(|| Use {
            first: at.clone(),
            route: None,
            did: BTreeMap::new(),
        });
        used.route = used.route.take().or(route);
        for did in &record.did {
            let what = (name(&did.reason), name(&did.action), name(&did.detail));
            let room = used.did.len() < PAIRS;
            if let Some((count, _)) = used.did.get_mut(&what) {
                *count = count.saturating_add(i64::try_from(did.count).unwrap_or(i64::MAX));
            } else if room {
                let count = i64::try_from(did.count).unwrap_or(i64::MAX);
                used.did.insert(what, (count, at.clone()));
            }
        }
    }

    fn into_collected(self, file: &str) -> Collected {
        let mut batch = Batch::default();
        let mut rails: BTreeMap<String, AssetId> = BTreeMap::new();
        for ((application, model), used) in &self.uses {
            let model = model.as_ref().map(|(provider, model)| {
                let asset = Asset::new(AssetKind::Model, format!("{provider}/{model}"), model.as_str())
                    .provider(provider.as_str())
                    .with("model_name", model.as_str())
                    .with("hosted", true)
                    .at(used.first.clone());
                batch.asset(asset)
            });
            let application = application.as_ref().map(|application| {
                let asset = Asset::new(
                    AssetKind::Workload,
                    format!("guard/{application}"),
                    application.as_str(),
                )
                .with("kind", "guarded_application")
                .at(used.first.clone());
                batch.asset(asset)
            });
            if let (Some(from), Some(to)) = (&application, &model) {
                let relation = Relation::new(from, RelationKind::Uses, to).seen(used.first.clone());
                batch.relation(relation);
            }
            let sink = used
                .route
                .as_ref()
                .and_then(|r| self.routes.get(r).and_then(Option::as_ref));
            if let (Some(route), Some(sink), Some(from)) =
                (&used.route, sink, application.as_ref().or(model.as_ref()))
            {
                let rail = rails
                    .entry(route.clone())
                    .or_insert_with(|| batch.asset(rail(route, sink, &used.first)));
                batch.relation(Relation::new(from, RelationKind::GuardedBy, rail).seen(used.first.clone()));
            }
            let Some(on) = model.as_ref().or(application.as_ref()) else {
                continue;
            };
            for ((reason, action, detail), (count, at)) in &used.did {
                let mut fact = Fact::new(FactKind::GuardEvent, on)
                    .with("reason", reason.as_str())
                    .with("action", action.as_str())
                    .with("count", Value::Int(*count))
                    .at(at.clone());
                if !detail.is_empty() {
                    fact = fact.with("detail", detail.as_str());
                }
                if let Some(application) = &application {
                    fact = fact.with("application", application.as_str());
                }
                batch.fact(fact);
            }
        }
        let mut out = Collected {
            batch,
            read: self.lines,
            ..Collected::default()
        };
        if self.gaps.is_empty() {
            out.coverage.complete.push(Scope(file.to_owned()));
        }
        out.coverage.gaps = self.gaps;
        out
    }
}

fn rail(route: &str, sink: &str, at: &Location) -> Asset {
    let filters = [
        "markup",
        "exfiltration",
        "hidden-text",
        "keys",
        "payment-cards",
        "bank-accounts",
    ];
    let filters = filters
        .into_iter()
        .filter(|f| sink != "plain" || !matches!(*f, "markup" | "exfiltration"));
    Asset::new(
        AssetKind::Guardrail,
        format!("aispm-guard/{route}"),
        format!("aispm guard, route {route}"),
    )
    .with(
        "filters",
        Value::List(filters.map(|f| Value::Str(f.to_owned())).collect()),
    )
    .at(at.clone())
}

#[cfg(test)]
mod tests;
