//! Reads manifests and lockfiles, and joins them when all are read.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary};
use aispm_formats::doc::{DocError, Limits, parse_json, parse_toml, parse_yaml};
use aispm_types::Batch;

use crate::declaration::{Declared, Manifest};
use crate::image::is_dockerfile;
use crate::join::{Kind, Seen, join};
use crate::package::text_within_budget;
use crate::{Ecosystem, npm, pypi};

/// Lockfiles of large workspaces have many nodes, all of them flat.
const LIMITS: Limits = Limits {
    depth: 96,
    nodes: 2_000_000,
};

/// Reads manifests and lockfiles of PyPI and npm.
#[derive(Debug, Default)]
pub(crate) struct ManifestReader;

/// What a file name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Requirements,
    Constraints,
    Pyproject,
    SetupCfg,
    SetupPy,
    Pipfile,
    PipfileLock,
    PythonLock,
    Conda,
    PackageJson,
    PackageLock,
    YarnLock,
    PnpmLock,
    Dockerfile,
}

pub(crate) fn is_requirements(file: &VirtualFile) -> bool {
    matches!(format_of(file), Some(Format::Requirements | Format::Constraints))
}

fn format_of(file: &VirtualFile) -> Option<Format> {
    let name = file.name();
    Some(match name {
        "pyproject.toml" => Format::Pyproject,
        "setup.cfg" => Format::SetupCfg,
        "setup.py" => Format::SetupPy,
        "Pipfile" => Format::Pipfile,
        "Pipfile.lock" => Format::PipfileLock,
        "poetry.lock" | "uv.lock" | "pdm.lock" | "pylock.toml" => Format::PythonLock,
        "package.json" => Format::PackageJson,
        "package-lock.json" | "npm-shrinkwrap.json" => Format::PackageLock,
        "yarn.lock" => Format::YarnLock,
        "pnpm-lock.yaml" => Format::PnpmLock,
        _ if is_dockerfile(name) => Format::Dockerfile,
        _ if name.starts_with("environment") && (name.ends_with(".yml") || name.ends_with(".yaml")) => {
            Format::Conda
        }
        _ if name.ends_with(".txt") || name.ends_with(".in") => {
            let in_directory = file.directory().rsplit('/').next() == Some("requirements");
            if name.contains("constraints") {
                Format::Constraints
            } else if name.contains("requirements")
                || in_directory
                || pypi::is_list(&file.head, name.ends_with(".in"))
            {
                Format::Requirements
            } else {
                return None;
            }
        }
        _ => return None,
    })
}

impl Reader for ManifestReader {
    fn name(&self) -> &'static str {
        "manifests"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        let installed = file
            .path
            .split('/')
            .any(|p| matches!(p, "node_modules" | "site-packages" | "dist-packages"));
        // Below `{{project}}` stands a template, which declares nothing until somebody fills it in.
        let template = file.path.contains("{{");
        !installed && !template && format_of(file).is_some() && !is_binary(&file.head)
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let format = format_of(file)?;
        let text = text_within_budget(file, cx, out)?;
        match declared(format, text, file.name()) {
            Ok(Some(declared)) => Some(Box::new(Seen {
                kind: kind_of(format),
                ecosystem: ecosystem_of(format),
                declared,
            })),
            Ok(None) => None,
            Err(e) => {
                out.gap(&file.path, e.to_string());
                None
            }
        }
    }
    fn finish(&self, kept: Vec<(String, Kept)>, cx: &ReadContext, out: &mut Batch) {
        let seen: Vec<(String, Seen)> = kept
            .into_iter()
            .filter_map(|(path, kept)| Some((path, *kept.downcast::<Seen>().ok()?)))
            .collect();
        join(&seen, cx, out);
    }
}

fn ecosystem_of(format: Format) -> Ecosystem {
    match format {
        Format::PackageJson | Format::PackageLock | Format::YarnLock | Format::PnpmLock => Ecosystem::Npm,
        _ => Ecosystem::Pypi,
    }
}

fn kind_of(format: Format) -> Kind {
    match format {
        Format::Constraints => Kind::Constraints,
        Format::PipfileLock
        | Format::PythonLock
        | Format::PackageLock
        | Format::YarnLock
        | Format::PnpmLock => Kind::Lockfile,
        _ => Kind::Manifest,
    }
}

fn declared(format: Format, text: &str, name: &str) -> Result<Option<Declared>, DocError> {
    let toml = || parse_toml(text, &LIMITS);
    let json = || parse_json(text, &LIMITS);
    Ok(Some(match format {
        Format::Requirements | Format::Constraints => {
            let lower = name.to_ascii_lowercase();
            let dev = ["dev", "test", "lint", "docs"].iter().any(|d| lower.contains(d));
            Declared::Manifest(pypi::requirements(text, format == Format::Requirements, dev))
        }
        Format::Pyproject => Declared::Manifest(pypi::pyproject(&toml()?)),
        Format::Pipfile => Declared::Manifest(pypi::pipfile(&toml()?)),
        Format::SetupCfg => Declared::Manifest(pypi::setup_cfg(text)),
        Format::SetupPy => Declared::Manifest(pypi::setup_py(text)),
        Format::PythonLock => Declared::Lockfile(pypi::lock_toml(&toml()?)),
        Format::PipfileLock => Declared::Lockfile(pypi::pipfile_lock(&json()?)),
        Format::PackageLock => Declared::Lockfile(npm::package_lock(&json()?)),
        Format::YarnLock => Declared::Lockfile(npm::yarn_lock(text)),
        Format::PnpmLock => Declared::Lockfile(npm::pnpm_lock(&parse_yaml(text, &LIMITS)?)),
        Format::PackageJson => Declared::Manifest(npm::package_json(&json()?)),
        // What goes into it is the Dockerfile reader's; here it makes its directory a service where nothing else does.
        Format::Dockerfile => Declared::Manifest(Manifest {
            is_service: true,
            ..Manifest::default()
        }),
        Format::Conda => match pypi::environment(&parse_yaml(text, &LIMITS)?) {
            Some(manifest) => Declared::Manifest(manifest),
            None => return Ok(None),
        },
    }))
}
