//! `aispm serve` as it is run: a process that listens on loopback, and scans in a process of their own.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests run our own program and read what it answers and writes"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::support::{aispm, run, write};

struct Server {
    child: Child,
    port: u16,
    headers: String,
}

impl Server {
    fn start(directory: &Path, more: &[&str]) -> Self {
        let mut child = aispm(directory)
            .args(["serve", "--listen", "127.0.0.1:0", "--new-secret"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = said.next().unwrap().unwrap();
        let login = said.next().unwrap().unwrap();
        let port = url
            .trim_end_matches('/')
            .rsplit(':')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let mut server = Self {
            child,
            port,
            headers: String::new(),
        };
        let password = login.rsplit(' ').next().unwrap();
        let body = json!({"name": "admin", "password": password});
        let (status, head, session) = server.ask("POST", "/api/v1/login", Some(&body));
        assert_eq!(status, 200, "{session}");
        let cookie = head.lines().find_map(|l| l.strip_prefix("set-cookie: ")).unwrap();
        server.headers = format!(
            "Cookie: {}\r\nX-CSRF-Token: {}\r\n",
            cookie.split(';').next().unwrap(),
            session["csrf"].as_str().unwrap()
        );
        server
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, String, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{}\r\n{body}",
            self.port,
            body.len(),
            self.headers
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (
            status,
            head.to_owned(),
            serde_json::from_str(body).unwrap_or(Value::Null),
        )
    }

    fn get(&self, path: &str) -> Value {
        let (status, _, value) = self.ask("GET", path, None);
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// Asks until a job has ended; each answer takes its time, so this turns only as fast as the server.
    fn ended(&self, job: &str) -> Value {
        loop {
            let row = self.get(&format!("/api/v1/jobs/{job}"));
            if row["state"] != "queued" && row["state"] != "running" {
                return row;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

/// A little estate with one finding that rests on one file.
const UNSAFE: &str = "import subprocess\nfrom openai import OpenAI\nclient = OpenAI()\n\
    answer = client.responses.create(model='gpt-4o', input='list files').output_text\n\
    subprocess.run(answer, shell=True)\n";

#[test]
fn a_target_is_watched_verified_and_written_down() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "estate/app.py", UNSAFE);
    let server = Server::start(home.path(), &["--target", "estate"]);
    let jobs = server.get("/api/v1/jobs");
    let first = server.ended(jobs["items"][0]["id"].as_str().unwrap());
    assert_eq!(first["state"], "done", "{first}");
    let findings = server.get("/api/v1/findings?rule=model-output-to-shell");
    let finding = findings["items"][0]["id"].as_str().unwrap().to_owned();
    let verify = |server: &Server| {
        let (status, _, answer) = server.ask("POST", &format!("/api/v1/findings/{finding}/verify"), None);
        assert_eq!(status, 200, "{answer}");
        answer["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verify(&server), "still_there");
    write(
        home.path(),
        "estate/app.py",
        "from openai import OpenAI\nclient = OpenAI()\n",
    );
    assert_eq!(verify(&server), "gone");

    let (status, _, job) = server.ask("POST", "/api/v1/jobs", Some(&json!({})));
    assert_eq!(status, 202, "{job}");
    let done = server.ended(job["id"].as_str().unwrap());
    assert_eq!(done["state"], "done", "{done}");
    let drift = server.get("/api/v1/drift");
    let gone = |kind: &str| {
        drift[kind]
            .as_array()
            .unwrap()
            .iter()
            .any(|f| f["id"] == *finding)
    };
    assert!(gone("fixed_findings") || gone("gone_findings"), "{drift}");
    std::fs::remove_dir_all(home.path().join("estate")).unwrap();
    let (_, _, job) = server.ask("POST", "/api/v1/jobs", Some(&json!({})));
    let failed = server.ended(job["id"].as_str().unwrap());
    assert_eq!(failed["state"], "failed", "{failed}");
    assert!(
        failed["message"].as_str().unwrap().contains("no such file"),
        "{failed}"
    );

    let out = run(aispm(home.path()).args(["audit", "verify"]));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success() && text.contains("unchanged since they were written"),
        "{text}"
    );
    let log = home.path().join(".local/share/aispm/audit.log");
    let entries = std::fs::read_to_string(&log).unwrap();
    assert!(
        entries.contains("\"create_target\"") && entries.contains("\"create_job\""),
        "{entries}"
    );
    std::fs::write(&log, entries.replace("user:admin", "user:nobody")).unwrap();
    let out = run(aispm(home.path()).args(["audit", "verify"]));
    assert_eq!(out.status.code(), Some(1), "a changed log is told");
    let (status, _, _) = server.ask("POST", "/api/v1/jobs", Some(&json!({})));
    assert_eq!(status, 503, "nothing is changed any more");
}

#[test]
fn a_scan_that_runs_is_stopped_and_keeps_nothing() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("estate");
    // Enough code that it still runs when it is stopped.
    std::fs::create_dir_all(&estate).unwrap();
    let code: String = (0..400)
        .map(|n| format!("from openai import OpenAI\ndef f{n}(x):\n    return OpenAI().responses.create(model='gpt-4o', input=x)\n"))
        .collect();
    for n in 0..200 {
        std::fs::write(estate.join(format!("m{n}.py")), &code).unwrap();
    }
    let server = Server::start(home.path(), &["--target", "estate"]);
    let job = server.get("/api/v1/jobs")["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (status, _, row) = server.ask("POST", &format!("/api/v1/jobs/{job}/cancel"), Some(&json!({})));
    assert_eq!((status, &row["state"]), (200, &json!("cancelled")), "{row}");
    let (status, _, _) = server.ask("POST", &format!("/api/v1/jobs/{job}/cancel"), Some(&json!({})));
    assert_eq!(status, 200, "once more is the same");
    assert_eq!(server.get("/api/v1/scans")["total"], 0);
    // The next job has its turn, so the first one's process has ended or will keep nothing.
    std::fs::remove_dir_all(&estate).unwrap();
    std::fs::create_dir_all(&estate).unwrap();
    let (_, _, next) = server.ask("POST", "/api/v1/jobs", Some(&json!({})));
    assert_eq!(server.ended(next["id"].as_str().unwrap())["state"], "done");
    assert_eq!(server.get("/api/v1/scans")["total"], 1);
    assert_eq!(server.get(&format!("/api/v1/jobs/{job}"))["state"], "cancelled");
}

#[test]
fn beyond_this_machine_needs_tls_or_a_word() {
    let home = tempfile::tempdir().unwrap();
    let out = run(aispm(home.path()).args(["serve", "--listen", "0.0.0.0:0"]));
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        said.contains("--tls-cert") && said.contains("--plain-http"),
        "{said}"
    );
    let out = run(aispm(home.path()).args(["serve", "--listen", "127.0.0.1:0", "--target", "no/such/place"]));
    assert_eq!(
        out.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[test]
fn new_findings_are_sent_signed_to_a_webhook() {
    let home = tempfile::tempdir().unwrap();
    write(
        home.path(),
        "estate/app.py",
        "from openai import OpenAI\nclient = OpenAI()\n",
    );
    let server = Server::start(home.path(), &["--target", "estate", "--loopback-webhooks"]);
    let first = server.get("/api/v1/jobs")["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(server.ended(&first)["state"], "done");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let hook = json!({"name": "soc", "url": format!("http://127.0.0.1:{port}/hook"), "format": "json"});
    let (status, _, hook) = server.ask("POST", "/api/v1/webhooks", Some(&hook));
    assert_eq!(status, 201, "{hook}");
    assert!(hook["secret"].as_str().unwrap().len() > 40, "shown once");
    write(home.path(), "estate/app.py", UNSAFE);
    let (_, _, job) = server.ask("POST", "/api/v1/jobs", Some(&json!({})));
    let scan = server.ended(job["id"].as_str().unwrap())["scan"].clone();
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(request.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let length = head
        .lines()
        .find_map(|l| l.strip_prefix("content-length: "))
        .unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    request.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /hook HTTP/1.1") && head.contains("x-aispm-signature: t="),
        "{head}"
    );
    let news: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&news["type"], &news["scan"]), (&json!("findings.new"), &scan));
    let rules: Vec<&Value> = news["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["rule"])
        .collect();
    assert!(rules.contains(&&json!("model-output-to-shell")), "{news}");
    let listed = server.get("/api/v1/webhooks").to_string();
    assert!(
        !listed.contains(hook["secret"].as_str().unwrap()) && !listed.contains("/hook"),
        "{listed}"
    );
}
