//! Compliance as one self-contained page: no script, no request; everything from a scan passes [`escaped`].

use std::io::{self, Write};

use aispm_types::{Compliance, ControlResult, ControlStatus};

use super::{SHARE, tested};
use crate::html::{STYLE, hash};
use crate::inert::inert;

const OWN: &str = include_str!("page.css");

pub(crate) fn render(c: &Compliance, out: &mut dyn Write) -> io::Result<()> {
    let style = format!("{STYLE}{OWN}");
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title} {version}: what the scan shows</title>\n<style>{style}</style>\n</head>\n<body>\n",
        hash(&style),
        title = escaped(&c.title),
        version = escaped(&c.version),
    )?;
    let targets: Vec<String> = c.targets.iter().map(|t| escaped(t)).collect();
    writeln!(
        out,
        "<header id=\"top\"><div class=\"bar\"><p class=\"brand\"><strong>aispm</strong> {} {}</p><p class=\"when\">{} · scan {} · {}</p></div></header>\n<main>",
        escaped(&c.title),
        escaped(&c.version),
        targets.join(", "),
        escaped(&c.scan),
        escaped(&c.scanned_at),
    )?;
    let n = c.counts;
    writeln!(out, "<div class=\"tiles\">")?;
    for (label, count, class) in [
        ("failed", n.failed, "failed"),
        ("passed", n.passed, "passed"),
        ("not assessed", n.not_assessed, "not-assessed"),
        ("manual", n.manual, "manual"),
    ] {
        writeln!(
            out,
            "<div class=\"panel tile\"><h3>{label}</h3><p class=\"value {class}\">{count}</p></div>"
        )?;
    }
    writeln!(out, "</div>\n<p class=\"dim note\">{}</p>", escaped(SHARE))?;
    if c.gaps > 0 {
        writeln!(
            out,
            "<p class=\"warn\">{} places of the scan were not read; the scan's own report names them.</p>",
            c.gaps
        )?;
    }
    for control in &c.controls {
        section(control, out)?;
    }
    writeln!(
        out,
        "<p class=\"dim\">Source: <a href=\"{url}\" rel=\"noreferrer\">{url}</a> · {licence}</p>\n</main>\n</body>\n</html>",
        url = escaped(&c.url),
        licence = escaped(&c.licence),
    )
}

fn section(control: &ControlResult, out: &mut dyn Write) -> io::Result<()> {
    let class = match control.status {
        ControlStatus::Passed => "passed",
        ControlStatus::Failed => "failed",
        ControlStatus::NotAssessed => "not-assessed",
        ControlStatus::Manual => "manual",
    };
    writeln!(
        out,
        "<section class=\"panel control\"><h3><span class=\"status {class}\">{}</span> {} <span>{}</span></h3>",
        control.status.as_str(),
        escaped(&control.id),
        escaped(&control.title),
    )?;
    let told = [
        control.reason.clone(),
        Some(tested(control)).filter(|t| !t.is_empty()),
    ];
    let told: Vec<String> = told.into_iter().flatten().map(|t| escaped(&t)).collect();
    if !told.is_empty() {
        writeln!(out, "<p class=\"dim\">{}</p>", told.join(" · "))?;
    }
    if !control.findings.is_empty() {
        writeln!(
            out,
            "<table><thead><tr><th>severity</th><th>finding</th><th>what</th><th>where</th></tr></thead><tbody>"
        )?;
        for f in &control.findings {
            let place = f.locations.first().map(ToString::to_string).unwrap_or_default();
            let accepted = f
                .accepted
                .as_ref()
                .map(|why| format!("<br><span class=\"dim\">accepted: {}</span>", escaped(why)));
            writeln!(
                out,
                "<tr><td class=\"{severity}\">{severity}</td><td><code>{}</code></td><td>{}{}</td><td><code>{}</code></td></tr>",
                escaped(&f.id),
                escaped(&f.why),
                accepted.unwrap_or_default(),
                escaped(&place),
                severity = f.severity.as_str(),
            )?;
        }
        writeln!(out, "</tbody></table>")?;
    }
    if !control.rules.is_empty() {
        writeln!(
            out,
            "<details><summary>Checks by rule</summary><table><thead><tr><th>rule</th><th>passed</th><th>failed</th><th>not assessed</th><th>why not</th></tr></thead><tbody>"
        )?;
        for r in &control.rules {
            writeln!(
                out,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(&r.rule),
                r.passed,
                r.failed,
                r.not_assessed,
                escaped(&r.reasons.join("; ")),
            )?;
        }
        writeln!(out, "</tbody></table></details>")?;
    }
    writeln!(out, "</section>")
}

/// Text that can stand in an element or a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in inert(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
