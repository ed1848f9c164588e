//! The dashboard's files, where this program has them inside (feature `dashboard`); a plain page that says so otherwise.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

#[cfg(feature = "dashboard")]
static FILES: include_dir::Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/../../web/dist");

/// A file of the dashboard. What is no file of it is one of its pages, which are all one file: they are named by ids, which may hold dots.
#[cfg(feature = "dashboard")]
pub(crate) fn file(path: &str) -> Response {
    let path = path.trim_start_matches('/');
    let found = FILES.get_file(path).filter(|_| !path.is_empty());
    let is_page = !path.starts_with("assets/");
    let (file, path) = match found {
        Some(file) => (Some(file), path),
        None if is_page => (FILES.get_file("index.html"), "index.html"),
        None => (None, path),
    };
    let Some(file) = file else {
        return Problem::NotFound(String::from("there is no such file")).into_response();
    };
    // Names below assets/ carry a hash of their content.
    let keep = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    (
        [
            (header::CONTENT_TYPE, content_type(path)),
            (header::CACHE_CONTROL, keep),
        ],
        file.contents(),
    )
        .into_response()
}

#[cfg(feature = "dashboard")]
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Without the feature.
#[cfg(not(feature = "dashboard"))]
pub(crate) fn file(path: &str) -> Response {
    const PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>aispm</title></head>\n\
        <body><h1>aispm</h1>\n<p>This build has the API and no dashboard. The API is described in \
        <a href=\"/api/openapi.json\">/api/openapi.json</a>; build with <code>--features dashboard</code> for the pages.</p>\n\
        </body></html>\n";
    if path != "/" && path != "/index.html" {
        return Problem::NotFound(String::from("this build has no dashboard; see /api/openapi.json"))
            .into_response();
    }
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response()
}
