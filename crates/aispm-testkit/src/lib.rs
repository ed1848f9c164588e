//! Generators of test input: model files, sound and hostile, byte by byte. They share no code with the readers they test.
//!
//! A development dependency only. Payloads are inert: what they would run is an `echo`, and nothing here runs it.

pub mod archive;
pub mod pickle;
pub mod seeds;
pub mod tar;
pub mod tensors;
pub mod wire;
pub mod zip;
