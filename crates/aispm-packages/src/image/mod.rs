//! Container images: references and the files they are built from.

mod dockerfile;
mod reader;
mod reference;

pub(crate) use reader::{DockerfileReader, is_dockerfile};
pub use reference::ImageReference;
