//! The server: what scans found, kept in view. An API under `/api/v1` with its OpenAPI document, and the dashboard at `/`.
//!
//! Scans run in a process of their own, one at a time; the server reads the store. Whoever asks must have logged in, whatever
//! changes anything is written to the audit log first, and a page of another site gets nothing.

mod api;
mod auth;
mod connection;
mod dashboard;
mod error;
mod estate;
mod front;
mod jobs;
mod notify;
mod problem;
mod register;
mod state;
mod verify;
mod words;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

pub use api::openapi;
pub use auth::first_secret;
pub use error::ServeError;
pub use front::Hosts;
pub use jobs::Program;
pub use verify::{Answer, Plan, Verdict, narrow, plan, verdict};

use aispm_audit::Audit;
use aispm_store::Store;

/// How the server is run.
pub struct Settings {
    /// Where scans are kept.
    pub store: Store,
    /// What every change is written to first.
    pub audit: Arc<dyn Audit>,
    /// What scans: this program, started again.
    pub program: Program,
    /// Names under which it may be asked, beside its own address.
    pub hosts: Vec<String>,
    /// Certificate chain and key, PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// It may listen beyond this machine without TLS.
    pub plain_http: bool,
    /// Webhooks may go to this machine, without TLS.
    pub loopback_webhooks: bool,
    /// Nothing is sent anywhere.
    pub offline: bool,
}

/// A server that has its address.
pub struct Server {
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    tls: Option<connection::Tls>,
    /// The first name that the user gave it.
    name: Option<String>,
    app: state::Shared,
}

impl Server {
    /// Takes the address. Jobs that a server before this one left running are marked as interrupted.
    ///
    /// # Errors
    /// The address is not free, the certificate is no good, or the store fails.
    pub async fn bind(listen: SocketAddr, settings: Settings) -> Result<Self, ServeError> {
        if settings.tls.is_none() && !settings.plain_http && !listen.ip().is_loopback() {
            return Err(ServeError::Plain { listen });
        }
        let listener = tokio::net::TcpListener::bind(listen)
            .await
            .map_err(|source| ServeError::Bind { listen, source })?;
        let address = listener
            .local_addr()
            .map_err(|source| ServeError::Bind { listen, source })?;
        let tls = settings
            .tls
            .as_ref()
            .map(|(chain, key)| connection::Tls::load(chain, key))
            .transpose()?;
        let hosts = Hosts::new(address, &settings.hosts, tls.is_some());
        let now = state::now();
        settings.store.interrupt_jobs(&now).await?;
        Ok(Self {
            listener,
            address,
            tls,
            name: settings.hosts.first().filter(|n| !n.contains(':')).cloned(),
            app: state::App::shared(settings, hosts),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to type into a browser.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        match self.address.ip() {
            ip if ip.is_loopback() => format!("{scheme}://localhost:{}/", self.address.port()),
            ip if ip.is_unspecified() && self.name.is_some() => {
                let name = self.name.as_deref().unwrap_or_default();
                format!("{scheme}://{name}:{}/", self.address.port())
            }
            IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{}/", self.address.port()),
            IpAddr::V4(ip) => format!("{scheme}://{ip}:{}/", self.address.port()),
        }
    }

    /// Watches one more target, and has it scanned where nothing was scanned yet. One that is watched already stays so.
    ///
    /// # Errors
    /// It cannot be scanned, or this cannot be written down.
    pub async fn watch(&self, reference: &str) -> Result<(), ServeError> {
        let problem = |p: problem::Problem| ServeError::Target(p.to_string());
        let reference = api::reference(reference).map_err(problem)?;
        if self
            .app
            .store
            .targets()
            .await?
            .iter()
            .any(|t| t.reference == reference)
        {
            return Ok(());
        }
        let event = aispm_audit::Event::new(state::now(), "cli", "create_target", &reference);
        self.app.audit.record(&event)?;
        let target = aispm_store::WatchedTarget {
            id: auth::identifier('T').map_err(|e| ServeError::Secret(e.to_string()))?,
            reference,
            created_at: state::now(),
        };
        self.app.store.add_target(&target).await?;
        if self.app.store.newest().await?.is_none() {
            jobs::queue(&self.app, &[], "cli").await.map_err(problem)?;
        }
        Ok(())
    }

    /// Serves until `stop` is done. Work that runs is stopped; its jobs are marked when the server starts again.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let worker = tokio::spawn(jobs::work(Arc::clone(&self.app)));
        let router = api::router(&self.app);
        tokio::select! {
            () = connection::accept(self.listener, self.tls, router) => {}
            () = stop => {}
        }
        worker.abort();
        let _ = worker.await; // aborted: the scan's process dies with it
    }
}
