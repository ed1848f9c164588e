//! Running AI software, and the ports it listens on, from `/proc`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::OnceLock;

use aispm_collect::read_bounded;
use aispm_types::{Asset, AssetKind, Gap, Value};

use super::Machine;
use crate::catalogue::{document, items, text, texts};

/// Processes that are looked at.
const PROCESSES: usize = 100_000;
/// Bytes of a command line.
const COMMAND: u64 = 256 << 10;
/// Bytes of the table of sockets.
const SOCKETS: u64 = 64 << 20;

/// A kind of AI software that runs.
#[derive(Debug)]
pub(crate) struct Program {
    engine: String,
    title: String,
    names: Vec<String>,
    with: Option<String>,
    open: bool,
    agent: bool,
}

fn programs() -> &'static [Program] {
    static PROGRAMS: OnceLock<Vec<Program>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let doc = document("host.yaml"); // a test reads it
        let nodes = doc.as_ref().map_or(&[][..], |d| items(d, "processes"));
        nodes
            .iter()
            .map(|n| Program {
                engine: text(n, "engine"),
                title: text(n, "title"),
                names: texts(n, "program"),
                with: Some(text(n, "with")).filter(|w| !w.is_empty()),
                open: text(n, "auth") == "none",
                agent: text(n, "agent") == "true",
            })
            .collect()
    })
}

/// The AI software a command line runs.
pub(crate) fn program(arguments: &[String]) -> Option<&'static Program> {
    let base = |t: &str| t.rsplit('/').next().unwrap_or(t).to_owned();
    let first = base(arguments.first()?);
    let mut names = vec![first.clone()];
    let interpreter = [
        "python", "pypy", "node", "bun", "deno", "uv", "uvx", "npx", "sh", "bash",
    ]
    .iter()
    .any(|i| {
        first
            .strip_prefix(i)
            .is_some_and(|v| v.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    });
    if interpreter {
        let rest = arguments.get(1..).unwrap_or(&[]);
        if let Some(at) = rest.iter().position(|a| a == "-m").filter(|at| *at < 4) {
            // `python -m jupyterlab` and `python -m vllm.entrypoints.openai.api_server`.
            names.extend(rest.get(at + 1).cloned());
            names.extend(applications(rest));
        } else if let Some(script) = rest.iter().find(|a| !a.starts_with('-')) {
            names.push(base(script));
            names.extend(applications(rest));
        }
    }
    programs().iter().find(|p| {
        let named = names.iter().any(|n| p.names.iter().any(|m| m == n));
        named && p.with.as_ref().is_none_or(|w| arguments.iter().any(|a| a == w))
    })
}

/// What ASGI and WSGI servers are told to run: `uvicorn mlflow.server.fastapi_app:app`.
fn applications(arguments: &[String]) -> impl Iterator<Item = String> {
    let is_one = |a: &&String| a.contains(".server.") && a.contains(":app");
    arguments.iter().filter(is_one).cloned()
}

/// A socket that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listener {
    pub(crate) ip: IpAddr,
    pub(crate) port: u16,
    pub(crate) inode: u64,
}

/// Sockets in state LISTEN of `/proc/net/tcp` or `tcp6`.
pub(crate) fn listeners(table: &str) -> Vec<Listener> {
    table.lines().skip(1).filter_map(listener).collect()
}

fn listener(line: &str) -> Option<Listener> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let local = words.next()?;
    let _remote = words.next()?;
    if words.next()? != "0A" {
        return None;
    }
    let inode = words.nth(5)?.parse().ok()?;
    let (address, port) = local.split_once(':')?;
    // Words of four bytes, each printed as a number in the machine's own order.
    let word = |at: usize| {
        let number = u32::from_str_radix(address.get(at * 8..at * 8 + 8)?, 16).ok()?;
        Some(number.to_ne_bytes())
    };
    let ip = if address.len() == 8 {
        IpAddr::V4(Ipv4Addr::from(word(0)?))
    } else {
        let mut all = [0u8; 16];
        for (n, chunk) in all.chunks_mut(4).enumerate() {
            chunk.copy_from_slice(&word(n)?);
        }
        let six = Ipv6Addr::from(all);
        six.to_ipv4_mapped().map_or(IpAddr::V6(six), IpAddr::V4)
    };
    Some(Listener {
        ip,
        port: u16::from_str_radix(port, 16).ok()?,
        inode,
    })
}

/// What runs of one engine.
#[derive(Default)]
struct Running {
    processes: u64,
    listens: BTreeSet<(IpAddr, u16)>,
    ports_unknown: bool,
}

impl Machine<'_> {
    /// Processes of AI software with their ports.
    pub(crate) fn processes(&mut self) {
        let proc = self.root.join("proc");
        let numbers: Vec<_> = self
            .list(&proc, PROCESSES)
            .into_iter()
            .filter(|p| {
                p.file_name()
                    .is_some_and(|n| n.as_encoded_bytes().iter().all(u8::is_ascii_digit))
            })
            .collect();
        if numbers.is_empty() {
            self.gaps
                .push(Gap::new("proc", "no process is shown: what runs is not known"));
            return;
        }
        self.read += 1;
        if !numbers.iter().any(|p| p.ends_with("1")) {
            let reason = "processes of other users are hidden (hidepid); run as root";
            self.gaps.push(Gap::new("proc", reason));
        }
        let sockets = self.sockets(&proc);
        let mut running: BTreeMap<&str, (&'static Program, Running)> = BTreeMap::new();
        for dir in &numbers {
            let Ok(bytes) = read_bounded(&dir.join("cmdline"), COMMAND) else {
                continue; // it ended meanwhile
            };
            let arguments: Vec<String> = bytes
                .split(|b| *b == 0)
                .map(|a| String::from_utf8_lossy(a).into_owned())
                .filter(|a| !a.is_empty())
                .collect();
            let Some(program) = program(&arguments) else {
                continue;
            };
            let entry = running
                .entry(&program.engine)
                .or_insert_with(|| (program, Running::default()));
            entry.1.processes += 1;
            match (&sockets, inodes(dir)) {
                (Some(sockets), Some(inodes)) => {
                    let own = inodes.iter().filter_map(|i| sockets.get(i));
                    entry.1.listens.extend(own.map(|l| (l.ip, l.port)));
                }
                _ => entry.1.ports_unknown = true,
            }
        }
        for (program, running) in running.into_values() {
            self.emit_process(program, &running, &proc);
        }
    }

    fn sockets(&mut self, proc: &Path) -> Option<BTreeMap<u64, Listener>> {
        let mut out = BTreeMap::new();
        let mut any = false;
        for name in ["net/tcp", "net/tcp6"] {
            let path = proc.join(name);
            match read_bounded(&path, SOCKETS) {
                Ok(bytes) => {
                    any = true;
                    let table = String::from_utf8_lossy(&bytes).into_owned();
                    out.extend(listeners(&table).into_iter().map(|l| (l.inode, l)));
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {} // no IPv6
                Err(e) => self.gap(&path, &e),
            }
        }
        any.then_some(out)
    }

    fn emit_process(&mut self, program: &'static Program, running: &Running, proc: &Path) {
        let ports: BTreeSet<u16> = running.listens.iter().map(|(_, p)| *p).collect();
        let id = format!("host/{}/{}", self.name, program.engine);
        if program.agent {
            let asset = Asset::new(
                AssetKind::Agent,
                &id,
                format!("{} on {}", program.title, self.name),
            )
            .at(self.at(proc))
            .with("source", "host")
            .with("framework", program.engine.as_str());
            self.found(asset);
            return;
        }
        let unknown = || Value::unknown("its sockets belong to another user; scan as root");
        let wide = running.listens.iter().any(|(ip, _)| ip.is_unspecified());
        let only_loopback = running.listens.iter().all(|(ip, _)| ip.is_loopback());
        let (exposed, published, binds): (Value, Value, Value) = if running.ports_unknown {
            (unknown(), unknown(), unknown())
        } else {
            let list: Vec<String> = ports.iter().map(u16::to_string).collect();
            let reach = if only_loopback { "loopback" } else { "network" };
            (list.into(), reach.into(), wide.into())
        };
        let authenticated = if program.open {
            Value::Bool(false)
        } else {
            Value::unknown("a process does not show it; scan its port with `net:`")
        };
        let asset = Asset::new(
            AssetKind::Workload,
            &id,
            format!("{} on {}", program.title, self.name),
        )
        .at(self.at(proc))
        .with("source", "host")
        .with("kind", "process")
        .with("engine", program.engine.as_str())
        .with("ai", true)
        .with("exposed_ports", exposed)
        .with("published", published)
        .with("binds_all_interfaces", binds)
        .with("authenticated", authenticated);
        self.found(asset);
        if running.ports_unknown {
            let reason = format!(
                "the sockets of {} could not be read: its ports are not known; scan as root",
                program.title
            );
            self.gaps.push(Gap::new("proc", reason));
        }
    }
}

/// Sockets a process holds; none where they may not be read.
fn inodes(dir: &Path) -> Option<Vec<u64>> {
    let entries = std::fs::read_dir(dir.join("fd")).ok()?;
    let inode = |link: std::path::PathBuf| {
        let text = link
            .to_str()?
            .strip_prefix("socket:[")?
            .strip_suffix(']')?
            .to_owned();
        text.parse().ok()
    };
    Some(
        entries
            .flatten()
            .take(PROCESSES)
            .filter_map(|e| inode(std::fs::read_link(e.path()).ok()?))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_tell_ai_software() {
        for (line, engine) in [
            ("/usr/local/bin/ollama serve", Some("ollama")),
            ("ollama list", None),
            (
                "python3.12 -m vllm.entrypoints.openai.api_server --model x",
                Some("vllm"),
            ),
            ("/v/bin/python3 /v/bin/jupyter-lab --port 1", Some("jupyter")),
            ("python -m jupyterlab", Some("jupyter")),
            (
                "python /v/bin/uvicorn mlflow.server.fastapi_app:app",
                Some("mlflow"),
            ),
            (
                "python3 -m uvicorn --port 1 mlflow.server.fastapi_app:app",
                Some("mlflow"),
            ),
            ("node /usr/bin/claude", Some("claude")),
            ("python train.py", None),
            ("vi vllm", None),
            ("grep -r ollama serve", None),
            ("node server.js", None),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(program(&words).map(|p| p.engine.as_str()), engine, "{line}");
        }
        assert!(program(&[]).is_none());
    }

    #[test]
    fn tables_of_sockets_are_read_and_only_listeners_count() {
        let table = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0
   1: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4243 1 0
   2: 0100007F:2CAA 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4244 1 0
   3: 00000000000000000000000001000000:1F41 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4245 1 0
   4: nonsense
";
        let seen: Vec<_> = listeners(table)
            .into_iter()
            .map(|l| format!("{}:{} {}", l.ip, l.port, l.inode))
            .collect();
        assert_eq!(
            seen,
            ["127.0.0.1:11434 4242", "0.0.0.0:8000 4243", "::1:8001 4245"]
        );
    }
}
