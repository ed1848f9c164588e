//! Passages that steer by what they do together, whatever the words (`aispm_detect::steering`).

use aispm_detect::{Sign, Steering, steering};

use super::{Confidence, HiddenInstruction, Technique, excerpt, line_of};

/// Score from which on no harmless reading is known.
const SURE: u8 = 8;

/// Passages that steer and in which nothing was found yet.
pub(super) fn find(text: &str, found: &[HiddenInstruction]) -> Vec<HiddenInstruction> {
    let passages = steering(text).into_iter().map(|s| {
        let whole = text.get(s.start..s.end).unwrap_or_default();
        let begin = s.start + (whole.len() - whole.trim_start().len());
        let first = line_of(text, begin);
        let last = line_of(text, s.start + whole.trim_end().len());
        (first..=last, whole, s)
    });
    passages
        .filter(|(lines, ..)| !found.iter().any(|f| lines.contains(&f.line)))
        .map(|(lines, whole, s)| HiddenInstruction {
            line: *lines.start(),
            technique: technique(&s),
            confidence: if s.score >= SURE {
                Confidence::High
            } else {
                Confidence::Medium
            },
            excerpt: excerpt(whole),
        })
        .collect()
}

/// What a reader is told of it: the worst of what it does.
fn technique(s: &Steering) -> Technique {
    let has = |sign| s.signs.contains(&sign);
    let out = [Sign::Send, Sign::Beacon, Sign::Param, Sign::Remote]
        .iter()
        .any(|o| has(*o));
    if has(Sign::Hidden) {
        Technique::HtmlComment
    } else if out && (has(Sign::Vault) || has(Sign::Secret) || has(Sign::Private)) {
        Technique::ExfiltrationRequest
    } else if has(Sign::Vault) {
        Technique::CredentialRequest
    } else if has(Sign::Redirect) {
        Technique::Shadowing
    } else if has(Sign::Supply) {
        Technique::RemoteScript
    } else {
        Technique::ImperativeToAgent
    }
}
