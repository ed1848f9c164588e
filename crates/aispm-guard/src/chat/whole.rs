//! A chat completion that comes whole: the same choices, judged by the same code as a streamed one.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::FILTERED;
use super::choice::{Choice, Seen};
use super::shape::{Other, finish_reason, other, passes};
use crate::event::{Action, Event, Reason};
use crate::settings::{OnError, Settings};

/// What the client gets of a whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The body; none where the upstream's has no shape that could be judged, so that an error of HTTP is the answer.
    pub body: Option<Vec<u8>>,
    /// What was done.
    pub events: Vec<Event>,
}

/// Judges a whole answer.
pub fn answer(body: &[u8], settings: &Arc<Settings>) -> Answer {
    let refuse = |reason: Reason, detail: &str| {
        let open = settings.on_error == OnError::Open && reason == Reason::UnknownShape;
        let action = if open {
            Action::PassedUnjudged
        } else {
            Action::Stopped
        };
        let event = Event {
            choice: None,
            field: String::new(),
            reason,
            action,
            count: 1,
            detail: detail.into(),
        };
        Answer {
            body: open.then(|| body.to_vec()),
            events: vec![event],
        }
    };
    if body.len() > settings.message {
        return refuse(Reason::HoldExceeded, "body");
    }
    let Ok(Value::Object(whole)) = serde_json::from_slice::<Value>(body) else {
        return refuse(Reason::UnknownShape, "body");
    };
    if whole.get("error").is_some_and(|e| !e.is_null()) {
        return refuse(Reason::UpstreamError, "");
    }
    let Some(choices) = whole.get("choices").and_then(Value::as_array) else {
        return refuse(Reason::UnknownShape, "choices");
    };
    if choices.len() > settings.fan_out {
        return refuse(Reason::HoldExceeded, "choices");
    }
    let mut out = Map::new();
    let mut events = Vec::new();
    for (name, value) in &whole {
        if name == "choices" || passes(name, value) {
            out.insert(name.clone(), value.clone());
            continue;
        }
        match other(name, value) {
            Other::Silent => {}
            Other::Details => events.push(Event {
                choice: None,
                field: String::new(),
                reason: Reason::TokenDetails,
                action: Action::Removed,
                count: 1,
                detail: String::new(),
            }),
            Other::Unknown => {
                let refused = refuse(Reason::UnknownShape, &name.chars().take(64).collect::<String>());
                if refused.body.is_none() {
                    return refused;
                }
                out.insert(name.clone(), value.clone());
                events.extend(refused.events);
            }
        }
    }
    let mut judged = Vec::new();
    for choice in choices {
        let Some((value, done)) = judge(choice, settings) else {
            return refuse(Reason::UnknownShape, "choices");
        };
        judged.push(value);
        events.extend(done);
    }
    out.insert("choices".into(), judged.into());
    events.sort();
    Answer {
        body: serde_json::to_vec(&out).ok(),
        events,
    }
}

/// One choice, and what was done in it.
fn judge(choice: &Value, settings: &Arc<Settings>) -> Option<(Value, Vec<Event>)> {
    let object = choice.as_object()?;
    let index = object.get("index").and_then(Value::as_u64)?;
    let message = object.get("message").and_then(Value::as_object)?;
    let mut state = Choice::new(index, Arc::clone(settings));
    let mut extra = Map::new();
    for (name, value) in object {
        let known = match name.as_str() {
            "index" | "message" | "finish_reason" => true,
            "logprobs" => {
                if other(name, value) == Other::Details {
                    state.note(Reason::TokenDetails);
                }
                true
            }
            _ => other(name, value) == Other::Silent,
        };
        if !known && !state.unknown(name) {
            extra.insert(name.clone(), value.clone());
        }
    }
    let finish = finish_reason(object.get("finish_reason"));
    if finish.is_err() {
        state.stop(Reason::UnknownShape, "finish_reason");
    }
    let mut first = if state.is_stopped() {
        Seen::default()
    } else {
        state.take(message)
    };
    let last = if state.is_stopped() {
        Seen::default()
    } else {
        state.finish()
    };
    let reason = if state.is_stopped() {
        Some(FILTERED)
    } else {
        finish.ok().flatten()
    };
    let mut shown = std::mem::take(&mut first.unjudged);
    assemble(&mut shown, message, [first, last]);
    extra.insert("index".into(), index.into());
    extra.insert("message".into(), shown.into());
    extra.insert("finish_reason".into(), json!(reason));
    Some((extra.into(), state.events()))
}

/// The message as it was, of what may be seen.
fn assemble(shown: &mut Map<String, Value>, message: &Map<String, Value>, seen: [Seen; 2]) {
    shown.insert("role".into(), "assistant".into());
    shown.insert("content".into(), Value::Null);
    for name in super::shape::TEXTS {
        match message.get(*name) {
            Some(Value::String(_)) => shown.insert((*name).into(), "".into()),
            Some(Value::Null) => shown.insert((*name).into(), Value::Null),
            _ => None,
        };
    }
    for part in seen {
        for (name, text) in part.texts {
            let before = shown.get(name).and_then(Value::as_str).unwrap_or("");
            let joined = [before, &text].concat();
            shown.insert(name.into(), joined.into());
        }
        let calls: Vec<Value> = part
            .calls
            .into_iter()
            .map(|mut call| {
                // A whole answer has no places to join pieces by.
                if let Some(call) = call.as_object_mut() {
                    call.remove("index");
                }
                call
            })
            .collect();
        if !calls.is_empty() {
            shown.insert("tool_calls".into(), calls.into());
        }
        if let Some(call) = part.function_call {
            shown.insert("function_call".into(), call);
        }
    }
}
