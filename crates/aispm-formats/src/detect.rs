//! Which format a file has: by its content, its name only where content leaves it open.

use crate::bounded::{Limits, Meter, Part, ReadAt, Stop, peek};
use crate::decoded::{self, Codec};
use crate::inflate::Wrapper;
use crate::inspection::Inspection;
use crate::pickle::{self, Old};
use crate::scanner::Scanner;
use crate::{archive, compressed, frames, gguf, hdf5, numpy, onnx, safetensors, savedmodel, tar, zip};

/// Bytes of a head that detection looks at.
pub(crate) const HEAD: usize = 8192;

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// A format of model files.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FormatId { $($(#[$doc])* $variant,)* }
        impl FormatId {
            /// Every format.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The word used in properties.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
        }
    };
}

formats! {
    /// A pickle, or several in a row.
    Pickle = "pickle";
    /// A pickle that acts, behind a header of no known format.
    EmbeddedPickle = "embedded-pickle";
    /// PyTorch's format since 1.6: a zip with `data.pkl`.
    PytorchZip = "pytorch-zip";
    /// PyTorch's format before 1.6: five pickles, then storages.
    PytorchLegacy = "pytorch-legacy";
    /// A PyTorch zip with code of its own.
    TorchScript = "torchscript";
    /// An exported program (`.pt2`).
    PytorchExport = "pytorch-export";
    /// `torch.package`: pickles with Python source.
    TorchPackage = "torch-package";
    /// A TorchServe archive.
    TorchServe = "torchserve";
    /// safetensors.
    Safetensors = "safetensors";
    /// GGUF.
    Gguf = "gguf";
    /// ONNX.
    Onnx = "onnx";
    /// Keras 3 (`.keras`).
    KerasV3 = "keras-v3";
    /// HDF5, as Keras 2 writes models.
    Hdf5 = "hdf5";
    /// One NumPy array.
    Numpy = "numpy";
    /// Several NumPy arrays in a zip.
    Npz = "npz";
    /// A compressed pickle, as joblib writes it.
    Joblib = "joblib";
    /// TensorFlow SavedModel.
    SavedModel = "tensorflow-savedmodel";
    /// A frozen TensorFlow graph.
    TensorflowGraph = "tensorflow-graph";
    /// Metadata of Keras objects in a SavedModel.
    KerasMetadata = "keras-metadata";
    /// TensorFlow Lite.
    Tflite = "tflite";
    /// A zip that is none of the above.
    Zip = "zip";
    /// A tar archive, as NeMo and PyTorch before 0.2 write models.
    Tar = "tar";
    /// A gzip stream.
    Gzip = "gzip";
    /// A zlib stream.
    Zlib = "zlib";
    /// bzip2.
    Bzip2 = "bzip2";
    /// xz or LZMA.
    Xz = "xz";
    /// LZ4.
    Lz4 = "lz4";
    /// Zstandard.
    Zstd = "zstd";
    /// 7z.
    SevenZip = "7z";
    /// RAR.
    Rar = "rar";
    /// Bytecode of Python, or its marshalled form.
    Marshal = "python-marshal";
}

/// Extensions of files that loaders unpickle.
const PICKLE_NAMES: &[&str] = &[
    "pkl",
    "pickle",
    "pck",
    "pcl",
    "p",
    "joblib",
    "dill",
    "cloudpickle",
    "pt",
    "pth",
    "ckpt",
    "bin",
    "dat",
    "data",
    "model",
    "sav",
    "mdl",
    "pk",
    "pki",
    "db",
    "npy",
    "mar",
    "state",
    "weights",
    "t7",
    "nemo",
    "torch",
    "obj",
];

/// The format of a file whose first bytes are `head` (8 KiB are enough) and whose path is `name`. None for what is no model
/// file.
pub fn detect(head: &[u8], name: &str) -> Option<FormatId> {
    let extension = extension(name);
    by_magic(head)
        .or_else(|| by_structure(head, name, &extension))
        .or_else(|| by_opcodes(head, &extension))
        .or_else(|| pickle::embedded(head).map(|_| FormatId::EmbeddedPickle))
}

/// Bytes of a file of no known format that are searched for a pickle.
pub const SEARCHED: u64 = 64 << 20;

/// The format of a file that [`detect`] does not know, by what lies beyond its head. A file under a name that loaders unpickle is
/// searched, or one without an extension; loaders that skip a header of their own come to what lies behind it.
pub fn detect_beyond(source: &dyn ReadAt) -> Option<FormatId> {
    pickle::buried(source, SEARCHED).map(|_| FormatId::EmbeddedPickle)
}

/// Whether a file under this name, which is of no known format, may hide a pickle beyond its head.
pub fn may_hide_pickle(head: &[u8], name: &str, len: u64) -> bool {
    const OTHERS: &[&[u8]] = &[b"SQLite format 3", b"\x7fELF", b"MZ", b"%PDF"];
    let extension = extension(name);
    !OTHERS.iter().any(|m| head.starts_with(m))
        && len > HEAD as u64
        && head.contains(&0)
        && (extension.is_empty() || PICKLE_NAMES.contains(&extension.as_str()))
}

/// What follows the last dot of the last part of a path, lower-case.
fn extension(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.')
        .map_or(String::new(), |(_, e)| e.to_ascii_lowercase())
}

fn by_magic(head: &[u8]) -> Option<FormatId> {
    const MAGIC: &[(&[u8], FormatId)] = &[
        (b"PK\x03\x04", FormatId::Zip),
        (b"PK\x05\x06", FormatId::Zip),
        (b"GGUF", FormatId::Gguf),
        (b"\x89HDF\r\n\x1a\n", FormatId::Hdf5),
        (b"\x93NUMPY", FormatId::Numpy),
        (b"7z\xbc\xaf\x27\x1c", FormatId::SevenZip),
        (b"Rar!\x1a\x07", FormatId::Rar),
        (b"\x1f\x8b\x08", FormatId::Gzip),
        (b"BZh", FormatId::Bzip2),
        (b"\xfd7zXZ\x00", FormatId::Xz),
        (b"\x04\x22\x4d\x18", FormatId::Lz4),
        (b"\x28\xb5\x2f\xfd", FormatId::Zstd),
    ];
    if head.get(4..8) == Some(b"TFL3") {
        return Some(FormatId::Tflite);
    }
    let magic = MAGIC.iter().find(|(m, _)| head.starts_with(m)).map(|(_, f)| *f);
    magic
        .or_else(|| decoded::is_lzma(head).then_some(FormatId::Xz))
        .or_else(|| frames::is_skippable(head).then_some(FormatId::Zstd))
}

fn by_structure(head: &[u8], name: &str, extension: &str) -> Option<FormatId> {
    if matches!(head, [0x80, 0..=5, ..]) && pickle::looks_like_pickle(head) {
        return Some(FormatId::Pickle);
    }
    if matches!(head, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]) && compressed::holds_pickle(head) {
        return Some(FormatId::Zlib);
    }
    if safetensors::matches(head) {
        return Some(FormatId::Safetensors);
    }
    if tar::matches(head) {
        return Some(FormatId::Tar);
    }
    if name.ends_with("keras_metadata.pb") {
        return Some(FormatId::KerasMetadata);
    }
    if extension == "onnx" && head.first() == Some(&0x08) || onnx::matches(head) {
        return Some(FormatId::Onnx);
    }
    if savedmodel::matches_saved_model(head) && extension == "pb" {
        return Some(FormatId::SavedModel);
    }
    (matches!(extension, "pb" | "pbtxt" | "meta" | "graphdef") && savedmodel::matches_graph(head))
        .then_some(FormatId::TensorflowGraph)
}

/// Pickles of protocols 0 and 1 have no header. Under a name that loaders unpickle sound opcodes are enough; under any other
/// name they must call something, which no text does by chance.
fn by_opcodes(head: &[u8], extension: &str) -> Option<FormatId> {
    let named = PICKLE_NAMES.contains(&extension);
    let pickle = match pickle::old_protocol(head) {
        Old::Acts => true,
        Old::Whole | Old::Sound | Old::Imports => named,
        Old::No => false,
    };
    pickle.then_some(FormatId::Pickle)
}

/// Reads `source` as `format` into `cx`.
pub(crate) fn read_as(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    format: FormatId,
    member: Option<&str>,
) -> Result<(), Stop> {
    use FormatId as F;
    match format {
        F::Pickle | F::PytorchLegacy | F::Joblib => {
            let trace = cx.pickles(source, member);
            if trace.legacy_torch && member.is_none() {
                cx.out.format = F::PytorchLegacy;
            }
            Ok(())
        }
        F::EmbeddedPickle => {
            let start = pickle::buried(source, SEARCHED).unwrap_or(0);
            cx.pickles(&Part::new(source, start, source.len()), member);
            Ok(())
        }
        F::PytorchZip
        | F::TorchScript
        | F::PytorchExport
        | F::TorchPackage
        | F::TorchServe
        | F::KerasV3
        | F::Npz
        | F::Zip => archive::read(cx, source, member),
        F::Safetensors => safetensors::read(cx, source, member),
        F::Gguf => gguf::read(cx, source, member),
        F::Onnx => onnx::read(cx, source, member),
        F::Hdf5 => hdf5::read(cx, source, member),
        F::Numpy => numpy::read(cx, source, member),
        F::SavedModel => savedmodel::read(cx, source, member),
        F::TensorflowGraph => savedmodel::read_graph(cx, source, member),
        F::KerasMetadata => savedmodel::read_keras_metadata(cx, source, member),
        F::Tar => tar::read(cx, source, member),
        F::Gzip => compressed::read(cx, source, Wrapper::Gzip, member),
        F::Zlib => compressed::read(cx, source, Wrapper::Zlib, member),
        F::Tflite => Err(Stop::Unsupported("TensorFlow Lite content")),
        F::Bzip2 => compressed::read_slow(cx, source, Codec::Bzip2, member),
        F::Xz => compressed::read_slow(cx, source, Codec::of_xz(source), member),
        F::Lz4 | F::Zstd => compressed::read_slow(cx, source, Codec::Frames, member),
        F::SevenZip => Err(Stop::Unsupported("7z archive")),
        F::Rar => Err(Stop::Unsupported("RAR archive")),
        F::Marshal => Err(Stop::Unsupported("Python bytecode")),
    }
}

/// Inspects a file that [`detect`] took for `format`.
pub fn inspect(source: &dyn ReadAt, format: FormatId, limits: Limits) -> Inspection {
    let meter = Meter::new(limits);
    let mut cx = Scanner::new(&meter, format);
    cx.read(source, format, None);
    polyglot(&mut cx, source, format);
    cx.out.sort();
    cx.out
}

/// A zip is read from its end, so that a file may be two things at once.
fn polyglot(cx: &mut Scanner<'_>, source: &dyn ReadAt, format: FormatId) {
    let streamed = matches!(
        format,
        FormatId::Pickle
            | FormatId::Safetensors
            | FormatId::Gguf
            | FormatId::Numpy
            | FormatId::Hdf5
            | FormatId::Tar
            | FormatId::Onnx
    );
    if streamed && zip::has_directory(source) && peek(source, 0, 2).is_ok_and(|h| h != b"PK") {
        cx.out.defect(
            "polyglot",
            format!("{} that ends in a zip directory", format.as_str()),
            0,
            true,
            None,
        );
        let format = cx.out.format;
        cx.read(source, FormatId::Zip, None);
        cx.out.format = format;
    }
}
