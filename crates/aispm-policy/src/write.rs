//! The commented file of `aispm init`, and the configuration reference, from the definitions.

use std::fmt::Write;

use crate::keys::{Form, Key, SECTIONS, Section};

/// A commented `aispm.toml` with every key. All examples are commented out: as written it declares nothing.
pub fn init() -> String {
    let mut out = String::from(
        "# aispm.toml: what your organisation declares about its AI.\n\
         # Nothing here is required. Uncomment what you need; `aispm scan` reports where reality departs from it.\n\
         # Patterns are globs over an asset's id (`aispm inventory` shows them), its name and its path.\n",
    );
    for section in SECTIONS {
        let _ = write!(out, "\n{}", wrap(section.doc));
        match section.form {
            Form::Top => {}
            Form::Table => {
                let _ = writeln!(out, "#[{}]", section.name);
            }
            Form::Rules => {
                let _ = writeln!(
                    out,
                    "#[{}]\n#ai-key-in-file = \"critical\"\n#ai-image-mutable-tag = \"off\"",
                    section.name
                );
            }
            Form::Tables => {
                let _ = writeln!(out, "#[[{}]]", section.name);
            }
        }
        for key in section.keys {
            let alternative = matches!((section.name, key.name), ("exception", "finding"));
            let _ = write!(
                out,
                "{}",
                wrap(&format!("{} ({}{})", key.doc, key.kind.describe(), need(key)))
            );
            // An exception names a finding or a rule, not both: the example shows the second.
            let mark = if alternative { "# " } else { "#" };
            let _ = writeln!(out, "{mark}{} = {}", key.name, key.example);
        }
    }
    out
}

fn need(key: &Key) -> &'static str {
    if key.required { ", required" } else { "" }
}

/// A comment of at most 100 columns a line.
fn wrap(text: &str) -> String {
    let mut out = String::from("#");
    let mut column = 1;
    for word in text.split_whitespace() {
        if column + word.chars().count() + 1 > 100 {
            out.push_str("\n#");
            column = 1;
        }
        out.push(' ');
        out.push_str(word);
        column += word.chars().count() + 1;
    }
    out.push('\n');
    out
}

/// The configuration reference, in Markdown.
pub fn reference() -> String {
    let mut out = String::from(
        "# Configuration reference\n\n\
         `aispm.toml` is read from `--config`, else from the working directory; never from a target. `aispm init` writes a \
         commented one. Globs fit an asset's id, its name or one of its paths.\n",
    );
    for section in SECTIONS {
        let _ = write!(out, "\n## {}\n\n{}\n", heading(section), section.doc);
        if section.form == Form::Rules {
            out.push_str("\n| key | type | meaning |\n| --- | --- | --- |\n| a rule's id | `off`, `critical`, `high`, `medium`, `low` or `info` | its severity here |\n");
            continue;
        }
        out.push_str("\n| key | type | required | meaning |\n| --- | --- | --- | --- |\n");
        for key in section.keys {
            let required = if key.required { "yes" } else { "no" };
            let _ = writeln!(
                out,
                "| `{}` | {} | {required} | {} |",
                key.name,
                key.kind.describe(),
                key.doc
            );
        }
        let _ = write!(out, "\n```toml\n{}```\n", example(section));
    }
    out
}

fn heading(section: &Section) -> String {
    match section.form {
        Form::Top => "Top level".to_owned(),
        Form::Table | Form::Rules => format!("`[{}]`", section.name),
        Form::Tables => format!("`[[{}]]`", section.name),
    }
}

fn example(section: &Section) -> String {
    let mut out = match section.form {
        Form::Top => String::new(),
        Form::Table | Form::Rules => format!("[{}]\n", section.name),
        Form::Tables => format!("[[{}]]\n", section.name),
    };
    for key in section
        .keys
        .iter()
        .filter(|k| (section.name, k.name) != ("exception", "finding"))
    {
        let _ = writeln!(out, "{} = {}", key.name, key.example);
    }
    out
}
