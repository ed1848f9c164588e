//! Who is asking: passwords, sessions, tokens, and how often a password may be tried.

mod limiter;
mod password;
mod secret;
mod who;

pub use password::first_secret;

pub(crate) use limiter::Limiter;
pub(crate) use password::{DUMMY, hash, verify};
pub(crate) use secret::{csrf, digest, identifier, random};
pub(crate) use who::{COOKIE, SECURE_COOKIE, Who, identify, session_cookie};
