//! Passages that steer by what they do together, whatever the words (`aispm_detect::steering`).

use aispm_detect::{Frame, Framed, Sign, Steering, framed, steering};

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

/// Statements that ask for what no honest text asks for (`aispm_detect::framed`), on lines where nothing was found yet.
pub(super) fn statements(text: &str, found: &[HiddenInstruction]) -> Vec<HiddenInstruction> {
    let statements = framed(text).into_iter().map(|f| {
        let whole = text.get(f.start..f.end).unwrap_or_default();
        let begin = f.start + (whole.len() - whole.trim_start().len());
        (line_of(text, begin), whole, f)
    });
    statements
        .filter(|(line, ..)| !found.iter().any(|h| h.line.abs_diff(*line) <= NEAR))
        .map(|(line, whole, f)| HiddenInstruction {
            line,
            technique: asked(&f),
            confidence: if f.score >= u32::from(SURE) {
                Confidence::High
            } else {
                Confidence::Medium
            },
            excerpt: excerpt(&format!("asks to {}: {}", f.asks(), whole.trim())),
        })
        .collect()
}

/// Lines within which a second finding tells nothing new.
const NEAR: u32 = 4;

/// The worst of what a statement asks for.
fn asked(f: &Framed) -> Technique {
    let has = |frame| f.frames.contains(&frame);
    if f.hidden {
        Technique::HtmlComment
    } else if has(Frame::Exfiltrate) || has(Frame::Carry) {
        Technique::ExfiltrationRequest
    } else if has(Frame::ReadCredentials) {
        Technique::CredentialRequest
    } else if has(Frame::Run) || has(Frame::Plant) {
        Technique::RemoteScript
    } else if has(Frame::Shadow) || has(Frame::Reroute) {
        Technique::Shadowing
    } else {
        Technique::ImperativeToAgent
    }
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
