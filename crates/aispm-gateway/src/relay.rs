//! From a request to its answer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aispm_guard::{Action, Event, OnError, Reason, Sink, Stream, answer};
use aispm_guard_log::name;
use aispm_types::Sensitive;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Request, Response, StatusCode, Uri};
use sha2::{Digest, Sha256};

use crate::ask::Ask;
use crate::body::{Judged, Outgoing, Passed, Source};
use crate::calls::{self, Call};
use crate::config::{KeyHeader, RouteConfig, is_loopback};
use crate::headers::{self, Media, is_identity, media};
use crate::journal::{Entry, Journal};
use crate::problem::Problem;
use crate::upstream::Upstream;

/// Most bytes of an upstream's error that are read.
const ERROR: usize = 64 << 10;

/// A route with what it needs at run time.
pub(crate) struct Route {
    pub(crate) config: RouteConfig,
    pub(crate) upstream: Upstream,
    pub(crate) key: Option<Sensitive>,
}

/// An application that may ask; of its token only the digest is kept.
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) digest: [u8; 32],
}

/// Everything a request may need.
pub(crate) struct Gate {
    pub(crate) routes: Vec<Route>,
    pub(crate) configs: Vec<RouteConfig>,
    pub(crate) clients: Vec<Client>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) max_request: usize,
    pub(crate) request_time: Duration,
    pub(crate) clock: fn() -> jiff::Timestamp,
    /// Names requests together with the count.
    pub(crate) boot: i64,
    pub(crate) count: AtomicU64,
}

type Answer = Response<Outgoing>;

impl Gate {
    /// Answers one request. Dropping the future, as happens when the client leaves, ends the upstream's request too.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Answer {
        let id = format!("{:x}-{}", self.boot, self.count.fetch_add(1, Ordering::Relaxed));
        let call = format!(
            "{} {}",
            name(request.method().as_str()),
            name(request.uri().path())
        );
        let mut entry = Some(Entry::new(
            Arc::clone(&self.journal),
            (self.clock)().to_string(),
            id.clone(),
            call,
        ));
        let mut answer = match self.relay(request, &mut entry).await {
            Ok(answer) => answer,
            Err(problem) => refuse(&problem, HeaderMap::new(), &mut entry),
        };
        if let Ok(id) = HeaderValue::try_from(id) {
            answer
                .headers_mut()
                .insert(HeaderName::from_static("x-aispm-request"), id);
        }
        answer
    }

    async fn relay(&self, request: Request<Incoming>, entry: &mut Option<Entry>) -> Result<Answer, Problem> {
        let application = self.admit(&request)?;
        let (config, below) = calls::find(&self.configs, request.uri().path()).ok_or(Problem::NoRoute)?;
        let route = self
            .routes
            .iter()
            .find(|r| r.config.name == config.name)
            .ok_or(Problem::NoRoute)?;
        let below = below.to_owned();
        if let Some(entry) = entry {
            let record = &mut entry.record;
            record.call = format!("{} {}", request.method(), name(&below));
            record.route = Some(config.name.clone());
            record.provider = Some(config.provider.clone());
            record.application = application.or_else(|| config.application.clone());
        }
        let call = calls::judge(request.method(), &below)?;
        if call == Call::Other && !config.other_calls_pass {
            return Err(Problem::OtherCall);
        }
        if config.settings.on_error == OnError::Closed && !self.journal.is_well() {
            return Err(Problem::NoLog);
        }
        let get = request.method() == Method::GET;
        if call != Call::Other
            && !get
            && (media(request.headers()) != Media::Json || !is_identity(request.headers()))
        {
            return Err(Problem::MediaType);
        }
        let (head, body) = request.into_parts();
        let body = self.body(body).await?;
        let mut choices = 1;
        if call != Call::Other && !get {
            let ask = Ask::read(&body).map_err(Problem::Malformed)?;
            choices = ask.choices();
            if let (Some(entry), Some(model)) = (entry.as_mut(), &ask.model) {
                entry.record.model = Some(name(model));
            }
        }
        let asked = self.request(route, &head.method, &below, head.uri.query(), &head.headers, body)?;
        if let Some(entry) = entry {
            entry.record.upstream = config.upstream.host().map(str::to_owned);
        }
        let got = route.upstream.ask(asked).await?;
        self.back(route, call, choices, got, entry).await
    }

    /// Who asks, or that it may not.
    fn admit(&self, request: &Request<Incoming>) -> Result<Option<String>, Problem> {
        let headers = request.headers();
        if self.clients.is_empty() {
            // Nobody has to show a token, so a page in a browser of this machine could ask too.
            let host = headers
                .get(header::HOST)
                .and_then(|h| h.to_str().ok())
                .unwrap_or("");
            let bare = host
                .rsplit_once(':')
                .filter(|(_, p)| p.bytes().all(|b| b.is_ascii_digit()))
                .map_or(host, |(h, _)| h);
            if !is_loopback(bare) || headers.contains_key(header::ORIGIN) {
                return Err(Problem::ForeignHost);
            }
            return Ok(None);
        }
        let tokens = headers::KEYS
            .iter()
            .filter_map(|k| headers.get(*k)?.to_str().ok());
        for token in tokens {
            let token = match token.split_once(' ') {
                Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
                _ => token,
            };
            // Digests are compared, so the time this takes tells nothing of a token.
            let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
            if let Some(client) = self.clients.iter().find(|c| c.digest == digest) {
                return Ok(Some(client.name.clone()));
            }
        }
        Err(Problem::Unauthorized)
    }

    async fn body(&self, body: Incoming) -> Result<Bytes, Problem> {
        if body.size_hint().lower() > self.max_request as u64 {
            return Err(Problem::TooLarge(self.max_request));
        }
        let read = Limited::new(body, self.max_request).collect();
        match tokio::time::timeout(self.request_time, read).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(e)) if e.is::<http_body_util::LengthLimitError>() => {
                Err(Problem::TooLarge(self.max_request))
            }
            _ => Err(Problem::Slow),
        }
    }

    /// The upstream's request.
    fn request(
        &self,
        route: &Route,
        method: &Method,
        below: &str,
        query: Option<&str>,
        from: &HeaderMap,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Problem> {
        let malformed = || Problem::Malformed("its address".into());
        let base = &route.config.upstream;
        let mut path = [base.path().trim_end_matches('/'), below].concat();
        if let Some(query) = query {
            path.push('?');
            path.push_str(query);
        }
        let mut parts = base.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| malformed())?);
        let uri = Uri::from_parts(parts).map_err(|_| malformed())?;
        // A token that opens the guard is none of the upstream's business.
        let keep = self.clients.is_empty() && route.key.is_none();
        let mut headers = headers::request(from, keep);
        if let Some(key) = &route.key {
            let (name, value) = match route.config.key_header {
                KeyHeader::Authorization => (header::AUTHORIZATION, format!("Bearer {}", key.reveal())),
                KeyHeader::ApiKey => (HeaderName::from_static("api-key"), key.reveal().to_owned()),
            };
            let mut value = HeaderValue::try_from(value).map_err(|_| Problem::Unreachable)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let mut request = Request::new(Full::new(body));
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method.clone(), uri, headers);
        Ok(request)
    }

    /// The client's answer.
    async fn back(
        &self,
        route: &Route,
        call: Call,
        choices: usize,
        got: Response<Incoming>,
        entry: &mut Option<Entry>,
    ) -> Result<Answer, Problem> {
        let settings = &route.config.settings;
        let (head, body) = got.into_parts();
        let source = Source::new(body, route.config.silence);
        let back = headers::answer(&head.headers);
        if head.status.is_client_error() || head.status.is_server_error() {
            let told = source.whole(ERROR).await.unwrap_or_default().unwrap_or_default();
            let told = if is_identity(&head.headers) {
                told
            } else {
                Vec::new()
            };
            return Ok(refuse(
                &Problem::upstream(head.status, &told, settings),
                back,
                entry,
            ));
        }
        if !head.status.is_success() {
            return Err(Problem::Redirect);
        }
        let media = media(&head.headers);
        let unknown = match (call, media) {
            (_, _) if !is_identity(&head.headers) => Some("it is compressed"),
            (Call::Chat, Media::Json | Media::Events) | (Call::Data, Media::Json) | (Call::Other, _) => None,
            _ => Some("its content type"),
        };
        let open = settings.on_error == OnError::Open;
        if let Some(what) = unknown.filter(|_| !open) {
            return Err(Problem::Shape(what));
        }
        let Some(mut entry) = entry.take() else {
            return Err(Problem::Broken);
        };
        entry.record.status = head.status.as_u16();
        let typed = |kind: &'static str, back: HeaderMap| {
            let mut back = back;
            back.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            back
        };
        if unknown.is_some() || call == Call::Other {
            entry.done(vec![unjudged(unknown.unwrap_or("call"))]);
            let mut back = back;
            for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
                if let Some(value) = head.headers.get(&name) {
                    back.insert(name, value.clone());
                }
            }
            return Ok(respond(
                head.status,
                back,
                Passed::new(source, entry).boxed_unsync(),
            ));
        }
        if call == Call::Data {
            return Ok(respond(
                head.status,
                typed("application/json", back),
                Passed::new(source, entry).boxed_unsync(),
            ));
        }
        entry.record.sink = Some(sink(settings.sink).into());
        if media == Media::Events {
            entry.record.streamed = true;
            let judged = Judged::new(source, Stream::new(Arc::clone(settings), choices), entry);
            return Ok(respond(
                head.status,
                typed("text/event-stream; charset=utf-8", back),
                judged.boxed_unsync(),
            ));
        }
        let mut entry = Some(entry);
        match self.whole(route, source, &mut entry).await {
            Ok(body) => Ok(respond(head.status, typed("application/json", back), full(body))),
            Err(problem) => Ok(refuse(&problem, back, &mut entry)),
        }
    }

    /// An answer that comes whole.
    async fn whole(
        &self,
        route: &Route,
        source: Source,
        entry: &mut Option<Entry>,
    ) -> Result<Vec<u8>, Problem> {
        let settings = &route.config.settings;
        let body = source
            .whole(settings.message)
            .await?
            .ok_or(Problem::Shape("it is longer than `max_answer`"))?;
        let judged = answer(&body, settings);
        let Some(out) = judged.body else {
            let upstream = judged.events.iter().any(|e| e.reason == Reason::UpstreamError);
            if let Some(entry) = entry {
                entry.record.read = body.len() as u64;
                entry.done(judged.events);
            }
            return Err(if upstream {
                Problem::upstream(StatusCode::BAD_GATEWAY, &body, settings)
            } else {
                Problem::Shape("it is no chat completion")
            });
        };
        if let Some(mut entry) = entry.take() {
            entry.record.read = body.len() as u64;
            entry.record.sent = out.len() as u64;
            entry.done(judged.events);
            entry.ended = true;
        }
        Ok(out)
    }
}

fn unjudged(what: &str) -> Event {
    Event {
        choice: None,
        field: String::new(),
        reason: Reason::UnknownShape,
        action: Action::PassedUnjudged,
        count: 1,
        detail: what.replace(' ', "-"),
    }
}

fn sink(sink: Sink) -> &'static str {
    match sink {
        Sink::Html => "html",
        Sink::Markdown => "markdown",
        Sink::Plain => "plain",
    }
}

/// The guard's own answer, in the shape of the API's errors, and the log's line.
fn refuse(problem: &Problem, mut headers: HeaderMap, entry: &mut Option<Entry>) -> Answer {
    let body = problem.body();
    if let Some(mut entry) = entry.take() {
        entry.problem(problem);
        entry.record.sent = body.len() as u64;
        entry.ended = true;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    respond(problem.status(), headers, full(body))
}

fn full(body: Vec<u8>) -> Outgoing {
    Full::new(Bytes::from(body))
        .map_err(|never| -> io::Error { match never {} })
        .boxed_unsync()
}

fn respond(status: StatusCode, headers: HeaderMap, body: Outgoing) -> Answer {
    let mut answer = Response::new(body);
    (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
    answer
}
