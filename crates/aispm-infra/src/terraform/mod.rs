//! Terraform: `.tf`, `.tf.json` and variable files, evaluated a root module at a time, offline and without providers.

mod evaluate;
mod functions;
mod hcl;
mod instances;
mod json;
mod modules;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary};
use aispm_types::Batch;

use self::evaluate::{Evaluator, Frame};
use self::modules::Module;
pub(crate) use self::modules::join;
use self::syntax::Body;
use crate::normal::{Estate, Resource, map_estate};

/// Marks a path that `path.module` made: it counts from the target's top.
pub(crate) const HERE: &str = "\u{F0002}/";

/// Resources of one root; more become a gap.
const MAX_RESOURCES: usize = 20_000;
/// Roots of one target; more become a gap.
const MAX_ROOTS: usize = 2_000;
/// Documents that `file()` and `templatefile()` may read are kept up to this size (bytes).
const MAX_DOCUMENT: u64 = 256 << 10;

/// Reads Terraform.
pub(crate) struct TerraformReader;

/// What is kept of one file.
enum File {
    Code(Body),
    Values(Body),
    /// A document, script or template beside the code.
    Document(String),
}

impl Reader for TerraformReader {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        let path = file.path.as_str();
        if path.starts_with(".terraform/") || path.contains("/.terraform/") {
            return false;
        }
        kind_of(path).is_some() || is_document(file)
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let Some(kind) = kind_of(&file.path) else {
            let text = file.text()?.to_owned();
            return Some(Box::new(File::Document(text)));
        };
        if file.source.len() > cx.budgets.text_file {
            let reason = format!(
                "Terraform larger than {} bytes (text file budget)",
                cx.budgets.text_file
            );
            out.gap(&file.path, reason);
            return None;
        }
        let Some(text) = file.text() else {
            out.gap(&file.path, "Terraform that is no UTF-8 text");
            return None;
        };
        let parsed = match kind {
            Kind::Code => hcl::read_body(text).map(File::Code),
            Kind::JsonCode => json::read_body(text).map(File::Code),
            Kind::Values => hcl::read_body(text).map(File::Values),
            Kind::JsonValues => json::read_values(text).map(File::Values),
        };
        match parsed {
            Ok(kept) => Some(Box::new(kept)),
            Err(reason) => {
                out.gap(&file.path, reason);
                None
            }
        }
    }

    fn finish(&self, kept: Vec<(String, Kept)>, cx: &ReadContext, out: &mut Batch) {
        let mut code = Vec::new();
        let mut documents = BTreeMap::new();
        for (path, kept) in kept {
            match kept.downcast::<File>().map(|f| *f) {
                Ok(File::Document(text)) => drop(documents.insert(path, text)),
                Ok(file) => code.push((path, file)),
                Err(_) => {}
            }
        }
        let modules = gather(&code);
        let mut remote = BTreeSet::new();
        let mut steps = evaluate::TARGET_STEPS;
        let roots = modules::roots(&modules);
        if roots.len() > MAX_ROOTS {
            out.gap(
                "terraform",
                format!("more than {MAX_ROOTS} root modules (root budget)"),
            );
        }
        for root in roots.iter().take(MAX_ROOTS) {
            let Some(mut evaluator) = Evaluator::new(&modules, &documents, root, steps) else {
                continue;
            };
            let resources = resources(&mut evaluator, root, cx);
            steps -= evaluator.spent();
            remote.append(&mut evaluator.remote);
            for note in &evaluator.notes {
                out.gap(root.as_str(), format!("Terraform: {note}"));
            }
            emit(resources, cx, out);
        }
        if !remote.is_empty() {
            let names: Vec<_> = remote.iter().take(20).map(|r| without_credentials(r)).collect();
            let reason = format!(
                "{} Terraform modules are not in the target and were not read: {}",
                remote.len(),
                names.join(", ")
            );
            out.gap("terraform modules", reason);
        }
    }
}

/// A module source without the user part of a URL, which may be a token.
fn without_credentials(source: &str) -> String {
    match source.split_once("://") {
        Some((scheme, rest)) => {
            let rest = rest.split('?').next().unwrap_or(rest);
            let host = rest.split_once('@').map_or(rest, |(_, h)| h);
            format!("{scheme}://{host}")
        }
        None => source.split('?').next().unwrap_or(source).to_owned(),
    }
}

fn emit(resources: Vec<Resource>, cx: &ReadContext, out: &mut Batch) {
    if resources.is_empty() {
        return;
    }
    let estate = Estate::new(resources);
    map_estate(&estate, crate::TABLES, crate::SPANNING, out);
    crate::kubernetes::emit_provider(&estate, cx, out);
}

#[derive(Clone, Copy)]
enum Kind {
    Code,
    JsonCode,
    Values,
    JsonValues,
}

fn kind_of(path: &str) -> Option<Kind> {
    let lower = path.to_ascii_lowercase();
    [
        (".tf.json", Kind::JsonCode),
        (".tfvars.json", Kind::JsonValues),
        (".tf", Kind::Code),
        (".tofu", Kind::Code),
        (".tfvars", Kind::Values),
    ]
    .into_iter()
    .find(|(end, _)| lower.ends_with(end))
    .map(|(_, k)| k)
}

/// What code takes in by `file` and `templatefile`: a policy document, a start script, cloud-init, a template; small enough to
/// keep.
fn is_document(file: &VirtualFile) -> bool {
    if file.source.len() > MAX_DOCUMENT || is_binary(&file.head) {
        return false;
    }
    let head = || String::from_utf8_lossy(&file.head);
    match file.extension().as_str() {
        "tpl" | "tftpl" | "tmpl" | "sh" | "bash" | "ps1" => true,
        "json" => head().contains("\"Statement\"") && head().contains("\"Effect\""),
        "yaml" | "yml" | "cfg" | "txt" => {
            head().starts_with("#cloud-config") || file.name().to_ascii_lowercase().contains("values")
        }
        "" => file.head.starts_with(b"#!"),
        _ => false,
    }
}

fn gather(code: &[(String, File)]) -> BTreeMap<String, Module<'_>> {
    let mut modules: BTreeMap<String, Module<'_>> = BTreeMap::new();
    let directory = |path: &str| {
        path.rsplit_once('/')
            .map_or(String::from("."), |(d, _)| d.to_owned())
    };
    for (path, file) in code {
        if let File::Code(body) = file {
            modules.entry(directory(path)).or_default().add(path, body);
        }
    }
    // `terraform.tfvars` first, then `*.auto.tfvars` in name order: the order of Terraform's own precedence.
    for auto in [false, true] {
        for (path, file) in code {
            let name = path.rsplit('/').next().unwrap_or(path);
            let wanted = if auto {
                name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")
            } else {
                matches!(name, "terraform.tfvars" | "terraform.tfvars.json")
            };
            if let (true, File::Values(body)) = (wanted, file)
                && let Some(module) = modules.get_mut(&directory(path))
            {
                module
                    .values
                    .extend(body.attributes.iter().map(|a| (a.name.as_str(), &a.value)));
            }
        }
    }
    modules
}

/// Every instance of every resource below a root.
fn resources(evaluator: &mut Evaluator<'_>, root: &str, cx: &ReadContext) -> Vec<Resource> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(scope) = evaluator.scopes.get(at) {
        let (module, path, condition) = (scope.module, scope.path.clone(), scope.condition.clone());
        for name in module.calls.keys() {
            evaluator.children_of(at, name);
        }
        for ((resource_type, name), (block, file)) in &module.resources {
            let mut frame = Frame {
                scope: at,
                ..Frame::default()
            };
            for instance in evaluator.instances(&mut frame, &block.body) {
                if out.len() >= MAX_RESOURCES {
                    evaluator.note("more than 20000 resources (resource budget)");
                    return out;
                }
                let attributes = evaluator.body(&mut Frame::of(at, &instance), &block.body);
                out.push(Resource {
                    resource_type: resource_type.clone(),
                    name: (*name).to_owned(),
                    module: path.clone(),
                    key: instance.key.clone(),
                    place: cx.place(root),
                    attributes,
                    location: cx.at(file, block.line),
                    condition: instance.condition.clone().or_else(|| condition.clone()),
                });
            }
        }
        at += 1;
    }
    out
}
