//! Attack paths: how an attacker gets from an entry point to a crown jewel, and what stops him.
//!
//! # The model
//! *Base facts* are what the graph and the findings say: relations, kinds, properties, facts, failed rules. Each carries its
//! evidence, its certainty and the findings it stands on (the table in `support.rs`). *Capabilities* are what an attacker
//! holds on an asset ([`Capability`]). *Attack steps* are data (`attack-steps/*.yaml`): when all needs hold, the step grants its
//! capabilities. Needs are positive: nothing forbids a step, so more facts never remove a path, and "no approval" or "not
//! authenticated" are facts in their own right, established before derivation starts.
//!
//! Steps are run forward from the entry points to a fixpoint and *every* derivation is recorded, as a hypergraph. For each
//! entry point and crown jewel there is at most one [`AttackPath`](aispm_types::AttackPath): the surest and then cheapest
//! derivation of the worst harm. It exists as long as any derivation of any harm does.
//!
//! # The score
//! `score = 100 × L × 0.96^C × V/10 × H × S`, where
//! - `L` is the likelihood of the entry point: internet 1.0, untrusted content 0.9, leaked key 0.85, malicious package 0.6,
//!   employee 0.5 ([`Entry::likelihood`]);
//! - `C` is the sum of the costs of the path's steps, each step once;
//! - `V` is the value of the crown jewel, 1–10: the policy's, or 9 for what runs what a model writes, 8 for models, training data and agents, 7 for AI
//!   accounts and open engines;
//! - `H` is the share of the value that the harm takes ([`falls_by`]);
//! - `S` is 1 where every step is certain, 0.6 otherwise.
//!
//! Severity: critical from 60, high from 40, medium from 20, low below; a path that is only possible is at most high.
//!
//! # Unknown
//! A property whose value is unknown makes a step possible, never certain and never impossible. A property the source does
//! not set means what the step's `absent` says, and fails the need where it says nothing.

mod base;
mod capability;
mod cuts;
mod derive;
mod engine;
mod hypergraph;
mod jewels;
mod load;
mod path;
mod step;
mod support;

pub use capability::{Capability, Entry, falls_by};
pub use derive::Limits;
pub use engine::{Engine, PathOutcome};
pub use jewels::{CrownJewel, crown_jewels, dead_jewels};
pub use load::StepError;
pub use path::{path_id, score, severity};
pub use step::{AssetTest, AttackStep, Need, RelationTest, ValueTest, Var};
