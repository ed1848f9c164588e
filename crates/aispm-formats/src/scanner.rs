//! One inspection under way: what was seen so far, and how a format inside a format is entered.

use crate::bounded::{Meter, Part, ReadAt, Stop, peek};
use crate::detect::{self, FormatId};
use crate::inspection::Inspection;
use crate::pickle::{self, Trace};

/// State of one inspection.
pub(crate) struct Scanner<'m> {
    pub(crate) meter: &'m Meter,
    pub(crate) out: Inspection,
    depth: usize,
}

/// A member's path: `outer!/inner`.
pub(crate) fn join(outer: Option<&str>, inner: &str) -> String {
    outer.map_or_else(|| inner.to_owned(), |o| format!("{o}!/{inner}"))
}

impl<'m> Scanner<'m> {
    pub(crate) fn new(meter: &'m Meter, format: FormatId) -> Self {
        Self {
            meter,
            out: Inspection::new(format),
            depth: 0,
        }
    }

    /// Reads `source` as `format`; what stops the reading is noted.
    pub(crate) fn read(&mut self, source: &dyn ReadAt, format: FormatId, member: Option<&str>) {
        if self.depth >= self.meter.limits().depth {
            self.out.unread(member, Stop::Budget("archive depth"));
            return;
        }
        self.depth += 1;
        if let Err(stop) = detect::read_as(self, source, format, member) {
            self.out.stopped(member, stop);
        }
        self.depth -= 1;
    }

    /// Reads a member of an archive, where it is of a format that matters.
    pub(crate) fn read_member(&mut self, source: &dyn ReadAt, member: &str) {
        let head = match peek(source, 0, detect::HEAD) {
            Ok(head) => head,
            Err(stop) => return self.out.unread(Some(member), stop),
        };
        if let Some(format) = detect::detect(&head, member) {
            self.read(source, format, Some(member));
        }
    }

    /// Follows a stream of pickles and joins what it does to what was seen.
    pub(crate) fn pickles(&mut self, source: &dyn ReadAt, member: Option<&str>) -> Trace {
        let mut trace = pickle::trace(source, self.meter);
        for mut call in std::mem::take(&mut trace.calls) {
            call.member = member.map(str::to_owned);
            if self.out.calls.len() < 8 * self.meter.limits().listed {
                self.out.calls.push(call);
            }
        }
        for d in std::mem::take(&mut trace.defects) {
            self.out
                .defect(d.defect, d.detail, d.offset, d.hides_content, member);
        }
        for reason in &trace.unread {
            self.out.unread(member, reason);
        }
        if let Some(tensors) = trace.header.tensors {
            let header = &mut self.out.header;
            header.tensors = Some(header.tensors.unwrap_or(0).saturating_add(tensors));
            let more = trace.header.parameters.unwrap_or(0);
            header.parameters = Some(header.parameters.unwrap_or(0).saturating_add(more));
            header.dtypes.append(&mut trace.header.dtypes);
        }
        for (offset, len) in std::mem::take(&mut trace.archives) {
            let part = Part::new(source, offset, len);
            let name = join(member, &format!("bytes@{offset}"));
            self.read(&part, FormatId::Zip, Some(&name));
        }
        trace
    }
}
