//! Manifests, lockfiles and Dockerfiles: which AI software a service stands on, at which version, and what is known of it.
//!
//! A manifest makes its directory a service; a lockfile in the same directory or above fixes the versions; advisories and the
//! catalogue of AI software are content. Packages that are no AI software are left out, except those with an advisory that applies.

mod advisory;
mod catalogue;
mod codeowners;
mod credential;
mod declaration;
mod image;
mod index;
mod install;
mod join;
mod npm;
mod package;
mod pypi;
mod reader;
mod version;

use aispm_collect::Reader;

pub use advisory::image_advisories;
pub use catalogue::{image_engine, package_role};
pub use codeowners::Codeowners;
pub use declaration::Ecosystem;

/// The readers of this crate.
pub fn readers() -> Vec<Box<dyn Reader>> {
    vec![
        Box::new(reader::ManifestReader),
        Box::new(image::DockerfileReader),
        Box::new(index::IndexReader),
        Box::new(install::InstallReader),
        Box::new(codeowners::CodeownersReader),
    ]
}
