//! Container images: the files they are built from.

mod dockerfile;
mod reader;

pub(crate) use reader::{DockerfileReader, is_dockerfile};
