//! The register: what the organisation says of its AI systems.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::watch::{list, listed};
use crate::{Store, StoreError};

/// What the organisation says of one AI system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The system's asset id.
    pub system: String,
    /// What people called it when it was registered.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Classes of data it handles.
    pub data_classes: Vec<String>,
    /// `pilot`, `production`, `retired` or `unknown`.
    pub status: String,
    /// `not_reviewed`, `in_review`, `approved` or `rejected`.
    pub security_status: String,
    /// The day by which it is reviewed again, `YYYY-MM-DD`.
    pub review_by: Option<String>,
    /// The last day on which it may run.
    pub expires_on: Option<String>,
    /// When this was last changed, RFC 3339, UTC.
    pub updated_at: String,
    /// Who changed it.
    pub updated_by: String,
}

impl Store {
    /// Writes an entry of the register.
    pub async fn put_registration(&self, entry: &Registration) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO register (system, name, owner, purpose, data_classes, status, security_status, review_by,
             expires_on, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (system) DO UPDATE SET name = excluded.name, owner = excluded.owner, purpose = excluded.purpose,
             data_classes = excluded.data_classes, status = excluded.status, security_status = excluded.security_status,
             review_by = excluded.review_by, expires_on = excluded.expires_on, updated_at = excluded.updated_at,
             updated_by = excluded.updated_by",
        )
        .bind(&entry.system)
        .bind(&entry.name)
        .bind(&entry.owner)
        .bind(&entry.purpose)
        .bind(list(&entry.data_classes))
        .bind(&entry.status)
        .bind(&entry.security_status)
        .bind(&entry.review_by)
        .bind(&entry.expires_on)
        .bind(&entry.updated_at)
        .bind(&entry.updated_by)
        .execute(&self.pool)
        .await
        .map_err(|e| self.refused(e, "writing the register"))?;
        Ok(())
    }

    /// The whole register, by system.
    pub async fn register(&self) -> Result<Vec<Registration>, StoreError> {
        let failed = |e| self.failed(e, "reading the register");
        let rows = sqlx::query("SELECT * FROM register ORDER BY system")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(entry).collect::<Result<_, _>>().map_err(failed)
    }

    /// Takes an entry out. False where there is none.
    pub async fn delete_registration(&self, system: &str) -> Result<bool, StoreError> {
        self.delete(
            "DELETE FROM register WHERE system = $1",
            system,
            "deleting from the register",
        )
        .await
    }
}

fn entry(row: &SqliteRow) -> Result<Registration, sqlx::Error> {
    Ok(Registration {
        system: row.try_get("system")?,
        name: row.try_get("name")?,
        owner: row.try_get("owner")?,
        purpose: row.try_get("purpose")?,
        data_classes: listed(row, "data_classes")?,
        status: row.try_get("status")?,
        security_status: row.try_get("security_status")?,
        review_by: row.try_get("review_by")?,
        expires_on: row.try_get("expires_on")?,
        updated_at: row.try_get("updated_at")?,
        updated_by: row.try_get("updated_by")?,
    })
}
