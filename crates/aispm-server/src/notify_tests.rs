//! Where messages may go, and what they carry.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

#[test]
fn only_public_hosts_by_https() {
    let public = Notifier {
        loopback: false,
        offline: false,
    };
    let loopback = Notifier {
        loopback: true,
        ..public
    };
    for (url, ok, ok_with_loopback) in [
        ("https://hooks.example/services/T0", true, true),
        ("https://8.8.8.8/x", true, true),
        ("https://[2606:4700::1111]/x", true, true),
        ("http://hooks.example/x", false, true), // told by its addresses when it is sent
        ("http://127.0.0.1:9000/x", false, true),
        ("https://127.0.0.1/x", false, true),
        ("https://[::1]/x", false, true),
        ("https://[::ffff:127.0.0.1]/x", false, true),
        ("http://8.8.8.8/x", false, false),
        ("https://10.0.0.1/x", false, false),
        ("https://172.20.0.1/x", false, false),
        ("https://192.168.1.1/x", false, false),
        ("https://169.254.169.254/latest/meta-data", false, false),
        ("https://[::ffff:169.254.169.254]/x", false, false),
        ("https://[fd00:ec2::254]/x", false, false),
        ("https://[fe80::1]/x", false, false),
        ("https://[2002:7f00:1::]/x", false, false),
        ("https://100.100.100.200/x", false, false),
        ("https://0.0.0.0/x", false, false),
        ("https://224.0.0.1/x", false, false),
        ("https://user@hooks.example/x", false, false),
        ("ftp://hooks.example/x", false, false),
        ("file:///etc/passwd", false, false),
        ("hooks.example", false, false),
        ("", false, false),
    ] {
        assert_eq!(public.check(url).is_ok(), ok, "{url}");
        assert_eq!(
            loopback.check(url).is_ok(),
            ok_with_loopback,
            "{url} with loopback"
        );
    }
}

#[test]
fn a_signature_is_the_hmac_of_time_and_body() {
    // openssl: printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
    assert_eq!(
        signature("secret", 1_700_000_000, "{}"),
        "t=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
    );
}

fn hook(port: u16) -> Webhook {
    Webhook {
        id: String::from("W-1"),
        name: String::from("test"),
        url: format!("http://localhost:{port}/hook?x=1"),
        format: String::from("json"),
        secret: String::from("secret"),
        least_severity: String::from("high"),
        enabled: true,
        created_at: String::new(),
    }
}

/// Answers one request with `status` and gives back what came.
async fn answer(listener: TcpListener, status: &str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    let mut piece = [0u8; 4096];
    while !request.ends_with(b"{\"a\":1}") {
        let n = stream.read(&mut piece).await.unwrap();
        assert!(n > 0, "{}", String::from_utf8_lossy(&request));
        request.extend_from_slice(&piece[..n]);
    }
    let head = format!("HTTP/1.1 {status}\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    String::from_utf8(request).unwrap()
}

#[tokio::test]
async fn a_message_is_signed_and_a_redirect_is_not_followed() {
    let loopback = Notifier {
        loopback: true,
        offline: false,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = hook(listener.local_addr().unwrap().port());
    let (request, sent) = tokio::join!(answer(listener, "200 OK"), loopback.post(&hook, "{\"a\":1}"));
    assert_eq!(sent, Ok(()));
    assert!(request.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{request}");
    let signed = request
        .lines()
        .find_map(|l| l.strip_prefix("x-aispm-signature: "))
        .unwrap();
    let at = signed.split_once(',').unwrap().0;
    let at: i64 = at.strip_prefix("t=").unwrap().parse().unwrap();
    assert_eq!(signed, signature("secret", at, "{\"a\":1}"));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = self::hook(listener.local_addr().unwrap().port());
    let (_, sent) = tokio::join!(answer(listener, "302 Found"), loopback.post(&hook, "{\"a\":1}"));
    assert_eq!(sent, Err(String::from("it answered 302")));
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused_when_it_is_sent() {
    let public = Notifier {
        loopback: false,
        offline: false,
    };
    let mut hook = hook(9);
    hook.url = String::from("https://localhost:9/x");
    public.check(&hook.url).unwrap();
    assert_eq!(
        public.post(&hook, "{}").await,
        Err(String::from("the host is no public address"))
    );
    let offline = Notifier {
        loopback: true,
        offline: true,
    };
    assert!(offline.send(&hook, "{}").await.unwrap_err().contains("offline"));
}
