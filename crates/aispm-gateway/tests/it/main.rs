//! The guard between a client and an upstream, all on loopback.

mod answers;
mod configuration;
mod failures;
mod log;
mod requests;
mod support;
