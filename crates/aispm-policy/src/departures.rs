//! Where the estate departs from the policy.

use aispm_graph::{GraphView, matches};
use aispm_types::{Access, Asset, AssetKind, Certainty, Fact, FactKind, Policy, RelationKind};
use globset::{Glob, GlobSet};

/// Facts of departures from allow-lists and access declarations, each on the asset that is not approved or is accessed, in
/// asset order. What is not known (a model's name that exists at run time only) departs from nothing here; rules say so.
pub fn departures(graph: &GraphView, policy: &Policy) -> Vec<Fact> {
    let mut out = Vec::new();
    let approved = &policy.approved;
    if let Some(list) = &approved.models {
        models(graph, list, &mut out);
    }
    if let Some(list) = &approved.providers {
        providers(graph, list, &mut out);
    }
    if let Some(list) = &approved.regions {
        regions(graph, list, &mut out);
    }
    if approved.signers.is_some() {
        signers(graph, &mut out);
    }
    if let Some(list) = &approved.mcp_servers {
        mcp_servers(graph, list, &mut out);
    }
    access(graph, &policy.access, &mut out);
    out
}

/// Globs of a validated policy; one that does not compile fits nothing.
pub(crate) fn globs<'p>(patterns: impl IntoIterator<Item = &'p String>) -> GlobSet {
    let mut set = GlobSet::builder();
    for glob in patterns.into_iter().filter_map(|p| Glob::new(p).ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_default()
}

/// Whether one of the globs fits an asset under any of the names it was seen by.
pub(crate) fn fits(graph: &GraphView, globs: &GlobSet, asset: &Asset) -> bool {
    matches(globs, asset)
        || graph
            .sightings(&asset.id)
            .iter()
            .any(|id| globs.is_match(id.as_str()))
}

fn departure(asset: &Asset, what: &str, declared: String, found: String) -> Fact {
    let fact = Fact::new(FactKind::PolicyDeparture, &asset.id)
        .with("departure", what)
        .with("declared", declared)
        .with("found", found);
    match asset.locations.first() {
        Some(at) => fact.at(at.clone()),
        None => fact,
    }
}

fn declared(key: &str, list: &[String]) -> String {
    if list.is_empty() {
        format!("approved.{key} is empty")
    } else {
        format!("approved.{key}: {}", list.join(", "))
    }
}

/// What follows the kind in an asset's ids: `openai/gpt-4o`.
fn rests<'g>(graph: &'g GraphView, asset: &'g Asset) -> impl Iterator<Item = &'g str> {
    graph
        .sightings(&asset.id)
        .iter()
        .chain([&asset.id])
        .filter_map(|id| id.as_str().split_once(':').map(|(_, rest)| rest))
}

/// The provider's own word: the field, or the first part of the id.
fn provider(asset: &Asset) -> Option<&str> {
    let rest = asset.id.as_str().split_once(':').map(|(_, rest)| rest);
    asset
        .provider
        .as_deref()
        .or_else(|| rest.and_then(|r| r.split('/').next()))
}

fn models(graph: &GraphView, list: &[String], out: &mut Vec<Fact>) {
    let globs = globs(list);
    for model in graph.of_kind(AssetKind::Model) {
        let unknown = model
            .get("model_name")
            .is_some_and(aispm_types::Value::is_unknown);
        let called = format!("{}/{}", provider(model).unwrap_or("unknown"), model.name);
        let approved = fits(graph, &globs, model)
            || rests(graph, model).any(|r| globs.is_match(r))
            || globs.is_match(&called);
        if !unknown && !approved {
            let found = rests(graph, model).last().unwrap_or(&model.name).to_owned();
            out.push(departure(
                model,
                "model-not-approved",
                declared("models", list),
                found,
            ));
        }
    }
}

/// Accounts of AI providers, and models whose provider has no account in the graph: one departure for a provider's account, not
/// one for each of its models.
fn providers(graph: &GraphView, list: &[String], out: &mut Vec<Fact>) {
    let globs = globs(list);
    let accounts: Vec<&Asset> = graph.of_kind(AssetKind::Account).collect();
    let has_account = |p: &str| accounts.iter().any(|a| provider(a) == Some(p));
    let models = graph
        .of_kind(AssetKind::Model)
        .filter(|m| m.get("hosted").and_then(aispm_types::Value::as_bool) != Some(false))
        .filter(|m| m.provider.as_deref().is_some_and(|p| !has_account(p)));
    let accounts = accounts
        .iter()
        .copied()
        .filter(|a| a.text("kind") != Some("aws_account"));
    for asset in accounts.chain(models) {
        let Some(name) = provider(asset) else { continue };
        let first = rests(graph, asset)
            .filter_map(|r| r.split('/').next())
            .any(|r| globs.is_match(r));
        if !first && !globs.is_match(name) {
            out.push(departure(
                asset,
                "provider-not-approved",
                declared("providers", list),
                name.to_owned(),
            ));
        }
    }
}

/// `West Europe` and `westeurope` are one region; Google's zone `europe-west1-b` lies in `europe-west1`, and
/// `us-east-1a` of AWS in `us-east-1`.
fn region_name(written: &str) -> String {
    let name = written
        .split_whitespace()
        .collect::<String>()
        .to_ascii_lowercase();
    let zone = |n: &str| n.ends_with(|c: char| c.is_ascii_digit()).then(|| n.to_owned());
    let google = name
        .rsplit_once('-')
        .filter(|(_, z)| z.len() == 1 && !z.ends_with(|c: char| c.is_ascii_digit()));
    let amazon = name
        .strip_suffix(|c: char| c.is_ascii_lowercase())
        .filter(|n| n.matches('-').count() >= 2);
    google
        .and_then(|(region, _)| zone(region))
        .or_else(|| amazon.and_then(zone))
        .unwrap_or(name)
}

fn regions(graph: &GraphView, list: &[String], out: &mut Vec<Fact>) {
    let names: Vec<String> = list.iter().map(|r| region_name(r)).collect();
    let globs = globs(&names);
    for asset in graph.assets() {
        let Some(region) = asset
            .text("region")
            .map(region_name)
            .filter(|r| !r.is_empty() && r != "global")
        else {
            continue;
        };
        if !globs.is_match(&region) {
            out.push(departure(
                asset,
                "region-not-approved",
                declared("regions", list),
                region,
            ));
        }
    }
}

/// Models known to carry no signature, where the organisation names signers. Whose signature one is, rules on signatures say.
fn signers(graph: &GraphView, out: &mut Vec<Fact>) {
    for model in graph.of_kind(AssetKind::Model) {
        if model.get("signed").and_then(aispm_types::Value::as_bool) == Some(false) {
            let says = "approved.signers names who must sign models".to_owned();
            out.push(departure(
                model,
                "signer-missing",
                says,
                "no signature".to_owned(),
            ));
        }
    }
}

fn mcp_servers(graph: &GraphView, list: &[String], out: &mut Vec<Fact>) {
    let globs = globs(list);
    for server in graph.of_kind(AssetKind::McpServer) {
        let mut names = ["package", "command", "url_host"]
            .into_iter()
            .filter_map(|p| server.text(p));
        let approved = names.clone().any(|n| globs.is_match(n));
        if !approved && !fits(graph, &globs, server) {
            let found = names
                .next_back()
                .map_or_else(|| server.name.clone(), |n| format!("{} ({n})", server.name));
            out.push(departure(
                server,
                "mcp-server-not-approved",
                declared("mcp_servers", list),
                found,
            ));
        }
    }
}

fn relation_of(action: &str) -> Option<RelationKind> {
    match action {
        "read" => Some(RelationKind::CanRead),
        "write" => Some(RelationKind::CanWrite),
        "invoke" => Some(RelationKind::CanInvoke),
        _ => None,
    }
}

/// Identities that can do to an asset what no entry covering the asset and the action allows them.
fn access(graph: &GraphView, entries: &[Access], out: &mut Vec<Fact>) {
    let compiled: Vec<(RelationKind, GlobSet, GlobSet, &Access)> = entries
        .iter()
        .filter_map(|e| Some((relation_of(&e.action)?, globs([&e.pattern]), globs(&e.allow), e)))
        .collect();
    if compiled.is_empty() {
        return;
    }
    for asset in graph.assets() {
        let covering: Vec<_> = compiled
            .iter()
            .filter(|(_, pattern, ..)| fits(graph, pattern, asset))
            .collect();
        if covering.is_empty() {
            continue;
        }
        for relation in graph.incoming(&asset.id) {
            let mut on_action = covering
                .iter()
                .filter(|(kind, ..)| *kind == relation.kind)
                .peekable();
            let Some((.., entry)) = on_action.peek() else {
                continue;
            };
            let (entry, Some(who)) = (*entry, graph.asset(&relation.from)) else {
                continue;
            };
            if on_action.any(|(_, _, allow, _)| fits(graph, allow, who)) {
                continue;
            }
            let says = format!(
                "access to {} for `{}`: {}",
                entry.pattern,
                entry.action,
                allowed(entry)
            );
            let may = if relation.certainty == Certainty::Certain {
                "can"
            } else {
                "may be able to"
            };
            let found = format!("{} {may} {}", who.name, entry.action);
            let mut fact = departure(asset, "access-not-allowed", says, found);
            fact.location = relation.evidence.clone().or(fact.location);
            out.push(fact);
        }
    }
}

fn allowed(entry: &Access) -> String {
    if entry.allow.is_empty() {
        "nobody".to_owned()
    } else {
        entry.allow.join(", ")
    }
}
