//! The guard's log: one JSON object a line, written by `aispm guard run`, and read back by `aispm scan guard:PATH` as
//! observations: which application uses which model, through which guardrail, and what was done to the answers.
//!
//! Nobody but the operator writes this file, yet names in it come from requests and answers, so both sides bound and mask them.

mod collect;
mod record;
mod words;

pub use collect::{GuardLog, read};
pub use record::{Did, Record, VERSION, Verdict};
pub use words::{LONGEST, name};
