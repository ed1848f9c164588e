//! Webhooks, and what became of what was sent to them.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{Store, StoreError};

/// Where news is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Where to.
    pub url: String,
    /// `json` or `slack`.
    pub format: String,
    /// Signs what is sent.
    pub secret: String,
    /// From which severity on findings are sent.
    pub least_severity: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// When it was added, RFC 3339, UTC.
    pub created_at: String,
}

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// To which webhook.
    pub webhook: String,
    /// About which scan.
    pub scan: String,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// `delivered`, or why not.
    pub outcome: String,
}

impl Store {
    /// Adds a webhook.
    pub async fn add_webhook(&self, hook: &Webhook) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO webhooks (id, name, url, format, secret, least_severity, enabled, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&hook.id)
        .bind(&hook.name)
        .bind(&hook.url)
        .bind(&hook.format)
        .bind(&hook.secret)
        .bind(&hook.least_severity)
        .bind(hook.enabled)
        .bind(&hook.created_at)
        .execute(&self.pool)
        .await
        .map_err(|e| self.refused(e, "adding a webhook"))?;
        Ok(())
    }

    /// Every webhook, by name.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        let failed = |e| self.failed(e, "listing webhooks");
        let rows = sqlx::query("SELECT * FROM webhooks ORDER BY name")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(webhook).collect::<Result<_, _>>().map_err(failed)
    }

    /// Deletes a webhook. False where there is none.
    pub async fn delete_webhook(&self, id: &str) -> Result<bool, StoreError> {
        self.delete("DELETE FROM webhooks WHERE id = $1", id, "deleting a webhook")
            .await
    }

    /// Notes what became of a message.
    pub async fn put_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO deliveries (webhook, scan, at, outcome) VALUES ($1, $2, $3, $4)
             ON CONFLICT (webhook, scan) DO UPDATE SET at = excluded.at, outcome = excluded.outcome",
        )
        .bind(&delivery.webhook)
        .bind(&delivery.scan)
        .bind(&delivery.at)
        .bind(&delivery.outcome)
        .execute(&self.pool)
        .await
        .map_err(|e| self.refused(e, "noting a delivery"))?;
        Ok(())
    }

    /// The newest messages of every webhook, at most `limit`.
    pub async fn deliveries(&self, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let failed = |e| self.failed(e, "listing deliveries");
        let rows = sqlx::query("SELECT * FROM deliveries ORDER BY at DESC, webhook, scan LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(delivery)
            .collect::<Result<_, _>>()
            .map_err(failed)
    }
}

fn webhook(row: &SqliteRow) -> Result<Webhook, sqlx::Error> {
    Ok(Webhook {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        url: row.try_get("url")?,
        format: row.try_get("format")?,
        secret: row.try_get("secret")?,
        least_severity: row.try_get("least_severity")?,
        enabled: row.try_get("enabled")?,
        created_at: row.try_get("created_at")?,
    })
}

fn delivery(row: &SqliteRow) -> Result<Delivery, sqlx::Error> {
    Ok(Delivery {
        webhook: row.try_get("webhook")?,
        scan: row.try_get("scan")?,
        at: row.try_get("at")?,
        outcome: row.try_get("outcome")?,
    })
}
