//! Models that are loaded into the process: from files of the target, or from a hub.

use aispm_types::{Asset, AssetId, AssetKind, Fact, FactKind, Relation, RelationKind, Value};

use super::names::is_model_name;
use super::{Analysis, Hit};
use crate::ir::{ExprId, ExprKind};
use crate::resolve::Val;

/// Endings of model files.
const MODEL_FILES: &[&str] = &[
    ".pt",
    ".pth",
    ".bin",
    ".ckpt",
    ".gguf",
    ".ggml",
    ".onnx",
    ".pkl",
    ".pickle",
    ".joblib",
    ".h5",
    ".hdf5",
    ".keras",
    ".safetensors",
    ".pb",
    ".tflite",
    ".npz",
    ".npy",
    ".model",
    ".sav",
    ".cbm",
    ".ubj",
    ".mar",
    ".torchscript",
    ".jit",
];

impl Analysis<'_> {
    pub(super) fn load(&mut self, hit: &Hit) -> Vec<AssetId> {
        let Some(entry) = self.entry(hit) else {
            return Vec::new();
        };
        let path = self
            .argument(hit, "path")
            .map(|e| self.r.values(self.opened(e).unwrap_or(e)))
            .unwrap_or_default();
        let text = path.iter().find_map(Val::text).map(str::to_owned);
        if entry.is("needs_ml") && !self.is_about_models(text.as_deref()) {
            return Vec::new();
        }
        let flag = |part: &str| {
            self.argument(hit, part).map(|e| match self.r.values(e).first() {
                Some(Val::Bool(b)) => Value::Bool(*b),
                Some(Val::Unknown(reason)) => Value::unknown(reason),
                _ => Value::unknown("computed at run time"),
            })
        };
        let (weights_only, remote_code) = (flag("weights_only"), flag("trust_remote_code"));
        let revision = self.argument(hit, "revision").and_then(|e| self.r.text(e));
        let hub = entry.is("remote") && text.as_deref().is_some_and(is_hub_name);
        let home = self.home();
        let mut fact = Fact::new(FactKind::ModelLoad, &home)
            .with("callee", hit.path.replace("()", ""))
            .with("unsafe_by_default", entry.is("unsafe"))
            .with("remote", hub)
            .at(self.at(hit.expr));
        match (&text, path.first()) {
            (Some(t), _) => fact = fact.with("path", t.as_str()),
            (None, Some(Val::Unknown(reason))) => fact = fact.with("path", Value::unknown(reason)),
            _ => {}
        }
        if let Some(value) = weights_only {
            fact = fact.with("weights_only", value);
        }
        if let Some(value) = &remote_code {
            fact = fact.with("trust_remote_code", value.clone());
        }
        if let Some(r) = &revision {
            fact = fact.with("revision", r.as_str());
        }
        self.draft.fact(fact);
        match text {
            Some(name) if hub => {
                let mut asset = Asset::new(AssetKind::Model, format!("huggingface/{name}"), name.as_str())
                    .provider("huggingface")
                    .with("model_name", name.as_str())
                    .with("hosted", false)
                    .with("pinned", revision.as_deref().is_some_and(is_commit))
                    .at(self.at(hit.expr));
                if let Some(r) = revision {
                    asset = asset.with("revision", r);
                }
                if let Some(value) = remote_code {
                    asset = asset.with("trust_remote_code", value);
                }
                let id = self.draft.asset(self.dressed(asset));
                self.draft.used_at(&id, self.at(hit.expr));
                self.draft
                    .relation(Relation::new(&home, RelationKind::Loads, &id).seen(self.at(hit.expr)));
                vec![id]
            }
            Some(name) => self.local_model(hit, &home, &name),
            None => Vec::new(),
        }
    }

    /// The name of the file, where an expression is a file opened by name: `with open(name) as file`, `open(name).read()`.
    pub(super) fn opened(&self, e: ExprId) -> Option<ExprId> {
        let module = self.module();
        let mut e = self.r.followed(e, 12)?;
        if let ExprKind::Call(callee, _) = module.kind(e)
            && let ExprKind::Attr(file, method) = module.kind(*callee)
            && matches!(&**method, "read" | "read_bytes")
        {
            e = self.r.followed(*file, 12)?;
        }
        let ExprKind::Call(callee, args) = module.kind(e) else {
            return None;
        };
        let path = self.r.path(*callee)?;
        let opens = matches!(
            path.as_str(),
            "open" | "builtins.open" | "io.open" | "gzip.open" | "bz2.open" | "lzma.open" | "codecs.open"
        );
        args.first().filter(|_| opens).map(|a| a.value)
    }

    /// Relates to a model file of the target: relative to the file, or to the top. Which of them exists the graph knows.
    fn local_model(&mut self, hit: &Hit, home: &AssetId, name: &str) -> Vec<AssetId> {
        let lower = name.to_ascii_lowercase();
        if !MODEL_FILES.iter().any(|e| lower.ends_with(e)) && !name.contains('/') {
            return Vec::new();
        }
        let directory = self.module().path.rsplit_once('/').map_or("", |(d, _)| d);
        let mut made = Vec::new();
        for base in [directory, ""] {
            let Some(path) = joined(base, name) else { continue };
            let id = AssetId::new(AssetKind::Model, self.cx.place(&path));
            if !made.contains(&id) {
                self.draft
                    .relation(Relation::new(home, RelationKind::Loads, &id).seen(self.at(hit.expr)));
                made.push(id);
            }
        }
        made
    }

    /// Whether a load of something general is about models: its path says so, or the file uses software for models.
    fn is_about_models(&self, path: Option<&str>) -> bool {
        let lower = path.unwrap_or("").to_ascii_lowercase();
        lower.contains("model")
            || lower.contains("classifier")
            || self.module().imports.values().flatten().any(|i| {
                let root = i.path.split('.').next().unwrap_or("");
                matches!(
                    root,
                    "sklearn"
                        | "torch"
                        | "tensorflow"
                        | "keras"
                        | "xgboost"
                        | "lightgbm"
                        | "catboost"
                        | "joblib"
                )
            })
    }
}

/// `org/name`, or a bare name, as the hub has them.
fn is_hub_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_model_name(name)
        && !name.starts_with(['.', '/', '~'])
        && name.matches('/').count() <= 1
        && !MODEL_FILES.iter().any(|e| lower.ends_with(e))
        && ![
            "models/",
            "model/",
            "checkpoints/",
            "output/",
            "outputs/",
            "results/",
            "data/",
            "weights/",
            "tmp/",
        ]
        .iter()
        .any(|d| lower.starts_with(d))
        && (name.contains('/') || name.contains('-') || name.len() > 3)
}

/// A full commit hash, the only revision of the hub that cannot move.
pub(super) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A path inside the target, `.` and `..` resolved; none where it leads out.
fn joined(base: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) || path.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = base.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            p => parts.push(p),
        }
    }
    Some(parts.join("/"))
}
