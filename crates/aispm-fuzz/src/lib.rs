//! What both fuzzers ask of a reader: the seeded one of this crate, on stable, and the coverage-guided ones in `fuzz/`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aispm_collect::{Budgets, ReadContext, Reader, VirtualFile};
use aispm_engine::clock::Stopwatch;
use aispm_types::Batch;

/// Longest one mutant may take, in milliseconds; mutants are small.
const SLOW: u64 = 5_000;

/// The context in which mutants are read.
pub fn context() -> ReadContext {
    ReadContext {
        target: ".".into(),
        repository: ".".into(),
        budgets: Budgets::default(),
    }
}

/// Reads one file with one reader and joins it.
///
/// # Errors
/// What the reader did that no input may make it do: panic, leave the schema, take longer than five seconds.
pub fn judge(reader: &dyn Reader, file: &VirtualFile, cx: &ReadContext) -> Result<(), String> {
    let watch = Stopwatch::start();
    let (name, path) = (reader.name(), &file.path);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut batch = Batch::default();
        let kept = reader.read(file, cx, &mut batch);
        reader.finish(
            kept.into_iter().map(|k| (path.clone(), k)).collect(),
            cx,
            &mut batch,
        );
        aispm_types::schema::batch_departures(&batch)
    }));
    match ran {
        Err(_) => Err(format!("reader {name} panics on a mutant of {path}")),
        Ok(departures) if !departures.is_empty() => Err(format!(
            "reader {name} leaves the schema on a mutant of {path}: {departures:?}"
        )),
        Ok(_) if watch.millis() > SLOW => Err(format!(
            "reader {name} takes {} ms on a mutant of {path}",
            watch.millis()
        )),
        Ok(_) => Ok(()),
    }
}

/// A seed of the reader targets: its first line is the path the file has, for readers go by it too; the rest is the file.
pub fn parse_seed(seed: &[u8]) -> Option<VirtualFile> {
    let end = seed.iter().take(512).position(|b| *b == b'\n')?;
    let path = std::str::from_utf8(seed.get(..end)?).ok()?;
    let inside = !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    inside.then(|| VirtualFile::memory(path, seed.get(end + 1..).unwrap_or(&[])))
}

/// A seed from a file: what [`parse_seed`] takes apart.
pub fn write_seed(path: &str, bytes: &[u8]) -> Vec<u8> {
    [path.as_bytes(), b"\n", bytes].concat()
}

/// What a coverage-guided target of one reader does with one input.
///
/// # Panics
/// When [`judge`] finds something, and when no reader has the name; both are what a fuzzer is to report.
#[expect(clippy::panic, reason = "a panic is how a fuzz target reports")]
pub fn target(reader: &str, seed: &[u8]) {
    let readers = aispm_engine::readers(b"fuzz");
    let Some(reader) = readers.readers.iter().find(|r| r.name() == reader) else {
        panic!("no reader is named {reader}");
    };
    if let Some(file) = parse_seed(seed)
        && reader.wants(&file)
        && let Err(what) = judge(reader.as_ref(), &file, &context())
    {
        panic!("{what}");
    }
}

/// Reads one log, as `log:` does.
///
/// # Errors
/// What the collector did that no log may make it do: panic, leave the schema.
pub fn log(bytes: &[u8]) -> Result<(), String> {
    let cx = aispm_collect::CollectContext {
        target: "log:x".into(),
        budgets: Budgets::default(),
        offline: true,
        as_of: jiff::civil::date(2026, 1, 1),
        fingerprint_key: b"fuzz".to_vec(),
        directories: Vec::new(),
    };
    let read = || aispm_types::schema::batch_departures(&aispm_discover::read_log("log", bytes, &cx).batch);
    match catch_unwind(AssertUnwindSafe(read)) {
        Err(_) => Err(String::from("the reader of logs panics")),
        Ok(departures) if !departures.is_empty() => Err(format!("a log leaves the schema: {departures:?}")),
        Ok(_) => Ok(()),
    }
}

/// How rows of training data may be written, and what is told about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// JSON lines.
    JsonLines,
    /// Separated values.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// One image.
    Picture,
    /// A manifest of rows.
    Manifest,
}

impl Rows {
    /// All of them, with the names of their targets.
    pub const ALL: [(&'static str, Self); 5] = [
        ("rows-jsonl", Self::JsonLines),
        ("rows-csv", Self::Csv),
        ("rows-parquet", Self::Parquet),
        ("rows-picture", Self::Picture),
        ("rows-manifest", Self::Manifest),
    ];
}

/// Reads training data.
///
/// # Errors
/// Rows were handed over that are not in order or more than were counted, or a manifest is not what it is written as.
pub fn rows(kind: Rows, bytes: &[u8]) -> Result<(), String> {
    use aispm_data::{Manifest, Problems, csv, grey, jsonl, parquet_bytes};
    let mut problems = Problems::default();
    let (mut next, mut ordered) = (0, true);
    let mut take = |row: u64, _| {
        ordered &= row >= next;
        next = row + 1;
        true
    };
    let counted = match kind {
        Rows::JsonLines => jsonl(bytes, &mut take, &mut problems),
        Rows::Csv => csv(bytes, &mut take, &mut problems),
        Rows::Parquet => parquet_bytes(bytes.to_vec(), &mut take, &mut problems),
        Rows::Picture => {
            return grey(bytes).map_or(Ok(()), |g| match g.len() {
                256 => Ok(()),
                n => Err(format!("a picture has {n} pixels")),
            });
        }
        Rows::Manifest => {
            let Ok(read) = Manifest::read(bytes) else {
                return Ok(());
            };
            let mut written = Vec::new();
            read.write(&mut written).map_err(|e| e.to_string())?;
            return match Manifest::read(&written[..]) {
                Ok(again) if again == read => Ok(()),
                _ => Err(String::from(
                    "a manifest is read as another one than it is written as",
                )),
            };
        }
    };
    match counted {
        Ok(rows) if next > rows => Err(format!("{next} rows were read of {rows}")),
        _ if !ordered => Err(String::from("rows were read out of order")),
        _ => Ok(()),
    }
}

/// Bytes of a guard's upstream: the first says which sink, and where the rest is cut a second time.
///
/// # Errors
/// Cuts changed what left or what was told.
pub fn guard(choice: u8, bytes: &[u8]) -> Result<(), String> {
    use aispm_guard::{Settings, Sink, Stream, answer};
    let sink = match choice % 3 {
        0 => Sink::Html,
        1 => Sink::Markdown,
        _ => Sink::Plain,
    };
    let mut settings = Settings::new(sink).allowing(&["docs.acme.example"]);
    settings.hold = 256;
    let settings = std::sync::Arc::new(settings);
    let _ = answer(bytes, &settings);
    let run = |step: usize| {
        let mut stream = Stream::new(std::sync::Arc::clone(&settings), 1);
        let mut out = Vec::new();
        for piece in bytes.chunks(step) {
            stream.push(piece, &mut out);
        }
        stream.finish(&mut out);
        (out, stream.events())
    };
    if run(1 + usize::from(choice / 3)) == run(bytes.len().max(1)) {
        Ok(())
    } else {
        Err(String::from("cuts of the upstream change what leaves the guard"))
    }
}

/// Reads one log of the guard.
///
/// # Errors
/// What was seen in it leaves the schema.
pub fn guard_log(bytes: &[u8]) -> Result<(), String> {
    let seen = aispm_guard_log::read(bytes, "guard:x", "x");
    let departures = aispm_types::schema::batch_departures(&seen.batch);
    if departures.is_empty() {
        Ok(())
    } else {
        Err(format!("a log of the guard leaves the schema: {departures:?}"))
    }
}

/// An audit log behind its anchor, which is the first line.
///
/// # Errors
/// It passes although its last entry does not end where the log does.
pub fn audit_log(seed: &[u8]) -> Result<(), String> {
    let end = seed
        .iter()
        .take(512)
        .position(|b| *b == b'\n')
        .map_or(0, |n| n + 1);
    let (anchor, log) = seed.split_at(end);
    match aispm_audit::verify_bytes(log, Some(anchor), None) {
        Ok(good) if good.head.length != log.len() as u64 => Err(format!(
            "an audit log of {} bytes passes as one of {}",
            log.len(),
            good.head.length
        )),
        _ => Ok(()),
    }
}

/// Edits one document in the ways that fit its name.
///
/// # Errors
/// An edit that cannot be undone, that changes more when it is made twice, or that loses anything it did not replace.
pub fn edits(path: &str, bytes: &[u8]) -> Result<(), String> {
    use aispm_patch::hcl::{self, Part, Resource};
    use aispm_patch::{Edit, Format, Language, Step};
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(());
    };
    if let Some(format) = Format::of(path) {
        let key = "aispm-fresh-key";
        for document in 0..aispm_patch::read(format, text).map_or(0, |d| d.len()).min(2) {
            let value = aispm_patch::read(format, text)
                .ok()
                .and_then(|mut d| d.drain(..).nth(document));
            let Some(value) = value.filter(|v| v.as_map().is_some()) else {
                continue;
            };
            let under = first_map(&value);
            for way in [Some(Vec::new()), under].into_iter().flatten() {
                let mut at = way;
                at.extend([Step::from(key), Step::from("b")]);
                let edit = Edit::Set(at, true.into());
                let make = |t: &str| aispm_patch::edit(format, t, document, &edit);
                sound(path, text, &make, true)?;
            }
            let edit = Edit::Remove(vec![Step::from("args"), Step::Item(0)]);
            sound(
                path,
                text,
                &|t| aispm_patch::edit(format, t, document, &edit),
                false,
            )?;
        }
    }
    if path.ends_with(".tf") {
        for (kind, name) in hcl::names(text).unwrap_or_default().iter().take(3) {
            let resource = Resource { kind, name };
            for way in [vec![], vec![Part::Block(String::from("aispm_fresh"))]] {
                let mut at = way;
                at.push(Part::Attribute(String::from("aispm_key")));
                sound(path, text, &|t| hcl::set(t, resource, &at, &7i64.into()), true)?;
            }
            let block = format!("resource \"aispm_beside\" \"x\" {{\n  of = {kind}.{name}.id\n}}");
            let _ = hcl::append(text, resource, &block);
        }
    }
    if let Some(language) = Language::of(path) {
        for line in 1..4 {
            let _ = aispm_patch::replace_literal(language, text, line, &|t| t.len() > 8, &|_| {
                String::from("x.y")
            });
            if language == Language::Python {
                sound(
                    path,
                    text,
                    &|t| aispm_patch::set_argument(t, line, "load", "fresh", "True"),
                    true,
                )?;
            }
        }
        if language == Language::Python {
            sound(path, text, &|t| aispm_patch::import_module(t, "os"), true)?;
        }
    }
    if path.ends_with(".txt") {
        let word = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .find(|w| !w.is_empty());
        if let Some(word) = word {
            sound(
                path,
                text,
                &|t| aispm_patch::set_requirement(t, word, "1.2.3"),
                false,
            )?;
        }
    }
    Ok(())
}

/// The way to the first map below the top.
fn first_map(value: &aispm_types::Value) -> Option<aispm_patch::Path> {
    let (key, _) = value.as_map()?.iter().find(|(_, v)| v.as_map().is_some())?;
    Some(vec![aispm_patch::Step::from(key.as_str())])
}

type Making<'a> = &'a dyn Fn(&str) -> Result<String, aispm_patch::Refusal>;

fn sound(path: &str, text: &str, make: Making<'_>, adds: bool) -> Result<(), String> {
    let Ok(after) = make(text) else {
        return Ok(());
    };
    if make(&after).is_ok_and(|twice| twice != after) && adds {
        return Err(format!("an edit of a mutant of {path} made twice changes more"));
    }
    let way = aispm_patch::diff::way_back(text, &after);
    if aispm_patch::diff::go_back(&after, way).as_deref() != Ok(text) {
        return Err(format!("an edit of a mutant of {path} cannot be undone"));
    }
    let mut rest = after.chars();
    let mut kept = text.chars().filter(|c| !c.is_whitespace());
    if adds && !kept.all(|c| rest.any(|d| d == c)) {
        return Err(format!(
            "an edit of a mutant of {path} loses what it should only add to"
        ));
    }
    Ok(())
}
