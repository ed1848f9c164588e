//! Key formats with a prefix of their own. Structure facts are public; each row is one format.

use crate::alphabet::Alphabet::{self, Alnum, Base32, Base64, Dotted, Hex, Snake, Url};
use crate::checksum::{self, Verdict};
use crate::detector::Class::{self, Ai, Cloud, Service};

/// One format: a prefix, then a body of one alphabet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    pub(crate) id: &'static str,
    pub(crate) vendor: &'static str,
    pub(crate) class: Class,
    /// Case counts.
    pub(crate) prefix: &'static str,
    pub(crate) body: Alphabet,
    /// Lengths of the body the vendor makes.
    pub(crate) exact: (usize, usize),
    /// Lengths that may be a variant nobody wrote down yet: such a match is of medium confidence and its body must look random.
    /// `(0, 0)`: none.
    pub(crate) loose: (usize, usize),
    /// A second signal the format needs, because its prefix is weak or its source unsure: one of these words near.
    pub(crate) needs: &'static [&'static str],
    /// The format's own proof, over the body.
    pub(crate) proof: Option<fn(&[u8]) -> Verdict>,
}

const fn f(
    id: &'static str,
    vendor: &'static str,
    class: Class,
    prefix: &'static str,
    body: Alphabet,
    exact: (usize, usize),
) -> Format {
    Format {
        id,
        vendor,
        class,
        prefix,
        body,
        exact,
        loose: (0, 0),
        needs: &[],
        proof: None,
    }
}

impl Format {
    const fn loose(mut self, from: usize, to: usize) -> Self {
        self.loose = (from, to);
        self
    }
    const fn needs(mut self, words: &'static [&'static str]) -> Self {
        self.needs = words;
        self
    }
    const fn proof(mut self, proof: fn(&[u8]) -> Verdict) -> Self {
        self.proof = Some(proof);
        self
    }
}

fn uuid(body: &[u8]) -> Verdict {
    shape(checksum::is_uuid(body))
}
fn langsmith(body: &[u8]) -> Verdict {
    shape(checksum::hex_groups(body, b'_', &[32, 10]))
}
fn pinecone(body: &[u8]) -> Verdict {
    let mut parts = body.split(|b| *b == b'_');
    let head = parts.next().is_some_and(|p| (5..=6).contains(&p.len()));
    shape(head && parts.next().is_some_and(|p| p.len() == 63) && parts.next().is_none())
}
fn sendgrid(body: &[u8]) -> Verdict {
    let mut parts = body.split(|b| *b == b'.');
    let head = parts.next().is_some_and(|p| p.len() == 22);
    shape(head && parts.next().is_some_and(|p| p.len() == 43) && parts.next().is_none())
}
fn slack(body: &[u8]) -> Verdict {
    let digits = body.iter().take_while(|b| b.is_ascii_digit()).count();
    shape(digits >= 1 && body.contains(&b'-'))
}
fn databricks(body: &[u8]) -> Verdict {
    let (hex, rest) = body.split_at_checked(32).unwrap_or((body, b""));
    let version = rest.is_empty() || matches!(rest, [b'-', d] if d.is_ascii_digit());
    shape(hex.len() == 32 && Hex.all(hex) && version)
}
fn sourcegraph(body: &[u8]) -> Verdict {
    let last = body.rsplit(|b| *b == b'_').next().unwrap_or(body);
    shape(last.len() == 40 && Hex.all(last))
}
/// Letters of both cases in no order: names in camel case have one capital in four letters or fewer.
fn mixed_letters(body: &[u8]) -> Verdict {
    let mix = crate::alphabet::Mix::of(body);
    let camel = mix.digit == 0 && mix.upper * 4 <= body.len();
    shape(mix.lower > 0 && mix.upper > 0 && !camel)
}
fn shape(holds: bool) -> Verdict {
    if holds { Verdict::Proven } else { Verdict::Refuted }
}

/// All formats with a prefix. Where one prefix begins another, both are tried and the surer match wins.
pub(crate) const FORMATS: &[Format] = &[
    // AI services.
    f(
        "anthropic-api-key",
        "anthropic",
        Ai,
        "sk-ant-api03-",
        Url,
        (95, 95),
    )
    .loose(60, 140)
    .proof(checksum::ends_aa),
    f("anthropic-api-key", "anthropic", Ai, "sk-ant-", Url, (0, 0)).loose(40, 160),
    f(
        "anthropic-admin-api-key",
        "anthropic",
        Ai,
        "sk-ant-admin01-",
        Url,
        (95, 95),
    )
    .loose(60, 140)
    .proof(checksum::ends_aa),
    f("openai-api-key", "openai", Ai, "sk-proj-", Url, (48, 156))
        .loose(40, 180)
        .proof(checksum::openai_marker),
    f("openai-api-key", "openai", Ai, "sk-svcacct-", Url, (48, 156))
        .loose(40, 180)
        .proof(checksum::openai_marker),
    f("openai-api-key", "openai", Ai, "sk-admin-", Url, (48, 156))
        .loose(40, 180)
        .proof(checksum::openai_marker),
    f("openai-api-key", "openai", Ai, "sk-", Alnum, (48, 48)).proof(checksum::openai_marker),
    f("openai-api-key", "openai", Ai, "sk-", Alnum, (48, 48))
        .loose(40, 64)
        .needs(&["openai", "gpt-", "chatgpt"]),
    f("stability-ai-api-key", "stability", Ai, "sk-", Alnum, (48, 48)).needs(&["stability", "dreamstudio"]),
    f("moonshot-api-key", "moonshot", Ai, "sk-", Alnum, (48, 48)).needs(&["moonshot", "kimi"]),
    f("deepseek-api-key", "deepseek", Ai, "sk-", Hex, (32, 32)).needs(&["deepseek"]),
    f("dashscope-api-key", "dashscope", Ai, "sk-", Hex, (32, 32)).needs(&["dashscope", "qwen", "bailian"]),
    f("minimax-api-key", "minimax", Ai, "sk-api-", Url, (119, 119)),
    f("openrouter-api-key", "openrouter", Ai, "sk-or-v1-", Hex, (64, 64)),
    f("openrouter-api-key", "openrouter", Ai, "sk-or-v", Url, (0, 0)).loose(24, 100),
    f("langfuse-secret-key", "langfuse", Ai, "sk-lf-", Url, (36, 36)).proof(uuid),
    f("cartesia-api-key", "cartesia", Ai, "sk_car_", Snake, (20, 24)),
    f("elevenlabs-api-key", "elevenlabs", Ai, "sk_", Hex, (48, 48)).needs(&[
        "elevenlabs",
        "eleven_labs",
        "xi-api-key",
        "xi_api_key",
    ]),
    f("apify-api-token", "apify", Ai, "apify_api_", Alnum, (34, 38)),
    f("cerebras-api-key", "cerebras", Ai, "csk-", Alnum, (48, 48)),
    f("bedrock-api-key", "bedrock", Ai, "ABSK", Base64, (109, 272)).proof(checksum::bedrock),
    f(
        "bedrock-api-key-short-lived",
        "bedrock",
        Ai,
        "bedrock-api-key-",
        Base64,
        (100, 4096),
    )
    .loose(28, 99),
    f("brave-search-api-key", "brave", Ai, "BSA", Url, (24, 40)).needs(&["brave"]),
    f("composio-api-key", "composio", Ai, "ak_", Url, (20, 20)).needs(&["composio"]),
    f("composio-api-key", "composio", Ai, "oak_", Url, (20, 20)).needs(&["composio"]),
    f("composio-api-key", "composio", Ai, "uak_", Url, (43, 43)).needs(&["composio"]),
    f("cursor-api-key", "cursor", Ai, "key_", Hex, (64, 64)).needs(&["cursor"]),
    f("databricks-api-token", "databricks", Ai, "dapi", Url, (32, 34)).proof(databricks),
    f("fireworks-api-key", "fireworks", Ai, "fw_", Alnum, (22, 40)).needs(&["fireworks"]),
    f("google-gemini-api-key", "google", Ai, "AQ.Ab8RN6", Url, (44, 44)).loose(36, 60),
    f("google-gemini-api-key", "google", Ai, "AIza", Url, (35, 35)).needs(&[
        "gemini",
        "generativelanguage",
        "generativeai",
        "google_api_key",
        "google-api-key",
        "palm",
        "genai",
    ]),
    f("google-api-key", "google", Cloud, "AIza", Url, (35, 35)),
    f("groq-api-key", "groq", Ai, "gsk_", Alnum, (52, 52)),
    f("groq-api-key", "groq", Ai, "gsk_", Alnum, (0, 0))
        .loose(44, 60)
        .needs(&["groq"]),
    f(
        "huggingface-access-token",
        "huggingface",
        Ai,
        "hf_",
        Alnum,
        (34, 34),
    )
    .proof(mixed_letters),
    f(
        "huggingface-organization-api-token",
        "huggingface",
        Ai,
        "api_org_",
        Alnum,
        (34, 34),
    )
    .proof(mixed_letters),
    f("jina-api-key", "jina", Ai, "jina_", Url, (60, 60)).loose(50, 70),
    f(
        "langsmith-personal-access-token",
        "langsmith",
        Ai,
        "lsv2_pt_",
        Snake,
        (43, 43),
    )
    .proof(langsmith),
    f(
        "langsmith-service-key",
        "langsmith",
        Ai,
        "lsv2_sk_",
        Snake,
        (43, 43),
    )
    .proof(langsmith),
    f("llama-cloud-api-key", "llamacloud", Ai, "llx-", Alnum, (44, 52)),
    f("mem0-api-key", "mem0", Ai, "m0-", Alnum, (24, 44)).needs(&["mem0"]),
    f("nvidia-api-key", "nvidia", Ai, "nvapi-", Url, (60, 70)),
    f("perplexity-api-key", "perplexity", Ai, "pplx-", Alnum, (48, 48)).loose(40, 60),
    f("pinecone-api-key", "pinecone", Ai, "pcsk_", Snake, (69, 70)).proof(pinecone),
    f("replicate-api-token", "replicate", Ai, "r8_", Alnum, (37, 37)),
    f("runpod-api-key", "runpod", Ai, "rpa_", Alnum, (46, 46)),
    f(
        "sourcegraph-access-token",
        "sourcegraph",
        Ai,
        "sgp_",
        Snake,
        (40, 62),
    )
    .proof(sourcegraph),
    f("tavily-api-key", "tavily", Ai, "tvly-", Alnum, (32, 32)),
    f("tavily-api-key", "tavily", Ai, "tvly-dev-", Url, (0, 0)).loose(28, 64),
    f("tavily-api-key", "tavily", Ai, "tvly-prod-", Url, (0, 0)).loose(28, 64),
    f("togetherai-api-key", "together", Ai, "tgp_v1_", Url, (43, 43)),
    f("vercel-ai-gateway-key", "vercel", Ai, "vck_", Url, (56, 56)),
    f("voyageai-api-key", "voyage", Ai, "pa-", Url, (43, 43)).needs(&["voyage"]),
    f("voyageai-api-key", "voyage", Ai, "al-", Url, (43, 43)).needs(&["voyage"]),
    f(
        "weights-and-biases-api-key",
        "wandb",
        Ai,
        "wandb_v1_",
        Snake,
        (77, 77),
    ),
    f("xai-api-key", "xai", Ai, "xai-", Url, (80, 80)).loose(70, 120),
    // Clouds. An access key id alone opens nothing; the scan raises it where its secret stands near.
    f("aws-access-key-id", "aws", Cloud, "AKIA", Base32, (16, 16)),
    f("aws-access-key-id", "aws", Cloud, "ASIA", Base32, (16, 16)),
    f(
        "google-oauth-client-secret",
        "google",
        Cloud,
        "GOCSPX-",
        Url,
        (28, 28),
    ),
    f(
        "google-oauth-access-token",
        "google",
        Cloud,
        "ya29.",
        Url,
        (80, 400),
    ),
    f(
        "digitalocean-token",
        "digitalocean",
        Cloud,
        "dop_v1_",
        Hex,
        (64, 64),
    ),
    f(
        "azure-storage-account-key",
        "azure",
        Cloud,
        "AccountKey=",
        Base64,
        (88, 88),
    ),
    f(
        "azure-shared-access-key",
        "azure",
        Cloud,
        "SharedAccessKey=",
        Base64,
        (44, 44),
    ),
    f(
        "terraform-cloud-token",
        "hashicorp",
        Cloud,
        "hvs.",
        Url,
        (90, 120),
    ),
    // Services.
    f("github-token", "github", Service, "ghp_", Alnum, (36, 36)).proof(checksum::crc32_base62),
    f("github-token", "github", Service, "gho_", Alnum, (36, 36)).proof(checksum::crc32_base62),
    f("github-token", "github", Service, "ghu_", Alnum, (36, 36)).proof(checksum::crc32_base62),
    f("github-token", "github", Service, "ghs_", Alnum, (36, 36)).proof(checksum::crc32_base62),
    f("github-token", "github", Service, "ghr_", Alnum, (36, 76)).proof(checksum::crc32_base62),
    f(
        "github-fine-grained-token",
        "github",
        Service,
        "github_pat_",
        Snake,
        (82, 82),
    ),
    f("gitlab-token", "gitlab", Service, "glpat-", Dotted, (20, 20)).loose(21, 60),
    f("npm-token", "npm", Service, "npm_", Alnum, (36, 36)).proof(checksum::crc32_base62),
    f(
        "pypi-token",
        "pypi",
        Service,
        "pypi-AgEIcHlwaS5vcmc",
        Url,
        (50, 300),
    ),
    f("docker-token", "docker", Service, "dckr_pat_", Url, (27, 27)),
    f("slack-token", "slack", Service, "xoxb-", Url, (30, 100)).proof(slack),
    f("slack-token", "slack", Service, "xoxp-", Url, (30, 100)).proof(slack),
    f("slack-token", "slack", Service, "xoxa-", Url, (30, 100)).proof(slack),
    f("slack-token", "slack", Service, "xoxs-", Url, (30, 100)).proof(slack),
    f("slack-app-token", "slack", Service, "xapp-", Url, (60, 120)).proof(slack),
    f(
        "slack-webhook",
        "slack",
        Service,
        "hooks.slack.com/services/",
        Base64,
        (40, 50),
    ),
    f("sendgrid-api-key", "sendgrid", Service, "SG.", Dotted, (66, 66)).proof(sendgrid),
    f(
        "stripe-secret-key",
        "stripe",
        Service,
        "sk_live_",
        Alnum,
        (24, 110),
    ),
    f(
        "stripe-secret-key",
        "stripe",
        Service,
        "rk_live_",
        Alnum,
        (24, 110),
    ),
    f("linear-api-key", "linear", Service, "lin_api_", Alnum, (40, 40)),
    f("notion-token", "notion", Service, "ntn_", Alnum, (46, 46)),
];
