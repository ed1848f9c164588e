//! `data:PATH`: a dataset as observations.

use std::path::Path;

use aispm_collect::{CollectContext, Collected, Collector, Progress};
use aispm_types::{Asset, AssetKind, Batch, Fact, FactKind, Gap, Location, Scope, Value};

use crate::check::{Checked, Options, check};
use crate::engine::Place;
use crate::source::Source;

/// Size up to which rows are held against each other (bytes).
const IN_MEMORY: u64 = 128 << 20;

/// Reads datasets.
#[derive(Clone, Debug, Default)]
pub struct DataCollector {
    /// The column with the class.
    pub label: Option<String>,
    /// Who holds rows against each other.
    pub place: Place,
}

impl Collector for DataCollector {
    fn kind(&self) -> &'static str {
        "data"
    }

    fn check(&self, reference: &str) -> Result<(), String> {
        if reference.contains("://") {
            return Err("addresses are not read by this build; fetch the file and name it".into());
        }
        std::fs::metadata(reference)
            .map(|_| ())
            .map_err(|e| format!("{e}; name a file of rows: `data:train.jsonl`"))
    }

    fn collect(&self, reference: &str, cx: &CollectContext, progress: &dyn Progress) -> Collected {
        progress.file_read(reference);
        let path = Path::new(reference);
        let file = path
            .file_name()
            .map_or_else(|| reference.to_owned(), |n| n.to_string_lossy().into_owned());
        let mut out = Collected::default();
        let read =
            Source::open(path).and_then(|s| self.read(&s).map(|(c, d)| (s, c, d)).map_err(|e| e.to_string()));
        let (source, checked, digest) = match read {
            Ok(read) => read,
            Err(why) => {
                out.coverage.gaps.push(Gap::new(file, why));
                return out;
            }
        };
        out.read = checked.rows.max(1);
        let at = Location::file(&cx.target, &file);
        let mut asset = Asset::new(AssetKind::Dataset, place(path, &file, cx), file.as_str())
            .with("format", source.format.as_str())
            .with("source", "file")
            .with("remote", false)
            .with("rows", checked.rows)
            .with("rows_searched", whole(checked.unread.as_ref()))
            .with("rows_compared", whole(checked.gaps.first().map(|g| &g.reason)))
            .at(at.clone());
        if let Some((size, sha)) = digest {
            asset = asset.with("size", size).with("sha256", sha);
        }
        observe(asset, &checked, &at, reference, &mut out.batch);
        if checked.gaps.is_empty() {
            out.coverage.complete.push(Scope(file.clone()));
        }
        let named = |g: Gap| Gap::new(file.clone(), g.reason);
        out.coverage.gaps = checked.gaps.into_iter().map(named).collect();
        out
    }
}

/// True where nothing stood against it.
fn whole(against: Option<&String>) -> Value {
    against.map_or(Value::Bool(true), |why| Value::unknown(why.as_str()))
}

type Read = (Checked, Option<(u64, String)>);

impl DataCollector {
    fn read(&self, source: &Source) -> std::io::Result<Read> {
        let digest = source.digest()?;
        let size = source.size()?;
        let why =
            "rows were not held against each other: they are more than 128 MiB (budget); check them in parts";
        let options = Options {
            label: self.label.clone(),
            rows_alone: (size > IN_MEMORY).then(|| why.to_owned()),
        };
        let mut engine = self.place.engine(size)?;
        Ok((check(source, &options, engine.as_mut())?, digest))
    }
}

/// The rest of the dataset's id: as a scan of the directory it lies in names it.
fn place(path: &Path, file: &str, cx: &CollectContext) -> String {
    let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let inside = |(root, repository): &(std::path::PathBuf, String)| {
        let rest = whole.strip_prefix(root).ok()?;
        let parts: Vec<_> = rest.iter().map(|p| p.to_string_lossy()).collect();
        (!parts.is_empty()).then(|| format!("{repository}/{}", parts.join("/")))
    };
    cx.directories
        .iter()
        .find_map(inside)
        .unwrap_or_else(|| format!("./{file}"))
}

fn observe(asset: Asset, checked: &Checked, at: &Location, file: &str, batch: &mut Batch) {
    let id = batch.asset(asset);
    for d in &checked.defects {
        let rows = d.rows.iter().map(|r| Value::from(*r)).collect();
        batch.fact(
            Fact::new(FactKind::DataDefect, &id)
                .with("defect", d.defect)
                .with("count", d.count)
                .with("rows", Value::List(rows))
                .with("file", file)
                .with("detail", d.detail.as_str())
                .at(at.clone()),
        );
    }
}
