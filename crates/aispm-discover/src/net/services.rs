//! The catalogue of AI services, and how an answer tells one.

use std::sync::OnceLock;

use aispm_formats::doc::Node;
use aispm_types::{AssetKind, Value};

use super::client::Answer;
use crate::catalogue::{document, items, text};

/// A service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) kind: AssetKind,
    pub(crate) ports: Vec<u16>,
    /// All must hold.
    pub(crate) markers: Vec<Probe>,
    pub(crate) version: Option<Probe>,
    /// What somebody without credentials gets where none are required.
    pub(crate) open: Probe,
    /// An answer to `open` that is whole and does not hold means that they are.
    otherwise_required: bool,
}

/// Whether callers must show who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    Open,
    Required,
    Unknown(String),
}

impl Auth {
    /// As the property `authenticated`.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Open => Value::Bool(false),
            Self::Required => Value::Bool(true),
            Self::Unknown(why) => Value::unknown(why.as_str()),
        }
    }
}

/// What is asked, and what must be true of the answer.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    pub(crate) path: String,
    /// None for any.
    status: Option<u16>,
    body: Option<String>,
    title: Option<String>,
    /// Dotted path into the JSON; empty for any JSON at all.
    json: Option<String>,
    value: Option<String>,
    header: Option<(String, String)>,
    absent: Option<String>,
    /// Text before what is looked for, in documents too large to be read to their end.
    after: Option<String>,
}

/// The catalogue.
pub(crate) fn services() -> &'static [Service] {
    static SERVICES: OnceLock<Vec<Service>> = OnceLock::new();
    SERVICES.get_or_init(|| {
        let doc = document("services.yaml"); // a test reads it
        let nodes = doc.as_ref().map_or(&[][..], |d| items(d, "services"));
        nodes.iter().filter_map(service).collect()
    })
}

fn service(node: &Node) -> Option<Service> {
    let port = |n: &Node| u16::try_from(n.as_int()?).ok();
    Some(Service {
        name: text(node, "name"),
        title: text(node, "title"),
        kind: match text(node, "asset").as_str() {
            "vector_index" => AssetKind::VectorIndex,
            _ => AssetKind::Endpoint,
        },
        ports: items(node, "ports").iter().filter_map(port).collect(),
        markers: items(node, "markers").iter().map(probe).collect(),
        version: node.get("version").map(probe),
        open: probe(node.get("open")?),
        otherwise_required: node.at(&["open", "otherwise"]).and_then(Node::as_str) == Some("required"),
    })
}

fn probe(node: &Node) -> Probe {
    let given = |key: &str| node.get(key).and_then(Node::scalar);
    Probe {
        path: text(node, "get"),
        status: match given("status").as_deref() {
            Some("any") => None,
            Some(text) => text.parse().ok(),
            None => Some(200),
        },
        body: given("body"),
        title: given("title"),
        json: given("json"),
        value: given("value"),
        header: given("header").map(|h| {
            let (name, text) = h.split_once(": ").unwrap_or((h.as_str(), ""));
            (name.to_owned(), text.to_ascii_lowercase())
        }),
        absent: given("absent"),
        after: given("after"),
    }
}

impl Probe {
    /// Whether an answer is what the probe looks for.
    pub(crate) fn holds(&self, answer: &Answer) -> bool {
        let has = |needle: &Option<String>| needle.as_ref().is_none_or(|t| answer.body.contains(t.as_str()));
        self.status.is_none_or(|s| s == answer.status)
            && has(&self.body)
            && self
                .absent
                .as_ref()
                .is_none_or(|t| !answer.body.contains(t.as_str()))
            && self
                .title
                .as_ref()
                .is_none_or(|t| title(&answer.body).is_some_and(|is| is.contains(t.as_str())))
            && self
                .json
                .as_ref()
                .is_none_or(|path| self.json_holds(path, answer))
            && self
                .header
                .as_ref()
                .is_none_or(|(name, part)| answer.header(name).to_ascii_lowercase().contains(part.as_str()))
    }

    fn json_holds(&self, path: &str, answer: &Answer) -> bool {
        let Some(found) = at(answer, path) else {
            return false;
        };
        match &self.value {
            Some(wanted) => scalar(found).is_some_and(|is| is == *wanted),
            None => true,
        }
    }

    /// A version in an answer: of plausible form, so that a page never becomes one.
    pub(crate) fn version(&self, answer: &Answer) -> Option<String> {
        if answer.status != 200 {
            return None;
        }
        let found = match &self.json {
            Some(path) => scalar(at(answer, path)?)?,
            None => match &self.after {
                Some(before) => answer
                    .body
                    .split_once(before.as_str())?
                    .1
                    .split('"')
                    .next()?
                    .to_owned(),
                None => answer.body.trim().trim_matches('"').to_owned(),
            },
        };
        let plausible = (1..=64).contains(&found.len())
            && found.bytes().any(|b| b.is_ascii_digit())
            && found
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'_'));
        plausible.then_some(found)
    }
}

impl Service {
    /// How many of its probes one answer satisfies, whatever was asked.
    pub(crate) fn held_by(&self, answer: &Answer) -> usize {
        let probes = self.markers.iter().chain(&self.version).chain([&self.open]);
        let versions = self
            .version
            .iter()
            .filter(|v| v.version(answer).is_some())
            .count();
        probes.filter(|p| p.holds(answer)).count() + versions
    }

    /// What the answer to `open` says.
    pub(crate) fn auth(&self, answer: Option<&Answer>) -> Auth {
        let Some(answer) = answer else {
            return Auth::Unknown(format!("{} gave no answer", self.open.path));
        };
        let moved = (300..400).contains(&answer.status);
        let location = answer.header("location").to_ascii_lowercase();
        let to_login = ["login", "signin", "sign_in", "auth"]
            .iter()
            .any(|w| location.contains(w));
        match answer.status {
            _ if self.open.holds(answer) => Auth::Open,
            401 | 403 => Auth::Required,
            _ if moved && to_login => Auth::Required,
            200 if self.otherwise_required
                && self.open.json.as_ref().is_some_and(|p| at(answer, p).is_some()) =>
            {
                Auth::Required
            }
            status => Auth::Unknown(format!(
                "{} answered {status}, which tells nothing",
                self.open.path
            )),
        }
    }
}

/// Follows a dotted path into the answer's JSON.
fn at<'a>(answer: &'a Answer, path: &str) -> Option<&'a serde_json::Value> {
    let json = answer.json.as_ref()?;
    if path.is_empty() {
        return Some(json);
    }
    path.split('.')
        .try_fold(json, |node, key| node.as_object()?.get(key))
}

fn scalar(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(s) => Some(s.clone()),
        serde_json::Value::Number(n) => Some(n.to_string()),
        serde_json::Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// The page's title.
fn title(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once("<title")?;
    let (_, rest) = rest.split_once('>')?;
    rest.split_once("</title").map(|(title, _)| title.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_two_markers_that_differ() {
        assert!(services().len() >= 20, "{}", services().len());
        for s in services() {
            assert!(s.markers.len() >= 2, "{}", s.name);
            assert!(!s.title.is_empty() && !s.ports.is_empty(), "{}", s.name);
            let mut paths: Vec<_> = s.markers.iter().map(|m| m.path.as_str()).collect();
            paths.sort_unstable();
            paths.dedup();
            assert!(paths.len() >= 2, "{}: markers stand in different answers", s.name);
            for p in s.markers.iter().chain(&s.version).chain([&s.open]) {
                assert!(p.path.starts_with('/'), "{}: {p:?}", s.name);
            }
            for m in &s.markers {
                let says = m.body.is_some() || m.title.is_some() || m.json.is_some() || m.header.is_some();
                assert!(says, "{}: {m:?}", s.name);
            }
        }
    }

    #[test]
    fn versions_are_versions() {
        let of = |body: &str| Probe::default().version(&Answer::new(200, vec![], body.into()));
        assert_eq!(of("\"1.0.0\""), Some("1.0.0".to_owned()));
        assert_eq!(of("3.1.4.dev0+cpu\n"), Some("3.1.4.dev0+cpu".to_owned()));
        for page in ["<html>1</html>", "", "not found", "Version 1 of it"] {
            assert_eq!(of(page), None, "{page}");
        }
    }
}
