//! Sentences that steer, whatever they are hidden in (`steer`), as findings.

use crate::{Act, Steering, steering};

use super::{Confidence, HiddenInstruction, Technique, line_of, shown as excerpt};

/// Score from which on no harmless reading is known.
const SURE: u32 = 8;

/// Every place of a text that steers.
pub(super) fn find(text: &str) -> Vec<HiddenInstruction> {
    steering(text)
        .into_iter()
        .map(|s| {
            let said = text.get(s.start..s.end).unwrap_or_default();
            let begin = s.start + (said.len() - said.trim_start().len());
            let quoted = match &s.decoded {
                Some(decoded) => format!("decodes to: {decoded}"),
                None => said.trim().to_owned(),
            };
            HiddenInstruction {
                line: line_of(text, begin),
                technique: technique(&s),
                confidence: if s.score >= SURE {
                    Confidence::High
                } else {
                    Confidence::Medium
                },
                excerpt: excerpt(&format!("asks to {}: {quoted}", s.asks())),
            }
        })
        .collect()
}

/// The worst of what is asked for.
fn technique(s: &Steering) -> Technique {
    if s.hidden {
        return Technique::HtmlComment;
    }
    if s.decoded.is_some() {
        return Technique::Encoded;
    }
    let worst = s.acts.first().copied().unwrap_or(Act::Untold);
    match worst {
        Act::Exfiltrate | Act::Carry | Act::SendAway => Technique::ExfiltrationRequest,
        Act::ReadCredentials => Technique::CredentialRequest,
        Act::Run | Act::Plant => Technique::RemoteScript,
        Act::Shadow | Act::Reroute => Technique::Shadowing,
        _ => Technique::ImperativeToAgent,
    }
}
