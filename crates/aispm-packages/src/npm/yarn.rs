//! `yarn.lock`: version 1 has a format of its own, Berry writes YAML that the same line rules read.

use crate::declaration::Lockfile;

/// Reads a lockfile. An entry is a line of descriptors (`"openai@^4.0.0", openai@^4.1.0:`) at the margin, its version stands indented
/// below (`version "4.1.0"`, or `version: 4.1.0` in Berry).
pub(crate) fn yarn_lock(text: &str) -> Lockfile {
    let mut out = Lockfile::default();
    let mut entry: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            entry = line
                .trim_end_matches(':')
                .split(',')
                .filter_map(descriptor)
                .collect();
        } else if let Some(version) = line
            .trim()
            .strip_prefix("version")
            .map(|v| v.trim_start_matches(':').trim().trim_matches('"'))
            && line.starts_with("  version")
        {
            for (name, range) in entry.drain(..) {
                if range == "workspace" {
                    out.own.insert(name);
                } else {
                    out.direct.insert((range, name.clone()), version.to_owned());
                    out.add(name, version);
                }
            }
        }
    }
    out
}

/// `"@langchain/core@npm:^0.3.0"` as name and range.
fn descriptor(text: &str) -> Option<(String, String)> {
    let text = text.trim().trim_matches('"');
    let at = text.get(1..)?.find('@')? + 1;
    let (name, range) = text.split_at_checked(at)?;
    let range = range.trim_start_matches('@');
    if range.starts_with("workspace:") {
        return Some((name.to_owned(), "workspace".to_owned()));
    }
    let range = range.strip_prefix("npm:").unwrap_or(range);
    // `alias@npm:real@^1`: the real name is what advisories know.
    match range.get(1..).and_then(|r| r.find('@')).map(|i| i + 1) {
        Some(i) if !range.contains("://") => {
            let (real, range) = range.split_at_checked(i)?;
            Some((real.to_owned(), range.trim_start_matches('@').to_owned()))
        }
        _ => Some((name.to_owned(), range.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats() {
        let v1 = "# yarn lockfile v1\n\n\"@langchain/core@^0.3.0\", \"@langchain/core@^0.3.1\":\n  version \"0.3.5\"\n  resolved \"https://h\"\n  dependencies:\n    openai \"^4\"\n\nopenai@^4:\n  version \"4.1.0\"\n";
        let berry = "__metadata:\n  version: 8\n\n\"@langchain/core@npm:^0.3.0, @langchain/core@npm:^0.3.1\":\n  version: 0.3.5\n  resolution: x\n\n\"openai@npm:^4\":\n  version: 4.1.0\n\n\"own@workspace:.\":\n  version: 0.0.0-use.local\n";
        for text in [v1, berry] {
            let lock = yarn_lock(text);
            assert_eq!(lock.versions.len(), 2, "{lock:?}");
            assert!(lock.versions["openai"].contains("4.1.0"));
            assert_eq!(
                lock.direct[&("^0.3.1".to_owned(), "@langchain/core".to_owned())],
                "0.3.5"
            );
        }
    }
}
