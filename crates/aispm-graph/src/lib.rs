//! The graph: sightings resolved into assets, immutable afterwards, with the queries that rules and attack paths need.

mod resolve;
mod systems;
mod view;

pub use resolve::resolve;
pub use systems::{derive_systems, matches};
pub use view::{GraphView, Snapshot, World};
