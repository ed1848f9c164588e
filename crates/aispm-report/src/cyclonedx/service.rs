//! Services: what answers over a network.

use aispm_types::ReportedAsset;
use serde_json::{Map, Value};

use super::{component::properties, reference};
use crate::inert::inert;

/// One service. `x-trust-boundary` is true where it belongs to a provider rather than to the organisation.
pub(super) fn service(reported: &ReportedAsset) -> Value {
    let asset = &reported.asset;
    let mut s = Map::new();
    s.insert("bom-ref".into(), reference(asset.id.as_str()).into());
    if let Some(provider) = &asset.provider {
        s.insert("provider".into(), serde_json::json!({"name": inert(provider)}));
        s.insert("x-trust-boundary".into(), true.into());
    }
    s.insert("name".into(), inert(&asset.name).into());
    if let Some(endpoint) = endpoint(reported) {
        s.insert("endpoints".into(), Value::Array(vec![endpoint.into()]));
    }
    if let Some(authenticated) = asset.get("authenticated").and_then(aispm_types::Value::as_bool) {
        s.insert("authenticated".into(), authenticated.into());
    }
    s.insert("properties".into(), properties(reported).into());
    Value::Object(s)
}

/// The address, from host, port and route, where they hold nothing but the characters of a URI.
fn endpoint(reported: &ReportedAsset) -> Option<String> {
    let asset = &reported.asset;
    let clean = |s: &&str| {
        !s.is_empty()
            && s.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._~/:[]%".contains(c))
    };
    let route = asset.text("route").filter(clean);
    let Some(host) = asset
        .text("host")
        .or_else(|| asset.text("url_host"))
        .filter(clean)
    else {
        return route.filter(|r| r.starts_with('/')).map(str::to_owned);
    };
    let scheme = match asset.get("tls").and_then(aispm_types::Value::as_bool) {
        Some(true) => "https:",
        Some(false) => "http:",
        None => "",
    };
    let port = asset
        .get("port")
        .and_then(aispm_types::Value::as_int)
        .map_or_else(String::new, |p| format!(":{p}"));
    Some(format!("{scheme}//{host}{port}{}", route.unwrap_or("")))
}
