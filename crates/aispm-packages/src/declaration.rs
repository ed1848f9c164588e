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
    /// Line, from 1; 0 in a lockfile that nobody wrote by hand.
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
    let Some((scheme, rest)) = address.split_once("://") else {
        return address
            .split(['?', '#', ' ', ';'])
            .next()
            .unwrap_or_default()
            .to_owned();
    };
    let rest = past_user(rest)
        .split(['?', '#', ' ', ';'])
        .next()
        .unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!("{scheme}://{host}/{path}")
}

/// Host of an address, without user information and port.
pub(crate) fn host(address: &str) -> Option<String> {
    let rest = past_user(address.split_once("://")?.1);
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.split(':').next()?;
    (!host.is_empty() && !host.contains(['$', '{'])).then(|| host.to_ascii_lowercase())
}

/// What follows the user information of an address. Passwords are written as they are, `/` and `#` included, so that it ends at the
/// last `@` of them; a port, a scope (`/@acme`) and a revision (`repo@v1`) are none.
fn past_user(rest: &str) -> &str {
    let first = rest.split('/').next().unwrap_or(rest);
    if let Some(at) = first.rfind('@') {
        return rest.get(at + 1..).unwrap_or_default();
    }
    let password = rest.split_once(':').map(|(_, after)| after);
    let port = password.is_some_and(|p| {
        let digits = p.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0
            && p.get(digits..)
                .is_some_and(|t| t.is_empty() || t.starts_with('/'))
    });
    match rest.rsplit_once('@') {
        Some((user, host)) if user.contains(':') && !port && !user.ends_with('/') => host,
        _ => rest,
    }
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

    #[test]
    fn passwords_end_at_the_host_whatever_they_hold() {
        for (address, shown, at) in [
            (
                "https://u:p@h.example/simple",
                "https://h.example/simple",
                "h.example",
            ),
            (
                "https://u:a!b+/c=@h.example/simple",
                "https://h.example/simple",
                "h.example",
            ),
            (
                "https://u:a#b?c@h.example/simple",
                "https://h.example/simple",
                "h.example",
            ),
            (
                "https://h.example:8443/repo@v1",
                "https://h.example:8443/repo@v1",
                "h.example",
            ),
            (
                "git+https://h.example/repo@v1#egg=x",
                "git+https://h.example/repo@v1",
                "h.example",
            ),
            (
                "https://npm.example/@acme/x",
                "https://npm.example/@acme/x",
                "npm.example",
            ),
        ] {
            assert_eq!(shown_address(address), shown, "{address}");
            assert_eq!(host(address).as_deref(), Some(at), "{address}");
        }
    }
}
