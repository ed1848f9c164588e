//! Lowering: a syntax tree becomes a [`Module`], in one pass with a stack of our own, so that no nesting can overflow ours.

mod build;
mod define;
mod imports;
mod parts;
mod shapes;

use std::ops::ControlFlow;
use std::sync::OnceLock;

use tree_sitter::{Language as Grammar, Node, ParseOptions, Parser, Tree, TreeCursor};

use crate::ir::{Language, Module, ScopeId};
use build::Builder;
use parts::{Child, Low};
use shapes::{Shape, shape};

/// Nodes of one syntax tree that are read; a tree of more is read up to there and reported.
const NODE_BUDGET: usize = 3_000_000;
/// How often the parser may report progress, once in a hundred operations: this many bytes of source each time, beyond a
/// floor. Real code takes a twentieth of it; sources that send error recovery or ambiguity into a spin, which also takes
/// memory without end, stop here.
const BYTES_PER_STEP: usize = 12;
const STEPS_ALWAYS: usize = 2_000;

/// A grammar, with the shape of each of its node kinds and the names of its fields.
pub(crate) struct Front {
    grammar: Grammar,
    shapes: Vec<Shape>,
    fields: Vec<Option<Box<str>>>,
}

impl Front {
    fn new(grammar: Grammar) -> Self {
        let shapes = (0..u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX))
            .map(|id| match grammar.node_kind_for_id(id) {
                Some(kind) if grammar.node_kind_is_named(id) => shape(kind),
                _ => Shape::Skip,
            })
            .collect();
        let fields = (0..=u16::try_from(grammar.field_count()).unwrap_or(u16::MAX))
            .map(|id| grammar.field_name_for_id(id).map(Box::from))
            .collect();
        Self {
            grammar,
            shapes,
            fields,
        }
    }
    /// The field the cursor's node stands in.
    fn field(&'static self, cursor: &TreeCursor<'_>) -> Option<&'static str> {
        self.fields
            .get(usize::from(cursor.field_id()?.get()))
            .and_then(Option::as_deref)
    }
    fn shape(&self, kind: u16) -> Shape {
        self.shapes
            .get(usize::from(kind))
            .copied()
            .unwrap_or(Shape::Mixed)
    }
}

/// The grammar for a file extension, and its language.
pub(crate) fn front(extension: &str) -> Option<(Language, &'static Front)> {
    static PYTHON: OnceLock<Front> = OnceLock::new();
    static JAVASCRIPT: OnceLock<Front> = OnceLock::new();
    static TYPESCRIPT: OnceLock<Front> = OnceLock::new();
    static TSX: OnceLock<Front> = OnceLock::new();
    static CSHARP: OnceLock<Front> = OnceLock::new();
    Some(match extension {
        "py" | "pyi" | "pyw" | "ipynb" => (
            Language::Python,
            PYTHON.get_or_init(|| Front::new(tree_sitter_python::LANGUAGE.into())),
        ),
        "js" | "mjs" | "cjs" | "jsx" => (
            Language::JavaScript,
            JAVASCRIPT.get_or_init(|| Front::new(tree_sitter_javascript::LANGUAGE.into())),
        ),
        "ts" | "mts" | "cts" => (
            Language::JavaScript,
            TYPESCRIPT.get_or_init(|| Front::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into())),
        ),
        "tsx" => (
            Language::JavaScript,
            TSX.get_or_init(|| Front::new(tree_sitter_typescript::LANGUAGE_TSX.into())),
        ),
        "cs" => (
            Language::CSharp,
            CSHARP.get_or_init(|| Front::new(tree_sitter_c_sharp::LANGUAGE.into())),
        ),
        _ => return None,
    })
}

/// Parses a text; none where the parser's budget was spent.
pub(crate) fn parse(front: &Front, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&front.grammar).ok()?;
    let mut steps = STEPS_ALWAYS + text.len() / BYTES_PER_STEP;
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
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or(&[]), None, Some(options))
}

/// Parses and lowers one file.
pub(crate) fn lower(path: &str, extension: &str, text: &str) -> Result<Module, &'static str> {
    let (language, front) = front(extension).ok_or("no grammar for this extension")?;
    let tree = parse(front, text).ok_or("parse step budget")?;
    let mut builder = Builder::new(path, language, text);
    builder.module.broken = broken(&tree);
    walk(front, &tree, &mut builder);
    Ok(builder.module)
}

/// The line of the first thing that the grammar does not take. The parser goes on behind it, and what it makes of the rest may
/// be anything.
fn broken(tree: &Tree) -> Option<u32> {
    let mut node = tree.root_node();
    if !node.has_error() {
        return None;
    }
    while !node.is_error() && !node.is_missing() {
        let mut cursor = node.walk();
        let Some(inner) = node.children(&mut cursor).find(Node::has_error) else {
            break;
        };
        node = inner;
    }
    u32::try_from(node.start_position().row).ok()?.checked_add(1)
}

/// A node whose children are being read.
struct Frame<'t> {
    node: Node<'t>,
    field: Option<&'static str>,
    shape: Shape,
    first_child: usize,
    outer: Option<ScopeId>,
    /// Expressions before it.
    from: u32,
}

fn walk(front: &'static Front, tree: &Tree, b: &mut Builder<'_>) {
    let mut cursor = tree.walk();
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut stack: Vec<Child> = Vec::new();
    let mut visited = 0usize;
    loop {
        visited += 1;
        if visited > NODE_BUDGET {
            b.module.truncated = Some("syntax node budget");
            return;
        }
        if !descend(front, &mut cursor, &mut frames, &mut stack, b) {
            // A leaf, or skipped: go on to the next sibling, closing parents that end here.
            loop {
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
                if let Some(frame) = frames.pop() {
                    let children = stack.split_off(frame.first_child.min(stack.len()));
                    let inside = frames.last().map(|f| f.shape);
                    close(&frame, inside, children, &mut stack, b);
                }
            }
        }
    }
}

/// Visits the node under the cursor; true where the cursor went down into it.
fn descend<'t>(
    front: &'static Front,
    cursor: &mut TreeCursor<'t>,
    frames: &mut Vec<Frame<'t>>,
    stack: &mut Vec<Child>,
    b: &mut Builder<'_>,
) -> bool {
    let node = cursor.node();
    let field = front.field(cursor);
    let shape = if node.is_named() {
        front.shape(node.kind_id())
    } else {
        Shape::Skip
    };
    if field == Some("body")
        && let Some(Frame {
            shape: Shape::For,
            first_child,
            ..
        }) = frames.last()
    {
        b.bind_loop(stack.get(*first_child..).unwrap_or(&[]), &node);
    }
    if shape == Shape::Case
        && let Some(around) = frames.iter().rev().take(4).find(|f| f.shape == Shape::Match)
        && let Some(subject) = stack.get(around.first_child).and_then(Child::expr)
    {
        b.bind_case(subject, &node);
    }
    match shape {
        Shape::Skip => {
            if field.is_some() {
                stack.push(Child::new(field, Low::None, &node));
            }
            false
        }
        Shape::Import | Shape::ImportFrom | Shape::Using => {
            b.import(&node);
            false
        }
        _ => {
            let outer = b.enter(shape, &node);
            let frame = Frame {
                node,
                field,
                shape,
                first_child: stack.len(),
                outer,
                from: u32::try_from(b.module.exprs.len()).unwrap_or(u32::MAX),
            };
            if cursor.goto_first_child() {
                frames.push(frame);
                return true;
            }
            let inside = frames.last().map(|f| f.shape);
            close(&frame, inside, Vec::new(), stack, b);
            false
        }
    }
}

fn close(
    frame: &Frame<'_>,
    inside: Option<Shape>,
    children: Vec<Child>,
    stack: &mut Vec<Child>,
    b: &mut Builder<'_>,
) {
    let Frame { node, field, .. } = *frame;
    let low = b.exit(frame.shape, inside, &node, children);
    let low = match frame.outer {
        Some(outer) => b.leave(outer, &node, inside),
        None => low,
    };
    if !matches!(low, Low::None) || field.is_some() {
        let mut child = Child::new(field, low, &node);
        child.exprs = (
            frame.from,
            u32::try_from(b.module.exprs.len()).unwrap_or(u32::MAX),
        );
        stack.push(child);
    }
}
