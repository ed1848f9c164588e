//! Machines: whether they were made for AI, and what their start script serves.

use aispm_types::{AssetId, RelationKind as R, Value};
use base64::Engine as _;

use crate::normal::{Draft, Estate, Resource, Term, json};
use crate::serving::{self, Served, Standing};

/// Families of EC2 with accelerators that AI is trained and served on.
const FAMILIES: &[&str] = &["g4dn", "g5", "g5g", "g6", "g6e", "gr6", "dl1", "dl2q"];

/// Where an instance and a template of instances name their image.
const IMAGES: &[&str] = &["ami", "image_id"];

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
        let mut said = IMAGES
            .iter()
            .find_map(|p| estate.text(instance, p))
            .unwrap_or_default();
        for source in IMAGES.iter().flat_map(|p| estate.targets(instance, p)) {
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
    let text = match scripts
        .iter()
        .find_map(|p| resource.at(p))
        .map(|t| script(&t, estate))?
    {
        Ok(text) => text,
        Err(reason) => {
            let place = resource.location.path.as_deref().unwrap_or("terraform");
            draft.out.gap(
                place,
                format!(
                    "`{}`: what its start script runs is not known: {reason}",
                    resource.address()
                ),
            );
            return None;
        }
    };
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

/// Data sources that put scripts together, and where their pieces stand.
const RENDERED: &[(&str, &str)] = &[
    ("data.template_file", "template"),
    ("data.cloudinit_config", "part.*.content"),
    ("data.template_cloudinit_config", "part.*.content"),
];

/// A script as text; pieces that only an apply knows are left out. The error says why there is none.
fn script(term: &Term, estate: &Estate) -> Result<String, String> {
    let text = text(term, estate, 4)?;
    let compact: String = text.split_whitespace().collect();
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(&compact)
        .ok()
        .and_then(|d| String::from_utf8(d).ok());
    Ok(decoded.unwrap_or(text))
}

fn text(term: &Term, estate: &Estate, hops: usize) -> Result<String, String> {
    match estate.resolve(term) {
        Term::Text(t) => Ok(t),
        // A template with nothing but pieces that are not known says nothing.
        Term::Template(parts)
            if parts
                .iter()
                .any(|p| p.as_text().is_some_and(|t| !t.trim().is_empty())) =>
        {
            Ok(parts.iter().map(|p| p.as_text().unwrap_or("unknown")).collect())
        }
        Term::List(parts) if !parts.is_empty() => {
            let read: Result<Vec<_>, _> = parts.iter().map(|p| text(p, estate, hops)).collect();
            Ok(read?.join("\n"))
        }
        Term::Ref(r) => {
            let rendered = RENDERED
                .iter()
                .find(|(t, _)| *t == r.resource_type && hops > 0)
                .and_then(|(_, path)| estate.find(&r).next()?.at(path));
            match rendered {
                Some(found) => text(&found, estate, hops - 1),
                None => Err(format!("`{r}` is known after the apply")),
            }
        }
        other => Err(other.reason().unwrap_or("no text").to_owned()),
    }
}

/// A firewall lets traffic to a machine, and to what it serves where the port is among the open ones. True where SSH is open.
pub(crate) fn exposed(
    firewall: &AssetId,
    machine: &Resource,
    served: Option<&Served>,
    doubt: Option<&str>,
    draft: &mut Draft<'_>,
) -> bool {
    let Some(id) = draft.id_of(machine).cloned() else {
        return false;
    };
    draft.relate_if(firewall, R::Exposes, &id, machine, doubt);
    let open = draft
        .asset(firewall)
        .and_then(|g| g.get("open_to_internet").cloned());
    let open: Vec<String> = open
        .iter()
        .filter_map(Value::as_list)
        .flatten()
        .filter_map(|p| p.as_str().map(str::to_owned))
        .collect();
    // A firewall that is open elsewhere does not open the engine's port.
    if let Some(served) = served
        && (open.is_empty()
            || served
                .port
                .is_none_or(|port| open.iter().any(|p| covers(p, port))))
    {
        draft.relate_if(firewall, R::Exposes, &served.id, machine, doubt);
    }
    open.iter().any(|p| covers(p, 22))
}

/// Whether ports as a rule writes them (`any`, `22`, `8000-9000`) hold a port.
fn covers(ports: &str, port: i64) -> bool {
    let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
    match (from.parse::<i64>(), to.parse::<i64>()) {
        (Ok(from), Ok(to)) => (from..=to).contains(&port),
        _ => ports == "any",
    }
}
