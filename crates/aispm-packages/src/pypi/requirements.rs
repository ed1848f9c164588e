//! `requirements.txt` and constraints, in pip's syntax.

use super::requirement;
use crate::Ecosystem;
use crate::catalogue::package_role;
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

/// Whether the beginning of a file is a list of requirements, whatever it is called: nothing else stands in it, and one of them
/// at least says which versions it takes or where it comes from.
///
/// `bare` names are enough in a file that tools compile (`.in`), where one of them is AI software.
pub(crate) fn is_list(head: &[u8], bare: bool) -> bool {
    let text = String::from_utf8_lossy(head);
    // The last line may be cut.
    let whole = text
        .rfind('\n')
        .map_or(&*text, |end| text.get(..end).unwrap_or(&text));
    let mut sure = false;
    let all = logical_lines(whole).into_iter().all(|(line, logical)| {
        if let Some(option) = logical.strip_prefix('-') {
            let name = option.trim_start_matches('-').split([' ', '=']).next();
            return name.is_some_and(|name| OPTIONS.contains(&name));
        }
        let body = logical.split(" --").next().unwrap_or(&logical);
        let found = requirement(body, line);
        let Some(d) = found else { return false };
        let mut words = body.split(';').next().unwrap_or(body).split_whitespace().skip(1);
        if d.address.is_none() && words.any(|w| w.bytes().all(|b| b.is_ascii_alphabetic())) {
            return false; // a sentence
        }
        let compared = ["==", ">=", "<=", "~=", "!="]
            .iter()
            .any(|op| d.constraint.starts_with(op));
        let named = bare && package_role(Ecosystem::Pypi, &d.name).is_some();
        sure |= compared || named || (d.address.is_some() && body.contains("git+"));
        compared || !d.constraint.starts_with('=')
    });
    all && sure
}

/// Options of pip's lists of requirements.
const OPTIONS: &[&str] = &[
    "r",
    "requirement",
    "c",
    "constraint",
    "e",
    "editable",
    "i",
    "index-url",
    "extra-index-url",
    "f",
    "find-links",
    "no-index",
    "no-binary",
    "only-binary",
    "pre",
    "prefer-binary",
    "require-hashes",
    "trusted-host",
    "use-feature",
];

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
    fn a_list_is_known_by_what_stands_in_it() {
        for (text, expected) in [
            ("openai==1.0\nflask\n", true),
            ("# pinned\n-r base.txt\ntorch>=2 ; python_version>'3.8'\n", true),
            (
                "-i https://pypi.example/simple\nnumpy==1.26 \\\n  --hash=sha256:00\n",
                true,
            ),
            ("chat @ git+https://host.example/chat@main\n", true),
            ("numpy\npandas\n", false),
            ("The answer is x==1\n", false),
            ("key=value\n", false),
            ("openai==1.0 is what we use\n", false),
            ("https://host.example/a.zip\n", false),
            ("openai==1.0\nBuy milk, please\n", false),
            ("", false),
        ] {
            assert_eq!(is_list(text.as_bytes(), false), expected, "{text}");
        }
        assert!(is_list(b"langchain\nopenai\n", true) && !is_list(b"bread\nmilk\n", true));
    }

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
