//! The inventory: AI assets first, then what they stand on.

use std::io;

use aispm_types::{AssetClass, AssetKind, Report, ReportedAsset, Value};

use super::pen::{Line, Pen};
use super::style::PLACE;
use super::table::{self, Column};
use crate::index::Index;

const COLUMNS: &[Column] = &[
    Column::left("kind"),
    Column::flexible("name", 16),
    Column::left("provider"),
    Column::flexible("system", 8),
    Column::flexible("where", 16),
    Column::flexible("what is known", 12),
];

pub(crate) fn list(report: &Report, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    for (class, title) in [
        (AssetClass::Ai, "AI assets"),
        (AssetClass::Supporting, "What they stand on"),
    ] {
        let mut assets: Vec<&ReportedAsset> = report.assets.iter().filter(|a| a.class == class).collect();
        if assets.is_empty() {
            continue;
        }
        assets.sort_by_key(|a| (a.asset.kind, &a.asset.name, &a.asset.id));
        pen.heading(&format!("{title} ({})", assets.len()))?;
        let rows: Vec<Vec<Line>> = assets.iter().map(|a| row(a, index)).collect();
        table::write(COLUMNS, &rows, pen)?;
    }
    Ok(())
}

fn row(reported: &ReportedAsset, index: &Index<'_>) -> Vec<Line> {
    let asset = &reported.asset;
    let place = asset
        .locations
        .first()
        .map_or_else(String::new, |p| index.place(p));
    let more = asset.locations.len().saturating_sub(1);
    let place = Line::new().with(PLACE, place);
    vec![
        Line::new().plain(asset.kind.as_str().replace('_', " ")),
        Line::new().bold(&asset.name),
        Line::new().plain(asset.provider.as_deref().unwrap_or("")),
        Line::new().plain(index.system_of(&asset.id).map_or("", |s| s.name.as_str())),
        if more > 0 {
            place.dim(format!(" +{more}"))
        } else {
            place
        },
        Line::new().dim(known(reported)),
    ]
}

/// The properties worth a glance, by kind.
fn known(reported: &ReportedAsset) -> String {
    let names: &[&str] = match reported.asset.kind {
        AssetKind::ModelVersion => &["format", "architecture", "license", "executes_on_load"],
        AssetKind::Model => &["model_name", "revision", "hosted"],
        AssetKind::Package => &["version", "constraint", "role"],
        AssetKind::Image => &["tag", "digest"],
        AssetKind::Endpoint => &["method", "route", "engine", "authenticated", "public"],
        AssetKind::Agent | AssetKind::TrainingJob | AssetKind::Pipeline => &["framework"],
        AssetKind::Tool => &["capabilities"],
        AssetKind::McpServer => &["transport", "package", "url_host", "client"],
        AssetKind::VectorIndex | AssetKind::Database => &["engine", "host"],
        AssetKind::Dataset => &["format", "uri", "rows"],
        AssetKind::Workload | AssetKind::Network | AssetKind::Identity => &["kind", "namespace", "engine"],
        AssetKind::Secret => &["detector", "preview"],
        _ => &["resource_type", "host", "region", "public"],
    };
    let parts = names.iter().filter_map(|n| glance(n, reported.asset.get(n)?));
    parts.collect::<Vec<_>>().join(", ")
}

fn glance(name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Bool(true) => Some(name.replace('_', " ")),
        Value::Bool(false) if name == "authenticated" => Some("no authentication".to_owned()),
        Value::Str(s) if !s.is_empty() => Some(s.clone()),
        Value::Int(i) => Some(format!("{i} {name}")),
        Value::List(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            (!texts.is_empty()).then(|| texts.join(" "))
        }
        Value::Unknown(_) => Some(format!("{} unknown", name.replace('_', " "))),
        _ => None,
    }
}
