//! Bounded readers of untrusted bytes: model files, archives, pickles, located documents.
//!
//! Pure: bytes in, plain data out; nothing is loaded, run or fetched. Every reader is bounded in time, memory and depth by a
//! [`bounded::Meter`], and what it could not read is said with the budget, the format or the break that stopped it.

pub mod bounded;
mod cursor;
mod detect;
pub mod doc;
mod excerpt;
pub mod inflate;
mod inspection;
pub mod pickle;

pub use detect::FormatId;
pub use excerpt::excerpt;
pub use inspection::{Call, Defect, Hazard, Header, Inspection, Unread};
