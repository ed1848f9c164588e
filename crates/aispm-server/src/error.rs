//! Why a server does not start, and what to try.

use std::net::SocketAddr;
use std::path::PathBuf;

/// The server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not free.
    #[error("cannot listen on {listen}; name another address with --listen")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Beyond this machine, in the clear.
    #[error(
        "{listen} is reached from other machines, and there is no TLS: name --tls-cert and --tls-key, or say --plain-http where something in front of it encrypts"
    )]
    Plain {
        /// The address.
        listen: SocketAddr,
    },
    /// The audit log.
    #[error(transparent)]
    Audit(#[from] aispm_audit::AuditError),
    /// A target that cannot be watched.
    #[error("{0}")]
    Target(String),
    /// Certificate or key.
    #[error("`{}` is no {what} as PEM", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] aispm_store::StoreError),
    /// Passwords cannot be hashed, or the kernel gives no random bytes.
    #[error("no first secret could be made: {0}")]
    Secret(String),
}
