//! Readers: what turns one file's bytes into observations.

use std::any::Any;

use aispm_types::{Batch, Gap, Location};

use crate::{Budgets, VirtualFile};

/// What a reader may know beside the file.
#[derive(Clone, Debug)]
pub struct ReadContext {
    /// The target's name, for locations.
    pub target: String,
    /// Identity of the repository or directory, the prefix of ids of things that live in it: `github.com/acme/chat`, or the
    /// target's name where it has no remote.
    pub repository: String,
    /// Limits.
    pub budgets: Budgets,
}

impl ReadContext {
    /// What people call the repository: the last part of its identity. A directory without a remote has no name that holds wherever it
    /// is checked out.
    pub fn name(&self) -> &str {
        match self.repository.rsplit('/').next() {
            None | Some("" | ".") => "this directory",
            Some(name) => name,
        }
    }
    /// A location in a file of the target.
    pub fn at(&self, path: &str, line: u32) -> Location {
        Location::file(&self.target, path).line(line)
    }
    /// A file of the target, as a location.
    pub fn file(&self, path: &str) -> Location {
        Location::file(&self.target, path)
    }
    /// `repository/path`: the rest of the id of what lives at `path`. Inside it `#name` tells several things apart.
    pub fn place(&self, path: &str) -> String {
        format!("{}/{path}", self.repository)
    }
}

/// Something a reader keeps of a file for [`Reader::finish`]: a parsed module, say.
pub type Kept = Box<dyn Any + Send>;

/// Turns files into observations. One instance serves all threads; per-file work is in `read`, what needs several files
/// (Terraform modules, a manifest and its lockfile, an import across files) in `finish`.
///
/// Contract, checked by a test over every reader: only properties of `aispm_types::schema`; no checkout directory, clock or
/// environment in what is emitted; a panic or an unbounded loop on no input; what cannot be read is a gap.
pub trait Reader: Send + Sync {
    /// A short name, for logs and gaps.
    fn name(&self) -> &'static str;
    /// Whether to hand it the file: decided on path, size and the first bytes, cheaply.
    fn wants(&self, file: &VirtualFile) -> bool;
    /// Reads one file. Whatever is given back comes to [`Reader::finish`] in path order.
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept>;
    /// Called once after the last file of a target with `(path, kept)` in path order.
    fn finish(&self, _kept: Vec<(String, Kept)>, _cx: &ReadContext, _out: &mut Batch) {}
}

/// Turns an archive into virtual files that go through all readers like files on disk.
pub trait Unpacker: Send + Sync {
    /// Whether it is an archive of this kind, by its first bytes; containers that are model files belong to their reader.
    fn wants(&self, file: &VirtualFile) -> bool;
    /// Hands each member to `take` until that gives back the budget that is used up; members behind are counted. `budgets`
    /// holds what is left for this file; what is not unpacked is given back as gaps that name the budget.
    fn unpack(
        &self,
        file: &VirtualFile,
        budgets: &Budgets,
        take: &mut dyn FnMut(VirtualFile) -> Option<&'static str>,
    ) -> Vec<Gap>;
}
