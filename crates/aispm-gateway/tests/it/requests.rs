//! What goes on to the upstream, and what is refused before.

use crate::support::{End, Guard, Upstream, head, post, run};

const LIST: &str = "{\"object\": \"list\", \"data\": []}";

async fn upstream() -> Upstream {
    Upstream::body("application/json", LIST).await
}

#[test]
fn only_calls_whose_answers_can_be_judged_are_made() {
    run(async {
        let upstream = upstream().await;
        let guard = Guard::start(upstream.address, "", "").await;
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        for (request, status) in [
            (get("/v1/models"), 200),
            (get("/v1/models/org/m-1"), 200),
            (
                post("/v1/embeddings", "", "{\"model\": \"e\", \"input\": \"x\"}"),
                200,
            ),
            (post("/v1/moderations", "", "{\"input\": \"x\"}"), 200),
            (post("/v1/responses", "", "{}"), 403),
            (post("/v1/completions", "", "{}"), 403),
            (post("/v1/chat/completions/", "", "{}"), 404),
            (post("/v1//chat/completions", "", "{}"), 404),
            (post("/v1/x/../chat/completions", "", "{}"), 404),
            (post("/v1/chat%2Fcompletions", "", "{}"), 404),
            (post("/v2/chat/completions", "", "{}"), 404),
            (post("/v1x/chat/completions", "", "{}"), 404),
            (get("/v1/chat/completions"), 405),
            (get("/"), 404),
        ] {
            let before = upstream.count();
            let reply = guard.send(request.as_bytes()).await;
            assert_eq!(reply.status, status, "{request}");
            assert_eq!(upstream.count() - before, usize::from(status == 200), "{request}");
            if status == 200 {
                assert_eq!(reply.text(), LIST);
            } else {
                assert!(!reply.code().is_empty());
            }
        }
        assert_eq!(guard.log().await.len(), 14);
    });
}

#[test]
fn other_calls_pass_where_the_route_says_so_and_the_log_tells() {
    run(async {
        let upstream = upstream().await;
        let guard = Guard::start(upstream.address, "", "other_calls = \"pass\"").await;
        assert_eq!(guard.post("/v1/responses?a=b", "", "{}").await.text(), LIST);
        assert!(
            upstream
                .request()
                .starts_with("POST /base/responses?a=b HTTP/1.1")
        );
        let log = guard.log().await;
        assert_eq!(log[0].verdict, aispm_guard_log::Verdict::Unjudged);
        assert_eq!(log[0].did[0].action, "passed-unjudged");
    });
}

#[test]
fn headers_of_one_hop_stay_and_nothing_compressed_is_asked_for() {
    run(async {
        let answer = head(
            200,
            "application/json",
            "transfer-encoding: chunked\r\ntrailer: x-late\r\nx-request-id: r-7\r\nset-cookie: a=b\r\nserver: x\r\n",
        );
        let body = format!("{:x}\r\n{LIST}\r\n0\r\nx-late: SMUGGLED\r\n\r\n", LIST.len());
        let upstream = Upstream::start(vec![answer, body.into()], End::Close).await;
        let guard = Guard::start(upstream.address, "", "").await;
        let sent = "authorization: Bearer own-key\r\nte: trailers\r\naccept-encoding: gzip, br\r\ncookie: c=d\r\nproxy-authorization: x\r\nopenai-beta: on\r\n";
        let reply = guard.post("/v1/embeddings", sent, "{}").await;
        let request = upstream.request().to_ascii_lowercase();
        for there in [
            "authorization: bearer own-key\r\n",
            "accept-encoding: identity\r\n",
            "openai-beta: on\r\n",
            "content-length: 2\r\n",
            &format!("host: {}\r\n", upstream.address),
        ] {
            assert!(request.contains(there), "{there} is not in {request}");
        }
        for gone in [
            "te:",
            "cookie",
            "proxy-",
            "gzip",
            "connection: close",
            "localhost",
        ] {
            assert!(!request.contains(gone), "{gone} is in {request}");
        }
        for there in [
            "x-request-id: r-7",
            "x-content-type-options: nosniff",
            "x-aispm-request: ",
        ] {
            assert!(reply.head.contains(there), "{}", reply.head);
        }
        for gone in ["set-cookie", "trailer", "server:", "x-late"] {
            assert!(!reply.head.contains(gone), "{gone} is in {}", reply.head);
        }
        assert_eq!(reply.text(), LIST);
    });
}

#[test]
fn clients_show_a_token_that_never_leaves() {
    run(async {
        let upstream = upstream().await;
        let top = "[[guard.client]]\nname = \"support-bot\"\ntoken_env = \"BOT_TOKEN\"";
        let guard = Guard::start(upstream.address, top, "key_env = \"UPSTREAM_KEY\"").await;
        for (headers, status) in [
            ("", 401),
            ("authorization: Bearer bot-token-2\r\n", 401),
            ("authorization: Bearer\r\n", 401),
            ("authorization: bearer bot-token-1\r\n", 200),
            ("api-key: bot-token-1\r\n", 200),
        ] {
            let reply = guard
                .post("/v1/embeddings", headers, "{\"model\": \"e-1\"}")
                .await;
            assert_eq!(reply.status, status, "{headers}");
        }
        assert_eq!(upstream.count(), 2);
        let request = upstream.request();
        assert!(
            request.contains("Bearer upstream-key-1") && !request.contains("bot-token"),
            "{request}"
        );
        let log = guard.log().await;
        assert_eq!(log[4].application.as_deref(), Some("support-bot"));
        assert_eq!(log[0].application, None);
        assert!(!format!("{log:?}").contains("token-") && !format!("{log:?}").contains("upstream-key"));
    });
}

#[test]
fn keys_go_where_azure_looks_for_them() {
    run(async {
        let upstream = upstream().await;
        let guard = Guard::start(
            upstream.address,
            "",
            "key_env = \"UPSTREAM_KEY\"\nkey_header = \"api-key\"",
        )
        .await;
        guard
            .post("/v1/embeddings", "authorization: Bearer own-key\r\n", "{}")
            .await;
        let request = upstream.request();
        assert!(
            request.contains("api-key: upstream-key-1") && !request.contains("own-key"),
            "{request}"
        );
    });
}

#[test]
fn pages_of_a_browser_cannot_ask_where_nobody_shows_a_token() {
    run(async {
        let upstream = upstream().await;
        let guard = Guard::start(upstream.address, "", "").await;
        let body = "{}";
        for (host, more, status) in [
            ("127.0.0.1:8788", "content-type: application/json\r\n", 200),
            ("[::1]:8788", "content-type: application/json\r\n", 200),
            ("rebound.evil.example", "content-type: application/json\r\n", 421),
            (
                "localhost",
                "content-type: application/json\r\norigin: https://evil.example\r\n",
                421,
            ),
            ("localhost", "content-type: text/plain\r\n", 415),
            ("localhost", "", 415),
            (
                "localhost",
                "content-type: application/json\r\ncontent-encoding: gzip\r\n",
                415,
            ),
        ] {
            let request = format!(
                "POST /v1/embeddings HTTP/1.1\r\nhost: {host}\r\ncontent-length: 2\r\nconnection: close\r\n{more}\r\n{body}"
            );
            assert_eq!(guard.send(request.as_bytes()).await.status, status, "{request}");
        }
        assert_eq!(upstream.count(), 2);
    });
}

#[test]
fn requests_are_bounded_and_read_before_they_go_on() {
    run(async {
        let upstream = upstream().await;
        let guard = Guard::start(upstream.address, "max_request = 2048\nrequest_seconds = 1", "").await;
        let long = format!("{{\"x\": \"{}\"}}", "a".repeat(3000));
        let chunks = format!(
            "POST /v1/embeddings HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
            long.len()
        );
        for (request, status, code) in [
            (
                post("/v1/chat/completions", "", &long),
                413,
                "guard_request_too_large",
            ),
            (chunks, 413, "guard_request_too_large"),
            (
                post("/v1/chat/completions", "", "[]"),
                400,
                "guard_malformed_request",
            ),
            (
                post("/v1/chat/completions", "", "{\"stream\": 1}"),
                400,
                "guard_malformed_request",
            ),
            (
                post("/v1/chat/completions", "", "{\"n\": 1, \"n\": 2}"),
                400,
                "guard_malformed_request",
            ),
            // It says more than it sends.
            (
                post("/v1/chat/completions", "", "{}").replace("content-length: 2", "content-length: 9"),
                408,
                "guard_request_timeout",
            ),
        ] {
            let reply = guard.send(request.as_bytes()).await;
            assert_eq!((reply.status, reply.code().as_str()), (status, code), "{request}");
        }
        assert_eq!(upstream.count(), 0);
    });
}
