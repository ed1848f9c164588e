//! What one reader saw in one file, or one collector in one scope.

use crate::{Asset, AssetId, Fact, Gap, Relation, Sensitive};

/// Says that two ids name the same thing: `alias` is another name for what `of` names (a host and the account that owns it).
/// The graph keeps `of` where both were seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alias {
    /// The weaker name, usually from a reference.
    pub alias: AssetId,
    /// The stronger name, usually from the declaration.
    pub of: AssetId,
}

/// Observations, in the order they were made. Batches are joined in path order, so the order of files, threads and hash
/// seeds never shows.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Assets seen.
    pub assets: Vec<Asset>,
    /// Relations seen.
    pub relations: Vec<Relation>,
    /// Facts seen.
    pub facts: Vec<Fact>,
    /// Other names of things.
    pub aliases: Vec<Alias>,
    /// What was not read.
    pub gaps: Vec<Gap>,
    /// Secret values met on the way; every text that goes on is searched for them and masked.
    pub secrets: Vec<Sensitive>,
}

impl Batch {
    /// Adds an asset and gives back its id.
    pub fn asset(&mut self, asset: Asset) -> AssetId {
        let id = asset.id.clone();
        self.assets.push(asset);
        id
    }
    /// Adds a relation.
    pub fn relation(&mut self, relation: Relation) {
        self.relations.push(relation);
    }
    /// Adds a fact.
    pub fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }
    /// Says that `alias` names what `of` names.
    pub fn alias(&mut self, alias: &AssetId, of: &AssetId) {
        self.aliases.push(Alias {
            alias: alias.clone(),
            of: of.clone(),
        });
    }
    /// Says that something was not read.
    pub fn gap(&mut self, scope: impl Into<String>, reason: impl Into<String>) {
        self.gaps.push(Gap::new(scope, reason));
    }
    /// Hands a secret value to the redaction chokepoint.
    pub fn secret(&mut self, secret: Sensitive) {
        self.secrets.push(secret);
    }
    /// Appends another batch.
    pub fn append(&mut self, mut other: Self) {
        self.assets.append(&mut other.assets);
        self.relations.append(&mut other.relations);
        self.facts.append(&mut other.facts);
        self.aliases.append(&mut other.aliases);
        self.gaps.append(&mut other.gaps);
        self.secrets.append(&mut other.secrets);
    }
}
