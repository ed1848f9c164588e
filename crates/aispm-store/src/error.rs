//! What can go wrong, and what to try.

use std::path::PathBuf;

/// A store could not be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no kind of store we have.
    #[error("`{url}` names no store; write sqlite:PATH, as in sqlite:/var/lib/aispm/store.db")]
    Url {
        /// As given.
        url: String,
    },
    /// The file or its directory could not be made.
    #[error("the store {} could not be made; name a place you may write with --store sqlite:PATH", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is none, and nothing was to be written.
    #[error("there is no store at {}, so no scan; run `aispm scan PATH` first, or name another with --store sqlite:PATH", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// The file is there and may not be read, or not be brought up to date.
    #[error("the store {} cannot be read; run as a user who may, or name another with --store sqlite:PATH", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file or its directory may not be written.
    #[error("the store {} may not be written, or its directory; name a place you may write with --store sqlite:PATH", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: sqlx::Error,
    },
    /// The file is no SQLite database, or a damaged one.
    #[error(
        "the store {} is damaged or is no SQLite file; move it away and scan again, or name another with --store sqlite:PATH",
        path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        source: sqlx::Error,
    },
    /// The file is a SQLite database of another program.
    #[error("{} is a SQLite file of another program; name another with --store sqlite:PATH", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer aispm wrote it.
    #[error(
        "the store {} was written by a newer aispm (schema {schema}, this program knows {known}); update aispm, or name another store with --store sqlite:PATH",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        schema: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// Its tables could not be brought up to date.
    #[error("the tables of the store {} could not be brought up to date; move it away and scan again", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// A scan with this id is there already.
    #[error("scan {scan} is in the store already; every scan needs an id of its own")]
    Duplicate {
        /// Its id.
        scan: String,
    },
    /// The job was ended by somebody else meanwhile.
    #[error("job {job} does not run any more; its scan was not kept")]
    JobEnded {
        /// Its id.
        job: String,
    },
    /// No scan has this id.
    #[error("the store has no scan {scan}; the newest is {}", newest.as_deref().unwrap_or("none: run `aispm scan` first"))]
    NoScan {
        /// As asked for.
        scan: String,
        /// The newest scan's id.
        newest: Option<String>,
    },
    /// The scan is known, and its report was pruned.
    #[error("the report of scan {scan} was pruned; its history stays, its report is gone")]
    Pruned {
        /// Its id.
        scan: String,
    },
    /// A report cannot be read back.
    #[error("the report of scan {scan} in the store cannot be read by this version; scan again")]
    Unreadable {
        /// Its id.
        scan: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A report cannot be written as JSON.
    #[error(
        "the report of scan {scan} cannot be written as JSON; this is a defect of aispm, please report it"
    )]
    Unwritable {
        /// Its id.
        scan: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Another process held the store for too long.
    #[error(
        "the store is in use by another aispm that does not finish; wait for it, or name another with --store sqlite:PATH"
    )]
    Busy {
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
    /// Another thing has this name.
    #[error("{doing}: there is one of this name already")]
    Taken {
        /// What was being done.
        doing: &'static str,
    },
    /// What it refers to is not there.
    #[error("{doing}: what it refers to is gone")]
    Missing {
        /// What was being done.
        doing: &'static str,
    },
    /// Anything else the database says.
    #[error("the store failed while {doing}")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
}

/// What SQLite's primary result code means to us (<https://www.sqlite.org/rescode.html>).
pub(crate) enum Trouble {
    Busy,
    Corrupt,
    ReadOnly,
    Other,
}

impl Trouble {
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|e| e.code())
            .and_then(|c| c.parse::<u32>().ok());
        // Extended codes keep the primary one in the low byte.
        match code.map(|c| c & 0xff) {
            Some(5 | 6) => Self::Busy,
            Some(11 | 26) => Self::Corrupt,
            // Permissions, a read-only medium, a directory in which no log can be made.
            Some(3 | 8 | 14 | 23) => Self::ReadOnly,
            _ => Self::Other,
        }
    }
}
