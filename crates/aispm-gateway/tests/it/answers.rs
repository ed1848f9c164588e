//! Answers: the same bytes and the same log however the upstream cuts, streamed or whole.

use serde_json::{Value, json};

use crate::support::{End, Guard, Upstream, chunked, run};

const KEY: &str = "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";

fn delta(index: u64, delta: &Value, finish: Option<&str>) -> Value {
    json!({"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m-1",
        "choices": [{"index": index, "delta": delta, "finish_reason": finish}]})
}

fn events(all: &[Value]) -> Vec<u8> {
    let mut out: String = all.iter().map(|e| format!("data: {e}\n\n")).collect();
    out.push_str("data: [DONE]\n\n");
    out.into_bytes()
}

/// Two choices that interleave, a key over two deltas, letters of several bytes, a link outside the list, a call in pieces.
fn stream() -> Vec<u8> {
    let (half, rest) = KEY.split_at(20);
    events(&[
        delta(0, &json!({"role": "assistant", "content": ""}), None),
        delta(
            1,
            &json!({"role": "assistant", "content": "Grüße 你好 👩‍💻 "}),
            None,
        ),
        delta(0, &json!({"content": format!("Your key is {half}")}), None),
        delta(1, &json!({"content": "and ![x](https://evil.exa"}), None),
        delta(0, &json!({"content": format!("{rest} indeed.\n")}), None),
        delta(1, &json!({"content": "mple/?q=1) more\n"}), None),
        delta(
            0,
            &json!({"tool_calls": [{"index": 0, "id": "t1", "type": "function", "function": {"name": "look", "arguments": "{\"key\": \"gsk_"}}]}),
            None,
        ),
        delta(
            0,
            &json!({"tool_calls": [{"index": 0, "function": {"arguments": format!("{}\"}}", KEY.split_at(4).1)}}]}),
            None,
        ),
        delta(0, &json!({}), Some("tool_calls")),
        delta(1, &json!({}), Some("stop")),
    ])
}

const ASK: &str = "{\"model\": \"m-1\", \"n\": 2, \"stream\": true, \"messages\": []}";

#[test]
fn cuts_of_the_upstream_change_neither_bytes_nor_log() {
    run(async {
        let body = stream();
        let mut first = None;
        for step in [body.len(), 1, 2, 3, 7, 64, 1000] {
            let upstream = Upstream::start(chunked(&body, step), End::Close).await;
            let guard = Guard::start(upstream.address, "", "").await;
            let reply = guard.chat(ASK).await;
            assert_eq!(reply.status, 200);
            assert!(
                reply.head.contains("content-type: text/event-stream"),
                "{}",
                reply.head
            );
            let log = guard.log().await;
            let seen = (
                reply.body.clone(),
                log[0].did.clone(),
                log[0].verdict,
                log[0].sent,
            );
            assert_eq!(
                first.get_or_insert_with(|| seen.clone()),
                &seen,
                "pieces of {step}"
            );
            let choices = reply.choices();
            assert!(choices[0].0.starts_with("Your key is gsk_") && choices[0].0.ends_with(" indeed.\n"));
            assert_eq!(choices[0].1, "tool_calls");
            assert_eq!(
                (choices[1].0.as_str(), choices[1].1.as_str()),
                ("Grüße 你好 👩‍💻 and ", "content_filter")
            );
            assert!(
                !reply.text().contains(KEY)
                    && !reply.text().contains(KEY.split_at(4).1)
                    && !reply.text().contains("evil")
            );
        }
    });
}

#[test]
fn a_whole_answer_is_judged_as_a_streamed_one() {
    run(async {
        let call = json!({"id": "t1", "type": "function", "function": {"name": "look", "arguments": format!("{{\"key\": \"{KEY}\"}}")}});
        let body = json!({"id": "c-1", "object": "chat.completion", "created": 1, "model": "m-1", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": format!("Your key is {KEY} indeed.\n"), "tool_calls": [call]}, "finish_reason": "tool_calls"},
            {"index": 1, "message": {"role": "assistant", "content": "Grüße ![x](https://evil.example/?q=1) more\n"}, "finish_reason": "stop"}]});
        let upstream = Upstream::body("application/json; charset=utf-8", &body.to_string()).await;
        let guard = Guard::start(upstream.address, "", "").await;
        let reply = guard
            .chat("{\"model\": \"m-1\", \"n\": 2, \"messages\": []}")
            .await;
        let answer = reply.json();
        assert_eq!(reply.status, 200);
        assert_eq!(answer["choices"][1]["message"]["content"], "Grüße ");
        assert_eq!(answer["choices"][1]["finish_reason"], "content_filter");
        assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls");
        assert!(
            !reply.text().contains(KEY) && !reply.text().contains("evil"),
            "{}",
            reply.text()
        );
        let log = guard.log().await;
        let told: Vec<(&str, &str, &str)> = log[0]
            .did
            .iter()
            .map(|d| (d.field.as_str(), d.reason.as_str(), d.action.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("content", "key", "masked"),
                ("tool_calls[0].arguments", "key", "masked"),
                ("content", "foreign-host", "stopped")
            ]
        );
    });
}

#[test]
fn a_benign_answer_keeps_its_text() {
    run(async {
        let text = "# Title\n\n**Bold** `code` [docs](https://docs.acme.example/a?b=c)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```rust\nlet x = a < b;\n```\n";
        let pieces: Vec<Value> = text
            .split_inclusive(' ')
            .map(|w| delta(0, &json!({"content": w}), None))
            .chain([delta(0, &json!({}), Some("stop"))])
            .collect();
        let upstream = Upstream::start(chunked(&events(&pieces), 50), End::Close).await;
        let guard = Guard::start(upstream.address, "", "").await;
        let reply = guard.chat("{\"model\": \"m-1\", \"stream\": true}").await;
        assert_eq!(reply.choices(), [(text.to_owned(), "stop".to_owned())]);
        assert_eq!(guard.log().await[0].verdict, aispm_guard_log::Verdict::Passed);
    });
}

#[test]
fn connections_to_the_upstream_are_used_again_and_clients_may_keep_theirs() {
    run(async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let body = "{\"object\": \"list\", \"data\": []}";
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // One connection is taken, and no other.
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            drop(listener);
            while crate::support::read_message(&mut stream).await.is_some() {
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let guard = Guard::start(address, "", "").await;
        let mut stream = tokio::net::TcpStream::connect(guard.address).await.unwrap();
        for _ in 0..3 {
            stream
                .write_all(b"GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
                .await
                .unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(body.as_bytes()) {
                let mut piece = [0u8; 1024];
                let n = stream.read(&mut piece).await.unwrap();
                assert!(n > 0, "{}", String::from_utf8_lossy(&seen));
                seen.extend_from_slice(&piece[..n]);
            }
            assert!(seen.starts_with(b"HTTP/1.1 200"));
        }
    });
}
