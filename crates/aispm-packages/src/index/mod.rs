//! Where installers are told to take packages from: options of commands, variables, configuration files.
//!
//! An index beside the main one wins any name that it has at a higher version; one that is reached in the clear or without
//! checking its certificate is whoever answers. What is told here is where they are; rules judge.

mod documents;
mod reader;
mod words;

pub(crate) use reader::IndexReader;

use crate::Ecosystem;
use crate::declaration::{host, shown_address};

/// What an index is to the installer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Stands in place of the public one.
    Main,
    /// Stands beside the main one.
    Extra,
    /// A page of files, beside the main index.
    Links,
    /// For the packages of one scope or that name it, and no others.
    Scope,
    /// A host whose certificate is not checked.
    Unchecked,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Extra => "extra",
            Self::Links => "links",
            Self::Scope => "scope",
            Self::Unchecked => "unchecked-host",
        }
    }
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// What it makes of the address.
    pub(crate) role: Role,
    /// Whose packages.
    pub(crate) ecosystem: Ecosystem,
    /// Its name as written.
    pub(crate) name: String,
    /// Address as written; only a host for an unchecked one.
    pub(crate) address: String,
    /// Whether the certificate is checked, as far as this setting says.
    pub(crate) verified: bool,
    /// Line, from 1.
    pub(crate) line: u32,
}

/// Indexes of the ecosystems' own.
const PUBLIC: [&str; 5] = [
    "pypi.org",
    "pypi.python.org",
    "files.pythonhosted.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
];

impl Setting {
    /// A setting, where the text is an address of the network or a variable that may hold one.
    fn new(role: Role, ecosystem: Ecosystem, name: &str, address: &str, line: u32) -> Option<Self> {
        let mut address = address.trim();
        // uv writes `name=https://…`.
        if let Some((before, _)) = address.split_once("://")
            && let Some((named, _)) = before.rsplit_once('=')
        {
            address = address.get(named.len() + 1..).unwrap_or(address);
        }
        let usable = match role {
            Role::Unchecked => {
                address.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$' || c == '[')
            }
            _ => address.starts_with("http") && address.contains("://") || address.starts_with('$'),
        };
        usable.then(|| Self {
            role,
            ecosystem,
            name: name.to_owned(),
            address: address.to_owned(),
            verified: role != Role::Unchecked,
            line,
        })
    }
    /// Its host, where no variable stands for it.
    fn host(&self) -> Option<String> {
        match self.role {
            Role::Unchecked if !self.address.contains("://") => host(&format!("https://{}", self.address)),
            _ => host(&self.address),
        }
    }
    /// Whether it is reached over TLS; none where a variable says so.
    fn tls(&self) -> Option<bool> {
        match self.role {
            Role::Unchecked => None,
            _ => self
                .address
                .split_once("://")
                .map(|(scheme, _)| scheme.eq_ignore_ascii_case("https")),
        }
    }
    fn is_public(&self) -> bool {
        self.host().is_some_and(|h| PUBLIC.contains(&h.as_str()))
    }
    fn is_loopback(&self) -> bool {
        let address = self
            .address
            .split_once("://")
            .map_or(self.address.as_str(), |(_, a)| a);
        address.starts_with("[::1]")
            || self
                .host()
                .is_some_and(|h| h == "localhost" || h.ends_with(".localhost") || h.starts_with("127."))
    }
    /// The setting without credentials.
    fn shown(&self) -> String {
        format!("{} {}", self.name, shown_address(&self.address))
    }
}

/// The settings of one file that say something: neither what is the default anyway, nor what does not leave the machine.
fn telling(settings: Vec<Setting>) -> Vec<Setting> {
    let private_main = settings.iter().any(|s| s.role == Role::Main && !s.is_public());
    settings
        .into_iter()
        .filter(|s| !s.is_loopback())
        .filter(|s| {
            let default = s.is_public() && s.verified && s.tls() == Some(true);
            // The public index beside a private one is where anyone may register the private one's names.
            !default || (private_main && s.role == Role::Extra)
        })
        .collect()
}
