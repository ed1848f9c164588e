//! Which format.
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatId {
    /// x
    Pickle,
}
