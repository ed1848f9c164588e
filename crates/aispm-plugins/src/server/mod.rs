//! MCP servers declared in the configurations of agents' clients.

mod access;
mod find;
mod hazard;
mod launch;
mod reader;

pub(crate) use hazard::speaks_to_network;
pub(crate) use reader::ClientConfigurationReader;
