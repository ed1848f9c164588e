//! The query log of dnsmasq (`log-queries`, also with `extra`), with or without the prefix of syslog.

use super::{Entry, Request, When};

/// `… dnsmasq[PID]: [SERIAL CLIENT/PORT] query[TYPE] NAME from CLIENT`.
pub(crate) fn entry(line: &str) -> Option<Entry<'_>> {
    let at = line.find("dnsmasq")?;
    let (before, rest) = (line.get(..at)?, line.get(at + "dnsmasq".len()..)?);
    // `dnsmasq-dhcp[1]:` and `dnsmasq-tftp[1]:` are its other voices.
    let (tag, message) = rest.split_once(": ")?;
    let plain = tag
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'[' | b']' | b'-'));
    if !plain || !prefix_is_syslog(before) {
        return None;
    }
    if tag.starts_with('-') {
        return Some(Entry::Other);
    }
    let Some(at) = message.find("query[") else {
        return Some(Entry::Other);
    };
    let mut words = message.get(at..)?.split(' ');
    let _type = words.next()?;
    let (name, from, client) = (words.next()?, words.next(), words.next());
    let (Some("from"), Some(client)) = (from, client) else {
        return Some(Entry::Other);
    };
    Some(Entry::Request(Request {
        user: client.trim(),
        host: name,
        when: when(before),
        bytes: 0,
        denied: false,
        via: "dns",
    }))
}

/// Nothing, or a time and at most a host name.
fn prefix_is_syslog(before: &str) -> bool {
    let words = before.split_ascii_whitespace().count();
    before.is_empty() || (before.ends_with(' ') && words <= 5)
}

fn when(before: &str) -> When<'_> {
    let first = before.split(' ').next().unwrap_or_default();
    if first.len() >= 20 && first.contains('T') {
        return When::Iso(first);
    }
    match before.get(..15) {
        Some(text) => When::Syslog(text),
        None => When::None,
    }
}
