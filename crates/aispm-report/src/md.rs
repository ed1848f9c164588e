//! Markdown for comments on pull requests: a short summary, then details that fold out.

use std::io::{self, Write};

use aispm_types::{Finding, Report, Severity};

use crate::grouping::{self, Group};
use crate::index::{Index, scanned};
use crate::{Options, controls, inert::inert, text::counted};

/// Comments on GitHub hold 65,536 characters; findings beyond this many blocks are counted only.
const BLOCKS: usize = 40;
const PATHS: usize = 10;
const PLACES: usize = 10;
const GAPS: usize = 10;

/// Writes the report as Markdown with GitHub's `<details>`.
pub(crate) fn render(report: &Report, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let index = Index::new(report);
    summary(report, out)?;
    fixes(report, out)?;
    paths(report, &index, out)?;
    findings(report, &index, out)?;
    gaps(report, out)?;
    let reach = match report.tool.advisories.as_str() {
        "" => String::new(),
        reach => format!(" · advisories to: {}", text(reach)),
    };
    writeln!(
        out,
        "<sub>aispm {} · content {}{}</sub>",
        text(&report.tool.version),
        text(&report.tool.content_version),
        reach
    )
}

fn summary(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let s = &report.summary;
    let of = scanned(report).map_or_else(String::new, |s| format!(" of {}", text(&s)));
    writeln!(
        out,
        "## AI security posture{of}
"
    )?;
    if report.assets.is_empty() && report.findings.is_empty() {
        return writeln!(out, "No AI asset found ({} files read).\n", s.files_read);
    }
    writeln!(
        out,
        "| AI systems | without owner | never assessed | findings | attack paths | checks passed |"
    )?;
    writeln!(out, "| ---: | ---: | ---: | --- | --- | ---: |")?;
    let c = s.checks;
    let posture = (c.passed * 100)
        .checked_div(c.passed + c.failed)
        .map_or("none made".to_owned(), |p| format!("{p} %"));
    writeln!(
        out,
        "| {} | {} | {} | {} | {} | {posture}, {} not assessed |\n",
        s.systems,
        s.systems_unowned,
        s.systems_never_assessed,
        counts(&s.findings_by_severity),
        counts(&s.paths_by_severity),
        c.not_assessed
    )
}

fn counts(by_severity: &std::collections::BTreeMap<String, usize>) -> String {
    let parts: Vec<String> = Severity::WORST_FIRST
        .into_iter()
        .filter_map(|s| Some((s, *by_severity.get(s.as_str())?)))
        .filter(|(_, n)| *n > 0)
        .map(|(s, n)| format!("{} {n} {s}", badge(s)))
        .collect();
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(" ")
    }
}

fn badge(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🟥",
        Severity::High => "🟧",
        Severity::Medium => "🟨",
        Severity::Low => "🟦",
        Severity::Info => "⬜",
    }
}

fn fixes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.fixes.is_empty() {
        return Ok(());
    }
    writeln!(out, "**Do first**\n")?;
    for fix in report.fixes.iter().take(5) {
        let cut = match fix.paths_cut.len() {
            0 => String::new(),
            n => format!(", cuts {n} of {} attack paths", report.paths.len()),
        };
        let owner = fix
            .owner
            .as_deref()
            .map_or_else(String::new, |o| format!(", {}", text(o)));
        writeln!(
            out,
            "1. {} — {}{cut}{owner}",
            text(fix.title.trim_end_matches('.')),
            counted(fix.findings.len() as u64, "finding")
        )?;
    }
    writeln!(out)
}

fn paths(report: &Report, index: &Index<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.paths.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details><summary><b>Attack paths</b> ({})</summary>\n",
        report.paths.len()
    )?;
    for path in report.paths.iter().take(PATHS) {
        writeln!(
            out,
            "{} **{}** `{}`\n",
            badge(path.severity),
            text(&path.title),
            code(&path.id)
        )?;
        for step in &path.steps {
            let technique = step
                .technique
                .as_ref()
                .map_or_else(String::new, |t| format!(" · {}", text(&controls::short(t))));
            let place = step
                .evidence
                .first()
                .map_or_else(String::new, |l| format!(" · `{}`", code(&index.place(l))));
            writeln!(
                out,
                "1. {} → **{}**: {}{technique}{place}",
                text(index.called(&step.from)),
                text(index.name(&step.to)),
                text(&step.grants)
            )?;
        }
        writeln!(out)?;
    }
    more(report.paths.len(), PATHS, "attack paths", out)?;
    writeln!(out, "</details>\n")
}

fn findings(report: &Report, index: &Index<'_>, out: &mut dyn Write) -> io::Result<()> {
    let groups = grouping::by_rule(report);
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details><summary><b>Findings</b> ({})</summary>\n",
        groups.iter().map(|g| g.findings.len()).sum::<usize>()
    )?;
    for group in groups.iter().take(BLOCKS) {
        block(group, index, out)?;
    }
    more(groups.len(), BLOCKS, "rules with findings", out)?;
    writeln!(out, "</details>\n")
}

fn block(group: &Group<'_>, index: &Index<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = group.first() else {
        return Ok(());
    };
    writeln!(
        out,
        "#### {} {} — {}\n",
        badge(first.severity),
        first.severity,
        text(&first.title)
    )?;
    for f in group.findings.iter().take(PLACES) {
        writeln!(out, "- {}: {} `{}`", place(f, index), text(&f.why), code(&f.id))?;
    }
    if group.findings.len() > PLACES {
        writeln!(out, "- … and {} more", group.findings.len() - PLACES)?;
    }
    let names: Vec<String> = first.controls.iter().map(controls::short).collect();
    writeln!(out, "\n**So what:** {}  ", text(&first.impact))?;
    writeln!(out, "**Fix:** {}  ", text(&first.remediation.summary))?;
    writeln!(
        out,
        "<sub>{} · {}</sub>\n",
        text(&first.rule),
        text(&names.join(", "))
    )
}

fn place(f: &Finding, index: &Index<'_>) -> String {
    match f.locations.first() {
        Some(l) => format!("`{}`", code(&index.place(l))),
        None => text(index.name(&f.asset)),
    }
}

fn gaps(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let gaps = grouping::gaps_by_reason(report);
    if gaps.is_empty() {
        return Ok(());
    }
    let total: usize = gaps.iter().map(|(_, rows)| rows.len()).sum();
    writeln!(out, "<details><summary><b>Not read</b> ({total})</summary>\n")?;
    for (reason, rows) in gaps.iter().take(GAPS) {
        let named: Vec<String> = rows
            .iter()
            .take(3)
            .map(|r| format!("`{}`", code(&r.scope)))
            .collect();
        let dots = if rows.len() > 3 { ", …" } else { "" };
        writeln!(
            out,
            "- {} × {}: {}{dots}",
            rows.len(),
            text(reason),
            named.join(", ")
        )?;
    }
    more(gaps.len(), GAPS, "reasons", out)?;
    writeln!(out, "\n</details>\n")
}

fn more(count: usize, shown: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    if count > shown {
        writeln!(out, "… and {} more {what}\n", count - shown)?;
    }
    Ok(())
}

/// Prose in which nothing is markup, mention, link or HTML.
fn text(given: &str) -> String {
    let mut out = String::with_capacity(given.len() + 16);
    for c in inert(given).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention would page people, and a bare address would become a link.
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            ':' => out.push_str("&#58;"),
            c => out.push(c),
        }
    }
    out
}

/// The inside of a code span: no back quote ends it, no bar ends a table cell, nothing looks like a tag to a lax reader.
fn code(given: &str) -> String {
    inert(given)
        .chars()
        .map(|c| match c {
            '`' => '\'',
            '|' => '¦',
            '<' => '‹',
            '>' => '›',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_carries_no_markup() {
        for (given, expected) in [
            ("plain text", "plain text"),
            (
                "<img src=x onerror=alert(1)>",
                "&lt;img src=x onerror=alert(1)&gt;",
            ),
            ("[click](http://evil)", "\\[click\\](http&#58;//evil)"),
            ("@security-team", "&#64;security-team"),
            ("a|b`c`", "a\\|b\\`c\\`"),
            ("</details>\n# owned", "&lt;/details&gt; \\# owned"),
            ("\u{202e}txt", "\\\\u{202e}txt"),
        ] {
            assert_eq!(text(given), expected);
        }
        assert_eq!(code("a`b|c<b>\n"), "a'b¦c‹b› ");
    }
}
