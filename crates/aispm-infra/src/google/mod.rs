//! Google Cloud.
pub(crate) mod access;
pub(crate) mod platform;
pub(crate) mod vertex;
