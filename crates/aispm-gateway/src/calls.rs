//! Calls of the API, and what the guard does with each.

use hyper::Method;

use crate::config::{RouteConfig, segments_are_plain};
use crate::problem::Problem;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Chat completions: the answer is judged.
    Chat,
    /// The answer is a list of models, vectors or scores: it passes, as it carries no text of a model.
    Data,
    /// Everything else: refused, or passed unjudged where the route says so.
    Other,
}

/// The route with the longest path that a request's path lies below, and the call below it.
pub(crate) fn find<'r, 'p>(routes: &'r [RouteConfig], path: &'p str) -> Option<(&'r RouteConfig, &'p str)> {
    if !segments_are_plain(path) {
        return None;
    }
    routes.iter().find_map(|route| {
        let below = path.strip_prefix(route.path.as_str())?;
        below.starts_with('/').then_some((route, below))
    })
}

/// What a call is.
pub(crate) fn judge(method: &Method, below: &str) -> Result<Call, Problem> {
    let call = match below {
        "/chat/completions" => Call::Chat,
        "/models" | "/embeddings" | "/moderations" => Call::Data,
        _ if below.strip_prefix("/models/").is_some_and(|m| !m.is_empty()) => Call::Data,
        _ => Call::Other,
    };
    let fits = match call {
        Call::Chat => method == Method::POST,
        Call::Data if below.starts_with("/models") => method == Method::GET,
        Call::Data => method == Method::POST,
        Call::Other => matches!(*method, Method::GET | Method::POST | Method::DELETE),
    };
    if fits { Ok(call) } else { Err(Problem::Method) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_known_by_method_and_path() {
        for (method, below, call) in [
            (Method::POST, "/chat/completions", Some(Call::Chat)),
            (Method::GET, "/chat/completions", None),
            (Method::POST, "/chat/completions/x", Some(Call::Other)),
            (Method::GET, "/models", Some(Call::Data)),
            (Method::GET, "/models/org/m-1", Some(Call::Data)),
            (Method::DELETE, "/models/m", None),
            (Method::POST, "/embeddings", Some(Call::Data)),
            (Method::POST, "/responses", Some(Call::Other)),
            (Method::POST, "/completions", Some(Call::Other)),
            (Method::CONNECT, "/responses", None),
        ] {
            assert_eq!(judge(&method, below).ok(), call, "{method} {below}");
        }
    }
}
