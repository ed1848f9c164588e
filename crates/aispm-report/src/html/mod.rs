//! One self-contained page: no request leaves it, and nothing a scanned file contains can run in it.
//!
//! The report is embedded as JSON in which no character can end its element; the page's own script builds everything through
//! text nodes. The content security policy admits that one script and one style sheet by their hashes, and nothing else.

use std::io::{self, Write};

use aispm_types::Report;
use base64::Engine;
use sha2::{Digest, Sha256};

use crate::{Options, json as writer};

/// The page with marks where the parts go.
const PAGE: &str = include_str!("page.html");
pub(crate) const STYLE: &str = include_str!("page.css");
/// Parts of the script in the order in which they need each other.
const SCRIPT: &[&str] = &[
    include_str!("dom.js"),
    include_str!("data.js"),
    include_str!("lists.js"),
    include_str!("overview.js"),
    include_str!("systems.js"),
    include_str!("findings.js"),
    include_str!("inventory.js"),
    include_str!("paths.js"),
    include_str!("coverage.js"),
    include_str!("main.js"),
];

/// Writes the page.
pub(crate) fn render(report: &Report, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let script = format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPT.concat());
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(STYLE)
    );
    for (i, part) in PAGE.split("@@").enumerate() {
        match (i % 2, part) {
            (1, "policy") => out.write_all(policy.as_bytes())?,
            (1, "style") => out.write_all(STYLE.as_bytes())?,
            (1, "script") => out.write_all(script.as_bytes())?,
            (1, "data") => writer::write_for_page(report, out)?,
            _ => out.write_all(part.as_bytes())?,
        }
    }
    Ok(())
}

/// The hash of an inline element's text, as a content security policy names it (CSP Level 3, §2.3.1).
pub(crate) fn hash(text: &str) -> String {
    format!(
        "sha256-{}",
        base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_filled() {
        let marks: Vec<&str> = PAGE.split("@@").skip(1).step_by(2).collect();
        assert_eq!(marks, ["policy", "style", "data", "script"]);
    }

    /// Markup from text is the one way in; none of these has a place in the script.
    #[test]
    fn the_script_builds_no_markup_from_text() {
        for part in SCRIPT {
            for way in [
                "innerHTML",
                "outerHTML",
                "insertAdjacent",
                "document.write",
                "eval(",
                "Function(",
                "DOMParser",
                "srcdoc",
            ] {
                assert!(!part.contains(way), "{way}");
            }
        }
    }
}
