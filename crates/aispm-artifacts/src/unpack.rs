//! Plain archives as directories of virtual files.

use aispm_collect::{Budgets, Unpacker, VirtualFile};
use aispm_formats::bounded::{Limits, Meter, Stop};
use aispm_formats::{FormatId, Unpacked, detect, unpack};
use aispm_types::Gap;

use crate::names;
use crate::source::Bytes;

/// Opens zip and tar archives that are no models.
#[derive(Debug)]
pub(crate) struct ArchiveUnpacker;

/// Largest member that is held in memory (bytes).
const LARGEST: u64 = 64 << 20;
/// Members below this may be stored at any ratio (bytes).
const SMALL: u64 = 1 << 20;

impl Unpacker for ArchiveUnpacker {
    fn wants(&self, file: &VirtualFile) -> bool {
        names::is_plain_archive(file.name()) && format_of(file).is_some()
    }

    fn unpack(
        &self,
        file: &VirtualFile,
        budgets: &Budgets,
        take: &mut dyn FnMut(VirtualFile) -> Option<&'static str>,
    ) -> Vec<Gap> {
        let Some(format) = format_of(file) else {
            return Vec::new();
        };
        // Members behind the budget are counted, up to a limit of its own.
        let default = Limits::default();
        let limits = Limits {
            inflated: budgets.archive_bytes.saturating_mul(2),
            entries: budgets.archive_members.max(default.entries),
            ..default
        };
        let meter = Meter::new(limits);
        let mut gaps = Vec::new();
        let mut left = budgets.archive_bytes;
        let mut used_up = (budgets.archive_members == 0).then_some("archive members");
        let (mut taken, mut behind) = (0usize, 0u64);
        let mut each = |member: &Unpacked<'_>| {
            if used_up.is_some() {
                behind += 1;
                return true;
            }
            taken += 1;
            let path = member_path(file, &member.name);
            match content(member, budgets, left) {
                Ok(bytes) => {
                    left = left.saturating_sub(bytes.len() as u64);
                    used_up = take(VirtualFile::memory(path, bytes));
                }
                Err(reason) => gaps.push(Gap::new(path, reason)),
            }
            if taken >= budgets.archive_members {
                used_up = used_up.or(Some("archive members"));
            }
            true
        };
        let unread = unpack(&Bytes(&file.source), format, &meter, &mut each);
        if let (Some(budget), 1..) = (used_up, behind) {
            // Where the archive itself could not be read to its end, nobody knows how many there are.
            let least = if unread.iter().any(|u| u.member.is_none()) {
                "at least "
            } else {
                ""
            };
            let verb = if behind == 1 { "member was" } else { "members were" };
            gaps.push(Gap::new(
                &file.path,
                over(&format!("{least}{behind} {verb} not read"), budget),
            ));
        }
        gaps.extend(unread.into_iter().map(|u| {
            let scope = u
                .member
                .map_or_else(|| file.path.clone(), |m| member_path(file, &m));
            Gap::new(scope, u.reason)
        }));
        gaps
    }
}

fn over(what: &str, budget: &str) -> String {
    format!("{what} ({budget} budget)")
}

/// The one file of a gzip stream is named as the stream, without its extension.
fn member_path(file: &VirtualFile, member: &str) -> String {
    if member.is_empty() {
        let name = file.name();
        let inner = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        return format!("{}!/{inner}", file.path);
    }
    format!("{}!/{member}", file.path)
}

fn format_of(file: &VirtualFile) -> Option<FormatId> {
    detect(&file.head, &file.path).filter(|f| {
        matches!(
            f,
            FormatId::Zip
                | FormatId::Tar
                | FormatId::Gzip
                | FormatId::Bzip2
                | FormatId::Xz
                | FormatId::Lz4
                | FormatId::Zstd
                | FormatId::SevenZip
                | FormatId::Rar
        )
    })
}

/// A member's bytes, where they fit every budget.
fn content(member: &Unpacked<'_>, budgets: &Budgets, left: u64) -> Result<Vec<u8>, String> {
    let cap = LARGEST.min(left);
    let ratio = member
        .stored
        .max(1)
        .saturating_mul(budgets.archive_ratio)
        .max(SMALL);
    let mut out = Vec::new();
    let mut step = 64 << 10;
    loop {
        let start = out.len();
        out.resize(start + step, 0);
        let n = match out.get_mut(start..) {
            Some(free) => member
                .content
                .read_at(start as u64, free)
                .map_err(|e| Stop::from(e).to_string())?,
            None => 0,
        };
        out.truncate(start + n);
        let len = out.len() as u64;
        if len > ratio {
            return Err(over("expands too far", "archive ratio"));
        }
        if len > cap {
            let budget = if cap < LARGEST {
                "archive bytes"
            } else {
                "member size"
            };
            return Err(over("the member is too large", budget));
        }
        if n == 0 {
            return Ok(out);
        }
        step = (step * 2).min(4 << 20);
    }
}
