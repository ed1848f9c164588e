//! Machines: whether they were made for AI, and what their start script serves.

use aispm_types::Value;
use base64::Engine as _;

use crate::normal::{Draft, Estate, Resource, Term, json};
use crate::serving::{self, Served, Standing};

/// Families of EC2 with accelerators that AI is trained and served on.
const FAMILIES: &[&str] = &["g4dn", "g5", "g5g", "g6", "g6e", "gr6", "dl1", "dl2q"];

/// Whether an EC2 instance was made for AI: an accelerator, or an image with the frameworks in it.
pub(crate) fn is_for_ai(instance: &Resource, estate: &Estate) -> bool {
    let accelerated = estate.text(instance, "instance_type").is_some_and(|t| {
        let family = t.split('.').next().unwrap_or_default();
        let generation = |prefix: &str| {
            family
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        FAMILIES.contains(&family) || ["p", "trn", "inf"].iter().any(|p| generation(p))
    });
    let image = || {
        let mut said = estate.text(instance, "ami").unwrap_or_default();
        for source in estate.targets(instance, "ami") {
            said.push_str(&json::write(&Term::Map(source.attributes.clone())));
        }
        let said = said.to_ascii_lowercase();
        ["deep learning", "deeplearning", "deep-learning", "neuron"]
            .iter()
            .any(|w| said.contains(w))
    };
    accelerated || image()
}

/// Completes a machine from its start script and says what it serves to others, if anything.
pub(crate) fn describe(
    resource: &Resource,
    estate: &Estate,
    draft: &mut Draft<'_>,
    scripts: &[&str],
) -> Option<Served> {
    let text = scripts.iter().find_map(|p| script(&resource.at(p)?, estate))?;
    let programs = serving::programs(&text);
    let far = |p: &&serving::Program| p.published == "network";
    let engines = || programs.iter().filter(|p| p.container.engine().is_some());
    let program = engines().find(far).or_else(|| engines().next())?;
    let mut machine = draft.asset_of(resource)?.clone();
    let id = machine.id.clone();
    let standing = Standing {
        workload: &id,
        rest: format!("{}#{}", resource.place, resource.address()),
        name: &machine.name.clone(),
        source: "terraform",
        at: resource.location.clone(),
    };
    machine = machine.with("published", program.published);
    let served = serving::describe(
        &mut machine,
        std::slice::from_ref(&program.container),
        &standing,
        draft.out,
    );
    machine.properties.insert(String::from("ai"), Value::Bool(true));
    draft.declare(resource, machine);
    served.filter(|_| program.published == "network")
}

/// A script as text; pieces that only an apply knows are left out.
fn script(term: &Term, estate: &Estate) -> Option<String> {
    let text = match estate.resolve(term) {
        Term::Text(t) => t,
        Term::Template(parts) => parts.iter().map(|p| p.as_text().unwrap_or("unknown")).collect(),
        _ => return None,
    };
    let compact: String = text.split_whitespace().collect();
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(&compact)
        .ok()
        .and_then(|d| String::from_utf8(d).ok());
    Some(decoded.unwrap_or(text))
}
