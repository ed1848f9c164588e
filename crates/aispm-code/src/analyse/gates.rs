//! What names and dictionaries of frameworks say about who may pass.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// What a name says of a thing that stands before a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It lets nobody through who is not known.
    Checks,
    /// It lets everybody through: `AllowAny`, `get_optional_user`.
    Open,
    /// Nothing.
    Nothing,
}

/// Words of names that let everybody through.
const OPEN: &[&str] = &[
    "optional",
    "optionally",
    "anonymous",
    "unauthenticated",
    "noauth",
    "exempt",
    "skip",
    "disable",
    "disabled",
];
/// Last words of names for things that have to do with a check and are none.
const ABOUT: &[&str] = &[
    "router",
    "routers",
    "route",
    "routes",
    "controller",
    "url",
    "uri",
    "headers",
    "count",
    "config",
    "settings",
    "options",
    "error",
    "errors",
    "exception",
    "client",
    "history",
];
/// Words that are a check by themselves.
const CHECKS: &[&str] = &[
    "jwt",
    "oauth",
    "oidc",
    "passport",
    "bearer",
    "clerk",
    "protect",
    "protected",
    "rbac",
    "keycloak",
    "permission",
    "permissions",
];
/// What is done to a credential, and credentials.
const DEMANDS: &[&str] = &[
    "verify", "check", "validate", "require", "required", "requires", "ensure", "assert", "need", "is",
    "must", "with",
];
const CREDENTIALS: &[&str] = &[
    "token",
    "key",
    "apikey",
    "user",
    "session",
    "signature",
    "role",
    "roles",
    "scope",
    "scopes",
    "admin",
    "access",
    "credentials",
    "identity",
    "principal",
    "login",
    "logged",
    "signed",
];

/// Whether any word that counts stands in a name at all: most names are told by this, without being taken apart.
fn may_say(name: &str) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let single = ["auth", "allow", "security", "user", "session", "key"];
        let all = [&single[..], OPEN, CHECKS, CREDENTIALS].concat();
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(all)
            .ok()
    });
    words.as_ref().is_none_or(|w| w.is_match(name))
}

/// What a name says. `before` is for things that stand before a handler, where reading a credential is enough; a call in a body
/// must say that it demands one: `get_api_key()` there may well read the key of a provider.
pub(super) fn says(name: &str, before: bool) -> Says {
    if !may_say(name) {
        return Says::Nothing;
    }
    let words = words(name);
    let has = |word: &str| words.iter().any(|w| w == word);
    if has("csrf") {
        return Says::Nothing;
    }
    let allows_any = has("allow") && (has("any") || has("all")) || has("no") && has("auth");
    if words.iter().any(|w| OPEN.contains(&w.as_str())) || allows_any {
        return Says::Open;
    }
    if words.last().is_some_and(|w| ABOUT.contains(&w.as_str())) {
        return Says::Nothing;
    }
    let auth = |w: &String| {
        w.starts_with("auth")
            && (!w.starts_with("author") || w.starts_with("authoriz") || w.starts_with("authoris"))
            || CHECKS.contains(&w.as_str())
    };
    let demands = words.iter().any(|w| DEMANDS.contains(&w.as_str()))
        && words.iter().any(|w| CREDENTIALS.contains(&w.as_str()));
    let user = has("user") && (has("current") || has("session"))
        || has("server") && has("session")
        || has("api") && has("key") && (has("header") || has("query") || has("cookie"));
    let whole = words.concat();
    let asked = matches!(
        whole.as_str(),
        "getsession" | "getuser" | "gettoken" | "loginrequired"
    );
    let read =
        before && (asked || whole == "security" || has("get") && (has("user") || whole.contains("apikey")));
    if words.iter().any(auth) || demands || user || read || whole == "getsession" {
        Says::Checks
    } else {
        Says::Nothing
    }
}

/// Words of a name in any style, digits at their ends left out.
fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![String::new()];
    let letters: Vec<char> = name.chars().take(120).collect();
    for (i, c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| letters.get(i));
        let lower = |c: Option<&char>| c.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
        let starts = c.is_uppercase()
            && (lower(before) || before.is_some() && letters.get(i + 1).is_some_and(|c| c.is_lowercase()));
        if starts || !c.is_alphanumeric() {
            out.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = out.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    for word in &mut out {
        word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    out.retain(|w| !w.is_empty());
    out
}

/// Whether a matcher of a middleware takes in an address: `/api/:path*`, `/chat`, `/((?!_next|public).*)`.
pub(super) fn matcher_takes(pattern: &str, route: &str) -> bool {
    let end = pattern.find([':', '(', '*', '[']).unwrap_or(pattern.len());
    let (literal, rest) = pattern.split_at_checked(end).unwrap_or((pattern, ""));
    if rest.is_empty() {
        return literal.trim_end_matches('/') == route.trim_end_matches('/');
    }
    let literal = literal.trim_end_matches('/');
    let Some(below) = route.strip_prefix(literal) else {
        return false;
    };
    if !below.is_empty() && !below.starts_with('/') {
        return false;
    }
    let below = below.trim_start_matches('/');
    match rest.split_once("(?!").and_then(|(_, r)| r.split_once(')')) {
        Some((but, _)) => !but.split('|').any(|b| {
            let b = b.trim_end_matches(['*', '.', '$']);
            !b.is_empty() && below.starts_with(b)
        }),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{Says, matcher_takes, says};

    #[test]
    fn names_say_who_passes() {
        for (name, before, wanted) in [
            ("get_current_user", true, Says::Checks),
            ("requireAuth", true, Says::Checks),
            ("OAuth2PasswordBearer", true, Says::Checks),
            ("JWTBearer", true, Says::Checks),
            ("verify_api_key", false, Says::Checks),
            ("getServerSession", false, Says::Checks),
            ("IsAuthenticated", true, Says::Checks),
            ("isLoggedIn", true, Says::Checks),
            ("get_api_key", true, Says::Checks),
            ("get_api_key", false, Says::Nothing),
            ("get_user_message", false, Says::Nothing),
            ("getTokenCount", false, Says::Nothing),
            ("authRouter", true, Says::Nothing),
            ("authoring", true, Says::Nothing),
            ("SecurityHeadersMiddleware", true, Says::Nothing),
            ("CSRFProtect", true, Says::Nothing),
            ("AllowAny", true, Says::Open),
            ("AllowAnonymous", true, Says::Open),
            ("get_current_user_optional", true, Says::Open),
        ] {
            assert_eq!(says(name, before), wanted, "{name}");
        }
    }

    #[test]
    fn matchers_take_addresses() {
        for (pattern, route, wanted) in [
            ("/api/:path*", "/api/chat", true),
            ("/api/(.*)", "/api/chat", true),
            ("/dashboard/:path*", "/api/chat", false),
            ("/api/chat", "/api/chat", true),
            ("/api/chat", "/api/chats", false),
            ("/api/:path*", "/apis/chat", false),
            ("/((?!_next|favicon.ico).*)", "/api/chat", true),
            ("/((?!api|_next).*)", "/api/chat", false),
        ] {
            assert_eq!(matcher_takes(pattern, route), wanted, "{pattern} {route}");
        }
    }
}
