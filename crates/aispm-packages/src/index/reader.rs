//! Reads the files in which settings of package indexes stand.

use std::collections::BTreeSet;

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary, is_test_path};
use aispm_types::{Asset, AssetId, AssetKind, Batch, Fact, FactKind, Value};

use super::{Role, Setting, documents, telling, words};
use crate::Ecosystem;
use crate::image::is_dockerfile;
use crate::package::text_within_budget;
use crate::reader::is_requirements;

/// Settings of one file; more become a gap.
const MAX_SETTINGS: usize = 200;

/// Reads settings of package indexes.
#[derive(Debug, Default)]
pub(crate) struct IndexReader;

#[derive(Clone, Copy)]
enum Format {
    Requirements,
    Words,
    Notebook,
    PipConf,
    Npmrc,
    Yarnrc,
    Toml,
}

fn format_of(file: &VirtualFile) -> Option<Format> {
    let name = file.name().to_ascii_lowercase();
    Some(match name.as_str() {
        "pip.conf" | "pip.ini" => Format::PipConf,
        ".npmrc" | "npmrc" => Format::Npmrc,
        ".yarnrc.yml" => Format::Yarnrc,
        "pyproject.toml" | "uv.toml" | "pipfile" => Format::Toml,
        "makefile" | "justfile" | "jenkinsfile" | "procfile" | "tox.ini" | "devcontainer.json" => {
            Format::Words
        }
        n if is_dockerfile(n) || n == ".env" || n.starts_with(".env.") => Format::Words,
        _ if is_requirements(file) => Format::Requirements,
        _ => match file.extension().as_str() {
            "sh" | "bash" | "zsh" | "ksh" | "ps1" | "bat" | "cmd" | "mk" | "env" | "yml" | "yaml" => {
                Format::Words
            }
            "ipynb" => Format::Notebook,
            _ => return None,
        },
    })
}

impl Reader for IndexReader {
    fn name(&self) -> &'static str {
        "package-indexes"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        let installed = file
            .path
            .split('/')
            .any(|p| matches!(p, "node_modules" | "site-packages" | "dist-packages"));
        !installed && format_of(file).is_some() && !is_binary(&file.head)
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let format = format_of(file)?;
        let text = text_within_budget(file, cx, out)?;
        let settings = match format {
            Format::Requirements => Ok(words::settings(text, Some(Ecosystem::Pypi))),
            Format::Words => Ok(words::settings(text, None)),
            Format::PipConf => Ok(documents::pip_conf(text)),
            Format::Npmrc => Ok(documents::npmrc(text)),
            Format::Yarnrc => documents::yarnrc(text),
            Format::Toml => documents::toml(text, file.name()),
            // Most notebooks name no index, and their outputs are large.
            Format::Notebook if !mentions(text) => return None,
            Format::Notebook => documents::notebook(text),
        };
        match settings {
            Ok(settings) => emit(settings, file, cx, out),
            // Of manifests their own reader says so.
            Err(e) if matches!(format, Format::Yarnrc | Format::Notebook) || file.name() == "uv.toml" => {
                out.gap(&file.path, e.to_string());
            }
            Err(_) => {}
        }
        None
    }
}

fn mentions(text: &str) -> bool {
    [
        "index",
        "find-links",
        "trusted-host",
        "registry",
        "PIP_",
        "UV_",
        " -f ",
        " -i ",
    ]
    .iter()
    .any(|w| text.contains(w))
}

fn emit(settings: Vec<Setting>, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) {
    let settings = telling(settings);
    if settings.is_empty() {
        return;
    }
    if settings.len() > MAX_SETTINGS {
        out.gap(
            &file.path,
            format!("more than {MAX_SETTINGS} settings of package indexes (setting budget)"),
        );
    }
    let home = if file.extension() == "ipynb" {
        AssetId::new(AssetKind::Notebook, cx.place(&file.path))
    } else {
        let name = cx.name();
        out.asset(Asset::new(AssetKind::Repository, &cx.repository, name).with("source", "manifest"))
    };
    let main: BTreeSet<String> = settings
        .iter()
        .filter(|s| s.role == Role::Main)
        .filter_map(Setting::host)
        .collect();
    let mut told = BTreeSet::new();
    for s in settings.into_iter().take(MAX_SETTINGS) {
        if !told.insert(s.shown()) {
            continue;
        }
        let by_variable = || Value::unknown("a variable names the index");
        let mut fact = Fact::new(FactKind::PackageIndex, &home)
            .with("role", s.role.as_str())
            .with("host", s.host().map_or_else(by_variable, Value::Str))
            .with("verified", s.verified)
            .with("declared", s.shown())
            .with("manifest", file.path.as_str())
            .with("ecosystem", s.ecosystem.as_str())
            .with("test_code", is_test_path(&file.path))
            .with(
                "beside",
                main.iter()
                    .filter(|h| Some(h.as_str()) != s.host().as_deref())
                    .cloned()
                    .collect::<Vec<_>>(),
            );
        if s.role != Role::Unchecked {
            fact = fact.with("tls", s.tls().map_or_else(by_variable, Value::Bool));
        }
        out.fact(fact.at(cx.at(&file.path, s.line)));
    }
}
