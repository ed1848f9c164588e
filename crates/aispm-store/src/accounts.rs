//! Users, sessions and tokens. What a person or program shows is never kept, only its hash.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{Store, StoreError};

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: String,
    /// The password's hash, as a PHC string.
    pub password: String,
    /// `admin` or `viewer`.
    pub role: String,
    /// When it was made, RFC 3339, UTC.
    pub created_at: String,
}

/// A key of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// `admin` or `viewer`.
    pub role: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: String,
    /// From when on it is no good.
    pub expires_at: String,
}

impl Store {
    /// Adds a user.
    pub async fn add_user(&self, user: &User) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO users (name, password, role, created_at) VALUES ($1, $2, $3, $4)")
            .bind(&user.name)
            .bind(&user.password)
            .bind(&user.role)
            .bind(&user.created_at)
            .execute(&self.pool)
            .await
            .map_err(|e| self.refused(e, "adding a user"))?;
        Ok(())
    }

    /// A user.
    pub async fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        let failed = |e| self.failed(e, "reading a user");
        let row = sqlx::query("SELECT * FROM users WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        row.as_ref().map(user).transpose().map_err(failed)
    }

    /// Every user, by name.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let failed = |e| self.failed(e, "listing users");
        let rows = sqlx::query("SELECT * FROM users ORDER BY name")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(user).collect::<Result<_, _>>().map_err(failed)
    }

    /// Sets a password and ends the user's sessions. False where there is no such user.
    pub async fn set_password(&self, name: &str, password: &str) -> Result<bool, StoreError> {
        let failed = |e| self.failed(e, "setting a password");
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let done = sqlx::query("UPDATE users SET password = $2 WHERE name = $1")
            .bind(name)
            .bind(password)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        sqlx::query("DELETE FROM sessions WHERE user_name = $1")
            .bind(name)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(done.rows_affected() > 0)
    }

    /// Deletes a user with sessions and tokens, unless it is the last admin. False where nothing was deleted.
    pub async fn delete_user(&self, name: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "DELETE FROM users WHERE name = $1
             AND EXISTS (SELECT 1 FROM users AS other WHERE other.role = 'admin' AND other.name <> $1)",
        )
        .bind(name)
        .execute(&self.pool)
        .await
        .map_err(|e| self.failed(e, "deleting a user"))?;
        Ok(done.rows_affected() > 0)
    }

    /// Begins a session, and forgets those that ended before it began.
    pub async fn add_session(
        &self,
        hash: &str,
        user: &str,
        now: &str,
        expires_at: &str,
    ) -> Result<(), StoreError> {
        let failed = |e| self.failed(e, "beginning a session");
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        sqlx::query("INSERT INTO sessions (hash, user_name, created_at, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(hash)
            .bind(user)
            .bind(now)
            .bind(expires_at)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)
    }

    /// Whose session this is, while it lasts.
    pub async fn session(&self, hash: &str, now: &str) -> Result<Option<User>, StoreError> {
        let failed = |e| self.failed(e, "looking up a session");
        let row = sqlx::query(
            "SELECT users.* FROM sessions JOIN users ON users.name = sessions.user_name
             WHERE sessions.hash = $1 AND sessions.expires_at > $2",
        )
        .bind(hash)
        .bind(now)
        .fetch_optional(&self.pool)
        .await
        .map_err(failed)?;
        row.as_ref().map(user).transpose().map_err(failed)
    }

    /// Ends a session.
    pub async fn end_session(&self, hash: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sessions WHERE hash = $1")
            .bind(hash)
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e, "ending a session"))?;
        Ok(())
    }

    /// Adds a token.
    pub async fn add_token(&self, token: &Token, hash: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO tokens (id, hash, name, role, created_by, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&token.id)
        .bind(hash)
        .bind(&token.name)
        .bind(&token.role)
        .bind(&token.created_by)
        .bind(&token.created_at)
        .bind(&token.expires_at)
        .execute(&self.pool)
        .await
        .map_err(|e| self.refused(e, "adding a token"))?;
        Ok(())
    }

    /// The token with this hash, while it is good.
    pub async fn token(&self, hash: &str, now: &str) -> Result<Option<Token>, StoreError> {
        let failed = |e| self.failed(e, "looking up a token");
        let row = sqlx::query("SELECT * FROM tokens WHERE hash = $1 AND expires_at > $2")
            .bind(hash)
            .bind(now)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        row.as_ref().map(token).transpose().map_err(failed)
    }

    /// Every token, the oldest first.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let failed = |e| self.failed(e, "listing tokens");
        let rows = sqlx::query("SELECT * FROM tokens ORDER BY created_at, id")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(token).collect::<Result<_, _>>().map_err(failed)
    }

    /// Deletes a token. False where there is none.
    pub async fn delete_token(&self, id: &str) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM tokens WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e, "deleting a token"))?;
        Ok(done.rows_affected() > 0)
    }
}

fn user(row: &SqliteRow) -> Result<User, sqlx::Error> {
    Ok(User {
        name: row.try_get("name")?,
        password: row.try_get("password")?,
        role: row.try_get("role")?,
        created_at: row.try_get("created_at")?,
    })
}

fn token(row: &SqliteRow) -> Result<Token, sqlx::Error> {
    Ok(Token {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}
