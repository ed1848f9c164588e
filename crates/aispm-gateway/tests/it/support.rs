//! A fake upstream that says exactly what it is told to, piece by piece, and a client that sees the bytes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use aispm_gateway::{Config, Gateway};
use aispm_guard_log::Record;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How an upstream ends its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By closing the connection.
    Close,
    /// By resetting it.
    Reset,
    /// Not at all: it waits until the guard leaves.
    Wait,
}

/// An upstream that gives every request the same answer.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    /// Done when a guard left an upstream that waits.
    pub(crate) left: Option<oneshot::Receiver<()>>,
}

pub(crate) async fn read_message(stream: &mut TcpStream) -> Option<String> {
    let mut seen = Vec::new();
    let mut piece = [0u8; 4096];
    loop {
        if let Some(head) = seen.windows(4).position(|w| w == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&seen[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|l| l.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |l| l.trim().parse().unwrap());
            if seen.len() >= head + 4 + length {
                return Some(String::from_utf8_lossy(&seen).into_owned());
            }
        }
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => seen.extend_from_slice(&piece[..n]),
        }
    }
}

impl Upstream {
    /// Writes the pieces one by one, each in a packet of its own where the system lets it.
    pub(crate) async fn start(pieces: Vec<Vec<u8>>, end: End) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let (leaves, left) = oneshot::channel();
        let mut leaves = Some(leaves);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let Some(request) = read_message(&mut stream).await else {
                    continue;
                };
                seen.lock().unwrap().push(request);
                for piece in &pieces {
                    if stream.write_all(piece).await.is_err() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                match end {
                    End::Close => drop(stream),
                    End::Reset => {
                        stream.set_zero_linger().unwrap();
                        drop(stream);
                    }
                    End::Wait => {
                        let mut rest = [0u8; 64];
                        while !matches!(stream.read(&mut rest).await, Ok(0) | Err(_)) {}
                        if let Some(leaves) = leaves.take() {
                            let _ = leaves.send(());
                        }
                    }
                }
            }
        });
        Self {
            address,
            requests,
            left: Some(left),
        }
    }

    /// A body of a type, whole.
    pub(crate) async fn body(kind: &str, body: &str) -> Self {
        Self::start(
            vec![
                head(200, kind, &format!("content-length: {}\r\n", body.len())),
                body.into(),
            ],
            End::Close,
        )
        .await
    }

    pub(crate) fn request(&self) -> String {
        self.requests
            .lock()
            .unwrap()
            .last()
            .cloned()
            .expect("the upstream was asked")
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

/// A head of an answer.
pub(crate) fn head(status: u16, kind: &str, more: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\nconnection: close\r\n{more}\r\n").into_bytes()
}

/// A stream's head and its body in pieces of `step` bytes, each a chunk of its own.
pub(crate) fn chunked(body: &[u8], step: usize) -> Vec<Vec<u8>> {
    let mut pieces = vec![head(200, "text/event-stream", "transfer-encoding: chunked\r\n")];
    for piece in body.chunks(step) {
        pieces.push([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
    }
    pieces.push(b"0\r\n\r\n".to_vec());
    pieces
}

/// A guard that runs.
pub(crate) struct Guard {
    pub(crate) address: SocketAddr,
    log: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
    _dir: TempDir,
}

fn variable(name: &str) -> Option<String> {
    match name {
        "UPSTREAM_KEY" => Some("upstream-key-1".into()),
        "BOT_TOKEN" => Some("bot-token-1".into()),
        _ => None,
    }
}

impl Guard {
    /// `top` are lines of `[guard]`, `route` of its route to the upstream.
    pub(crate) async fn start(upstream: SocketAddr, top: &str, route: &str) -> Self {
        Self::start_with_log(upstream, "guard.jsonl", top, route).await
    }

    /// The same with a log of another place.
    pub(crate) async fn start_with_log(upstream: SocketAddr, log: &str, top: &str, route: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join(log);
        let sink = if route.contains("sink") {
            ""
        } else {
            "sink = \"markdown\""
        };
        let text = format!(
            "[guard]\nlisten = \"127.0.0.1:0\"\nlog = {log:?}\n{top}\n[[guard.route]]\nname = \"main\"\npath = \"/v1\"\nupstream = \"http://{upstream}/base\"\nallow_hosts = [\"docs.acme.example\"]\n{sink}\n{route}\n"
        );
        let config = Config::parse(&text, "aispm-guard.toml").unwrap_or_else(|e| panic!("{e:#?}"));
        let gateway = Gateway::bind(config, &variable, || jiff::Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        let address = gateway.address().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(gateway.run(async move {
            let _ = stopped.await;
        }));
        Self {
            address,
            log,
            stop: Some(stop),
            running,
            _dir: dir,
        }
    }

    /// Sends bytes; everything that comes back until the guard closes.
    pub(crate) async fn send(&self, request: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all).await;
        Reply::read(&all)
    }

    /// A request with a JSON body.
    pub(crate) async fn post(&self, path: &str, headers: &str, body: &str) -> Reply {
        self.send(post(path, headers, body).as_bytes()).await
    }

    /// Asks for a chat completion.
    pub(crate) async fn chat(&self, body: &str) -> Reply {
        self.post("/v1/chat/completions", "", body).await
    }

    /// Ends the guard; its log, line by line.
    pub(crate) async fn log(mut self) -> Vec<Record> {
        self.stop.take().unwrap().send(()).unwrap();
        self.running.await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test reads what it wrote")]
        let text = std::fs::read_to_string(&self.log).unwrap();
        text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }
}

pub(crate) fn post(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// What a client saw.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    fn read(all: &[u8]) -> Self {
        let at = all.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(all[..at].to_vec())
            .unwrap()
            .to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut rest = &all[at + 4..];
        let mut body = Vec::new();
        if head.contains("transfer-encoding: chunked") {
            loop {
                let line = rest.windows(2).position(|w| w == b"\r\n").expect("a chunk");
                let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
                rest = &rest[line + 2..];
                if size == 0 {
                    assert_eq!(rest, b"\r\n", "no trailers");
                    break;
                }
                body.extend_from_slice(&rest[..size]);
                rest = &rest[size + 2..];
            }
        } else {
            body.extend_from_slice(rest);
            let length = head
                .lines()
                .find_map(|l| l.strip_prefix("content-length: "))
                .expect("a length");
            assert_eq!(length.parse::<usize>().unwrap(), body.len(), "an honest length");
        }
        Self { status, head, body }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// The code of an error in the shape of the API.
    pub(crate) fn code(&self) -> String {
        let json = self.json();
        assert!(
            json["error"]["message"].is_string() && json["error"]["type"].is_string(),
            "{json}"
        );
        json["error"]["code"].as_str().unwrap_or("").to_owned()
    }

    /// The texts of a stream by choice, and why each ended.
    pub(crate) fn choices(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        let text = self.text().strip_suffix("data: [DONE]\n\n").expect("a last word");
        for event in text.split_terminator("\n\n") {
            let chunk: Value = serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
            for choice in chunk["choices"].as_array().unwrap() {
                let index = usize::try_from(choice["index"].as_u64().unwrap()).unwrap();
                all.resize(all.len().max(index + 1), Default::default());
                let own = &mut all[index];
                own.0.push_str(choice["delta"]["content"].as_str().unwrap_or(""));
                own.1.push_str(choice["finish_reason"].as_str().unwrap_or(""));
            }
        }
        all
    }
}

/// Runs a test on one thread.
pub(crate) fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}
