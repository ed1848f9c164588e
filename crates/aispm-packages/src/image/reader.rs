//! Reads Dockerfiles: which images a service is built from, as whom they run, what AI software and which models go in.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary, is_test_path};
use aispm_types::{
    Asset, AssetId, AssetKind, Batch, Fact, FactKind, ImageReference, Relation, RelationKind, Sensitive,
    Value,
};

use super::dockerfile::{Instruction, Stage, stages};
use crate::credential::literal_credential;
use crate::install::installed_words;
use crate::{catalogue, package};

/// Reads Dockerfiles and Containerfiles.
#[derive(Debug, Default)]
pub(crate) struct DockerfileReader;

/// `Dockerfile`, `Containerfile`, `Dockerfile.gpu`, `gpu.Dockerfile`.
pub(crate) fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let named = ["dockerfile", "containerfile"].iter().any(|n| {
        let suffixed = name
            .strip_prefix(n)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']));
        suffixed || name.ends_with(&format!(".{n}"))
    });
    named && !name.ends_with(".dockerignore")
}

impl Reader for DockerfileReader {
    fn name(&self) -> &'static str {
        "dockerfile"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        is_dockerfile(file.name()) && !is_binary(&file.head)
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let text = package::text_within_budget(file, cx, out)?;
        let (stages, cut) = stages(text);
        if cut {
            out.gap(
                &file.path,
                "Dockerfile has more instructions than are read (instruction budget)",
            );
        }
        Reading {
            file,
            cx,
            stages: &stages,
        }
        .emit(out);
        None
    }
}

struct Reading<'a> {
    file: &'a VirtualFile,
    cx: &'a ReadContext,
    stages: &'a [Stage],
}

impl Reading<'_> {
    fn emit(&self, out: &mut Batch) {
        let Some(last) = self.stages.last() else {
            return;
        };
        let service = AssetId::new(AssetKind::Service, self.cx.place(self.file.directory()));
        for stage in self.stages {
            self.base_image(stage, &service, out);
            for instruction in &stage.instructions {
                match instruction.name.as_str() {
                    "RUN" => self.installs(instruction, &service, out),
                    "ENV" | "ARG" => self.environment(instruction, out),
                    _ => {}
                }
            }
        }
        self.built_image(last, &service, out);
    }

    /// The image that the file's last stage makes, known by the file's place.
    fn built_image(&self, last: &Stage, service: &AssetId, out: &mut Batch) {
        let chain = self.chain(last);
        let user = chain
            .iter()
            .find_map(|s| s.instructions.iter().rev().find(|i| i.name == "USER"));
        let outer = chain.last().and_then(|s| s.base.as_deref());
        let ai = outer.and_then(catalogue::image_engine).is_some()
            || chain.iter().any(|s| s.instructions.iter().any(installs_ai));
        if !ai && !self.copies_model(&chain) {
            return;
        }
        let image = self
            .located(
                Asset::new(AssetKind::Image, self.cx.place(&self.file.path), &self.file.path),
                last.line,
            )
            .with("reference", self.file.path.as_str())
            .with("ai", true)
            .with("runs_as_root", runs_as_root(user, outer));
        let image = out.asset(image);
        let at = self.cx.at(&self.file.path, last.line);
        out.relation(Relation::new(service, RelationKind::BuiltFrom, &image).seen(at.clone()));
        if let Some(outer) = outer {
            let base = AssetId::new(AssetKind::Image, ImageReference::parse(outer).identity());
            out.relation(Relation::new(&image, RelationKind::BuiltFrom, &base).seen(at));
        }
        for stage in chain {
            for instruction in stage
                .instructions
                .iter()
                .filter(|i| matches!(i.name.as_str(), "COPY" | "ADD"))
            {
                self.copied_models(instruction, &image, out);
            }
        }
    }

    /// A stage and those it begins from in this file, nearest first.
    fn chain<'s>(&'s self, last: &'s Stage) -> Vec<&'s Stage> {
        let mut out = vec![last];
        let mut at = self.stages.len().saturating_sub(1);
        while let Some((i, stage)) = out.last().and_then(|s| s.base.as_deref()).and_then(|base| {
            let earlier = self.stages.get(..at)?;
            let i = earlier
                .iter()
                .rposition(|s| s.name.as_deref() == Some(base.to_ascii_lowercase().as_str()))?;
            Some((i, earlier.get(i)?))
        }) {
            out.push(stage);
            at = i; // only earlier stages: it ends
        }
        out
    }

    fn base_image(&self, stage: &Stage, service: &AssetId, out: &mut Batch) {
        let Some(base) = stage.base.as_deref() else {
            out.gap(
                &self.file.path,
                format!(
                    "line {}: FROM takes its image from an argument without a default",
                    stage.line
                ),
            );
            return;
        };
        let lower = base.to_ascii_lowercase();
        let inner = self
            .stages
            .iter()
            .any(|s| s.name.as_deref() == Some(lower.as_str()));
        if inner || base == "scratch" {
            return;
        }
        let reference = ImageReference::parse(base);
        let engine = catalogue::image_engine(base);
        let mut image = self
            .located(
                Asset::new(AssetKind::Image, reference.identity(), base),
                stage.line,
            )
            .with("reference", base)
            .with("tag", reference.tag.as_deref().unwrap_or("latest"))
            .with("pinned", reference.digest.is_some())
            .with("ai", engine.is_some());
        if let Some(digest) = &reference.digest {
            image = image.with("digest", digest.as_str());
        }
        let id = out.asset(image);
        let at = self.cx.at(&self.file.path, stage.line);
        out.relation(Relation::new(service, RelationKind::BuiltFrom, &id).seen(at.clone()));
        if engine.is_none() {
            return;
        }
        if reference.digest.is_none() && reference.tag.as_deref().is_none_or(|t| t == "latest") {
            let fact = Fact::new(FactKind::UnpinnedDependency, &id)
                .with("declared", base)
                .with("manifest", self.file.path.as_str())
                .with("ecosystem", "docker");
            out.fact(fact.at(at.clone()));
        }
    }

    /// `pip install openai torch==2.1`: packages beside any manifest.
    fn installs(&self, instruction: &Instruction, service: &AssetId, out: &mut Batch) {
        for (ecosystem, word) in installed_words(&instruction.rest) {
            let Some(dependency) = package::installed(ecosystem, word, instruction.line) else {
                continue;
            };
            if catalogue::package_role(ecosystem, &dependency.name).is_none() {
                continue;
            }
            package::emit_package(
                &package::Sighting {
                    ecosystem,
                    dependency: &dependency,
                    manifest: &self.file.path,
                    locked: None,
                },
                service,
                self.cx,
                out,
            );
        }
    }

    fn environment(&self, instruction: &Instruction, out: &mut Batch) {
        for (name, value) in assignments(&instruction.rest) {
            if let Some(secret) = literal_credential(name, value) {
                out.secret(Sensitive::new(secret));
            }
        }
    }

    fn copies_model(&self, chain: &[&Stage]) -> bool {
        chain
            .iter()
            .flat_map(|s| &s.instructions)
            .filter(|i| matches!(i.name.as_str(), "COPY" | "ADD"))
            .any(|i| model_sources(i).next().is_some())
    }

    fn copied_models(&self, instruction: &Instruction, image: &AssetId, out: &mut Batch) {
        for source in model_sources(instruction) {
            // Sources are relative to the build context, which is the file's directory unless the builder says otherwise.
            let path = package::join_path(self.file.directory(), source);
            let model = AssetId::new(AssetKind::Model, self.cx.place(&path));
            let relation = Relation::new(image, RelationKind::Loads, &model)
                .possible("the build context is the Dockerfile's directory")
                .seen(self.cx.at(&self.file.path, instruction.line));
            out.relation(relation);
        }
    }

    fn located(&self, asset: Asset, line: u32) -> Asset {
        let asset = asset
            .at(self.cx.at(&self.file.path, line))
            .with("source", "dockerfile")
            .with("service_root", self.file.directory());
        if is_test_path(&self.file.path) {
            asset.with("test_code", true)
        } else {
            asset
        }
    }
}

/// The user of the last `USER`; without one it is the base image's, which only some images state by their name.
fn runs_as_root(user: Option<&Instruction>, base: Option<&str>) -> Value {
    match user.map(|u| u.rest.split(':').next().unwrap_or_default().trim()) {
        Some(name) if name.contains('$') => Value::unknown("the user is a build argument"),
        Some(name) => Value::Bool(matches!(name, "root" | "0")),
        None => match base {
            Some(base) if base.contains("nonroot") || base.contains("distroless") => {
                Value::unknown("the user is set in the base image")
            }
            // Docker's default: no user set means root, unless the base image sets one.
            Some(base) if is_root_by_default(base) => Value::Bool(true),
            _ => Value::unknown("no USER instruction; the base image decides"),
        },
    }
}

/// Official language and operating-system images, which run as root (their own documentation).
fn is_root_by_default(base: &str) -> bool {
    let reference = ImageReference::parse(base);
    reference.registry == "docker.io"
        && matches!(
            reference.path.as_str(),
            "python"
                | "node"
                | "debian"
                | "ubuntu"
                | "alpine"
                | "golang"
                | "rust"
                | "nvidia/cuda"
                | "pytorch/pytorch"
                | "vllm/vllm-openai"
                | "ollama/ollama"
        )
}

/// Names and values of `ENV A=b C="d e"`, `ENV A b` and `ARG A=b`.
fn assignments(rest: &str) -> Vec<(&str, &str)> {
    if let Some((name, value)) = rest.split_once(char::is_whitespace)
        && !name.contains('=')
    {
        return vec![(name, value.trim())];
    }
    rest.split_whitespace()
        .filter_map(|w| w.split_once('='))
        .map(|(name, value)| (name, value.trim_matches(['"', '\''])))
        .collect()
}

fn installs_ai(instruction: &Instruction) -> bool {
    instruction.name == "RUN"
        && installed_words(&instruction.rest)
            .into_iter()
            .any(|(ecosystem, word)| {
                package::installed(ecosystem, word, 1)
                    .is_some_and(|d| catalogue::package_role(ecosystem, &d.name).is_some())
            })
}

/// Sources of a COPY that are model files by their name; copies from other stages and images are left out.
fn model_sources(instruction: &Instruction) -> impl Iterator<Item = &str> {
    let from = instruction.rest.contains("--from=");
    let words: Vec<&str> = instruction
        .rest
        .split_whitespace()
        .filter(|w| !w.starts_with("--"))
        .map(|w| w.trim_matches(['"', '\'', '[', ']', ',']))
        .collect();
    let sources = words.len().saturating_sub(1);
    words.into_iter().take(sources).filter(move |w| {
        let extension = w.rsplit_once('.').map_or("", |(_, e)| e);
        !from
            && !w.contains(['*', '$'])
            && matches!(
                extension,
                "pt" | "pth"
                    | "pkl"
                    | "pickle"
                    | "joblib"
                    | "safetensors"
                    | "gguf"
                    | "onnx"
                    | "keras"
                    | "h5"
                    | "ckpt"
            )
    })
}
