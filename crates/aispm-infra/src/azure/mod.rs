//! Microsoft Azure.
pub(crate) mod access;
pub(crate) mod ai;
pub(crate) mod machine_learning;
pub(crate) mod platform;
