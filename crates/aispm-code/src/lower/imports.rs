//! Imports: which local name stands for which dotted path.

use tree_sitter::Node;

use super::build::Builder;
use crate::ir::{ExprKind, Import, Language};

impl Builder<'_> {
    /// Reads an import, a `using`, or an export that names another module.
    pub(super) fn import(&mut self, node: &Node<'_>) {
        match (self.module.language, node.kind()) {
            (Language::Python, "import_statement") => self.python_import(node),
            (Language::Python, _) => self.python_from(node),
            (Language::JavaScript, "export_statement") => self.javascript_export(node),
            (Language::JavaScript, _) => self.javascript_import(node),
            (Language::CSharp, _) => self.using(node),
        }
    }

    fn node_text(&self, node: &Node<'_>) -> &str {
        self.text(node.start_byte(), node.end_byte())
    }

    fn add(&mut self, local: &str, path: String) {
        let import = Import {
            scope: self.scope,
            path: path.into(),
        };
        self.module.imports.entry(local.into()).or_default().push(import);
    }

    fn python_import(&mut self, node: &Node<'_>) {
        let mut cursor = node.walk();
        let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
        for name in names {
            let (path, alias) = aliased(&name);
            let path = self.node_text(&path).to_owned();
            match alias {
                Some(alias) => {
                    let alias = self.node_text(&alias).to_owned();
                    self.add(&alias, path);
                }
                // `import a.b` makes `a` known; the rest is reached by attributes.
                None => {
                    let root = path.split('.').next().unwrap_or(&path).to_owned();
                    self.add(&root, root.clone());
                }
            }
        }
    }

    fn python_from(&mut self, node: &Node<'_>) {
        let Some(module) = node.child_by_field_name("module_name") else {
            return;
        };
        let module = python_module(&self.module.path, self.node_text(&module));
        let mut cursor = node.walk();
        let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
        for name in &names {
            let (name, alias) = aliased(name);
            let local = self.node_text(&alias.unwrap_or(name)).to_owned();
            let path = format!("{module}.{}", self.node_text(&name));
            self.add(&local, path);
        }
        if names.is_empty() {
            self.module.wildcards.push(module.into());
        }
    }

    fn javascript_import(&mut self, node: &Node<'_>) {
        let Some(source) = node.child_by_field_name("source") else {
            return;
        };
        let module = javascript_module(
            &self.module.path,
            self.node_text(&source).trim_matches(['"', '\'', '`']),
        );
        let mut work: Vec<Node<'_>> = named_children(node);
        while let Some(part) = work.pop() {
            match part.kind() {
                "import_clause" | "named_imports" => work.extend(named_children(&part)),
                "identifier" => {
                    let local = self.node_text(&part).to_owned();
                    self.add(&local, format!("{module}.default"));
                }
                "namespace_import" => {
                    if let Some(name) = part.named_child(0) {
                        let local = self.node_text(&name).to_owned();
                        self.add(&local, module.clone());
                    }
                }
                "import_specifier" => self.specifier(&part, &module),
                _ => {}
            }
        }
    }

    fn specifier(&mut self, part: &Node<'_>, module: &str) {
        let Some(name) = part.child_by_field_name("name") else {
            return;
        };
        let local = part.child_by_field_name("alias").unwrap_or(name);
        let local = self.node_text(&local).to_owned();
        let path = format!("{module}.{}", self.node_text(&name));
        self.add(&local, path);
    }

    fn javascript_export(&mut self, node: &Node<'_>) {
        let source = node.child_by_field_name("source").map(|s| {
            let text = self.node_text(&s).trim_matches(['"', '\'', '`']);
            javascript_module(&self.module.path, text)
        });
        if let Some(module) = &source
            && node.child(1).is_some_and(|c| c.kind() == "*")
        {
            self.module.wildcards.push(module.as_str().into());
        }
        for clause in named_children(node) {
            if clause.kind() != "export_clause" {
                continue;
            }
            for part in named_children(&clause) {
                match &source {
                    Some(module) => self.specifier(&part, module),
                    None => {
                        let Some(name) = part.child_by_field_name("name") else {
                            continue;
                        };
                        let given = part.child_by_field_name("alias").unwrap_or(name);
                        let given: Box<str> = self.node_text(&given).into();
                        let name: Box<str> = self.node_text(&name).into();
                        let e = self.push(ExprKind::Name(name), node);
                        self.module.exports.insert(given, e);
                    }
                }
            }
        }
    }

    fn using(&mut self, node: &Node<'_>) {
        let alias = node.child_by_field_name("name");
        let path = named_children(node).into_iter().rev().find(|n| Some(*n) != alias);
        let Some(path) = path else { return };
        let path = self.node_text(&path).to_owned();
        match alias {
            Some(alias) => {
                let alias = self.node_text(&alias).to_owned();
                self.add(&alias, path);
            }
            None => self.module.wildcards.push(path.into()),
        }
    }
}

fn named_children<'t>(node: &Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn aliased<'t>(node: &Node<'t>) -> (Node<'t>, Option<Node<'t>>) {
    match node.child_by_field_name("name") {
        Some(name) if node.kind() == "aliased_import" => (name, node.child_by_field_name("alias")),
        _ => (*node, None),
    }
}

/// The dotted path of a Python module as a file at `path` names it; a relative one begins with `~`.
fn python_module(path: &str, written: &str) -> String {
    let dots = written.chars().take_while(|c| *c == '.').count();
    if dots == 0 {
        return written.to_owned();
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    for _ in 0..dots {
        parts.pop();
    }
    parts.extend(
        written
            .trim_start_matches('.')
            .split('.')
            .filter(|p| !p.is_empty()),
    );
    known_package(&parts).unwrap_or_else(|| local(&parts))
}

/// The dotted path of a JavaScript module as a file at `path` names it.
fn javascript_module(path: &str, written: &str) -> String {
    let stem = [".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".jsx"]
        .iter()
        .find_map(|e| written.strip_suffix(e))
        .unwrap_or(written);
    if !stem.starts_with('.') {
        return stem.trim_start_matches("node:").replace('/', ".");
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in stem.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            p => parts.push(p),
        }
    }
    local(&parts)
}

/// `~` and the path of a module of the same repository; dots inside names are masked, for a dot separates.
fn local(parts: &[&str]) -> String {
    format!("~{}", parts.join("/").replace('.', "%2E"))
}

/// Source of a published package standing in the target (`…/src/autogen_core/tools`) has that package's path. Only names with an
/// underscore count: `agents` and `tools` are anybody's.
fn known_package(parts: &[&str]) -> Option<String> {
    let at = parts
        .iter()
        .position(|p| p.contains('_') && crate::catalogue::catalogue().is_root(Language::Python, p))?;
    Some(parts.get(at..)?.join("."))
}
