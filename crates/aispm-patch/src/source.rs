//! Source: keyword arguments of calls, and literals that become references to the environment.

use std::ops::ControlFlow;
use std::ops::Range;

use tree_sitter::{Node, ParseOptions, Parser, Tree};

use crate::splice::{line_end, line_start, line_stop};
use crate::{LARGEST, Refusal, Splice, splice, split_mark};

/// Parser steps beyond which a text is not edited.
const STEPS: usize = 200_000;
/// Nodes that are looked at.
const NODES: usize = 500_000;

/// Languages whose source is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript, JSX included.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
}

impl Language {
    /// By the file's name.
    pub fn of(path: &str) -> Option<Self> {
        match path.rsplit_once('.').map(|(_, e)| e)? {
            "py" => Some(Self::Python),
            "js" | "mjs" | "cjs" | "jsx" => Some(Self::JavaScript),
            "ts" | "mts" | "cts" => Some(Self::TypeScript),
            "tsx" => Some(Self::Tsx),
            _ => None,
        }
    }
}

/// Sets a keyword argument of the call to `callee` on a line (from 1) of Python; of `*`, the call that has it already.
/// `value` is Python.
///
/// # Errors
/// There is not one such call on that line, or its arguments are not all known.
pub fn set_argument(
    text: &str,
    line: u32,
    callee: &str,
    keyword: &str,
    value: &str,
) -> Result<String, Refusal> {
    settled(text, |text| set_argument_once(text, line, callee, keyword, value))
}

fn set_argument_once(
    text: &str,
    line: u32,
    callee: &str,
    keyword: &str,
    value: &str,
) -> Result<String, Refusal> {
    let (mark, text) = split_mark(text);
    let tree = parse(Language::Python, text)?;
    let wanted = callee.rsplit('.').next().unwrap_or(callee);
    let row = line.saturating_sub(1) as usize;
    let mut calls = Vec::new();
    walk(&tree, &mut |node| {
        let called = |n: Node<'_>| {
            if callee == "*" {
                return Some(has_keyword(text, n.child_by_field_name("arguments")?, keyword));
            }
            let function = n.child_by_field_name("function")?;
            let name = text.get(function.byte_range())?;
            Some(name.rsplit('.').next()? == wanted)
        };
        if node.kind() == "call" && covers(&node, row) && called(node) == Some(true) {
            calls.push(node);
        }
    })?;
    let on_line = calls.iter().filter(|c| c.start_position().row == row).copied();
    let call = one(on_line.collect()).or_else(|_| one(calls.clone()))?;
    let arguments = call
        .child_by_field_name("arguments")
        .filter(|a| a.kind() == "argument_list")
        .ok_or_else(|| Refusal::new("the call has no list of arguments"))?;
    let splice_ = argument(text, arguments, keyword, value)?;
    let after = match splice_ {
        None => text.to_owned(),
        Some(s) => splice(text, vec![s])?,
    };
    sound(Language::Python, &tree, &after)?;
    Ok(format!("{mark}{after}"))
}

/// Makes an edit that finds itself made: where sources cannot be parsed as a whole, what was written may be read as something
/// else, and would be written again.
fn settled(text: &str, edit: impl Fn(&str) -> Result<String, Refusal>) -> Result<String, Refusal> {
    let once = edit(text)?;
    match edit(&once) {
        Ok(twice) if twice != once => Err(Refusal::new("what is written there would not be read back")),
        _ => Ok(once),
    }
}

fn has_keyword(text: &str, list: Node<'_>, keyword: &str) -> bool {
    let mut cursor = list.walk();
    let mut all = list.named_children(&mut cursor);
    all.any(|c| {
        c.child_by_field_name("name")
            .and_then(|n| text.get(n.byte_range()))
            == Some(keyword)
    })
}

fn one<T>(mut found: Vec<T>) -> Result<T, Refusal> {
    match (found.pop(), found.pop()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Refusal::new("there is more than one such place on the line")),
        (None, _) => Err(Refusal::new("there is no such place on the line")),
    }
}

fn covers(node: &Node<'_>, row: usize) -> bool {
    node.start_position().row <= row && node.end_position().row >= row
}

fn argument(text: &str, list: Node<'_>, keyword: &str, value: &str) -> Result<Option<Splice>, Refusal> {
    let mut last: Option<Range<usize>> = None;
    let mut cursor = list.walk();
    for child in list.named_children(&mut cursor) {
        match child.kind() {
            "comment" => continue,
            "dictionary_splat" => return Err(Refusal::new("the call takes a map of arguments")),
            "keyword_argument" => {
                let name = child
                    .child_by_field_name("name")
                    .and_then(|n| text.get(n.byte_range()));
                if name == Some(keyword) {
                    let old = child
                        .child_by_field_name("value")
                        .ok_or_else(|| Refusal::new("an argument without value"))?;
                    let same = text.get(old.byte_range()) == Some(value);
                    return Ok((!same).then(|| Splice::new(old.byte_range(), value)));
                }
            }
            "generator_expression" => return Err(Refusal::new("the call takes a generator")),
            _ => {}
        }
        last = Some(child.byte_range());
    }
    Ok(Some(match last {
        Some(last) => Splice::insert(last.end, format!(", {keyword}={value}")),
        None => Splice::insert(list.start_byte() + 1, format!("{keyword}={value}")),
    }))
}

/// Replaces the string on a line (from 1) whose content `is_it` by an expression. Gives back the text and what the string was
/// given to: the name that it is assigned to, its keyword or key.
///
/// # Errors
/// There is not one such string on that line, or it is a part of a longer text.
pub fn replace_literal(
    language: Language,
    text: &str,
    line: u32,
    is_it: &dyn Fn(&str) -> bool,
    expression: &dyn Fn(Option<&str>) -> String,
) -> Result<String, Refusal> {
    let (mark, text) = split_mark(text);
    let tree = parse(language, text)?;
    let row = line.saturating_sub(1) as usize;
    let mut found = Vec::new();
    let mut partial = false;
    walk(&tree, &mut |node| {
        if !matches!(node.kind(), "string" | "template_string") || !covers(&node, row) {
            return;
        }
        let whole = text.get(node.byte_range()).unwrap_or_default();
        let quotes = |c: char| matches!(c, '"' | '\'' | '`');
        let prefix = whole.len() - whole.trim_start_matches(|c: char| !quotes(c)).len();
        let inner = whole.get(prefix..).unwrap_or_default().trim_matches(quotes);
        if !is_it(inner) {
            return;
        }
        let simple = !whole.contains('\n') && !whole.contains('\\') && prefix == 0;
        let holes = (0..node.named_child_count())
            .filter_map(|i| node.named_child(u32::try_from(i).unwrap_or(u32::MAX)))
            .any(|c| c.kind().contains("interpolation") || c.kind().contains("substitution"));
        partial |= !simple || holes || inner.contains(' ');
        found.push(node);
    })?;
    let node = one(found)?;
    let joined = node.parent().is_some_and(|p| p.kind() == "concatenated_string");
    if partial || joined {
        return Err(Refusal::new("the value is a part of a longer text"));
    }
    let given = given_to(text, node);
    let new = expression(given.as_deref());
    let after = splice(text, vec![Splice::new(node.byte_range(), new)])?;
    sound(language, &tree, &after)?;
    Ok(format!("{mark}{after}"))
}

/// The name that a value is given to.
fn given_to(text: &str, node: Node<'_>) -> Option<String> {
    let parent = node.parent()?;
    let field = match parent.kind() {
        "assignment" | "assignment_expression" => "left",
        "keyword_argument" | "variable_declarator" | "default_parameter" => "name",
        "pair" => "key",
        _ => return None,
    };
    let name = text.get(parent.child_by_field_name(field)?.byte_range())?;
    let name = name.rsplit('.').next()?.trim_matches(['"', '\'']);
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then(|| name.to_owned())
}

/// Sees to it that Python imports a module by its name.
///
/// # Errors
/// The result does not parse as the text did.
pub fn import_module(text: &str, module: &str) -> Result<String, Refusal> {
    settled(text, |text| import_module_once(text, module))
}

fn import_module_once(text: &str, module: &str) -> Result<String, Refusal> {
    let (mark, text) = split_mark(text);
    let tree = parse(Language::Python, text)?;
    let root = tree.root_node();
    let mut cursor = root.walk();
    let mut place = None;
    for child in root.named_children(&mut cursor) {
        let words = text.get(child.byte_range()).unwrap_or_default();
        match child.kind() {
            "import_statement" => {
                let names = words.trim_start_matches("import").split(',').map(str::trim);
                if names.into_iter().any(|n| n == module) {
                    return Ok(format!("{mark}{text}"));
                }
                place.get_or_insert(line_start(text, child.start_byte()));
            }
            "import_from_statement" => {
                place.get_or_insert(line_start(text, child.start_byte()));
            }
            // What must stand before any import.
            "comment" | "future_import_statement" => {}
            "expression_statement" if words.starts_with(['"', '\'']) || words.starts_with("r\"") => {}
            _ => {
                place.get_or_insert(line_start(text, child.start_byte()));
            }
        }
        if place.is_some() && child.kind() != "import_statement" && child.kind() != "import_from_statement" {
            break;
        }
    }
    let eol = line_end(text);
    let at = place.unwrap_or_else(|| line_stop(text, text.len()));
    // A last line may have no end.
    let open = text
        .get(..at)
        .is_some_and(|t| !t.is_empty() && !t.ends_with(['\n', '\r']));
    let before = if open { eol } else { "" };
    let after = splice(
        text,
        vec![Splice::insert(at, format!("{before}import {module}{eol}"))],
    )?;
    sound(Language::Python, &tree, &after)?;
    Ok(format!("{mark}{after}"))
}

fn parse(language: Language, text: &str) -> Result<Tree, Refusal> {
    if text.len() > LARGEST {
        return Err(Refusal::new(format!(
            "it is larger than {LARGEST} bytes, which are edited at most"
        )));
    }
    let grammar = match language {
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
    };
    let odd = || Refusal::new("it cannot be parsed");
    let mut parser = Parser::new();
    parser.set_language(&grammar).map_err(|_| odd())?;
    let mut steps = STEPS + text.len();
    let mut progress = |_: &tree_sitter::ParseState| {
        steps = steps.saturating_sub(1);
        if steps == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = text.as_bytes();
    parser
        .parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or(&[]), None, Some(options))
        .ok_or_else(odd)
}

/// The parser mends what it does not understand, and hides it so: a text is edited only where nothing is mended, before and
/// after.
fn sound(language: Language, before: &Tree, after: &str) -> Result<(), Refusal> {
    if mended(before)? > 0 {
        return Err(Refusal::new(
            "it holds something that the parser does not understand",
        ));
    }
    if mended(&parse(language, after)?)? > 0 {
        return Err(crate::damage());
    }
    Ok(())
}

fn mended(tree: &Tree) -> Result<usize, Refusal> {
    let mut count = 0;
    walk(tree, &mut |node| {
        count += usize::from(node.is_error() || node.is_missing())
    })?;
    Ok(count)
}

/// Every node, without recursion.
fn walk<'t>(tree: &'t Tree, see: &mut dyn FnMut(Node<'t>)) -> Result<(), Refusal> {
    let mut cursor = tree.walk();
    for _ in 0..NODES {
        see(cursor.node());
        if cursor.goto_first_child() || cursor.goto_next_sibling() {
            continue;
        }
        loop {
            if !cursor.goto_parent() {
                return Ok(());
            }
            if cursor.goto_next_sibling() {
                break;
            }
        }
    }
    Err(Refusal::new("it has too many parts"))
}
