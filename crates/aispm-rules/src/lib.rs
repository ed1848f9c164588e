//! Rules: what judges the graph. A rule is one YAML file with a CEL condition, or one Rust file where real analysis is needed;
//! both have one shape.
//!
//! ```no_run
//! # fn main() -> Result<(), Vec<aispm_rules::RuleError>> {
//! # let world: aispm_graph::World<'_> = todo!();
//! let registry = aispm_rules::Registry::load(None)?;
//! let assessment = aispm_rules::run(&registry, &world);
//! # Ok(()) }
//! ```

mod comply;
mod condition;
mod data;
mod error;
mod framework;
mod registry;
mod rules;
mod run;
mod skeleton;
mod suggest;
#[cfg(test)]
mod tests;

pub use comply::{comply, named};
pub use data::example::{ExampleFailure, ExampleOutcome};
pub use data::file::Expected;
pub use error::RuleError;
pub use framework::{Control, Framework, frameworks};
pub use registry::{Registry, Rule, test_examples};
pub use run::{Assessment, run};
pub use skeleton::skeleton;
pub use suggest::nearest;
