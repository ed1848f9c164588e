//! From an inspection to facts on a model version.

use aispm_collect::ReadContext;
use aispm_detect::planted_instructions;
use aispm_formats::pickle::Verdict;
use aispm_formats::{Inspection, Unread};
use aispm_types::{Asset, AssetId, Batch, Fact, FactKind, Location, Value};

/// Harmless callables that are listed of one file; they are evidence of what was read, not of trouble.
const HARMLESS: usize = 32;

fn place(cx: &ReadContext, path: &str, member: Option<&str>) -> Location {
    match member {
        Some(m) => cx.file(&format!("{path}!/{m}")),
        None => cx.file(path),
    }
}

/// Emits everything an inspection saw.
pub(crate) fn emit(seen: &Inspection, version: &AssetId, path: &str, cx: &ReadContext, out: &mut Batch) {
    let mut harmless = 0;
    for c in &seen.calls {
        if c.verdict == Verdict::Harmless {
            harmless += 1;
            if harmless > HARMLESS {
                continue;
            }
        }
        let fact = Fact::new(FactKind::PickleCall, version)
            .with("module", c.module.as_str())
            .with("name", c.name.as_str())
            .with("args", c.args.clone())
            .with("offset", c.offset)
            .with("called", c.called)
            .with("verdict", c.verdict.as_str());
        out.fact(member(fact, c.member.as_deref()).at(place(cx, path, c.member.as_deref())));
    }
    for h in &seen.hazards {
        let fact = Fact::new(FactKind::ModelHazard, version)
            .with("hazard", h.hazard)
            .with("detail", h.detail.as_str())
            .with("executes", h.executes);
        // A member of an archive is a place; a key inside a file is not.
        let at = h
            .member
            .as_deref()
            .filter(|m| m.contains('/') || m.contains("!/"));
        out.fact(member(fact, h.member.as_deref()).at(place(cx, path, at)));
    }
    for found in planted_instructions(&seen.header.template_text) {
        out.fact(found.fact(version, cx.file(path)));
    }
    for d in &seen.defects {
        let mut fact = Fact::new(FactKind::FormatDefect, version)
            .with("defect", d.defect)
            .with("detail", d.detail.as_str())
            .with("hides_content", d.hides_content);
        if let Some(offset) = d.offset {
            fact = fact.with("offset", offset);
        }
        out.fact(fact.at(place(cx, path, d.member.as_deref())));
    }
    for u in &seen.unread {
        out.gap(scope(path, u), u.reason.clone());
    }
}

/// The file, or the member of it, that was not read.
pub(crate) fn scope(path: &str, unread: &Unread) -> String {
    match &unread.member {
        Some(m) => format!("{path}!/{m}"),
        None => path.to_owned(),
    }
}

fn member(fact: Fact, member: Option<&str>) -> Fact {
    match member {
        Some(m) => fact.with("member", m),
        None => fact,
    }
}

/// Sets what the header says.
pub(crate) fn describe(mut version: Asset, seen: &Inspection) -> Asset {
    let h = &seen.header;
    let texts = [
        ("architecture", &h.architecture),
        ("producer", &h.producer),
        ("license", &h.license),
        ("base_model", &h.base_model),
    ];
    for (name, text) in texts {
        if let Some(t) = text {
            version = version.with(name, t.as_str());
        }
    }
    if let Some(n) = h.tensors {
        version = version.with("tensor_count", n);
    }
    if let Some(n) = h.parameters {
        version = version.with("parameter_count", n);
    }
    if !h.dtypes.is_empty() {
        let dtypes: Vec<String> = h.dtypes.iter().cloned().collect();
        version = version.with("dtypes", dtypes);
    }
    if let Some(t) = h.chat_template {
        version = version.with("chat_template", t);
    }
    let executes = match seen.executes_on_load() {
        Some(known) => Value::Bool(known),
        None if seen.complete() => Value::unknown("it calls what is on no list of harmless callables"),
        None => Value::unknown("it was not read completely"),
    };
    if let Some(first) = seen.unread.first() {
        version = version.with("not_read", first.reason.as_str());
    }
    version
        .with("format", seen.format.as_str())
        .with("complete", seen.complete())
        .with("executes_on_load", executes)
}
