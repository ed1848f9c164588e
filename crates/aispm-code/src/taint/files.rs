//! Files that text is written into: who runs the file runs the text.

use super::{Flow, Tracer};
use crate::ir::{Arg, ExprId, ExprKind};

/// Functions that write a text into the file their first argument names.
const WRITE: &[&str] = &[
    "writeFile",
    "writeFileSync",
    "writeTextFile",
    "outputFile",
    "WriteAllText",
    "WriteAllTextAsync",
];

impl Tracer<'_, '_> {
    /// Notes what a call writes into a file whose name is written down.
    pub(super) fn writes(&mut self, callee: ExprId, args: &[Arg]) {
        let (ExprKind::Attr(_, method) | ExprKind::Name(method)) = self.a.module().kind(callee) else {
            return;
        };
        let (file, text) = match (&**method, self.a.module().kind(callee), args) {
            ("write" | "write_text" | "writelines", ExprKind::Attr(object, _), [text, ..]) => {
                (self.opened(*object), text.value)
            }
            (method, _, [file, text, ..]) if WRITE.contains(&method) => (Some(file.value), text.value),
            _ => return,
        };
        let flow = self.flow(text);
        if flow.model.is_some()
            && let Some(name) = file.and_then(|f| self.a.r.text(f))
        {
            self.files.entry(name).or_default().join(&flow);
        }
    }

    /// The name of the file that an object stands for: `open("x")`, `Path("x")`.
    fn opened(&self, object: ExprId) -> Option<ExprId> {
        let made = self.a.r.followed(object, 8)?;
        match self.a.module().kind(made) {
            ExprKind::Call(callee, args) => {
                let path = self.a.r.path(*callee)?;
                let opens = matches!(path.as_str(), "open" | "io.open" | "pathlib.Path");
                args.first().filter(|_| opens).map(|a| a.value)
            }
            _ => None,
        }
    }

    /// What was written into the file that an expression names.
    pub(super) fn written(&self, e: ExprId) -> Flow {
        if self.files.is_empty() {
            return Flow::default();
        }
        let name = self.a.r.text(e).unwrap_or_default();
        self.files
            .get(name.trim_start_matches("./"))
            .cloned()
            .unwrap_or_default()
    }
}
