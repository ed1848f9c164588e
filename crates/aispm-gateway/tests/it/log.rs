//! The log tells the truth, of every request, and holds no secret.

use aispm_guard_log::Verdict;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{End, Guard, Upstream, chunked, post, run};

fn stream(contents: &[&str], last: &str) -> Vec<u8> {
    let events = contents.iter().map(|c| {
        let chunk =
            serde_json::json!({"choices": [{"index": 0, "delta": {"content": c}, "finish_reason": null}]});
        format!("data: {chunk}\n\n")
    });
    (events.collect::<String>() + last).into_bytes()
}

const END: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

#[test]
fn a_line_says_what_was_done_to_which_answer() {
    run(async {
        let key = format!("gsk_{}", "a8Kd93jQmZxP2LrT5wVb7NcY4hFgS6eU1oXiB0tDqRyJpWnM3vCs");
        let card = "4111 1111 1111 1111";
        let body = stream(
            &[&format!("Key {key} and card {card}.\n"), "Hid\u{200B}den.\n"],
            END,
        );
        let upstream = Upstream::start(chunked(&body, 33), End::Close).await;
        let guard = Guard::start(
            upstream.address,
            "",
            "provider = \"openai\"\napplication = \"support-bot\"",
        )
        .await;
        let ask = format!("{{\"model\": \"{key}\", \"stream\": true}}");
        let reply = guard.chat(&ask).await;
        let log = guard.log().await;
        let line = serde_json::to_string(&log[0]).unwrap();
        assert!(
            !line.contains(&key) && !line.contains(card) && !line.contains("4111"),
            "{line}"
        );
        let record = &log[0];
        assert_eq!(
            (record.provider.as_deref(), record.application.as_deref()),
            (Some("openai"), Some("support-bot"))
        );
        assert_eq!(
            (record.call.as_str(), record.upstream.as_deref()),
            ("POST /chat/completions", Some("127.0.0.1"))
        );
        assert_eq!(
            (record.status, record.verdict, record.streamed, record.client_left),
            (200, Verdict::Changed, true, false)
        );
        assert_eq!(
            (record.read, record.sent),
            (body.len() as u64, reply.body.len() as u64)
        );
        let did: Vec<(&str, &str, u64)> = record
            .did
            .iter()
            .map(|d| (d.reason.as_str(), d.action.as_str(), d.count))
            .collect();
        assert_eq!(
            did,
            [
                ("hidden-text", "removed", 1),
                ("key", "masked", 1),
                ("payment-card", "masked", 1)
            ]
        );
        assert!(
            reply
                .head
                .contains(&format!("x-aispm-request: {}", record.request)),
            "{}",
            reply.head
        );
    });
}

#[test]
fn a_client_that_leaves_ends_the_upstream_and_is_told() {
    run(async {
        let begun = chunked(&stream(&["Hello ", "there "], ""), 1000)[..2].to_vec();
        let mut upstream = Upstream::start(begun, End::Wait).await;
        let guard = Guard::start(upstream.address, "", "").await;
        let mut client = tokio::net::TcpStream::connect(guard.address).await.unwrap();
        let ask = post(
            "/v1/chat/completions",
            "",
            "{\"model\": \"m-1\", \"stream\": true}",
        );
        client.write_all(ask.as_bytes()).await.unwrap();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("there ") {
            let mut piece = [0u8; 1024];
            let n = client.read(&mut piece).await.unwrap();
            assert!(n > 0);
            seen.extend_from_slice(&piece[..n]);
        }
        drop(client);
        // Done only when the guard has closed the upstream's connection.
        upstream.left.take().unwrap().await.unwrap();
        let log = guard.log().await;
        assert_eq!(log.len(), 1);
        assert!(
            log[0].client_left && log[0].status == 200 && log[0].sent > 0,
            "{:?}",
            log[0]
        );
    });
}

#[test]
fn an_answer_that_was_stopped_is_not_paid_for_any_further() {
    run(async {
        let begun = chunked(&stream(&["<script>\n"], ""), 1000)[..2].to_vec();
        let mut upstream = Upstream::start(begun, End::Wait).await;
        let guard = Guard::start(upstream.address, "", "sink = \"html\"").await;
        let reply = guard.chat("{\"stream\": true}").await;
        assert_eq!(reply.choices(), [(String::new(), "content_filter".to_owned())]);
        upstream.left.take().unwrap().await.unwrap();
        let log = guard.log().await;
        assert_eq!(
            (log[0].verdict, log[0].did[0].detail.as_str()),
            (Verdict::Stopped, "script")
        );
    });
}

#[test]
fn a_log_that_cannot_be_written_stops_routes_that_fail_closed() {
    run(async {
        let body = "{\"object\": \"list\", \"data\": []}";
        let upstream = Upstream::body("application/json", body).await;
        // Every write to it fails.
        let top = "";
        for (route, statuses) in [("", [200, 503, 503]), ("on_error = \"open\"", [200, 200, 200])] {
            let guard = Guard::start_with_log(upstream.address, "/dev/full", top, route).await;
            for status in statuses {
                assert_eq!(
                    guard.post("/v1/embeddings", "", "{}").await.status,
                    status,
                    "{route}"
                );
            }
        }
    });
}
