//! Limits on hostile input. Every one that is hit becomes a gap that names it.

/// Budgets of one scan. The defaults hold a scan under 512 MB with two threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Files larger than this are not held in memory; readers that can stream get a handle (bytes).
    pub in_memory_file: u64,
    /// Text formats larger than this are not parsed (bytes).
    pub text_file: u64,
    /// Depth of directories below the target.
    pub directory_depth: usize,
    /// Files walked.
    pub files: usize,
    /// Depth of archives inside archives.
    pub archive_depth: usize,
    /// Members of one archive.
    pub archive_members: usize,
    /// Bytes that one archive may expand to, nested archives included.
    pub archive_bytes: u64,
    /// Largest allowed ratio of expanded to stored bytes of one member, above one mebibyte.
    pub archive_ratio: u64,
    /// Bytes held by all readers at one time (read buffers of the pool).
    pub threads: usize,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            in_memory_file: 16 << 20,
            text_file: 8 << 20,
            directory_depth: 128,
            files: 2_000_000,
            archive_depth: 4,
            archive_members: 20_000,
            archive_bytes: 512 << 20,
            archive_ratio: 200,
            threads: 0,
        }
    }
}
