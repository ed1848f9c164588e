//! Reading scans, reports and history.

use aispm_types::{AssetId, AssetKind, Report, Severity};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{Store, StoreError};

/// A scan in the list of scans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Its id.
    pub id: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// When it ended.
    pub finished_at: String,
    /// Version of the program that made it.
    pub tool_version: String,
    /// Version of rules, catalogue and attack steps.
    pub content_version: String,
    /// Targets by name.
    pub targets: Vec<String>,
    /// AI systems.
    pub systems: i64,
    /// Findings, accepted ones included.
    pub findings: i64,
    /// Attack paths.
    pub paths: i64,
    /// False where the report was pruned.
    pub report_kept: bool,
}

/// Whether an asset is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssetStatus {
    /// Seen by the last scan that looked.
    Open,
    /// A scan that read everything no longer saw it.
    Gone,
}

/// Whether a finding still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingStatus {
    /// It stands.
    Open,
    /// It stands again after it was fixed or gone.
    Regressed,
    /// Its asset is still there and no longer has it.
    Fixed,
    /// Its asset is gone.
    Gone,
}

/// An asset over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetHistory {
    /// Identity.
    pub id: AssetId,
    /// What it is; none where a newer version knew a kind we do not.
    pub kind: Option<AssetKind>,
    /// What people call it.
    pub name: String,
    /// Whether it is still there.
    pub status: AssetStatus,
    /// The scan that saw it first.
    pub first_seen: String,
    /// The scan that saw it last.
    pub last_seen: String,
}

/// A finding over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingHistory {
    /// Its id.
    pub id: String,
    /// Its rule.
    pub rule: String,
    /// On which asset.
    pub asset: AssetId,
    /// The defect.
    pub title: String,
    /// How bad, when it was seen last; none where a newer version knew a word we do not.
    pub severity: Option<Severity>,
    /// Whether it still stands.
    pub status: FindingStatus,
    /// The scan that saw it first.
    pub first_seen: String,
    /// The scan that saw it last.
    pub last_seen: String,
}

impl Store {
    /// The newest scan's report, if there is one.
    pub async fn latest(&self) -> Result<Option<Report>, StoreError> {
        match self.newest().await? {
            Some(scan) => self.load(&scan).await.map(Some),
            None => Ok(None),
        }
    }

    /// The report of a scan.
    pub async fn load(&self, scan: &str) -> Result<Report, StoreError> {
        let failed = |e| self.failed(e, "reading a report");
        let row: Option<(String, Option<String>)> =
            sqlx::query_as("SELECT scans.id, reports.json FROM scans LEFT JOIN reports ON reports.scan = scans.id WHERE scans.id = $1")
                .bind(scan)
                .fetch_optional(&self.pool)
                .await
                .map_err(failed)?;
        match row {
            Some((_, Some(json))) => serde_json::from_str(&json).map_err(|source| StoreError::Unreadable {
                scan: scan.to_owned(),
                source,
            }),
            Some((_, None)) => Err(StoreError::Pruned {
                scan: scan.to_owned(),
            }),
            None => {
                let newest = sqlx::query_scalar("SELECT id FROM scans ORDER BY sequence DESC LIMIT 1")
                    .fetch_optional(&self.pool)
                    .await
                    .map_err(failed)?;
                Err(StoreError::NoScan {
                    scan: scan.to_owned(),
                    newest,
                })
            }
        }
    }

    /// The newest report before this scan that covered the same targets: what to compare with.
    pub async fn before(&self, scan: &str) -> Result<Option<Report>, StoreError> {
        let earlier: Option<String> = sqlx::query_scalar(
            "SELECT earlier.id FROM scans AS this JOIN scans AS earlier ON earlier.sequence < this.sequence
             JOIN reports ON reports.scan = earlier.id
             WHERE this.id = $1
             AND NOT EXISTS (SELECT 1 FROM scan_scopes AS a WHERE a.scan = this.id AND NOT EXISTS
                 (SELECT 1 FROM scan_scopes AS b WHERE b.scan = earlier.id AND b.scope = a.scope))
             AND NOT EXISTS (SELECT 1 FROM scan_scopes AS b WHERE b.scan = earlier.id AND NOT EXISTS
                 (SELECT 1 FROM scan_scopes AS a WHERE a.scan = this.id AND a.scope = b.scope))
             ORDER BY earlier.sequence DESC LIMIT 1",
        )
        .bind(scan)
        .fetch_optional(&self.pool)
        .await
        .map_err(|e| self.failed(e, "looking for the scan before"))?;
        match earlier {
            Some(earlier) => self.load(&earlier).await.map(Some),
            None => Ok(None),
        }
    }

    /// Every scan, the newest first.
    pub async fn scans(&self) -> Result<Vec<Scan>, StoreError> {
        let rows = sqlx::query(
            "SELECT scans.*, reports.scan IS NOT NULL AS report_kept
             FROM scans LEFT JOIN reports ON reports.scan = scans.id ORDER BY sequence DESC",
        )
        .fetch_all(&self.pool)
        .await;
        let failed = |e| self.failed(e, "listing scans");
        rows.map_err(failed)?
            .iter()
            .map(scan)
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    /// The scan that is newest and has its report.
    pub async fn newest(&self) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar(
            "SELECT scans.id FROM scans JOIN reports ON reports.scan = scans.id ORDER BY sequence DESC LIMIT 1",
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(|e| self.failed(e, "looking for the newest scan"))
    }

    /// What a scan covered: the name of each target in its report, and the target's private key.
    pub async fn scopes(&self, scan: &str) -> Result<Vec<(Option<String>, String)>, StoreError> {
        sqlx::query_as("SELECT target, scope FROM scan_scopes WHERE scan = $1 ORDER BY scope")
            .bind(scan)
            .fetch_all(&self.pool)
            .await
            .map_err(|e| self.failed(e, "reading what a scan covered"))
    }

    /// Every asset that was ever seen, in id order.
    pub async fn assets(&self) -> Result<Vec<AssetHistory>, StoreError> {
        let failed = |e| self.failed(e, "reading the history of assets");
        let rows = sqlx::query("SELECT * FROM assets ORDER BY id")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(asset).collect::<Result<_, _>>().map_err(failed)
    }

    /// Every finding that was ever seen, in id order.
    pub async fn findings(&self) -> Result<Vec<FindingHistory>, StoreError> {
        let failed = |e| self.failed(e, "reading the history of findings");
        let rows = sqlx::query("SELECT * FROM findings ORDER BY id")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(finding).collect::<Result<_, _>>().map_err(failed)
    }

    /// Deletes all reports but the newest `keep`; scans and history stay. Gives back how many were deleted.
    pub async fn prune(&self, keep: u32) -> Result<u64, StoreError> {
        let done = sqlx::query(
            "DELETE FROM reports WHERE scan NOT IN
             (SELECT reports.scan FROM reports JOIN scans ON scans.id = reports.scan ORDER BY sequence DESC LIMIT $1)",
        )
        .bind(i64::from(keep))
        .execute(&self.pool)
        .await
        .map_err(|e| self.failed(e, "pruning reports"))?;
        Ok(done.rows_affected())
    }
}

fn scan(row: &SqliteRow) -> Result<Scan, sqlx::Error> {
    let targets: String = row.try_get("targets")?;
    Ok(Scan {
        id: row.try_get("id")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        tool_version: row.try_get("tool_version")?,
        content_version: row.try_get("content_version")?,
        targets: serde_json::from_str(&targets).map_err(|e| sqlx::Error::Decode(e.into()))?,
        systems: row.try_get("systems")?,
        findings: row.try_get("findings")?,
        paths: row.try_get("paths")?,
        report_kept: row.try_get("report_kept")?,
    })
}

fn asset(row: &SqliteRow) -> Result<AssetHistory, sqlx::Error> {
    Ok(AssetHistory {
        id: AssetId::parse(row.try_get::<String, _>("id")?),
        kind: row.try_get::<String, _>("kind")?.parse().ok(),
        name: row.try_get("name")?,
        status: match row.try_get::<String, _>("status")?.as_str() {
            "gone" => AssetStatus::Gone,
            _ => AssetStatus::Open,
        },
        first_seen: row.try_get("first_seen")?,
        last_seen: row.try_get("last_seen")?,
    })
}

fn finding(row: &SqliteRow) -> Result<FindingHistory, sqlx::Error> {
    Ok(FindingHistory {
        id: row.try_get("id")?,
        rule: row.try_get("rule")?,
        asset: AssetId::parse(row.try_get::<String, _>("asset")?),
        title: row.try_get("title")?,
        severity: row.try_get::<String, _>("severity")?.parse().ok(),
        status: match row.try_get::<String, _>("status")?.as_str() {
            "regressed" => FindingStatus::Regressed,
            "fixed" => FindingStatus::Fixed,
            "gone" => FindingStatus::Gone,
            _ => FindingStatus::Open,
        },
        first_seen: row.try_get("first_seen")?,
        last_seen: row.try_get("last_seen")?,
    })
}
