//! Manifests and lockfiles of JavaScript projects.

mod manifest;
mod package_lock;
mod pnpm;
mod yarn;

pub(crate) use manifest::package_json;
pub(crate) use package_lock::package_lock;
pub(crate) use pnpm::pnpm_lock;
pub(crate) use yarn::yarn_lock;
