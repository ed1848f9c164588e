//! `requirements.txt` and constraints, in pip's syntax.

use super::requirement;
use crate::declaration::Manifest;

/// Reads a requirements file. `is_service` says that the file makes its directory a service.
pub(crate) fn requirements(text: &str, is_service: bool, dev: bool) -> Manifest {
    let mut out = Manifest {
        language: "python",
        is_service,
        ..Manifest::default()
    };
    for (line, logical) in logical_lines(text) {
        let logical = logical.trim();
        if let Some(option) = logical.strip_prefix('-') {
            take_option(option, line, dev, &mut out);
            continue;
        }
        // Options of one requirement follow it: `name==1 --hash=sha256:…`.
        let (body, options) = logical.split_once(" --").unwrap_or((logical, ""));
        if let Some(mut dependency) = requirement(body, line) {
            dependency.hashed = options.contains("hash=");
            dependency.dev = dev;
            out.dependencies.push(dependency);
        }
    }
    out
}

fn take_option(option: &str, line: u32, dev: bool, out: &mut Manifest) {
    let (name, value) = option
        .split_once([' ', '='])
        .unwrap_or(option.split_at_checked(1).unwrap_or((option, "")));
    let value = value.trim();
    match name.trim_start_matches('-') {
        "r" | "requirement" | "c" | "constraint" => {
            out.includes.insert(value.to_owned());
        }
        "e" | "editable" => {
            if let Some(mut dependency) = requirement(value, line).filter(|d| d.address.is_some()) {
                dependency.dev = dev;
                out.dependencies.push(dependency);
            }
        }
        _ => {}
    }
}

/// Lines without comments, continued ones joined, each with the number of its first line.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut out: Vec<(u32, String)> = Vec::new();
    let mut continued = false;
    for (number, raw) in (1u32..).zip(text.lines()) {
        let code = if raw.trim_start().starts_with('#') {
            ""
        } else {
            raw.split(" #").next().unwrap_or(raw)
        };
        let (code, continues) = match code.trim_end().strip_suffix('\\') {
            Some(c) => (c, true),
            None => (code, false),
        };
        match out.last_mut() {
            Some((_, last)) if continued => {
                last.push(' ');
                last.push_str(code.trim());
            }
            _ if code.trim().is_empty() => {}
            _ => out.push((number, code.trim().to_owned())),
        }
        continued = continues;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_requirements_file() {
        let m = requirements(
            "# comment\n--extra-index-url https://u:p@pkgs.acme.io/simple\n-r base.txt\nopenai==1.2.3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n\
             langchain>=0.1 # why\n-e git+https://github.com/a/crewai@main#egg=crewai\n-cconstraints.txt\n--no-binary :all:\ntorch\n",
            true,
            false,
        );
        let read: Vec<_> = m
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.constraint.as_str(), d.line, d.hashed))
            .collect();
        assert_eq!(
            read,
            [
                ("openai", "==1.2.3", 4, true),
                ("langchain", ">=0.1", 7, false),
                ("crewai", "", 8, false),
                ("torch", "", 11, false)
            ]
        );
        assert_eq!(
            m.includes.iter().collect::<Vec<_>>(),
            ["base.txt", "constraints.txt"]
        );
    }
}
