//! Lambda, EC2 and ECS.

use aispm_types::{AssetKind as K, RelationKind as R, Value};

use crate::normal::{Absent, Draft, Estate, Field, Link, Named, Read, Resource, Row, Term, json};
use crate::serving::{self, Container, Standing};

/// Resource types.
pub(crate) const ROWS: &[Row] = &[
    Row::asset(
        "aws_lambda_function",
        K::Function,
        &["function_name"],
        &[
            Field::text("runtime", "runtime"),
            Field::present("in_vpc", "vpc_config"),
            Field::customer_key("kms_key_arn"),
            Field::new("env_keys", "environment.variables", Read::Names, Absent::Leave),
        ],
        &[
            Link::role("role"),
            Link::to("image_uri", R::Runs, Named::Image),
            Link::to("s3_bucket", R::BuiltFrom, Named::Bucket("s3")),
        ],
    )
    .also(lambda),
    Row::join("aws_lambda_function_url", function_url),
    Row::asset(
        "aws_instance",
        K::Compute,
        &["tags.Name"],
        &[
            Field::new(
                "public_ip",
                "associate_public_ip_address",
                Read::Bool,
                Absent::Leave,
            ),
            Field::new(
                "imds_v2_only",
                "metadata_options.http_tokens",
                Read::Is("required"),
                Absent::Bool(false),
            ),
            Field::customer_key("root_block_device.kms_key_id"),
        ],
        &[Link::role("iam_instance_profile")],
    ),
    Row::asset(
        "aws_ecs_task_definition",
        K::Workload,
        &["family"],
        &[Field::fixed("kind", "ecs")],
        &[Link::role("task_role_arn")],
    )
    .also(task),
];

/// Environment variables of a map as a container has them.
pub(crate) fn environment(term: Option<&Term>, estate: &Estate) -> Container {
    let mut container = Container::default();
    if let Some(Term::Map(m)) = term {
        for (name, value) in m {
            let value = match estate.resolve(value) {
                Term::Text(t) => Some(t),
                _ => None,
            };
            container.env.insert(name.clone(), value);
        }
    }
    container
}

fn lambda(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let variables = resource.at("environment.variables");
    let names = environment(variables.as_ref(), estate).inline_secrets(draft.out);
    if !names.is_empty() {
        draft.set(resource, "inline_secrets", names);
    }
    // What a function is told about, it uses: an endpoint's or a bucket's name in its environment.
    let Some(own) = draft.id_of(resource).cloned() else {
        return;
    };
    for reference in variables.iter().flat_map(Term::references) {
        for other in draft.ids_named(estate, reference) {
            draft.relate(&own, R::Uses, &other, resource);
        }
    }
}

/// A function's URL answers anyone when it asks for no IAM signature.
fn function_url(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let open = estate
        .text(resource, "authorization_type")
        .map(|t| t.eq_ignore_ascii_case("NONE"));
    for function in estate.targets(resource, "function_name") {
        draft.set(function, "public", open.unwrap_or(false));
        if let Some(open) = open {
            draft.set(function, "authenticated", !open);
        }
    }
}

fn task(resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
    let Some(definitions) = resource.at("container_definitions") else {
        return;
    };
    let definitions = json::read(&definitions).unwrap_or(definitions);
    let mut privileged = false;
    let containers: Vec<Container> = definitions
        .items()
        .iter()
        .map(|d| {
            privileged |= d.at("privileged") == Some(Term::Bool(true));
            container(d, estate)
        })
        .collect();
    let Some(mut workload) = draft.asset_of(resource).cloned() else {
        return;
    };
    workload
        .properties
        .insert(String::from("privileged"), Value::Bool(privileged));
    let id = workload.id.clone();
    let standing = Standing::declared(resource, &id);
    serving::describe(&mut workload, &containers, &standing, draft.out);
    draft.declare(resource, workload);
}

/// A container of an ECS task, Cloud Run service or Container App: their words differ in little.
pub(crate) fn container(definition: &Term, estate: &Estate) -> Container {
    let text = |t: &Term| match estate.resolve(t) {
        Term::Text(t) => Some(t),
        _ => None,
    };
    let mut out = Container {
        // What only an apply knows is no reference of an image, and is said to be none.
        image: definition
            .at("image")
            .map(|t| text(&t).unwrap_or_else(|| String::from("${known after the apply}"))),
        ..Container::default()
    };
    for path in ["entryPoint", "command", "commands", "args"] {
        for word in definition.at(path).iter().flat_map(|t| t.items()) {
            if let Some(word) = text(word) {
                out.push_words(&word);
            }
        }
    }
    for path in ["environment", "env"] {
        for entry in definition.at(path).iter().flat_map(|t| t.items()) {
            if let Some(name) = entry.at("name").and_then(|t| text(&t)) {
                out.env.insert(name, entry.at("value").and_then(|t| text(&t)));
            }
        }
    }
    // Container groups of Azure keep them in maps.
    for (path, known) in [
        ("environment_variables", true),
        ("secure_environment_variables", false),
    ] {
        if let Some(Term::Map(m)) = definition.at(path) {
            for (name, value) in &m {
                out.env.insert(name.clone(), text(value).filter(|_| known));
            }
        }
    }
    for entry in definition.at("secrets").iter().flat_map(|t| t.items()) {
        if let Some(name) = entry.at("name").and_then(|t| text(&t)) {
            out.env.insert(name, None);
        }
    }
    for path in ["portMappings", "ports"] {
        for entry in definition.at(path).iter().flat_map(|t| t.items()) {
            for key in ["containerPort", "container_port", "port"] {
                if let Some(Term::Int(p)) = entry.at(key) {
                    out.ports.push(p);
                }
            }
        }
    }
    out
}
