//! One choice: its texts and calls, whether they come in pieces or whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::arguments::arguments;
use super::shape::{Other, TEXTS, is_word, other};
use crate::event::{Action, Event, Reason};
use crate::screen::{Judged, Screen};
use crate::settings::{OnError, Settings};

/// What the client may see of one step.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) role: bool,
    /// Field and text; a field is here, with no text, where the upstream had it empty beside the role.
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) calls: Vec<Value>,
    pub(super) function_call: Option<Value>,
    /// Fields that pass unjudged.
    pub(super) unjudged: Map<String, Value>,
}

#[derive(Clone, Debug, Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

/// The state of a choice.
#[derive(Debug)]
pub(super) struct Choice {
    settings: Arc<Settings>,
    index: u64,
    texts: BTreeMap<&'static str, Screen>,
    calls: BTreeMap<u64, Call>,
    function_call: Option<Call>,
    told: Vec<(String, Judged)>,
    stopped: bool,
    /// Its last word was said.
    pub(super) ended: bool,
}

impl Choice {
    pub(super) fn new(index: u64, settings: Arc<Settings>) -> Self {
        Self {
            settings,
            index,
            texts: BTreeMap::new(),
            calls: BTreeMap::new(),
            function_call: None,
            told: Vec::new(),
            stopped: false,
            ended: false,
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Takes a `delta` or a `message`.
    pub(super) fn take(&mut self, message: &Map<String, Value>) -> Seen {
        let mut seen = Seen::default();
        // What no code knows ends the choice before any of its text is looked at.
        for (name, value) in message {
            self.field(name, value, &mut seen);
        }
        for name in TEXTS {
            if self.stopped {
                return seen;
            }
            if let Some(Value::String(text)) = message.get(*name) {
                self.text(name, text, seen.role, &mut seen.texts);
            }
        }
        if !self.stopped {
            self.take_calls(message);
        }
        seen
    }

    fn field(&mut self, name: &str, value: &Value, seen: &mut Seen) {
        let known = match (name, value) {
            ("role", Value::String(role)) => {
                seen.role = role == "assistant";
                seen.role
            }
            ("tool_calls", Value::Array(_)) | ("function_call", Value::Object(_)) => true,
            (name, Value::String(_)) if TEXTS.contains(&name) => true,
            _ => match other(name, value) {
                Other::Silent => true,
                Other::Details => {
                    self.tell(name, (Reason::TokenDetails, Action::Removed, String::new(), 1));
                    true
                }
                Other::Unknown => false,
            },
        };
        if !known && !self.unknown(name) {
            seen.unjudged.insert(name.to_owned(), value.clone());
        }
    }

    /// Something has no known shape. Says whether that ends the choice.
    pub(super) fn unknown(&mut self, what: &str) -> bool {
        let closed = self.settings.on_error == OnError::Closed;
        let action = if closed {
            Action::Stopped
        } else {
            Action::PassedUnjudged
        };
        let detail: String = what.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
        self.tell("", (Reason::UnknownShape, action, detail, 1));
        self.stopped |= closed;
        closed
    }

    /// Ends the choice for a reason that lies outside it.
    pub(super) fn stop(&mut self, reason: Reason, detail: &str) {
        self.tell("", (reason, Action::Stopped, detail.into(), 1));
        self.stopped = true;
    }

    pub(super) fn note(&mut self, reason: Reason) {
        self.tell("", (reason, Action::Noted, String::new(), 1));
    }

    fn text(
        &mut self,
        name: &'static str,
        text: &str,
        keep_empty: bool,
        seen: &mut Vec<(&'static str, String)>,
    ) {
        let settings = &self.settings;
        let screen = self
            .texts
            .entry(name)
            .or_insert_with(|| Screen::new(Arc::clone(settings)));
        let mut out = String::new();
        screen.push(text, &mut out);
        self.stopped |= screen.is_stopped();
        if keep_empty || !out.is_empty() {
            seen.push((name, out));
        }
    }

    fn take_calls(&mut self, message: &Map<String, Value>) {
        if let Some(Value::Array(calls)) = message.get("tool_calls") {
            for (position, call) in calls.iter().enumerate() {
                let index = call
                    .get("index")
                    .and_then(Value::as_u64)
                    .unwrap_or(position as u64);
                if !self.calls.contains_key(&index) && self.calls.len() >= self.settings.fan_out {
                    self.stop(Reason::HoldExceeded, "tool_calls");
                    return;
                }
                let mut held = self.calls.remove(&index).unwrap_or_default();
                let ok = add_call(&mut held, call);
                self.keep_call(ok, &held, "tool_calls");
                self.calls.insert(index, held);
            }
        }
        if let Some(function @ Value::Object(_)) = message.get("function_call") {
            let mut held = self.function_call.take().unwrap_or_default();
            let ok = add_function(&mut held, function);
            self.keep_call(ok, &held, "function_call");
            self.function_call = Some(held);
        }
    }

    fn keep_call(&mut self, ok: bool, held: &Call, what: &str) {
        if !ok || !is_word(&held.id) || !is_word(&held.name) {
            // Half a call cannot be passed unjudged, so this ends the choice on every route.
            self.stop(Reason::UnknownShape, what);
        } else if held.arguments.len() > self.settings.hold_call {
            self.stop(Reason::HoldExceeded, what);
        }
    }

    /// The choice has ended: what was held and may be seen.
    pub(super) fn finish(&mut self) -> Seen {
        let mut seen = Seen::default();
        for name in TEXTS {
            let Some(screen) = self.texts.get_mut(name).filter(|_| !self.stopped) else {
                continue;
            };
            let mut out = String::new();
            screen.finish(&mut out);
            self.stopped |= screen.is_stopped();
            if !out.is_empty() {
                seen.texts.push((name, out));
            }
        }
        let calls = std::mem::take(&mut self.calls);
        for (index, call) in calls {
            let field = format!("tool_calls[{index}].arguments");
            if let Some((id, function)) = self.judged_call(&field, call) {
                seen.calls
                    .push(json!({"index": index, "id": id, "type": "function", "function": function}));
            }
        }
        if let Some(call) = self.function_call.take() {
            seen.function_call = self.judged_call("function_call.arguments", call).map(|(_, f)| f);
        }
        // Calls belong together: where one may not be made, none is.
        if self.stopped {
            seen.calls.clear();
            seen.function_call = None;
        }
        seen
    }

    fn judged_call(&mut self, field: &str, call: Call) -> Option<(String, Value)> {
        if self.stopped {
            return None;
        }
        match arguments(&call.arguments, &self.settings) {
            Ok((text, judged)) => {
                for j in judged {
                    self.tell(field, j);
                }
                Some((call.id, json!({"name": call.name, "arguments": text})))
            }
            Err(judged) => {
                for j in judged {
                    self.tell(field, j);
                }
                self.stopped = true;
                None
            }
        }
    }

    fn tell(&mut self, field: &str, judged: Judged) {
        let same = |(f, j): &&mut (String, Judged)| {
            f == field && j.0 == judged.0 && j.1 == judged.1 && j.2 == judged.2
        };
        match self.told.iter_mut().find(same) {
            Some((_, known)) => known.3 += judged.3,
            None => self.told.push((field.to_owned(), judged)),
        }
    }

    /// What was done in this choice, sorted.
    pub(super) fn events(&self) -> Vec<Event> {
        let texts = self
            .texts
            .iter()
            .flat_map(|(name, screen)| screen.judged().into_iter().map(|j| ((*name).to_owned(), j)));
        let mut all: Vec<Event> = self
            .told
            .iter()
            .cloned()
            .chain(texts)
            .map(|(field, (reason, action, detail, count))| Event {
                choice: Some(self.index),
                field,
                reason,
                action,
                count,
                detail,
            })
            .collect();
        all.sort();
        all
    }
}

fn add_call(held: &mut Call, call: &Value) -> bool {
    let Some(call) = call.as_object() else {
        return false;
    };
    let known = call.iter().all(|(name, value)| match (name.as_str(), value) {
        ("index", Value::Number(_)) | ("function", Value::Object(_)) | ("id", Value::String(_)) => true,
        ("type", Value::String(kind)) => kind == "function" || kind.is_empty(),
        _ => other(name, value) == Other::Silent,
    });
    if let (Some(Value::String(id)), true) = (call.get("id"), held.id.is_empty()) {
        held.id.clone_from(id);
    }
    known
        && call
            .get("function")
            .is_none_or(|f| f.is_null() || add_function(held, f))
}

fn add_function(held: &mut Call, function: &Value) -> bool {
    let Some(function) = function.as_object() else {
        return false;
    };
    for (name, value) in function {
        match (name.as_str(), value) {
            // Most send the name once, some again with every piece, few in pieces.
            ("name", Value::String(name)) if *name == held.name => {}
            ("name", Value::String(name)) => held.name.push_str(name),
            ("arguments", Value::String(piece)) => held.arguments.push_str(piece),
            _ if other(name, value) == Other::Silent => {}
            _ => return false,
        }
    }
    true
}
