//! Access logs of Squid in its native format and in the combined one, which other proxies write as well.

use super::{Entry, Request, When};

/// `time elapsed client code/status bytes method URL user hierarchy type`.
pub(crate) fn native(line: &str) -> Option<Entry<'_>> {
    let mut words = line.split_ascii_whitespace();
    let mut word = || words.next();
    let time = word()?;
    let (seconds, fraction) = time.split_once('.')?;
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(seconds) || !digits(fraction) || seconds.len() < 9 {
        return None;
    }
    word()?.parse::<i64>().ok()?;
    let client = word()?;
    let (code, _status) = word()?.split_once('/')?;
    let bytes = word()?.parse().ok()?;
    let (method, url, user) = (word()?, word()?, word()?);
    word()?.split_once('/')?;
    Some(entry(Parts {
        client,
        user,
        method,
        url,
        code,
        bytes,
        when: When::Epoch(time),
    }))
}

/// `client ident user [time] "METHOD URL HTTP/V" status bytes "referer" "agent" code:hierarchy`.
pub(crate) fn combined(line: &str) -> Option<Entry<'_>> {
    let (front, rest) = line.split_once(" [")?;
    let (time, rest) = rest.split_once("] \"")?;
    let mut words = front.split(' ');
    let client = words.next().filter(|c| !c.is_empty())?;
    let _ident = words.next()?;
    let user = words.next()?;
    // A quote inside a URL is written %22, so the next quote ends the request.
    let (request, rest) = rest.split_once("\" ")?;
    let mut request = request.split(' ');
    let (method, url) = (request.next()?, request.next().unwrap_or_default());
    let mut tail = rest.split(' ');
    let status = tail.next()?;
    // A connection that ends before it asks is written with status 0.
    if status.is_empty() || status.len() > 3 || !status.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let bytes = tail.next()?.parse().unwrap_or(0);
    let code = rest
        .rsplit(' ')
        .next()
        .and_then(|w| w.split_once(':'))
        .map_or("", |(code, _)| code);
    Some(entry(Parts {
        client,
        user,
        method,
        url,
        code,
        bytes,
        when: When::Combined(time),
    }))
}

struct Parts<'l> {
    client: &'l str,
    user: &'l str,
    method: &'l str,
    url: &'l str,
    code: &'l str,
    bytes: u64,
    when: When<'l>,
}

fn entry<'l>(p: Parts<'l>) -> Entry<'l> {
    let Some(host) = host(p.method, p.url) else {
        return Entry::Other;
    };
    Entry::Request(Request {
        user: if p.user == "-" { p.client } else { p.user },
        host,
        when: p.when,
        bytes: p.bytes,
        // A challenge to sign in (407) is a denial too; the request that follows counts.
        denied: p.code.contains("DENIED"),
        via: "proxy",
    })
}

/// The host of `host:port` of a tunnel, or of an absolute URL.
fn host<'l>(method: &str, url: &'l str) -> Option<&'l str> {
    let authority = match url.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next()?,
        None if method == "CONNECT" => url,
        None => return None,
    };
    let authority = authority.rsplit_once('@').map_or(authority, |(_, a)| a);
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}
