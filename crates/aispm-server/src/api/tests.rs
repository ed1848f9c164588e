//! What the API promises, asked without a socket.

use std::sync::atomic::{AtomicBool, Ordering};

use aispm_audit::{Anchor, Audit, AuditError, Event};
use aispm_store::{ScannedScope, Store};
use aispm_types::{
    AiSystem, Asset, AssetId, AssetKind, Confidence, Effort, Finding, Location, Posture, Properties,
    Remediation, Report, ReportedAsset, RunInfo, ScanInfo, Severity, Summary, ToolInfo,
};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::state::App;
use crate::{Hosts, Program, Settings, first_secret};

/// Remembers events, or fails.
#[derive(Default)]
struct Remembered {
    events: std::sync::Mutex<Vec<Event>>,
    broken: AtomicBool,
}

impl Audit for Remembered {
    fn record(&self, event: &Event) -> Result<Anchor, AuditError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(AuditError::TooLarge { size: 0 });
        }
        self.events.lock().unwrap().push(event.clone());
        Ok(Anchor::empty())
    }
}

struct Site {
    _directory: tempfile::TempDir,
    app: Shared,
    router: Router,
    audit: Arc<Remembered>,
    store: Store,
    password: String,
}

/// What is sent beside method, path and body.
#[derive(Clone, Default)]
struct Login {
    cookie: Option<String>,
    csrf: Option<String>,
    token: Option<String>,
}

/// A name that would do harm in a page, a header or a log.
const HOSTILE: &str = "</script><script>alert(1)</script>\"'\r\nSet-Cookie: x=1 \u{202e}{{7*7}}";

impl Site {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("store.db").display());
        let store = Store::open(&url).await.unwrap();
        let audit = Arc::new(Remembered::default());
        let (_, password) = first_secret(&store, audit.as_ref(), false)
            .await
            .unwrap()
            .unwrap();
        let settings = Settings {
            store: store.clone(),
            audit: Arc::<Remembered>::clone(&audit),
            program: Program {
                path: "/nonexistent".into(),
                options: Vec::new(),
            },
            hosts: Vec::new(),
            tls: None,
            plain_http: false,
            loopback_webhooks: false,
            offline: true,
        };
        let hosts = Hosts::new(([127, 0, 0, 1], 8787).into(), &[], false);
        let app = App::shared(settings, hosts);
        let router = router(&app);
        Self {
            _directory: directory,
            app,
            router,
            audit,
            store,
            password,
        }
    }

    async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        login: &Login,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:8787");
        if let Some(cookie) = &login.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(csrf) = &login.csrf {
            request = request.header("x-csrf-token", csrf);
        }
        if let Some(token) = &login.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = self.send(request.body(body).unwrap()).await;
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str, login: &Login) -> Value {
        let (status, value) = self.ask(Method::GET, path, login, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {value}");
        value
    }

    async fn log_in(&self, name: &str, password: &str) -> Login {
        let request = Request::post("/api/v1/login")
            .header(header::HOST, "localhost:8787")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(
                json!({"name": name, "password": password}).to_string(),
            ))
            .unwrap();
        let response = self.send(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let cookie = response.headers()[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            cookie.contains("; HttpOnly; SameSite=Strict") && cookie.contains("Path=/"),
            "{cookie}"
        );
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let session: Value = serde_json::from_slice(&bytes).unwrap();
        Login {
            cookie: cookie.split(';').next().map(str::to_owned),
            csrf: session["csrf"].as_str().map(str::to_owned),
            token: None,
        }
    }

    async fn admin(&self) -> Login {
        self.log_in("admin", &self.password).await
    }

    /// Saves a scan with one AI system, a model with this name and, where told, a finding on it.
    async fn scan(&self, id: &str, found: bool) {
        let scope = ScannedScope {
            key: String::from("path:/estate"),
            complete: true,
        };
        self.store.save(&report(id, found), &[scope]).await.unwrap();
    }
}

fn report(id: &str, found: bool) -> Report {
    let asset = Asset::new(AssetKind::Model, "m/1", HOSTILE).at(Location::file(".", HOSTILE));
    let finding = Finding {
        id: String::from("F-000000000001"),
        rule: String::from("model-unsigned"),
        title: HOSTILE.to_owned(),
        severity: Severity::High,
        severity_reason: None,
        confidence: Confidence::High,
        asset: asset.id.clone(),
        locations: asset.locations.clone(),
        why: HOSTILE.to_owned(),
        impact: String::new(),
        evidence: Properties::new(),
        remediation: Remediation {
            summary: String::from("Sign it"),
            terraform: None,
            cli: None,
            code: None,
            effort: Effort::Low,
            safe: true,
        },
        controls: Vec::new(),
        accepted: None,
        sources: Vec::new(),
        discriminator: String::new(),
    };
    let system = AiSystem {
        id: AssetId::parse("ai_system:a/b"),
        name: HOSTILE.to_owned(),
        owner: Some(String::from("team")),
        lifecycle: None,
        purpose: None,
        risk_class: None,
        assets: vec![asset.id.clone()],
        posture: Posture::default(),
        assessed: String::from("assessed"),
        not_assessed_because: Vec::new(),
        paths: Vec::new(),
    };
    Report {
        schema: aispm_types::REPORT_SCHEMA.to_owned(),
        run: RunInfo {
            id: id.to_owned(),
            started_at: String::from("2026-03-01T10:00:00Z"),
            finished_at: String::from("2026-03-01T10:00:02Z"),
            ..RunInfo::default()
        },
        tool: ToolInfo {
            name: String::from("aispm"),
            version: String::from("0.1.0"),
            content_version: String::new(),
            advisories: String::new(),
        },
        scan: ScanInfo {
            targets: vec![String::from(".")],
            ..ScanInfo::default()
        },
        systems: vec![system],
        assets: vec![ReportedAsset {
            class: asset.kind.class(),
            asset,
            system: None,
        }],
        relations: Vec::new(),
        checks: Vec::new(),
        findings: if found { vec![finding] } else { Vec::new() },
        fixes: Vec::new(),
        paths: Vec::new(),
        summary: Summary::default(),
    }
}

/// Every operation of the OpenAPI document: method, path, and whether it says that it needs no login.
fn operations() -> Vec<(Method, String, bool)> {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let mut out = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else {
                continue;
            };
            let open = operation["security"] == json!([{}]);
            out.push((method, path.clone(), open));
        }
    }
    assert!(out.len() > 40, "{}", out.len());
    out
}

/// A path of the document with something in place of its parameters.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| {
            if part.starts_with('{') {
                "F-000000000001"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_route_but_login_health_and_the_document_needs_a_login() {
    let site = Site::new().await;
    let mut open_routes = Vec::new();
    let strangers = [
        Login::default(),
        Login {
            cookie: Some(String::from(
                "aispm_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            )),
            csrf: Some(String::from("AAAA")),
            token: None,
        },
        Login {
            token: Some(String::from("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
            ..Login::default()
        },
        Login {
            token: Some(String::new()),
            ..Login::default()
        },
    ];
    for (method, path, open) in operations() {
        if open {
            open_routes.push(path);
            continue;
        }
        for stranger in &strangers {
            for body in [None, Some(json!({}))] {
                let (status, problem) = site.ask(method.clone(), &filled(&path), stranger, body).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
                assert_eq!(problem["status"], 401, "{method} {path}");
            }
        }
    }
    open_routes.sort();
    assert_eq!(open_routes, ["/api/v1/login", "/healthz", "/readyz"]);
    let document = site.get("/api/openapi.json", &Login::default()).await;
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn a_change_by_cookie_needs_the_csrf_token_of_its_session() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let other = site.admin().await;
    for csrf in [
        None,
        Some(String::new()),
        Some(String::from("AAAA")),
        other.csrf.clone(),
    ] {
        let login = Login {
            csrf,
            ..admin.clone()
        };
        for (method, path, open) in operations() {
            if open || method.is_safe() {
                continue;
            }
            let (status, _) = site
                .ask(method.clone(), &filled(&path), &login, Some(json!({})))
                .await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
        }
        site.get("/api/v1/session", &login).await;
    }
    let (status, _) = site.ask(Method::POST, "/api/v1/logout", &admin, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = site.ask(Method::GET, "/api/v1/session", &admin, None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the session has ended");
    site.get("/api/v1/session", &other).await;
}

#[tokio::test]
async fn pages_of_other_sites_and_other_names_get_nothing() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let cases: [(&[(&str, &str)], StatusCode); 9] = [
        (&[("host", "localhost:8787")], StatusCode::OK),
        (
            &[("host", "127.0.0.1:8787"), ("origin", "http://127.0.0.1:8787")],
            StatusCode::OK,
        ),
        (&[], StatusCode::MISDIRECTED_REQUEST),
        (
            &[("host", "rebound.example:8787")],
            StatusCode::MISDIRECTED_REQUEST,
        ),
        (&[("host", "localhost")], StatusCode::MISDIRECTED_REQUEST),
        (
            &[("host", "localhost:8787"), ("origin", "http://evil.example")],
            StatusCode::FORBIDDEN,
        ),
        (
            &[("host", "localhost:8787"), ("origin", "null")],
            StatusCode::FORBIDDEN,
        ),
        (
            &[("host", "localhost:8787"), ("sec-fetch-site", "cross-site")],
            StatusCode::FORBIDDEN,
        ),
        (
            &[
                ("host", "localhost:8787"),
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
            ],
            StatusCode::OK,
        ),
    ];
    for (headers, expected) in cases {
        let mut request =
            Request::get("/api/v1/session").header(header::COOKIE, admin.cookie.clone().unwrap());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), expected, "{headers:?}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(response.headers()[name], value, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_monitor_reads_numbers_and_no_names() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let numbers = async || {
        let request = Request::get("/metrics")
            .header(header::HOST, "localhost:8787")
            .header(header::COOKIE, admin.cookie.clone().unwrap())
            .body(Body::empty())
            .unwrap();
        let response = site.send(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let before = numbers().await;
    assert!(before.contains("\naispm_systems 0\n"), "{before}");
    assert!(!before.contains("aispm_scan_finished"), "{before}");
    site.scan("S-1", true).await;
    let overview = site.get("/api/v1/overview", &admin).await;
    let after = numbers().await;
    for line in [
        format!("aispm_systems {}", overview["systems"]["total"]),
        format!(
            "aispm_findings{{severity=\"high\"}} {}",
            overview["findings_by_severity"]["high"]
        ),
        format!(
            "aispm_checks{{outcome=\"not_assessed\"}} {}",
            overview["checks"]["not_assessed"]
        ),
    ] {
        assert!(after.lines().any(|l| l == line), "{line} in\n{after}");
    }
    assert!(
        !after.contains("\naispm_systems 0\n") && !after.contains("script"),
        "{after}"
    );
    for line in after.lines().filter(|l| !l.starts_with('#')) {
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<u64>().is_ok(), "{line}");
    }
}

#[tokio::test]
async fn hostile_names_are_data() {
    let site = Site::new().await;
    site.scan("S-1", true).await;
    let admin = site.admin().await;
    for path in [
        "/api/v1/overview",
        "/api/v1/systems",
        "/api/v1/systems/ai_system:a%2Fb",
        "/api/v1/findings?q=%3Cscript",
        "/api/v1/findings/F-000000000001",
        "/api/v1/assets",
        "/api/v1/assets/model:m%2F1",
        "/api/v1/fixes",
        "/api/v1/drift",
    ] {
        let request = Request::get(path)
            .header(header::HOST, "localhost:8787")
            .header(header::COOKIE, admin.cookie.clone().unwrap())
            .body(Body::empty())
            .unwrap();
        let response = site.send(request).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/json",
            "{path}"
        );
        assert!(response.headers().get(header::SET_COOKIE).is_none(), "{path}");
    }
    let detail = site.get("/api/v1/findings/F-000000000001", &admin).await;
    assert_eq!(detail["title"], HOSTILE, "as it was, and only as JSON");
    // What was asked for is never quoted as anything but JSON either.
    let (status, problem) = site
        .ask(Method::GET, "/api/v1/findings/%3Cscript%3E", &admin, None)
        .await;
    assert_eq!((status, &problem["status"]), (StatusCode::NOT_FOUND, &json!(404)));
}

#[tokio::test]
async fn pages_have_bounds() {
    let site = Site::new().await;
    site.scan("S-1", true).await;
    let admin = site.admin().await;
    let paged: Vec<String> = operations()
        .into_iter()
        .filter(|(method, path, open)| method == Method::GET && !open && !path.contains('{'))
        .map(|(_, path, _)| path)
        .collect();
    let mut lists = 0;
    for path in paged {
        let first = site.get(&path, &admin).await;
        if first.get("items").is_none() {
            continue;
        }
        lists += 1;
        let (total, limit) = (first["total"].as_u64().unwrap(), first["limit"].as_u64().unwrap());
        assert!(
            first["items"].as_array().unwrap().len() as u64 <= total.min(limit),
            "{path}"
        );
        for (query, expected) in [
            ("limit=0", StatusCode::BAD_REQUEST),
            ("limit=201", StatusCode::BAD_REQUEST),
            ("limit=-1", StatusCode::BAD_REQUEST),
            ("limit=99999999999999999999", StatusCode::BAD_REQUEST),
            ("limit=many", StatusCode::BAD_REQUEST),
            ("offset=-1", StatusCode::BAD_REQUEST),
            ("offset=4294967295", StatusCode::BAD_REQUEST),
            ("nonsense=1", StatusCode::BAD_REQUEST),
            ("limit=200", StatusCode::OK),
            ("offset=10000000", StatusCode::OK),
        ] {
            let (status, page) = site
                .ask(Method::GET, &format!("{path}?{query}"), &admin, None)
                .await;
            assert_eq!(status, expected, "{path}?{query}");
            if query.starts_with("offset=1") {
                assert_eq!(
                    (page["items"].as_array().unwrap().len(), &page["total"]),
                    (0, &json!(total))
                );
            }
        }
    }
    assert!(lists >= 14, "{lists}");
}

/// A change that would succeed, for each operation that changes something and needs nothing to be there.
fn changes() -> Vec<(Method, &'static str, Value)> {
    vec![
        (Method::POST, "/api/v1/targets", json!({"reference": "/"})),
        (
            Method::POST,
            "/api/v1/schedules",
            json!({"name": "nightly", "every_minutes": 1440}),
        ),
        (Method::POST, "/api/v1/jobs", json!({})),
        (
            Method::PUT,
            "/api/v1/register/ai_system:a%2Fb",
            json!({"status": "pilot", "security_status": "approved", "review_by": "2099-01-01"}),
        ),
        (
            Method::POST,
            "/api/v1/users",
            json!({"name": "eve", "password": "correct horse battery", "role": "viewer"}),
        ),
        (
            Method::POST,
            "/api/v1/tokens",
            json!({"name": "ci", "role": "viewer", "days": 30}),
        ),
        (
            Method::POST,
            "/api/v1/webhooks",
            json!({"name": "soc", "url": "https://hooks.example/secret-part", "format": "json"}),
        ),
        (Method::DELETE, "/api/v1/register/ai_system:a%2Fb", Value::Null),
    ]
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    let site = Site::new().await;
    site.scan("S-1", true).await;
    let admin = site.admin().await;
    site.audit.broken.store(true, Ordering::Relaxed);
    for (method, path, open) in operations() {
        if open || method.is_safe() || path == "/api/v1/logout" {
            continue;
        }
        let (status, problem) = site
            .ask(method.clone(), &filled(&path), &admin, Some(json!({})))
            .await;
        assert_eq!(
            status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{method} {path}: {problem}"
        );
    }
    for (method, path, body) in changes() {
        let (status, _) = site.ask(method.clone(), path, &admin, Some(body)).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{method} {path}");
    }
    for path in ["targets", "schedules", "jobs", "register", "tokens", "webhooks"] {
        assert_eq!(
            site.get(&format!("/api/v1/{path}"), &admin).await["total"],
            0,
            "{path}"
        );
    }
    assert_eq!(site.get("/api/v1/users", &admin).await["total"], 1);

    site.audit.broken.store(false, Ordering::Relaxed);
    site.audit.events.lock().unwrap().clear();
    for (method, path, body) in changes() {
        let (status, problem) = site.ask(method.clone(), path, &admin, Some(body)).await;
        assert!(status.is_success(), "{method} {path}: {status} {problem}");
    }
    let events = site.audit.events.lock().unwrap();
    let actions: Vec<&str> = events.iter().map(|e| e.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "create_target",
            "create_schedule",
            "create_job",
            "put_registration",
            "create_user",
            "create_token",
            "create_webhook",
            "delete_registration",
        ]
    );
    let written = format!("{events:?}");
    assert!(events.iter().all(|e| e.actor == "user:admin"));
    assert!(
        !written.contains("correct horse") && !written.contains("secret-part"),
        "{written}"
    );
}

#[tokio::test]
async fn a_change_that_failed_is_written_down_as_refused() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let body = json!({"reference": "/nonexistent/place"});
    let (status, _) = site
        .ask(Method::POST, "/api/v1/targets", &admin, Some(body))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let events = site.audit.events.lock().unwrap();
    let last: Vec<&str> = events.iter().rev().take(2).map(|e| e.action.as_str()).collect();
    assert_eq!(last, ["create_target.refused", "create_target"]);
}

#[tokio::test]
async fn a_viewer_looks_and_a_token_acts_for_whoever_made_it() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let (_, token) = site
        .ask(
            Method::POST,
            "/api/v1/tokens",
            &admin,
            Some(json!({"name": "ci", "role": "admin", "days": 1})),
        )
        .await;
    let token_login = Login {
        token: token["token"].as_str().map(str::to_owned),
        ..Login::default()
    };
    let viewer = json!({"name": "eve", "password": "correct horse battery", "role": "viewer"});
    let (status, _) = site
        .ask(Method::POST, "/api/v1/users", &token_login, Some(viewer))
        .await;
    assert_eq!(status, StatusCode::CREATED, "a token needs no CSRF token");
    let viewer = site.log_in("eve", "correct horse battery").await;
    for (method, path, open) in operations() {
        if open || method.is_safe() || path == "/api/v1/logout" || path == "/api/v1/session/password" {
            continue;
        }
        let (status, _) = site
            .ask(method.clone(), &filled(&path), &viewer, Some(json!({})))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    site.get("/api/v1/overview", &viewer).await;
    let (status, _) = site
        .ask(Method::DELETE, "/api/v1/users/admin", &admin, None)
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "the last admin stays");
    let id = token["id"].as_str().unwrap();
    site.ask(Method::DELETE, &format!("/api/v1/tokens/{id}"), &admin, None)
        .await;
    let (status, _) = site.ask(Method::GET, "/api/v1/session", &token_login, None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "it was revoked");
    let listed = site.get("/api/v1/tokens", &admin).await;
    assert!(!listed.to_string().contains(token["token"].as_str().unwrap()));
}

#[tokio::test]
async fn a_password_is_tried_five_times() {
    let site = Site::new().await;
    let attempt = async |password: &str| {
        let body = json!({"name": "admin", "password": password});
        site.ask(Method::POST, "/api/v1/login", &Login::default(), Some(body))
            .await
            .0
    };
    for _ in 0..5 {
        assert_eq!(attempt("wrong").await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(attempt(&site.password).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    let site = Site::new().await;
    let (one, two) = (site.admin().await, site.admin().await);
    let change = |current: &str| json!({"current": current, "password": "another long password"});
    let (status, _) = site
        .ask(
            Method::PUT,
            "/api/v1/session/password",
            &one,
            Some(change("wrong")),
        )
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = site
        .ask(
            Method::PUT,
            "/api/v1/session/password",
            &one,
            Some(change(&site.password)),
        )
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    for login in [&one, &two] {
        let (status, _) = site.ask(Method::GET, "/api/v1/session", login, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    site.log_in("admin", "another long password").await;
}

#[tokio::test]
async fn the_register_makes_and_ends_findings() {
    let site = Site::new().await;
    site.scan("S-1", false).await;
    let admin = site.admin().await;
    let rules = async |site: &Site| {
        let page = site.get("/api/v1/findings?source=register", &admin).await;
        let rules = page["items"].as_array().unwrap().iter();
        rules
            .map(|f| f["rule"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(&site).await, ["register-system-missing"]);
    assert_eq!(
        site.get("/api/v1/fixes", &admin).await["total"],
        1,
        "it is in the queue"
    );
    let entry = json!({"status": "production", "security_status": "approved", "expires_on": "2020-01-01"});
    let path = "/api/v1/register/ai_system:a%2Fb";
    site.ask(Method::PUT, path, &admin, Some(entry)).await;
    assert_eq!(rules(&site).await, ["register-system-expired"]);
    let entry = json!({"status": "production", "security_status": "approved", "expires_on": "2999-01-01", "owner": "me"});
    site.ask(Method::PUT, path, &admin, Some(entry)).await;
    assert!(rules(&site).await.is_empty());
    let system = site.get("/api/v1/systems/ai_system:a%2Fb", &admin).await;
    assert_eq!(
        (&system["owner"], &system["owner_source"]),
        (&json!("me"), &json!("register"))
    );
    let entry = json!({"status": "production", "security_status": "approved"});
    // What a scan says of owners is settled by the register too, and never said twice.
    let mut unowned = report("S-2", true);
    for finding in &mut unowned.findings {
        finding.rule = String::from("ai-system-without-owner");
        finding.asset = AssetId::parse("ai_system:a/b");
    }
    unowned.systems[0].owner = None;
    let scope = ScannedScope {
        key: String::from("path:/estate"),
        complete: true,
    };
    site.store.save(&unowned, &[scope]).await.unwrap();
    assert_eq!(site.get("/api/v1/findings", &admin).await["total"], 0);
    let (status, _) = site.ask(Method::DELETE, path, &admin, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let found = site.get("/api/v1/findings", &admin).await["facets"]["rule"].clone();
    let found: Vec<&str> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["value"].as_str().unwrap())
        .collect();
    assert_eq!(found, ["ai-system-without-owner", "register-system-missing"]);
    let (status, _) = site
        .ask(
            Method::PUT,
            "/api/v1/register/ai_system:other",
            &admin,
            Some(entry),
        )
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn drift_tells_new_fixed_and_regressed() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let drift = async |site: &Site, query: &str| {
        let d = site.get(&format!("/api/v1/drift{query}"), &admin).await;
        [
            "new_findings",
            "fixed_findings",
            "regressed_findings",
            "gone_findings",
        ]
        .map(|k| d[k].as_array().unwrap().len())
    };
    assert_eq!(drift(&site, "").await, [0; 4], "before the first scan");
    site.scan("S-1", false).await;
    assert_eq!(drift(&site, "").await, [0; 4], "nothing to compare with");
    site.scan("S-2", true).await;
    assert_eq!(drift(&site, "").await, [1, 0, 0, 0]);
    site.scan("S-3", false).await;
    assert_eq!(drift(&site, "").await, [0, 1, 0, 0]);
    site.scan("S-4", true).await;
    assert_eq!(drift(&site, "").await, [0, 0, 1, 0]);
    assert_eq!(drift(&site, "?from=S-1&to=S-2").await, [1, 0, 0, 0]);
    assert_eq!(
        site.get("/api/v1/findings", &admin).await["items"][0]["status"],
        "regressed"
    );
    let (status, _) = site
        .ask(Method::GET, "/api/v1/drift?from=S-9", &admin, None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn bodies_are_bounded_and_errors_say_nothing_of_the_inside() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let large = json!({"reference": "x".repeat(BODY)});
    let (status, _) = site
        .ask(Method::POST, "/api/v1/targets", &admin, Some(large.clone()))
        .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, _) = site
        .ask(Method::POST, "/api/v1/login", &Login::default(), Some(large))
        .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let far = format!("/api/v1/targets/{}", "x".repeat(60_000));
    let (status, _) = site.ask(Method::DELETE, &far, &admin, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let longest = site
        .audit
        .events
        .lock()
        .unwrap()
        .iter()
        .map(|e| e.subject.len())
        .max();
    assert!(longest <= Some(2048), "{longest:?}");
    let (status, problem) = site.ask(Method::PATCH, "/api/v1/targets", &admin, None).await;
    assert_eq!(
        (status, &problem["type"]),
        (StatusCode::METHOD_NOT_ALLOWED, &json!("about:blank"))
    );
    let (status, _) = site.ask(Method::GET, "/api/v1/nothing", &admin, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    site.store.clone().close().await;
    let (status, problem) = site.ask(Method::GET, "/readyz", &Login::default(), None).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(problem["detail"], "a defect of aispm; its log says more");
}

#[tokio::test]
async fn what_is_due_is_queued_once_and_what_ran_is_interrupted() {
    let site = Site::new().await;
    let admin = site.admin().await;
    let target = json!({"reference": "/"});
    site.ask(Method::POST, "/api/v1/targets", &admin, Some(target))
        .await;
    let schedule = json!({"name": "nightly", "every_minutes": 60});
    let (_, row) = site
        .ask(Method::POST, "/api/v1/schedules", &admin, Some(schedule))
        .await;
    crate::jobs::plan(&site.app).await.unwrap();
    assert_eq!(site.get("/api/v1/jobs", &admin).await["total"], 0, "not due yet");
    let mut due = site.store.schedules().await.unwrap();
    due[0].next_at = String::from("2020-01-01T00:00:00Z");
    site.store.put_schedule(&due[0]).await.unwrap();
    site.audit.broken.store(true, Ordering::Relaxed);
    assert!(
        crate::jobs::plan(&site.app).await.is_err(),
        "a schedule is written down too"
    );
    assert_eq!(site.get("/api/v1/jobs", &admin).await["total"], 0);
    site.audit.broken.store(false, Ordering::Relaxed);
    for _ in 0..2 {
        crate::jobs::plan(&site.app).await.unwrap();
        let jobs = site.get("/api/v1/jobs", &admin).await;
        assert_eq!(
            (&jobs["total"], &jobs["items"][0]["requested_by"]),
            (&json!(1), &json!("schedule:nightly"))
        );
    }
    let later = site.get("/api/v1/schedules", &admin).await["items"][0]["next_at"].clone();
    assert!(later.as_str() >= row["next_at"].as_str(), "{later}");
    // The server dies while it runs, and another one starts.
    let now = crate::state::now();
    let job = site.store.claim_job(&now).await.unwrap().unwrap();
    assert_eq!(site.store.interrupt_jobs(&now).await.unwrap(), 1);
    let row = site.get(&format!("/api/v1/jobs/{}", job.id), &admin).await;
    assert_eq!(row["state"], "interrupted");
    let scope = ScannedScope {
        key: String::from("path:/"),
        complete: true,
    };
    let late = site
        .store
        .save_for(&report("S-1", true), &[scope], Some(&job.id))
        .await;
    assert!(late.is_err(), "a scan whose job was given up keeps nothing");
    assert_eq!(site.get("/api/v1/scans", &admin).await["total"], 0);
}
