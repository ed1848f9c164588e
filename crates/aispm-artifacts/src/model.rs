//! The reader of model files.

use std::collections::BTreeSet;

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary, is_test_path};
use aispm_formats::bounded::Limits;
use aispm_formats::{
    FormatId, Inspection, SEARCHED, UNKNOWN_CONTENT, detect, detect_beyond, inspect, may_hide_pickle,
};
use aispm_types::{Asset, AssetId, AssetKind, Batch, Fact, FactKind, Relation, RelationKind, Value};

use crate::huggingface::{self, Beside};
use crate::source::Bytes;
use crate::{digest, facts, names};

/// Reads model files, and what stands beside them in a model's directory.
#[derive(Debug)]
pub(crate) struct ModelReader;

/// What [`Reader::finish`] needs of one file.
enum Found {
    Model(Box<FoundModel>),
    Beside(Beside),
    Signature,
}

/// One model file.
pub(crate) struct FoundModel {
    /// Path of the logical model: that of the file, without its shard number.
    pub(crate) logical: String,
    pub(crate) name: String,
    pub(crate) version: AssetId,
    /// What its header does not say and a file beside it may.
    pub(crate) lacks_architecture: bool,
}

/// Why a content of no known format stands as it does.
const NO_FORMAT: &str = "the content is of no model format that is known here";

impl Reader for ModelReader {
    fn name(&self) -> &'static str {
        "model files"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        if file.source.is_empty() {
            return false;
        }
        let name = file.name();
        let promised = !names::promised(name).is_empty();
        huggingface::wants(file)
            || names::is_signature(name)
            || (promised && is_lfs_pointer(&file.head))
            || (!names::is_plain_archive(name)
                && (detect(&file.head, &file.path).is_some() || promises_model(file) || may_hide(file)))
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        if huggingface::wants(file) {
            let beside = huggingface::read(file)?;
            return Some(Box::new(Found::Beside(beside)));
        }
        if names::is_signature(file.name()) && detect(&file.head, &file.path).is_none() {
            return Some(Box::new(Found::Signature));
        }
        let model = if is_lfs_pointer(&file.head) {
            pointer(file, cx, out)
        } else {
            read_model(file, cx, out)?
        };
        Some(Box::new(Found::Model(Box::new(model))))
    }

    fn finish(&self, kept: Vec<(String, Kept)>, cx: &ReadContext, out: &mut Batch) {
        let mut signatures = BTreeSet::new();
        let mut models = Vec::new();
        let mut beside = Vec::new();
        for (path, found) in kept {
            match found.downcast::<Found>().map(|f| *f) {
                Ok(Found::Model(m)) => models.push((path, *m)),
                Ok(Found::Beside(b)) => beside.push((path, b)),
                Ok(Found::Signature) => {
                    signatures.insert(path);
                }
                Err(_) => {}
            }
        }
        for (path, m) in &models {
            let model = out.asset(
                Asset::new(AssetKind::Model, cx.place(&m.logical), m.name.clone())
                    .with("model_name", m.name.as_str())
                    .with("hosted", false)
                    .with("source", "file")
                    .with("signed", is_signed(path, &signatures))
                    .with("test_code", is_test_path(path))
                    .at(cx.file(path)),
            );
            out.relation(Relation::new(&model, RelationKind::Contains, &m.version).seen(cx.file(path)));
        }
        huggingface::join(&beside, &models, cx, out);
    }
}

/// Whether a name promises a model and the content is of no known format: a gap, not silence. Texts under names that other
/// things have too are something else: `.pt` is also a page template, `.pkl` a configuration language.
fn promises_model(file: &VirtualFile) -> bool {
    use FormatId as F;
    const DATA: &[F] = &[F::Numpy, F::Npz, F::Hdf5];
    const NOTHING_ELSE: &[F] = &[F::Safetensors, F::Gguf, F::Onnx, F::KerasV3, F::Tflite];
    if names::is_weights(&file.path) && !is_text(&file.head) {
        return true;
    }
    let promised = names::promised(file.name());
    promised
        .first()
        .is_some_and(|first| NOTHING_ELSE.contains(first) || (!DATA.contains(first) && !is_text(&file.head)))
}

/// Whether a pickle may lie behind bytes of no known format.
fn may_hide(file: &VirtualFile) -> bool {
    may_hide_pickle(&file.head, &file.path, file.source.len()) && detect(&file.head, &file.path).is_none()
}

/// Whether the first bytes are text; a character may be cut at their end.
fn is_text(head: &[u8]) -> bool {
    !is_binary(head) && std::str::from_utf8(head).map_or_else(|e| e.error_len().is_none(), |_| true)
}

/// Git LFS leaves a text of three lines where the content was not fetched.
fn is_lfs_pointer(head: &[u8]) -> bool {
    head.starts_with(b"version https://git-lfs.github.com/spec/v1\n")
}

/// A model whose content is elsewhere: its digest and size are known, nothing else.
fn pointer(file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> FoundModel {
    let reason = "Git LFS pointer: the content is not here; fetch it with `git lfs pull`";
    let field = |key: &str| {
        file.text()
            .and_then(|t| t.lines().find_map(|l| l.strip_prefix(key)))
    };
    let digest = field("oid sha256:").filter(|d| d.len() == 64 && d.bytes().all(|b| b.is_ascii_hexdigit()));
    let size = field("size ").and_then(|s| s.trim().parse::<u64>().ok());
    let mut version = version_asset(file, cx, digest.ok_or(reason))
        .with("format", Value::unknown(reason))
        .with("executes_on_load", Value::unknown(reason))
        .with("complete", false)
        .with("not_read", reason);
    if let Some(size) = size {
        version = version.with("size", size);
    }
    out.gap(file.path.clone(), reason);
    found(file, out.asset(version), true)
}

fn read_model(file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<FoundModel> {
    let limits = Limits {
        entries: cx.budgets.archive_members.max(1).saturating_mul(10),
        inflated: cx.budgets.archive_bytes.max(1 << 20),
        ..Limits::default()
    };
    let source = Bytes(&file.source);
    let format =
        detect(&file.head, &file.path).or_else(|| may_hide(file).then(|| detect_beyond(&source)).flatten());
    if format.is_none() && !promises_model(file) {
        if file.source.len() > SEARCHED {
            let why = format!(
                "a pickle was looked for in the first {SEARCHED} bytes (budget); the content is of no known format"
            );
            out.gap(file.path.clone(), why);
        }
        return None;
    }
    let seen = format.map(|f| inspect(&source, f, limits));
    if let Some(s) = seen.as_ref().filter(|s| !is_model(s, file)) {
        // It may have been one: what was not read is said.
        for u in s.unread.iter().filter(|u| u.reason != UNKNOWN_CONTENT) {
            out.gap(facts::scope(&file.path, u), u.reason.clone());
        }
        return None;
    }
    let digest = digest::sha256(&file.source, &mut |_| {});
    let unread = digest.as_ref().err().map(unread_reason);
    let known = digest
        .as_deref()
        .map_err(|_| "the file could not be read to its end");
    let version = version_asset(file, cx, known).with("size", file.source.len());
    let mut version = match &seen {
        Some(seen) => facts::describe(version, seen),
        None => version
            .with("format", Value::unknown(NO_FORMAT))
            .with("executes_on_load", Value::unknown(NO_FORMAT))
            .with("complete", false)
            .with("not_read", NO_FORMAT),
    };
    if let Some(reason) = &unread {
        version = version.with("complete", false).with("not_read", reason.as_str());
    }
    let id = out.asset(version);
    let none = seen.is_none().then(|| NO_FORMAT.to_owned());
    for reason in unread.into_iter().chain(none) {
        out.gap(file.path.clone(), reason);
    }
    if let Some(seen) = &seen {
        facts::emit(seen, &id, &file.path, cx, out);
        disguise(seen, &id, file, cx, out);
    }
    let lacks = seen.as_ref().is_none_or(|s| s.header.architecture.is_none());
    Some(found(file, id, lacks))
}

/// Why a file has no digest.
pub(crate) fn unread_reason(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::FileTooLarge => e.to_string(),
        kind => format!("could not be read to its end: {kind}"),
    }
}

/// A name that promises one format over content of another.
fn disguise(seen: &Inspection, id: &AssetId, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) {
    let declared = names::promised(file.name());
    let Some(first) = declared.first() else { return };
    if declared.contains(&seen.format) {
        return;
    }
    let detail = format!(
        "the name promises {}, the content is {}",
        first.as_str(),
        seen.format.as_str()
    );
    out.fact(
        Fact::new(FactKind::FormatDefect, id)
            .with("defect", "disguised-format")
            .with("detail", detail)
            .with("hides_content", true)
            .at(cx.file(&file.path)),
    );
}

/// Whether what was inspected is a model, rather than an array, a document or an archive of something else.
fn is_model(seen: &Inspection, file: &VirtualFile) -> bool {
    use FormatId as F;
    let acts = !seen.calls.is_empty() || !seen.hazards.is_empty();
    let named = names::sounds_like_model(&file.path);
    let promised = |name: &str| !names::promised(name).is_empty();
    match seen.format {
        F::Numpy | F::Npz => acts || named,
        // Lists and numbers in a pickle are data; where something was not read, nobody knows.
        F::Pickle | F::Joblib => acts || named || !seen.unread.is_empty(),
        F::Hdf5 => acts || named || seen.header.producer.is_some() || seen.header.architecture.is_some(),
        F::Zip | F::Tar | F::Gzip | F::Zlib => acts || seen.header.tensors.is_some() || promised(file.name()),
        F::Bzip2 | F::Xz if acts => true,
        F::Bzip2 | F::Xz | F::Lz4 | F::Zstd | F::SevenZip | F::Rar => {
            // `model.pkl.xz` and `model.joblib` are models whatever packs them.
            let stem = file.name().rsplit_once('.').map_or("", |(s, _)| s);
            promised(file.name()) || promised(stem)
        }
        _ => true,
    }
}

fn version_asset(file: &VirtualFile, cx: &ReadContext, digest: Result<&str, &str>) -> Asset {
    let place = cx.place(&file.path);
    let rest = match digest {
        Ok(d) => format!("sha256:{d}@{place}"),
        Err(_) => format!("unread@{place}"),
    };
    let sha256 = digest.map_or_else(Value::unknown, Value::from);
    let mut asset = Asset::new(AssetKind::ModelVersion, rest, file.name())
        .with("sha256", sha256)
        .with("source", "file")
        .with("test_code", is_test_path(&file.path))
        .at(cx.file(&file.path));
    if let Some(first) = names::promised(file.name()).first() {
        asset = asset.with("declared_format", first.as_str());
    }
    asset
}

fn found(file: &VirtualFile, version: AssetId, lacks_architecture: bool) -> FoundModel {
    let whole = names::without_shard(file.name());
    let name = whole.clone().unwrap_or_else(|| file.name().to_owned());
    let logical = match (&whole, file.directory()) {
        (None, _) => file.path.clone(),
        (Some(n), ".") => n.clone(),
        (Some(n), directory) => format!("{directory}/{n}"),
    };
    FoundModel {
        logical,
        name,
        version,
        lacks_architecture,
    }
}

/// A signature stands beside the file, or over a directory that holds it (OpenSSF Model Signing writes `model.sig` at its top).
fn is_signed(path: &str, signatures: &BTreeSet<String>) -> bool {
    const WHOLE: &[&str] = &[
        "model.sig",
        "model.sig.json",
        "model.sigstore",
        "model.sigstore.json",
        "claims.jsonl",
    ];
    signatures.iter().any(|s| {
        let (directory, name) = s.rsplit_once('/').unwrap_or(("", s));
        let own = s.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        let below = directory.is_empty() || path.strip_prefix(directory).is_some_and(|r| r.starts_with('/'));
        own || (WHOLE.contains(&name) && below)
    })
}
