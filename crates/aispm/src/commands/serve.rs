//! `aispm serve`.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use aispm_audit::{Audit, AuditLog};
use aispm_server::{Program, ServeError, Server, Settings, first_secret};
use aispm_store::Store;
use anyhow::Context;

use super::stopped;
use crate::args::{Common, ServeArgs};
use crate::{Exit, Usage, settings, terminal};

pub(crate) fn run(common: &Common, args: &ServeArgs) -> anyhow::Result<Exit> {
    let url = settings::store_url(common)?;
    let log = settings::audit_log(common, args.audit_log.as_deref())?;
    // What a scan would refuse is refused now, not at the first scan.
    let content = settings::content(common)?;
    let rules: Vec<String> = content.rules.metas().map(|m| m.id.clone()).collect();
    settings::policy(common, &[], &rules)?;
    drop(content);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(&url).await?;
        let audit: Arc<dyn Audit> = Arc::new(AuditLog::at(&log));
        let settings = Settings {
            store: store.clone(),
            audit: Arc::clone(&audit),
            program: program(common, &url)?,
            hosts: args.hosts.clone(),
            tls: args.tls_cert.clone().zip(args.tls_key.clone()),
            plain_http: args.plain_http,
            loopback_webhooks: args.loopback_webhooks,
            offline: common.offline,
        };
        let server = Server::bind(args.listen, settings).await.map_err(usage)?;
        let secret = first_secret(&store, audit.as_ref(), args.new_secret).await?;
        for target in &args.targets {
            server.watch(&absolute(target)).await.map_err(usage)?;
        }
        tell(&server, secret)?;
        server.run(stopped()).await;
        store.close().await;
        Ok(Exit::Clean)
    })
}

/// What the user can mend by other words ends as his error.
fn usage(error: ServeError) -> anyhow::Error {
    match error {
        ServeError::Bind { .. }
        | ServeError::Plain { .. }
        | ServeError::Tls { .. }
        | ServeError::Target(_) => Usage(format!("{:#}", anyhow::Error::new(error))).into(),
        other => other.into(),
    }
}

/// Scans are this program again, with the same options.
fn program(common: &Common, url: &str) -> anyhow::Result<Program> {
    let path = std::env::current_exe().context("looking for this program, to start scans with")?;
    let mut options: Vec<OsString> = vec![
        "--quiet".into(),
        "--no-color".into(),
        "--store".into(),
        url.into(),
    ];
    for (flag, value) in [("--config", &common.config), ("--rules", &common.rules)] {
        if let Some(value) = value {
            options.extend([flag.into(), value.into()]);
        }
    }
    if common.offline {
        options.push("--offline".into());
    }
    Ok(Program { path, options })
}

/// A path as it is from here; what is no path stays as it was written.
fn absolute(target: &str) -> String {
    let path = Path::new(target);
    if path.exists() {
        std::path::absolute(path).map_or_else(|_| target.to_owned(), |p| p.display().to_string())
    } else {
        target.to_owned()
    }
}

fn tell(server: &Server, secret: Option<(String, String)>) -> anyhow::Result<()> {
    let mut text = format!("aispm serves {}\n", server.url());
    if let Some((name, password)) = secret {
        text.push_str(&format!(
            "log in as {name} with {password}\n(shown this once; `--new-secret` makes another)\n"
        ));
    }
    terminal::print(text.as_bytes())
}
