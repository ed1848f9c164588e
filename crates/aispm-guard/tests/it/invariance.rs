//! The same text and the same verdicts however the upstream cuts, and never more held than may be.

use std::collections::BTreeMap;
use std::sync::Arc;

use aispm_guard::{Action, Event, OnError, Reason, Screen, Settings, Sink, Stream, answer};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{ALLOWED, body, keys, pem, route};

/// Parts of texts in which constructs begin, end and nest.
fn parts() -> Vec<String> {
    let fixed = [
        "Hello world. ",
        "a",
        " ",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "`",
        "```\n",
        "```",
        "~~~\n",
        "<",
        ">",
        "<b>",
        "</b>",
        "<div\n",
        "<script>",
        "<img src=x onerror=1>",
        "<img src='https://docs.acme.example/x'>",
        "![x](",
        "](",
        ")",
        "[1]:",
        "https://evil.example/x",
        "//evil.example",
        "https://github.com/x ",
        "www.",
        "evil.example ",
        "javascript:",
        "4111 1111 1111 1111",
        "4111",
        "DE89 3704 0044 0532 0130 00",
        "\u{200B}",
        "\u{200D}",
        "\u{1F468}",
        "\u{1B}[0m",
        "\u{4F60}\u{597D}",
        "\u{E0041}",
        "\u{1F3F4}",
        "\u{E0067}",
        "-----BEGIN PRIVATE KEY-----\n",
        "&colon;",
        "\\",
        "- ",
        "> ",
        "  ",
        "    ",
        "<!--",
        "-->",
        "|",
        "azure_openai_key = ",
        "0123456789abcdef0123456789abcdee",
        "\u{FE0F}",
        "<https:",
        "\"",
        "'",
    ];
    let mut all: Vec<String> = fixed.iter().map(|s| (*s).to_owned()).collect();
    all.extend(keys().into_iter().take(3));
    all.push(pem());
    all
}

fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(parts()), 0..14).prop_map(|p| p.concat())
}

fn sinks() -> impl Strategy<Value = Sink> {
    prop_oneof![Just(Sink::Html), Just(Sink::Markdown), Just(Sink::Plain)]
}

type Outcome = (String, bool, Vec<aispm_guard::Judged>);

fn screen(settings: &Arc<Settings>, pieces: &[&str]) -> Outcome {
    let mut screen = Screen::new(Arc::clone(settings));
    let mut out = String::new();
    for piece in pieces {
        screen.push(piece, &mut out);
        assert!(screen.held() <= settings.hold, "{} bytes are held", screen.held());
    }
    screen.finish(&mut out);
    (out, screen.is_stopped(), screen.judged())
}

fn small(sink: Sink, hold: usize, on_error: OnError) -> Arc<Settings> {
    let mut settings = Settings::new(sink).allowing(ALLOWED);
    settings.hold = hold;
    settings.on_error = on_error;
    Arc::new(settings)
}

fn boundaries(text: &str) -> Vec<usize> {
    (0..=text.len()).filter(|i| text.is_char_boundary(*i)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// One text, cut once at every place and at all places at once.
    #[test]
    fn a_text_is_judged_the_same_at_every_cut(text in texts(), sink in sinks()) {
        let settings = route(sink);
        let whole = screen(&settings, &[&text]);
        let singles: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        prop_assert_eq!(&screen(&settings, &singles), &whole);
        for cut in boundaries(&text) {
            prop_assert_eq!(&screen(&settings, &[&text[..cut], &text[cut..]]), &whole);
        }
    }

    /// The bound holds, and cuts change nothing, where texts are longer than what may be held.
    #[test]
    fn the_bound_holds_at_every_cut(text in texts(), sink in sinks(), hold in 24usize..200, open in any::<bool>()) {
        let settings = small(sink, hold, if open { OnError::Open } else { OnError::Closed });
        let whole = screen(&settings, &[&text]);
        let singles: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        prop_assert_eq!(&screen(&settings, &singles), &whole);
    }

    /// What has left is what leaves in the end: no byte is taken back, and none left that the whole text's verdict forbids.
    #[test]
    fn what_leaves_early_is_a_prefix_of_the_verdict(text in texts(), sink in sinks()) {
        let settings = route(sink);
        let (whole, ..) = screen(&settings, &[&text]);
        let mut one = Screen::new(Arc::clone(&settings));
        let mut out = String::new();
        for piece in text.split_inclusive(|_: char| true) {
            one.push(piece, &mut out);
            prop_assert!(whole.starts_with(&out), "{out:?} is no prefix of {whole:?}");
        }
    }

    /// The whole protocol: two choices, texts and calls, bytes cut anywhere; the stream and the whole answer agree.
    #[test]
    fn streams_and_whole_answers_agree(first in texts(), second in texts(), arguments in texts(), sink in sinks(), step in 1usize..40, size in 1usize..9) {
        let settings = route(sink);
        let upstream = upstream(&[&first, &second], &arguments, size);
        let whole = stream(&settings, &[upstream.as_bytes()]);
        let cut: Vec<&[u8]> = upstream.as_bytes().chunks(step).collect();
        prop_assert_eq!(&stream(&settings, &cut), &whole);
        let other = stream(&settings, &[self::upstream(&[&first, &second], &arguments, 1000).as_bytes()]);
        prop_assert_eq!(&other, &whole);
        prop_assert_eq!(&at_once(&settings, &[&first, &second], &arguments), &whole);
    }
}

/// What a client sees of each choice: content, arguments, end.
type Client = BTreeMap<u64, (String, Option<String>, Option<String>)>;

/// Choices in turns; every one calls a tool in the end.
fn upstream(texts: &[&str], arguments: &str, size: usize) -> String {
    let mut out = String::new();
    let mut say = |index: usize, delta: Value, finish: Option<&str>| {
        let chunk =
            json!({"id": "c", "choices": [{"index": index, "delta": delta, "finish_reason": finish}]});
        out.push_str(&format!("data: {chunk}\n\n"));
    };
    let pieces: Vec<Vec<String>> = texts
        .iter()
        .map(|t| {
            t.chars()
                .collect::<Vec<_>>()
                .chunks(size)
                .map(|c| c.iter().collect())
                .collect()
        })
        .collect();
    let longest = pieces.iter().map(Vec::len).max().unwrap_or(0);
    for turn in 0..longest {
        for (index, own) in pieces.iter().enumerate() {
            if let Some(piece) = own.get(turn) {
                say(index, json!({"content": piece}), None);
            }
        }
    }
    for (index, _) in texts.iter().enumerate() {
        for piece in arguments.chars().collect::<Vec<_>>().chunks(size) {
            let piece: String = piece.iter().collect();
            say(
                index,
                json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}),
                None,
            );
        }
        say(
            index,
            json!({"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f"}}]}),
            None,
        );
        say(index, json!({}), Some("tool_calls"));
    }
    out.push_str("data: [DONE]\n\n");
    out
}

fn stream(settings: &Arc<Settings>, pieces: &[&[u8]]) -> (Client, Vec<Event>) {
    let mut stream = Stream::new(Arc::clone(settings), 2);
    let mut out = Vec::new();
    for piece in pieces {
        stream.push(piece, &mut out);
    }
    stream.finish(&mut out);
    let text = String::from_utf8(out).unwrap();
    let mut client = Client::new();
    let events: Vec<&str> = text
        .split_terminator("\n\n")
        .map(|e| e.strip_prefix("data: ").unwrap())
        .collect();
    assert_eq!(events.last(), Some(&"[DONE]"));
    for event in &events[..events.len() - 1] {
        let chunk: Value = serde_json::from_str(event).unwrap();
        let choice = &chunk["choices"][0];
        let own = client.entry(choice["index"].as_u64().unwrap()).or_default();
        assert_eq!(own.2, None, "a choice says something after its end");
        own.0.push_str(choice["delta"]["content"].as_str().unwrap_or(""));
        if let Some(arguments) = choice["delta"]["tool_calls"][0]["function"]["arguments"].as_str() {
            own.1 = Some(arguments.to_owned());
        }
        own.2 = choice["finish_reason"].as_str().map(str::to_owned);
    }
    (client, stream.events())
}

fn at_once(settings: &Arc<Settings>, texts: &[&str], arguments: &str) -> (Client, Vec<Event>) {
    let choices: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let call = json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}});
            json!({"index": index, "message": {"role": "assistant", "content": text, "tool_calls": [call]}, "finish_reason": "tool_calls"})
        })
        .collect();
    let got = answer(
        json!({"id": "c", "choices": choices}).to_string().as_bytes(),
        settings,
    );
    let body: Value = serde_json::from_slice(&got.body.unwrap()).unwrap();
    let client = body["choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let content = c["message"]["content"].as_str().unwrap_or("").to_owned();
            let arguments = c["message"]["tool_calls"][0]["function"]["arguments"]
                .as_str()
                .map(str::to_owned);
            (
                c["index"].as_u64().unwrap(),
                (content, arguments, c["finish_reason"].as_str().map(str::to_owned)),
            )
        })
        .collect();
    (client, got.events)
}

#[test]
fn prose_leaves_word_by_word() {
    let mut screen = Screen::new(route(Sink::Markdown));
    let mut out = String::new();
    for (piece, seen) in [
        ("The **quick** ", "The **quick** "),
        ("bro", "The **quick** "),
        ("wn fox: ", "The **quick** brown fox: "),
    ] {
        screen.push(piece, &mut out);
        assert_eq!(out, seen);
    }
}

#[test]
fn a_word_longer_than_the_bound_ends_the_text_or_passes_and_is_told() {
    let long = body(500, "abcdefghij0123456789");
    let (out, stopped, done) = screen(&small(Sink::Markdown, 128, OnError::Closed), &[&long]);
    assert!(stopped && out.is_empty());
    assert_eq!((done[0].0, done[0].1), (Reason::HoldExceeded, Action::Stopped));
    let (out, stopped, done) = screen(&small(Sink::Markdown, 128, OnError::Open), &[&long]);
    assert!(!stopped && out == long);
    assert_eq!(
        (done[0].0, done[0].1),
        (Reason::HoldExceeded, Action::PassedUnjudged)
    );
}

#[test]
fn a_long_line_of_words_passes_within_the_bound() {
    let line = "In 2026 the quick brown fox jumps over 13 lazy dogs and runs on. ".repeat(2000);
    for sink in [Sink::Html, Sink::Markdown, Sink::Plain] {
        let (out, stopped, done) = screen(&route(sink), &[&line]);
        assert!(!stopped && out == line && done.is_empty(), "{done:?}");
    }
}

/// Work is linear in the text: hostile texts of many beginnings end, and are judged the same in one piece or in many.
#[test]
fn texts_of_nothing_but_beginnings_are_judged() {
    for part in [
        "<q ",
        "](",
        "]( ",
        "`",
        "` ``",
        "<",
        "q <q\n",
        "[",
        "www.",
        "<!--",
        "-----BEGIN PRIVATE KEY-----\n",
        "4",
        "4 ",
        "sk-",
        "eyJ",
        " ",
        "\u{200B}",
        "a:",
        "<q x='",
    ] {
        let text = part.repeat((200 << 10) / part.len());
        for sink in [Sink::Html, Sink::Markdown, Sink::Plain] {
            let settings = route(sink);
            let whole = screen(&settings, &[&text]);
            let cuts: Vec<&str> = text.split_inclusive('x').collect();
            assert_eq!(screen(&settings, &cuts), whole);
            assert!(whole.1 || whole.0.len() <= text.len() + 64);
        }
    }
}
