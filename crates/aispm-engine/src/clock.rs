//! The one place that reads the clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Now, in UTC.
#[expect(clippy::disallowed_methods, reason = "this is the module the ban names")]
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    Timestamp::from_second(i64::try_from(since.as_secs()).unwrap_or(0)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Nanoseconds since 1970, for run ids.
#[expect(clippy::disallowed_methods, reason = "this is the module the ban names")]
pub fn nanos() -> u128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_nanos()
}

/// Today, in UTC: the day that exceptions and reviews are judged on unless the user names another.
pub fn today() -> Date {
    now().to_zoned(TimeZone::UTC).date()
}

/// Measures how long a stage takes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[expect(clippy::disallowed_methods, reason = "this is the module the ban names")]
    pub fn start() -> Self {
        Self(Instant::now())
    }
    /// Milliseconds since the start.
    pub fn millis(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
