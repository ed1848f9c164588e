//! Skills: `SKILL.md` with its front matter, and the scripts beside it.

use std::collections::{BTreeMap, BTreeSet};

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary};
use aispm_formats::doc::{Limits, Node, parse_yaml};
use aispm_types::{Asset, AssetId, AssetKind, Batch};

use crate::document::{located, text};
use crate::hidden::{HiddenInstruction, facts, hidden_instructions, script_hazards};

/// Reads skills.
#[derive(Debug, Default)]
pub(crate) struct SkillReader;

/// What is kept of a file until all are read.
enum Part {
    Skill(Box<Asset>),
    Script(Vec<HiddenInstruction>, BTreeSet<String>),
}

/// Most scripts that are told of one skill.
const SCRIPTS: usize = 100;

impl Reader for SkillReader {
    fn name(&self) -> &'static str {
        "skills"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        !is_binary(&file.head) && (is_skill(file) || is_script(file))
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        if !is_skill(file) {
            // A script too large to read is the language readers' gap.
            let text = file.text().filter(|t| t.len() as u64 <= cx.budgets.text_file)?;
            return Some(Box::new(Part::Script(script_hazards(text), hosts(text, false))));
        }
        let text = text(file, cx, out)?;
        let asset = skill(file, text, cx, out);
        for fact in facts(hidden_instructions(text), &asset.id, |line| {
            cx.at(&file.path, line)
        }) {
            out.fact(fact);
        }
        Some(Box::new(Part::Skill(Box::new(asset))))
    }
    fn finish(&self, kept: Vec<(String, Kept)>, cx: &ReadContext, out: &mut Batch) {
        let mut skills: BTreeMap<String, Asset> = BTreeMap::new();
        let mut scripts = Vec::new();
        for (path, kept) in kept {
            match kept.downcast::<Part>().map(|p| *p) {
                Ok(Part::Skill(asset)) => {
                    skills.insert(directory(&path).to_owned(), *asset);
                }
                Ok(Part::Script(hazards, hosts)) => scripts.push((path, hazards, hosts)),
                Err(_) => {}
            }
        }
        let mut carried: BTreeMap<&str, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        for (path, hazards, hosts) in scripts {
            let Some((root, asset)) = nearest(&skills, &path) else {
                continue;
            };
            for fact in facts(hazards, &asset.id, |line| cx.at(&path, line)) {
                out.fact(fact);
            }
            let inner = path.strip_prefix(root).unwrap_or(&path).trim_start_matches('/');
            let entry = carried.entry(root).or_default();
            if entry.0.len() < SCRIPTS {
                entry.0.insert(inner.to_owned());
            }
            entry.1.extend(hosts);
        }
        for (root, asset) in &skills {
            let mut asset = asset.clone();
            if let Some((scripts, hosts)) = carried.get(root.as_str()) {
                asset = asset.with("scripts", scripts.iter().cloned().collect::<Vec<_>>());
                let own = asset
                    .get("external_urls")
                    .and_then(|v| v.as_list())
                    .unwrap_or(&[]);
                let all: BTreeSet<String> = own
                    .iter()
                    .filter_map(|v| v.as_str().map(str::to_owned))
                    .chain(hosts.iter().cloned())
                    .collect();
                asset = asset.with("external_urls", all.into_iter().collect::<Vec<_>>());
            }
            out.asset(asset);
        }
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(d, _)| d)
}

fn is_skill(file: &VirtualFile) -> bool {
    file.name().eq_ignore_ascii_case("SKILL.md")
}

fn is_script(file: &VirtualFile) -> bool {
    let script = matches!(
        file.extension().as_str(),
        "py" | "sh" | "bash" | "zsh" | "js" | "mjs" | "cjs" | "ts" | "rb" | "pl" | "ps1" | "bat"
    );
    script
        && file
            .path
            .split('/')
            .any(|p| p == "scripts" || p.to_ascii_lowercase().contains("skill"))
}

/// The skill whose directory holds a path; the innermost where they nest.
fn nearest<'s>(skills: &'s BTreeMap<String, Asset>, path: &str) -> Option<(&'s str, &'s Asset)> {
    let mut at = directory(path);
    loop {
        if let Some((root, asset)) = skills.get_key_value(at) {
            return Some((root, asset));
        }
        at = match at.rsplit_once('/') {
            Some((above, _)) => above,
            None if at != "." => ".",
            None => return None,
        };
    }
}

fn skill(file: &VirtualFile, text: &str, cx: &ReadContext, out: &mut Batch) -> Asset {
    let front = front_matter(text);
    let doc = front.and_then(|f| match parse_yaml(f, &Limits::default()) {
        Ok(doc) => Some(doc),
        Err(e) => {
            out.gap(&file.path, format!("front matter: {e}"));
            None
        }
    });
    let stated = |key: &str| doc.as_ref().and_then(|d| d.get(key)).and_then(Node::scalar);
    let folder = directory(&file.path).rsplit('/').next().unwrap_or_default();
    let name = stated("name").unwrap_or_else(|| folder.to_owned());
    let id = AssetId::new(AssetKind::Skill, cx.place(directory(&file.path)));
    let mut asset = Asset::new(AssetKind::Skill, "", name);
    asset.id = id;
    asset = located(asset, file, cx, 1);
    if let Some(description) = stated("description") {
        asset = asset.with("description", description);
    }
    if let Some(tools) = doc.as_ref().and_then(|d| {
        d.get("allowed-tools")
            .or_else(|| d.get("allowed_tools"))
            .or_else(|| d.get("tools"))
    }) {
        asset = asset.with("allowed_tools", tool_names(tools));
    }
    let hosts: Vec<String> = hosts(text, true).into_iter().collect();
    if hosts.is_empty() {
        asset
    } else {
        asset.with("external_urls", hosts)
    }
}

/// The YAML between two `---` lines at the top.
fn front_matter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("---")?;
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    let end = rest.find("\n---")?;
    rest.get(..end)
}

/// A list, or names apart by commas or blanks; commas inside parentheses belong to the name (`Bash(git:*, ls)`).
fn tool_names(tools: &Node) -> Vec<String> {
    if tools.is_seq() {
        return tools.items().iter().filter_map(Node::scalar).collect();
    }
    let text = tools.scalar().unwrap_or_default();
    let (mut out, mut word, mut depth) = (Vec::new(), String::new(), 0usize);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (c == ',' || c.is_whitespace()) {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// Hosts of addresses; of prose only in lines that fetch something, since most links are for reading.
fn hosts(text: &str, prose: bool) -> BTreeSet<String> {
    const FETCHES: [&str; 10] = [
        "curl ",
        "wget ",
        "fetch",
        "download",
        "requests.",
        "httpx.",
        "git clone",
        "invoke-webrequest",
        "urlopen",
        "http get",
    ];
    let mut out = BTreeSet::new();
    for line in text.lines().filter(|l| l.len() <= 4096 && l.contains("://")) {
        let lower = line.to_ascii_lowercase();
        if prose && !FETCHES.iter().any(|f| lower.contains(f)) {
            continue;
        }
        for (at, _) in lower.match_indices("http") {
            let rest = lower.get(at..).unwrap_or_default();
            let Some(address) = rest
                .strip_prefix("https://")
                .or_else(|| rest.strip_prefix("http://"))
            else {
                continue;
            };
            let host: String = address
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
                .collect();
            let local = host == "localhost" || host.starts_with("127.") || !host.contains('.');
            if !local && host.len() <= 253 {
                out.insert(host.trim_end_matches('.').to_owned());
            }
        }
    }
    out
}
