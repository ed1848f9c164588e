//! Firewalls of Google's networks, which name the machines they hold for by tag or service account.

use aispm_types::{Fact, FactKind, Value};

use crate::machine;
use crate::normal::{Draft, Estate, Resource, Term};
use crate::serving::Served;

/// Whether a list names one of two lists' members; none where either is not known.
fn share(a: &Term, b: Option<&Term>, estate: &Estate) -> Option<bool> {
    let known = |t: &Term| -> (Vec<String>, bool) {
        let items = match estate.resolve(t) {
            Term::List(l) => l,
            one => vec![one],
        };
        let texts: Vec<String> = items
            .iter()
            .filter_map(|i| match estate.resolve(i) {
                Term::Text(t) => Some(t),
                Term::Ref(r) => Some(r.to_string()),
                _ => None,
            })
            .collect();
        let all = texts.len() == items.len();
        (texts, all)
    };
    let (left, left_known) = known(a);
    let (right, right_known) = b.map_or((Vec::new(), true), known);
    if left.iter().any(|t| right.contains(t)) {
        Some(true)
    } else {
        (left_known && right_known).then_some(false)
    }
}

fn is_in_force(firewall: &Resource, estate: &Estate) -> bool {
    let egress = estate
        .text(firewall, "direction")
        .is_some_and(|d| d.eq_ignore_ascii_case("EGRESS"));
    !egress && firewall.at("disabled") != Some(Term::Bool(true)) && firewall.at("allow").is_some()
}

/// Ports that are let in, and whether from anywhere. Without ranges and tags of senders, Google takes any sender.
pub(super) fn rules(firewall: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(id) = draft.id_of(firewall).cloned() else {
        return;
    };
    let ranges = firewall.at("source_ranges").map(|t| estate.resolve(&t));
    let narrowed = ["source_tags", "source_service_accounts"]
        .iter()
        .any(|p| firewall.at(p).is_some());
    let ranges: Vec<Value> = match ranges {
        Some(Term::List(l)) => l.iter().map(|t| estate.resolve(t).to_value()).collect(),
        Some(one) => vec![one.to_value()],
        None if narrowed => Vec::new(),
        None => vec![Value::from("0.0.0.0/0")],
    };
    let open = ranges
        .iter()
        .any(|v| matches!(v.as_str(), Some("0.0.0.0/0" | "::/0")));
    let unknown = ranges.iter().find(|v| v.is_unknown()).filter(|_| !open);
    let internet = match is_in_force(firewall, estate) {
        true => unknown.cloned().unwrap_or(Value::Bool(open)),
        false => Value::Bool(false),
    };
    let mut ports: Vec<String> = Vec::new();
    for allowed in firewall.blocks("allow") {
        let named = allowed.at("ports").map(|t| estate.resolve(&t));
        match named {
            Some(Term::List(l)) if !l.is_empty() => {
                ports.extend(l.iter().map(|p| match estate.resolve(p) {
                    Term::Text(t) => t,
                    Term::Int(i) => i.to_string(),
                    _ => "any".to_owned(),
                }));
            }
            _ => ports.push("any".to_owned()),
        }
    }
    for port in &ports {
        draft.fact(
            Fact::new(FactKind::NetworkRule, &id)
                .with("direction", "in")
                .with("ports", port.as_str())
                .with("ranges", Value::List(ranges.clone()))
                .with("internet", internet.clone())
                .at(firewall.location.clone()),
        );
    }
    draft.set(firewall, "public", internet.clone());
    let open = match internet {
        Value::Bool(true) => Value::from(ports),
        Value::Bool(false) => Value::from(Vec::<String>::new()),
        other => other,
    };
    draft.set(firewall, "open_to_internet", open);
}

/// Firewalls of its networks that hold for a machine: those that name one of its tags or its account, and those that name none.
pub(super) fn reach(machine: &Resource, served: Option<&Served>, estate: &Estate, draft: &mut Draft<'_>) {
    let public = [
        "network_interface.access_config",
        "network_interface.*.access_config",
    ]
    .iter()
    .filter_map(|p| machine.at(p))
    .any(|t| !t.is_blank() && !matches!(&t, Term::List(l) if l.iter().all(Term::is_blank)));
    if !public {
        return;
    }
    let mut ssh = false;
    for firewall in estate
        .of_type("google_compute_firewall")
        .filter(|f| is_in_force(f, estate))
    {
        let network = firewall
            .at("network")
            .and_then(|n| share(&n, machine.at("network_interface.*.network").as_ref(), estate));
        let by_tag = firewall
            .at("target_tags")
            .map(|t| share(&t, machine.at("tags").as_ref(), estate));
        let by_account = firewall
            .at("target_service_accounts")
            .map(|t| share(&t, machine.at("service_account.email").as_ref(), estate));
        let named = match (by_tag, by_account) {
            (None, None) => Some(true),
            (a, b) if a == Some(Some(true)) || b == Some(Some(true)) => Some(true),
            (a, b) if a == Some(None) || b == Some(None) => None,
            _ => Some(false),
        };
        // A machine may name its subnet rather than its network.
        let doubt = match (named, network) {
            (Some(false), _) => continue,
            (_, Some(false))
                if machine
                    .at("network_interface.*.subnetwork")
                    .is_none_or(|t| t.items().is_empty()) =>
            {
                continue;
            }
            (None, _) => Some("the firewall names this machine's tags"),
            (Some(true), Some(true)) => None,
            (Some(true), _) => Some("the firewall is of this machine's network"),
        };
        let Some(id) = draft.id_of(firewall).cloned() else {
            continue;
        };
        ssh |= machine::exposed(&id, machine, served, doubt, draft);
    }
    draft.set(machine, "ssh_public", ssh);
}
