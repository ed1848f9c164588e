//! How targets are read: collectors, the parallel walk, virtual files, budgets.
//!
//! A [`Collector`] reads one kind of target. The collector of directories is [`walk`]: it reads each file once and hands it
//! to every [`Reader`] that wants it, in parallel, and joins what they saw in path order. Members of archives are files like
//! any other. Nothing here judges or stores, and nothing read is ever executed.

mod budget;
mod collector;
mod guarded;
mod ignored;
mod reader;
mod source;
mod walk;

pub use budget::Budgets;
pub use collector::{CollectContext, Collected, Collector};
pub use guarded::read_inside;
pub use ignored::Index;
pub use reader::{Kept, ReadContext, Reader, Unpacker};
pub use source::{Source, VirtualFile, is_binary, is_test_path, read_bounded};
pub use walk::{Overlay, Progress, Readers, WalkOptions, WalkOutcome, walk, walk_over};
