//! Chat templates: Jinja text that a model file carries and a server renders.

use crate::bounded::{Limits, Meter};
use crate::detect::FormatId;
use crate::excerpt::excerpt;
use crate::inspection::Hazard;
use crate::scanner::Scanner;

/// Words by which a template leaves what it was given. Rendered without a sandbox, they run code (CVE-2024-34359).
const ESCAPES: &[&str] = &[
    "__class__",
    "__globals__",
    "__builtins__",
    "__subclasses__",
    "__import__",
    "__mro__",
    "__base__",
    "__bases__",
    "__init__",
    "__dict__",
    "__getattribute__",
    "__getitem__",
    "__call__",
    "__code__",
    "__self__",
    "__func__",
    "__reduce__",
    "__loader__",
    "__spec__",
    "_templatereference__context",
    "|attr(",
    "func_globals",
    "f_globals",
    "f_builtins",
    "__proto__",
];
/// The same, as names of code rather than inside text that the model is to read.
const CALLS: &[&str] = &[
    "popen(",
    "os.system",
    "subprocess.",
    "lipsum",
    "get_flashed_messages",
    "url_for(",
    "request.application",
    "eval(",
    "exec(",
    "import_module(",
    "gi_frame",
    "tb_frame",
];
/// Statements that load another template or file.
const LOADS: &[&str] = &["include", "import", "extends", "from"];

/// Bytes of templates that are kept to be read as text.
const KEPT: usize = 64 << 10;

/// What a template tells the model: the text around its code, and the texts written down in the code, a line each.
pub fn template_text(template: &str) -> String {
    let mut out = String::new();
    let (mut code, mut quote) = (false, None);
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match (code, quote) {
            // A comment goes to nobody, and quotes in it mean nothing.
            (false, _) if c == '{' && chars.peek() == Some(&'#') => {
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '#' && c == '}' {
                        break;
                    }
                    last = c;
                }
            }
            (false, _) if c == '{' && matches!(chars.peek(), Some('{' | '%')) => {
                code = true;
                chars.next();
                out.push('\n');
            }
            (false, _) => out.push(c),
            (true, None) if matches!(c, '%' | '}') && chars.peek() == Some(&'}') => {
                code = false;
                chars.next();
            }
            (true, None) if matches!(c, '\'' | '"') => quote = Some(c),
            (true, None) => {}
            (true, Some(q)) if c == q => {
                quote = None;
                out.push('\n');
            }
            (true, Some(_)) if c == '\\' => match chars.next() {
                Some('n') | None => out.push('\n'),
                Some(other) => out.push(other),
            },
            (true, Some(_)) => out.push(c),
        }
    }
    out
}

/// Looks at a chat template that stands outside a model file, under `name`.
pub fn chat_template_hazards(template: &str, name: &str) -> Vec<Hazard> {
    let meter = Meter::new(Limits::default());
    let mut cx = Scanner::new(&meter, FormatId::Gguf);
    check(&mut cx, template, name);
    cx.out.hazards
}

/// Looks at a chat template.
pub(crate) fn check(cx: &mut Scanner<'_>, template: &str, name: &str) {
    cx.out.header.chat_template = Some(true);
    let text = &mut cx.out.header.template_text;
    text.extend(
        template_text(template)
            .chars()
            .take(KEPT.saturating_sub(text.len()) / 4),
    );
    text.push('\n');
    for expression in expressions(template) {
        let plain = spelled_out(expression);
        let code = without_text(&plain);
        let word = ESCAPES.iter().find(|w| plain.contains(**w));
        if let Some(word) = word.or_else(|| CALLS.iter().find(|w| code.contains(**w))) {
            let shown = excerpt(expression.trim(), 120);
            cx.out.hazard(
                "gguf-template-injection",
                format!("{word} in {shown}"),
                Some(name),
                true,
            );
        } else if code.contains(".__") || plain.contains("['__") || plain.contains("[\"__") {
            let shown = excerpt(expression.trim(), 120);
            cx.out.hazard(
                "gguf-template-injection",
                format!("private attribute in {shown}"),
                Some(name),
                false,
            );
        }
        let first = plain.trim_start_matches(['%', '-', '+', ' ', '\t', '\n', '\r']);
        let statement = expression.starts_with('%');
        let loads = |w: &&&str| {
            first
                .strip_prefix(**w)
                .is_some_and(|r| r.starts_with([' ', '"', '\'', '(']))
        };
        if statement && let Some(word) = LOADS.iter().find(loads) {
            cx.out.hazard(
                "gguf-template-injection",
                format!("{word} statement"),
                Some(name),
                false,
            );
        }
    }
}

/// What stands inside `{{ }}` and `{% %}`, with the brace's second character.
fn expressions(template: &str) -> impl Iterator<Item = &str> {
    let mut rest = template;
    std::iter::from_fn(move || {
        loop {
            let open = rest.find('{')?;
            let tail = rest.get(open + 1..)?;
            let close = match tail.bytes().next() {
                Some(b'{') => "}}",
                Some(b'%') => "%}",
                _ => {
                    rest = tail;
                    continue;
                }
            };
            let end = tail.find(close).unwrap_or(tail.len());
            rest = tail.get(end..)?;
            return tail.get(..end);
        }
    })
}

/// Leaves out what stands between quotes.
fn without_text(expression: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    for c in expression.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => out.push(c),
        }
    }
    out
}

/// Lower case, without the disguises that string literals allow: escapes, concatenation, spaces around the filter bar.
fn spelled_out(expression: &str) -> String {
    let mut out = expression.to_ascii_lowercase();
    for (from, to) in [("\\x5f", "_"), ("\\u005f", "_"), ("\\137", "_"), ("\\x2e", ".")] {
        out = out.replace(from, to);
    }
    let mut text: String = out.chars().filter(|c| !c.is_whitespace()).collect();
    for joint in ["\"+\"", "'+'", "\"~\"", "'~'", "\"\"", "''"] {
        text = text.replace(joint, "");
    }
    // Statements are told by their first word, which needs its space.
    let word = out.trim_start_matches(['%', '-', '+', ' ', '\t', '\n', '\r']);
    let word: String = word.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    if out.starts_with('%') && !word.is_empty() {
        return format!(
            "{word} {}",
            text.trim_start_matches(['%', '-', '+']).trim_start_matches(&word)
        );
    }
    text
}
