//! The catalogue of AI services by the names they are called under.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::catalogue::{document, items, text, texts};

/// An AI service.
#[derive(Debug)]
pub(crate) struct Service {
    /// Rest of the account's id.
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) name: String,
    /// api, chat, coding, hub, media, …
    pub(crate) category: String,
}

/// All of them, and how to find one.
#[derive(Debug, Default)]
pub(crate) struct Domains {
    pub(crate) services: Vec<Service>,
    /// Domain → service, or none where the domain is excluded.
    names: BTreeMap<String, Option<usize>>,
    /// Hosts with a part that varies, as labels.
    patterns: Vec<(Vec<String>, usize)>,
    sources: BTreeMap<String, usize>,
}

/// The catalogue.
pub(crate) fn domains() -> &'static Domains {
    static DOMAINS: OnceLock<Domains> = OnceLock::new();
    DOMAINS.get_or_init(|| {
        let mut out = Domains::default();
        let Some(doc) = document("domains.yaml") else {
            return out; // a test reads it
        };
        for node in items(&doc, "services") {
            let at = out.services.len();
            out.services.push(Service {
                id: text(node, "id"),
                provider: text(node, "provider"),
                name: text(node, "name"),
                category: text(node, "category"),
            });
            out.names
                .extend(texts(node, "domains").into_iter().map(|d| (d, Some(at))));
            out.sources
                .extend(texts(node, "event_sources").into_iter().map(|d| (d, at)));
            let labels = |h: String| h.split('.').map(str::to_owned).collect();
            out.patterns
                .extend(texts(node, "hosts").into_iter().map(|h| (labels(h), at)));
        }
        for node in items(&doc, "excluded") {
            out.names.insert(text(node, "domain"), None);
        }
        out
    })
}

impl Domains {
    /// The service a host belongs to; the longest entry decides.
    pub(crate) fn by_host(&self, host: &str) -> Option<usize> {
        if host.len() > 255 || !host.contains('.') {
            return None;
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let mut rest = host.as_str();
        loop {
            if let Some(entry) = self.names.get(rest) {
                return *entry;
            }
            match rest.split_once('.') {
                Some((_, up)) => rest = up,
                None => break,
            }
        }
        let labels: Vec<&str> = host.split('.').collect();
        self.patterns
            .iter()
            .find(|(pattern, _)| {
                pattern.len() == labels.len() && pattern.iter().zip(&labels).all(|(p, l)| fits(p, l))
            })
            .map(|(_, at)| *at)
    }

    /// The service behind an event source of CloudTrail.
    pub(crate) fn by_source(&self, source: &str) -> Option<usize> {
        self.sources.get(source).copied()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Service> {
        self.services.get(at)
    }
}

/// A label, where `*` at its beginning stands for any text.
fn fits(pattern: &str, label: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) => label.ends_with(end),
        None => pattern == label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_whole() {
        let d = domains();
        assert!(d.services.len() >= 60, "{}", d.services.len());
        let mut ids: Vec<_> = d.services.iter().map(|s| s.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), d.services.len(), "ids are unique");
        for s in &d.services {
            assert!(!s.provider.is_empty() && !s.name.is_empty(), "{s:?}");
            let known = [
                "api",
                "chat",
                "coding",
                "hub",
                "media",
                "tracing",
                "vector-store",
                "writing",
                "meeting",
            ];
            assert!(known.contains(&s.category.as_str()), "{s:?}");
        }
        let doc = document("domains.yaml").unwrap();
        for e in items(&doc, "excluded") {
            assert!(!text(e, "domain").is_empty() && !text(e, "reason").is_empty());
        }
    }

    #[test]
    fn the_longest_entry_decides() {
        let d = domains();
        for (host, id) in [
            ("api.openai.com", Some("openai")),
            ("API.OpenAI.com.", Some("openai")),
            ("ab.chatgpt.com", Some("openai/chatgpt")),
            ("auth.openai.com", None),
            ("openai.com", None),
            ("notopenai.com", None),
            ("api.openai.com.evil.example", None),
            ("acme-eu.openai.azure.com", Some("azure-openai")),
            ("huggingface.co", Some("huggingface")),
            ("router.huggingface.co", Some("huggingface/inference")),
            ("cdn.huggingface.co", None),
            ("europe-west1-aiplatform.googleapis.com", Some("vertex")),
            ("bedrock-runtime.eu-central-1.amazonaws.com", Some("bedrock")),
            ("s3.eu-central-1.amazonaws.com", None),
            ("localhost", None),
        ] {
            let found = d.by_host(host).and_then(|at| d.get(at)).map(|s| s.id.as_str());
            assert_eq!(found, id, "{host}");
        }
    }
}
