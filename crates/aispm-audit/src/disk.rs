//! The steps by which the log reaches the disk, one by one, so that a test can let each of them fail.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The log and its anchor on a disk.
pub(crate) trait Disk: Send + Sync {
    /// What is held while one process appends.
    type Lock;
    /// Waits until nobody else appends. Makes the log where it is not there.
    fn lock(&self) -> io::Result<Self::Lock>;
    /// The anchor's bytes, at most `limit`.
    fn anchor(&self, limit: u64) -> io::Result<Option<Vec<u8>>>;
    /// Bytes of the log.
    fn length(&self) -> io::Result<u64>;
    /// Bytes of the log from `from` on, at most `limit`.
    fn read(&self, from: u64, limit: u64) -> io::Result<Vec<u8>>;
    /// Adds to the end of the log.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the log.
    fn cut(&self, length: u64) -> io::Result<()>;
    /// Makes the log's bytes durable.
    fn sync(&self) -> io::Result<()>;
    /// Writes the new anchor beside the old one.
    fn stage(&self, bytes: &[u8]) -> io::Result<()>;
    /// Makes the new anchor's bytes durable.
    fn sync_staged(&self) -> io::Result<()>;
    /// Puts the new anchor in place of the old one.
    fn swap(&self) -> io::Result<()>;
    /// Makes names in the directory durable.
    fn sync_directory(&self) -> io::Result<()>;
}

/// Real files.
#[derive(Debug)]
pub(crate) struct Files {
    log: PathBuf,
}

impl Files {
    pub(crate) fn new(log: &Path) -> Self {
        Self {
            log: log.to_path_buf(),
        }
    }
    pub(crate) fn path(&self) -> &Path {
        &self.log
    }
    pub(crate) fn anchor_path(&self) -> PathBuf {
        beside(&self.log, ".head")
    }
    fn staged_path(&self) -> PathBuf {
        beside(&self.log, ".head.new")
    }
    fn directory(&self) -> &Path {
        self.log
            .parent()
            .filter(|d| !d.as_os_str().is_empty())
            .unwrap_or(Path::new("."))
    }
    fn open_log(&self) -> io::Result<File> {
        OpenOptions::new().read(true).append(true).open(&self.log)
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// At most `limit` bytes of a file.
fn bounded(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by take")]
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Disk for Files {
    type Lock = File;

    fn lock(&self) -> io::Result<File> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.directory())?;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.log)?;
        file.lock()?;
        Ok(file)
    }
    fn anchor(&self, limit: u64) -> io::Result<Option<Vec<u8>>> {
        match File::open(self.anchor_path()) {
            Ok(file) => bounded(file, limit).map(Some),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
    fn length(&self) -> io::Result<u64> {
        Ok(std::fs::metadata(&self.log)?.len())
    }
    fn read(&self, from: u64, limit: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.log)?;
        file.seek(SeekFrom::Start(from))?;
        bounded(file, limit)
    }
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.open_log()?.write_all(bytes)
    }
    fn cut(&self, length: u64) -> io::Result<()> {
        OpenOptions::new().write(true).open(&self.log)?.set_len(length)
    }
    fn sync(&self) -> io::Result<()> {
        self.open_log()?.sync_all()
    }
    fn stage(&self, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.staged_path())?
            .write_all(bytes)
    }
    fn sync_staged(&self) -> io::Result<()> {
        OpenOptions::new()
            .write(true)
            .open(self.staged_path())?
            .sync_all()
    }
    fn swap(&self) -> io::Result<()> {
        std::fs::rename(self.staged_path(), self.anchor_path())
    }
    fn sync_directory(&self) -> io::Result<()> {
        File::open(self.directory())?.sync_all()
    }
}
