//! Links: how an attribute that names another resource becomes a relation.

use aispm_types::{Asset, AssetId, AssetKind, RelationKind};

use super::{Draft, Estate, Reference, Resource, Term};

/// What literal text at a link names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// Nothing we know.
    Nothing,
    /// A role, by ARN.
    Role,
    /// An object or bucket: an `s3://` or `gs://` URL, an S3 ARN, or a plain bucket name of this store.
    Bucket(&'static str),
    /// A Bedrock model, by id or ARN.
    BedrockModel,
    /// A container image.
    Image,
    /// A Google service account, by mail address.
    ServiceAccount,
}

/// One relation from one attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) path: &'static str,
    pub(crate) kind: RelationKind,
    pub(crate) named: Named,
    /// The relation starts at the other resource.
    pub(crate) reverse: bool,
}

impl Link {
    /// A relation to the resource named at `path`.
    pub(crate) const fn to(path: &'static str, kind: RelationKind, named: Named) -> Self {
        Self {
            path,
            kind,
            named,
            reverse: false,
        }
    }
    /// A relation from the resource named at `path`.
    pub(crate) const fn from(path: &'static str, kind: RelationKind) -> Self {
        Self {
            path,
            kind,
            named: Named::Nothing,
            reverse: true,
        }
    }
    /// `runs_as` the role at `path`.
    pub(crate) const fn role(path: &'static str) -> Self {
        Self::to(path, RelationKind::RunsAs, Named::Role)
    }

    /// Adds the relations of one resource.
    pub(crate) fn apply(&self, resource: &Resource, estate: &Estate, draft: &mut Draft<'_>) {
        let (Some(own), Some(term)) = (draft.id_of(resource).cloned(), resource.at(self.path)) else {
            return;
        };
        let mut leaves = Vec::new();
        for item in term.items() {
            leaves.extend(self.named_by(item, resource, estate, draft));
        }
        for other in leaves {
            if self.reverse {
                draft.relate(&other, self.kind, &own, resource);
            } else {
                draft.relate(&own, self.kind, &other, resource);
            }
        }
    }

    fn named_by(&self, term: &Term, at: &Resource, estate: &Estate, draft: &mut Draft<'_>) -> Vec<AssetId> {
        let references: Vec<Reference> = term.references().into_iter().cloned().collect();
        let mut found: Vec<AssetId> = references
            .iter()
            .flat_map(|r| draft.ids_named(estate, r))
            .collect();
        if !found.is_empty() {
            return found;
        }
        if let Term::Text(t) = estate.resolve(term) {
            found.extend(
                self.named
                    .asset(&t)
                    .map(|a| draft.mention(a.at(at.location.clone()))),
            );
        }
        found
    }
}

impl Named {
    /// The asset that literal text names, under its name-based id.
    pub(crate) fn asset(self, text: &str) -> Option<Asset> {
        match self {
            Self::Nothing => None,
            Self::Role => text.starts_with("arn:").then(|| {
                let name = text.rsplit('/').next().unwrap_or(text);
                Asset::new(AssetKind::Role, text, name).provider("aws")
            }),
            Self::Bucket(store) => bucket(store, text),
            Self::BedrockModel => bedrock_model(text),
            Self::Image => crate::serving::image_asset(text),
            Self::ServiceAccount => text
                .ends_with(".gserviceaccount.com")
                .then(|| Asset::new(AssetKind::Identity, format!("gcp/{text}"), text).provider("gcp")),
        }
    }
}

fn bucket(store: &'static str, text: &str) -> Option<Asset> {
    let (store, rest) = if let Some(rest) = text.strip_prefix("s3://") {
        ("s3", rest)
    } else if let Some(rest) = text.strip_prefix("gs://") {
        ("gcs", rest)
    } else if text.starts_with("arn:") {
        ("s3", text.split(":s3:::").nth(1)?)
    } else {
        // `https://` URLs and paths are no bucket names.
        (store, (!text.contains(':')).then_some(text)?)
    };
    let name = rest
        .split('/')
        .next()
        .filter(|n| !n.is_empty() && !n.contains('*'))?;
    let provider = if store == "gcs" { "gcp" } else { "aws" };
    Some(
        Asset::new(AssetKind::Bucket, format!("{store}/{name}"), name)
            .provider(provider)
            .with("bucket_name", name),
    )
}

/// A Bedrock model id or its ARN (`arn:aws:bedrock:REGION::foundation-model/ID`); region prefixes of inference profiles
/// (`us.`, `eu.`, `apac.`) name the same model.
pub(crate) fn bedrock_model(text: &str) -> Option<Asset> {
    let id = if text.starts_with("arn:") {
        let (_, id) = text
            .split_once(":foundation-model/")
            .or_else(|| text.split_once(":inference-profile/"))?;
        id
    } else {
        text
    };
    let id = ["us.", "eu.", "apac.", "global."]
        .iter()
        .find_map(|p| id.strip_prefix(p))
        .unwrap_or(id);
    (id.contains('.') && !id.contains('*') && !id.contains(' ')).then(|| {
        Asset::new(AssetKind::Model, format!("bedrock/{id}"), id)
            .provider("bedrock")
            .with("model_name", id)
            .with("hosted", true)
    })
}
