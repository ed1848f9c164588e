//! What is recorded: text of a model at a sink, text from outside at a model.

use aispm_types::{AssetId, AssetKind, Fact, FactKind, Value};

use super::{Flow, TOOL_ARGUMENTS, Trace, Tracer};
use crate::analyse::{Analysis, Hit};
use crate::catalogue::{Entry, Role};
use crate::ir::{ExprId, ExprKind};
use crate::resolve::Val;

/// Programs that run what their arguments say: text of a model among the arguments is a command of its own.
const INTERPRETERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "fish",
    "busybox",
    "cmd",
    "powershell",
    "pwsh",
    "python",
    "node",
    "deno",
    "bun",
    "ruby",
    "perl",
    "php",
    "osascript",
    "env",
    "sudo",
    "su",
    "ssh",
    "xargs",
    "nohup",
    "timeout",
    "wsl",
];

impl Tracer<'_, '_> {
    /// Records what flows into a call, in the last run.
    pub(super) fn reports(&mut self, e: ExprId) {
        if !self.report {
            return;
        }
        let hits: Vec<Hit> = self.a.hits.at(e).cloned().collect();
        for hit in &hits {
            let Some(entry) = self.a.entry(hit) else { continue };
            match hit.role {
                Role::Sink => {
                    let kind = entry.texts.get("sink").cloned().unwrap_or_default();
                    let inputs = if entry.is("argv") {
                        self.command_line(e, entry)
                    } else {
                        self.selected(e, entry.selectors("input"))
                    };
                    for input in inputs {
                        let mut flow = self.flow(input);
                        if flow.model.is_none() && entry.is("argv") {
                            flow = self.written(input);
                        }
                        self.reach(&kind, &hit.path.replace("()", ""), e, &flow);
                    }
                }
                Role::Chat | Role::Run => self.prompt_input(hit),
                _ => {}
            }
        }
        let raw_html: Vec<ExprId> = self
            .a
            .args(e)
            .iter()
            .filter(|a| matches!(a.name.as_deref(), Some("dangerouslySetInnerHTML" | "srcDoc")))
            .map(|a| a.value)
            .collect();
        for input in raw_html {
            let flow = self.flow(input);
            self.reach("html", "dangerouslySetInnerHTML", e, &flow);
        }
    }

    /// What of a command line that no shell reads can make it another command: the program, and the arguments of a program
    /// that interprets them.
    fn command_line(&self, e: ExprId, entry: &Entry) -> Vec<ExprId> {
        let given = self.selected(e, entry.selectors("input"));
        let Some(first) = given.first().copied() else {
            return Vec::new();
        };
        let items = |e: ExprId| match self.a.r.followed(e, 8).map(|f| self.a.module().kind(f)) {
            Some(ExprKind::List(items)) => Some(items.clone()),
            _ => None,
        };
        let mut line = items(first).unwrap_or_else(|| vec![first]);
        for more in given.iter().skip(1) {
            line.extend(items(*more).unwrap_or_else(|| vec![*more]));
        }
        let Some(program) = line.first().copied() else {
            return Vec::new();
        };
        let interprets = self
            .a
            .r
            .values(program)
            .iter()
            .filter_map(Val::text)
            .any(is_interpreter)
            || matches!(
                self.a.r.path(program).as_deref(),
                Some("sys.executable" | "process.execPath")
            );
        if interprets { line } else { vec![program] }
    }

    /// Text of a model reaches a sink.
    pub(super) fn reach(&mut self, sink: &str, callee: &str, e: ExprId, flow: &Flow) {
        if !self.report {
            return;
        }
        let Some(trace) = &flow.model else { return };
        if trace.safe.contains(sink) {
            return;
        }
        let subject = self.subject(e, trace);
        let mut fact = Fact::new(FactKind::TaintTrace, &subject)
            .with("sink", sink)
            .with("callee", callee.trim_start_matches("?."))
            .with("source", trace.callee.as_str())
            .with("steps", trace.steps.clone())
            .with("sanitized", false)
            .at(self.a.at(e));
        if trace.source.0 != u32::MAX {
            fact = fact.with("source_line", self.a.module().expr(trace.source).line);
        }
        self.a.draft.fact(fact);
    }

    fn prompt_input(&mut self, hit: &Hit) {
        let args: Vec<ExprId> = self.a.args(hit.expr).iter().map(|a| a.value).collect();
        let mut seen: Vec<&'static str> = Vec::new();
        for arg in args {
            let flow = self.flow(arg);
            let Some(trace) = flow.outside else { continue };
            if seen.contains(&trace.origin) {
                continue;
            }
            seen.push(trace.origin);
            let subject = self.subject(hit.expr, &trace);
            let role = if self.lands_in_system(arg) {
                "system"
            } else {
                "user"
            };
            let fact = Fact::new(FactKind::PromptInput, &subject)
                .with("origin", trace.origin)
                .with(
                    "callee",
                    Value::from(
                        hit.path
                            .replace("()", "")
                            .trim_start_matches("?.")
                            .replace('|', "chain"),
                    ),
                )
                .with("role", role)
                .at(self.a.at(hit.expr));
            self.a.draft.fact(fact);
        }
    }

    /// Whether what flows stands in a message of role `system`.
    fn lands_in_system(&self, e: ExprId) -> bool {
        let mut work = vec![e];
        let mut steps = 0;
        while let Some(e) = work.pop() {
            steps += 1;
            if steps > 200 {
                return false;
            }
            let Some(e) = self.a.r.followed(e, 6) else {
                continue;
            };
            if let ExprKind::Dict(pairs) = self.a.module().kind(e) {
                let system = pairs.iter().any(|(k, v)| {
                    k.and_then(|k| self.a.module().text(k)) == Some("role")
                        && matches!(self.a.module().text(*v), Some("system" | "developer"))
                });
                if system {
                    let content = pairs
                        .iter()
                        .find(|(k, _)| k.and_then(|k| self.a.module().text(k)) == Some("content"));
                    if content.is_some_and(|(_, v)| self.flows.get(v).is_some_and(|f| f.outside.is_some())) {
                        return true;
                    }
                    continue;
                }
            }
            work.extend(self.a.module().parts(e));
        }
        false
    }

    /// What a fact is about: the endpoint or tool whose function it stands in, the agent whose text it is, else the file's home.
    fn subject(&self, e: ExprId, trace: &Trace) -> AssetId {
        let module = self.a.module();
        let around: Vec<_> = module.around(module.expr(e).scope).map(|(id, _)| id).collect();
        if let Some(endpoint) = around.iter().find_map(|s| self.a.handlers.get(s)) {
            return endpoint.clone();
        }
        let is_tool = |id: &&AssetId| Analysis::is_kind(id, AssetKind::Tool);
        if trace.callee == TOOL_ARGUMENTS
            && let Some(tool) = around
                .iter()
                .find_map(|s| self.a.scopes.get(s)?.iter().find(is_tool))
        {
            return tool.clone();
        }
        if trace.source.0 != u32::MAX
            && let Some(agent) = self
                .a
                .refs(trace.source)
                .into_iter()
                .find(|id| Analysis::is_kind(id, AssetKind::Agent))
        {
            return agent;
        }
        self.a.home()
    }
}

/// Whether a program, named with or without its directory and version, runs what its arguments say.
pub(crate) fn is_interpreter(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS.contains(&bare)
}

#[cfg(test)]
mod tests {
    use super::is_interpreter;

    #[test]
    fn programs_that_run_their_arguments() {
        for (program, wanted) in [
            ("bash", true),
            ("/bin/sh", true),
            ("C:\\Windows\\cmd.exe", true),
            ("python3.12", true),
            ("git", false),
            ("ffmpeg", false),
            ("bashful", false),
        ] {
            assert_eq!(is_interpreter(program), wanted, "{program}");
        }
    }
}
