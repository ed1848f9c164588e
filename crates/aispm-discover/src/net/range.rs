//! What may be asked: the addresses and ports of a `net:` target.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::services::services;

/// Addresses of one target.
const ADDRESSES: u32 = 1024;
/// Ports of one target.
const PORTS: usize = 256;
/// Connections a second, unless the target says otherwise.
const RATE: u32 = 200;
/// Most connections a second.
const FASTEST: u32 = 1000;

/// A validated range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    first: u128,
    count: u32,
    six: bool,
    /// Ports, sorted.
    pub(crate) ports: Vec<u16>,
    /// Connections a second.
    pub(crate) rate: u32,
}

impl Range {
    /// `ADDRESS[/BITS][?public&ports=80,8000-8010&rate=50]`.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        let (cidr, options) = written.split_once('?').unwrap_or((written, ""));
        let (address, bits) = match cidr.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (cidr, None),
        };
        let ip: IpAddr = address.parse().map_err(|_| {
            String::from(
                "names are not looked up; write addresses as in `net:10.0.0.0/24` or `net:127.0.0.1`",
            )
        })?;
        let width: u32 = if ip.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(text) => text
                .parse()
                .ok()
                .filter(|b| *b <= width)
                .ok_or_else(|| format!("`/{text}` is no prefix length; write 0 to {width}"))?,
            None => width,
        };
        let count = 1u32
            .checked_shl(width - bits)
            .filter(|n| *n <= ADDRESSES)
            .ok_or_else(|| {
                format!(
                    "more than {ADDRESSES} addresses; name smaller ranges, as in `{address}/{}`",
                    width - 10
                )
            })?;
        let number = match ip {
            IpAddr::V4(ip) => u128::from(u32::from(ip)),
            IpAddr::V6(ip) => u128::from(ip),
        };
        let mut range = Self {
            first: number - number % u128::from(count),
            count,
            six: ip.is_ipv6(),
            ports: usual_ports(),
            rate: RATE,
        };
        let public = range.options(options)?;
        range.permitted(public, written)?;
        Ok(range)
    }

    fn options(&mut self, options: &str) -> Result<bool, String> {
        let mut public = false;
        for option in options.split('&').filter(|o| !o.is_empty()) {
            match option.split_once('=') {
                None if option == "public" => public = true,
                Some(("ports", list)) => self.ports = ports(list)?,
                Some(("rate", n)) => {
                    self.rate = n
                        .parse()
                        .ok()
                        .filter(|n| (1..=FASTEST).contains(n))
                        .ok_or_else(|| format!("`rate={n}`: write 1 to {FASTEST} connections a second"))?;
                }
                _ => {
                    return Err(format!(
                        "`{option}` is unknown; there are `public`, `ports=…` and `rate=…`"
                    ));
                }
            }
        }
        Ok(public)
    }

    fn permitted(&self, public: bool, written: &str) -> Result<(), String> {
        for ip in self.addresses() {
            if is_special(ip) {
                return Err(format!(
                    "{ip} is link-local, multicast or reserved and is never asked"
                ));
            }
            if is_public(ip) && !public {
                let join = if written.contains('?') { '&' } else { '?' };
                return Err(format!(
                    "{ip} is public; only private and loopback ranges are asked by default. If it is yours: `net:{written}{join}public`"
                ));
            }
        }
        Ok(())
    }

    /// Its addresses in order.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> + use<> {
        let (first, six) = (self.first, self.six);
        (0..u128::from(self.count)).map(move |n| {
            let number = first.wrapping_add(n);
            if six {
                IpAddr::V6(Ipv6Addr::from(number))
            } else {
                IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap_or(0)))
            }
        })
    }
}

fn usual_ports() -> Vec<u16> {
    let all: BTreeSet<u16> = services().iter().flat_map(|s| s.ports.iter().copied()).collect();
    all.into_iter().collect()
}

fn ports(list: &str) -> Result<Vec<u16>, String> {
    let wrong = |part: &str| format!("`ports={part}`: write ports as in `ports=8000,8080-8090`");
    let mut out = BTreeSet::new();
    for part in list.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let from: u16 = from.parse().map_err(|_| wrong(part))?;
        let to: u16 = to.parse().map_err(|_| wrong(part))?;
        if from == 0 || to < from {
            return Err(wrong(part));
        }
        out.extend((from..=to).take(PORTS + 1));
    }
    if out.len() > PORTS {
        return Err(format!("more than {PORTS} ports; name fewer"));
    }
    Ok(out.into_iter().collect())
}

/// Addresses that are no host's or that are a cloud's metadata service.
fn is_special(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_link_local()
                || ip.is_multicast()
                || ip.octets().first().is_some_and(|o| *o == 0 || *o >= 240)
        }
        IpAddr::V6(ip) => {
            ip.is_unicast_link_local()
                || ip.is_multicast()
                || ip.is_unspecified()
                || ip.to_ipv4_mapped().is_some()
                || ip == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

/// Neither loopback nor private (RFC 1918, RFC 6598, RFC 4193).
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let carrier = a == 100 && (64..128).contains(&b);
            !(ip.is_loopback() || ip.is_private() || carrier)
        }
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_private_ranges_are_taken_by_default() {
        for (written, count) in [
            ("127.0.0.1", 1),
            ("10.1.2.3/24", 256),
            ("192.168.0.0/22", 1024),
            ("172.31.0.0/30", 4),
            ("100.64.0.0/24", 256),
            ("::1", 1),
            ("fd12::/120", 256),
            ("203.0.113.0/30?public", 4),
            ("203.0.113.1?ports=80&public", 1),
        ] {
            let range = Range::parse(written).unwrap_or_else(|e| panic!("{written}: {e}"));
            assert_eq!(range.addresses().count(), count, "{written}");
            assert!(!range.ports.is_empty());
        }
        for (written, says) in [
            ("", "names are not looked up"),
            ("example.com", "names are not looked up"),
            ("203.0.113.0/24", "?public"),
            ("8.8.8.8?rate=5", "&public"),
            ("10.0.0.0/8", "more than 1024"),
            ("0.0.0.0/0", "more than 1024"),
            ("::/0", "more than 1024"),
            ("172.32.0.1", "is public"),
            ("169.254.169.254?public", "never asked"),
            ("224.0.0.1?public", "never asked"),
            ("0.0.0.0?public", "never asked"),
            ("::ffff:8.8.8.8?public", "never asked"),
            ("10.0.0.0/33", "no prefix length"),
            ("10.0.0.1?ports=0", "ports"),
            ("10.0.0.1?ports=1-9999", "more than 256"),
            ("10.0.0.1?rate=0", "rate"),
            ("10.0.0.1?fast", "unknown"),
        ] {
            let e = Range::parse(written).unwrap_err();
            assert!(e.contains(says), "{written}: {e}");
        }
        assert_eq!(
            Range::parse("10.1.2.3/31").unwrap().addresses().next(),
            Some("10.1.2.2".parse().unwrap())
        );
    }
}
