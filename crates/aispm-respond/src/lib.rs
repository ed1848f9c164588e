//! Responses: plans that resolve findings, and what it takes to carry one out: approval, an entry in the audit log first,
//! the change, proof by reading again, and the way back.
//!
//! Everything before [`Applied`] only reads. A [`Plan`] says which findings it means to resolve and how; [`compose`] makes
//! the new files of several plans in memory; the caller scans as if they lay there ([`Draft::overlay`]) and [`Effect`]
//! says what came of it, so that what is promised is what was measured. [`apply`] changes files only while they still are
//! what was read, each atomically, and only with an [`Approval`]; [`undo`] restores them byte for byte.
//!
//! # What safe means
//! A plan is *safe* where everything that works today goes on working after the change is deployed, without anybody
//! looking at it first. That is decided per kind of plan, and every plan says why:
//! - an attribute is safe where its recipe in the rule's file says so and nothing that the recipe names speaks against it in
//!   the document (`safe_unless`): the provider changes it in place, and nothing that works needs the old value;
//! - a pin is safe where it writes down the version that the lockfile beside it, or above it, already fixes;
//! - a bump is safe within one minor series from 1.0 on, where packages promise to mend and not to change;
//! - everything that takes an access, a key or a file away is not: it wants somebody who knows who uses it.

mod apply;
mod change;
mod draft;
mod effect;
mod estate;
mod plan;
mod plans;
mod record;

pub use aispm_patch::diff;
pub use apply::{Applied, ApplyError, Approval, UndoError, apply, judged, undo};
pub use change::Change;
pub use draft::{Draft, Overlay, Patched, compose};
pub use effect::Effect;
pub use estate::{Estate, FileId, Unreadable};
pub use plan::{Plan, Unplanned, plan};
pub use record::{Back, Changed, Record, RecordError, Records, State};

#[cfg(test)]
mod tests;
