//! What has no known shape ends the answer, or passes and is told.

use std::sync::Arc;

use aispm_guard::{Action, Event, OnError, Reason, Settings, Sink, Stream, answer};
use serde_json::{Value, json};

use crate::support::{ALLOWED, route};

fn settings(on_error: OnError) -> Arc<Settings> {
    let mut settings = Settings::new(Sink::Markdown).allowing(ALLOWED);
    settings.on_error = on_error;
    Arc::new(settings)
}

fn run(settings: Arc<Settings>, events: &[String]) -> (String, Vec<Event>) {
    let mut stream = Stream::new(settings, 1);
    let mut out = Vec::new();
    for event in events {
        stream.push(format!("data: {event}\n\n").as_bytes(), &mut out);
    }
    stream.finish(&mut out);
    (String::from_utf8(out).unwrap(), stream.events())
}

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    json!({"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    .to_string()
}

/// Events that nobody defined; each holds the word SMUGGLED.
fn unknown() -> Vec<String> {
    vec![
        "SMUGGLED".into(),
        "[\"SMUGGLED\"]".into(),
        "{\"choices\": [], \"extra\": \"SMUGGLED\"}".into(),
        chunk(&json!({"extra": "SMUGGLED"}), None),
        chunk(&json!({"audio": {"data": "SMUGGLED"}}), None),
        chunk(&json!({"content": [{"type": "text", "text": "SMUGGLED"}]}), None),
        chunk(&json!({"role": "SMUGGLED"}), None),
        chunk(&json!({"annotations": [{"url": "SMUGGLED"}]}), None),
        json!({"choices": [{"index": 0, "delta": {}, "message": {"content": "SMUGGLED"}}]}).to_string(),
    ]
}

#[test]
fn an_unknown_shape_fails_closed() {
    for event in unknown() {
        let (text, events) = run(
            settings(OnError::Closed),
            &[chunk(&json!({"content": "Hello "}), None), event.clone()],
        );
        assert!(!text.contains("SMUGGLED"), "{event}: {text}");
        assert!(
            text.contains("\"content\":\"Hello \"") && text.contains("\"finish_reason\":\"content_filter\""),
            "{text}"
        );
        let told = |e: &Event| e.reason == Reason::UnknownShape && e.action == Action::Stopped;
        assert!(events.iter().any(told), "{event}: {events:?}");
    }
}

#[test]
fn an_unknown_shape_fails_open_where_the_route_says_so_and_the_log_tells() {
    for event in unknown() {
        let (text, events) = run(
            settings(OnError::Open),
            &[chunk(&json!({"content": "Hello "}), None), event.clone()],
        );
        assert!(text.contains("SMUGGLED"), "{event}: {text}");
        assert!(!text.contains("content_filter"), "{text}");
        let told = |e: &Event| e.reason == Reason::UnknownShape && e.action == Action::PassedUnjudged;
        assert!(events.iter().any(told), "{event}: {events:?}");
    }
}

#[test]
fn token_details_never_pass_for_they_repeat_the_text() {
    let event = json!({"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop",
        "logprobs": {"content": [{"token": "SMUGGLED"}]}}]})
    .to_string();
    for on_error in [OnError::Closed, OnError::Open] {
        let (text, events) = run(settings(on_error), std::slice::from_ref(&event));
        assert!(
            !text.contains("SMUGGLED") && text.contains("\"finish_reason\":\"stop\""),
            "{text}"
        );
        assert!(
            events.iter().any(|e| e.reason == Reason::TokenDetails),
            "{events:?}"
        );
    }
}

#[test]
fn an_upstream_error_tells_nothing_of_its_text() {
    let event = json!({"error": {"message": "SMUGGLED"}}).to_string();
    let (text, events) = run(settings(OnError::Closed), &[event]);
    assert!(
        !text.contains("SMUGGLED") && text.contains("content_filter"),
        "{text}"
    );
    assert!(
        events.iter().any(|e| e.reason == Reason::UpstreamError),
        "{events:?}"
    );
}

#[test]
fn an_answer_that_breaks_off_is_closed_by_the_guard() {
    let (text, events) = run(
        settings(OnError::Closed),
        &[chunk(&json!({"content": "Hello [x"}), None)],
    );
    assert!(!text.contains("[x") && text.contains("content_filter"), "{text}");
    assert_eq!(events[0].reason, Reason::EndedEarly);
    let (text, events) = run(
        settings(OnError::Open),
        &[chunk(&json!({"content": "Hello [x"}), None)],
    );
    assert!(text.contains("[x") && !text.contains("content_filter"), "{text}");
    assert_eq!(events[0].action, Action::Noted);
}

#[test]
fn usage_and_envelope_pass() {
    let usage =
        json!({"id": "c", "model": "org/m-1.5", "choices": [], "usage": {"total_tokens": 3, "d": {"x": 1}}})
            .to_string();
    let (text, events) = run(
        settings(OnError::Closed),
        &[
            chunk(&json!({"role": "assistant", "content": ""}), None),
            chunk(&json!({}), Some("stop")),
            usage,
        ],
    );
    assert!(
        text.contains("\"total_tokens\":3") && text.contains("\"model\":\"org/m-1.5\""),
        "{text}"
    );
    assert!(text.contains("\"role\":\"assistant\""), "{text}");
    assert!(events.is_empty(), "{events:?}");
}

#[test]
fn a_whole_answer_of_unknown_shape_has_no_body() {
    for body in [
        "",
        "SMUGGLED",
        "[]",
        "{}",
        "{\"choices\": [{}]}",
        "{\"choices\": [], \"x\": \"SMUGGLED\"}",
        "{\"error\": \"SMUGGLED\"}",
    ] {
        let got = answer(body.as_bytes(), &route(Sink::Html));
        assert!(
            got.body.is_none() && got.events.iter().all(|e| e.action == Action::Stopped),
            "{body}: {got:?}"
        );
        assert!(!got.events.is_empty());
    }
}

#[test]
fn one_choice_is_stopped_and_the_other_goes_on() {
    let mut stream = Stream::new(route(Sink::Html), 2);
    let mut out = Vec::new();
    let say = |index: u64, text: &str| {
        format!(
            "data: {}\n\n",
            json!({"choices": [{"index": index, "delta": {"content": text}, "finish_reason": null}]})
        )
    };
    stream.push(say(0, "<script>\n").as_bytes(), &mut out);
    stream.push(say(1, "fine ").as_bytes(), &mut out);
    assert!(!stream.is_over());
    stream.push(say(0, "SMUGGLED ").as_bytes(), &mut out);
    stream.push(say(1, "<script>\n").as_bytes(), &mut out);
    assert!(stream.is_over());
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("fine ") && !text.contains("SMUGGLED") && !text.contains("script"),
        "{text}"
    );
}
