//! What fails, fails closed, and in the shape of the API's errors.

use aispm_guard_log::Verdict;

use crate::support::{End, Guard, Upstream, chunked, head, run};

const ASK: &str = "{\"model\": \"m-1\", \"stream\": true}";

fn event(content: &str) -> String {
    format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{content}\"}},\"finish_reason\":null}}]}}\n\n"
    )
}

#[test]
fn an_answer_of_unknown_shape_is_refused() {
    run(async {
        let json = |body: &str| {
            vec![
                head(
                    200,
                    "application/json",
                    &format!("content-length: {}\r\n", body.len()),
                ),
                body.into(),
            ]
        };
        let cases = [
            json("SMUGGLED"),
            json("{\"choices\": [{\"text\": \"SMUGGLED\"}]}"),
            json("{\"output\": \"SMUGGLED\"}"),
            vec![
                head(200, "text/html", "content-length: 8\r\n"),
                b"SMUGGLED".to_vec(),
            ],
            vec![b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nSMUGGLED".to_vec()],
            vec![
                head(
                    200,
                    "application/json",
                    "content-encoding: gzip\r\ncontent-length: 8\r\n",
                ),
                b"SMUGGLED".to_vec(),
            ],
            vec![
                head(
                    200,
                    "text/event-stream",
                    "content-encoding: br\r\ncontent-length: 8\r\n",
                ),
                b"SMUGGLED".to_vec(),
            ],
            vec![head(
                302,
                "text/plain",
                "location: http://127.0.0.1:1/SMUGGLED\r\ncontent-length: 0\r\n",
            )],
            vec![b"SMUGGLED nonsense\r\n\r\n".to_vec()],
        ];
        for pieces in cases {
            let shown = String::from_utf8_lossy(&pieces.concat()).into_owned();
            let upstream = Upstream::start(pieces, End::Close).await;
            let guard = Guard::start(upstream.address, "", "").await;
            let reply = guard.chat("{\"model\": \"m-1\"}").await;
            assert_eq!(reply.status, 502, "{shown}");
            assert!(
                !reply.text().contains("SMUGGLED") && !reply.code().is_empty(),
                "{shown}"
            );
            let log = guard.log().await;
            assert_eq!((log.len(), log[0].status), (1, 502));
            assert!(
                log[0].verdict >= Verdict::Stopped && log[0].error.is_some(),
                "{:?}",
                log[0]
            );
        }
    });
}

#[test]
fn a_stream_of_unknown_shape_ends_where_the_route_fails_closed_and_passes_told_where_it_fails_open() {
    run(async {
        let body = format!(
            "{}data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"audio\":\"SMUGGLED\"}}}}]}}\n\ndata: [DONE]\n\n",
            event("fine ")
        );
        for (route, verdict) in [("", Verdict::Stopped), ("on_error = \"open\"", Verdict::Unjudged)] {
            let upstream = Upstream::start(chunked(body.as_bytes(), 9), End::Close).await;
            let guard = Guard::start(upstream.address, "", route).await;
            let reply = guard.chat(ASK).await;
            assert_eq!(reply.text().contains("SMUGGLED"), verdict == Verdict::Unjudged);
            assert_eq!(guard.log().await[0].verdict, verdict);
        }
    });
}

#[test]
fn an_upstream_that_breaks_off_ends_the_answer_and_the_log_says_so() {
    run(async {
        let whole = chunked([event("Hello there "), event("[held")].concat().as_bytes(), 1000);
        let cut = whole[..whole.len() - 1].to_vec();
        for end in [End::Close, End::Reset] {
            let upstream = Upstream::start(cut.clone(), end).await;
            let guard = Guard::start(upstream.address, "", "").await;
            let reply = guard.chat(ASK).await;
            let choices = reply.choices();
            assert!(
                !choices[0].0.contains("held") && choices[0].1 == "content_filter",
                "{choices:?}"
            );
            let log = guard.log().await;
            assert_eq!(
                (log[0].verdict, log[0].error.as_deref()),
                (Verdict::Failed, Some("upstream_broke_off"))
            );
            assert!(
                log[0]
                    .did
                    .iter()
                    .any(|d| d.reason == "ended-early" && d.action == "stopped"),
                "{:?}",
                log[0]
            );
        }
        // Nothing came but the head.
        let upstream = Upstream::start(vec![whole[0].clone()], End::Close).await;
        let guard = Guard::start(upstream.address, "", "").await;
        let reply = guard
            .chat("{\"model\": \"m-1\", \"stream\": true, \"n\": 2}")
            .await;
        let filtered = (String::new(), "content_filter".to_owned());
        assert_eq!(reply.choices(), [filtered.clone(), filtered]);
        // A whole answer that ends before its length.
        let upstream = Upstream::start(
            vec![
                head(200, "application/json", "content-length: 99\r\n"),
                b"{\"choices\": [".to_vec(),
            ],
            End::Close,
        )
        .await;
        let guard = Guard::start(upstream.address, "", "").await;
        let reply = guard.chat("{}").await;
        assert_eq!((reply.status, reply.code().as_str()), (502, "upstream_broke_off"));
    });
}

#[test]
fn a_silent_upstream_is_given_up() {
    run(async {
        let upstream = Upstream::start(
            chunked(event("Hello there [held").as_bytes(), 500)[..2].to_vec(),
            End::Wait,
        )
        .await;
        let guard = Guard::start(upstream.address, "", "silence_seconds = 1").await;
        let reply = guard.chat(ASK).await;
        assert_eq!(
            reply.choices(),
            [("Hello there ".to_owned(), "content_filter".to_owned())]
        );
        let log = guard.log().await;
        assert_eq!(log[0].error.as_deref(), Some("upstream_timeout"));
        assert!(!log[0].client_left);
    });
}

#[test]
fn errors_of_the_upstream_keep_status_code_and_what_may_be_shown() {
    run(async {
        let cases = [
            (
                429,
                "{\"error\": {\"message\": \"Slow down.\", \"type\": \"requests\", \"code\": \"rate_limit_exceeded\", \"param\": null}}",
                "rate_limit_exceeded",
                "Slow down.",
            ),
            (
                400,
                "{\"error\": {\"message\": \"See ![x](https://evil.example/SMUGGLED)\", \"type\": \"x\", \"code\": \"bad thing <b>\"}}",
                "",
                "said nothing that this guard may show",
            ),
            (
                401,
                "{\"error\": {\"message\": \"Incorrect key 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 given\"}}",
                "",
                "Incorrect key gsk_",
            ),
            (500, "<html>SMUGGLED</html>", "", "said nothing"),
            (503, "", "", "said nothing"),
        ];
        for (status, body, code, message) in cases {
            let more = format!(
                "content-length: {}\r\nretry-after: 7\r\nset-cookie: a=SMUGGLED\r\n",
                body.len()
            );
            let upstream = Upstream::start(
                vec![head(status, "application/json", &more), body.into()],
                End::Close,
            )
            .await;
            let guard = Guard::start(upstream.address, "", "").await;
            let reply = guard.chat(ASK).await;
            assert_eq!((reply.status, reply.code().as_str()), (status, code), "{body}");
            assert!(reply.head.contains("retry-after: 7"), "{}", reply.head);
            let whole = [&reply.head, reply.text()].concat();
            assert!(whole.contains(message), "{whole}");
            assert!(
                !whole.contains("SMUGGLED") && !whole.contains("a8Kd93jQmZxP2LrT5wVb7NcY"),
                "{whole}"
            );
            assert_eq!(guard.log().await[0].verdict, Verdict::Failed);
        }
    });
}

#[test]
fn an_upstream_that_is_not_there_is_an_error_of_the_gateway() {
    run(async {
        let gone = {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let guard = Guard::start(gone, "", "").await;
        let reply = guard.chat(ASK).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (502, "upstream_unreachable")
        );
        assert_eq!(guard.log().await[0].verdict, Verdict::Failed);
    });
}

#[test]
fn an_answer_longer_than_the_bound_is_refused() {
    run(async {
        let body = format!(
            "{{\"choices\": [{{\"index\": 0, \"message\": {{\"content\": \"{}\"}}}}]}}",
            "word ".repeat(1000)
        );
        let upstream = Upstream::body("application/json", &body).await;
        let guard = Guard::start(upstream.address, "", "max_answer = 2048").await;
        let reply = guard.chat("{}").await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (502, "guard_unknown_shape")
        );
    });
}
