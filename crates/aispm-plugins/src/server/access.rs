//! Which directories a server is given.

/// Directories among a server's own arguments, and what a container mounts; sorted, each once.
pub(crate) fn directories(runner: &str, args: &[String], own_from: usize) -> Vec<String> {
    let mut out: Vec<String> = args
        .iter()
        .skip(own_from)
        .map(|a| a.split_once('=').map_or(a.as_str(), |(_, v)| v))
        .filter(|a| is_directory(a))
        .map(str::to_owned)
        .collect();
    if matches!(runner, "docker" | "podman" | "nerdctl") {
        out = mounts(args); // paths after the image are the container's own
    }
    if runner == "deno" {
        for a in args {
            match a.as_str() {
                "-A" | "--allow-all" | "--allow-read" | "--allow-write" | "-R" | "-W" => {
                    out.push("/".to_owned())
                }
                a => out.extend(
                    a.strip_prefix("--allow-read=")
                        .or_else(|| a.strip_prefix("--allow-write="))
                        .into_iter()
                        .flat_map(|v| v.split(',').map(str::to_owned)),
                ),
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

/// Host sides of `-v host:inside`, `--volume=…` and `--mount type=bind,src=host,…`.
fn mounts(args: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for (i, a) in args.iter().enumerate() {
        let next = || args.get(i + 1).map(String::as_str);
        let volume = match a.as_str() {
            "-v" | "--volume" => next(),
            a => a.strip_prefix("--volume=").or_else(|| a.strip_prefix("-v=")),
        };
        let mount = match a.as_str() {
            "--mount" => next(),
            a => a.strip_prefix("--mount="),
        };
        let from_volume = volume.and_then(host_side);
        let from_mount = mount.and_then(|m| {
            m.split(',')
                .find_map(|p| p.strip_prefix("src=").or_else(|| p.strip_prefix("source=")))
        });
        out.extend(
            from_volume
                .or(from_mount)
                .filter(|p| p.starts_with(['/', '~', '$', '.']) || p.contains(":\\"))
                .map(str::to_owned),
        );
    }
    out
}

fn host_side(volume: &str) -> Option<&str> {
    // A Windows drive's colon is part of the path.
    let drive = if volume.get(1..3) == Some(":\\") { 2 } else { 0 };
    let end = volume.get(drive..)?.find(':')? + drive;
    volume.get(..end)
}

/// A path that names no file: absolute or from a home or workspace, its last part without an extension.
fn is_directory(a: &str) -> bool {
    let rooted = a.starts_with('/')
        || a.starts_with("~/")
        || a == "~"
        || a == "."
        || [
            "$HOME",
            "${HOME}",
            "${userHome}",
            "${workspaceFolder}",
            "${workspaceRoot}",
            "%USERPROFILE%",
        ]
        .iter()
        .any(|p| a.starts_with(p))
        || (a.get(1..3) == Some(":\\") || a.get(1..3) == Some(":/"));
    let last = a
        .trim_end_matches(['/', '\\'])
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default();
    rooted && !a.contains("://") && (!last.trim_start_matches('.').contains('.') || a.ends_with('/'))
}

/// A home, a root, or a place that is as good as the whole disk.
pub(crate) fn is_broad(path: &str) -> bool {
    let path = path.trim_end_matches(['/', '\\']);
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [] => true,
        ["~" | "$HOME" | "${HOME}" | "${userHome}" | "%USERPROFILE%" | "${env:HOME}"] => true,
        ["home" | "Users" | "root" | "etc" | "var" | "mnt" | "Volumes" | "proc" | "sys" | "opt" | "usr"] => {
            true
        }
        ["home" | "Users" | "Volumes", _] => true,
        [drive] if drive.len() == 2 && drive.ends_with(':') => true,
        [drive, "Users"] | [drive, "Users", _] if drive.ends_with(':') => true,
        [.., "docker.sock"] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_told_from_files_and_broad_from_narrow() {
        let read = |runner: &str, line: &str, from| {
            let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
            directories(runner, &args, from)
        };
        assert_eq!(
            read("npx", "-y fs /Users/me/work ~/Desktop /a/b.json", 2),
            ["/Users/me/work", "~/Desktop"]
        );
        assert_eq!(
            read(
                "docker",
                "run -v /home/me:/data:ro --mount type=bind,src=/srv/x,dst=/x fs /data",
                5
            ),
            ["/home/me", "/srv/x"]
        );
        assert_eq!(
            read("deno", "run --allow-read=/srv,/etc npm:x", 3),
            ["/etc", "/srv"]
        );
        assert_eq!(
            read("uv", "--directory /srv/app run server.py", 4),
            Vec::<String>::new()
        );
        for (path, broad) in [
            ("/", true),
            ("~", true),
            ("~/", true),
            ("/Users/me", true),
            ("/home/me/", true),
            ("C:\\", true),
            ("C:\\Users\\me", true),
            ("${HOME}", true),
            ("/var/run/docker.sock", true),
            ("/etc", true),
            ("/Users/me/projects", false),
            ("~/Desktop", false),
            ("${workspaceFolder}", false),
            ("/srv/data", false),
            (".", false),
        ] {
            assert_eq!(is_broad(path), broad, "{path}");
        }
    }
}
