//! What a failed check of another tool establishes (`catalogue/imports/meanings.yaml`).

use std::sync::OnceLock;

use aispm_formats::doc::{Limits, Node, parse_yaml};
use aispm_types::{AssetKind, Properties};

/// What one check establishes.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// The tool, in lower case.
    pub tool: String,
    /// Id of the check.
    pub check: String,
    /// Kinds of asset it holds for.
    pub kinds: Vec<AssetKind>,
    /// Properties that a failure sets.
    pub means: Properties,
}

/// Every meaning that is known, in the catalogue's order; a test holds it to the schema.
pub fn meanings() -> &'static [Meaning] {
    static MEANINGS: OnceLock<Vec<Meaning>> = OnceLock::new();
    MEANINGS.get_or_init(|| {
        let files = aispm_content::catalogue().filter(|(path, _)| path.starts_with("imports/"));
        files
            .filter_map(|(_, text)| parse_yaml(text, &Limits::default()).ok())
            .flat_map(|doc| doc.items().iter().filter_map(meaning).collect::<Vec<_>>())
            .collect()
    })
}

fn meaning(row: &Node) -> Option<Meaning> {
    let kinds = row.get("kind")?.items().iter();
    let kinds = kinds
        .map(|k| k.as_str()?.parse().ok())
        .collect::<Option<Vec<AssetKind>>>()?;
    let means = row.get("means")?.entries().iter();
    Some(Meaning {
        tool: row.get("tool")?.as_str()?.to_owned(),
        check: row.get("check")?.as_str()?.to_owned(),
        kinds,
        means: means.map(|(k, v)| (k.text.clone(), v.to_value())).collect(),
    })
}

/// What a check of a tool establishes about an asset of a kind.
pub(crate) fn of(tool: &str, check: &str, kind: AssetKind) -> Option<&'static Properties> {
    let known = meanings().iter().find(|m| {
        m.tool.eq_ignore_ascii_case(tool) && m.check.eq_ignore_ascii_case(check) && m.kinds.contains(&kind)
    });
    known.map(|m| &m.means)
}
