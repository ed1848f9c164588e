//! Services and decoys on loopback, as they answer.

use std::io::{Read, Write};
use std::net::TcpListener;

use aispm_collect::Budgets;
use aispm_types::schema::batch_departures;

use super::*;

struct Quiet;
impl Progress for Quiet {
    fn file_read(&self, _: &str) {}
}

fn context(offline: bool) -> CollectContext {
    CollectContext {
        target: String::from("net:x"),
        budgets: Budgets::default(),
        offline,
        as_of: jiff::civil::date(2026, 11, 27),
        fingerprint_key: b"k".to_vec(),
        directories: Vec::new(),
    }
}

/// One answer: path, status line and headers, body.
type Route = (&'static str, &'static str, &'static str);
const JSON: &str = "200 OK\r\ncontent-type: application/json";
const HTML: &str = "200 OK\r\ncontent-type: text/html";
const TEXT: &str = "200 OK\r\ncontent-type: text/plain";
const OFF: &str = "401 Unauthorized\r\nwww-authenticate: Bearer";

/// Name, what is expected (`version auth`), answers. `*` answers every path.
type Fake = (&'static str, &'static str, &'static [Route]);

const SERVICES: &[Fake] = &[
    (
        "ollama",
        "0.5.7 open",
        &[
            ("/", TEXT, "Ollama is running"),
            ("/api/version", JSON, r#"{"version":"0.5.7"}"#),
            ("/api/tags", JSON, r#"{"models":[]}"#),
        ],
    ),
    (
        "vllm",
        "0.8.1 required",
        &[
            ("/", "404 Not Found", r#"{"detail":"Not Found"}"#),
            ("/version", JSON, r#"{"version":"0.8.1"}"#),
            ("/metrics", TEXT, "# TYPE vllm:num_requests_running gauge\n"),
            ("/v1/models", OFF, r#"{"error":"Unauthorized"}"#),
        ],
    ),
    (
        "sglang",
        "0.4.3 open",
        &[
            (
                "/server_info",
                JSON,
                r#"{"radix_eviction_policy":"lru","version":"0.4.3"}"#,
            ),
            ("/model_info", JSON, r#"{"model_path":"m"}"#),
            ("/v1/models", JSON, r#"{"data":[]}"#),
        ],
    ),
    (
        "tgi",
        "3.0.1 open",
        &[
            (
                "/info",
                JSON,
                r#"{"model_id":"m","model_pipeline_tag":"text-generation","version":"3.0.1"}"#,
            ),
            ("/metrics", TEXT, "tgi_queue_size 0\n"),
        ],
    ),
    (
        "triton",
        "2.45.0 open",
        &[
            ("/", "400 Bad Request", ""),
            (
                "/v2",
                JSON,
                r#"{"name":"triton","version":"2.45.0","extensions":["classification"]}"#,
            ),
            ("/v2/health/ready", "200 OK\r\ncontent-type: text/plain", ""),
        ],
    ),
    (
        "nim",
        "? open",
        &[
            ("/v1/metadata", JSON, r#"{"modelInfo":[],"assetInfo":[]}"#),
            ("/v1/health/ready", JSON, r#"{"message":"Service is ready."}"#),
            ("/v1/models", JSON, r#"{"data":[]}"#),
        ],
    ),
    (
        "llama.cpp",
        "b4500-abc open",
        &[
            (
                "/v1/models",
                JSON,
                r#"{"data":[{"id":"m","owned_by":"llamacpp"}]}"#,
            ),
            ("/health", JSON, r#"{"status":"ok"}"#),
            (
                "/props",
                JSON,
                r#"{"build_info":"b4500-abc","default_generation_settings":{}}"#,
            ),
        ],
    ),
    (
        "lmstudio",
        "? open",
        &[
            ("/lmstudio-greeting", JSON, r#"{"lmstudio":true}"#),
            ("/v1/models", JSON, r#"{"data":[]}"#),
        ],
    ),
    (
        "localai",
        "v2.26 required",
        &[
            ("/metrics", TEXT, "localai_api_call_count 1\n"),
            ("/version", JSON, r#"{"version":"v2.26"}"#),
            ("/v1/models", OFF, "{}"),
        ],
    ),
    (
        "litellm",
        "1.55.0 required",
        &[
            ("/", HTML, "<title>LiteLLM API - Swagger UI</title>"),
            ("/health/liveliness", JSON, r#""I'm alive!""#),
            ("/openapi.json", JSON, r#"{"info":{"version":"1.55.0"}}"#),
            ("/v1/models", OFF, "{}"),
        ],
    ),
    (
        "ray",
        "2.40.0 open",
        &[
            ("/", HTML, "<title>Ray Dashboard</title>"),
            ("/api/version", JSON, r#"{"version":"4","ray_version":"2.40.0"}"#),
            ("/api/gcs_healthz", TEXT, "success"),
        ],
    ),
    (
        "mlflow",
        "3.1.0 open",
        &[
            ("/", HTML, "<html><head><title>MLflow</title>"),
            ("/health", TEXT, "OK"),
            ("/version", TEXT, "3.1.0"),
            (
                "/api/2.0/mlflow/experiments/get?experiment_id=0",
                JSON,
                r#"{"experiment":{}}"#,
            ),
        ],
    ),
    (
        "jupyter",
        "2.15.0 required",
        &[
            ("/", "302 Found\r\nlocation: /lab?", ""),
            (
                "/api",
                "200 OK\r\ncontent-type: application/json\r\nserver: TornadoServer/6.4",
                r#"{"version":"2.15.0"}"#,
            ),
            (
                "/login?next=%2Flab",
                HTML,
                "<title>Jupyter Server</title> jupyter",
            ),
            ("/api/contents", "403 Forbidden", "{}"),
        ],
    ),
    (
        "gradio",
        "5.9.1 open",
        &[
            ("/", HTML, "<script>window.gradio_config = {}</script>"),
            ("/gradio_api/startup-events", JSON, "true"),
            ("/config", JSON, r#"{"version":"5.9.1"}"#),
        ],
    ),
    (
        "streamlit",
        "? open",
        &[
            ("/", HTML, "<title>Streamlit</title>"),
            ("/_stcore/health", TEXT, "ok"),
            ("/_stcore/host-config", JSON, r#"{"allowedOrigins":[]}"#),
        ],
    ),
    (
        "tensorboard",
        "2.18.0 open",
        &[
            ("/", HTML, "<title>TensorBoard</title>"),
            ("/data/environment", JSON, r#"{"version":"2.18.0"}"#),
            ("/data/runs", JSON, "[]"),
        ],
    ),
    (
        "bentoml",
        "? open",
        &[
            ("/", HTML, "<title>BentoML Prediction Service</title>"),
            ("/metrics", TEXT, "bentoml_service_request_total 0"),
            ("/docs.json", JSON, r#"{"paths":{}}"#),
        ],
    ),
    (
        "comfyui",
        "0.3.10 open",
        &[
            ("/", HTML, "<title>ComfyUI</title>"),
            (
                "/system_stats",
                JSON,
                r#"{"system":{"comfyui_version":"0.3.10"}}"#,
            ),
            ("/queue", JSON, r#"{"queue_running":[]}"#),
        ],
    ),
    (
        "chroma",
        "1.0.0 open",
        &[
            ("/api/v2/heartbeat", JSON, r#"{"nanosecond heartbeat":1}"#),
            ("/api/v2/version", JSON, r#""1.0.0""#),
            (
                "/api/v2/tenants/default_tenant/databases/default_database/collections",
                JSON,
                "[]",
            ),
        ],
    ),
    (
        "qdrant",
        "1.12.4 required",
        &[
            (
                "/",
                JSON,
                r#"{"title":"qdrant - vector search engine","version":"1.12.4"}"#,
            ),
            ("/healthz", TEXT, "healthz check passed"),
            ("/collections", OFF, ""),
        ],
    ),
    (
        "weaviate",
        "1.28.0 open",
        &[
            ("/v1/meta", JSON, r#"{"modules":{},"version":"1.28.0"}"#),
            ("/v1", JSON, r#"{"links":[]}"#),
            ("/v1/schema", JSON, r#"{"classes":[]}"#),
        ],
    ),
    (
        "langflow",
        "1.1.1 required",
        &[
            ("/", HTML, "<title>Langflow</title>"),
            (
                "/api/v1/version",
                JSON,
                r#"{"version":"1.1.1","package":"Langflow"}"#,
            ),
            ("/health", JSON, r#"{"status":"ok"}"#),
            ("/api/v1/flows/", "403 Forbidden", "{}"),
        ],
    ),
    (
        "flowise",
        "2.2.3 required",
        &[
            ("/", HTML, "<title>Flowise - Low-code LLM apps builder</title>"),
            ("/api/v1/ping", TEXT, "pong"),
            ("/api/v1/version", JSON, r#"{"version":"2.2.3"}"#),
            ("/api/v1/chatflows", OFF, ""),
        ],
    ),
    (
        "open-webui",
        "0.5.4 required",
        &[
            ("/", HTML, "<title>Open WebUI</title>"),
            (
                "/api/config",
                JSON,
                r#"{"name":"Open WebUI","version":"0.5.4","features":{"auth":true}}"#,
            ),
            ("/health", JSON, r#"{"status":true}"#),
        ],
    ),
    (
        "xinference",
        "1.1.0 unknown",
        &[
            (
                "/v1/cluster/version",
                JSON,
                r#"{"version":"1.1.0","full-revisionid":"x"}"#,
            ),
            ("/v1/cluster/auth", JSON, r#"{"auth":false}"#),
            ("/v1/models", "500 Internal Server Error", ""),
        ],
    ),
    (
        "torchserve",
        "0.12.0 open",
        &[
            ("/ping", JSON, r#"{"status":"Healthy"}"#),
            (
                "/api-description",
                JSON,
                r#"{"info":{"title":"TorchServe APIs","version":"0.12.0"}}"#,
            ),
            ("/models", JSON, r#"{"models":[]}"#),
        ],
    ),
];

const DECOYS: &[(&str, &[Route])] = &[
    ("web server", &[("/", HTML, "<title>Welcome to nginx!</title>")]),
    (
        "a page about Ollama",
        &[("/", HTML, "<p>If you see Ollama is running, all is well</p>")],
    ),
    (
        "OpenAI-compatible proxy",
        &[
            ("/v1/models", JSON, r#"{"data":[]}"#),
            ("/version", JSON, r#"{"version":"1.0"}"#),
            ("/health", JSON, r#"{"status":"ok"}"#),
        ],
    ),
    (
        "one page for every path",
        &[(
            "*",
            HTML,
            "<title>MLflow course</title> Ollama is running gradio_config jupyter LiteLLM OK ok success",
        )],
    ),
    (
        "one document for every path",
        &[(
            "*",
            JSON,
            r#"{"version":"1.0","status":"ok","data":[],"models":[],"name":"api","title":"api"}"#,
        )],
    ),
    (
        "metrics",
        &[
            ("/", HTML, "<title>Prometheus</title>"),
            ("/metrics", TEXT, "go_goroutines 9\nprocess_cpu_seconds_total 1\n"),
        ],
    ),
    (
        "grafana",
        &[
            ("/", "302 Found\r\nlocation: /login", ""),
            ("/api/health", JSON, r#"{"version":"11.0.0","database":"ok"}"#),
        ],
    ),
    (
        "search engine",
        &[(
            "/",
            JSON,
            r#"{"name":"n","cluster_name":"c","version":{"number":"8.17.0"},"tagline":"You Know, for Search"}"#,
        )],
    ),
    (
        "redirects all",
        &[("*", "301 Moved Permanently\r\nlocation: http://127.0.0.1:1/", "")],
    ),
    ("denies all", &[("*", OFF, "")]),
    (
        "notebook blog",
        &[
            ("/", HTML, "<title>JupyterLab tips</title>"),
            ("/api", JSON, r#"{"version":"1"}"#),
            ("/login?next=%2Flab", HTML, "jupyter"),
        ],
    ),
    (
        "TensorBoard look-alike",
        &[
            ("/", HTML, "<title>TensorBoard</title>"),
            ("/data/environment", "404 Not Found", ""),
        ],
    ),
];

/// Serves answers on a port of loopback for as long as the test runs.
fn serve(routes: &'static [Route]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = Vec::new();
            let mut chunk = [0u8; 2048];
            while !request.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut chunk) {
                    Ok(n) if n > 0 => request.extend_from_slice(&chunk[..n]),
                    _ => break,
                }
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            assert!(text.is_empty() || text.starts_with("GET "), "only GET is sent");
            let path = text.split(' ').nth(1).unwrap_or_default();
            let found = routes.iter().find(|r| r.0 == path || r.0 == "*");
            let (head, body) = found.map_or(("404 Not Found", ""), |r| (r.1, r.2));
            let _ = write!(
                stream,
                "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    port
}

fn scan(ports: &[u16], offline: bool) -> Collected {
    let list: Vec<String> = ports.iter().map(u16::to_string).collect();
    let reference = format!("127.0.0.1?rate=1000&ports={}", list.join(","));
    NetCollector.check(&reference).unwrap();
    NetCollector.collect(&reference, &context(offline), &Quiet)
}

fn told(asset: &Asset) -> String {
    let auth = match asset.get("authenticated") {
        Some(Value::Bool(true)) => "required",
        Some(Value::Bool(false)) => "open",
        _ => "unknown",
    };
    format!("{} {auth}", asset.text("version").unwrap_or("?"))
}

#[test]
fn services_are_told_with_version_and_authentication() {
    let ports: Vec<u16> = SERVICES.iter().map(|s| serve(s.2)).collect();
    let seen = scan(&ports, false);
    assert_eq!(batch_departures(&seen.batch), [] as [String; 0]);
    for ((name, expected, _), port) in SERVICES.iter().zip(&ports) {
        let at = format!("127.0.0.1:{port}");
        let asset = seen.batch.assets.iter().find(|a| a.id.as_str().ends_with(&at));
        let asset = asset.unwrap_or_else(|| panic!("{name} is not told"));
        assert_eq!(asset.text("engine"), Some(*name));
        assert_eq!(told(asset), *expected, "{name}");
        assert_eq!(asset.text("published"), Some("loopback"));
    }
    assert_eq!(seen.batch.assets.len(), SERVICES.len());
    assert_eq!(seen.coverage.gaps, []);
    assert_eq!(seen.network.len(), 1);
    assert_eq!(seen.network[0].host, "127.0.0.1");
    let mut names: Vec<_> = SERVICES.iter().map(|s| s.0).collect();
    names.sort_unstable();
    let mut all: Vec<_> = services().iter().map(|s| s.name.as_str()).collect();
    all.sort_unstable();
    assert_eq!(names, all, "every service of the catalogue is tried");
}

#[test]
fn decoys_are_no_services() {
    let ports: Vec<u16> = DECOYS.iter().map(|d| serve(d.1)).collect();
    let seen = scan(&ports, false);
    let told: Vec<_> = seen.batch.assets.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(told, [] as [&str; 0]);
    assert_eq!(seen.read, 1);
}

#[test]
fn other_protocols_closed_ports_and_offline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let banner = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.and_then(|mut s| s.write_all(b"SSH-2.0-OpenSSH_9.2\r\n"));
        }
    });
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let seen = scan(&[banner, closed], false);
    assert!(seen.batch.assets.is_empty());
    assert_eq!(seen.coverage.gaps.len(), 1, "{:?}", seen.coverage.gaps);
    assert_eq!(seen.coverage.gaps[0].scope.0, format!("127.0.0.1:{banner}"));
    assert_eq!(seen.coverage.complete.len(), 1);

    let offline = scan(&[banner], true);
    assert!(offline.network.is_empty() && offline.read == 0 && offline.coverage.complete.is_empty());
    assert!(offline.coverage.gaps[0].reason.contains("--offline"));
}
