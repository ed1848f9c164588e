//! Times as logs write them, turned into one form only for the lines that matter.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime;

/// A time as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When<'l> {
    /// Seconds since 1970 with a fraction.
    Epoch(&'l str),
    /// `27/Nov/2026:14:03:11 +0000`.
    Combined(&'l str),
    /// `Nov 27 14:03:11`: local time without a year.
    Syslog(&'l str),
    /// RFC 3339.
    Iso(&'l str),
    /// The log has none.
    None,
}

impl When<'_> {
    /// `2026-11-27T14:03:11Z`, without the `Z` where the log does not tell the zone. `as_of` gives a year where the log has
    /// none: the last in which the day was not after it.
    pub(crate) fn text(self, as_of: Date) -> Option<String> {
        let second = |t: Timestamp| Timestamp::from_second(t.as_second()).ok().map(|t| t.to_string());
        match self {
            Self::Epoch(text) => {
                let seconds = text.split('.').next()?.parse().ok()?;
                Timestamp::from_second(seconds).ok().map(|t| t.to_string())
            }
            Self::Combined(text) => {
                let time = strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).ok()?;
                second(time.to_timestamp().ok()?)
            }
            Self::Iso(text) => second(text.parse().ok()?),
            Self::Syslog(text) => {
                let whole = |year: i16| {
                    let time = strtime::parse("%Y %b %e %H:%M:%S", format!("{year} {text}")).ok()?;
                    time.to_datetime().ok()
                };
                let this = whole(as_of.year());
                let time = match this {
                    Some(t) if t.date() <= as_of => t,
                    _ => whole(as_of.year() - 1)?,
                };
                Some(time.to_string())
            }
            Self::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_time_gives_one_form() {
        let day = jiff::civil::date(2026, 2, 3);
        for (when, text) in [
            (When::Epoch("1795788191.250"), Some("2026-11-27T14:03:11Z")),
            (When::Epoch("x"), None),
            (
                When::Combined("27/Nov/2026:15:03:11 +0100"),
                Some("2026-11-27T14:03:11Z"),
            ),
            (
                When::Iso("2026-11-27T14:03:11.5+00:00"),
                Some("2026-11-27T14:03:11Z"),
            ),
            (When::Syslog("Feb  3 14:03:11"), Some("2026-02-03T14:03:11")),
            (When::Syslog("Nov 27 14:03:11"), Some("2025-11-27T14:03:11")),
            (When::None, None),
        ] {
            assert_eq!(when.text(day).as_deref(), text, "{when:?}");
        }
    }
}
