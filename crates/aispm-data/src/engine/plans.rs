//! Grouping by plans of Apache DataFusion: in this process within a memory limit, or on an Apache Ballista cluster. The plans
//! are the same text for both; only who executes them differs. They use built-in functions alone, so that executors need
//! nothing of ours; the tables that they read lie where this process and the executors both see them.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use tokio::runtime::Runtime;

use super::{Engine, Entry, Place, Table, TakeGroup};

/// Bytes that plans of this process may hold; what is more goes to disk.
const MEMORY: usize = 1 << 30;
/// Entries that are written together.
const CHUNK: usize = 1 << 16;

/// Tables as files, grouped by plans.
pub(crate) struct Plans {
    runtime: Runtime,
    context: SessionContext,
    dir: tempfile::TempDir,
    writers: Vec<(Table, Writer)>,
}

struct Writer {
    to: ArrowWriter<File>,
    waiting: Vec<Entry>,
}

impl Plans {
    /// Starts.
    ///
    /// # Errors
    /// No place for tables, or no cluster at the address.
    pub(crate) fn start(place: &Place) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let under = match place {
            #[cfg(feature = "cluster")]
            Place::Cluster { shared, .. } => shared.clone(),
            _ => std::env::temp_dir(),
        };
        let dir = tempfile::Builder::new().prefix("aispm-data-").tempdir_in(under)?;
        let context = runtime.block_on(context(place, dir.path()))?;
        Ok(Self {
            runtime,
            context,
            dir,
            writers: Vec::new(),
        })
    }

    fn path(&self, table: Table) -> PathBuf {
        self.dir.path().join(format!("{}.parquet", name(table)))
    }

    fn writer(&mut self, table: Table) -> io::Result<&mut Writer> {
        if !self.writers.iter().any(|(t, _)| *t == table) {
            let to = ArrowWriter::try_new(File::create(self.path(table))?, schema(), None)
                .map_err(io::Error::other)?;
            self.writers.push((
                table,
                Writer {
                    to,
                    waiting: Vec::with_capacity(CHUNK),
                },
            ));
        }
        let found = self.writers.iter_mut().find(|(t, _)| *t == table);
        found.map(|(_, w)| w).ok_or_else(|| io::Error::other("no table"))
    }

    /// Ends a table, and makes it known to plans.
    fn end(&mut self, table: Table) -> io::Result<()> {
        self.writer(table)?.flush()?;
        if let Some(at) = self.writers.iter().position(|(t, _)| *t == table) {
            self.writers
                .swap_remove(at)
                .1
                .to
                .close()
                .map_err(io::Error::other)?;
        }
        let path = self.path(table);
        let known =
            self.context
                .register_parquet(name(table), path.to_string_lossy(), ParquetReadOptions::default());
        self.runtime.block_on(known).map_err(io::Error::other)
    }

    /// Runs a plan whose first two columns are numbers.
    fn pairs(&self, plan: &str, take: &mut dyn FnMut(u64, u64)) -> io::Result<()> {
        self.runtime.block_on(async {
            let frame = self.context.sql(plan).await.map_err(io::Error::other)?;
            let mut stream = frame.execute_stream().await.map_err(io::Error::other)?;
            while let Some(batch) = next(&mut stream).await {
                let batch = batch.map_err(io::Error::other)?;
                let (keys, rows) = (numbers(&batch, 0)?, numbers(&batch, 1)?);
                keys.values()
                    .iter()
                    .zip(rows.values())
                    .for_each(|(k, r)| take(*k, *r));
            }
            Ok(())
        })
    }
}

/// The next batch of a stream.
async fn next(stream: &mut SendableRecordBatchStream) -> Option<datafusion::error::Result<RecordBatch>> {
    std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await
}

async fn context(place: &Place, dir: &Path) -> io::Result<SessionContext> {
    #[cfg(feature = "cluster")]
    use ballista::prelude::SessionContextExt;
    match place {
        #[cfg(feature = "cluster")]
        Place::Cluster { scheduler, .. } => SessionContext::remote(scheduler).await.map_err(io::Error::other),
        #[cfg(feature = "cluster")]
        Place::Loopback => SessionContext::standalone().await.map_err(io::Error::other),
        _ => {
            let runtime = RuntimeEnvBuilder::new()
                .with_memory_limit(MEMORY, 1.0)
                .with_temp_file_path(dir)
                .build_arc()
                .map_err(io::Error::other)?;
            Ok(SessionContext::new_with_config_rt(SessionConfig::new(), runtime))
        }
    }
}

impl Writer {
    fn flush(&mut self) -> io::Result<()> {
        let column = |f: fn(&Entry) -> u64| -> ArrayRef {
            Arc::new(self.waiting.iter().map(f).collect::<UInt64Array>())
        };
        let columns = vec![column(|e| e.0), column(|e| e.1), column(|e| e.2)];
        let batch = RecordBatch::try_new(schema(), columns).map_err(io::Error::other)?;
        self.to.write(&batch).map_err(io::Error::other)?;
        self.waiting.clear();
        Ok(())
    }
}

fn name(table: Table) -> &'static str {
    match table {
        Table::Grams => "grams",
        Table::Outputs => "outputs",
        Table::Bands => "bands",
    }
}

fn schema() -> Arc<Schema> {
    let column = |name| Field::new(name, DataType::UInt64, false);
    Arc::new(Schema::new(vec![column("k"), column("r"), column("c")]))
}

fn numbers(batch: &RecordBatch, at: usize) -> io::Result<&UInt64Array> {
    let column = batch
        .columns()
        .get(at)
        .and_then(|c| c.as_any().downcast_ref::<UInt64Array>());
    column.ok_or_else(|| io::Error::other("a plan gave no numbers"))
}

impl Engine for Plans {
    fn add(&mut self, table: Table, entries: &[Entry]) -> io::Result<()> {
        let writer = self.writer(table)?;
        writer.waiting.extend_from_slice(entries);
        if writer.waiting.len() >= CHUNK {
            writer.flush()?;
        }
        Ok(())
    }

    fn groups(&mut self, table: Table, least: u64, most: u64, take: TakeGroup<'_>) -> io::Result<()> {
        self.end(table)?;
        let t = name(table);
        let most = most.min(i64::MAX as u64);
        let plan = format!(
            "SELECT {t}.k, {t}.r FROM {t} JOIN (SELECT k FROM {t} GROUP BY k HAVING count(*) BETWEEN {least} AND {most}) \
             AS wanted ON {t}.k = wanted.k ORDER BY {t}.k, {t}.r"
        );
        let (mut key, mut rows) = (None, Vec::new());
        self.pairs(&plan, &mut |k, r| {
            if key != Some(k) {
                if let Some(done) = key.replace(k) {
                    take(done, &rows);
                }
                rows.clear();
            }
            rows.push(r);
        })?;
        if let Some(done) = key {
            take(done, &rows);
        }
        Ok(())
    }

    fn conflicting(&mut self, most: u64) -> io::Result<Vec<(u64, u64)>> {
        self.end(Table::Bands)?;
        let plan = format!(
            "SELECT bands.k, bands.r FROM bands JOIN (SELECT k FROM bands GROUP BY k HAVING min(c) <> max(c) AND count(*) <= \
             {most}) AS wanted ON bands.k = wanted.k ORDER BY bands.k, bands.r"
        );
        let mut out = Vec::new();
        self.pairs(&plan, &mut |k, r| out.push((k, r)))?;
        Ok(out)
    }
}
