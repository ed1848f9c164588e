//! Connections: how many at one time, how long a client may take to say what it wants, and TLS where there is a certificate.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tower::ServiceExt;

use crate::ServeError;
use crate::api::Peer;
use crate::notify::provider;

/// Connections at one time; more wait in the kernel.
const MOST: usize = 512;
/// Longest a client may take for its handshake, or for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait after the kernel refused a connection, as it does when files run out.
const PAUSE: Duration = Duration::from_millis(100);

/// Certificate and key.
#[derive(Clone)]
pub(crate) struct Tls(TlsAcceptor);

impl Tls {
    pub(crate) fn load(chain: &Path, key: &Path) -> Result<Self, ServeError> {
        let wrong = |path: &Path, what, source: Box<dyn std::error::Error + Send + Sync>| ServeError::Tls {
            path: path.to_path_buf(),
            what,
            source,
        };
        let certificates = CertificateDer::pem_file_iter(chain)
            .and_then(|all| all.collect::<Result<Vec<_>, _>>())
            .map_err(|e| wrong(chain, "certificate", e.into()))?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, "private key", e.into()))?;
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .and_then(|c| c.with_no_client_auth().with_single_cert(certificates, private))
            .map_err(|e| wrong(chain, "certificate of that key", e.into()))?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// Takes connections until it is dropped.
pub(crate) async fn accept(listener: TcpListener, tls: Option<Tls>, router: Router) {
    let turns = Arc::new(Semaphore::new(MOST));
    loop {
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
            return;
        };
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (tls, router, peer) = (tls.clone(), router.clone(), Peer(from.ip()));
        tokio::spawn(async move {
            let _turn = turn;
            match tls {
                None => serve(stream, router, peer).await,
                Some(Tls(acceptor)) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                        serve(stream, router, peer).await;
                    }
                }
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send, router: Router, peer: Peer) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let done = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = done {
        tracing::debug!(%error, "a connection ended early");
    }
}
