//! Known advisories, and which of them apply to a package.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aispm_types::{AssetId, AssetKind, Batch, Fact, FactKind, ImageReference};

use crate::Ecosystem;
use crate::version::{Hit, constraint_hit, version_hit};

/// One advisory of a table in `advisories/`.
#[derive(Debug)]
struct Advisory {
    id: &'static str,
    aliases: Vec<&'static str>,
    affected: &'static str,
    severity: &'static str,
    source: &'static str,
}

/// Advisories by package, as in `pypi/langchain`.
fn advisories() -> &'static BTreeMap<&'static str, Vec<Advisory>> {
    static ALL: OnceLock<BTreeMap<&'static str, Vec<Advisory>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut out: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let tables = aispm_content::advisories().filter(|(path, _)| path.ends_with(".tsv"));
        for line in tables
            .flat_map(|(_, text)| text.lines())
            .filter(|l| !l.starts_with('#'))
        {
            let mut column = line.split('\t');
            let mut next = || column.next().unwrap_or_default();
            let (id, aliases, packages, affected, severity, source) =
                (next(), next(), next(), next(), next(), next());
            for package in packages.split(' ').filter(|p| !p.is_empty()) {
                out.entry(package).or_default().push(Advisory {
                    id,
                    aliases: aliases.split(' ').filter(|a| !a.is_empty()).collect(),
                    affected,
                    severity,
                    source: source_name(source),
                });
            }
        }
        out
    })
}

fn source_name(key: &'static str) -> &'static str {
    match key {
        "pypa" => "PyPA Advisory Database",
        "aig" => "AI-Infra-Guard",
        "vendor" => "the vendor",
        other => other,
    }
}

/// Whether any advisory names the package.
pub(crate) fn is_known(ecosystem: Ecosystem, name: &str) -> bool {
    advisories().contains_key(key(ecosystem, name).as_str())
}

fn key(ecosystem: Ecosystem, name: &str) -> String {
    format!("{}/{name}", ecosystem.as_str())
}

/// Facts of the advisories that apply to the installed `version`, or, where none is known, to every version of `constraint`.
pub(crate) fn facts(
    ecosystem: Ecosystem,
    name: &str,
    version: Option<&str>,
    constraint: Option<&str>,
    asset: &AssetId,
) -> Vec<Fact> {
    let Some(known) = advisories().get(key(ecosystem, name).as_str()) else {
        return Vec::new();
    };
    known
        .iter()
        .filter_map(|a| {
            let (installed, hit) = match (version, constraint) {
                (Some(v), _) => (v, version_hit(ecosystem, v, a.affected)?),
                (None, Some(c)) => (c, constraint_hit(ecosystem, c, a.affected)?),
                (None, None) => return None,
            };
            Some(fact(a, installed, &hit, version.is_some(), asset))
        })
        .collect()
}

/// Facts of the advisories that apply to images, wherever they are named: in a Dockerfile, a Compose file, a cluster. A mirror keeps
/// an image's path and puts its own parts before it.
pub fn image_advisories(batch: &mut Batch) {
    let mut told = BTreeSet::new();
    let images = batch.assets.iter().filter(|a| a.kind == AssetKind::Image);
    let facts: Vec<Fact> = images
        .filter(|image| told.insert((&image.id, image.locations.first())))
        .flat_map(|image| {
            let reference = ImageReference::parse(image.text("reference").unwrap_or_default());
            let path = reference.path.as_str();
            let endings = path.match_indices('/').filter_map(|(i, _)| path.get(i + 1..));
            let known = std::iter::once(path)
                .chain(endings.filter(|e| e.contains('/')))
                .flat_map(|ending| ["docker.io", "ghcr.io"].map(|registry| format!("{registry}/{ending}")))
                .find(|name| is_known(Ecosystem::Docker, name));
            let facts = known.map(|name| {
                facts(
                    Ecosystem::Docker,
                    &name,
                    reference.tag.as_deref(),
                    None,
                    &image.id,
                )
            });
            let at = image.locations.first();
            let placed = move |fact: Fact| match at {
                Some(at) => fact.at(at.clone()),
                None => fact,
            };
            facts.into_iter().flatten().map(placed)
        })
        .collect();
    batch.facts.extend(facts);
}

fn fact(a: &Advisory, installed: &str, hit: &Hit, locked: bool, asset: &AssetId) -> Fact {
    let mut fact = Fact::new(FactKind::Advisory, asset)
        .with("id", a.id)
        .with("aliases", a.aliases.clone())
        .with("severity", a.severity)
        .with("installed", installed)
        // A range without an end was open when the advisory was written; a fix may have come since.
        .with("certain", locked && hit.bounded)
        .with("source", a.source);
    if let Some(fixed) = &hit.fixed {
        fact = fact.with("fixed", fixed.as_str());
    }
    if let Some(last) = &hit.last_affected {
        fact = fact.with("last_affected", last.as_str());
    }
    fact
}

#[cfg(test)]
mod tests {
    use super::*;
    use aispm_types::{Asset, Value};

    #[test]
    fn images_are_known_behind_a_mirror() {
        for (reference, expected) in [
            ("vllm/vllm-openai:v0.6.0", true),
            ("mirror.example/docker.io/vllm/vllm-openai:v0.6.0", true),
            ("vllm/vllm-openai:v99.0.0", false),
            ("vllm/vllm-openai:nightly", false),
            ("acme/vllm-openai:v0.6.0", false),
        ] {
            let mut batch = Batch::default();
            let image = Asset::new(AssetKind::Image, reference, reference).with("reference", reference);
            batch.asset(image);
            image_advisories(&mut batch);
            let certain = batch
                .facts
                .iter()
                .any(|f| f.properties.get("certain") == Some(&Value::Bool(true)));
            assert_eq!(certain, expected, "{reference}");
        }
    }

    #[test]
    fn every_line_is_whole_and_its_ranges_can_be_read() {
        let mut count = 0;
        for (package, list) in advisories() {
            let (ecosystem, name) = package.split_once('/').unwrap();
            let ecosystem = [Ecosystem::Pypi, Ecosystem::Npm, Ecosystem::Docker]
                .into_iter()
                .find(|e| e.as_str() == ecosystem)
                .expect(package);
            for a in list {
                count += 1;
                assert!(
                    ["critical", "high", "medium", "low", "unknown"].contains(&a.severity),
                    "{}",
                    a.id
                );
                // Some version is inside, or the range could not be read: try its own bounds and a very low one.
                let candidates = a
                    .affected
                    .split([',', '|', ' '])
                    .map(|b| b.trim_start_matches(['<', '>', '=']));
                let low = ["0.0.1.dev0", "0.0.0-0", "0.0.1"];
                assert!(
                    candidates
                        .chain(low)
                        .any(|v| version_hit(ecosystem, v, a.affected).is_some())
                        || a.affected.starts_with('>'),
                    "{} {name} {}",
                    a.id,
                    a.affected
                );
            }
        }
        assert!(count > 2500, "{count}");
    }

    #[test]
    fn advisories_apply_by_version_or_by_all_that_is_allowed() {
        let id = AssetId::new(AssetKind::Package, "pkg:pypi/langchain-core@0.3.79");
        let ids = |version, constraint| -> Vec<(String, bool)> {
            facts(Ecosystem::Pypi, "langchain-core", version, constraint, &id)
                .iter()
                .map(|f| {
                    (
                        f.text("id").unwrap().to_owned(),
                        f.properties["certain"].as_bool().unwrap(),
                    )
                })
                .collect()
        };
        assert!(ids(Some("0.3.79"), None).contains(&("CVE-2025-68664".to_owned(), true)));
        assert!(ids(Some("0.3.79"), None).contains(&("CVE-2025-65106".to_owned(), true)));
        assert!(
            !ids(Some("0.3.85"), None)
                .iter()
                .any(|(i, _)| i == "CVE-2025-65106")
        );
        assert!(ids(None, Some(">=0.3.0,<0.3.70")).contains(&("CVE-2025-68664".to_owned(), false)));
        assert_eq!(ids(None, Some(">=0.3.0")), []);
        assert_eq!(ids(None, None), []);
    }
}
