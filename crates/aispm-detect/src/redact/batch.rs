//! The walk over every text of a batch.

use aispm_types::{Asset, AssetId, Batch, Fact, Location, Properties, Relation, Value};

use super::Redactor;

impl Redactor {
    /// Masks every text of a batch: ids, names, properties and their keys, conditions, gaps; in paths known secrets and sure
    /// matches only. Ids go through one function, so relations still meet.
    pub fn batch(&self, batch: &mut Batch) {
        for asset in &mut batch.assets {
            self.asset(asset);
        }
        for relation in &mut batch.relations {
            self.relation(relation);
        }
        for fact in &mut batch.facts {
            self.fact(fact);
        }
        for alias in &mut batch.aliases {
            self.id(&mut alias.alias);
            self.id(&mut alias.of);
        }
        for gap in &mut batch.gaps {
            self.path(&mut gap.scope.0);
            self.text(&mut gap.reason);
        }
    }

    fn asset(&self, asset: &mut Asset) {
        self.id(&mut asset.id);
        self.text(&mut asset.name);
        if let Some(provider) = &mut asset.provider {
            self.text(provider);
        }
        for location in asset.locations.iter_mut().chain(asset.places.values_mut()) {
            self.location(location);
        }
        self.properties(&mut asset.properties);
    }

    fn relation(&self, relation: &mut Relation) {
        self.id(&mut relation.from);
        self.id(&mut relation.to);
        if let Some(condition) = &mut relation.condition {
            self.text(condition);
        }
        if let Some(location) = &mut relation.evidence {
            self.location(location);
        }
    }

    fn fact(&self, fact: &mut Fact) {
        self.id(&mut fact.asset);
        self.properties(&mut fact.properties);
        if let Some(location) = &mut fact.location {
            self.location(location);
        }
    }

    /// The kind in front is ours, and must not be read with the rest: `secret:` makes any text look like a secret.
    fn id(&self, id: &mut AssetId) {
        let (kind, rest) = id.as_str().split_once(':').unwrap_or(("", id.as_str()));
        let mut masked = rest.to_owned();
        self.text(&mut masked);
        if masked != rest {
            *id = AssetId::parse(if kind.is_empty() {
                masked
            } else {
                format!("{kind}:{masked}")
            });
        }
    }

    fn location(&self, location: &mut Location) {
        self.path(&mut location.target);
        if let Some(path) = &mut location.path {
            self.path(path);
        }
    }

    fn properties(&self, properties: &mut Properties) {
        let changed: Vec<String> = properties
            .keys()
            .filter(|k| {
                let mut masked = (*k).clone();
                self.text(&mut masked);
                masked != **k
            })
            .cloned()
            .collect();
        for key in changed {
            if let Some(value) = properties.remove(&key) {
                let mut masked = key;
                self.text(&mut masked);
                properties.insert(masked, value);
            }
        }
        for (name, value) in properties {
            self.value(name, value);
        }
    }

    /// Masks a value. The name it stands under is read with it, as in the file it came from: `password` makes any text a
    /// secret.
    fn value(&self, name: &str, value: &mut Value) {
        match value {
            Value::Str(text) => {
                self.text(text);
                self.named(name, text);
            }
            Value::Unknown(reason) => self.text(reason),
            Value::List(items) => items.iter_mut().for_each(|v| self.value("", v)),
            Value::Map(map) => self.properties(map),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    /// Masks a text that its property's name makes a secret.
    fn named(&self, name: &str, text: &mut String) {
        if name.is_empty() || crate::assignment::promise(name.as_bytes()).is_none() {
            return;
        }
        let mut line = format!("{name}=\"{text}\"");
        super::mask_scanned(&mut line, |_| true);
        let value = line
            .strip_prefix(name)
            .and_then(|l| l.strip_prefix("=\""))
            .and_then(|l| l.strip_suffix('"'));
        if let Some(value) = value.filter(|v| *v != text.as_str()) {
            *text = value.to_owned();
        }
    }
}
