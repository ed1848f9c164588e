//! Keys and personal data, replaced in a unit before its markup is judged: a mask is text like any other, and what it makes
//! with the text beside it is what the reader gets.

use std::ops::Range;

use aispm_detect::{Class, PersonalKind, personal, preview, scan};
use aispm_types::Confidence;

use crate::event::Reason;

/// A unit after masking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masked {
    pub(crate) text: String,
    /// What was masked, in order: why, and whose key.
    pub(crate) found: Vec<(Reason, String)>,
}

/// Where a private key begins and has not ended yet; such a unit waits.
pub(crate) fn open_private_key(text: &str) -> Option<usize> {
    let begin = text.rfind("-----BEGIN ")?;
    let rest = text.get(begin..)?;
    let label = rest.get(11..).unwrap_or("");
    let label = label.split("-----").next().unwrap_or("");
    let open = label.ends_with("PRIVATE KEY") && !rest.contains("-----END ");
    open.then_some(begin)
}

/// Masks `unit`. `context` is the text before it, which has passed: it names keys, and no match in it is ours to mask.
pub(crate) fn mask(context: &str, unit: &str) -> Masked {
    let joined = [context, unit].concat();
    let from = context.len();
    let mut cuts: Vec<(Range<usize>, Reason, String, String)> = Vec::new();
    for key in scan(joined.as_bytes()) {
        let shown = key.placeholder || key.class == Class::Generic || key.confidence < Confidence::Medium;
        if shown || key.range.end <= from {
            continue;
        }
        let value = joined.get(key.range.clone()).unwrap_or("");
        let range = key.range.start.max(from) - from..key.range.end - from;
        cuts.push((range, Reason::Key, key.detector.into(), preview(value)));
    }
    if let Some(begin) = open_private_key(unit) {
        let body = unit.get(begin..).unwrap_or("");
        if body.bytes().filter(u8::is_ascii_alphanumeric).count() > 64 {
            cuts.push((
                begin..unit.len(),
                Reason::Key,
                "private-key".into(),
                preview(body),
            ));
        }
    }
    for found in personal(unit) {
        let (reason, word) = match found.kind {
            PersonalKind::BankAccount => (Reason::BankAccount, "[redacted IBAN]"),
            PersonalKind::PaymentCard => (Reason::PaymentCard, "[redacted payment card]"),
            // Answers name addresses that readers are meant to see.
            PersonalKind::Email => continue,
        };
        cuts.push((found.range, reason, String::new(), word.into()));
    }
    cuts.sort_by_key(|(range, ..)| (range.start, std::cmp::Reverse(range.end)));
    let mut masked = Masked::default();
    let mut at = 0;
    for (range, reason, detail, word) in cuts {
        if range.end <= at {
            continue;
        }
        if range.start >= at {
            masked.text.push_str(unit.get(at..range.start).unwrap_or(""));
            masked.text.push_str(&word);
            masked.found.push((reason, detail));
        }
        at = range.end;
    }
    masked.text.push_str(unit.get(at..).unwrap_or(""));
    masked
}
