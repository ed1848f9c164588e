//! The graph: sightings resolved into assets, immutable afterwards, with the queries that rules and attack paths need.

mod home;
mod prune;
mod resolve;
mod systems;
mod view;

pub use home::settle;
pub use resolve::resolve;
pub use systems::{Owners, derive_systems, glob, matches};
pub use view::{GraphView, Snapshot, World};

#[cfg(test)]
mod tests;
