//! Makes keys, the places they stand in, and texts without keys. Shares no code with the detectors.

/// A small deterministic generator (xorshift64*).
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }
    pub(crate) fn of(&mut self, alphabet: &str, n: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..n)
            .map(|_| letters.get(self.below(letters.len())).copied().unwrap_or('x'))
            .collect()
    }
}

pub(crate) const HEX: &str = "0123456789abcdef";
pub(crate) const ALNUM: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(crate) const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(crate) const URL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
pub(crate) const B64: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
pub(crate) const B32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(crate) struct Key {
    pub(crate) detector: &'static str,
    pub(crate) value: String,
    /// A text around it that the format needs; empty for keys that speak for themselves.
    pub(crate) around: &'static [&'static str],
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, b| {
        (0..8).fold(crc ^ u32::from(*b), |c, _| {
            if c & 1 == 1 { c >> 1 ^ 0xEDB8_8320 } else { c >> 1 }
        })
    })
}

fn with_checksum(rng: &mut Rng, prefix: &str) -> String {
    let body = rng.of(ALNUM, 30);
    let mut n = crc32(body.as_bytes());
    let mut sum = Vec::new();
    for _ in 0..6 {
        sum.push(ALNUM.chars().nth((n % 62) as usize).unwrap_or('0'));
        n /= 62;
    }
    let sum: String = sum.into_iter().rev().collect();
    format!("{prefix}{body}{sum}")
}

fn uuid(rng: &mut Rng) -> String {
    [8, 4, 4, 4, 12].map(|n| rng.of(HEX, n)).join("-")
}

fn pem(rng: &mut Rng) -> String {
    let lines: Vec<String> = (0..12).map(|_| rng.of(B64, 64)).collect();
    format!("-----BEGIN {} KEY-----\n{}\n", "PRIVATE", lines.join("\n"))
}

fn jwt(rng: &mut Rng) -> String {
    format!(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhYmMiLCJyb2xlIjoieCJ9.{}",
        rng.of(URL, 43)
    )
}

/// One key of every format, several where a vendor has several forms.
pub(crate) fn keys(rng: &mut Rng) -> Vec<Key> {
    let mut all: Vec<Key> = Vec::new();
    let mut add = |detector: &'static str, value: String, around: &'static [&'static str]| {
        all.push(Key {
            detector,
            value,
            around,
        })
    };
    add(
        "anthropic-api-key",
        format!("sk-ant-api03-{}AA", rng.of(URL, 93)),
        &[],
    );
    add(
        "anthropic-api-key",
        format!("sk-ant-oat01-{}", rng.of(URL, 86)),
        &[],
    );
    add(
        "anthropic-admin-api-key",
        format!("sk-ant-admin01-{}AA", rng.of(URL, 93)),
        &[],
    );
    for n in [74, 58, 20] {
        add(
            "openai-api-key",
            format!("sk-proj-{}T3BlbkFJ{}", rng.of(URL, n), rng.of(URL, n)),
            &[],
        );
    }
    add(
        "openai-api-key",
        format!("sk-svcacct-{}T3BlbkFJ{}", rng.of(URL, 74), rng.of(URL, 74)),
        &[],
    );
    add(
        "openai-api-key",
        format!("sk-{}T3BlbkFJ{}", rng.of(ALNUM, 20), rng.of(ALNUM, 20)),
        &[],
    );
    add(
        "openai-api-key",
        format!("sk-{}", rng.of(ALNUM, 48)),
        &[
            "OPENAI_API_KEY={}",
            "from openai import OpenAI\nclient = OpenAI(api_key=\"{}\")",
        ],
    );
    add(
        "stability-ai-api-key",
        format!("sk-{}", rng.of(ALNUM, 48)),
        &["STABILITY_API_KEY={}"],
    );
    add(
        "moonshot-api-key",
        format!("sk-{}", rng.of(ALNUM, 48)),
        &["MOONSHOT_API_KEY={}"],
    );
    add(
        "deepseek-api-key",
        format!("sk-{}", rng.of(HEX, 32)),
        &[
            "DEEPSEEK_API_KEY={}",
            "client = OpenAI(base_url=\"https://api.deepseek.com\", api_key='{}')",
        ],
    );
    add(
        "dashscope-api-key",
        format!("sk-{}", rng.of(HEX, 32)),
        &["DASHSCOPE_API_KEY: {}"],
    );
    add("minimax-api-key", format!("sk-api-{}", rng.of(URL, 119)), &[]);
    add("openrouter-api-key", format!("sk-or-v1-{}", rng.of(HEX, 64)), &[]);
    add("langfuse-secret-key", format!("sk-lf-{}", uuid(rng)), &[]);
    add("cartesia-api-key", format!("sk_car_{}", rng.of(ALNUM, 20)), &[]);
    add(
        "elevenlabs-api-key",
        format!("sk_{}", rng.of(HEX, 48)),
        &["ELEVENLABS_API_KEY={}", "headers = {\"xi-api-key\": \"{}\"}"],
    );
    add("apify-api-token", format!("apify_api_{}", rng.of(ALNUM, 36)), &[]);
    add(
        "cerebras-api-key",
        format!("csk-{}", rng.of("0123456789abcdefghijklmnopqrstuvwxyz", 48)),
        &[],
    );
    add(
        "bedrock-api-key",
        format!("ABSKQmVkcm9ja0FQSUtleS{}", rng.of(ALNUM, 110)),
        &[],
    );
    add(
        "bedrock-api-key-short-lived",
        format!(
            "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t{}",
            rng.of(ALNUM, 400)
        ),
        &[],
    );
    add(
        "brave-search-api-key",
        format!("BSA{}", rng.of(URL, 27)),
        &["BRAVE_API_KEY={}"],
    );
    add(
        "composio-api-key",
        format!("ak_{}", rng.of(URL, 20)),
        &["COMPOSIO_API_KEY={}"],
    );
    add(
        "cursor-api-key",
        format!("key_{}", rng.of(HEX, 64)),
        &["CURSOR_API_KEY={}"],
    );
    add("databricks-api-token", format!("dapi{}", rng.of(HEX, 32)), &[]);
    add(
        "fireworks-api-key",
        format!("fw_{}", rng.of(ALNUM, 24)),
        &["FIREWORKS_API_KEY={}"],
    );
    add(
        "google-gemini-api-key",
        format!("AQ.Ab8RN6{}", rng.of(URL, 44)),
        &[],
    );
    add(
        "google-gemini-api-key",
        format!("AIza{}", rng.of(URL, 35)),
        &["GEMINI_API_KEY={}", "genai.configure(api_key=\"{}\")"],
    );
    add(
        "google-api-key",
        format!("AIza{}", rng.of(URL, 35)),
        &["const maps = \"{}\";"],
    );
    add("groq-api-key", format!("gsk_{}", rng.of(ALNUM, 52)), &[]);
    add(
        "huggingface-access-token",
        format!("hf_{}", rng.of(LETTERS, 34)),
        &[],
    );
    add(
        "huggingface-organization-api-token",
        format!("api_org_{}", rng.of(LETTERS, 34)),
        &[],
    );
    add("jina-api-key", format!("jina_{}", rng.of(URL, 60)), &[]);
    add(
        "langsmith-personal-access-token",
        format!("lsv2_pt_{}_{}", rng.of(HEX, 32), rng.of(HEX, 10)),
        &[],
    );
    add(
        "langsmith-service-key",
        format!("lsv2_sk_{}_{}", rng.of(HEX, 32), rng.of(HEX, 10)),
        &[],
    );
    add("llama-cloud-api-key", format!("llx-{}", rng.of(ALNUM, 48)), &[]);
    add(
        "mem0-api-key",
        format!("m0-{}", rng.of(ALNUM, 40)),
        &["MEM0_API_KEY={}"],
    );
    add("nvidia-api-key", format!("nvapi-{}", rng.of(URL, 64)), &[]);
    add("perplexity-api-key", format!("pplx-{}", rng.of(ALNUM, 48)), &[]);
    add(
        "pinecone-api-key",
        format!("pcsk_{}_{}", rng.of(ALNUM, 6), rng.of(ALNUM, 63)),
        &[],
    );
    add(
        "pinecone-api-key",
        uuid(rng),
        &["PINECONE_API_KEY={}", "pc = Pinecone(api_key=\"{}\")"],
    );
    add("replicate-api-token", format!("r8_{}", rng.of(ALNUM, 37)), &[]);
    add(
        "runpod-api-key",
        format!(
            "rpa_{}{}",
            rng.of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 40),
            rng.of(ALNUM, 6)
        ),
        &[],
    );
    add(
        "sourcegraph-access-token",
        format!("sgp_{}", rng.of(HEX, 40)),
        &[],
    );
    add(
        "sourcegraph-access-token",
        format!("sgp_{}_{}", rng.of(HEX, 16), rng.of(HEX, 40)),
        &[],
    );
    add("tavily-api-key", format!("tvly-{}", rng.of(ALNUM, 32)), &[]);
    add("tavily-api-key", format!("tvly-dev-{}", rng.of(ALNUM, 32)), &[]);
    add("togetherai-api-key", format!("tgp_v1_{}", rng.of(URL, 43)), &[]);
    add("togetherai-api-key", rng.of(HEX, 64), &["TOGETHER_API_KEY={}"]);
    add("vercel-ai-gateway-key", format!("vck_{}", rng.of(URL, 56)), &[]);
    add(
        "voyageai-api-key",
        format!("pa-{}", rng.of(URL, 43)),
        &["VOYAGE_API_KEY={}"],
    );
    add(
        "weights-and-biases-api-key",
        format!("wandb_v1_{}", rng.of(URL, 77)),
        &[],
    );
    add(
        "weights-and-biases-api-key",
        rng.of(HEX, 40),
        &["WANDB_API_KEY={}", "wandb login {}", "wandb.login(key=\"{}\")"],
    );
    add("xai-api-key", format!("xai-{}", rng.of(ALNUM, 80)), &[]);
    add(
        "azure-openai-key",
        rng.of(HEX, 32),
        &[
            "AZURE_OPENAI_API_KEY={}",
            "endpoint = \"https://acme.openai.azure.com/\"\napi_key = \"{}\"",
            "client = AzureOpenAI(azure_endpoint='https://acme.openai.azure.com', api_key='{}')",
        ],
    );
    add(
        "azure-openai-key",
        format!(
            "{}JQQJ99{}ACOG{}",
            rng.of(ALNUM, 52),
            rng.of(ALNUM, 18),
            rng.of(ALNUM, 4)
        ),
        &["AZURE_OPENAI_KEY=\"{}\""],
    );
    add(
        "azure-ai-services-key",
        rng.of(HEX, 32),
        &[
            "AZURE_AI_KEY={}",
            "host: acme.cognitiveservices.azure.com\nOcp-Apim-Subscription-Key: {}",
        ],
    );
    add(
        "azure-ai-search-key",
        format!("{}AzSe{}", rng.of(ALNUM, 42), rng.of(ALNUM, 6)),
        &[
            "AZURE_SEARCH_KEY={}",
            "https://acme.search.windows.net\nadmin_key: {}",
        ],
    );
    add("assemblyai-api-key", rng.of(HEX, 32), &["ASSEMBLYAI_API_KEY={}"]);
    add(
        "cohere-api-token",
        rng.of(ALNUM, 40),
        &[
            "COHERE_API_KEY={}",
            "co = cohere.Client(\"{}\")",
            "CO_API_KEY: {}",
        ],
    );
    add("deepgram-api-key", rng.of(HEX, 40), &["DEEPGRAM_API_KEY={}"]);
    add(
        "fal-api-key",
        format!("{}:{}", uuid(rng), rng.of(HEX, 32)),
        &["FAL_KEY=\"{}\""],
    );
    add(
        "mistral-api-key",
        rng.of(ALNUM, 32),
        &["MISTRAL_API_KEY={}", "client = Mistral(api_key=\"{}\")"],
    );
    add(
        "ollama-api-key",
        format!("{}.{}", rng.of(HEX, 32), rng.of(ALNUM, 24)),
        &["OLLAMA_API_KEY={}"],
    );
    add("qdrant-api-key", rng.of(URL, 54), &["QDRANT_API_KEY={}"]);
    add("weaviate-api-key", rng.of(ALNUM, 36), &["WEAVIATE_API_KEY={}"]);
    add(
        "zhipu-api-key",
        format!("{}.{}", rng.of(HEX, 32), rng.of(ALNUM, 16)),
        &["ZHIPUAI_API_KEY={}"],
    );
    // Clouds.
    add(
        "aws-access-key-id",
        format!("AKIA{}", rng.of(B32, 16)),
        &["aws_access_key_id = {}\n", "access_key = \"{}\""],
    );
    add(
        "aws-secret-access-key",
        format!("{}Az3", rng.of(B64, 37)),
        &[
            "aws_secret_access_key = {}\n",
            "AWS_SECRET_ACCESS_KEY: \"{}\"",
            "AKIAZ7QWERTYU4HJKLPA,{}\n",
        ],
    );
    add(
        "google-oauth-client-secret",
        format!("GOCSPX-{}", rng.of(URL, 28)),
        &[],
    );
    add(
        "google-oauth-access-token",
        format!("ya29.{}", rng.of(URL, 180)),
        &[],
    );
    add(
        "gcp-service-account-key",
        pem(rng),
        &[
            "{\"type\": \"service_account\", \"private_key_id\": \"1\", \"private_key\": \"{}-----END PRIVATE KEY-----\"}",
        ],
    );
    add("digitalocean-token", format!("dop_v1_{}", rng.of(HEX, 64)), &[]);
    add(
        "azure-storage-account-key",
        format!("{}==", rng.of(B64, 86)),
        &["DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={};EndpointSuffix=core.windows.net"],
    );
    add(
        "azure-shared-access-key",
        format!("{}=", rng.of(B64, 43)),
        &["Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=R;SharedAccessKey={}"],
    );
    add(
        "azure-sas-signature",
        format!("{}%3D", rng.of(ALNUM, 43)),
        &["https://a.blob.core.windows.net/c?sv=2022-11-02&se=2030-01-01&sr=c&sp=r&sig={}"],
    );
    add(
        "azure-client-secret",
        format!("{}8Q~{}", rng.of(ALNUM, 3), rng.of(URL, 34)),
        &[],
    );
    add("terraform-cloud-token", format!("hvs.{}", rng.of(URL, 95)), &[]);
    // Services.
    for prefix in ["ghp_", "gho_", "ghs_"] {
        add("github-token", with_checksum(rng, prefix), &[]);
    }
    add(
        "github-fine-grained-token",
        format!("github_pat_{}_{}", rng.of(ALNUM, 22), rng.of(ALNUM, 59)),
        &[],
    );
    add("gitlab-token", format!("glpat-{}", rng.of(URL, 20)), &[]);
    add("npm-token", with_checksum(rng, "npm_"), &[]);
    add(
        "pypi-token",
        format!("pypi-AgEIcHlwaS5vcmc{}", rng.of(URL, 150)),
        &[],
    );
    add("docker-token", format!("dckr_pat_{}", rng.of(URL, 27)), &[]);
    add(
        "slack-token",
        format!(
            "xoxb-{}-{}-{}",
            rng.of("123456789", 12),
            rng.of("123456789", 12),
            rng.of(ALNUM, 24)
        ),
        &[],
    );
    add(
        "slack-app-token",
        format!(
            "xapp-1-A{}-{}-{}",
            rng.of(ALNUM, 10),
            rng.of("123456789", 13),
            rng.of(HEX, 64)
        ),
        &[],
    );
    add(
        "slack-webhook",
        format!(
            "T{}/B{}/{}",
            rng.of(ALNUM, 8),
            rng.of(ALNUM, 10),
            rng.of(ALNUM, 24)
        ),
        &["https://hooks.slack.com/services/{}"],
    );
    add(
        "sendgrid-api-key",
        format!("SG.{}.{}", rng.of(URL, 22), rng.of(URL, 43)),
        &[],
    );
    add("stripe-secret-key", format!("sk_live_{}", rng.of(ALNUM, 24)), &[]);
    add("linear-api-key", format!("lin_api_{}", rng.of(ALNUM, 40)), &[]);
    add("notion-token", format!("ntn_{}", rng.of(ALNUM, 46)), &[]);
    add("twilio-auth-token", rng.of(HEX, 32), &["TWILIO_AUTH_TOKEN={}"]);
    add("private-key", pem(rng), &["{}-----END PRIVATE KEY-----\n"]);
    add("json-web-token", jwt(rng), &[]);
    add(
        "database-url-password",
        rng.of(ALNUM, 18),
        &[
            "DATABASE_URL=postgresql+asyncpg://app:{}@db.acme.internal:5432/x",
            "mongodb+srv://app:{}@cluster0.acme.net/x",
        ],
    );
    all
}

/// The ways a key is written down.
pub(crate) fn wrappings(key: &Key) -> Vec<&'static str> {
    if !key.around.is_empty() {
        return key.around.to_vec();
    }
    vec![
        "X_KEY={}\n",
        "os.environ[\"X\"] = \"{}\"",
        "{\"cells\": [{\"source\": [\"os.environ[\\\"X\\\"] = \\\"{}\\\"\\n\"]}]}",
        "- name: X\n  value: {}\n",
        "curl -H 'Authorization: Bearer {}' https://api",
        "https://api/?key={}&x=1",
    ]
}

const WORDS: &[&str] = &[
    "token", "key", "model", "secret", "cohere", "mistral", "wandb", "pinecone", "openai", "azure", "config",
    "value", "factory", "client", "fading", "circle", "chart", "handler", "provider", "session",
];

/// Texts that look like keys and are none.
pub(crate) fn negatives(rng: &mut Rng) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for _ in 0..20 {
        let word = |rng: &mut Rng| WORDS.get(rng.below(WORDS.len())).copied().unwrap_or("key");
        let (a, b, c) = (word(rng), word(rng), word(rng));
        all.extend([
            format!("commit {}", rng.of(HEX, 40)),
            format!("sha256:{}", rng.of(HEX, 64)),
            format!("\"integrity\": \"sha512-{}==\"", rng.of(B64, 86)),
            format!("id: {}", uuid(rng)),
            format!("md5 = \"{}\"", rng.of(HEX, 32)),
            format!("data:image/png;base64,iVBORw0KGgo{}", rng.of(B64, 300)),
            format!("<div class=\"sk-{a}-{b} sk-circle{} sk-child\">", rng.below(12)),
            format!(".sk-{a}-{b}-{c} {{ animation-delay: -1s }}"),
            format!("hf_{a}_{b}_{c} = load()"),
            format!("function {}(e,t){{return e.{}Key[t]}}", rng.of(LETTERS, 6), rng.of(LETTERS, 3)),
            format!("OPENAI_API_KEY=sk-{}", "x".repeat(48)),
            "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE".to_owned(),
            "ANTHROPIC_API_KEY=your-anthropic-api-key-here".to_owned(),
            format!("api_key = os.getenv(\"{}_API_KEY\")", a.to_uppercase()),
            format!("COHERE_API_KEY: ${{{}_KEY}}", b.to_uppercase()),
            format!("git+https://github.com/a/{b}@{}#egg=cohere", rng.of(HEX, 40)),
            format!("wandb: run {} synced", rng.of(HEX, 8)),
            format!("mistral_{a}_sha = \"{}\"", rng.of(HEX, 40)),
            format!("max_tokens: {}\ntokenizer: {a}/{b}-{c}", rng.below(9999)),
            format!("primary_key={}\npartition_key = \"{a}_{b}\"", rng.below(999_999)),
            format!("pip install {a}=={}.{}.{} --hash=sha256:{}", rng.below(9), rng.below(9), rng.below(9), rng.of(HEX, 64)),
            format!("\"etag\": \"{}\", \"pinecone_index\": \"{a}-{b}\"", rng.of(HEX, 32)),
            format!("uses: actions/checkout@{}", rng.of(HEX, 40)),
            format!("ghp_{}", "X".repeat(36)),
            format!("postgresql://{a}:password@localhost:5432/{b}"),
            format!("https://{a}.example.com/path:{}@x", rng.below(99)),
            format!("FROM {a}/{b}@sha256:{}", rng.of(HEX, 64)),
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----".to_owned(),
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", rng.of(B64, 64)),
            format!("pa-{a}-{b}-{c}-{a}-{b}-{c}-voyage"),
            format!("m0-{a}: mem0 release {}", rng.below(99)),
            format!("window.__NEXT_DATA__={{\"buildId\":\"{}\"}}", rng.of(URL, 21)),
            format!("subscription_id = \"{}\"  # azure openai", uuid(rng)),
            format!("AIzaSy{}", "x".repeat(33)),
            format!("eyJ{}", rng.of(ALNUM, 60)),
        ]);
    }
    all
}
