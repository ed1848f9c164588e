//! Image folders: a class for each directory, below `train`, `test` and their like where those are what the top holds.
//! A row is an image: its place, its class, the digest of its file and sixteen by sixteen grey pixels.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{ImageReader, Limits, imageops::FilterType};
use rayon::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Problems, Take};
use crate::manifest::hex;
use crate::row::{Record, Roles};

/// Pixels of a side.
const SIDE: u32 = 16;
/// Largest file (bytes).
const FILE: u64 = 64 << 20;
/// Largest side of an image (pixels).
const LARGEST: u32 = 16_384;
/// Most memory that decoding one may take (bytes).
const MEMORY: u64 = 256 << 20;
/// Most files of a folder.
const FILES: usize = 1_000_000;
/// Deepest directory.
const DEPTH: usize = 16;
/// Images that are decoded together.
const BATCH: usize = 64;
const KINDS: &[&str] = &["png", "jpg", "jpeg", "gif", "bmp", "webp"];
/// Names of directories that divide a dataset, and are no classes.
const PARTS: &[&str] = &[
    "train",
    "training",
    "test",
    "testing",
    "val",
    "valid",
    "validation",
    "dev",
    "eval",
];

/// Images of a folder, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folder {
    root: PathBuf,
    /// Paths below the root, each with its class.
    images: Vec<(String, String)>,
    others: u64,
    other: Option<String>,
    cut: Option<String>,
}

/// The columns' parts: they need no guess.
pub(crate) fn roles() -> Roles {
    Roles {
        label: Some("label".into()),
        features: pixels().map(|n| n.to_string()).collect(),
        ..Roles::default()
    }
}

fn pixels() -> impl Iterator<Item = Arc<str>> {
    (0..SIDE * SIDE).map(|i| Arc::from(format!("p{i}").as_str()))
}

impl Folder {
    /// What a directory holds.
    ///
    /// # Errors
    /// It cannot be read, or holds no images in directories.
    pub(crate) fn open(root: &Path) -> Result<Self, String> {
        let mut out = Self {
            root: root.to_owned(),
            ..Self::default()
        };
        let mut inside: Vec<String> = Vec::new();
        out.walk(root, &mut inside).map_err(|e| e.to_string())?;
        out.images.sort();
        let part = |(path, _): &(String, String)| {
            let top = path.split('/').next().unwrap_or("").to_ascii_lowercase();
            PARTS.contains(&top.as_str()) && path.split('/').count() > 2
        };
        let skip = usize::from(out.images.iter().all(part));
        for (path, class) in &mut out.images {
            *class = path.split('/').nth(skip).unwrap_or("").to_owned();
        }
        if out.images.is_empty() {
            return Err(
                "it is a directory without images in a directory for each class; name a file of rows".into(),
            );
        }
        Ok(out)
    }

    fn walk(&mut self, dir: &Path, inside: &mut Vec<String>) -> io::Result<()> {
        let mut entries: Vec<_> = fs::read_dir(dir)?.take(FILES).collect::<io::Result<_>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            // A link may lead anywhere; what begins with a dot belongs to tools.
            let kind = entry.file_type()?;
            if kind.is_symlink() || name.starts_with('.') {
                continue;
            }
            if self.images.len() >= FILES || inside.len() >= DEPTH {
                self.cut
                    .get_or_insert_with(|| format!("{}/{name}", inside.join("/")));
                return Ok(());
            }
            let image = name
                .rsplit_once('.')
                .is_some_and(|(_, e)| KINDS.contains(&e.to_ascii_lowercase().as_str()));
            if kind.is_dir() {
                inside.push(name);
                self.walk(&entry.path(), inside)?;
                inside.pop();
            } else if image && !inside.is_empty() {
                self.images
                    .push((format!("{}/{name}", inside.join("/")), String::new()));
            } else {
                self.others += 1;
                self.other.get_or_insert_with(|| {
                    let whole: Vec<&str> = inside.iter().map(String::as_str).chain([name.as_str()]).collect();
                    whole.join("/")
                });
            }
        }
        Ok(())
    }

    /// The place of a row's image.
    pub(crate) fn name(&self, row: u64) -> Option<&str> {
        let row = usize::try_from(row).ok()?;
        self.images.get(row).map(|i| i.0.as_str())
    }

    /// Hands over every image.
    pub(crate) fn rows(&self, take: Take<'_>, problems: &mut Problems) -> u64 {
        if let Some(first) = &self.other {
            problems.files(
                "they are no PNG, JPEG, GIF, BMP or WebP image in a directory of a class",
                self.others,
                first,
            );
        }
        if let Some(first) = &self.cut {
            problems.files(
                "there are more than a million, or they lie deeper than 16 (budget)",
                1,
                first,
            );
        }
        let names: Vec<Arc<str>> = ["file", "label", "sha256"]
            .into_iter()
            .map(Arc::from)
            .chain(pixels())
            .collect();
        let mut row = 0;
        for batch in self.images.chunks(BATCH) {
            let read: Vec<Result<Record, &'static str>> = batch
                .par_iter()
                .map(|(path, class)| {
                    let (sha, grey) = decode(&self.root.join(path))?;
                    let text = [path.as_str(), class, &sha].map(Value::from);
                    Ok(names
                        .iter()
                        .cloned()
                        .zip(text.into_iter().chain(grey.into_iter().map(Value::from)))
                        .collect())
                })
                .collect();
            for image in read {
                let here = row;
                row += 1;
                match image {
                    Ok(record) => {
                        if !take(here, record) {
                            return row;
                        }
                    }
                    Err(why) => problems.note(why, here),
                }
            }
        }
        row
    }
}

/// Digest and grey pixels of an image in a file.
fn decode(path: &Path) -> Result<(String, Vec<u8>), &'static str> {
    let file = File::open(path).map_err(|_| "they cannot be opened")?;
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by take")]
    file.take(FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| "they cannot be read")?;
    if bytes.len() as u64 > FILE {
        return Err("they are files above 64 MiB");
    }
    Ok((hex(&Sha256::digest(&bytes)), grey(&bytes)?))
}

/// Sixteen by sixteen grey pixels of an image, which costs no more memory than the budget.
///
/// # Errors
/// Why there are none.
pub fn grey(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| "they cannot be read")?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST);
    limits.max_image_height = Some(LARGEST);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let image = reader
        .decode()
        .map_err(|_| "they are no images, or larger than the budget")?;
    Ok(image
        .resize_exact(SIDE, SIDE, FilterType::Triangle)
        .into_luma8()
        .into_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(paths: &[&str]) -> Result<Folder, String> {
        let dir = tempfile::tempdir().unwrap();
        for path in paths {
            let whole = dir.path().join(path);
            fs::create_dir_all(whole.parent().unwrap()).unwrap();
            fs::write(whole, "").unwrap();
        }
        Folder::open(dir.path())
    }

    #[test]
    fn a_class_is_a_directory_and_parts_are_none() {
        let classes = |paths: &[&str]| {
            let images = folder(paths).unwrap().images;
            images.into_iter().map(|i| i.1).collect::<Vec<_>>()
        };
        assert_eq!(
            classes(&["cat/2.PNG", "cat/deep/1.jpg", "dog/1.webp"]),
            ["cat", "cat", "dog"]
        );
        assert_eq!(classes(&["train/dog/1.png", "test/cat/1.png"]), ["cat", "dog"]);
        assert_eq!(classes(&["train/1.png", "car/2.png"]), ["car", "train"]);
        assert!(folder(&["a.png"]).is_err());
        assert!(folder(&["docs/a.txt"]).is_err());
    }

    #[test]
    fn what_is_no_image_is_named() {
        let folder = folder(&["cat/1.png", "cat/notes.txt", "cat/.cache", "readme.md"]).unwrap();
        let mut problems = Problems::default();
        let mut seen = 0;
        let rows = folder.rows(
            &mut |_, _| {
                seen += 1;
                true
            },
            &mut problems,
        );
        assert_eq!((rows, seen), (1, 0));
        let gaps: Vec<String> = problems.gaps(".").into_iter().map(|g| g.reason).collect();
        assert_eq!(
            gaps,
            [
                "1 row(s) were not checked: they cannot be opened; the first is row 0",
                "2 file(s) were not read: they are no PNG, JPEG, GIF, BMP or WebP image in a directory of a class; the first is cat/notes.txt",
            ]
        );
    }
}
