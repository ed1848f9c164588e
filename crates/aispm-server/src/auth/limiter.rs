//! How often a password may be tried.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Tries for one name from one address in a window.
const TRIES: u32 = 5;
/// Tries from one address in a window, whatever the name.
const TRIES_ADDRESS: u32 = 50;
/// Length of a window in milliseconds.
const WINDOW: u64 = 15 * 60 * 1000;
/// Windows kept at most; while so many are open, nobody new may try.
const MOST: usize = 20_000;

#[derive(Clone, Copy, Debug)]
struct Window {
    since: u64,
    tries: u32,
}

/// Counts tries. A try counts before its password is compared, so that many at once do not slip through.
#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<BTreeMap<(IpAddr, String), Window>>);

impl Limiter {
    /// Takes one try at `now` (milliseconds), or says how many seconds to wait.
    pub(crate) fn try_once(&self, address: IpAddr, name: &str, now: u64) -> Result<(), u64> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, w| now.saturating_sub(w.since) < WINDOW);
        if windows.len() >= MOST {
            return Err(WINDOW / 1000);
        }
        let keys = [
            ((address, name.to_owned()), TRIES),
            ((address, String::new()), TRIES_ADDRESS),
        ];
        for (key, most) in &keys {
            if let Some(w) = windows.get(key).filter(|w| w.tries >= *most) {
                return Err((w.since + WINDOW).saturating_sub(now).div_ceil(1000));
            }
        }
        for (key, _) in keys {
            let window = windows.entry(key).or_insert(Window { since: now, tries: 0 });
            window.tries = window.tries.saturating_add(1);
        }
        Ok(())
    }

    /// The password was right.
    pub(crate) fn succeeded(&self, address: IpAddr, name: &str) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.remove(&(address, name.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_name_is_tried_five_times_and_then_waits() {
        let limiter = Limiter::default();
        for _ in 0..TRIES {
            limiter.try_once(HERE, "admin", 0).unwrap();
        }
        assert_eq!(limiter.try_once(HERE, "admin", 60_000), Err(14 * 60));
        limiter.try_once(HERE, "other", 60_000).unwrap();
        limiter.try_once(HERE, "admin", WINDOW).unwrap();
    }

    #[test]
    fn many_names_from_one_address_wait_too() {
        let limiter = Limiter::default();
        for n in 0..TRIES_ADDRESS {
            limiter.try_once(HERE, &format!("n{n}"), 0).unwrap();
        }
        assert!(limiter.try_once(HERE, "another", 0).is_err());
        limiter
            .try_once(IpAddr::from([192, 0, 2, 1]), "another", 0)
            .unwrap();
    }

    #[test]
    fn success_forgets_the_name_only() {
        let limiter = Limiter::default();
        for _ in 0..TRIES {
            limiter.try_once(HERE, "admin", 0).unwrap();
        }
        limiter.succeeded(HERE, "admin");
        limiter.try_once(HERE, "admin", 0).unwrap();
    }
}
