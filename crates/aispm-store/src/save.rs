//! Saving a scan: the report, the history, and the sweep of what is gone.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{CheckOutcome, Location, Report, Unseen};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::{Store, StoreError};

/// A target as one scan covered it. A scan has one for each of `report.scan.targets`, in that order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScannedScope {
    /// Tells this target from others of the same name, the same for every scan of it: what it is and where it lies. Private:
    /// it stays in the store.
    pub key: String,
    /// Read without a gap. Only then may what is missing from it be marked as gone.
    pub complete: bool,
}

/// Rows in one statement; SQLite binds at most 32,766 values.
const ROWS: usize = 1000;

impl Store {
    /// Saves a scan under `report.run.id`, whole or not at all, and gives back the id.
    ///
    /// Assets and findings that the report lists are open; a finding that was fixed or gone before has regressed. Those that
    /// are missing from every scope they stood in are swept: an asset is gone, a finding is fixed where its asset is still
    /// there and gone otherwise. A scope that is not complete sweeps nothing, nor does a check that was not assessed, nor what
    /// ignore files left out.
    pub async fn save(&self, report: &Report, scopes: &[ScannedScope]) -> Result<String, StoreError> {
        self.save_for(report, scopes, None).await
    }

    /// [`Store::save`] for a job, which is done in the same moment: there is no scan without its job's end, nor the reverse.
    /// A job that was cancelled or interrupted meanwhile keeps nothing.
    pub async fn save_for(
        &self,
        report: &Report,
        scopes: &[ScannedScope],
        job: Option<&str>,
    ) -> Result<String, StoreError> {
        let scan = &report.run.id;
        let json = serde_json::to_string(report).map_err(|source| StoreError::Unwritable {
            scan: scan.clone(),
            source,
        })?;
        let targets =
            serde_json::to_string(&report.scan.targets).map_err(|source| StoreError::Unwritable {
                scan: scan.clone(),
                source,
            })?;
        let texts = Texts {
            json: &json,
            targets: &targets,
        };
        let failed = |source| self.failed(source, "saving a scan");
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let known: Option<String> = sqlx::query_scalar("SELECT id FROM scans WHERE id = $1")
            .bind(scan)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed)?;
        if known.is_some() {
            return Err(StoreError::Duplicate { scan: scan.clone() });
        }
        write(&mut tx, report, &texts, scopes).await.map_err(failed)?;
        if let Some(job) = job {
            let done = sqlx::query(
                "UPDATE jobs SET state = 'done', scan = $2, finished_at = $3 WHERE id = $1 AND state = 'running'",
            )
            .bind(job)
            .bind(scan)
            .bind(&report.run.finished_at)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Err(StoreError::JobEnded { job: job.to_owned() });
            }
        }
        tx.commit().await.map_err(failed)?;
        Ok(scan.clone())
    }
}

/// What is written as JSON, made before the transaction begins.
pub(crate) struct Texts<'a> {
    json: &'a str,
    targets: &'a str,
}

/// Everything a save writes, inside the caller's transaction.
pub(crate) async fn write(
    db: &mut SqliteConnection,
    report: &Report,
    texts: &Texts<'_>,
    scopes: &[ScannedScope],
) -> Result<(), sqlx::Error> {
    write_scan(db, report, texts, scopes).await?;
    write_assets(db, report).await?;
    write_findings(db, report).await?;
    vouch(db, report, scopes).await?;
    vouch_for_unseen(db, report, scopes).await?;
    sweep(db, report, scopes).await
}

async fn write_scan(
    db: &mut SqliteConnection,
    report: &Report,
    texts: &Texts<'_>,
    scopes: &[ScannedScope],
) -> Result<(), sqlx::Error> {
    let run = &report.run;
    sqlx::query(
        "INSERT INTO scans (id, sequence, started_at, finished_at, tool_version, content_version, targets, systems, findings, paths)
         SELECT $1, COALESCE(MAX(sequence), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 FROM scans",
    )
    .bind(&run.id)
    .bind(&run.started_at)
    .bind(&run.finished_at)
    .bind(&report.tool.version)
    .bind(&report.tool.content_version)
    .bind(texts.targets)
    .bind(count(report.systems.len()))
    .bind(count(report.findings.len()))
    .bind(count(report.paths.len()))
    .execute(&mut *db)
    .await?;
    sqlx::query("INSERT INTO reports (scan, json) VALUES ($1, $2)")
        .bind(&run.id)
        .bind(texts.json)
        .execute(&mut *db)
        .await?;
    let labels = (scopes.len() == report.scan.targets.len()).then_some(&report.scan.targets);
    for (i, scope) in scopes.iter().enumerate() {
        // One target named twice is covered where either covers it completely.
        sqlx::query(
            "INSERT INTO scan_scopes (scan, scope, complete, target) VALUES ($1, $2, $3, $4)
             ON CONFLICT (scan, scope) DO UPDATE SET complete = scan_scopes.complete OR excluded.complete",
        )
        .bind(&run.id)
        .bind(&scope.key)
        .bind(scope.complete)
        .bind(labels.and_then(|l| l.get(i)))
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

async fn write_assets(db: &mut SqliteConnection, report: &Report) -> Result<(), sqlx::Error> {
    let assets: BTreeMap<_, _> = report.assets.iter().map(|a| (&a.asset.id, &a.asset)).collect();
    for chunk in assets.into_values().collect::<Vec<_>>().chunks(ROWS) {
        let mut insert: QueryBuilder<Sqlite> =
            QueryBuilder::new("INSERT INTO assets (id, kind, name, status, first_seen, last_seen) ");
        insert.push_values(chunk, |mut row, asset| {
            row.push_bind(asset.id.as_str())
                .push_bind(asset.kind.as_str())
                .push_bind(&asset.name)
                .push_bind("open")
                .push_bind(&report.run.id)
                .push_bind(&report.run.id);
        });
        insert.push(
            " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, status = 'open',
             last_seen = excluded.last_seen",
        );
        insert.build().execute(&mut *db).await?;
    }
    Ok(())
}

async fn write_findings(db: &mut SqliteConnection, report: &Report) -> Result<(), sqlx::Error> {
    let findings: BTreeMap<_, _> = report.findings.iter().map(|f| (&f.id, f)).collect();
    for chunk in findings.into_values().collect::<Vec<_>>().chunks(ROWS) {
        let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new(
            "INSERT INTO findings (id, rule, asset, title, severity, status, first_seen, last_seen) ",
        );
        insert.push_values(chunk, |mut row, finding| {
            row.push_bind(&finding.id)
                .push_bind(&finding.rule)
                .push_bind(finding.asset.as_str())
                .push_bind(&finding.title)
                .push_bind(finding.severity.as_str())
                .push_bind("open")
                .push_bind(&report.run.id)
                .push_bind(&report.run.id);
        });
        insert.push(
            " ON CONFLICT (id) DO UPDATE SET asset = excluded.asset, title = excluded.title, severity = excluded.severity,
             status = CASE WHEN findings.status IN ('fixed', 'gone') THEN 'regressed' ELSE findings.status END,
             last_seen = excluded.last_seen",
        );
        insert.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// Notes in which scopes assets and findings stand: where their places are, or, where they have none, in all that were
/// scanned.
async fn vouch(
    db: &mut SqliteConnection,
    report: &Report,
    scopes: &[ScannedScope],
) -> Result<(), sqlx::Error> {
    let mut of_target: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    // Scopes that do not match the targets one to one are taken to hold everything, which sweeps less and never wrongly.
    if scopes.len() == report.scan.targets.len() {
        for (target, scope) in report.scan.targets.iter().zip(scopes) {
            of_target.entry(target).or_default().insert(&scope.key);
        }
    }
    let all: BTreeSet<&str> = scopes.iter().map(|s| s.key.as_str()).collect();
    let keys = |places: &[Location]| -> BTreeSet<&str> {
        let named: BTreeSet<&str> = places
            .iter()
            .filter_map(|p| of_target.get(p.target.as_str()))
            .flatten()
            .copied()
            .collect();
        if named.is_empty() { all.clone() } else { named }
    };
    let assets = report
        .assets
        .iter()
        .map(|a| (a.asset.id.as_str(), keys(&a.asset.locations)));
    let findings = report
        .findings
        .iter()
        .map(|f| (f.id.as_str(), keys(&f.locations)));
    let sightings: BTreeSet<(&str, &str)> = assets
        .chain(findings)
        .flat_map(|(subject, keys)| keys.into_iter().map(move |k| (subject, k)))
        .collect();
    for chunk in sightings.into_iter().collect::<Vec<_>>().chunks(ROWS) {
        let mut insert: QueryBuilder<Sqlite> =
            QueryBuilder::new("INSERT INTO sightings (subject, scope, vouched_by) ");
        insert.push_values(chunk, |mut row, (subject, scope)| {
            row.push_bind(*subject)
                .push_bind(*scope)
                .push_bind(&report.run.id);
        });
        insert.push(" ON CONFLICT (subject, scope) DO UPDATE SET vouched_by = excluded.vouched_by");
        insert.build().execute(&mut *db).await?;
    }
    vouch_for_unassessed(db, report).await
}

/// A finding whose check could not be made this time is not fixed by that.
async fn vouch_for_unassessed(db: &mut SqliteConnection, report: &Report) -> Result<(), sqlx::Error> {
    for check in report
        .checks
        .iter()
        .filter(|c| c.outcome == CheckOutcome::NotAssessed)
    {
        sqlx::query(
            "UPDATE sightings SET vouched_by = $1
             WHERE subject IN (SELECT id FROM findings WHERE rule = $2 AND asset = $3)",
        )
        .bind(&report.run.id)
        .bind(&check.rule)
        .bind(check.asset.as_str())
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// What was last seen in a place that this scan did not look at is not gone by that.
async fn vouch_for_unseen(
    db: &mut SqliteConnection,
    report: &Report,
    scopes: &[ScannedScope],
) -> Result<(), sqlx::Error> {
    let unseen = Unseen::of(&report.scan.coverage);
    if unseen.is_empty() {
        return Ok(());
    }
    for (scope, label) in scopes
        .iter()
        .zip(&report.scan.targets)
        .filter(|(s, _)| s.complete)
    {
        let missing: Vec<(String, String)> = sqlx::query_as(
            "SELECT sightings.subject, COALESCE(findings.last_seen, assets.last_seen, '') FROM sightings
             LEFT JOIN findings ON findings.id = sightings.subject
             LEFT JOIN assets ON assets.id = sightings.subject
             WHERE sightings.scope = $1 AND sightings.vouched_by <> $2",
        )
        .bind(&scope.key)
        .bind(&report.run.id)
        .fetch_all(&mut *db)
        .await?;
        let mut by_scan: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (subject, scan) in missing {
            by_scan.entry(scan).or_default().push(subject);
        }
        for (scan, subjects) in by_scan {
            let places = places(db, &scan, &scope.key, label).await?;
            for subject in subjects {
                // Where the report that saw it was pruned, nobody can say where it was.
                let known = places
                    .as_ref()
                    .map(|p| p.get(&subject).map_or(&[][..], Vec::as_slice));
                if known.is_some_and(|places| !places.iter().any(|at| unseen.holds(at))) {
                    continue;
                }
                sqlx::query("UPDATE sightings SET vouched_by = $1 WHERE subject = $2 AND scope = $3")
                    .bind(&report.run.id)
                    .bind(&subject)
                    .bind(&scope.key)
                    .execute(&mut *db)
                    .await?;
            }
        }
    }
    Ok(())
}

/// Where an earlier scan saw what, with the target called as it is now; none where its report cannot be read.
async fn places(
    db: &mut SqliteConnection,
    scan: &str,
    scope: &str,
    label: &str,
) -> Result<Option<BTreeMap<String, Vec<Location>>>, sqlx::Error> {
    let row: Option<(String, Option<String>)> = sqlx::query_as(
        "SELECT reports.json, scan_scopes.target FROM reports
         LEFT JOIN scan_scopes ON scan_scopes.scan = reports.scan AND scan_scopes.scope = $2
         WHERE reports.scan = $1",
    )
    .bind(scan)
    .bind(scope)
    .fetch_optional(&mut *db)
    .await?;
    let Some((json, called)) = row else {
        return Ok(None);
    };
    let Ok(report) = serde_json::from_str::<Report>(&json) else {
        return Ok(None);
    };
    let own = |places: &[Location]| -> Vec<Location> {
        let own = places
            .iter()
            .filter(|p| called.as_ref().is_none_or(|c| p.target == *c));
        own.map(|p| Location {
            target: label.to_owned(),
            ..p.clone()
        })
        .collect()
    };
    let assets: BTreeMap<_, _> = report
        .assets
        .iter()
        .map(|a| (a.asset.id.as_str(), own(&a.asset.locations)))
        .collect();
    // A finding stands where its asset does, too.
    let findings = report.findings.iter().map(|f| {
        let of_asset = assets.get(f.asset.as_str()).into_iter().flatten().cloned();
        (
            f.id.clone(),
            own(&f.locations).into_iter().chain(of_asset).collect(),
        )
    });
    let findings: Vec<(String, Vec<Location>)> = findings.collect();
    Ok(Some(
        assets
            .into_iter()
            .map(|(id, places)| (id.to_owned(), places))
            .chain(findings)
            .collect(),
    ))
}

/// Forgets sightings in completely covered scopes that nothing vouched for, then marks what stands nowhere any more.
async fn sweep(
    db: &mut SqliteConnection,
    report: &Report,
    scopes: &[ScannedScope],
) -> Result<(), sqlx::Error> {
    for scope in scopes.iter().filter(|s| s.complete) {
        sqlx::query("DELETE FROM sightings WHERE scope = $1 AND vouched_by <> $2")
            .bind(&scope.key)
            .bind(&report.run.id)
            .execute(&mut *db)
            .await?;
    }
    sqlx::query(
        "UPDATE assets SET status = 'gone' WHERE status = 'open'
         AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.subject = assets.id)",
    )
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "UPDATE findings SET status = CASE
             WHEN EXISTS (SELECT 1 FROM assets WHERE assets.id = findings.asset AND assets.status = 'open') THEN 'fixed'
             ELSE 'gone' END
         WHERE status IN ('open', 'regressed')
         AND NOT EXISTS (SELECT 1 FROM sightings WHERE sightings.subject = findings.id)",
    )
    .execute(&mut *db)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that dies in the middle of a save never commits; dropping the transaction is the same to SQLite.
    #[tokio::test]
    async fn an_interrupted_save_leaves_the_old_state() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("store.db").display());
        let store = Store::open(&url).await.unwrap();
        let empty = serde_json::json!({
            "schema": aispm_types::REPORT_SCHEMA,
            "run": {"id": "s1", "started_at": "", "finished_at": "", "host": "", "durations": {}, "network": []},
            "tool": {"name": "aispm", "version": "", "content_version": ""},
            "scan": {"targets": [], "coverage": []},
            "systems": [], "assets": [], "relations": [], "checks": [], "findings": [], "fixes": [], "paths": [],
            "summary": {"systems": 0, "systems_unowned": 0, "systems_never_assessed": 0, "assets_by_kind": {},
                "findings_by_severity": {}, "findings_accepted": 0, "paths_by_severity": {},
                "checks": {"passed": 0, "failed": 0, "not_assessed": 0}, "files_read": 0},
        });
        let mut report: Report = serde_json::from_value(empty).unwrap();
        store.save(&report, &[]).await.unwrap();

        report.run.id = "s2".to_owned();
        let mut tx = store.pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let texts = Texts {
            json: "{}",
            targets: "[]",
        };
        write(&mut tx, &report, &texts, &[]).await.unwrap();
        drop(tx);

        let scans = store.scans().await.unwrap();
        assert_eq!(scans.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["s1"]);
        assert_eq!(store.latest().await.unwrap().unwrap().run.id, "s1");
        store.save(&report, &[]).await.unwrap();
    }
}
