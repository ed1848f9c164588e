//! Prints what the readers see in a tree: `inspect DIRECTORY`. For people who judge it.

#[path = "../tree/scan.rs"]
mod scan;
#[path = "../tree/mod.rs"]
mod tree;

use std::path::PathBuf;

#[expect(clippy::print_stdout, reason = "a tool for people")]
fn main() {
    let Some(root) = std::env::args().nth(1).map(PathBuf::from) else {
        return;
    };
    let batch = scan::scan(&root);
    for a in &batch.assets {
        let at: Vec<String> = a.locations.iter().map(ToString::to_string).collect();
        let properties = serde_json::to_string(&a.properties).unwrap_or_default();
        println!("ASSET {} | {} | {properties}", a.id, at.join(" "));
    }
    for r in &batch.relations {
        let at = r.evidence.as_ref().map(ToString::to_string).unwrap_or_default();
        println!("REL {} {} {} {:?} | {at}", r.from, r.kind, r.to, r.condition);
    }
    for f in &batch.facts {
        let at = f.location.as_ref().map(ToString::to_string).unwrap_or_default();
        let properties = serde_json::to_string(&f.properties).unwrap_or_default();
        println!("FACT {} {} | {at} | {properties}", f.kind.as_str(), f.asset);
    }
    for g in &batch.gaps {
        println!("GAP {} {}", g.scope.0, g.reason);
    }
    for d in aispm_types::schema::batch_departures(&batch) {
        println!("DEPARTURE {d}");
    }
}
