//! Errors of the policy file, shown with the line they are on.

/// One error in the policy file. The file is the user's own, so the line is shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.render())]
pub struct PolicyError {
    /// The file, as the user named it.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The line itself.
    pub excerpt: String,
    /// How many characters of the line are at fault.
    pub width: usize,
}

impl PolicyError {
    /// An error at a span of bytes of `text`.
    pub fn new(
        path: &str,
        text: &str,
        span: Option<std::ops::Range<usize>>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Self {
        let span = span.unwrap_or(0..0);
        let start = (0..=span.start.min(text.len()))
            .rev()
            .find(|i| text.is_char_boundary(*i))
            .unwrap_or(0);
        let before = text.get(..start).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let excerpt = text.get(line_start..).unwrap_or("").lines().next().unwrap_or("");
        let column = text.get(line_start..start).unwrap_or("").chars().count();
        let at_fault = text.get(start..span.end.min(text.len())).unwrap_or("");
        let width = at_fault.lines().next().unwrap_or("").chars().count();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            path: path.to_owned(),
            line: count(before.matches('\n').count() + 1),
            column: count(column + 1),
            message: message.into(),
            help,
            excerpt: excerpt.to_owned(),
            width: width.max(1),
        }
    }

    fn render(&self) -> String {
        let Self {
            path,
            line,
            column,
            message,
            excerpt,
            ..
        } = self;
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        let indent: String = excerpt
            .chars()
            .take((*column as usize).saturating_sub(1))
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let marks = "^".repeat(self.width);
        let help = self
            .help
            .as_ref()
            .map_or(String::new(), |h| format!("\n{gutter} = help: {h}"));
        format!(
            "error: {message}\n{gutter}--> {path}:{line}:{column}\n{gutter} |\n{number} | {excerpt}\n{gutter} | {indent}{marks}{help}"
        )
    }
}
