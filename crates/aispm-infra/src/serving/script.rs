//! Start scripts of machines: which containers and programs they leave running.
//!
//! Lines of a shell script, of cloud-init's `runcmd` or of a systemd unit; nothing is expanded but line continuations.

use std::collections::BTreeMap;

use super::Container;
use crate::compose::{self, Published};

/// Text of a script that is looked at.
const MAX_TEXT: usize = 256 * 1024;
/// Programs of a script that are kept.
const MAX_PROGRAMS: usize = 200;

/// A program that a script starts.
pub(crate) struct Program {
    pub(crate) container: Container,
    /// How far its port is published, as the property of that name.
    pub(crate) published: &'static str,
}

/// Options of `docker run` that stand alone; all others take a value.
const ALONE: &[&str] = &[
    "--rm",
    "--detach",
    "--interactive",
    "--tty",
    "--privileged",
    "--init",
    "--read-only",
    "--publish-all",
    "--no-healthcheck",
    "--oom-kill-disable",
];

/// Engines that answer their own host only, unless told an address.
const LOCAL: &[&str] = &[
    "ollama",
    "llama.cpp",
    "jupyter",
    "mlflow",
    "ray",
    "chroma",
    "tensorboard",
    "comfyui",
];

/// What a script starts.
pub(crate) fn programs(script: &str) -> Vec<Program> {
    let end = (0..=script.len().min(MAX_TEXT))
        .rev()
        .find(|i| script.is_char_boundary(*i))
        .unwrap_or(0);
    let script = script.get(..end).unwrap_or_default().replace("\\\n", " ");
    let env = assignments(&script);
    let mut out = Vec::new();
    for line in script.lines() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        // The vendor's installer leaves the server running.
        if line.contains("ollama.com/install.sh") || line.contains("ollama.ai/install.sh") {
            out.push(process(vec![String::from("ollama"), String::from("serve")], &env));
        }
        for command in line.split([';', '|', '&']) {
            out.extend(program(command, &env));
        }
        if out.len() > MAX_PROGRAMS {
            break;
        }
    }
    out
}

/// `NAME=value` anywhere: exports, prefixes of commands, environments of units.
fn assignments(script: &str) -> BTreeMap<String, String> {
    script
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';'))
        .filter_map(|w| w.split_once('='))
        .filter(|(name, _)| {
            name.len() > 2
                && name
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .take(500)
        .collect()
}

fn program(command: &str, env: &BTreeMap<String, String>) -> Option<Program> {
    let command = command.trim().trim_start_matches("- ");
    let command = command.strip_prefix("ExecStart=").unwrap_or(command);
    let mut words: Vec<String> = command
        .split_whitespace()
        .map(|w| w.trim_matches(['"', '\'', ',', '[', ']']).to_owned())
        .filter(|w| !w.is_empty())
        .take(500)
        .collect();
    let skipped = words
        .iter()
        .take_while(|w| matches!(w.as_str(), "sudo" | "nohup" | "exec" | "setsid" | "-E") || is_assignment(w))
        .count();
    words.drain(..skipped);
    let first = words.first()?;
    let name = first.rsplit('/').next().unwrap_or(first);
    match (name, words.get(1).map(String::as_str)) {
        ("docker" | "podman" | "nerdctl" | "nvidia-docker", Some("run")) => {
            run(words.get(2..).unwrap_or_default())
        }
        _ => Some(process(words, env)),
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// A process of the machine itself.
fn process(words: Vec<String>, env: &BTreeMap<String, String>) -> Program {
    let container = Container {
        words,
        env: env.iter().map(|(k, v)| (k.clone(), Some(v.clone()))).collect(),
        ..Container::default()
    };
    let engine = container.engine().map(|e| e.name);
    let address = ["--host", "--ip", "--dashboard-host", "--listen", "--bind_all"]
        .iter()
        .find_map(|f| container.flag(f))
        .or_else(|| {
            env.get("OLLAMA_HOST")
                .filter(|_| engine == Some("ollama"))
                .map(String::as_str)
        });
    let near = match address {
        Some(a) => {
            let a = a.trim_start_matches("http://");
            a.starts_with("127.") || a.starts_with("localhost") || a.starts_with("[::1]")
        }
        None => engine.is_some_and(|e| LOCAL.contains(&e)),
    };
    Program {
        published: if near { "loopback" } else { "network" },
        container,
    }
}

/// `docker run OPTIONS IMAGE COMMAND`.
fn run(words: &[String]) -> Option<Program> {
    let mut container = Container::default();
    let mut ports: Vec<Published> = Vec::new();
    let mut host_network = false;
    let mut rest = words.iter();
    let image = loop {
        let word = rest.next()?;
        if !word.starts_with('-') {
            break word;
        }
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None if ALONE.contains(&word.as_str()) || is_switches(word) => (word.as_str(), None),
            None if !word.starts_with("--") && word.len() > 2 => {
                (word.get(..2).unwrap_or(word), word.get(2..).map(str::to_owned))
            }
            None => (word.as_str(), rest.next().cloned()),
        };
        match (option, value) {
            ("-p" | "--publish", Some(v)) => ports.extend(compose::published_text(&v)),
            ("--network" | "--net", Some(v)) => host_network = v == "host",
            ("-e" | "--env", Some(v)) => {
                let (name, value) = match v.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                    None => (v, None),
                };
                container.env.insert(name, value);
            }
            _ => {}
        }
    };
    container.image = Some(image.clone());
    container.words = rest.cloned().collect();
    container.ports = ports.iter().filter_map(|p| p.host.parse().ok()).collect();
    Some(Program {
        published: compose::reach(&ports, host_network),
        container,
    })
}

/// `-d`, `-it`: letters that take no value.
fn is_switches(word: &str) -> bool {
    word.strip_prefix('-')
        .is_some_and(|w| !w.is_empty() && w.bytes().all(|b| matches!(b, b'd' | b'i' | b't' | b'P')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scripts_leave_running() {
        for (script, engine, published, port) in [
            (
                "docker run -d -p 11434:11434 ollama/ollama:latest",
                Some("ollama"),
                "network",
                Some(11434),
            ),
            (
                "sudo docker run -d --gpus all -p 127.0.0.1:8000:8000 vllm/vllm-openai --model a/b",
                Some("vllm"),
                "loopback",
                Some(8000),
            ),
            (
                "docker run --rm --gpus=all -it \\\n  --network host vllm/vllm-openai",
                Some("vllm"),
                "network",
                None,
            ),
            ("docker run -d ollama/ollama", Some("ollama"), "project", None),
            (
                "curl -fsSL https://ollama.com/install.sh | sh",
                Some("ollama"),
                "loopback",
                None,
            ),
            (
                "export OLLAMA_HOST=0.0.0.0\ncurl -fsSL https://ollama.com/install.sh | sh",
                Some("ollama"),
                "network",
                None,
            ),
            (
                "Environment=\"OLLAMA_HOST=0.0.0.0:11434\"\nExecStart=/usr/local/bin/ollama serve",
                Some("ollama"),
                "network",
                None,
            ),
            (
                "#!/bin/bash\nnohup python3 -m vllm.entrypoints.openai.api_server --model a/b &",
                Some("vllm"),
                "network",
                None,
            ),
            (
                "runcmd:\n  - vllm serve a/b --host 127.0.0.1",
                Some("vllm"),
                "loopback",
                None,
            ),
            (
                "pip install vllm ollama\ndocker pull ollama/ollama",
                None,
                "",
                None,
            ),
            ("# ollama serve", None, "", None),
            ("docker run -d -p 80:80 nginx", None, "", None),
        ] {
            let programs = programs(script);
            let found = programs.iter().find(|p| p.container.engine().is_some());
            assert_eq!(
                found.and_then(|p| p.container.engine()).map(|e| e.name),
                engine,
                "{script}"
            );
            if let Some(found) = found {
                assert_eq!(
                    (found.published, found.container.ports.first().copied()),
                    (published, port),
                    "{script}"
                );
            }
        }
    }
}
