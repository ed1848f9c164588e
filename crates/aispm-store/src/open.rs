//! Opening a store.

use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteExecutor, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use crate::{StoreError, error::Trouble, migrations};

/// How long one process waits for another that writes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Marks a SQLite file as ours (`PRAGMA application_id`): "aism" in ASCII.
const APPLICATION: i64 = 0x6169_736d;

/// A store of scans. Several processes may use one file at once: writers wait for each other, readers see whole scans.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: SqlitePool,
    path: PathBuf,
}

impl Store {
    /// Opens `sqlite:PATH`, making it where it is not there: directories for the owner alone (0700), the file too (0600).
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let path = path_of(url).ok_or_else(|| StoreError::Url { url: url.to_owned() })?;
        create(&path).map_err(|source| StoreError::Create {
            path: path.clone(),
            source,
        })?;
        let options = SqliteConnectOptions::new().filename(&path).busy_timeout(PATIENCE);
        refuse_foreign(&options, &path).await?;
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            // A save that was acknowledged survives the machine's death, not only the process's.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = connect(&options)
            .await
            .map_err(|source| trouble(source, &path, "opening it"))?;
        let store = Self { pool, path };
        store.prepare().await?;
        Ok(store)
    }

    /// Opens `sqlite:PATH` to read from it: one that is not there is not made, and one that may not be written is read as it is.
    pub async fn open_existing(url: &str) -> Result<Self, StoreError> {
        let path = path_of(url).ok_or_else(|| StoreError::Url { url: url.to_owned() })?;
        let refused = |source| StoreError::Refused {
            path: path.clone(),
            source,
        };
        match std::fs::File::open(&path) {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(StoreError::Absent { path }),
            Err(e) => return Err(refused(e)),
        }
        match Self::open(url).await {
            Err(StoreError::Create { .. } | StoreError::ReadOnly { .. } | StoreError::Refused { .. }) => {
                Self::open_read_only(path).await
            }
            done => done,
        }
    }

    /// A file on a read-only medium has no write-ahead log of its own making: it is taken as it is, unless one lies beside it.
    async fn open_read_only(path: PathBuf) -> Result<Self, StoreError> {
        let log = path.with_file_name(format!(
            "{}-wal",
            path.file_name().unwrap_or_default().to_string_lossy()
        ));
        let whole = std::fs::metadata(&log).map_or(true, |m| m.len() == 0);
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(PATIENCE)
            .read_only(true)
            .immutable(whole);
        refuse_foreign(&options, &path).await?;
        let pool = connect(&options)
            .await
            .map_err(|source| trouble(source, &path, "opening it"))?;
        let store = Self { pool, path };
        let schema: Option<i64> = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
            .fetch_one(&store.pool)
            .await
            .map_err(|source| store.failed(source, "reading its tables"))?;
        if schema == Some(migrations::newest()) {
            return Ok(store);
        }
        let source = std::io::Error::other(
            "its tables are of another version, and bringing them up to date needs to write",
        );
        Err(StoreError::Refused {
            path: store.path,
            source,
        })
    }

    /// The file that a URL names; none where it names none.
    pub fn location(url: &str) -> Option<PathBuf> {
        path_of(url)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes every connection, so that the file can be moved: it alone holds everything, but while others have it open.
    pub async fn close(self) {
        // Refused where others read or nothing may be written; what is in the log stays there then.
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.pool)
            .await;
        self.pool.close().await;
    }

    /// Makes sure the tables are the newest, waiting for no writer where they are.
    async fn prepare(&self) -> Result<(), StoreError> {
        let failed = |source| self.failed(source, "preparing its tables");
        let (application, _) = mark(&self.pool).await.map_err(failed)?;
        if application == APPLICATION {
            let schema: Option<i64> = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
                .fetch_one(&self.pool)
                .await
                .map_err(failed)?;
            if schema == Some(migrations::newest()) {
                return Ok(());
            }
        }
        // One transaction, so that two processes that open a new store at once do not make its tables twice.
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::query("PRAGMA application_id = 1634300781")
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        // Not `run`: its future is not `Send` over a transaction.
        migrations::migrator()
            .run_direct(None, &mut *tx, false)
            .await
            .map_err(|e| self.not_migrated(e))?;
        tx.commit().await.map_err(failed)
    }

    fn not_migrated(&self, error: MigrateError) -> StoreError {
        let path = self.path.clone();
        match error {
            MigrateError::VersionMissing(schema) | MigrateError::VersionTooNew(schema, _) => {
                StoreError::Newer {
                    path,
                    schema,
                    known: migrations::newest(),
                }
            }
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
                self.failed(source, "bringing its tables up to date")
            }
            source => StoreError::Migrate { path, source },
        }
    }

    /// An error of a write that names a thing: a name that is taken, or something it refers to that is not there.
    pub(crate) fn refused(&self, source: sqlx::Error, doing: &'static str) -> StoreError {
        match source.as_database_error() {
            Some(e) if e.is_unique_violation() => StoreError::Taken { doing },
            Some(e) if e.is_foreign_key_violation() => StoreError::Missing { doing },
            _ => self.failed(source, doing),
        }
    }

    /// An error of the database, told by what it means.
    pub(crate) fn failed(&self, source: sqlx::Error, doing: &'static str) -> StoreError {
        trouble(source, &self.path, doing)
    }
}

/// Opens the pool. Two processes that switch a new file to write-ahead logging at the same moment do not wait for each
/// other, whatever the busy timeout (<https://www.sqlite.org/wal.html>, "sometimes queries return SQLITE_BUSY"), so this waits.
async fn connect(options: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(PATIENCE)
            .connect_with(options.clone())
            .await;
        match pool {
            Err(e) if matches!(Trouble::of(&e), Trouble::Busy) && waited < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
                waited += PAUSE;
            }
            done => return done,
        }
    }
}

/// Refuses a file of another program before anything is written to it; switching to write-ahead logging would be.
async fn refuse_foreign(options: &SqliteConnectOptions, path: &Path) -> Result<(), StoreError> {
    let failed = |source| trouble(source, path, "opening it");
    let mut db = options.connect().await.map_err(failed)?;
    let mark = mark(&mut db).await.map_err(failed)?;
    db.close().await.map_err(failed)?;
    match mark {
        (APPLICATION, _) | (0, 0) => Ok(()),
        _ => Err(StoreError::Foreign {
            path: path.to_path_buf(),
        }),
    }
}

/// The file's application id and how many tables and indexes it has, of one moment.
async fn mark<'e>(db: impl SqliteExecutor<'e>) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as("SELECT application_id, (SELECT COUNT(*) FROM sqlite_master) FROM pragma_application_id")
        .fetch_one(db)
        .await
}

fn trouble(source: sqlx::Error, path: &Path, doing: &'static str) -> StoreError {
    match Trouble::of(&source) {
        Trouble::Corrupt => StoreError::Corrupt {
            path: path.to_path_buf(),
            source,
        },
        Trouble::Busy => StoreError::Busy { source },
        Trouble::ReadOnly => StoreError::ReadOnly {
            path: path.to_path_buf(),
            source,
        },
        Trouble::Other => StoreError::Database { doing, source },
    }
}

/// The path in `sqlite:PATH` or `sqlite://PATH`, taken as it is: no part of it is an option.
fn path_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    (!path.is_empty() && !path.starts_with(":memory:")).then(|| PathBuf::from(path))
}

/// Makes the file before SQLite does, which would make it readable for everyone.
fn create(path: &Path) -> std::io::Result<()> {
    if let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
    }
    match std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_paths() {
        for (url, path) in [
            ("sqlite:a.db", Some("a.db")),
            ("sqlite:/var/a b?c.db", Some("/var/a b?c.db")),
            ("sqlite:///var/a.db", Some("/var/a.db")),
            ("sqlite:", None),
            ("sqlite::memory:", None),
            ("postgres://x", None),
            ("a.db", None),
        ] {
            assert_eq!(path_of(url), path.map(PathBuf::from), "{url}");
        }
    }

    #[test]
    fn the_mark_is_written_as_it_is_read() {
        assert_eq!(APPLICATION, 1_634_300_781);
    }
}
