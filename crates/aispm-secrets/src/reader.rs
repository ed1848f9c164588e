//! The reader.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary, is_test_path};
use aispm_detect::{Class, KeyMatch, encoded, is_certain_example, is_template, preview, scan};
use aispm_types::{
    Asset, AssetId, AssetKind, Batch, Confidence, Fact, FactKind, Fingerprint, Relation, RelationKind,
    Sensitive,
};

use crate::kind;
use crate::kubernetes;
use crate::lines::Lines;

/// Most sightings emitted of one file; a data set of keys must not become a graph of keys.
const SIGHTINGS: usize = 200;
/// Most secret values of one file handed to the redaction.
const VALUES: usize = 5_000;

/// Lockfiles: nothing but names, versions and digests, and very many of them.
const LOCKFILES: &[&str] = &[
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pipfile.lock",
    "cargo.lock",
    "composer.lock",
    "gemfile.lock",
    "go.sum",
    "packages.lock.json",
    ".terraform.lock.hcl",
    "flake.lock",
];

/// Searches text files for credentials.
#[derive(Clone)]
pub struct SecretReader {
    key: Vec<u8>,
}

impl std::fmt::Debug for SecretReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretReader")
    }
}

impl SecretReader {
    /// A reader whose fingerprints are keyed with `fingerprint_key`.
    pub fn new(fingerprint_key: &[u8]) -> Self {
        Self {
            key: fingerprint_key.to_vec(),
        }
    }
}

impl Reader for SecretReader {
    fn name(&self) -> &'static str {
        "secrets"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        let name = file.name().to_ascii_lowercase();
        !file.source.is_empty() && !is_binary(&file.head) && !LOCKFILES.contains(&name.as_str())
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let limit = cx.budgets.text_file;
        let Some(text) = file.source.bytes().filter(|b| b.len() as u64 <= limit) else {
            out.gap(
                &file.path,
                format!("not searched for keys: larger than the text file budget of {limit} bytes"),
            );
            return None;
        };
        let mut sink = FileSink::new(self, file, cx, text, out);
        for m in scan(text) {
            let value = m.value(text).to_owned();
            sink.add(&m, &value, m.range.start);
        }
        for (name, place, value) in kubernetes::secret_values(file, text) {
            // Read as the assignment it stands for, so that the name counts.
            let line = format!("{name}=\"{value}\"");
            for m in scan(line.as_bytes()) {
                sink.add(&m, m.value(line.as_bytes()), place);
            }
            sink.remember(&value);
        }
        for token in encoded(text) {
            for m in scan(&token.inner) {
                let value = m.value(&token.inner).to_owned();
                sink.add(&m, &value, token.range.start);
            }
        }
        sink.finish();
        None
    }
}

/// What one file emits into.
struct FileSink<'a> {
    reader: &'a SecretReader,
    file: &'a VirtualFile,
    cx: &'a ReadContext,
    text: &'a [u8],
    lines: Lines<'a>,
    out: &'a mut Batch,
    sightings: usize,
    values: usize,
}

impl<'a> FileSink<'a> {
    fn new(
        reader: &'a SecretReader,
        file: &'a VirtualFile,
        cx: &'a ReadContext,
        text: &'a [u8],
        out: &'a mut Batch,
    ) -> Self {
        Self {
            reader,
            file,
            cx,
            text,
            lines: Lines::new(text),
            out,
            sightings: 0,
            values: 0,
        }
    }

    fn add(&mut self, m: &KeyMatch, value: &str, place: usize) {
        if value.is_empty() || is_template(value) {
            return;
        }
        self.remember(value);
        // What is nobody's secret belongs in no inventory of secrets.
        if m.class == Class::Generic || (m.placeholder && is_certain_example(value)) {
            return;
        }
        self.sightings += 1;
        if self.sightings <= SIGHTINGS {
            self.sighting(m, value, place);
        }
    }

    /// Hands a value to the redaction.
    fn remember(&mut self, value: &str) {
        self.values += 1;
        if self.values <= VALUES {
            self.out.secret(Sensitive::new(value));
        }
    }

    fn sighting(&mut self, m: &KeyMatch, value: &str, place: usize) {
        let fingerprint = Fingerprint::new(&self.reader.key, value.as_bytes()).0;
        let preview = preview(value);
        let at = self.cx.at(&self.file.path, self.lines.of(place));
        let test_code = is_test_path(&self.file.path);
        let mut asset = Asset::new(
            AssetKind::Secret,
            format!("{}/{fingerprint}", m.detector),
            format!("{} {preview}", m.detector),
        )
        .at(at.clone())
        .with("detector", m.detector)
        .with("fingerprint", fingerprint.as_str())
        .with("preview", preview.as_str())
        .with("ai", m.ai)
        .with("verified_structure", m.verified_structure)
        .with("placeholder", m.placeholder)
        .with("test_code", test_code);
        let mut fact_vendor = None;
        if !m.vendor.is_empty() {
            asset = asset.provider(m.vendor).with("vendor", m.vendor);
            fact_vendor = Some(m.vendor);
        }
        let secret = self.out.asset(asset);
        let mut fact = Fact::new(FactKind::SecretSighting, &secret)
            .with("detector", m.detector)
            .with("fingerprint", fingerprint)
            .with("preview", preview)
            .with("kind", kind::of(self.file, self.text, place))
            .with("ai", m.ai)
            .with("confidence", confidence(m.confidence))
            .with("placeholder", m.placeholder)
            .with("test_code", test_code)
            .at(at.clone());
        if let Some(vendor) = fact_vendor {
            fact = fact.with("vendor", vendor);
        }
        self.out.fact(fact);
        let holder = self.holder();
        self.out
            .relation(Relation::new(&holder, RelationKind::HoldsSecret, &secret).seen(at.clone()));
        if m.ai {
            self.account(m, &secret, at);
        }
    }

    /// What holds the key: the notebook, or the repository, which the engine narrows to the service around the place.
    fn holder(&self) -> AssetId {
        if self.file.extension() == "ipynb" {
            AssetId::new(AssetKind::Notebook, self.cx.place(&self.file.path))
        } else {
            AssetId::new(AssetKind::Repository, &self.cx.repository)
        }
    }

    fn account(&mut self, m: &KeyMatch, secret: &AssetId, at: aispm_types::Location) {
        let (rest, name) = match &m.host {
            Some(host) => (format!("{}/{host}", m.vendor), host.clone()),
            None => (m.vendor.to_owned(), m.vendor.to_owned()),
        };
        let mut account = Asset::new(AssetKind::Account, rest, name)
            .provider(m.vendor)
            .at(at.clone())
            .with("kind", m.vendor.replace('-', "_"));
        if let Some(host) = &m.host {
            account = account.with("host", host.as_str());
        }
        let account = self.out.asset(account);
        self.out
            .relation(Relation::new(secret, RelationKind::Unlocks, &account).seen(at));
    }

    fn finish(self) {
        if self.sightings > SIGHTINGS {
            self.out.gap(
                &self.file.path,
                format!(
                    "{} keys found, only the first {SIGHTINGS} are listed",
                    self.sightings
                ),
            );
        }
        if self.values > VALUES {
            self.out.gap(
                &self.file.path,
                format!(
                    "{} secret values found, only the first {VALUES} are remembered for masking",
                    self.values
                ),
            );
        }
    }
}

fn confidence(c: Confidence) -> &'static str {
    match c {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}
