//! Manifests and lockfiles of Python projects.

mod conda;
mod lock;
mod pipfile;
mod pyproject;
mod requirement;
mod requirements;
mod setup;

pub(crate) use conda::environment;
pub(crate) use lock::{lock_toml, pipfile_lock};
pub(crate) use pipfile::pipfile;
pub(crate) use pyproject::pyproject;
pub(crate) use requirement::{normalised, requirement};
pub(crate) use requirements::{is_list, requirements};
pub(crate) use setup::{setup_cfg, setup_py};
