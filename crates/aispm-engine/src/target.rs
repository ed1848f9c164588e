//! What the user points at.

use std::path::{Path, PathBuf};

use aispm_collect::{Collector, read_inside};

/// A target. Asking for a kind that this version or build does not read is an error rather than an empty scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A directory or file.
    Path(PathBuf),
    /// What a collector reads: `KIND:REF`.
    Remote {
        /// The collector's kind.
        kind: &'static str,
        /// What follows the colon.
        reference: String,
    },
}

/// A target that cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Nothing is there.
    #[error("cannot scan `{0}`: no such file or directory")]
    Missing(String),
    /// Something is there, and may not be read.
    #[error("cannot scan `{0}`: permission denied; run as a user who may read it")]
    Denied(String),
    /// The reference of a kind is off.
    #[error("cannot scan `{written}`: {why}")]
    Malformed {
        /// As written.
        written: String,
        /// What is wrong and what to write instead.
        why: String,
    },
    /// A kind this version does not read.
    #[error(
        "cannot scan `{written}`: targets of kind `{kind}:` are not supported by this build; give a path (`./{written}` for a file of that name)"
    )]
    Unsupported {
        /// As written.
        written: String,
        /// Its kind.
        kind: String,
    },
}

/// Every kind of the command-line contract.
const KINDS: [&str; 13] = [
    "git", "image", "aws", "azure", "gcp", "kube", "mlflow", "hf", "net", "log", "host", "data", "guard",
];

impl Target {
    /// Reads `PATH` or `KIND:REF` as the user wrote it.
    pub fn parse(written: &str, collectors: &[Box<dyn Collector>]) -> Result<Self, TargetError> {
        if let Some((kind, reference)) = written.split_once(':')
            && KINDS.contains(&kind)
        {
            if let Some(collector) = collectors.iter().find(|c| c.kind() == kind) {
                collector.check(reference).map_err(|why| TargetError::Malformed {
                    written: written.to_owned(),
                    why,
                })?;
                return Ok(Self::Remote {
                    kind: collector.kind(),
                    reference: reference.to_owned(),
                });
            }
            return Err(TargetError::Unsupported {
                written: written.to_owned(),
                kind: kind.to_owned(),
            });
        }
        let path = PathBuf::from(written);
        match std::fs::metadata(&path) {
            Ok(_) => Ok(Self::Path(path)),
            Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(TargetError::Denied(written.to_owned()))
            }
            Err(_) => Err(TargetError::Missing(written.to_owned())),
        }
    }

    /// The path, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Remote { .. } => None,
        }
    }

    /// A private key for the store: tells two directories apart that a report would call the same.
    pub fn key(&self) -> String {
        match self {
            Self::Path(path) => {
                let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                format!("path:{}", whole.display())
            }
            Self::Remote { kind, reference } => format!("{kind}:{reference}"),
        }
    }
}

/// The names of targets in a report: `.` for one directory alone, so that its place never shows; several are called what
/// the user called them, an absolute path by its last part.
pub(crate) fn labels(targets: &[Target]) -> Vec<String> {
    if let [Target::Path(_)] = targets {
        return vec![String::from(".")];
    }
    let name = |t: &Target| match t {
        Target::Path(path) => label(path),
        Target::Remote { kind, reference } => format!("{kind}:{reference}"),
    };
    let mut labels: Vec<String> = targets.iter().map(name).collect();
    for i in 0..labels.len() {
        let earlier = labels.iter().take(i).filter(|l| labels.get(i) == Some(l)).count();
        if earlier > 0
            && let Some(l) = labels.get_mut(i)
        {
            l.push_str(&format!("#{}", earlier + 1));
        }
    }
    labels
}

fn label(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
    if path.is_absolute() {
        return name.unwrap_or_else(|| String::from("."));
    }
    let parts = path.components().filter_map(|c| match c {
        std::path::Component::Normal(p) => Some(p.to_string_lossy().into_owned()),
        _ => None,
    });
    let joined = parts.collect::<Vec<_>>().join("/");
    if joined.is_empty() {
        String::from(".")
    } else {
        joined
    }
}

/// Where a checkout says what its remote is.
pub(crate) const CONFIG: &str = ".git/config";
/// Largest such file (bytes).
pub(crate) const CONFIG_SIZE: u64 = 1 << 20;

/// `host/owner/name` of the checkout's `origin`, read from `.git/config` as data (git itself is never run); none where the
/// remote is a local path.
pub(crate) fn remote(root: &Path) -> Option<String> {
    let bytes = read_inside(root, CONFIG, CONFIG_SIZE).ok()??;
    remote_of(&String::from_utf8_lossy(&bytes))
}

fn remote_of(config: &str) -> Option<String> {
    let mut inside = false;
    let mut url = None;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.replace(' ', "") == "[remote\"origin\"]";
        } else if inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("url")
        {
            url = Some(value.trim());
        }
    }
    let url = url?;
    let rest = match url.split_once("://") {
        Some(("http" | "https" | "ssh" | "git", rest)) => rest.to_owned(),
        Some(_) => return None,
        None => url.split_once(':').map(|(host, path)| format!("{host}/{path}"))?,
    };
    let rest = rest.rsplit_once('@').map_or(rest.as_str(), |(_, r)| r);
    let (host, path) = rest.split_once('/')?;
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let path = path.trim_matches('/').trim_end_matches(".git");
    let plain = |s: &str| {
        !s.is_empty()
            && s.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_./~".contains(&b))
    };
    (host.contains('.') && plain(&host) && plain(path) && !path.contains(".."))
        .then(|| format!("{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_lose_credentials_and_local_ones_do_not_count() {
        let of = |url: &str| {
            remote_of(&format!(
                "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n"
            ))
        };
        assert_eq!(
            of("https://user:hunter2@github.com/acme/chat.git").as_deref(),
            Some("github.com/acme/chat")
        );
        assert_eq!(
            of("git@github.com:acme/chat.git").as_deref(),
            Some("github.com/acme/chat")
        );
        assert_eq!(
            of("ssh://git@git.acme.example:2222/ai/chat").as_deref(),
            Some("git.acme.example/ai/chat")
        );
        for local in [
            "/srv/git/chat",
            "../chat",
            "file:///srv/chat",
            "C:\\chat",
            "https://github.com/../x",
        ] {
            assert_eq!(of(local), None, "{local}");
        }
    }

    #[test]
    fn one_target_is_called_dot_and_several_by_their_names() {
        let path = |p: &str| Target::Path(PathBuf::from(p));
        assert_eq!(labels(&[path("/tmp/x/acme")]), ["."]);
        assert_eq!(
            labels(&[path("./a/b"), path("/x/acme"), path("/y/acme")]),
            ["a/b", "acme", "acme#2"]
        );
    }

    #[test]
    fn kinds_of_later_versions_are_refused_by_name() {
        let e = Target::parse("aws:prod", &[]).unwrap_err().to_string();
        assert!(e.contains("`aws:`") && e.contains("not supported"), "{e}");
        assert!(
            Target::parse("no/such/place", &[])
                .unwrap_err()
                .to_string()
                .contains("no such file")
        );
    }
}
