//! The arguments of a call: JSON whose strings are judged decoded, and which is otherwise left byte for byte.

use std::sync::Arc;

use crate::event::{Action, Reason};
use crate::mask::mask;
use crate::screen::{Judged, Screen};
use crate::settings::{Settings, Sink};

/// A text judged whole for a place that shows characters; what is left of it, and what was done.
pub(super) fn plain(text: &str, settings: &Arc<Settings>) -> Result<(String, Vec<Judged>), Vec<Judged>> {
    let mut own = Settings::clone(settings);
    own.sink = Sink::Plain;
    own.hold = text.len() + 4;
    let mut screen = Screen::new(Arc::new(own));
    let mut out = String::new();
    screen.push(text, &mut out);
    screen.finish(&mut out);
    let judged = screen.judged();
    if screen.is_stopped() {
        Err(judged)
    } else {
        Ok((out, judged))
    }
}

/// Judges arguments. What is no JSON (a call cut short) is judged as text.
pub(super) fn arguments(raw: &str, settings: &Arc<Settings>) -> Result<(String, Vec<Judged>), Vec<Judged>> {
    if !is_json(raw) {
        return plain(raw, settings);
    }
    let mut out = String::with_capacity(raw.len());
    let mut judged = Vec::new();
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('"') {
        out.push_str(before);
        let length = literal(after);
        let (body, next) = after.split_at_checked(length).unwrap_or((after, ""));
        let token = ["\"", body, "\""].concat();
        let decoded: String = serde_json::from_str(&token).map_err(|_| unknown())?;
        let (text, done) = plain(&decoded, settings)?;
        if text == decoded {
            out.push_str(&token);
        } else {
            out.push_str(&serde_json::to_string(&text).map_err(|_| unknown())?);
        }
        judged.extend(done);
        rest = next.strip_prefix('"').unwrap_or(next);
    }
    out.push_str(rest);
    // A name in one string tells what another is: `"azure_openai_key": "…"`. Numbers are no strings at all.
    let whole = mask("", &out);
    judged.extend(
        whole
            .found
            .into_iter()
            .map(|(reason, detail)| (reason, Action::Masked, detail, 1)),
    );
    if is_json(&whole.text) {
        Ok((whole.text, judged))
    } else {
        Err(vec![(Reason::Key, Action::Stopped, "arguments".into(), 1)])
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

fn unknown() -> Vec<Judged> {
    vec![(Reason::UnknownShape, Action::Stopped, "arguments".into(), 1)]
}

/// The length of a string's body, up to the quote that ends it.
fn literal(after: &str) -> usize {
    let mut escaped = false;
    for (i, b) in after.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return i,
            _ => {}
        }
    }
    after.len()
}
