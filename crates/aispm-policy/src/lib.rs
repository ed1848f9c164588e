//! The organisation's policy: reads `aispm.toml`, and says where the estate departs from it.
//!
//! Every key is defined once, in `keys`: the parser, the commented file of `aispm init` and the configuration reference are
//! all made from those definitions. A policy with any error is no policy: all errors are reported together, each with its line.

mod departures;
mod document;
mod error;
mod exceptions;
mod keys;
mod parse;
mod write;

pub use departures::departures;
pub use document::suggestion;
pub use error::PolicyError;
pub use exceptions::{ExceptionProblem, ProblemKind, apply_exceptions};
pub use parse::{Known, parse};
pub use write::{init, reference};
