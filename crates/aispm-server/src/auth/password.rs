//! Passwords: argon2id with the parameters that OWASP recommends (19 MiB, 2 passes), which are the library's own.

use std::sync::LazyLock;

use aispm_audit::{Audit, Event};
use aispm_store::{Store, User};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use super::secret::random;
use crate::{ServeError, state};

/// Compared with where there is no such user, so that names cannot be told by time.
pub(crate) static DUMMY: LazyLock<String> = LazyLock::new(|| hash("nobody").unwrap_or_default());

/// Name of the first user.
const FIRST: &str = "admin";

pub(crate) fn hash(password: &str) -> Result<String, String> {
    let hash: Result<argon2::password_hash::phc::PasswordHash, _> =
        Argon2::default().hash_password(password.as_bytes());
    hash.map(|h| h.to_string()).map_err(|e| e.to_string())
}

pub(crate) fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
}

/// Makes the first user where there is none, and gives back name and password: they are shown once and kept nowhere. With
/// `again`, the first user gets a new password, and whoever is logged in as him no longer is.
///
/// # Errors
/// The store fails, the audit log cannot be written, or the kernel gives no random bytes.
pub async fn first_secret(
    store: &Store,
    audit: &dyn Audit,
    again: bool,
) -> Result<Option<(String, String)>, ServeError> {
    let there = !store.users().await?.is_empty();
    if there && !again {
        return Ok(None);
    }
    let action = if there { "change_password" } else { "create_user" };
    audit.record(&Event::new(state::now(), "cli", action, FIRST))?;
    let password: String = random()
        .map_err(|e| ServeError::Secret(e.to_string()))?
        .chars()
        .take(24)
        .collect();
    let hashed = hash(&password).map_err(ServeError::Secret)?;
    if !(there && store.set_password(FIRST, &hashed).await?) {
        store
            .add_user(&User {
                name: FIRST.to_owned(),
                password: hashed,
                role: String::from("admin"),
                created_at: state::now(),
            })
            .await?;
    }
    Ok(Some((FIRST.to_owned(), password)))
}
