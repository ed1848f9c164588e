//! Names of models and hosts, and the providers they tell of.

use aispm_types::{Asset, AssetId, AssetKind, Value};

use super::Analysis;
use crate::catalogue::{Catalogue, catalogue};
use crate::resolve::Val;

/// How a library writes models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// The provider's own name.
    Plain,
    /// `provider/model`, LiteLLM's way, or `provider:model`, LangChain's.
    Prefixed,
}

impl Style {
    /// As the catalogue writes it.
    pub(crate) fn of(written: Option<&str>) -> Self {
        if written == Some("prefixed") {
            Self::Prefixed
        } else {
            Self::Plain
        }
    }
}

/// A provider for names that tell nothing.
pub(crate) const UNKNOWN: &str = "unknown";

impl Catalogue {
    /// The provider whose family a model's name is of.
    pub(crate) fn family(&self, name: &str) -> Option<&str> {
        let lower = name.to_ascii_lowercase();
        let bare = lower.rsplit('/').next().unwrap_or(&lower);
        self.names
            .families
            .iter()
            .find(|(glob, _)| glob.fits_text(bare) || glob.fits_text(&lower))
            .map(|(_, p)| p.as_str())
    }

    /// The provider that answers at a host.
    pub(crate) fn provider_at(&self, host: &str) -> &str {
        let name = host.split(':').next().unwrap_or(host);
        let known = self.names.hosts.iter().find(|(h, _)| {
            host == h
                || name == h
                || (h.starts_with('.') && name.ends_with(h.as_str()))
                || (h.starts_with(':') && host.ends_with(h.as_str()))
        });
        match known {
            Some((_, provider)) => provider,
            None => "self-hosted",
        }
    }

    /// Provider and bare name of a model as a library writes it.
    pub(crate) fn split<'n>(
        &'n self,
        name: &'n str,
        style: Style,
        declared: Option<&'n str>,
    ) -> (&'n str, &'n str) {
        if style == Style::Prefixed {
            // Routers put their own name before the provider's.
            let name = ["litellm/", "any-llm/", "models/"]
                .iter()
                .find_map(|p| name.strip_prefix(p))
                .unwrap_or(name);
            for separator in ['/', ':'] {
                if let Some((prefix, rest)) = name.split_once(separator)
                    && let Some(provider) = self.names.prefixes.get(prefix)
                {
                    return (provider, rest);
                }
            }
        }
        match declared {
            // Clients for OpenAI's protocol speak to others too; the names of some families leave no doubt.
            Some("openai") => match self.family(name) {
                Some(family @ ("anthropic" | "google" | "deepseek" | "xai")) => (family, name),
                _ => ("openai", name),
            },
            Some(p) if p != "infer" => (p, name),
            _ => (self.family(name).unwrap_or(UNKNOWN), name),
        }
    }
}

/// Host and port of a URL, where it is one a machine could have.
pub(crate) fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, r)| r);
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit('@').next()?.to_ascii_lowercase();
    let valid = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'_'))
        && (host.contains('.') || host.contains(':') || host == "localhost" || url.contains("://"));
    valid.then_some(host)
}

/// Whether a text looks like the name of a model rather than prose or a path.
pub(crate) fn is_model_name(text: &str) -> bool {
    (2..=160).contains(&text.len())
        && !text.contains(char::is_whitespace)
        && !text.contains("://")
        && !text.contains('<')
}

impl Analysis<'_> {
    /// A hosted model by what its name may be.
    pub(crate) fn hosted(&self, provider: &str, name: &Val) -> Option<Asset> {
        let asset = match name {
            Val::Text(text, _) if is_model_name(text) => {
                Asset::new(AssetKind::Model, format!("{provider}/{text}"), text.as_str())
                    .with("model_name", text.as_str())
            }
            Val::Text(text, _) if text.contains(['<', '{', ' ']) => {
                self.unnamed(provider, "the source holds a placeholder")
            }
            Val::Unknown(reason) => self.unnamed(provider, reason),
            _ => return None,
        };
        Some(self.dressed(asset.provider(provider).with("hosted", true)))
    }

    /// A model whose name is not in the source.
    pub(crate) fn unnamed(&self, provider: &str, reason: &str) -> Asset {
        let rest = format!("{provider}/unknown@{}", self.cx.place(&self.module().path));
        Asset::new(AssetKind::Model, rest, format!("model of {provider}"))
            .provider(provider)
            .with("model_name", Value::unknown(reason))
    }

    /// The account at a provider that a host or nothing names.
    pub(crate) fn account(&self, provider: &str, host: Option<&str>) -> Asset {
        let rest = host.map_or_else(|| provider.to_owned(), |h| format!("{provider}/{h}"));
        let mut asset = Asset::new(AssetKind::Account, rest, host.unwrap_or(provider)).provider(provider);
        if let Some(host) = host {
            asset = asset.with("host", host);
        }
        asset.with("kind", provider.replace('-', "_"))
    }

    /// The kind an id was made with.
    pub(crate) fn is_kind(id: &AssetId, kind: AssetKind) -> bool {
        id.as_str().split(':').next() == Some(kind.as_str())
    }
}

/// The provider inside the id of a model or account.
pub(crate) fn provider_in(id: &AssetId) -> Option<&str> {
    let catalogue = catalogue();
    let rest = id.as_str().split_once(':')?.1;
    let provider = rest.split('/').next()?;
    let known = catalogue.names.prefixes.values().any(|p| p == provider)
        || catalogue.names.hosts.iter().any(|(_, p)| p == provider)
        || provider == "self-hosted";
    known.then_some(provider)
}
