//! Security groups, API gateways and load balancers.

use aispm_types::{AssetId, AssetKind as K, Fact, FactKind, RelationKind as R, Value};

use crate::machine;
use crate::normal::{Absent, Draft, Estate, Field, Link, Read, Resource, Row, Term, truth};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    Row::asset(
        "aws_security_group",
        K::Network,
        &["name"],
        &[Field::fixed("kind", "security_group")],
        &[],
    )
    .also(security_group),
    Row::join("aws_instance", reachable_instance),
    // What makes machines stands for the machines it makes.
    Row::asset(
        "aws_launch_template",
        K::Compute,
        &["name"],
        MACHINE,
        &[
            Link::role("iam_instance_profile.name"),
            Link::role("iam_instance_profile.arn"),
        ],
    )
    .also(reachable_instance),
    Row::asset(
        "aws_launch_configuration",
        K::Compute,
        &["name"],
        MACHINE,
        &[Link::role("iam_instance_profile")],
    )
    .also(reachable_instance),
    Row::join("aws_db_instance", reachable_database),
    // An API is on the internet unless it is private.
    Row::asset(
        "aws_api_gateway_rest_api",
        K::Network,
        &["name"],
        &[Field::fixed("kind", "api"), Field::always("tls", true)],
        &[],
    )
    .also(rest_api),
    Row::asset(
        "aws_apigatewayv2_api",
        K::Network,
        &["name"],
        &[
            Field::fixed("kind", "api"),
            Field::always("tls", true),
            Field::always("public", true),
        ],
        &[],
    )
    .also(http_api),
    Row::asset(
        "aws_lb",
        K::Network,
        &["name"],
        &[
            Field::fixed("kind", "load_balancer"),
            Field::not("public", "internal", true),
        ],
        &[],
    )
    .also(load_balancer),
    Row::asset(
        "aws_alb",
        K::Network,
        &["name"],
        &[
            Field::fixed("kind", "load_balancer"),
            Field::not("public", "internal", true),
        ],
        &[],
    )
    .also(load_balancer),
    Row::asset(
        "aws_vpc",
        K::Network,
        &["tags.Name"],
        &[Field::fixed("kind", "vpc")],
        &[],
    ),
];

const MACHINE: &[Field] = &[Field::new(
    "imds_v2_only",
    "metadata_options.http_tokens",
    Read::Is("required"),
    Absent::Bool(false),
)];

/// One rule: ports and where from.
struct Rule {
    ports: Value,
    ranges: Vec<Value>,
    internet: Value,
}

fn rule(term: &Term, estate: &Estate, ranges: &[&str]) -> Rule {
    let number = |path: &str| match term.at(path).map(|t| estate.resolve(&t)) {
        Some(Term::Int(i)) => Some(i),
        Some(Term::Text(t)) => t.parse().ok(),
        _ => None,
    };
    let protocol = term.at("protocol").or_else(|| term.at("ip_protocol"));
    let all = matches!(&protocol, Some(Term::Text(p)) if p == "-1" || p == "all")
        || protocol == Some(Term::Int(-1));
    let ports = match (number("from_port"), number("to_port")) {
        _ if all => Value::from("any"),
        (Some(0), Some(65535) | None) => Value::from("any"),
        (Some(a), Some(b)) if a == b => Value::Str(a.to_string()),
        (Some(a), Some(b)) => Value::Str(format!("{a}-{b}")),
        _ => Value::unknown("the ports are not known"),
    };
    let ranges: Vec<Value> = ranges
        .iter()
        .filter_map(|p| term.at(p))
        .flat_map(|t| match estate.resolve(&t) {
            Term::List(l) => l,
            Term::Null => Vec::new(),
            one => vec![one],
        })
        .filter_map(|t| match t.to_value() {
            v @ (Value::Str(_) | Value::Unknown(_)) => Some(v),
            _ => None,
        })
        .collect();
    let open = ranges
        .iter()
        .any(|v| matches!(v.as_str(), Some("0.0.0.0/0" | "::/0")));
    let unknown = ranges.iter().find(|v| v.is_unknown()).filter(|_| !open);
    let internet = unknown.cloned().unwrap_or(Value::Bool(open));
    Rule {
        ports,
        ranges,
        internet,
    }
}

/// Rules written inside the group and as resources of their own.
fn security_group(group: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let both = ["cidr_blocks", "ipv6_cidr_blocks"];
    let names =
        |rule: &Resource, path: &str| estate.targets(rule, path).iter().any(|t| std::ptr::eq(*t, group));
    let mut rules: Vec<(Rule, &Resource)> = group
        .blocks("ingress")
        .iter()
        .map(|b| (rule(b, estate, &both), group))
        .collect();
    for r in estate.of_type("aws_security_group_rule") {
        if r.text("type").as_deref() == Some("ingress") && names(r, "security_group_id") {
            rules.push((rule(&Term::Map(r.attributes.clone()), estate, &both), r));
        }
    }
    for r in estate.of_type("aws_vpc_security_group_ingress_rule") {
        if names(r, "security_group_id") {
            let term = Term::Map(r.attributes.clone());
            rules.push((rule(&term, estate, &["cidr_ipv4", "cidr_ipv6"]), r));
        }
    }
    let Some(id) = draft.id_of(group).cloned() else {
        return;
    };
    let mut open: Vec<String> = Vec::new();
    let mut unknown = None;
    for (rule, at) in rules {
        unknown = unknown.or_else(|| rule.internet.is_unknown().then(|| rule.internet.clone()));
        if rule.internet == Value::Bool(true) {
            open.push(rule.ports.as_str().unwrap_or("any").to_owned());
        }
        draft.fact(
            Fact::new(FactKind::NetworkRule, &id)
                .with("direction", "in")
                .with("ports", rule.ports)
                .with("ranges", Value::List(rule.ranges))
                .with("internet", rule.internet)
                .at(at.location.clone()),
        );
    }
    open.sort();
    open.dedup();
    // One rule that is open decides; else what is not known of another.
    let known = unknown.filter(|_| open.is_empty());
    draft.set(
        group,
        "public",
        known.clone().unwrap_or(Value::Bool(!open.is_empty())),
    );
    draft.set(
        group,
        "open_to_internet",
        known.unwrap_or_else(|| Value::from(open)),
    );
}

fn groups(resource: &Resource, estate: &Estate, draft: &Draft<'_>, path: &str) -> Vec<AssetId> {
    estate
        .targets(resource, path)
        .into_iter()
        .filter_map(|g| draft.id_of(g).cloned())
        .collect()
}

/// An open group reaches an instance that has a public address; whether it has one is the subnet's default where not said.
fn reachable_instance(instance: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    if machine::is_for_ai(instance, estate) {
        draft.set(instance, "ai", true);
    }
    let served = machine::describe(instance, estate, draft, &["user_data", "user_data_base64"]);
    let public = [
        "associate_public_ip_address",
        "network_interfaces.associate_public_ip_address",
    ]
    .iter()
    .find_map(|p| instance.at(p))
    .map(|t| estate.resolve(&t));
    let is = |wanted: bool| public.as_ref().is_some_and(|t| truth(t) == Value::Bool(wanted));
    if is(false) {
        return;
    }
    let doubt = (!is(true)).then_some("the subnet gives public addresses");
    let mut ssh = false;
    for path in [
        "vpc_security_group_ids",
        "security_groups",
        "network_interfaces.*.security_groups",
    ] {
        for group in groups(instance, estate, draft, path) {
            ssh |= machine::exposed(&group, instance, served.as_ref(), doubt, draft);
        }
    }
    draft.set(instance, "ssh_public", ssh);
}

fn reachable_database(database: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(id) = draft.id_of(database).cloned() else {
        return;
    };
    if database.at("publicly_accessible").map(|t| estate.resolve(&t)) != Some(Term::Bool(true)) {
        return;
    }
    for group in groups(database, estate, draft, "vpc_security_group_ids") {
        draft.relate(&group, R::Exposes, &id, database);
    }
}

/// Functions that the integrations of an API call.
fn integrations(
    api: &Resource,
    estate: &Estate,
    draft: &mut Draft<'_>,
    resource_type: &str,
    key: &str,
    uri: &str,
) {
    let Some(id) = draft.id_of(api).cloned() else {
        return;
    };
    for integration in estate.of_type(resource_type) {
        if !estate
            .targets(integration, key)
            .iter()
            .any(|t| std::ptr::eq(*t, api))
        {
            continue;
        }
        for target in estate.targets(integration, uri) {
            if let Some(to) = draft.id_of(target).cloned() {
                draft.relate(&id, R::Exposes, &to, integration);
            }
        }
    }
}

/// Callers must sign in when every method that is no preflight asks for it.
fn methods(
    api: &Resource,
    estate: &Estate,
    draft: &mut Draft<'_>,
    resource_type: &str,
    key: &str,
    attribute: &'static str,
) {
    let mut all = Vec::new();
    for method in estate.of_type(resource_type) {
        if !estate.targets(method, key).iter().any(|t| std::ptr::eq(*t, api))
            || method.text("http_method").as_deref() == Some("OPTIONS")
        {
            continue;
        }
        let by_key = method.at("api_key_required").map(|t| estate.resolve(&t)) == Some(Term::Bool(true));
        let asked = Field::new(
            "authenticated",
            attribute,
            Read::IsNot("NONE"),
            Absent::Bool(false),
        );
        let mut properties = aispm_types::Properties::new();
        asked.apply(method, estate, &mut properties);
        let value = properties.remove("authenticated").unwrap_or(Value::Bool(false));
        all.push(if by_key { Value::Bool(true) } else { value });
    }
    if all.is_empty() {
        return;
    }
    let value = if all.contains(&Value::Bool(false)) {
        Value::Bool(false)
    } else {
        all.into_iter()
            .find(Value::is_unknown)
            .unwrap_or(Value::Bool(true))
    };
    draft.set(api, "authenticated", value);
}

fn rest_api(api: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let private = api
        .at("endpoint_configuration.types")
        .is_some_and(|t| t.items().contains(&Term::from("PRIVATE")));
    draft.set(api, "public", !private);
    integrations(
        api,
        estate,
        draft,
        "aws_api_gateway_integration",
        "rest_api_id",
        "uri",
    );
    methods(
        api,
        estate,
        draft,
        "aws_api_gateway_method",
        "rest_api_id",
        "authorization",
    );
}

fn http_api(api: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    integrations(
        api,
        estate,
        draft,
        "aws_apigatewayv2_integration",
        "api_id",
        "integration_uri",
    );
    methods(
        api,
        estate,
        draft,
        "aws_apigatewayv2_route",
        "api_id",
        "authorization_type",
    );
    if let (Some(id), Some(target)) = (draft.id_of(api).cloned(), api.at("target")) {
        for to in target
            .references()
            .into_iter()
            .flat_map(|r| draft.ids_named(estate, r))
            .collect::<Vec<_>>()
        {
            draft.relate(&id, R::Exposes, &to, api);
        }
    }
}

/// Listener → target group → what is registered there: instances, functions, ECS services.
fn load_balancer(balancer: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(id) = draft.id_of(balancer).cloned() else {
        return;
    };
    let mut target_groups: Vec<&Resource> = Vec::new();
    let mut plain = None;
    for listener in estate
        .of_type("aws_lb_listener")
        .chain(estate.of_type("aws_alb_listener"))
    {
        if !estate
            .targets(listener, "load_balancer_arn")
            .iter()
            .any(|t| std::ptr::eq(*t, balancer))
        {
            continue;
        }
        let redirects = listener.at("default_action.type") == Some(Term::from("redirect"));
        if let Some(protocol) = estate.text(listener, "protocol").filter(|_| !redirects) {
            let tls = matches!(protocol.as_str(), "HTTPS" | "TLS");
            plain = Some(plain.unwrap_or(false) || !tls);
        }
        target_groups.extend(estate.targets(listener, "default_action.*.target_group_arn"));
    }
    if let Some(plain) = plain {
        draft.set(balancer, "tls", !plain);
    }
    let is_ours = |r: &Resource, path: &str| {
        estate
            .targets(r, path)
            .iter()
            .any(|t| target_groups.iter().any(|g| std::ptr::eq(*t, *g)))
    };
    for (resource_type, group, target) in [
        ("aws_lb_target_group_attachment", "target_group_arn", "target_id"),
        ("aws_alb_target_group_attachment", "target_group_arn", "target_id"),
        ("aws_autoscaling_group", "target_group_arns", "launch_template.id"),
        (
            "aws_autoscaling_group",
            "target_group_arns",
            "launch_template.name",
        ),
        (
            "aws_autoscaling_group",
            "target_group_arns",
            "launch_configuration",
        ),
        (
            "aws_autoscaling_group",
            "target_group_arns",
            "mixed_instances_policy.launch_template.launch_template_specification.launch_template_id",
        ),
        (
            "aws_ecs_service",
            "load_balancer.*.target_group_arn",
            "task_definition",
        ),
    ] {
        for registered in estate.of_type(resource_type).filter(|r| is_ours(r, group)) {
            for to in estate.targets(registered, target) {
                if let Some(to) = draft.id_of(to).cloned() {
                    draft.relate(&id, R::Exposes, &to, registered);
                }
            }
        }
    }
}
