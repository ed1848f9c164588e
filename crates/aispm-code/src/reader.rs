//! The reader of source files and notebooks.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use aho_corasick::AhoCorasick;
use aispm_collect::{Kept, ReadContext, Reader, Source, VirtualFile};
use aispm_types::{Asset, AssetKind, Batch, Gap};

use crate::analyse::{Outcome, analyse};
use crate::catalogue::catalogue;
use crate::cross::{Asked, Cross, Exports, Given, module_key};
use crate::ir::Module;
use crate::{alone, lower, notebook};

/// Sources larger than this are not parsed (bytes): they are generated or bundled, and a tree takes twenty times as much.
const SOURCE_BUDGET: u64 = 512 << 10;
/// Sources larger than this are parsed one at a time (bytes): a parser may need a thousand times the size of what it cannot
/// make sense of, and threads would add up.
const ALONE: u64 = 96 << 10;
/// Expressions kept in memory for the second look; files beyond are lowered again. Changes speed, never results.
const KEPT_EXPRESSIONS: usize = 1_500_000;
/// Rounds of looking across files: a route calls a service, which calls a client.
const ROUNDS: usize = 4;
/// Rounds in which routers find where they are mounted.
const MOUNTED: usize = 2;
/// Files without AI of more than this are not kept for the case that text of a model is passed to their functions (bytes).
const BESIDE: u64 = 32 << 10;

/// Reads Python, JavaScript, TypeScript, C# and notebooks.
#[derive(Debug, Default)]
pub struct CodeReader {
    kept: AtomicUsize,
    alone: Mutex<()>,
}

/// Stands for a file that declares a service.
struct Manifest;

/// A file without AI that may be passed text of a model.
struct Beside {
    text: Arc<[u8]>,
    extension: String,
}

/// What is kept of a file until all files were read.
struct Held {
    batch: Batch,
    exports: Arc<Exports>,
    asked: Asked,
    waits: bool,
    /// What other modules passed to it when it was looked at last.
    given: Vec<(String, Given)>,
    module: Result<Module, Source>,
    extension: String,
}

impl Reader for CodeReader {
    fn name(&self) -> &'static str {
        "code"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        let extension = extension(file);
        alone::is_manifest(&file.path)
            || lower::front(&extension).is_some()
                && ![".min.js", ".d.ts", ".d.mts", ".d.cts", ".bundle.js"]
                    .iter()
                    .any(|e| file.name().ends_with(e))
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        // `setup.py` is a manifest and code.
        let manifest = || alone::is_manifest(&file.path).then(|| Box::new(Manifest) as Kept);
        if extension(file) != "py" && alone::is_manifest(&file.path) {
            return manifest();
        }
        let extension = extension(file);
        let (language, _) = lower::front(&extension)?;
        let Some(bytes) = file.source.bytes() else {
            return too_large(file, out);
        };
        // Text in UTF-16 holds no word as bytes.
        let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        if !wide && !is_gate(&file.path) && !catalogue().may_matter(language, bytes) {
            let may_take = file.source.len() <= BESIDE && beside(bytes);
            return manifest().or_else(|| {
                may_take.then(|| {
                    let text = Arc::from(bytes);
                    Box::new(Beside { text, extension }) as Kept
                })
            });
        }
        if file.source.len()
            > if extension == "ipynb" {
                cx.budgets.text_file
            } else {
                SOURCE_BUDGET
            }
        {
            return too_large(file, out);
        }
        let text = source_text(bytes);
        let text = text.as_ref();
        let _one_at_a_time = (file.source.len() > ALONE).then(|| self.alone.lock());
        let module = match lowered(&file.path, &extension, text) {
            Ok(Some(module)) => module,
            Ok(None) => return None,
            Err(reason) => {
                out.gap(&file.path, reason);
                return None;
            }
        };
        let mut outcome = analyse(&module, cx, &Cross::default());
        add_notebook(&mut outcome.batch, &module, text, cx);
        let size = module.exprs.len();
        let room = self.kept.fetch_add(size, Ordering::Relaxed) + size <= KEPT_EXPRESSIONS;
        let module = if room {
            Ok(module)
        } else {
            Err(file.source.clone())
        };
        Some(Box::new(Held::new(outcome, module, extension)))
    }

    fn finish(&self, kept: Vec<(String, Kept)>, cx: &ReadContext, out: &mut Batch) {
        self.kept.store(0, Ordering::Relaxed);
        let mut files: BTreeMap<String, Held> = BTreeMap::new();
        let mut manifests: BTreeSet<String> = BTreeSet::new();
        let mut beside: BTreeMap<String, Beside> = BTreeMap::new();
        for (path, held) in kept {
            match held.downcast::<Held>() {
                Ok(held) => {
                    if alone::is_manifest(&path) {
                        manifests.insert(path.clone());
                    }
                    files.insert(path, *held);
                }
                Err(other) => match other.downcast::<Beside>() {
                    Ok(text) => drop(beside.insert(path, *text)),
                    Err(_) => drop(manifests.insert(path)),
                },
            }
        }
        let mut changed: Option<BTreeSet<String>> = None;
        for round in 0..ROUNDS {
            let taken = take(&files, &mut beside, cx);
            let fresh: BTreeSet<String> = taken.keys().cloned().collect();
            if let Some(changed) = &mut changed {
                changed.extend(fresh.iter().map(|path| module_key(path)));
            }
            files.extend(taken);
            let cross = Cross::new(files.iter().map(|(p, h)| (p.clone(), Arc::clone(&h.exports))));
            let concerned: Vec<(&String, &mut Held)> = files
                .iter_mut()
                .filter(|(path, held)| {
                    held.waits && round < MOUNTED
                        || held.given != cross.given(path)
                        || cross.concerns(
                            path,
                            &held.asked,
                            changed.as_ref().filter(|_| !fresh.contains(*path)),
                        )
                })
                .collect();
            // After the first rounds only what is said of text is carried on.
            let now = look_again(concerned, cx, &cross, round + 1 >= MOUNTED);
            if now.is_empty() && fresh.is_empty() {
                break;
            }
            changed = Some(now);
        }
        let code = files
            .iter()
            .filter(|(_, held)| held.extension != "ipynb" && held.tells())
            .map(|(path, held)| (path.as_str(), held.language()));
        alone::services(code, &manifests, cx, out);
        for (_, held) in files {
            out.append(held.batch);
        }
    }
}

/// Files without AI that those which were read pass text of a model to, or that ask them for it.
fn take(
    files: &BTreeMap<String, Held>,
    beside: &mut BTreeMap<String, Beside>,
    cx: &ReadContext,
) -> BTreeMap<String, Held> {
    let mut out = BTreeMap::new();
    if beside.is_empty() {
        return out;
    }
    let read = files.iter().map(|(p, h)| (p.clone(), Arc::clone(&h.exports)));
    let unread = beside.keys().map(|p| (p.clone(), Arc::default()));
    let cross = Cross::new(read.chain(unread));
    let speakers = Speakers::of(files, &cross);
    if speakers.modules.is_empty() && files.values().all(|h| h.exports.given.is_empty()) {
        return out;
    }
    let takers: BTreeSet<&str> = cross.takers().collect();
    let wanted = |(path, file): &(&String, &Beside)| {
        takers.contains(module_key(path).as_str()) || speakers.named_in(&file.text)
    };
    let paths: Vec<String> = beside.iter().filter(wanted).map(|(p, _)| p.clone()).collect();
    for path in paths {
        let Some(file) = beside.remove(&path) else {
            continue;
        };
        if let Ok(Some(module)) = lowered(&path, &file.extension, &source_text(&file.text)) {
            let outcome = analyse(&module, cx, &Cross::default());
            out.insert(path, Held::new(outcome, Ok(module), file.extension));
        }
    }
    out
}

/// Modules with functions that give back text of a model, by the words an import of them is made of.
struct Speakers {
    words: Option<AhoCorasick>,
    /// Of each module, the word of its file and those of its functions.
    modules: Vec<(usize, Vec<usize>)>,
}

impl Speakers {
    fn of(files: &BTreeMap<String, Held>, cross: &Cross) -> Self {
        let mut words: BTreeMap<String, usize> = BTreeMap::new();
        let mut index = |word: &str| {
            let next = words.len();
            *words.entry(word.to_owned()).or_insert(next)
        };
        let mut modules = Vec::new();
        for path in files.keys() {
            let key = module_key(path);
            let names: Vec<usize> = cross.speaking(&key).iter().map(|n| index(n)).collect();
            if !names.is_empty() {
                modules.push((index(key.rsplit('/').next().unwrap_or(&key)), names));
            }
        }
        let mut listed: Vec<(&str, usize)> = words.iter().map(|(w, i)| (w.as_str(), *i)).collect();
        listed.sort_by_key(|(_, i)| *i);
        let words = AhoCorasick::new(listed.into_iter().map(|(w, _)| w)).ok();
        Self { words, modules }
    }

    /// Whether a text names a module and one of its functions.
    fn named_in(&self, text: &[u8]) -> bool {
        let Some(words) = self.words.as_ref().filter(|_| !self.modules.is_empty()) else {
            return false;
        };
        let found: BTreeSet<usize> = words
            .find_overlapping_iter(text)
            .map(|m| m.pattern().as_usize())
            .collect();
        // `export * from "./llm"` names no function.
        let everything = || text.windows(8).any(|w| w == b"export *" || w == b"import *");
        let named = |(module, names): &(usize, Vec<usize>)| {
            found.contains(module) && (names.iter().any(|n| found.contains(n)) || everything())
        };
        self.modules.iter().any(named)
    }
}

/// Whether a file without AI may do something with a text that it is passed: reach a sink, or take it apart.
fn beside(bytes: &[u8]) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let words = [
            "subprocess",
            "os.system",
            "os.popen",
            "eval(",
            "exec(",
            "child_process",
            "Function(",
            "runIn",
            "innerHTML",
            "InnerHTML",
            "insertAdjacentHTML",
            "document.write",
            ".send(",
            ".end(",
            "Raw(",
            "raw(",
            ".then(",
            ".map(",
            ".execute(",
            ".query(",
            "requests.",
            "httpx",
            "fetch(",
            "axios",
            "pickle",
            "yaml.load",
            "open(",
            "writeFile",
            "readFile",
            "render_template_string",
            "Markup",
            "re.s",
            "re.m",
            "re.f",
            ".match(",
            ".split(",
            "json.loads",
            "JSON.parse",
            ".replace(",
            ".strip(",
            ".trim(",
            "from .",
            "export *",
            "export {",
        ];
        AhoCorasick::new(words).ok()
    });
    words.as_ref().is_some_and(|w| w.is_match(bytes))
}

/// Looks at files again, in parallel; gives back the modules that now give out something else. Each file is judged by itself,
/// so threads do not show.
fn look_again(
    files: Vec<(&String, &mut Held)>,
    cx: &ReadContext,
    cross: &Cross,
    text_only: bool,
) -> BTreeSet<String> {
    let threads = match cx.budgets.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let mut shares: Vec<Vec<(&String, &mut Held)>> = (0..threads.max(1)).map(|_| Vec::new()).collect();
    let count = shares.len();
    for (i, file) in files.into_iter().enumerate() {
        if let Some(share) = shares.get_mut(i % count) {
            share.push(file);
        }
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = shares
            .into_iter()
            .map(|share| {
                scope.spawn(move || {
                    share
                        .into_iter()
                        .filter_map(|(path, held)| {
                            held.look_again(path, cx, cross, text_only)
                                .then(|| module_key(path))
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        running
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .flatten()
            .collect()
    })
}

impl Held {
    fn new(outcome: Outcome, module: Result<Module, Source>, extension: String) -> Self {
        let Outcome {
            batch,
            exports,
            asked,
            waits,
        } = outcome;
        Self {
            batch,
            exports: Arc::new(exports),
            asked,
            waits,
            given: Vec::new(),
            module,
            extension,
        }
    }

    /// Whether AI stands in the file.
    fn tells(&self) -> bool {
        !self.batch.facts.is_empty() || !self.batch.assets.is_empty()
    }

    fn language(&self) -> &'static str {
        match self.extension.as_str() {
            "cs" => "csharp",
            "ts" | "tsx" | "mts" | "cts" => "typescript",
            "js" | "jsx" | "mjs" | "cjs" => "javascript",
            _ => "python",
        }
    }

    /// Analyses the file with what is now known of others; true where what it gives out changed.
    fn look_again(&mut self, path: &str, cx: &ReadContext, cross: &Cross, text_only: bool) -> bool {
        self.given = cross.given(path).to_vec();
        let mut notebook: Vec<Asset> = Vec::new();
        notebook.extend(
            self.batch
                .assets
                .iter()
                .filter(|a| a.kind == AssetKind::Notebook)
                .cloned(),
        );
        let outcome = match &self.module {
            Ok(module) => analyse(module, cx, cross),
            Err(source) => {
                let text = source.bytes().map(source_text);
                match text.map(|t| lowered(path, &self.extension, &t)) {
                    Some(Ok(Some(module))) => analyse(&module, cx, cross),
                    _ => return false,
                }
            }
        };
        self.waits = outcome.waits;
        self.asked = outcome.asked;
        self.batch = outcome.batch;
        self.batch.assets.append(&mut notebook);
        let changed = match text_only {
            true => !self.exports.says_the_same_of_text(&outcome.exports),
            false => *self.exports != outcome.exports,
        };
        if *self.exports != outcome.exports {
            self.exports = Arc::new(outcome.exports);
        }
        changed
    }
}

/// A file by whose name a framework knows that every request goes through it first.
fn is_gate(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name.rsplit_once('.'),
        Some(("middleware" | "proxy", "ts" | "js" | "mjs"))
    )
}

/// The extension that decides the grammar; a script without one by its first line.
fn extension(file: &VirtualFile) -> String {
    let extension = file.extension();
    if extension.is_empty() && file.head.starts_with(b"#!") {
        let line = file.head.split(|b| *b == b'\n').next().unwrap_or(&[]);
        let line = String::from_utf8_lossy(line.get(..line.len().min(120)).unwrap_or(&[])).into_owned();
        if line.contains("python") {
            return "py".to_owned();
        }
        if line.contains("node") || line.contains("deno") || line.contains("bun") {
            return "js".to_owned();
        }
    }
    extension
}

/// The text of a source. Bytes of another encoding, which stand in comments and texts, are replaced, and so are NUL bytes: both
/// keep lines where they are. A file in UTF-16 is decoded.
fn source_text(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|c| match c {
            [a, b] => read([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units)
            .map(|c| c.unwrap_or('\u{fffd}'))
            .collect::<String>()
    };
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return wide(rest, u16::from_le_bytes).into();
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return wide(rest, u16::from_be_bytes).into();
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Checked whole first: that is ten times as fast, and nearly every source passes.
    let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    if text.as_bytes().contains(&0) {
        return text.replace('\0', " ").into();
    }
    text
}

fn lowered(path: &str, extension: &str, text: &str) -> Result<Option<Module>, String> {
    if extension != "ipynb" {
        return lower::lower(path, extension, text)
            .map(Some)
            .map_err(str::to_owned);
    }
    let Some(cells) = notebook::read(text)? else {
        return Ok(None);
    };
    if cells.text.len() as u64 > SOURCE_BUDGET {
        return Err(format!(
            "code cells are larger than {SOURCE_BUDGET} bytes (source budget)"
        ));
    }
    let mut module = lower::lower(path, extension, &cells.text).map_err(str::to_owned)?;
    cells.place(&mut module);
    Ok(Some(module))
}

/// A notebook is an asset where AI stands in it.
fn add_notebook(batch: &mut Batch, module: &Module, text: &str, cx: &ReadContext) {
    if !module.notebook || (batch.assets.is_empty() && batch.facts.is_empty()) {
        return;
    }
    let Ok(Some(cells)) = notebook::read(text) else {
        return;
    };
    let name = module.path.rsplit('/').next().unwrap_or(&module.path);
    let mut asset = Asset::new(AssetKind::Notebook, cx.place(&module.path), name)
        .with("source", "notebook")
        .with("code_cells", cells.code_cells)
        .with("has_outputs", cells.has_outputs)
        .with(
            "fetched_code",
            cells.fetches.iter().map(|(c, _)| c.clone()).collect::<Vec<_>>(),
        )
        .at(cx.file(&module.path));
    for (_, line) in &cells.fetches {
        asset = asset.at(cx.at(&module.path, *line));
    }
    batch.asset(asset);
}

fn too_large(file: &VirtualFile, out: &mut Batch) -> Option<Kept> {
    out.gaps.push(Gap::new(
        &file.path,
        format!("source is larger than {SOURCE_BUDGET} bytes (source budget) and was not parsed"),
    ));
    None
}
