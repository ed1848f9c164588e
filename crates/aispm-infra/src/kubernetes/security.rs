//! Service accounts, what they may do and become, network policies, and secrets in manifests.

use std::collections::{BTreeMap, BTreeSet};

use aispm_collect::ReadContext;
use aispm_formats::doc::Node;
use aispm_types::{
    Asset, AssetId, AssetKind as K, Batch, Fact, FactKind, Relation, RelationKind as R, Sensitive,
};
use base64::Engine as _;

use super::Manifest;
use super::cluster::{Workload, asset, location, selects};

/// Workloads that a network policy selects.
pub(crate) fn network_policies(manifests: &[Manifest], workloads: &[Workload]) -> BTreeSet<AssetId> {
    let mut out = BTreeSet::new();
    for m in manifests {
        let part = match m.kind.as_str() {
            "NetworkPolicy" if restricts(m) => "podSelector",
            "CiliumNetworkPolicy" => "endpointSelector",
            _ => continue,
        };
        let selector = m.node.at(&["spec", part]);
        out.extend(
            workloads
                .iter()
                .filter(|w| w.namespace == m.namespace && selector.is_none_or(|s| fits(s, &w.labels)))
                .map(|w| w.id.clone()),
        );
    }
    out
}

/// Whether a label selector fits labels: its `matchLabels` and its `matchExpressions`. An empty one fits all.
fn fits(selector: &Node, labels: &BTreeMap<String, String>) -> bool {
    let wanted: BTreeMap<String, String> = Manifest::map(selector.get("matchLabels"))
        .into_iter()
        .map(|(k, v)| (k.trim_start_matches("k8s:").to_owned(), v))
        .collect();
    let expressions = selector
        .get("matchExpressions")
        .map(Node::items)
        .unwrap_or_default();
    selects(&wanted, labels)
        && expressions.iter().all(|e| {
            let value = e.get("key").and_then(Node::as_str).and_then(|k| labels.get(k));
            let values = e.get("values").map(Node::items).unwrap_or_default();
            let named = value.is_some_and(|v| values.iter().any(|n| n.as_str() == Some(v)));
            match e.get("operator").and_then(Node::as_str) {
                Some("In") => named,
                Some("NotIn") => !named,
                Some("Exists") => value.is_some(),
                Some("DoesNotExist") => value.is_none(),
                _ => false,
            }
        })
}

/// Whether a policy keeps anybody out: an empty rule, and one for every address, let everything in.
fn restricts(m: &Manifest) -> bool {
    let everywhere = |peer: &Node| {
        let cidr = peer.at(&["ipBlock", "cidr"]).and_then(Node::as_str);
        cidr.is_some_and(|c| c.ends_with("/0")) && peer.at(&["ipBlock", "except"]).is_none()
    };
    let open = |rule: &Node, peers: &str| {
        let peers = rule.get(peers).map(Node::items).filter(|all| !all.is_empty());
        peers.map_or(rule.get("ports").is_none(), |all| all.iter().any(everywhere))
    };
    let side = |side: &str| m.node.at(&["spec", side]).map(Node::items);
    let types = m.node.at(&["spec", "policyTypes"]).map(Node::items);
    let of = |word: &str| types.is_none_or(|t| t.iter().any(|t| t.as_str() == Some(word)));
    let ingress = of("Ingress") && !side("ingress").is_some_and(|all| all.iter().any(|r| open(r, "from")));
    let egress = side("egress").is_some_and(|all| !all.iter().any(|r| open(r, "to")));
    ingress || egress
}

/// Service accounts, declared or only named by a workload; their cloud identities and bindings.
pub(crate) fn accounts(manifests: &[Manifest], workloads: &[Workload], cx: &ReadContext, out: &mut Batch) {
    let mut ids: BTreeMap<(String, String), AssetId> = BTreeMap::new();
    let mut assets: Vec<Asset> = Vec::new();
    for m in manifests.iter().filter(|m| m.kind == "ServiceAccount") {
        let account = asset(m, K::Identity, cx)
            .with("kind", "service_account")
            .with("namespace", m.namespace.as_str());
        ids.insert((m.namespace.clone(), m.name.clone()), account.id.clone());
        cloud_identity(m, &account.id, cx, out);
        assets.push(account);
    }
    for w in workloads {
        let key = (w.namespace.clone(), w.account.clone());
        let id = ids.entry(key).or_insert_with(|| {
            let address = format!("ServiceAccount/{}/{}", w.namespace, w.account);
            let account = Asset::new(K::Identity, format!("{}#{address}", cx.repository), &w.account)
                .with("source", "kubernetes")
                .with("kind", "service_account")
                .with("namespace", w.namespace.as_str())
                .with("address", address);
            let id = account.id.clone();
            assets.push(account);
            id
        });
        out.relation(Relation::new(&w.id, R::RunsAs, id));
    }
    for m in manifests {
        if matches!(m.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
            bind(m, manifests, &ids, &mut assets, cx, out);
        }
    }
    // A binding says more of an account that nothing declares than the workload that names it.
    for account in assets.iter_mut().filter(|a| a.locations.is_empty()) {
        let named = workloads
            .iter()
            .find(|w| ids.get(&(w.namespace.clone(), w.account.clone())) == Some(&account.id));
        account.locations.extend(named.map(|w| w.at.clone()));
    }
    out.assets.append(&mut assets);
}

/// Annotations by which a service account becomes an identity of a cloud.
fn cloud_identity(m: &Manifest, id: &AssetId, cx: &ReadContext, out: &mut Batch) {
    let annotations = Manifest::map(m.node.at(&["metadata", "annotations"]));
    let other = if let Some(arn) = annotations
        .get("eks.amazonaws.com/role-arn")
        .filter(|a| a.starts_with("arn:"))
    {
        Asset::new(K::Role, arn, arn.rsplit('/').next().unwrap_or(arn)).provider("aws")
    } else if let Some(mail) = annotations.get("iam.gke.io/gcp-service-account") {
        Asset::new(K::Identity, format!("gcp/{mail}"), mail)
            .provider("gcp")
            .with("kind", "service_account")
    } else if let Some(client) = annotations.get("azure.workload.identity/client-id") {
        Asset::new(K::Identity, format!("azure/{client}"), client)
            .provider("azure")
            .with("kind", "managed_identity")
    } else {
        return;
    };
    let other = out.asset(other.at(location(m, cx)));
    out.relation(Relation::new(id, R::CanAssume, &other).seen(location(m, cx)));
}

/// One binding: the rules of its role become facts on its service accounts.
fn bind(
    m: &Manifest,
    manifests: &[Manifest],
    ids: &BTreeMap<(String, String), AssetId>,
    assets: &mut [Asset],
    cx: &ReadContext,
    out: &mut Batch,
) {
    let text = |path: &[&str]| m.node.at(path).and_then(Node::scalar).unwrap_or_default();
    let (role_kind, role_name) = (text(&["roleRef", "kind"]), text(&["roleRef", "name"]));
    let everywhere = m.kind == "ClusterRoleBinding";
    let role = manifests.iter().find(|r| {
        r.kind == role_kind
            && r.name == role_name
            && (role_kind == "ClusterRole" || r.namespace == m.namespace)
    });
    for subject in m.node.get("subjects").map_or(&[][..], Node::items) {
        let part = |k: &str| subject.get(k).and_then(Node::scalar);
        if part("kind").as_deref() != Some("ServiceAccount") {
            continue;
        }
        let namespace = part("namespace").unwrap_or_else(|| m.namespace.clone());
        let Some(id) = ids.get(&(namespace, part("name").unwrap_or_default())) else {
            continue;
        };
        let mut admin = everywhere && role_name == "cluster-admin";
        let mut wildcard = matches!(role_name.as_str(), "cluster-admin" | "admin");
        for rule in role
            .and_then(|r| r.node.get("rules"))
            .map_or(&[][..], Node::items)
        {
            let list = |k: &str| -> Vec<String> {
                rule.get(k)
                    .map_or(&[][..], Node::items)
                    .iter()
                    .filter_map(Node::scalar)
                    .collect()
            };
            let (verbs, resources) = (list("verbs"), list("resources"));
            let all = verbs.iter().any(|v| v == "*") && resources.iter().any(|r| r == "*");
            wildcard |= all;
            admin |= all && everywhere;
            let scope = if everywhere {
                "cluster"
            } else {
                m.namespace.as_str()
            };
            out.fact(
                Fact::new(FactKind::PolicyStatement, id)
                    .with("effect", "allow")
                    .with("actions", verbs)
                    .with(
                        "resources",
                        resources
                            .iter()
                            .map(|r| format!("{scope}/{r}"))
                            .collect::<Vec<_>>(),
                    )
                    .with("wildcard", all)
                    .at(location(m, cx)),
            );
        }
        if let Some(account) = assets.iter_mut().find(|a| a.id == *id) {
            if account.locations.is_empty() {
                account.locations.push(location(m, cx));
            }
            for (name, value) in [("admin", admin), ("wildcard_actions", wildcard)] {
                if value || account.get(name).is_none() {
                    account.properties.insert(name.to_owned(), value.into());
                }
            }
        }
    }
}

/// Values of Secret manifests go to the redaction chokepoint, as written and decoded.
pub(crate) fn secrets(manifests: &[Manifest], out: &mut Batch) {
    for m in manifests.iter().filter(|m| m.kind == "Secret") {
        for (part, encoded) in [("data", true), ("stringData", false)] {
            for (_, value) in m.node.get(part).map_or(&[][..], Node::entries) {
                let Some(text) = value.scalar().filter(|t| t.len() >= 6) else {
                    continue;
                };
                if encoded {
                    let compact: String = text.split_whitespace().collect();
                    let decoded = base64::engine::general_purpose::STANDARD.decode(&compact);
                    if let Some(plain) = decoded
                        .ok()
                        .and_then(|d| String::from_utf8(d).ok())
                        .filter(|p| p.len() >= 6)
                    {
                        out.secret(Sensitive::new(plain));
                    }
                }
                out.secret(Sensitive::new(text));
            }
        }
    }
}
