//! The upstream: one pool of connections for each route, TLS with the machine's own roots.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::config::RouteConfig;
use crate::problem::Problem;
use crate::server::StartError;

/// Longest a connection waits for its next request.
const IDLE: Duration = Duration::from_secs(60);
/// Most bytes of an upstream's head.
const HEAD: usize = 64 << 10;

/// Asks one upstream.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    silence: Duration,
}

impl Upstream {
    pub(crate) fn new(route: &RouteConfig) -> Result<Self, StartError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(route.connect_time));
        connector.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(route)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(HEAD)
            .build(connector);
        Ok(Self {
            client,
            silence: route.silence,
        })
    }

    /// Sends a request; the head of the answer. Dropping this, or the answer's body, ends the upstream's connection.
    pub(crate) async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Problem> {
        match tokio::time::timeout(self.silence, self.client.request(request)).await {
            Err(_) => Err(Problem::Silent),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::warn!(%error, cause = ?std::error::Error::source(&error).map(ToString::to_string), "the upstream was not reached");
                Err(if error.is_connect() {
                    Problem::Unreachable
                } else {
                    Problem::Broken
                })
            }
        }
    }
}

fn tls(route: &RouteConfig) -> Result<ClientConfig, StartError> {
    let mut roots = RootCertStore::empty();
    if route.upstream.scheme_str() == Some("https") {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if let Some(path) = &route.ca_file {
        let wrong = |what: String| StartError::Certificates {
            path: path.clone(),
            what,
        };
        let all = CertificateDer::pem_file_iter(path)
            .and_then(|all| all.collect::<Result<Vec<_>, _>>())
            .map_err(|e| wrong(e.to_string()))?;
        if all.is_empty() {
            return Err(wrong("it holds no certificate".into()));
        }
        for certificate in all {
            roots.add(certificate).map_err(|e| wrong(e.to_string()))?;
        }
    }
    // Cryptography of TLS is named rather than taken from the process, so that nobody else decides which.
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|c| c.with_root_certificates(roots).with_no_client_auth())
        .map_err(|e| StartError::Tls(e.to_string()))
}
