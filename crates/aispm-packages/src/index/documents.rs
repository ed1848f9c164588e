//! Settings in the configuration files of installers.

use aispm_formats::doc::{DocError, Limits, Node, parse_json, parse_toml, parse_yaml};

use super::{Role, Setting};
use crate::Ecosystem::{Npm, Pypi};

/// `pip.conf`, `pip.ini` and the section `easy_install` of `setup.cfg`: a value may go on in lines that are indented.
pub(super) fn pip_conf(text: &str) -> Vec<Setting> {
    let mut out = Vec::new();
    let mut key = String::new();
    for (line, raw) in (1u32..).zip(text.lines()) {
        let code = raw.trim();
        if code.starts_with(['#', ';', '[']) {
            continue;
        }
        let value = match code.split_once(['=', ':']) {
            Some((name, value)) if !raw.starts_with([' ', '\t']) => {
                key = name.trim().to_ascii_lowercase().replace('_', "-");
                value
            }
            _ => code,
        };
        let role = match key.as_str() {
            "index-url" => Role::Main,
            "extra-index-url" => Role::Extra,
            "find-links" => Role::Links,
            "trusted-host" => Role::Unchecked,
            _ => continue,
        };
        out.extend(
            value
                .split_whitespace()
                .take_while(|v| !v.starts_with(['#', ';']))
                .filter_map(|v| Setting::new(role, Pypi, &key, v, line)),
        );
    }
    out
}

/// `.npmrc`: `registry=…`, `@scope:registry=…`, `strict-ssl=false`.
pub(super) fn npmrc(text: &str) -> Vec<Setting> {
    let mut out = Vec::new();
    let mut unchecked = false;
    for (line, raw) in (1u32..).zip(text.lines()) {
        let code = raw.trim();
        if code.starts_with(['#', ';']) {
            continue;
        }
        let Some((name, value)) = code.split_once('=') else {
            continue;
        };
        let (name, value) = (name.trim(), value.trim().trim_matches(['"', '\'']));
        let role = match name {
            "registry" => Role::Main,
            n if n.ends_with(":registry") => Role::Scope,
            "strict-ssl" => {
                unchecked |= value == "false";
                if unchecked {
                    out.extend(Setting::new(Role::Unchecked, Npm, name, "registry", line));
                }
                continue;
            }
            _ => continue,
        };
        out.extend(Setting::new(role, Npm, name, value, line));
    }
    named_host(&mut out);
    out
}

/// `.yarnrc.yml`: registries for all, for scopes, and hosts that are reached in the clear.
pub(super) fn yarnrc(text: &str) -> Result<Vec<Setting>, DocError> {
    let doc = parse_yaml(text, &Limits::default())?;
    let mut out = Vec::new();
    let mut server = |node: Option<&Node>, role| {
        let found = node.and_then(|n| Setting::new(role, Npm, "npmRegistryServer", n.as_str()?, n.line));
        out.extend(found);
    };
    server(doc.get("npmRegistryServer"), Role::Main);
    for (_, scope) in doc.get("npmScopes").map_or(&[][..], Node::entries) {
        server(scope.get("npmRegistryServer"), Role::Scope);
    }
    if let Some(strict) = doc.get("enableStrictSsl").filter(|n| n.as_bool() == Some(false)) {
        out.extend(Setting::new(
            Role::Unchecked,
            Npm,
            "enableStrictSsl",
            "registry",
            strict.line,
        ));
    }
    named_host(&mut out);
    Ok(out)
}

/// Switching the check off is about the registry that the same file names, else about the public one.
fn named_host(settings: &mut [Setting]) {
    let main = settings
        .iter()
        .find(|s| s.role == Role::Main)
        .and_then(Setting::host)
        .unwrap_or_else(|| "registry.npmjs.org".to_owned());
    for s in settings.iter_mut().filter(|s| s.role == Role::Unchecked) {
        s.address.clone_from(&main);
    }
}

/// `pyproject.toml`, `uv.toml`, `Pipfile`.
pub(super) fn toml(text: &str, name: &str) -> Result<Vec<Setting>, DocError> {
    let doc = parse_toml(text, &Limits::default())?;
    let mut out = Vec::new();
    let uv = if name == "uv.toml" {
        Some(&doc)
    } else {
        doc.at(&["tool", "uv"])
    };
    if let Some(uv) = uv {
        take_uv(uv, &mut out);
        if let Some(pip) = uv.get("pip") {
            take_uv(pip, &mut out);
        }
    }
    let sources = [
        (doc.at(&["tool", "poetry", "source"]), false),
        (doc.at(&["tool", "pdm", "source"]), false),
        // A Pipfile's packages come from its first source unless they name another.
        (doc.get("source").filter(|_| name == "Pipfile"), true),
    ];
    for (list, first_only) in sources {
        for (i, source) in list.map_or(&[][..], Node::items).iter().enumerate() {
            let role = match source.get("priority").and_then(Node::as_str) {
                Some("explicit") => Role::Scope,
                Some("primary" | "default") => Role::Main,
                _ if first_only && i == 0 => Role::Main,
                _ if first_only => Role::Scope,
                _ => Role::Extra,
            };
            take_source(source, role, &mut out);
        }
    }
    Ok(out)
}

fn take_source(source: &Node, role: Role, out: &mut Vec<Setting>) {
    let Some(url) = source.get("url") else { return };
    if let Some(mut s) = url
        .as_str()
        .and_then(|u| Setting::new(role, Pypi, "source", u, url.line))
    {
        s.verified = source.get("verify_ssl").and_then(Node::as_bool) != Some(false);
        out.push(s);
    }
}

fn take_uv(uv: &Node, out: &mut Vec<Setting>) {
    for index in uv.get("index").map_or(&[][..], Node::items) {
        let is = |key: &str| index.get(key).and_then(Node::as_bool) == Some(true);
        let role = match (is("default"), is("explicit")) {
            (true, _) => Role::Main,
            (_, true) => Role::Scope,
            _ => Role::Extra,
        };
        take_source(index, role, out);
    }
    for (key, role) in [
        ("index-url", Role::Main),
        ("extra-index-url", Role::Extra),
        ("find-links", Role::Links),
        ("allow-insecure-host", Role::Unchecked),
    ] {
        let Some(node) = uv.get(key) else { continue };
        for n in std::iter::once(node).chain(node.items()) {
            out.extend(n.as_str().and_then(|v| Setting::new(role, Pypi, key, v, n.line)));
        }
    }
}

/// What the code cells of a notebook run in a shell.
pub(super) fn notebook(text: &str) -> Result<Vec<Setting>, DocError> {
    let doc = parse_json(text, &Limits::default())?;
    let mut out = Vec::new();
    for cell in doc.get("cells").map_or(&[][..], Node::items) {
        if cell.get("cell_type").and_then(Node::as_str) != Some("code") {
            continue;
        }
        let Some(source) = cell.get("source") else {
            continue;
        };
        for piece in std::iter::once(source).chain(source.items()) {
            let found = piece
                .as_str()
                .map(|t| super::words::settings(t, None))
                .unwrap_or_default();
            out.extend(found.into_iter().map(|s| Setting {
                line: if source.as_str().is_some() {
                    source.line
                } else {
                    piece.line
                },
                ..s
            }));
        }
    }
    Ok(out)
}
