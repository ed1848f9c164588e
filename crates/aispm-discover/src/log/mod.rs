//! `log:PATH`: who uses which AI service, from logs that are there already.

mod cloudtrail;
mod dnsmasq;
mod domains;
mod lines;
mod squid;
mod tally;
mod when;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aispm_collect::{CollectContext, Collected, Collector, Progress, Source};
use aispm_formats::bounded::{Inflated, Limits, Meter, ReadAt, Wrapper};
use aispm_types::{Coverage, Gap, Scope};

use lines::{Line, Lines};
use tally::Tally;
use when::When;

/// Files of one directory.
const FILES: usize = 20_000;
/// Directories below each other.
const DEPTH: usize = 12;
/// Bytes one compressed log may expand to.
const INFLATED: u64 = 16 << 30;
/// Bytes of the shortest whole gzip file.
const GZIP: u64 = 20;
/// Gaps that are listed of one target.
const GAPS: usize = 200;

/// Reads Squid access logs (native and combined), dnsmasq query logs and CloudTrail records, plain or gzipped.
#[derive(Clone, Copy, Debug)]
pub struct LogCollector;

/// One request, as a line tells it.
#[derive(Debug, PartialEq)]
pub(crate) struct Request<'l> {
    pub(crate) user: &'l str,
    pub(crate) host: &'l str,
    pub(crate) when: When<'l>,
    pub(crate) bytes: u64,
    pub(crate) denied: bool,
    pub(crate) via: &'static str,
}

/// What a line is.
#[derive(Debug, PartialEq)]
pub(crate) enum Entry<'l> {
    /// Somebody asked for something.
    Request(Request<'l>),
    /// Of a known format, and no request to a host.
    Other,
}

impl Collector for LogCollector {
    fn kind(&self) -> &'static str {
        "log"
    }
    fn check(&self, reference: &str) -> Result<(), String> {
        if reference.is_empty() {
            return Err(String::from(
                "no log is named; write `log:/var/log/squid/access.log` or a directory of logs",
            ));
        }
        match std::fs::metadata(reference) {
            Ok(_) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {
                Err(String::from("permission denied; run as a user who may read it"))
            }
            Err(_) => Err(format!("there is no file or directory `{reference}`")),
        }
    }
    fn collect(&self, reference: &str, cx: &CollectContext, progress: &dyn Progress) -> Collected {
        let root = Path::new(reference);
        let mut reading = Reading::new(cx);
        let mut files = Vec::new();
        list(root, root, 0, &mut files, &mut reading.gaps);
        files.sort();
        for (path, shown) in files {
            progress.file_read(&shown);
            match open(&path) {
                Ok(source) => reading.file(&shown, &source),
                Err(e) => reading.gap(&shown, format!("could not be opened: {}", e.kind())),
            }
        }
        reading.finish()
    }
}

/// Reads one log whose bytes are at hand: what the collector does with each file.
pub fn read_log(name: &str, bytes: &[u8], cx: &CollectContext) -> Collected {
    let mut reading = Reading::new(cx);
    reading.file(name, &Source::Memory(bytes.into()));
    reading.finish()
}

struct Reading<'a> {
    cx: &'a CollectContext,
    tally: Tally,
    gaps: Vec<Gap>,
    unlisted: usize,
    read: u64,
}

impl<'a> Reading<'a> {
    fn new(cx: &'a CollectContext) -> Self {
        Self {
            cx,
            tally: Tally::new(cx.as_of),
            gaps: Vec::new(),
            unlisted: 0,
            read: 0,
        }
    }

    fn gap(&mut self, scope: &str, reason: String) {
        if self.gaps.len() < GAPS {
            self.gaps.push(Gap::new(scope, reason));
        } else {
            self.unlisted += 1;
        }
    }

    fn file(&mut self, name: &str, source: &Source) {
        let bytes = Positioned(source);
        let mut head = [0u8; 2];
        let gzip = matches!(source.read_at(0, &mut head), Ok(2)) && head == [0x1f, 0x8b];
        if !gzip {
            return self.content(name, &bytes);
        }
        if source.len() < GZIP {
            return self.gap(
                name,
                String::from("could not be read: its compressed content is cut off"),
            );
        }
        let meter = Meter::new(Limits {
            inflated: INFLATED,
            ..Limits::default()
        });
        let inflated = Inflated::new(&bytes, Wrapper::Gzip, None, &meter);
        self.content(name, &inflated);
    }

    fn content(&mut self, name: &str, source: &dyn ReadAt) {
        let mut head = [0u8; 64];
        let n = match source.read_at(0, &mut head) {
            Ok(0) => {
                self.read += 1; // an empty log is read completely
                return;
            }
            Ok(n) => n,
            Err(e) => return self.gap(name, format!("could not be read: {e}")),
        };
        let first = head.get(..n).unwrap_or(&[]).trim_ascii_start().first();
        if first == Some(&b'{') {
            match cloudtrail::read(name, source, &mut self.tally) {
                Ok(()) => self.read += 1,
                Err(reason) => self.gap(name, reason),
            }
            return;
        }
        self.lines(name, source);
    }

    fn lines(&mut self, name: &str, source: &dyn ReadAt) {
        let mut lines = Lines::new(source);
        let (mut known, mut strange, mut number) = (0u64, 0u64, 0u64);
        let mut first_strange = 0;
        loop {
            number += 1;
            let line = match lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(e) => {
                    self.gap(name, format!("could not be read from line {number} on: {e}"));
                    break;
                }
            };
            let entry = match &line {
                Line::Text(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => continue,
                Line::Text(bytes) => std::str::from_utf8(bytes).ok().and_then(entry),
                Line::TooLong => None,
            };
            match entry {
                Some(Entry::Request(request)) => {
                    known += 1;
                    self.tally.request(name, number, &request);
                }
                Some(Entry::Other) => known += 1,
                None => {
                    strange += 1;
                    if strange == 1 {
                        first_strange = number;
                    }
                }
            }
        }
        if known == 0 && strange > 0 {
            let formats =
                "no line is of a format that is read (Squid native or combined, dnsmasq queries, CloudTrail)";
            return self.gap(name, formats.to_owned());
        }
        self.read += 1;
        if strange > 0 {
            let reason = format!(
                "{strange} of {} lines could not be read, the first of them line {first_strange}",
                known + strange
            );
            self.gap(name, reason);
        }
    }

    fn finish(mut self) -> Collected {
        if self.unlisted > 0 {
            let reason = format!("{} more logs could not be read completely", self.unlisted);
            self.gaps.push(Gap::new("(more)", reason));
        }
        let batch = self.tally.finish(&self.cx.target, &mut self.gaps);
        let complete = (self.read > 0)
            .then(|| Scope(String::from(".")))
            .into_iter()
            .collect();
        if self.read == 0 && self.gaps.is_empty() {
            self.gaps.push(Gap::new(".", "no file is there to read"));
        }
        Collected {
            batch,
            coverage: Coverage {
                complete,
                gaps: self.gaps,
                left_out: Vec::new(),
            },
            network: Vec::new(),
            read: self.read,
        }
    }
}

/// The format of a line is told by the line itself, so that a mixed or rotated directory needs no settings.
fn entry(line: &str) -> Option<Entry<'_>> {
    dnsmasq::entry(line)
        .or_else(|| squid::native(line))
        .or_else(|| squid::combined(line))
}

fn list(root: &Path, at: &Path, depth: usize, out: &mut Vec<(PathBuf, String)>, gaps: &mut Vec<Gap>) {
    let shown = || {
        let rest = at.strip_prefix(root).unwrap_or(at);
        if rest.as_os_str().is_empty() {
            at.file_name()
                .map_or_else(|| String::from("."), |n| n.to_string_lossy().into_owned())
        } else {
            rest.to_string_lossy().into_owned()
        }
    };
    // The file that the user names may be a link; one inside a directory is not followed.
    let meta = if depth == 0 {
        std::fs::metadata(at)
    } else {
        std::fs::symlink_metadata(at)
    };
    let Ok(meta) = meta else {
        gaps.push(Gap::new(shown(), "could not be opened"));
        return;
    };
    if meta.is_file() {
        if out.len() < FILES {
            out.push((at.to_owned(), shown()));
        } else if out.len() == FILES {
            gaps.push(Gap::new(
                ".",
                format!("more than {FILES} files (file budget); read parts of it one by one"),
            ));
            out.push((at.to_owned(), shown())); // said once
        }
        return;
    }
    if !meta.is_dir() {
        if !meta.is_symlink() {
            gaps.push(Gap::new(shown(), "is a pipe, a socket or a device: not read"));
        }
        return;
    }
    if depth > DEPTH {
        gaps.push(Gap::new(
            shown(),
            format!("nested deeper than {DEPTH} directories"),
        ));
        return;
    }
    match std::fs::read_dir(at) {
        Ok(entries) => {
            for entry in entries.flatten().take(2 * FILES) {
                list(root, &entry.path(), depth + 1, out, gaps);
            }
        }
        Err(e) => gaps.push(Gap::new(shown(), format!("could not be listed: {}", e.kind()))),
    }
}

fn open(path: &Path) -> io::Result<Source> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    Ok(Source::Disk(Arc::new(file), len))
}

/// A source as positioned bytes.
struct Positioned<'a>(&'a Source);

impl ReadAt for Positioned<'_> {
    fn len(&self) -> u64 {
        self.0.len()
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buf)
    }
}

#[cfg(test)]
mod tests;
