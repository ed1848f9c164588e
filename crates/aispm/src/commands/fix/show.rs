//! How plans look: as text, as JSON, as a patch. Whatever of a file is shown is masked line by line.

use std::collections::BTreeMap;

use aispm_report::Options;
use aispm_respond::diff::{self, Kind, Line};
use aispm_respond::{Draft, Effect, FileId, Patched, Unplanned};
use aispm_types::{Finding, Report};
use serde_json::json;

/// Lines around a change.
const CONTEXT: usize = 3;

/// Everything there is to show.
pub(crate) struct Shown<'a> {
    pub(crate) report: &'a Report,
    pub(crate) draft: &'a Draft,
    pub(crate) effect: &'a Effect,
    pub(crate) none: &'a [Unplanned],
    /// Plans that were left out because they are not safe.
    pub(crate) unsafe_plans: usize,
    pub(crate) redactor: &'a dyn Fn(&mut String),
}

/// A patch, and what is to be said about it.
pub(crate) struct Patch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) notes: Vec<String>,
}

impl Shown<'_> {
    fn finding(&self, id: &str) -> Option<&Finding> {
        self.report.findings.iter().find(|f| f.id == id)
    }

    /// The path of a file as a patch names it: below its target, and below the target's name where there are several.
    fn path(&self, file: &FileId) -> String {
        if self.report.scan.targets.len() > 1 {
            format!("{}/{}", file.target, file.path)
        } else {
            file.path.clone()
        }
    }

    fn lines(&self, file: &FileId, patched: &Patched, context: usize) -> Vec<Line> {
        diff::unified(&self.path(file), &patched.before, &patched.after, context)
    }

    /// For people.
    pub(crate) fn text(&self, look: &Options) -> String {
        let paint = Paint(look.color);
        let (draft, effect) = (self.draft, self.effect);
        let mut out = format!(
            "{}\n\n",
            paint.bold(&format!(
                "{} plan(s) resolve {} finding(s) and cut {} attack path(s)",
                draft.plans.len(),
                effect.resolved.len(),
                effect.paths_cut.len()
            ))
        );
        for (i, plan) in draft.plans.iter().enumerate() {
            let word = if plan.safe {
                paint.green("safe")
            } else {
                paint.yellow("look before")
            };
            out.push_str(&format!("{:>3}. {}  [{word}]\n", i + 1, self.clean(&plan.title)));
            for f in plan.findings.iter().filter_map(|id| self.finding(id)) {
                out.push_str(&format!("     {}  {}  {}\n", f.id, f.severity, f.rule));
            }
            out.push_str(&format!("     {}\n", self.clean(&plan.because)));
            if let Some(then) = &plan.then {
                out.push_str(&format!("     then: {}\n", self.clean(then)));
            }
        }
        if !draft.is_empty() {
            out.push('\n');
        }
        for (file, patched) in &draft.files {
            for line in self.lines(file, patched, CONTEXT) {
                let text = self.clean(&line.text);
                let text = match line.kind {
                    Kind::Header => paint.bold(&text),
                    Kind::Hunk => paint.cyan(&text),
                    Kind::Removed => paint.red(&text),
                    Kind::Added => paint.green(&text),
                    Kind::Context | Kind::Note => text,
                };
                out.push_str(&format!("{text}\n"));
            }
        }
        for file in &draft.moved {
            out.push_str(&format!(
                "{}\n",
                paint.red(&format!("moved away: {}", self.clean(&self.path(file))))
            ));
        }
        self.effect_into(&mut out, &paint);
        self.unplanned_into(&mut out, &paint);
        if !draft.is_empty() {
            out.push_str("\nNothing is changed yet. `--apply` changes the files, writes to the audit log first and can be undone byte for byte (`--undo`); `--patch FILE` writes this as a diff.\n");
        }
        out
    }

    fn effect_into(&self, out: &mut String, paint: &Paint) {
        if self.draft.is_empty() {
            return;
        }
        out.push_str(&format!(
            "\n{}\n",
            paint.bold("Effect, as measured by reading the changed files in memory")
        ));
        for id in &self.effect.resolved {
            let title = self.finding(id).map_or("", |f| f.title.as_str());
            let whose = if self.draft.claims().contains(id.as_str()) {
                ""
            } else {
                "  (goes with it)"
            };
            out.push_str(&format!("  resolves {id}  {}{whose}\n", self.clean(title)));
        }
        for id in &self.effect.paths_cut {
            let title = self
                .report
                .paths
                .iter()
                .find(|p| p.id == *id)
                .map_or("", |p| p.title.as_str());
            out.push_str(&format!("  cuts {id}  {}\n", self.clean(title)));
        }
    }

    fn unplanned_into(&self, out: &mut String, paint: &Paint) {
        if self.unsafe_plans > 0 {
            out.push_str(&format!(
                "\n{} plan(s) are left out by --all-safe: they want somebody to look before; `aispm fix` shows them\n",
                self.unsafe_plans
            ));
        }
        if self.none.is_empty() {
            return;
        }
        out.push_str(&format!(
            "\n{}\n",
            paint.bold(&format!("{} finding(s) without a plan", self.none.len()))
        ));
        let mut by_why: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for n in self.none {
            by_why.entry(&n.why).or_default().push(&n.finding);
        }
        for (why, ids) in by_why {
            out.push_str(&format!("  {}\n", self.clean(why)));
            for f in ids.into_iter().filter_map(|id| self.finding(id)) {
                out.push_str(&format!("     {}  {}\n", f.id, f.rule));
            }
        }
    }

    /// For programs; the diff is masked.
    pub(crate) fn json(&self) -> anyhow::Result<Vec<u8>> {
        let plans: Vec<_> = self
            .draft
            .plans
            .iter()
            .map(|p| {
                let files: Vec<String> = p.files().into_iter().map(|f| self.path(f)).collect();
                json!({
                    "title": self.clean(&p.title), "findings": p.findings, "files": files,
                    "safe": p.safe, "because": self.clean(&p.because), "then": p.then,
                })
            })
            .collect();
        let none: Vec<_> = self
            .none
            .iter()
            .map(|n| json!({"finding": n.finding, "why": self.clean(&n.why)}))
            .collect();
        let diff: Vec<String> = self
            .draft
            .files
            .iter()
            .flat_map(|(f, p)| self.lines(f, p, CONTEXT))
            .map(|l| self.clean(&l.text))
            .collect();
        let moved: Vec<String> = self.draft.moved.iter().map(|f| self.path(f)).collect();
        let value = json!({
            "plans": plans,
            "resolved": self.effect.resolved,
            "paths_cut": self.effect.paths_cut,
            "diff": diff,
            "moved": moved,
            "unplanned": none,
            "left_out_as_unsafe": self.unsafe_plans,
        });
        let mut out = serde_json::to_vec_pretty(&value)?;
        out.push(b'\n');
        Ok(out)
    }

    /// For `git apply`. A file whose changed lines, or the lines beside them, hold a secret is left out unless the user wants it.
    pub(crate) fn patch(&self, is_secret: &dyn Fn(&str) -> bool, with_secrets: bool) -> Patch {
        let mut bytes = Vec::new();
        let mut notes = Vec::new();
        for (file, patched) in &self.draft.files {
            // Fewer lines around the change may leave a secret beside it out.
            let fitting = (1..=CONTEXT)
                .rev()
                .map(|c| self.lines(file, patched, c))
                .find(|lines| !lines.iter().any(|l| l.kind != Kind::Header && is_secret(&l.text)));
            let lines = match (fitting, with_secrets) {
                (Some(lines), _) => lines,
                (None, true) => self.lines(file, patched, CONTEXT),
                (None, false) => {
                    let path = self.clean(&self.path(file));
                    notes.push(format!("left out: `{path}` holds a secret in or beside the changed lines, which a patch must name whole; --with-secrets writes it, for your eyes alone"));
                    continue;
                }
            };
            for line in lines {
                bytes.extend_from_slice(line.text.as_bytes());
                bytes.push(b'\n');
            }
        }
        for file in &self.draft.moved {
            let path = self.clean(&self.path(file));
            notes.push(format!(
                "left out: `{path}` is to be moved into quarantine, which a patch cannot do; use --apply"
            ));
        }
        if bytes.is_empty() {
            notes.push(String::from(
                "the patch is empty: nothing that was chosen can be written as one",
            ));
        }
        Patch { bytes, notes }
    }

    /// Masked, and without anything that moves a terminal.
    fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        (self.redactor)(&mut text);
        let inert = |c: char| {
            let steers = c.is_control() && c != '\t';
            let hides = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
            if c == '\r' {
                String::new()
            } else if steers || hides {
                c.escape_unicode().to_string()
            } else {
                c.to_string()
            }
        };
        text.chars().map(inert).collect()
    }
}

/// Colour where there is any.
struct Paint(bool);

impl Paint {
    fn code(&self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
    fn bold(&self, text: &str) -> String {
        self.code("1", text)
    }
    fn red(&self, text: &str) -> String {
        self.code("31", text)
    }
    fn green(&self, text: &str) -> String {
        self.code("32", text)
    }
    fn yellow(&self, text: &str) -> String {
        self.code("33", text)
    }
    fn cyan(&self, text: &str) -> String {
        self.code("36", text)
    }
}
