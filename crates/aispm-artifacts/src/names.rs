//! What file names say: promised formats, shards, words that mean models or data.

use aispm_formats::FormatId;

/// What follows the last dot of a name, lower-case.
pub(crate) fn extension(name: &str) -> String {
    name.rsplit_once('.')
        .map_or(String::new(), |(_, e)| e.to_ascii_lowercase())
}

/// The formats a name promises; the first one names the promise. None where the name promises nothing in particular.
pub(crate) fn promised(name: &str) -> &'static [FormatId] {
    use FormatId as F;
    match extension(name).as_str() {
        "safetensors" => &[F::Safetensors],
        "gguf" => &[F::Gguf],
        "onnx" => &[F::Onnx],
        "npy" => &[F::Numpy],
        "npz" => &[F::Npz, F::Zip],
        "keras" => &[F::KerasV3, F::Hdf5],
        "h5" | "hdf5" => &[F::Hdf5, F::KerasV3],
        "tflite" => &[F::Tflite],
        "pt" | "pth" => &[
            F::PytorchZip,
            F::TorchScript,
            F::PytorchLegacy,
            F::TorchPackage,
            F::PytorchExport,
            F::Pickle,
            F::Zip,
            F::Tar,
            F::Safetensors,
        ],
        "pt2" => &[F::PytorchExport, F::PytorchZip, F::TorchScript, F::Zip],
        "mar" => &[F::TorchServe, F::Zip, F::Gzip, F::Tar],
        "pkl" | "pickle" | "joblib" | "dill" => &[
            F::Pickle,
            F::Joblib,
            F::PytorchLegacy,
            F::PytorchZip,
            F::TorchScript,
            F::Zlib,
            F::Gzip,
            F::Bzip2,
            F::Xz,
            F::Lz4,
            F::Zstd,
        ],
        "nemo" => &[F::Tar, F::Gzip],
        _ => &[],
    }
}

/// Extensions that only archives of anything have; their members are read as files.
const ARCHIVES: &[&str] = &[
    "zip", "whl", "egg", "jar", "war", "ear", "aar", "apk", "ipa", "nupkg", "vsix", "xpi", "crx", "docx",
    "xlsx", "pptx", "odt", "ods", "epub", "tar", "tgz", "gz", "tbz", "tbz2", "bz2", "txz", "xz", "zst",
    "lz4", "7z", "rar", "crate", "conda",
];

/// Whether a name says that the file is a plain archive.
pub(crate) fn is_plain_archive(name: &str) -> bool {
    let extension = extension(name);
    let stem = name.rsplit_once('.').map_or("", |(s, _)| s);
    // `model.pkl.gz` is a compressed model, `backup.tar.gz` an archive.
    ARCHIVES.contains(&extension.as_str()) && promised(stem).is_empty()
}

/// A shard's logical name: `model-00001-of-00003.safetensors` is part of `model.safetensors`.
pub(crate) fn without_shard(name: &str) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let (rest, total) = stem.rsplit_once("-of-")?;
    let (base, part) = rest.rsplit_once(['-', '_', '.'])?;
    let number = |s: &str| (2..=6).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    (number(part) && number(total) && !base.is_empty()).then(|| {
        let dot = if extension.is_empty() { "" } else { "." };
        format!("{base}{dot}{extension}")
    })
}

/// Whether a path names a model rather than data of any kind.
pub(crate) fn sounds_like_model(path: &str) -> bool {
    const WORDS: &[&str] = &[
        "model",
        "weight",
        "checkpoint",
        "ckpt",
        "embedding",
        "params",
        "state_dict",
        "lora",
        "adapter",
    ];
    let lower = path.to_ascii_lowercase();
    let mut parts = lower.rsplit('/');
    let file = parts.next().unwrap_or("");
    let folder = parts.next().unwrap_or("");
    WORDS.iter().any(|w| file.contains(w)) || matches!(folder, "models" | "weights" | "checkpoints" | "model")
}

/// Whether a path names weights under an extension that says nothing of their format, as `pytorch_model.bin` does.
pub(crate) fn is_weights(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        extension(name).as_str(),
        "bin" | "dat" | "ckpt" | "weights" | "mdl" | "sav"
    ) && sounds_like_model(path)
}

/// Whether a file beside `path` of this name signs it.
pub(crate) fn is_signature(name: &str) -> bool {
    const ENDS: &[&str] = &[
        ".sig",
        ".sigstore",
        ".sigstore.json",
        ".bundle",
        ".asc",
        ".p7s",
        ".signature",
    ];
    let lower = name.to_ascii_lowercase();
    ENDS.iter().any(|e| lower.ends_with(e)) || matches!(lower.as_str(), "claims.jsonl" | "model.sig.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_and_archives_by_name() {
        for (name, whole) in [
            ("model-00001-of-00003.safetensors", Some("model.safetensors")),
            ("pytorch_model-00001-of-00002.bin", Some("pytorch_model.bin")),
            ("llama-00001-of-00009.gguf", Some("llama.gguf")),
            ("model.safetensors", None),
            ("best-of-2.pt", None),
            ("-00001-of-00003.bin", None),
        ] {
            assert_eq!(without_shard(name).as_deref(), whole, "{name}");
        }
        assert!(is_plain_archive("a.zip") && is_plain_archive("x.tar.gz") && is_plain_archive("x.7z"));
        assert!(!is_plain_archive("model.pkl.gz") && !is_plain_archive("m.pt") && !is_plain_archive("m"));
    }
}
