//! Google Cloud.
pub(crate) mod access;
mod firewall;
pub(crate) mod platform;
pub(crate) mod vertex;
