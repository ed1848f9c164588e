//! What the reader emits, and that nothing it saw survives redaction.

use aispm_collect::{Budgets, ReadContext, VirtualFile};
use aispm_detect::Redactor;
use aispm_types::{
    Asset, AssetKind, Batch, Fact, FactKind, Location, Properties, Relation, RelationKind, Value, schema,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn read(files: &[(&str, &str)]) -> Batch {
    let cx = ReadContext {
        target: "t".into(),
        repository: "acme/chat".into(),
        budgets: Budgets::default(),
    };
    let mut out = Batch::default();
    for (path, text) in files {
        let file = VirtualFile::memory(*path, text.as_bytes());
        for reader in aispm_secrets::readers(b"salt") {
            if reader.wants(&file) {
                reader.read(&file, &cx, &mut out);
            }
        }
    }
    assert_eq!(schema::batch_departures(&out), Vec::<String>::new());
    out
}

/// Deterministic letters and digits.
fn made(seed: usize, length: usize) -> String {
    let letters = b"aB3dE5gH7jK9mN2pQ4sT6vW8yZ1cX0fR";
    let mut state = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            letters
                .get((state >> 40) as usize % letters.len())
                .map_or('x', |b| char::from(*b))
        })
        .collect()
}

fn hex(seed: usize, length: usize) -> String {
    let mut state = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(7);
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from_digit((state >> 40) as u32 % 16, 16).unwrap_or('0')
        })
        .collect()
}

fn summary(batch: &Batch) -> Vec<String> {
    batch
        .facts
        .iter()
        .map(|f| {
            let at = f.location.as_ref().map(ToString::to_string).unwrap_or_default();
            let word = |p: &str| f.text(p).unwrap_or("").to_owned();
            format!("{at} {} {} {}", word("detector"), word("kind"), word("preview"))
        })
        .collect()
}

#[test]
fn one_key_in_many_files_is_one_asset_with_many_sightings() {
    let key = format!("hf_{}", "aBcDfGhJkLmNpQrStVwXzYbTdRfWgHjKlMq".get(..34).unwrap());
    let batch = read(&[
        (".env", &format!("A=1\nHF_TOKEN={key}\n")),
        ("src/app.py", &format!("\n\nlogin(token=\"{key}\")\n")),
        (
            "nb.ipynb",
            &format!(
                "{{\"cells\": [{{\"outputs\": [{{\"text\": \"{key}\"}}],\n \"source\": [\"login('{key}')\"]}}]}}"
            ),
        ),
        ("package-lock.json", &format!("{{\"x\": \"{key}\"}}")),
        ("tests/test_a.py", &format!("x = '{key}'")),
    ]);
    assert_eq!(
        summary(&batch),
        [
            ".env:2 huggingface-access-token env-file hf_…[redacted 37]",
            "src/app.py:3 huggingface-access-token source hf_…[redacted 37]",
            "nb.ipynb:1 huggingface-access-token notebook-output hf_…[redacted 37]",
            "nb.ipynb:2 huggingface-access-token notebook-code hf_…[redacted 37]",
            "tests/test_a.py:1 huggingface-access-token source hf_…[redacted 37]",
        ]
    );
    let mut ids: Vec<_> = batch.assets.iter().map(|a| a.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 2, "{ids:?}");
    let holders: Vec<_> = batch
        .relations
        .iter()
        .filter(|r| r.kind == RelationKind::HoldsSecret)
        .map(|r| r.from.as_str())
        .collect();
    assert_eq!(holders[0], "repository:acme/chat");
    assert_eq!(holders[2], "notebook:acme/chat/nb.ipynb");
    assert!(
        batch
            .relations
            .iter()
            .any(|r| r.kind == RelationKind::Unlocks && r.to.as_str() == "account:huggingface")
    );
    let tests: Vec<_> = batch
        .facts
        .iter()
        .map(|f| f.properties.get("test_code").and_then(Value::as_bool))
        .collect();
    assert_eq!(
        tests,
        [Some(false), Some(false), Some(false), Some(false), Some(true)]
    );
}

#[test]
fn an_azure_key_opens_the_account_whose_host_stands_near() {
    let key = hex(3, 32);
    let batch = read(&[(
        "c.yaml",
        &format!("endpoint: https://Acme.openai.azure.com/\napi_key: {key}\n"),
    )]);
    assert!(
        batch
            .assets
            .iter()
            .any(|a| a.id.as_str() == "account:azure-openai/acme.openai.azure.com")
    );
}

#[test]
fn kubernetes_secrets_are_decoded() {
    let key = format!("gsk_{}", made(5, 52));
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ndata:\n  GROQ_API_KEY: {}\n  DB_PASSWORD: {}\n",
        STANDARD.encode(&key),
        STANDARD.encode("hunter2x"),
    );
    let batch = read(&[("k8s/secret.yaml", &text)]);
    assert_eq!(
        summary(&batch)[0],
        "k8s/secret.yaml:6 groq-api-key kubernetes gsk_…[redacted 56]"
    );
    assert!(batch.secrets.iter().any(|s| s.reveal() == "hunter2x"));
}

#[test]
fn what_is_too_large_is_a_gap() {
    let batch = read(&[("big.txt", &"x ".repeat(5 << 20))]);
    assert_eq!(batch.gaps.len(), 1);
}

/// Secrets of many kinds, each with the file it stands in.
fn planted() -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for i in 0..10 {
        let mut add = |path: &str, secret: String, around: &str| {
            all.push((format!("{i}/{path}"), around.replace("{}", &secret), secret));
        };
        add(
            "a.env",
            format!("sk-ant-api03-{}AA", made(i + 1, 93)),
            "ANTHROPIC_API_KEY={}\n",
        );
        add(
            "b.py",
            format!("sk-proj-{}T3BlbkFJ{}", made(i + 20, 74), made(i + 40, 74)),
            "client = OpenAI(api_key=\"{}\")\n",
        );
        add("c.ts", format!("hf_{}", made(i + 60, 34)), "const t = '{}';\n");
        add(
            "d.json",
            format!("gsk_{}", made(i + 80, 52)),
            "{\"groq\": \"{}\"}\n",
        );
        add("e.tf", made(i + 100, 20), "password = \"{}\"\n");
        add("f.env", made(i + 120, 14), "DB_PASSWORD={}\n");
        add(
            "g.yaml",
            format!("{}!{}", made(i + 140, 6), made(i + 160, 6)),
            "database:\n  password: \"{}\"\n",
        );
        add("h.json", made(i + 180, 24), "{\"client_secret\": \"{}\"}\n");
        add(
            "i.ipynb",
            made(i + 200, 22),
            "{\"cells\": [{\"source\": [\"token = \\\"{}\\\"\\n\"]}]}\n",
        );
        add(
            "j.py",
            made(i + 220, 15),
            "url = \"postgresql://app:{}@db:5432/x\"\n",
        );
        add(
            "k.ini",
            made(i + 240, 16),
            "conn = Server=db;User Id=sa;Password={};Encrypt=true\n",
        );
        add(
            "l.sh",
            made(i + 260, 18),
            "curl https://bot:{}@git.acme.internal/x\n",
        );
        add(
            "m.pem",
            format!(
                "-----BEGIN {} KEY-----\n{}\n{}\n{}\n",
                "PRIVATE",
                made(i + 280, 64),
                made(i + 300, 64),
                made(i + 320, 64)
            ),
            "{}-----END PRIVATE KEY-----\n",
        );
        add(
            "n.cfg",
            format!("{}Az3", made(i + 340, 37)),
            "aws_secret_access_key = {}\n",
        );
        add(
            "o.py",
            hex(i + 360, 32),
            "os.environ['AZURE_OPENAI_API_KEY'] = '{}'\n",
        );
        add(
            "p.yaml",
            made(i + 380, 40),
            "env:\n  - name: COHERE_API_KEY\n    value: {}\n",
        );
        add(
            "q.xml",
            made(i + 400, 19),
            "<config><password>{}</password></config>\n",
        );
        add(
            "r.tfvars",
            format!("{}8Q~{}", made(i + 420, 3), made(i + 440, 34)),
            "client_secret = \"{}\"\n",
        );
        add(
            "s.cs",
            format!("{}==", made(i + 460, 86)),
            "var c = \"AccountName=a;AccountKey={};EndpointSuffix=core.windows.net\";\n",
        );
        add(
            "t.log",
            format!("xoxb-{}-{}", 123_456_789_012u64 + i as u64, made(i + 480, 24)),
            "posting with {}\n",
        );
        add(
            "u.md",
            format!("p@ss/{}&{}", made(i + 500, 5), made(i + 520, 5)),
            "api_key: '{}'\n",
        );
    }
    all
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[test]
fn no_planted_secret_survives_redaction() {
    let planted = planted();
    assert!(planted.len() >= 200);
    let files: Vec<(&str, &str)> = planted.iter().map(|(p, t, _)| (p.as_str(), t.as_str())).collect();
    let mut batch = read(&files);
    let secrets = std::mem::take(&mut batch.secrets);
    for (i, (path, text, secret)) in planted.iter().enumerate() {
        let forms = [
            secret.clone(),
            STANDARD.encode(secret),
            STANDARD.encode(format!("x{secret}y")),
            STANDARD.encode(format!("xy{secret}z")),
            percent(secret),
            serde_like_json(secret),
        ];
        for form in &forms {
            let asset = batch.asset(
                Asset::new(
                    AssetKind::Agent,
                    format!("acme/{i}#{form}"),
                    format!("agent {form}"),
                )
                .at(Location::file("t", format!("{path}-{form}")))
                .with("note", format!("calls with {form} inside"))
                .with("list", vec![form.clone(), text.clone()])
                .with(
                    "map",
                    Value::Map(Properties::from([(form.clone(), Value::unknown(form.clone()))])),
                ),
            );
            batch.relation(Relation::new(&asset, RelationKind::Uses, &asset).possible(format!("if {form}")));
            batch.fact(Fact::new(FactKind::TaintTrace, &asset).with("callee", form.as_str()));
            batch.gap(path.as_str(), format!("cannot read {form}"));
        }
    }
    assert_eq!(
        shown(&batch, &planted).len(),
        planted.len(),
        "the test itself can fail"
    );
    Redactor::new(&secrets).batch(&mut batch);
    for r in batch.relations.iter().filter(|r| r.kind == RelationKind::Uses) {
        assert!(
            batch.assets.iter().any(|a| a.id == r.from),
            "relations still meet"
        );
    }
    assert_eq!(
        shown(&batch, &planted),
        Vec::<&str>::new(),
        "secrets of these files are still shown"
    );
}

/// Files whose secret a batch still shows in some form.
fn shown<'p>(batch: &Batch, planted: &'p [(String, String, String)]) -> Vec<&'p str> {
    let written = format!("{batch:?}");
    planted
        .iter()
        .filter(|(_, _, s)| {
            let line = s.lines().find(|l| !l.starts_with("-----")).unwrap_or(s);
            let forms = [
                s.clone(),
                line.to_owned(),
                STANDARD.encode(s),
                STANDARD.encode(format!("x{s}y")),
                STANDARD.encode(format!("xy{s}z")),
                percent(s),
            ];
            forms.iter().any(|f| written.contains(f.as_str()))
        })
        .map(|(p, ..)| p.as_str())
        .collect()
}

fn serde_like_json(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
