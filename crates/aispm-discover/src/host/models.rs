//! Models and data sets that lie in the stores of Ollama, the Hugging Face hub and LM Studio.

use std::path::Path;

use aispm_collect::read_bounded;
use aispm_types::{Asset, AssetKind};

use super::Machine;

/// Entries of one directory.
const ENTRIES: usize = 10_000;

impl Machine<'_> {
    /// Models below a home directory, and in the store of Ollama's service.
    pub(crate) fn models(&mut self, home: &Path) {
        self.ollama(&home.join(".ollama/models/manifests"));
        if home.ends_with("root") || home.parent() == Some(self.root) {
            self.ollama(&self.root.join("usr/share/ollama/.ollama/models/manifests"));
        }
        self.hub(&home.join(".cache/huggingface/hub"));
        for dir in [".lmstudio/models", ".cache/lm-studio/models"] {
            self.lmstudio(&home.join(dir));
        }
    }

    /// `REGISTRY/NAMESPACE/NAME/TAG`.
    fn ollama(&mut self, manifests: &Path) {
        for registry in self.list(manifests, ENTRIES) {
            for namespace in self.list(&registry, ENTRIES) {
                for model in self.list(&namespace, ENTRIES) {
                    for tag in self.list(&model, ENTRIES) {
                        let (space, name) = (file_name(&namespace), file_name(&model));
                        let name = if space == "library" {
                            name
                        } else {
                            format!("{space}/{name}")
                        };
                        let name = format!("{name}:{}", file_name(&tag));
                        self.model("ollama", &name, None, &tag);
                    }
                }
            }
        }
    }

    /// `models--ORG--NAME` with `refs/main` and `snapshots/REVISION`.
    fn hub(&mut self, hub: &Path) {
        for dir in self.list(hub, ENTRIES) {
            let folder = file_name(&dir);
            let Some((kind, name)) = folder.split_once("--") else {
                continue;
            };
            let name = name.replacen("--", "/", 1);
            let revision = read_bounded(&dir.join("refs/main"), 256).ok();
            let revision = revision.map(|r| String::from_utf8_lossy(&r).trim().to_owned());
            let revision = revision.filter(|r| !r.is_empty() && r.bytes().all(|b| b.is_ascii_alphanumeric()));
            match kind {
                "models" => self.model("huggingface", &name, revision.as_deref(), &dir),
                "datasets" => {
                    let asset = Asset::new(AssetKind::Dataset, format!("huggingface/{name}"), name.as_str())
                        .provider("huggingface")
                        .at(self.at(&dir))
                        .with("source", "host")
                        .with("format", "huggingface")
                        .with("revision", revision);
                    self.found(asset);
                }
                _ => {}
            }
        }
    }

    /// `PUBLISHER/MODEL/*.gguf`.
    fn lmstudio(&mut self, models: &Path) {
        for publisher in self.list(models, ENTRIES) {
            for model in self.list(&publisher, ENTRIES) {
                if model.is_dir() {
                    let name = format!("{}/{}", file_name(&publisher), file_name(&model));
                    self.model("huggingface", &name, None, &model);
                }
            }
        }
    }

    fn model(&mut self, provider: &str, name: &str, revision: Option<&str>, path: &Path) {
        if name.len() > 300 || name.chars().any(char::is_control) {
            return;
        }
        let mut asset = Asset::new(AssetKind::Model, format!("{provider}/{name}"), name)
            .provider(provider)
            .at(self.at(path))
            .with("source", "host")
            .with("model_name", name)
            .with("hosted", false);
        if let Some(revision) = revision {
            asset = asset.with("revision", revision);
        }
        self.found(asset);
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}
