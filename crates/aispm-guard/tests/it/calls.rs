//! Calls wait until they are whole, and their arguments are judged decoded.

use aispm_guard::{OnError, Reason, Settings, Sink, Stream, answer};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::{keys, route};

fn whole(arguments: &str) -> (Value, Vec<aispm_guard::Event>) {
    let message = json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "send", "arguments": arguments}}]});
    let body =
        json!({"id": "x", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]});
    let got = answer(body.to_string().as_bytes(), &route(Sink::Markdown));
    (serde_json::from_slice(&got.body.unwrap()).unwrap(), got.events)
}

fn arguments(answer: &Value) -> Option<&str> {
    answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].as_str()
}

#[test]
fn harmless_arguments_keep_every_byte() {
    for raw in [
        "{}",
        "",
        "{ \"big\": 12345678901234567890123, \"f\": 1.0e5 ,\"s\":\"\\u00e9\\n<script>\" }",
        "{\"url\": \"https://other.example/\", \"url\": \"again\"}",
        "[\"a\",{\"b\":[true,null]}]",
        "{\"cut\": \"sho",
    ] {
        let (answer, events) = whole(raw);
        assert_eq!(arguments(&answer), Some(raw));
        assert!(events.is_empty(), "{events:?}");
        assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls");
    }
}

#[test]
fn a_key_in_arguments_is_masked_however_it_is_escaped() {
    for key in keys() {
        let escaped: String = key.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
        for raw in [
            format!("{{\"k\": \"{key}\"}}"),
            format!("{{\"k\": \"{escaped}\"}}"),
            format!("{{\"k\": \"{escaped}\", \"k\": \"x\"}}"),
            format!("{{\"cut\": \"{key} and"),
        ] {
            let (answer, events) = whole(&raw);
            let out = arguments(&answer).unwrap();
            assert!(!out.contains(&key) && !out.contains(&escaped), "{out}");
            assert!(out.contains("[redacted"), "{out}");
            assert!(events.iter().any(|e| e.reason == Reason::Key), "{events:?}");
        }
    }
}

#[test]
fn a_card_that_is_a_number_ends_the_answer() {
    let (answer, _) = whole("{\"card\": 4111111111111111}");
    assert_eq!(answer["choices"][0]["finish_reason"], "content_filter");
    assert_eq!(arguments(&answer), None);
}

#[test]
fn hidden_text_is_removed_from_arguments() {
    let (answer, events) = whole("{\"to\": \"a\\u202eb\"}");
    assert_eq!(arguments(&answer), Some("{\"to\": \"ab\"}"));
    assert_eq!(events[0].reason, Reason::HiddenText);
}

#[test]
fn no_byte_of_a_call_leaves_before_it_is_whole() {
    let mut stream = Stream::new(route(Sink::Plain), 1);
    let mut out = Vec::new();
    for piece in ["{\"a\"", ": 1", "}"] {
        let delta = json!({"tool_calls": [{"index": 0, "id": "c", "type": "function",
            "function": {"name": "f", "arguments": piece}}]});
        let chunk = json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
        stream.push(format!("data: {chunk}\n\n").as_bytes(), &mut out);
        assert!(out.is_empty(), "{}", String::from_utf8_lossy(&out));
    }
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]});
    stream.push(format!("data: {end}\n\ndata: [DONE]\n\n").as_bytes(), &mut out);
    stream.finish(&mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains(r#""arguments":"{\"a\": 1}""#), "{text}");
    assert!(text.contains(r#""finish_reason":"tool_calls""#), "{text}");
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
}

#[test]
fn a_call_longer_than_the_bound_ends_the_answer_on_every_route() {
    for on_error in [OnError::Closed, OnError::Open] {
        let mut settings = Settings::new(Sink::Plain);
        settings.on_error = on_error;
        settings.hold_call = 64;
        let long = "x".repeat(65);
        let delta = json!({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": long}}]});
        let chunk = json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
        let mut stream = Stream::new(Arc::new(settings), 1);
        let mut out = Vec::new();
        stream.push(format!("data: {chunk}\n\n").as_bytes(), &mut out);
        assert!(stream.is_over());
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("content_filter") && !text.contains("xxx"), "{text}");
    }
}
