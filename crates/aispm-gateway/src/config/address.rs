//! Addresses in the configuration.

use std::net::IpAddr;

use hyper::Uri;

use super::fields::{Checker, Fields};

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The upstream's base URL.
pub(super) fn upstream(c: &mut Checker<'_>, f: &Fields) -> Option<Uri> {
    let written = f.text("upstream")?;
    let at = f.at("upstream");
    let parsed = written.trim_end_matches('/').parse::<Uri>().ok();
    let Some(uri) = parsed.filter(|u| {
        matches!(u.scheme_str(), Some("http" | "https")) && u.host().is_some_and(|h| !h.is_empty())
    }) else {
        c.error(
            at,
            format!("`{written}` is no base URL"),
            "write `https://api.openai.com/v1`".to_owned(),
        );
        return None;
    };
    let authority = uri.authority().map_or("", |a| a.as_str());
    if authority.contains('@') {
        c.error(
            at,
            "the upstream holds a credential",
            "put the key into the environment and name it in `key_env`".to_owned(),
        );
        return None;
    }
    if uri.query().is_some() || !segments_are_plain(uri.path()) {
        c.error(
            at,
            "the upstream's path is not plain",
            "leave out `?…`, `//`, `..` and `%`; clients send their own query".to_owned(),
        );
        return None;
    }
    if uri.scheme_str() == Some("http") && !is_loopback(uri.host().unwrap_or("")) && !f.flag("plain_http") {
        c.error(
            at,
            "prompts, answers and the key would cross the network in the clear",
            "use `https`, or say `plain_http = true` where the network is your own".to_owned(),
        );
        return None;
    }
    Some(uri)
}

/// The path clients use.
pub(super) fn base_path(c: &mut Checker<'_>, f: &Fields) -> Option<String> {
    let written = f.text("path")?;
    let path = written.trim_end_matches('/');
    if !path.is_empty() && (!path.starts_with('/') || !segments_are_plain(path)) {
        c.error(
            f.at("path"),
            format!("`{written}` is no path"),
            "write `/v1`".to_owned(),
        );
        return None;
    }
    Some(path.to_owned())
}

/// Segments that every reader of a path reads alike: nothing encoded, no dots alone, none empty.
pub(crate) fn segments_are_plain(path: &str) -> bool {
    let plain = |s: &str| {
        !s.is_empty()
            && s != "."
            && s != ".."
            && s.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.:@+~".contains(&b))
    };
    matches!(path, "" | "/") || path.strip_prefix('/').is_some_and(|p| p.split('/').all(plain))
}

/// A host of an allow-list.
pub(super) fn host_pattern(host: &str) -> Result<(), String> {
    let bare = host.strip_prefix("*.").unwrap_or(host);
    if bare.contains("://") || bare.contains('/') {
        let inner = bare
            .split_once("://")
            .map_or(bare, |(_, r)| r)
            .split('/')
            .next()
            .unwrap_or("");
        return Err(format!("write the host alone: `{inner}`"));
    }
    let shaped = !bare.is_empty()
        && bare.len() <= 253
        && bare.split('.').all(|l| {
            !l.is_empty()
                && l.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        });
    if !shaped {
        return Err("write `docs.acme.example`, or `*.acme.example` for what lies below it; no port, names beyond ASCII as `xn--…`".into());
    }
    if host.starts_with("*.") && !bare.contains('.') {
        return Err(format!("`{host}` would allow everybody's hosts; name a domain"));
    }
    Ok(())
}

/// The name of an environment variable.
pub(super) fn variable(c: &mut Checker<'_>, f: &Fields, key: &str, name: &str) {
    let shaped = !name.starts_with(|ch: char| ch.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !shaped {
        c.error(
            f.at(key),
            format!("`{key}` is no name of an environment variable"),
            "put the key into the environment and its variable's name here, never the key itself".to_owned(),
        );
        // What stands there may be the key.
        if let Some(error) = c.errors.last_mut() {
            error.excerpt = format!("{key} = …");
            (error.column, error.width) = (1, key.len());
        }
    }
}
