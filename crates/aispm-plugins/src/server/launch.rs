//! What a server's command line starts: the runner, the package or image, and whether its content can change.

use aispm_types::ImageReference;

/// What is started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Launch {
    /// `npx`, `uvx`, `docker`, `python`, `node`, …; `binary` for a program of its own.
    pub(crate) runner: String,
    /// What is fetched and run.
    pub(crate) package: Option<Package>,
    /// Place of the first argument that is the server's own.
    pub(crate) own_from: usize,
}

/// What a runner fetches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Package {
    /// `npm`, `pypi`, `docker`, `git`, `go`.
    pub(crate) ecosystem: &'static str,
    /// Name, without version.
    pub(crate) name: String,
    /// Version, tag or digest, as written.
    pub(crate) version: Option<String>,
    /// The same reference always gives the same content.
    pub(crate) pinned: bool,
}

/// Reads a command line. `args` is what follows the program.
pub(crate) fn launch(program: &str, args: &[String]) -> Launch {
    read(program, args, 0)
}

fn read(program: &str, args: &[String], depth: usize) -> Launch {
    let name = program
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(program)
        .to_ascii_lowercase();
    let name = name
        .strip_suffix(".exe")
        .or_else(|| name.strip_suffix(".cmd"))
        .unwrap_or(&name);
    let arg = |i: usize| args.get(i).map(String::as_str).unwrap_or_default();
    match name {
        "npx" | "bunx" | "pnpx" => npm(name, args, 0),
        "pnpm" | "yarn" | "npm" if matches!(arg(0), "dlx" | "exec" | "x") => npm(name, args, 1),
        "bun" if arg(0) == "x" => npm("bunx", args, 1),
        "uvx" => python_tool(name, args, 0),
        "uv" if arg(0) == "tool" && arg(1) == "run" => python_tool("uvx", args, 2),
        "pipx" if arg(0) == "run" => python_tool(name, args, 1),
        "docker" | "podman" | "nerdctl" => container(name, args),
        "deno" => deno(args),
        "go" if arg(0) == "run" => go(args),
        // Windows starts scripts through its shell; what follows is the real line.
        "cmd" | "env" | "wsl" | "sudo" if depth < 3 => wrapped(args, depth),
        "sh" | "bash" | "zsh" | "powershell" | "pwsh" if depth < 3 => shell(name, args, depth),
        "python" | "python3" | "py" => local("python", args),
        "node" | "tsx" | "ts-node" | "bun" => local("node", args),
        "uv" | "poetry" | "pdm" | "java" | "dotnet" | "ruby" | "php" | "cargo" | "npm" | "pnpm" | "yarn" => {
            local(name, args)
        }
        _ => Launch {
            runner: "binary".to_owned(),
            package: None,
            own_from: 0,
        },
    }
}

/// A program of this repository or machine; its own arguments follow the script or module.
fn local(runner: &str, args: &[String]) -> Launch {
    let script = args
        .iter()
        .position(|a| {
            [".py", ".js", ".mjs", ".cjs", ".ts", ".jar", ".dll"]
                .iter()
                .any(|e| a.ends_with(e))
        })
        .or_else(|| args.iter().position(|a| a == "-m").map(|i| i + 1));
    Launch {
        runner: runner.to_owned(),
        package: None,
        own_from: script.map_or(args.len(), |i| i + 1),
    }
}

fn wrapped(args: &[String], depth: usize) -> Launch {
    let start = args
        .iter()
        .position(|a| !a.starts_with(['/', '-']) && !a.contains('='))
        .unwrap_or(args.len());
    let (skipped, rest) = args.split_at_checked(start).unwrap_or((args, &[]));
    match rest.split_first() {
        Some((program, rest)) => {
            let mut inner = read(program, rest, depth + 1);
            inner.own_from += skipped.len() + 1;
            inner
        }
        None => Launch {
            runner: "binary".to_owned(),
            ..Launch::default()
        },
    }
}

/// `bash -c "npx …"`: the line inside is read as words; what shells make of quotes and variables is not.
fn shell(name: &str, args: &[String], depth: usize) -> Launch {
    let line = args
        .iter()
        .position(|a| matches!(a.as_str(), "-c" | "-lc" | "-Command" | "/c"))
        .and_then(|i| args.get(i + 1));
    let words: Vec<String> = line
        .map(|l| l.rsplit("&&").next().unwrap_or(l))
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    match words.split_first() {
        Some((program, rest)) => Launch {
            own_from: args.len(),
            ..read(program, rest, depth + 1)
        },
        None => Launch {
            own_from: args.len(),
            ..local(name, args)
        },
    }
}

fn npm(runner: &str, args: &[String], from: usize) -> Launch {
    let mut package = None;
    let mut at = from;
    while let Some(word) = args.get(at) {
        at += 1;
        if let Some(named) = word.strip_prefix("--package=") {
            package = npm_package(named);
        } else if matches!(word.as_str(), "-p" | "--package") {
            package = args.get(at).and_then(|n| npm_package(n));
            at += 1;
        } else if !word.starts_with('-') {
            package = package.or_else(|| npm_package(word));
            break;
        }
    }
    Launch {
        runner: runner.to_owned(),
        package,
        own_from: at,
    }
}

/// `@scope/name@1.2.3`; a path is no package, and a Git address is one of its own.
fn npm_package(word: &str) -> Option<Package> {
    if word.starts_with(['.', '/', '~', '$']) {
        return None;
    }
    if word.contains("://") || word.starts_with("github:") || (!word.starts_with('@') && word.contains('/')) {
        return Some(git(word));
    }
    let at = word.get(1..)?.find('@').map_or(word.len(), |i| i + 1);
    let (name, version) = word.split_at_checked(at)?;
    let version = version.trim_start_matches('@');
    Some(Package {
        ecosystem: "npm",
        name: name.to_owned(),
        version: (!version.is_empty()).then(|| version.to_owned()),
        pinned: is_exact(version),
    })
}

fn python_tool(runner: &str, args: &[String], from: usize) -> Launch {
    let mut package = None;
    let mut at = from;
    while let Some(word) = args.get(at) {
        at += 1;
        match word.as_str() {
            "--from" | "--spec" => {
                package = args.get(at).and_then(|n| python_package(n));
                at += 1;
            }
            "--with" | "--python" | "-p" | "--index-url" | "--index" | "--extra-index-url"
            | "--directory" => at += 1,
            w if w.starts_with("--from=") => package = w.strip_prefix("--from=").and_then(python_package),
            w if w.starts_with('-') => {}
            w => {
                package = package.or_else(|| python_package(w));
                break;
            }
        }
    }
    Launch {
        runner: runner.to_owned(),
        package,
        own_from: at,
    }
}

/// `name`, `name[extra]==1.2`, `name@1.2`, `git+https://…@ref`.
fn python_package(word: &str) -> Option<Package> {
    if word.starts_with("git+") || word.contains("://") {
        return Some(git(word));
    }
    if word.starts_with(['.', '/', '~', '$']) {
        return None;
    }
    let end = word
        .find(['=', '<', '>', '~', '!', '@', '['])
        .unwrap_or(word.len());
    let (name, rest) = word.split_at_checked(end)?;
    let rest = rest
        .strip_prefix('[')
        .and_then(|r| r.split_once(']'))
        .map_or(rest, |(_, r)| r);
    let exact = rest.strip_prefix("==").or_else(|| rest.strip_prefix('@'));
    Some(Package {
        ecosystem: "pypi",
        name: name.to_ascii_lowercase().replace(['_', '.'], "-"),
        version: exact
            .or_else(|| Some(rest).filter(|r| !r.is_empty()))
            .map(str::to_owned),
        pinned: exact.is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()) && !v.contains('*')),
    })
}

/// An address of code; one commit is the same content always.
fn git(word: &str) -> Package {
    let address = word.split(['#', '?']).next().unwrap_or(word);
    let (place, reference) = match address.rsplit_once('@') {
        Some((place, reference)) if place.contains("://") && !reference.contains('/') => {
            (place, Some(reference))
        }
        _ => (
            address,
            word.split_once('#').map(|(_, r)| r).filter(|r| !r.contains('=')),
        ),
    };
    // User information of an address is a credential.
    let name = match place.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |(_, r)| r)),
        None => place.to_owned(),
    };
    Package {
        ecosystem: "git",
        name,
        version: reference.map(str::to_owned),
        pinned: reference.is_some_and(|r| r.len() == 40 && r.bytes().all(|b| b.is_ascii_hexdigit())),
    }
}

/// `docker run [options] IMAGE …`.
fn container(runner: &str, args: &[String]) -> Launch {
    const VALUED: [&str; 24] = [
        "-e",
        "--env",
        "--env-file",
        "-v",
        "--volume",
        "--mount",
        "--name",
        "-p",
        "--publish",
        "--network",
        "--net",
        "-w",
        "--workdir",
        "--entrypoint",
        "-u",
        "--user",
        "-l",
        "--label",
        "--platform",
        "--add-host",
        "-m",
        "--memory",
        "--cpus",
        "--gpus",
    ];
    let mut at = args.iter().position(|a| a == "run").map_or(args.len(), |i| i + 1);
    while let Some(word) = args.get(at) {
        if !word.starts_with('-') {
            break;
        }
        at += if VALUED.contains(&word.as_str()) { 2 } else { 1 };
    }
    Launch {
        runner: runner.to_owned(),
        package: args.get(at).map(|image| image_package(image)),
        own_from: at + 1,
    }
}

fn image_package(word: &str) -> Package {
    let image = ImageReference::parse(word);
    Package {
        ecosystem: "docker",
        name: image.name(),
        pinned: image.digest.is_some(),
        // The digest names the content; a tag beside it says nothing more.
        version: image.digest.or(image.tag),
    }
}

/// `deno run -A npm:name@1.2`, `jsr:@scope/name`, or an address.
fn deno(args: &[String]) -> Launch {
    let at = args
        .iter()
        .position(|a| !a.starts_with('-') && a != "run")
        .unwrap_or(args.len());
    let package = args.get(at).and_then(|word| {
        word.strip_prefix("npm:")
            .or_else(|| word.strip_prefix("jsr:"))
            .and_then(npm_package)
            .or_else(|| word.contains("://").then(|| git(word)))
    });
    Launch {
        runner: "deno".to_owned(),
        package,
        own_from: at + 1,
    }
}

fn go(args: &[String]) -> Launch {
    let package = args.get(1).filter(|w| !w.starts_with('.')).map(|word| {
        let (name, version) = word
            .split_once('@')
            .map_or((word.as_str(), None), |(n, v)| (n, Some(v)));
        Package {
            ecosystem: "go",
            name: name.to_owned(),
            version: version.map(str::to_owned),
            pinned: version.is_some_and(|v| v.starts_with('v') && v.contains('.')),
        }
    });
    Launch {
        runner: "go".to_owned(),
        package,
        own_from: 2,
    }
}

/// Three numbers, as one published version has.
fn is_exact(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.trim_start_matches(['v', '=']).split('.').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_and_what_they_start() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        type Fetched = (&'static str, &'static str, Option<&'static str>, bool);
        let cases: &[(&str, &str, Option<Fetched>)] = &[
            (
                "npx -y @modelcontextprotocol/server-filesystem /",
                "npx",
                Some(("npm", "@modelcontextprotocol/server-filesystem", None, false)),
            ),
            (
                "npx @a/b@1.2.3",
                "npx",
                Some(("npm", "@a/b", Some("1.2.3"), true)),
            ),
            ("npx b@latest", "npx", Some(("npm", "b", Some("latest"), false))),
            ("npx b@^1.2.3", "npx", Some(("npm", "b", Some("^1.2.3"), false))),
            (
                "npx -y --package=b@1.2.3 cmd",
                "npx",
                Some(("npm", "b", Some("1.2.3"), true)),
            ),
            ("npx github:a/b", "npx", Some(("git", "github:a/b", None, false))),
            ("npx ./local", "npx", None),
            ("cmd /c npx -y b", "npx", Some(("npm", "b", None, false))),
            (
                "pnpm dlx b@1.0.0",
                "pnpm",
                Some(("npm", "b", Some("1.0.0"), true)),
            ),
            (
                "uvx mcp-server-git",
                "uvx",
                Some(("pypi", "mcp-server-git", None, false)),
            ),
            (
                "uvx mcp_server_git==2025.1.14",
                "uvx",
                Some(("pypi", "mcp-server-git", Some("2025.1.14"), true)),
            ),
            (
                "uvx mcp-server-git@latest",
                "uvx",
                Some(("pypi", "mcp-server-git", Some("latest"), false)),
            ),
            (
                "uvx --from git+https://github.com/a/b@main b",
                "uvx",
                Some(("git", "git+https://github.com/a/b", Some("main"), false)),
            ),
            (
                "uv tool run x==1.0",
                "uvx",
                Some(("pypi", "x", Some("1.0"), true)),
            ),
            ("uv --directory /srv run server.py", "uv", None),
            ("pipx run x", "pipx", Some(("pypi", "x", None, false))),
            (
                "docker run -i --rm -e TOKEN mcp/github",
                "docker",
                Some(("docker", "docker.io/mcp/github", None, false)),
            ),
            (
                "docker run -i ghcr.io/a/b:1@sha256:00 x",
                "docker",
                Some(("docker", "ghcr.io/a/b", Some("sha256:00"), true)),
            ),
            ("/usr/bin/python3 -m server", "python", None),
            ("node dist/index.js", "node", None),
            (
                "deno run -A npm:b@1.2.3",
                "deno",
                Some(("npm", "b", Some("1.2.3"), true)),
            ),
            (
                "go run github.com/a/b@v1.2.3",
                "go",
                Some(("go", "github.com/a/b", Some("v1.2.3"), true)),
            ),
            ("/opt/acme/server --port 1", "binary", None),
        ];
        for (line, runner, package) in cases {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let l = launch(&words[0], &words[1..]);
            assert_eq!(l.runner, *runner, "{line}");
            let p = l
                .package
                .as_ref()
                .map(|p| (p.ecosystem, p.name.as_str(), p.version.as_deref(), p.pinned));
            assert_eq!(p, *package, "{line}");
        }
        let args = ["-c".to_owned(), format!("npx -y github:a/b#{commit}")];
        let inner = launch("bash", &args);
        assert!(inner.package.is_some_and(|p| p.pinned));
    }
}
