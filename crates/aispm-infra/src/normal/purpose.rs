//! What a bucket is for, where only its name says.

use aispm_types::{Asset, AssetKind};

/// Words in names of buckets, most telling first. A relation that says more (a training job reads it) has set the purpose
/// already.
const WORDS: &[(&str, &[&str])] = &[
    (
        "model-artifacts",
        &["model", "models", "checkpoint", "checkpoints", "weights"],
    ),
    ("grounding", &["rag", "knowledge", "kb", "embeddings", "vectors"]),
    (
        "training-data",
        &[
            "training",
            "train",
            "dataset",
            "datasets",
            "finetune",
            "finetuning",
            "features",
            "sagemaker",
            "vertex",
            "bedrock",
            "mlops",
            "ml",
        ],
    ),
];

/// Sets `purpose` of a bucket from its name, where nothing better has.
pub(crate) fn complete(asset: &mut Asset) {
    if asset.kind != AssetKind::Bucket || asset.get("purpose").is_some() {
        return;
    }
    let named = [asset.name.as_str(), asset.text("bucket_name").unwrap_or("")]
        .join(" ")
        .to_ascii_lowercase();
    let words: Vec<&str> = named.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let purpose = WORDS
        .iter()
        .find(|(_, telling)| words.iter().any(|w| telling.contains(w)))
        .map(|(p, _)| *p);
    if let Some(purpose) = purpose {
        asset.properties.insert(String::from("purpose"), purpose.into());
    }
}
