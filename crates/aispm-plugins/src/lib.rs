//! What is plugged into agents: MCP servers, skills, instructions and the settings of agents' clients.
//!
//! Configurations are known by their content, so that a client we have never met is read too. Nothing that stands there is started.

mod document;
mod hidden;
mod instructions;
mod literal;
mod manifest;
mod server;
mod settings;
mod skill;

use aispm_collect::Reader;

pub use hidden::{Confidence, HiddenInstruction, Technique, hidden_instructions, script_hazards};

/// The readers of this crate.
pub fn readers() -> Vec<Box<dyn Reader>> {
    vec![
        Box::new(server::ClientConfigurationReader),
        Box::new(manifest::ServerManifestReader),
        Box::new(settings::ClientSettingsReader),
        Box::new(skill::SkillReader),
        Box::new(instructions::InstructionsReader),
    ]
}
