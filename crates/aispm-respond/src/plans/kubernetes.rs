//! Fields of Kubernetes workloads.

use aispm_patch::{Edit, Format, Path, Step, read};
use aispm_types::{Asset, Finding, Place, Recipe, Value};

use super::{Made, shown};
use crate::{Change, Estate, FileId, Plan};

/// Lists of containers in a pod's specification.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// None where the finding is about no workload of a Kubernetes manifest.
pub(crate) fn plan(estate: &Estate<'_>, finding: &Finding, recipe: &Recipe) -> Option<Made> {
    let asset = estate.asset(&finding.asset)?;
    (asset.text("source") == Some("kubernetes")).then(|| make(estate, finding, recipe, asset))
}

fn make(estate: &Estate<'_>, finding: &Finding, recipe: &Recipe, asset: &Asset) -> Made {
    let kind = asset.text("kind").ok_or("its kind is not known")?;
    let pod = pod(kind).ok_or_else(|| format!("the pods of a {kind} are not edited here"))?;
    let (file, document, value) = find(estate, finding, asset, kind)?;
    let spec = at(&value, &pod).ok_or("its pod has no specification in the manifest")?;
    let mut edits = Vec::new();
    let places: Vec<Path> = match recipe.place {
        Place::Containers => containers(spec, &pod),
        _ => vec![pod.clone()],
    };
    for place in &places {
        for (path, value) in &recipe.set {
            let mut whole = place.clone();
            whole.extend(path.split('.').map(Step::from));
            edits.push(Edit::Set(whole, value.clone()));
        }
    }
    for place in &places {
        for list in ["args", "command"] {
            edits.extend(taken_out(spec, &pod, place, list, &recipe.take_out));
        }
    }
    if edits.is_empty() {
        return Err(if recipe.take_out.is_empty() {
            String::from("it has no containers")
        } else {
            String::from("no container has the argument in a place of its own")
        });
    }
    let there = |path: &&String| {
        let steps: Path = path.split('.').map(Step::from).collect();
        at(spec, &steps).is_some_and(|v| *v != Value::Null)
    };
    let against = recipe.safe_unless.iter().find(there);
    let fields: Vec<String> = recipe
        .set
        .iter()
        .map(|(p, v)| format!("`{p}` to {}", shown(v)))
        .collect();
    let fields = if fields.is_empty() {
        format!("Take `{}` out of", recipe.take_out.join("`, `"))
    } else {
        format!("Set {} in", fields.join(" and "))
    };
    let whom = if recipe.place == Place::Containers {
        "every container of "
    } else {
        ""
    };
    Ok(Plan {
        title: format!("{fields} {whom}{kind} `{}`", asset.name),
        findings: vec![finding.id.clone()],
        changes: vec![Change::Tree {
            file,
            format: Format::Yaml,
            document,
            edits,
        }],
        safe: recipe.safe && against.is_none(),
        because: match against {
            Some(path) => format!("`{path}` is set: {}", recipe.because),
            None => recipe.because.clone(),
        },
        then: Some(String::from(
            "its pods are replaced one by one when the manifest is applied",
        )),
    })
}

/// The way to the pod's specification.
fn pod(kind: &str) -> Option<Path> {
    let way = match kind {
        "Pod" => "spec",
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            "spec.template.spec"
        }
        "CronJob" => "spec.jobTemplate.spec.template.spec",
        _ => return None,
    };
    Some(way.split('.').map(Step::from).collect())
}

fn find(
    estate: &Estate<'_>,
    finding: &Finding,
    asset: &Asset,
    kind: &str,
) -> Result<(FileId, usize, Value), String> {
    let mut why = String::from("no manifest in the targets declares it");
    for file in estate.files(finding) {
        if Format::of(&file.path) != Some(Format::Yaml) {
            continue;
        }
        let documents = match estate
            .text(&file)
            .map_err(|e| e.0)
            .and_then(|t| read(Format::Yaml, &t).map_err(|e| format!("`{}`: {e}", file.path)))
        {
            Ok(documents) => documents,
            Err(e) => {
                why = e;
                continue;
            }
        };
        let is_it = |d: &Value| {
            let field = |path: &[&str]| {
                let steps: Path = path.iter().map(|s| Step::from(*s)).collect();
                at(d, &steps).and_then(Value::as_str)
            };
            let namespace = field(&["metadata", "namespace"]).unwrap_or("default");
            field(&["kind"]) == Some(kind)
                && field(&["metadata", "name"]) == Some(asset.name.as_str())
                && asset.text("namespace").unwrap_or("default") == namespace
        };
        let mut same = documents.into_iter().enumerate().filter(|(_, d)| is_it(d));
        match (same.next(), same.next()) {
            (Some((i, d)), None) => return Ok((file, i, d)),
            (Some(_), Some(_)) => why = format!("`{}` declares it twice", file.path),
            _ => {}
        }
    }
    Err(why)
}

fn containers(spec: &Value, pod: &Path) -> Vec<Path> {
    let mut out = Vec::new();
    for list in CONTAINERS {
        let items = at(spec, &[Step::from(list)])
            .and_then(Value::as_list)
            .unwrap_or(&[]);
        for i in 0..items.len() {
            let mut whole = pod.clone();
            whole.extend([Step::from(list), Step::Item(i)]);
            out.push(whole);
        }
    }
    out
}

/// Edits that take arguments out of one list of a container, from its end, so that places stay true.
fn taken_out(spec: &Value, pod: &Path, container: &Path, list: &str, words: &[String]) -> Vec<Edit> {
    let mut whole = container.clone();
    whole.push(Step::from(list));
    let below = whole.get(pod.len()..).unwrap_or_default();
    let items = at(spec, below).and_then(Value::as_list).unwrap_or(&[]);
    let mut out: Vec<Edit> = Vec::new();
    for (i, item) in items.iter().enumerate().rev() {
        if item.as_str().is_some_and(|a| words.iter().any(|w| w == a)) {
            let mut path = whole.clone();
            path.push(Step::Item(i));
            out.push(Edit::Remove(path));
        }
    }
    out
}

/// The value at a path.
pub(crate) fn at<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |v, step| match step {
        Step::Key(key) => v.as_map()?.get(key),
        Step::Item(i) => v.as_list()?.get(*i),
    })
}
