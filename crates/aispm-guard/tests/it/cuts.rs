//! Every cut of a set of streamed answers, by bytes of the upstream: the same bytes leave, and the same is told.

use std::sync::Arc;

use aispm_guard::{Event, OnError, Settings, Sink, Stream};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{ALLOWED, keys, pem};

fn settings(sink: Sink, on_error: OnError) -> Arc<Settings> {
    let mut settings = Settings::new(sink).allowing(ALLOWED);
    settings.on_error = on_error;
    settings.hold = 1024;
    Arc::new(settings)
}

fn run(settings: &Arc<Settings>, pieces: &[&[u8]]) -> (Vec<u8>, Vec<Event>) {
    let mut stream = Stream::new(Arc::clone(settings), 2);
    let mut out = Vec::new();
    for piece in pieces {
        stream.push(piece, &mut out);
    }
    stream.finish(&mut out);
    (out, stream.events())
}

fn delta(index: u64, delta: &Value, finish: Option<&str>) -> String {
    let chunk = json!({"id": "c", "model": "m", "choices": [{"index": index, "delta": delta, "finish_reason": finish}]});
    format!("data: {chunk}\n\n")
}

/// A text in deltas of `cut` characters.
fn said(index: u64, text: &str, cut: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(cut)
        .map(|c| delta(index, &json!({"content": c.iter().collect::<String>()}), None))
        .collect()
}

fn call(index: u64, arguments: &str, cut: usize) -> String {
    let first = json!({"tool_calls": [{"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": ""}}]});
    let letters: Vec<char> = arguments.chars().collect();
    let rest = letters.chunks(cut).map(|c| {
        let piece = c.iter().collect::<String>();
        delta(
            index,
            &json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}),
            None,
        )
    });
    delta(index, &first, None) + &rest.collect::<String>()
}

/// Bodies of upstreams, well formed and not.
fn bodies() -> Vec<String> {
    let key = keys().remove(0);
    let done = "data: [DONE]\n\n";
    let end = |i| delta(i, &json!({}), Some("stop"));
    let two = said(0, &format!("Key {key} is\n"), 20)
        + &said(1, "Grüße 你好 👩‍💻 ![x](https://evil.example/?q)\n", 12);
    vec![
        two.clone() + &end(0) + &end(1) + done,
        call(0, &json!({"key": key, "to": "Málaga"}).to_string(), 25)
            + &delta(0, &json!({}), Some("tool_calls"))
            + done,
        said(0, &pem(), 60) + &end(0) + done,
        said(0, "Hid\u{200B}den \u{1B}[31mred <script>\n", 7) + &end(0) + done,
        said(0, "4111 1111 1111 1111 and DE89 3704 0044 0532 0130 00\n", 16) + &end(0) + done,
        // Lines end in every way there is, comments and other fields stand between, the last blank line is missing.
        ": hi\r\nevent: x\r\nid: 1\r\n".to_owned() + &end(0).replace('\n', "\r\n") + "retry: 1\rdata: [DONE]",
        "\u{FEFF}data: {\"choices\":\ndata: []}\n\n".to_owned() + &end(0) + done,
        // It breaks off in the middle of an event.
        two.get(..two.len() - 9).unwrap_or("").to_owned(),
        said(0, "fine ", 5)
            + "data: {\"choices\": [{\"index\": 0, \"delta\": {\"audio\": {\"id\": \"x\"}}}]}\n\n"
            + done,
        said(0, "fine ", 5) + "data: nonsense\n\n" + done,
        said(0, "fine ", 5) + "data: {\"error\": {\"message\": \"x\"}}\n\n",
        String::new(),
    ]
}

#[test]
fn every_cut_of_every_answer_gives_the_same_bytes_and_verdicts() {
    let settings = settings(Sink::Markdown, OnError::Closed);
    for body in bodies() {
        let bytes = body.as_bytes();
        let whole = run(&settings, &[bytes]);
        for at in 0..=bytes.len() {
            let (before, after) = bytes.split_at(at);
            assert_eq!(run(&settings, &[before, after]), whole, "cut at {at} of {body}");
        }
    }
}

#[test]
fn byte_by_byte_is_as_at_once_whatever_the_route() {
    for sink in [Sink::Html, Sink::Markdown, Sink::Plain] {
        for on_error in [OnError::Closed, OnError::Open] {
            let settings = settings(sink, on_error);
            for body in bodies() {
                let ones: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
                assert_eq!(
                    run(&settings, &ones),
                    run(&settings, &[body.as_bytes()]),
                    "{body}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_cuts_of_any_answer_give_the_same(
        which in 0..12usize,
        closed in any::<bool>(),
        mut cuts in proptest::collection::vec(0..4000usize, 0..12),
    ) {
        let bodies = bodies();
        let bytes = bodies[which].as_bytes();
        let settings = settings(Sink::Markdown, if closed { OnError::Closed } else { OnError::Open });
        cuts.push(0);
        cuts.push(bytes.len());
        cuts.retain(|c| *c <= bytes.len());
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        prop_assert_eq!(run(&settings, &pieces), run(&settings, &[bytes]));
    }
}
