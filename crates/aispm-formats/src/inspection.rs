//! What an inspection of a model file gives back: plain data, unjudged.

use std::collections::BTreeSet;

use crate::bounded::Stop;
use crate::detect::FormatId;
use crate::pickle::Verdict;

/// A callable that a pickle imports or calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// Module; empty where the name is computed when the pickle is loaded.
    pub module: String,
    /// Qualified name.
    pub name: String,
    /// Arguments as literals, shortened and masked. Harmless callables are listed once, without arguments.
    pub args: Vec<String>,
    /// Byte offset in the pickle's file or member of the opcode that calls it, or of the import where nothing calls it.
    pub offset: u64,
    /// It is called, not only imported.
    pub called: bool,
    /// How it is to be taken.
    pub verdict: Verdict,
    /// Member of the archive.
    pub member: Option<String>,
}

/// Something that runs or fetches code, or reaches outside, when the file is loaded or used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hazard {
    /// Short key, as in the schema of `model_hazard`.
    pub hazard: &'static str,
    /// What it is, shortened and masked.
    pub detail: String,
    /// Member of the archive or name inside the file.
    pub member: Option<String>,
    /// It runs code when loaded with the library's defaults.
    pub executes: bool,
}

/// A defect of the file's structure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Defect {
    /// Short key, as in the schema of `format_defect`.
    pub defect: &'static str,
    /// Numbers that show it.
    pub detail: String,
    /// Byte offset.
    pub offset: Option<u64>,
    /// Two readers may see different content.
    pub hides_content: bool,
    /// Member of the archive.
    pub member: Option<String>,
}

/// What was not read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Member of the archive; none for the file itself.
    pub member: Option<String>,
    /// The budget, the format or the break.
    pub reason: String,
}

/// What a header says about a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Architecture.
    pub architecture: Option<String>,
    /// Tool that wrote it.
    pub producer: Option<String>,
    /// Licence.
    pub license: Option<String>,
    /// Model it was tuned from.
    pub base_model: Option<String>,
    /// Tensors listed.
    pub tensors: Option<u64>,
    /// Parameters, summed over the tensors.
    pub parameters: Option<u64>,
    /// Element types of the tensors.
    pub dtypes: BTreeSet<String>,
    /// It carries a chat template.
    pub chat_template: Option<bool>,
    /// Its chat templates, one after the other, up to 64 KiB.
    pub template_text: String,
}

impl Header {
    /// Counts one tensor.
    pub(crate) fn tensor(&mut self, dtype: &str, elements: u64) {
        self.tensors = Some(self.tensors.unwrap_or(0).saturating_add(1));
        self.parameters = Some(self.parameters.unwrap_or(0).saturating_add(elements));
        if self.dtypes.len() < 64 {
            self.dtypes.insert(dtype.to_owned());
        }
    }
}

/// Everything seen in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Format, refined by what is inside.
    pub format: FormatId,
    /// Header facts.
    pub header: Header,
    /// Callables of pickles, by member and offset.
    pub calls: Vec<Call>,
    /// Hazards.
    pub hazards: Vec<Hazard>,
    /// Defects.
    pub defects: Vec<Defect>,
    /// What was not read.
    pub unread: Vec<Unread>,
}

impl Inspection {
    pub(crate) fn new(format: FormatId) -> Self {
        Self {
            format,
            header: Header::default(),
            calls: Vec::new(),
            hazards: Vec::new(),
            defects: Vec::new(),
            unread: Vec::new(),
        }
    }
    /// The whole file was read and understood.
    pub fn complete(&self) -> bool {
        self.unread.is_empty()
    }
    /// Whether loading it with the usual library runs code it carries. None where that is not known: something was not
    /// read, or it calls what is on no list.
    pub fn executes_on_load(&self) -> Option<bool> {
        let dangerous = self.calls.iter().any(|c| c.verdict == Verdict::Dangerous);
        if dangerous || self.hazards.iter().any(|h| h.executes) {
            return Some(true);
        }
        let known = self.complete() && self.calls.iter().all(|c| c.verdict == Verdict::Harmless);
        known.then_some(false)
    }
    pub(crate) fn unread(&mut self, member: Option<&str>, stop: impl std::fmt::Display) {
        let gap = Unread {
            member: member.map(str::to_owned),
            reason: stop.to_string(),
        };
        if self.unread.len() < MOST && !self.unread.contains(&gap) {
            self.unread.push(gap);
        }
    }
    pub(crate) fn hazard(
        &mut self,
        hazard: &'static str,
        detail: String,
        member: Option<&str>,
        executes: bool,
    ) {
        let hazard = Hazard {
            hazard,
            detail,
            member: member.map(str::to_owned),
            executes,
        };
        if self.hazards.len() < MOST && !self.hazards.contains(&hazard) {
            self.hazards.push(hazard);
        }
    }
    pub(crate) fn defect(
        &mut self,
        defect: &'static str,
        detail: String,
        offset: impl Into<Option<u64>>,
        hides_content: bool,
        member: Option<&str>,
    ) {
        if self.defects.len() < MOST {
            self.defects.push(Defect {
                defect,
                detail,
                offset: offset.into(),
                hides_content,
                member: member.map(str::to_owned),
            });
        }
    }
    /// Notes why a part was not read to its end, and where the break itself is a defect, that too.
    pub(crate) fn stopped(&mut self, member: Option<&str>, stop: Stop) {
        match stop {
            Stop::Truncated(at) => {
                self.defect("truncated", String::new(), at, false, member);
            }
            Stop::Malformed { what, offset } => {
                self.defect("malformed", what.to_owned(), offset, false, member);
            }
            Stop::Budget(_) | Stop::Unsupported(_) | Stop::Io(_) => {}
        }
        self.unread(member, stop);
    }
    /// Sorted, so that the order of reading never shows.
    pub(crate) fn sort(&mut self) {
        self.calls.sort_by(|a, b| {
            (&a.member, a.offset, &a.module, &a.name).cmp(&(&b.member, b.offset, &b.module, &b.name))
        });
        self.hazards.sort();
        self.defects.sort();
        self.defects.dedup();
        self.unread.sort();
    }
}

/// Most hazards, defects or gaps listed of one file.
const MOST: usize = 256;
