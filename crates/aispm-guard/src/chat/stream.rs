//! A streamed chat completion: bytes in, judged bytes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::FILTERED;
use super::choice::{Choice, Seen};
use super::shape::{Other, finish_reason, other, passes};
use crate::event::{Action, Event, Reason};
use crate::settings::{OnError, Settings};
use crate::sse::SseParser;

/// The judge of one streamed answer.
#[derive(Debug)]
pub struct Stream {
    settings: Arc<Settings>,
    parser: SseParser,
    choices: BTreeMap<u64, Choice>,
    /// Fields of the last chunk's envelope, for chunks that the guard adds.
    envelope: Map<String, Value>,
    expected: usize,
    events: Vec<Event>,
    over: bool,
    /// The upstream said its last word.
    complete: bool,
    finished: bool,
}

impl Stream {
    /// A judge for an answer of `n` choices, as the request asked for.
    pub fn new(settings: Arc<Settings>, n: usize) -> Self {
        Self {
            parser: SseParser::new(settings.message),
            settings,
            choices: BTreeMap::new(),
            envelope: Map::new(),
            expected: n.max(1),
            events: Vec::new(),
            over: false,
            complete: false,
            finished: false,
        }
    }

    /// Takes bytes of the upstream; what may leave is appended to `out`.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        let mut events = Vec::new();
        let fits = self.parser.push(bytes, |e| events.push(e.data));
        for data in events {
            self.event(&data, out);
        }
        if fits.is_err() {
            self.fail(Reason::HoldExceeded, "event", out);
        }
    }

    /// The upstream has ended, or is not needed any more: says the last words.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.finished {
            return;
        }
        if !self.over {
            let mut events = Vec::new();
            self.parser.finish(|e| events.push(e.data));
            for data in events {
                self.event(&data, out);
            }
        }
        if !self.over {
            // Choices that were asked for and never began have broken off too.
            for index in 0..self.expected.min(self.settings.fan_out) as u64 {
                let settings = &self.settings;
                self.choices
                    .entry(index)
                    .or_insert_with(|| Choice::new(index, Arc::clone(settings)));
            }
        }
        self.over = true;
        self.finished = true;
        let open: Vec<u64> = self
            .choices
            .iter()
            .filter(|(_, c)| !c.ended)
            .map(|(i, _)| *i)
            .collect();
        for index in open {
            self.end_early(index, out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// Nothing more of the upstream will be passed on, so its connection may be closed before it ends.
    pub fn is_over(&self) -> bool {
        let stopped = self.choices.values().filter(|c| c.is_stopped()).count();
        self.over || stopped >= self.expected && stopped == self.choices.len()
    }

    /// The upstream said that its answer is whole.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What was done so far.
    pub fn events(&self) -> Vec<Event> {
        let mut all = self.events.clone();
        all.extend(self.choices.values().flat_map(Choice::events));
        all.sort();
        all
    }

    fn event(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if self.over || data.is_empty() {
            return;
        }
        if data == b"[DONE]" {
            self.over = true;
            self.complete = true;
            return;
        }
        match serde_json::from_slice::<Value>(data) {
            Ok(Value::Object(chunk)) => self.chunk(&chunk, out),
            _ if self.settings.on_error == OnError::Open => {
                self.tell(Action::PassedUnjudged, "event");
                for line in data.split(|b| *b == b'\n') {
                    out.extend_from_slice(b"data: ");
                    out.extend_from_slice(line);
                    out.push(b'\n');
                }
                out.push(b'\n');
            }
            _ => self.fail(Reason::UnknownShape, "event", out),
        }
    }

    fn chunk(&mut self, chunk: &Map<String, Value>, out: &mut Vec<u8>) {
        if chunk.get("error").is_some_and(|e| !e.is_null()) {
            self.fail(Reason::UpstreamError, "", out);
            return;
        }
        let mut envelope = Map::new();
        let mut usage = None;
        let mut unjudged = false;
        for (name, value) in chunk {
            match name.as_str() {
                "choices" => {}
                "usage" if passes(name, value) => usage = Some(value.clone()),
                _ if passes(name, value) => {
                    envelope.insert(name.clone(), value.clone());
                }
                _ if other(name, value) == Other::Silent => {}
                _ if self.settings.on_error == OnError::Open => {
                    self.tell(Action::PassedUnjudged, name);
                    unjudged = true;
                    envelope.insert(name.clone(), value.clone());
                }
                _ => {
                    self.fail(Reason::UnknownShape, name, out);
                    return;
                }
            }
        }
        self.envelope.clone_from(&envelope);
        // Fields that pass unjudged belong to this chunk alone.
        self.envelope.retain(|name, value| passes(name, value));
        let Some(choices) = chunk.get("choices").and_then(Value::as_array) else {
            self.fail(Reason::UnknownShape, "choices", out);
            return;
        };
        for choice in choices {
            self.choice(choice, out);
            if self.over {
                return;
            }
        }
        let counted = usage.as_ref().is_some_and(|u| !u.is_null());
        if counted || unjudged {
            envelope.insert("choices".into(), json!([]));
            envelope.insert("usage".into(), usage.unwrap_or(Value::Null));
            write(&envelope, out);
        }
    }

    fn choice(&mut self, choice: &Value, out: &mut Vec<u8>) {
        let (Some(object), index) = (choice.as_object(), choice.get("index").and_then(Value::as_u64)) else {
            self.fail(Reason::UnknownShape, "choices", out);
            return;
        };
        let Some(index) = index else {
            self.fail(Reason::UnknownShape, "choices.index", out);
            return;
        };
        if !self.choices.contains_key(&index) && self.choices.len() >= self.settings.fan_out {
            self.fail(Reason::HoldExceeded, "choices", out);
            return;
        }
        let settings = &self.settings;
        let state = self
            .choices
            .entry(index)
            .or_insert_with(|| Choice::new(index, Arc::clone(settings)));
        if state.ended {
            return;
        }
        let (seen, finish) = step(state, object);
        if seen != Seen::default() {
            let delta = delta(seen);
            self.say(index, delta, None, out);
        }
        if finish.is_some() || self.choices.get(&index).is_some_and(Choice::is_stopped) {
            self.end(index, finish.as_deref(), out);
        }
    }

    /// Says what a choice held, and why it ends.
    fn end(&mut self, index: u64, reason: Option<&str>, out: &mut Vec<u8>) {
        let Some(state) = self.choices.get_mut(&index) else {
            return;
        };
        let seen = if state.is_stopped() {
            Seen::default()
        } else {
            state.finish()
        };
        state.ended = true;
        let reason = if state.is_stopped() {
            Some(FILTERED)
        } else {
            reason
        };
        if seen != Seen::default() {
            self.say(index, delta(seen), None, out);
        }
        if reason.is_some() {
            self.say(index, Map::new(), reason, out);
        }
    }

    /// The upstream is gone and the choice has no end.
    fn end_early(&mut self, index: u64, out: &mut Vec<u8>) {
        let closed = self.settings.on_error == OnError::Closed;
        if let Some(state) = self.choices.get_mut(&index) {
            if closed {
                state.stop(Reason::EndedEarly, "");
            } else {
                state.note(Reason::EndedEarly);
            }
        }
        self.end(index, None, out);
    }

    /// The answer cannot be judged any further: every choice ends.
    fn fail(&mut self, reason: Reason, detail: &str, out: &mut Vec<u8>) {
        if self.choices.is_empty() {
            self.choices.insert(0, Choice::new(0, Arc::clone(&self.settings)));
        }
        let open: Vec<u64> = self
            .choices
            .iter()
            .filter(|(_, c)| !c.ended)
            .map(|(i, _)| *i)
            .collect();
        for index in open {
            if let Some(state) = self.choices.get_mut(&index) {
                state.stop(reason, detail);
            }
            self.end(index, None, out);
        }
        self.over = true;
    }

    fn say(&self, index: u64, delta: Map<String, Value>, reason: Option<&str>, out: &mut Vec<u8>) {
        let mut chunk = self.envelope.clone();
        chunk
            .entry("object")
            .or_insert_with(|| "chat.completion.chunk".into());
        let choice = json!({"index": index, "delta": delta, "finish_reason": reason});
        chunk.insert("choices".into(), json!([choice]));
        write(&chunk, out);
    }

    fn tell(&mut self, action: Action, detail: &str) {
        let detail: String = detail.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
        let same = |e: &&mut Event| e.action == action && e.detail == detail;
        match self.events.iter_mut().find(same) {
            Some(known) => known.count += 1,
            None => self.events.push(Event {
                choice: None,
                field: String::new(),
                reason: Reason::UnknownShape,
                action,
                count: 1,
                detail,
            }),
        }
    }
}

/// One choice of one chunk: what may be seen of it, and its end.
fn step(state: &mut Choice, object: &Map<String, Value>) -> (Seen, Option<String>) {
    let mut unjudged = Map::new();
    for (name, value) in object {
        let known = match name.as_str() {
            "index" | "finish_reason" => true,
            "delta" => value.is_object() || value.is_null(),
            "logprobs" => {
                if other(name, value) == Other::Details {
                    state.note(Reason::TokenDetails);
                }
                true
            }
            _ => other(name, value) == Other::Silent,
        };
        if !known && !state.unknown(name) {
            unjudged.insert(name.clone(), value.clone());
        }
    }
    let finish = finish_reason(object.get("finish_reason"));
    if finish.is_err() {
        state.stop(Reason::UnknownShape, "finish_reason");
    }
    let mut seen = match object.get("delta").and_then(Value::as_object) {
        Some(delta) if !state.is_stopped() => state.take(delta),
        _ => Seen::default(),
    };
    seen.unjudged.extend(unjudged);
    (seen, finish.ok().flatten().map(str::to_owned))
}

fn delta(seen: Seen) -> Map<String, Value> {
    let mut delta = seen.unjudged;
    if seen.role {
        delta.insert("role".into(), "assistant".into());
    }
    for (name, text) in seen.texts {
        delta.insert(name.into(), text.into());
    }
    if !seen.calls.is_empty() {
        delta.insert("tool_calls".into(), seen.calls.into());
    }
    if let Some(call) = seen.function_call {
        delta.insert("function_call".into(), call);
    }
    delta
}

fn write(chunk: &Map<String, Value>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    // A map of strings and numbers is always written.
    out.extend(serde_json::to_vec(chunk).unwrap_or_default());
    out.extend_from_slice(b"\n\n");
}
