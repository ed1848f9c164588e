//! What manifests declare and lockfiles fix, whatever their format.

use std::collections::{BTreeMap, BTreeSet};

/// Where packages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ecosystem {
    /// Python packages.
    Pypi,
    /// JavaScript packages.
    Npm,
    /// Container images.
    Docker,
}

impl Ecosystem {
    /// The word used in package URLs and in `ecosystem` properties.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Docker => "docker",
        }
    }
}

/// One dependency as a manifest declares it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// Normalised name.
    pub(crate) name: String,
    /// Versions allowed, in the ecosystem's own syntax; empty for any.
    pub(crate) constraint: String,
    /// The declaration, without credentials.
    pub(crate) declared: String,
    /// Line, from 1.
    pub(crate) line: u32,
    /// Only needed to develop or test.
    pub(crate) dev: bool,
    /// Fetched from an address rather than from an index; true where the address names one commit or carries a digest.
    pub(crate) address: Option<bool>,
    /// Its content is fixed by a digest in the manifest.
    pub(crate) hashed: bool,
}

impl Dependency {
    /// A dependency on any version.
    pub(crate) fn new(name: impl Into<String>, constraint: impl Into<String>, line: u32) -> Self {
        let (name, constraint) = (name.into(), constraint.into());
        Self {
            declared: [name.as_str(), constraint.as_str()].join(" ").trim().to_owned(),
            name,
            constraint,
            line,
            ..Self::default()
        }
    }
}

/// One manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Name of the project, where stated.
    pub(crate) name: Option<String>,
    /// `python`, `javascript`, `typescript`.
    pub(crate) language: &'static str,
    /// What it starts, where stated.
    pub(crate) entry_point: Option<String>,
    /// What it needs.
    pub(crate) dependencies: Vec<Dependency>,
    /// Files it takes in beside itself (`-r`, `-c`), as written.
    pub(crate) includes: BTreeSet<String>,
    /// It makes its directory a service, rather than only adding to one (a list of constraints or of further requirements).
    pub(crate) is_service: bool,
}

/// One lockfile: versions by normalised name; several where several are installed at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lockfile {
    /// Versions by name.
    pub(crate) versions: BTreeMap<String, BTreeSet<String>>,
    /// Versions that a project of the lockfile needs itself, by its directory relative to the lockfile and by name.
    pub(crate) direct: BTreeMap<(String, String), String>,
    /// Names of the projects that the lockfile is for: parts of this repository rather than packages.
    pub(crate) own: BTreeSet<String>,
}

impl Lockfile {
    /// Adds a version.
    pub(crate) fn add(&mut self, name: impl Into<String>, version: impl Into<String>) {
        self.versions
            .entry(name.into())
            .or_default()
            .insert(version.into());
    }
}

/// What one file gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// A manifest.
    Manifest(Manifest),
    /// A lockfile.
    Lockfile(Lockfile),
}

/// An address without user information, query and fragment: what may be shown of it.
pub(crate) fn shown_address(address: &str) -> String {
    let address = address.split(['?', '#', ' ', ';']).next().unwrap_or_default();
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').map_or((rest, ""), |(a, p)| (a, p));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}/{path}")
        }
        None => address.to_owned(),
    }
}

/// Host of an address, without user information and port.
pub(crate) fn host(address: &str) -> Option<String> {
    let rest = address.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?;
    (!host.is_empty() && !host.contains(['$', '{'])).then(|| host.to_ascii_lowercase())
}

/// Whether an address names one commit (`@` or `#` with 40 hexadecimal digits) or carries a digest.
pub(crate) fn names_content(address: &str) -> bool {
    address.contains("sha256=")
        || address.split(['@', '#', '&', '=']).any(|part| {
            let commit = part.split(['?', ' ']).next().unwrap_or_default();
            commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_credentials() {
        let address = "https://user:hunter2@pkgs.acme.io:8080/simple/?token=hunter2";
        assert_eq!(shown_address(address), "https://pkgs.acme.io:8080/simple/");
        assert_eq!(host(address).as_deref(), Some("pkgs.acme.io"));
        assert_eq!(
            host("https://${USER}:${PASS}@pkgs.acme.io/"),
            Some("pkgs.acme.io".to_owned())
        );
        assert_eq!(host("${INDEX}"), None);
        let commit = "a".repeat(40);
        assert!(names_content(&format!("git+https://h/x@{commit}#egg=x")));
        assert!(!names_content("git+https://h/x@main"));
    }
}
