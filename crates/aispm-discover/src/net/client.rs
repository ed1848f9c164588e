//! One GET over plain HTTP/1.1: no redirect, no credential, bounded in bytes and time.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Time to connect.
const CONNECT: Duration = Duration::from_millis(1500);
/// Time for a whole answer.
const WHOLE: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read.
const BODY: usize = 512 << 10;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing listens.
    Refused,
    /// No connection within the time.
    Silent,
    /// Our own side failed.
    Local(ErrorKind),
    /// Connected, and no HTTP answer came.
    NotHttp,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Its text, bytes that are none replaced.
    pub(crate) body: String,
    /// Its JSON, where it is some.
    pub(crate) json: Option<serde_json::Value>,
}

impl Answer {
    pub(crate) fn new(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let body = String::from_utf8_lossy(&body).into_owned();
        let json = serde_json::from_str(&body).ok();
        Self {
            status,
            headers,
            body,
            json,
        }
    }
    /// A header's value; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, v)| v.as_str())
    }
}

/// Asks for a path.
pub(crate) async fn get(at: SocketAddr, path: &str) -> Result<Answer, Failure> {
    let stream = match timeout(CONNECT, TcpStream::connect(at)).await {
        Err(_) => return Err(Failure::Silent),
        Ok(Err(e)) => {
            return Err(match e.kind() {
                ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Failure::Refused,
                ErrorKind::TimedOut | ErrorKind::HostUnreachable => Failure::Silent,
                kind => Failure::Local(kind),
            });
        }
        Ok(Ok(stream)) => stream,
    };
    timeout(WHOLE, exchange(stream, at, path))
        .await
        .unwrap_or(Err(Failure::NotHttp))
}

async fn exchange(stream: TcpStream, at: SocketAddr, path: &str) -> Result<Answer, Failure> {
    let not_http = |_| Failure::NotHttp;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(64 << 10)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(not_http)?;
    let request = hyper::Request::get(path)
        .header("host", at.to_string())
        .header("user-agent", concat!("aispm/", env!("CARGO_PKG_VERSION")))
        .header("accept", "*/*")
        .header("connection", "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| Failure::NotHttp)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(not_http)?;
        let status = response.status().as_u16();
        let text = |v: &hyper::header::HeaderValue| String::from_utf8_lossy(v.as_bytes()).into_owned();
        let headers = response
            .headers()
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), text(v)))
            .collect();
        Ok(Answer::new(status, headers, body(response.into_body()).await))
    };
    tokio::pin!(answer);
    tokio::select! {
        biased;
        done = &mut answer => done,
        // The connection may end before the last bytes are taken from it.
        _ = connection => answer.await,
    }
}

/// The body up to the cap; what came before it broke off, or stopped coming, counts.
async fn body(mut body: hyper::body::Incoming) -> Vec<u8> {
    let mut out = Vec::new();
    let patience = WHOLE / 2;
    while out.len() < BODY && !body.is_end_stream() {
        let Ok(Some(Ok(frame))) = timeout(patience, body.frame()).await else {
            break;
        };
        if let Ok(data) = frame.into_data() {
            let room = BODY - out.len();
            out.extend(data.iter().take(room));
        }
    }
    out
}
