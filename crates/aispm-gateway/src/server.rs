//! The listener: how many connections, how long they may take, and how it ends.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use aispm_types::Sensitive;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::config::Config;
use crate::journal::Journal;
use crate::patience::Patient;
use crate::relay::{Client, Gate, Route};
use crate::upstream::Upstream;

/// Most bytes of a request's head.
const HEAD: usize = 64 << 10;
/// How long to wait after the kernel refused a connection, as it does when files run out.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest to wait for answers that are under way when the guard is to end.
const LAST: Duration = Duration::from_secs(10);

/// Why the guard did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or is not this machine's.
    #[error("cannot listen on {address}: {source}; name another in `[guard] listen`")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: std::io::Error,
    },
    /// The log cannot be written.
    #[error("cannot write the log `{}`: {source}; name another in `[guard] log`", path.display())]
    Log {
        /// The log.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A variable that the configuration names is not set.
    #[error("the environment variable `{name}` is not set or empty; the configuration names it for {what}")]
    Variable {
        /// The variable.
        name: String,
        /// For what.
        what: String,
    },
    /// A variable's value is no key.
    #[error("the environment variable `{0}` holds no key: there are blanks or control characters in it")]
    NoKey(String),
    /// Certificates cannot be read.
    #[error("cannot read certificates from `{}`: {what}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// The cause.
        what: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

/// A guard that listens.
pub struct Gateway {
    listener: TcpListener,
    gate: Arc<Gate>,
    connections: usize,
    request_time: Duration,
}

impl Gateway {
    /// Opens log and port. `variable` reads the environment, `clock` the time.
    ///
    /// # Errors
    /// [`StartError`], each with what to do.
    pub async fn bind(
        config: Config,
        variable: &dyn Fn(&str) -> Option<String>,
        clock: fn() -> jiff::Timestamp,
    ) -> Result<Self, StartError> {
        let key = |name: &str, what: String| {
            let value = variable(name)
                .map(|v| v.trim().to_owned())
                .filter(|v| !v.is_empty());
            let value = value.ok_or_else(|| StartError::Variable {
                name: name.into(),
                what,
            })?;
            let plain = value.bytes().all(|b| b.is_ascii_graphic());
            if plain {
                Ok(value)
            } else {
                Err(StartError::NoKey(name.into()))
            }
        };
        let mut clients = Vec::new();
        for client in &config.clients {
            let token = key(
                &client.token_env,
                format!("the token of client `{}`", client.name),
            )?;
            clients.push(Client {
                name: client.name.clone(),
                digest: Sha256::digest(token.as_bytes()).into(),
            });
        }
        let mut routes = Vec::new();
        for route in &config.routes {
            let what = || format!("the upstream's key of route `{}`", route.name);
            let own = route.key_env.as_deref().map(|n| key(n, what())).transpose()?;
            routes.push(Route {
                upstream: Upstream::new(route)?,
                key: own.map(Sensitive::new),
                config: route.clone(),
            });
        }
        let journal = Journal::open(&config.log).map_err(|source| StartError::Log {
            path: config.log.clone(),
            source,
        })?;
        let address = config.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| StartError::Bind { address, source })?;
        let gate = Gate {
            routes,
            configs: config.routes,
            clients,
            journal: Arc::new(journal),
            max_request: config.max_request,
            request_time: config.request_time,
            clock,
            boot: clock().as_second(),
            count: AtomicU64::new(0),
        };
        Ok(Self {
            listener,
            gate: Arc::new(gate),
            connections: config.connections,
            request_time: config.request_time,
        })
    }

    /// Where it listens: the configuration may have left the port to the system.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers requests until `stop` is done; answers that are under way then have ten seconds more.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let turns = Arc::new(Semaphore::new(self.connections));
        let (ending, told) = watch::channel(());
        let mut stop = pin!(stop);
        loop {
            let turn = tokio::select! {
                turn = Arc::clone(&turns).acquire_owned() => turn,
                () = &mut stop => break,
            };
            let Ok(turn) = turn else { break };
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (gate, told, time) = (Arc::clone(&self.gate), told.clone(), self.request_time);
                    tokio::spawn(async move {
                        connection(stream, gate, told, time).await;
                        drop(turn);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        drop(self.listener);
        drop(ending);
        let all = u32::try_from(self.connections).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(LAST, turns.acquire_many(all)).await;
    }
}

async fn connection(
    stream: TcpStream,
    gate: Arc<Gate>,
    mut ending: watch::Receiver<()>,
    request_time: Duration,
) {
    // Words leave one by one; waiting to fill a packet would hold them back.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let gate = Arc::clone(&gate);
        async move { Ok::<_, std::convert::Infallible>(gate.answer(request).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(request_time)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(Patient::new(stream)), service);
    let mut serving = pin!(serving);
    let done = tokio::select! {
        done = &mut serving => done,
        // The sender is gone.
        _ = ending.changed() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = done {
        tracing::debug!(%error, "a connection ended early");
    }
}
