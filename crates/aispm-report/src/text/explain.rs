//! One rule, one finding or one fix, told whole.

use std::io;

use aispm_types::{Finding, Fix, Properties, Remediation, Report, RuleMeta, Value};

use super::pen::{Line, Pen};
use super::style::{self, GOOD, PLACE, WARN};
use super::summary::effort;
use crate::{controls, index::Index, inert::shortened};

/// Longest value of evidence shown in text, in characters.
const VALUE: usize = 400;

fn heading(pen: &mut Pen<'_>, title: &str) -> io::Result<()> {
    pen.blank()?;
    pen.line(Line::new().bold(title))
}

fn prose(pen: &mut Pen<'_>, text: &str) -> io::Result<()> {
    let indent = Line::new().plain("  ");
    for paragraph in text.split("\n\n").filter(|p| !p.trim().is_empty()) {
        pen.wrap(indent.clone(), &indent, style::PLAIN, paragraph)?;
    }
    Ok(())
}

fn field(pen: &mut Pen<'_>, label: &str, value: &str) -> io::Result<()> {
    let first = Line::new().dim(format!("  {label:<11}"));
    pen.wrap(first, &Line::new().plain(" ".repeat(13)), style::PLAIN, value)
}

pub(crate) fn rule(rule: &RuleMeta, pen: &mut Pen<'_>) -> io::Result<()> {
    pen.spread(
        Line::new()
            .with(style::severity(rule.severity), format!(" {} ", rule.severity))
            .plain(" ")
            .bold(&rule.title),
        Line::new().dim(&rule.id),
    )?;
    let kinds: Vec<&str> = rule.applies_to.iter().map(|k| k.as_str()).collect();
    field(pen, "looks at", &kinds.join(", "))?;
    field(pen, "confidence", confidence(rule.confidence))?;
    for (title, text) in [("What it finds", &rule.finds), ("Why it matters", &rule.impact)] {
        heading(pen, title)?;
        prose(pen, text)?;
    }
    remediation(&rule.remediation, pen)?;
    heading(pen, "Known false positives")?;
    prose(pen, &rule.false_positives)?;
    control_list(&rule.controls, pen)?;
    if !rule.references.is_empty() {
        heading(pen, "References")?;
        for reference in &rule.references {
            prose(pen, reference)?;
        }
    }
    Ok(())
}

fn confidence(confidence: aispm_types::Confidence) -> &'static str {
    match confidence {
        aispm_types::Confidence::High => "high: true unless the reader is wrong",
        aispm_types::Confidence::Medium => "medium: usually true",
        aispm_types::Confidence::Low => "low: a hint, context decides",
    }
}

pub(crate) fn finding(
    finding: &Finding,
    report: &Report,
    index: &Index<'_>,
    pen: &mut Pen<'_>,
) -> io::Result<()> {
    pen.spread(
        Line::new()
            .with(
                style::severity(finding.severity),
                format!(" {} ", finding.severity),
            )
            .plain(" ")
            .bold(&finding.title),
        Line::new().dim(&finding.id),
    )?;
    about(finding, index, pen)?;
    heading(pen, "What was seen")?;
    prose(pen, &finding.why)?;
    for place in &finding.locations {
        pen.line(Line::new().plain("  ").with(PLACE, index.place(place)))?;
    }
    evidence(&finding.evidence, pen)?;
    heading(pen, "Why it matters")?;
    prose(pen, &finding.impact)?;
    remediation(&finding.remediation, pen)?;
    stands_in(finding, report, pen)?;
    control_list(&finding.controls, pen)?;
    pen.blank()?;
    pen.line(
        Line::new()
            .bold("Next  ")
            .with(style::COMMAND, format!("aispm explain {}", finding.rule))
            .dim("  what the rule looks for"),
    )
}

fn about(finding: &Finding, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    if let Some(reason) = &finding.severity_reason {
        field(pen, "severity", &format!("{} here: {reason}", finding.severity))?;
    }
    if let Some(reason) = &finding.accepted {
        field(pen, "accepted", reason)?;
    }
    field(pen, "rule", &finding.rule)?;
    if !finding.sources.is_empty() {
        field(pen, "found by", &finding.sources.join(", "))?;
    }
    field(pen, "confidence", confidence(finding.confidence))?;
    let asset = index.assets.get(finding.asset.as_str());
    let kind = asset.map_or(String::new(), |a| {
        format!("{} ", a.asset.kind.as_str().replace('_', " "))
    });
    field(pen, "asset", &format!("{kind}{}", index.name(&finding.asset)))?;
    field(pen, "asset id", finding.asset.as_str())?;
    if let Some(system) = index.system_of(&finding.asset) {
        let owner = system.owner.as_deref().unwrap_or("nobody");
        field(pen, "system", &format!("{}, owned by {owner}", system.name))?;
    }
    Ok(())
}

fn evidence(evidence: &Properties, pen: &mut Pen<'_>) -> io::Result<()> {
    for (name, value) in evidence {
        field(pen, &name.replace('_', " "), &shortened(&shown(value), VALUE))?;
    }
    Ok(())
}

/// A value as people write it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Float(f) => f.to_string(),
        Value::Str(s) => s.clone(),
        Value::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Map(map) => map
            .iter()
            .map(|(k, v)| format!("{k}={}", shown(v)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Unknown(reason) => format!("unknown: {reason}"),
    }
}

fn remediation(remediation: &Remediation, pen: &mut Pen<'_>) -> io::Result<()> {
    heading(pen, "How to fix it")?;
    prose(pen, &remediation.summary)?;
    let safe = if remediation.safe {
        "cannot break a working system"
    } else {
        "may break something: test it"
    };
    pen.line(Line::new().dim(format!("  {}; {safe}", effort(remediation.effort))))?;
    for (name, code) in [
        ("Terraform", &remediation.terraform),
        ("command", &remediation.cli),
        ("code", &remediation.code),
    ] {
        if let Some(code) = code {
            pen.line(Line::new().dim(format!("  {name}:")))?;
            pen.code("    ", code)?;
        }
    }
    Ok(())
}

/// The fix groups and attack paths a finding stands in.
fn stands_in(finding: &Finding, report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let fixes: Vec<&Fix> = report
        .fixes
        .iter()
        .filter(|x| x.findings.contains(&finding.id))
        .collect();
    if !fixes.is_empty() {
        heading(pen, "Fix groups that end it")?;
    }
    for fix in fixes {
        pen.spread(
            Line::new().with(GOOD, "  ").plain(&fix.title),
            Line::new().with(style::COMMAND, &fix.id),
        )?;
    }
    let paths = report
        .paths
        .iter()
        .filter(|p| p.steps.iter().any(|s| s.findings.contains(&finding.id)));
    let mut first = true;
    for path in paths {
        if first {
            heading(pen, "Attack paths that stand on it")?;
            first = false;
        }
        pen.spread(
            Line::new().with(WARN, "  ").plain(&path.title),
            Line::new().with(style::COMMAND, &path.id),
        )?;
    }
    Ok(())
}

fn control_list(list: &[aispm_types::ControlId], pen: &mut Pen<'_>) -> io::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    heading(pen, "Controls")?;
    for control in list {
        pen.line(Line::new().plain(format!("  {:<16}", control.id)).dim(format!(
            "{} {}",
            controls::framework(&control.framework),
            control.version
        )))?;
    }
    Ok(())
}
