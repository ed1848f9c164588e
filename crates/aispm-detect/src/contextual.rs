//! Keys without a prefix of their own: they count only where a name says whose they are.

use crate::alphabet::{Alphabet, Mix, wordy};
use crate::checksum::{hex_groups, is_uuid};
use crate::detector::Class::{self, Ai, Cloud};

/// A shape that needs a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contextual {
    pub(crate) id: &'static str,
    pub(crate) vendor: &'static str,
    pub(crate) class: Class,
    /// Words (lower-case, separators removed) that name the vendor in the assigned name or near it.
    pub(crate) words: &'static [&'static str],
    /// The exact shape.
    pub(crate) shape: fn(&str) -> bool,
    /// The shape is that of digests and ids: the vendor must stand in the name itself.
    pub(crate) in_name: bool,
}

const fn c(
    id: &'static str,
    vendor: &'static str,
    class: Class,
    words: &'static [&'static str],
    shape: fn(&str) -> bool,
) -> Contextual {
    Contextual {
        id,
        vendor,
        class,
        words,
        shape,
        in_name: false,
    }
}

impl Contextual {
    const fn in_name(mut self) -> Self {
        self.in_name = true;
        self
    }
}

fn hex(v: &str, n: usize) -> bool {
    v.len() == n && Alphabet::Hex.all(v.as_bytes())
}
fn hex32(v: &str) -> bool {
    hex(v, 32)
}
fn hex40(v: &str) -> bool {
    hex(v, 40)
}
fn hex64(v: &str) -> bool {
    hex(v, 64)
}
fn alnum(v: &str, from: usize, to: usize) -> bool {
    let mix = Mix::of(v.as_bytes());
    (from..=to).contains(&v.len())
        && mix.other == 0
        && mix.digit > 0
        && mix.lower + mix.upper > 0
        && !wordy(v.as_bytes())
}
fn alnum32(v: &str) -> bool {
    alnum(v, 32, 32)
}
fn alnum40(v: &str) -> bool {
    alnum(v, 40, 40)
}
fn uuid(v: &str) -> bool {
    is_uuid(v.as_bytes())
}
fn fal(v: &str) -> bool {
    v.split_once(':')
        .is_some_and(|(id, secret)| uuid(id) && hex32(secret))
}
fn ollama(v: &str) -> bool {
    v.split_once('.')
        .is_some_and(|(a, b)| hex32(a) && b.len() == 24 && Alphabet::Url.all(b.as_bytes()))
}
fn zhipu(v: &str) -> bool {
    v.split_once('.')
        .is_some_and(|(a, b)| hex32(a) && alnum(b, 16, 16))
}
fn aws_secret(v: &str) -> bool {
    let mix = Mix::of(v.as_bytes());
    let alphabet = v
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    v.len() == 40 && alphabet && mix.lower > 2 && mix.upper > 2 && mix.digit > 0 && mix.distinct > 15
}
fn opaque(v: &str) -> bool {
    let alphabet = v
        .bytes()
        .all(|b| Alphabet::Url.has(b) || matches!(b, b'+' | b'/' | b'='));
    (24..=128).contains(&v.len()) && alphabet && crate::alphabet::random(v.as_bytes())
}
fn azure_account(v: &str) -> bool {
    v.len() == 84 && opaque(v)
}
fn azure_search(v: &str) -> bool {
    v.len() == 52 && v.bytes().all(|b| b.is_ascii_alphanumeric()) && opaque(v)
}
fn storage(v: &str) -> bool {
    v.len() == 88 && v.ends_with("==") && opaque(v)
}
fn twilio_like(v: &str) -> bool {
    hex_groups(v.as_bytes(), b'-', &[32])
}

/// Whether a shape is the one of AWS secret keys, for those that stand beside their access key id without a name.
pub(crate) fn is_aws_secret(v: &str) -> bool {
    aws_secret(v)
}

/// All shapes that need a name; earlier rows win.
pub(crate) const CONTEXTUAL: &[Contextual] = &[
    c(
        "azure-openai-key",
        "azure-openai",
        Ai,
        &["azureopenai", "aoai", "azureoai"],
        hex32,
    ),
    c(
        "azure-openai-key",
        "azure-openai",
        Ai,
        &["azureopenai", "aoai", "azureoai"],
        azure_account,
    ),
    c(
        "azure-ai-services-key",
        "azure-ai",
        Ai,
        &["cognitive", "azureai", "aiservices", "ocpapim"],
        hex32,
    ),
    c(
        "azure-ai-services-key",
        "azure-ai",
        Ai,
        &["cognitive", "azureai", "aiservices", "ocpapim"],
        azure_account,
    ),
    c(
        "azure-ai-search-key",
        "azure-ai-search",
        Ai,
        &[
            "azuresearch",
            "searchadmin",
            "aisearch",
            "searchservice",
            "searchkey",
            "searchapikey",
        ],
        azure_search,
    ),
    c(
        "assemblyai-api-key",
        "assemblyai",
        Ai,
        &["assemblyai", "aai"],
        alnum32,
    ),
    c("cohere-api-token", "cohere", Ai, &["cohere", "coapikey"], alnum40),
    c("deepgram-api-key", "deepgram", Ai, &["deepgram"], hex40),
    c("fal-api-key", "fal", Ai, &["fal"], fal),
    c("mistral-api-key", "mistral", Ai, &["mistral"], alnum32),
    c("ollama-api-key", "ollama", Ai, &["ollama"], ollama),
    c("pinecone-api-key", "pinecone", Ai, &["pinecone"], uuid),
    c("qdrant-api-key", "qdrant", Ai, &["qdrant"], opaque).in_name(),
    c("togetherai-api-key", "together", Ai, &["together"], hex64),
    c(
        "weaviate-api-key",
        "weaviate",
        Ai,
        &["weaviate", "wcdapikey", "wcsapikey"],
        opaque,
    )
    .in_name(),
    c(
        "weights-and-biases-api-key",
        "wandb",
        Ai,
        &["wandb", "weightsandbiases"],
        hex40,
    ),
    c(
        "zhipu-api-key",
        "zhipu",
        Ai,
        &["zhipu", "bigmodel", "glm", "zai"],
        zhipu,
    ),
    c(
        "aws-secret-access-key",
        "aws",
        Cloud,
        &["aws", "secretaccesskey"],
        aws_secret,
    ),
    c(
        "azure-storage-account-key",
        "azure",
        Cloud,
        &["azure", "storage", "accountkey"],
        storage,
    ),
    c(
        "twilio-auth-token",
        "twilio",
        Class::Service,
        &["twilio"],
        twilio_like,
    )
    .in_name(),
];

/// Hosts of Azure accounts that keys without prefix open: suffix, and the detector whose keys they confirm.
pub(crate) const AZURE_HOSTS: &[(&str, &str)] = &[
    (".openai.azure.com", "azure-openai-key"),
    (".cognitiveservices.azure.com", "azure-ai-services-key"),
    (".services.ai.azure.com", "azure-ai-services-key"),
    (".search.windows.net", "azure-ai-search-key"),
];
