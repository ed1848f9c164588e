//! Zip archives as their different readers see them: by the directory at the end, and by the headers before each member.
//!
//! APPNOTE 6.3.10. Python's `zipfile`, PyTorch's miniz and streaming readers disagree where the two differ; every
//! difference is a defect, and members that only one of them sees are read too.

mod directory;
mod member;

pub(crate) use directory::{directory, has_directory};
pub(crate) use member::Member;

use crate::bounded::Stop;
use crate::inspection::Defect;

/// What an archive holds.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    /// Members in the directory's order, then those that only headers show.
    pub(crate) members: Vec<Member>,
    /// Where readers differ.
    pub(crate) defects: Vec<Defect>,
    /// Why the directory was not read to its end.
    pub(crate) stop: Option<Stop>,
    /// Bytes before the first member and their number.
    pub(crate) prepended: u64,
}

impl Archive {
    pub(crate) fn defect(&mut self, defect: &'static str, detail: String, offset: u64, hides_content: bool) {
        if self.defects.len() < 64 {
            self.defects.push(Defect {
                defect,
                detail,
                offset: Some(offset),
                hides_content,
                member: None,
            });
        }
    }
    /// A member by its name.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.name == name)
    }
}
