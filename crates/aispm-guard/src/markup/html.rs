//! A text that goes into a page as it is.

use super::Look;
use super::tag::{Tag, judge_tag, tag};
use crate::event::Reason;
use crate::hosts::AllowList;

/// Judges a unit. `more` says that text may follow.
pub(crate) fn judge(text: &str, allow: &AllowList, more: bool) -> Look {
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find('<')) {
        let open = at + next;
        let after = text.get(open + 1..).unwrap_or("");
        at = match after.bytes().next() {
            Some(b'!') => match declaration(text, open, more) {
                Ok(end) => end,
                Err(look) => return look,
            },
            Some(b'?') => return malformed("<?"),
            _ => match tag(text, open) {
                Tag::Complete(element, end) => match judge_tag(&element, allow) {
                    Ok(()) => end,
                    Err((reason, detail)) => return Look::Stop(reason, detail),
                },
                Tag::Incomplete(_) if more => return Look::Wait,
                // The page goes on after the answer, and an open attribute would swallow it.
                Tag::Incomplete(name) => return malformed(name),
                // A bogus comment.
                Tag::None if after.starts_with('/') => return malformed("</"),
                Tag::None => open + 1,
            },
        };
    }
    Look::Pass
}

pub(super) fn malformed(what: &str) -> Look {
    Look::Stop(Reason::MalformedMarkup, what.chars().take(40).collect())
}

/// A comment that every reader ends at the same place, or the doctype of HTML; the place after it.
pub(super) fn declaration(text: &str, open: usize, more: bool) -> Result<usize, Look> {
    let rest = text.get(open..).unwrap_or("");
    if let Some(body) = rest.strip_prefix("<!--") {
        let Some(close) = body.find("-->") else {
            return Err(if more { Look::Wait } else { malformed("<!--") });
        };
        let inside = body.get(..close).unwrap_or("");
        let plain = !inside.contains(['<', '>']) && !inside.contains("--") && !inside.ends_with('-');
        return if plain && !inside.starts_with('-') {
            Ok(open + 4 + close + 3)
        } else {
            Err(malformed("<!--"))
        };
    }
    let doctype = rest
        .get(..15)
        .is_some_and(|d| d.eq_ignore_ascii_case("<!doctype html>"));
    if doctype {
        Ok(open + 15)
    } else {
        Err(malformed("<!"))
    }
}
