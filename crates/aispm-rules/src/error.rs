//! What is wrong with a file of content.

/// A rule or framework that cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}:{line}: {problem}")]
pub struct RuleError {
    /// File, as `rules/<family>/<id>.yaml` for ours and as the user named it for theirs.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// What is wrong, and the right name where one is near.
    pub problem: String,
}
