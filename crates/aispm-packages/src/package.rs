//! One package as assets, relations and facts.

use aispm_collect::{ReadContext, VirtualFile, is_test_path};
use aispm_types::{Asset, AssetId, AssetKind, Batch, Fact, FactKind, Relation, RelationKind};

use crate::declaration::Dependency;
use crate::pypi::requirement;
use crate::{Ecosystem, advisory, catalogue, version};

/// What a lockfile says of a dependency.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locked {
    /// The version, where the lockfile leaves one only.
    pub(crate) version: Option<String>,
}

/// A dependency seen in a manifest.
pub(crate) struct Sighting<'a> {
    /// Where it comes from.
    pub(crate) ecosystem: Ecosystem,
    /// As declared.
    pub(crate) dependency: &'a Dependency,
    /// The file.
    pub(crate) manifest: &'a str,
    /// What a lockfile fixes; `None` where none names it.
    pub(crate) locked: Option<Locked>,
}

impl Sighting<'_> {
    /// The version that is installed, where one is certain.
    pub(crate) fn version(&self) -> Option<String> {
        let locked = self.locked.as_ref().and_then(|l| l.version.clone());
        locked.or_else(|| version::exact(self.ecosystem, &self.dependency.constraint))
    }
    /// One content only, by the manifest alone.
    fn pinned(&self) -> bool {
        self.dependency.hashed
            || self.dependency.address == Some(true)
            || (self.dependency.address.is_none()
                && version::exact(self.ecosystem, &self.dependency.constraint).is_some())
    }
    fn id(&self) -> AssetId {
        AssetId::new(
            AssetKind::Package,
            format_args!(
                "pkg:{}/{}@{}",
                self.ecosystem.as_str(),
                // A scope's `@` is escaped in package URLs.
                self.dependency.name.replacen('@', "%40", 1),
                self.version().unwrap_or_else(|| "*".to_owned())
            ),
        )
    }
    /// Advisories that apply.
    pub(crate) fn advisories(&self, asset: &AssetId) -> Vec<Fact> {
        if self.dependency.address.is_some() {
            return Vec::new(); // not the package that advisories speak of
        }
        let constraint = Some(self.dependency.constraint.as_str()).filter(|c| !c.is_empty());
        // A lockfile that leaves several versions makes the constraint worthless as well.
        let constraint = constraint.filter(|_| self.locked.is_none());
        advisory::facts(
            self.ecosystem,
            &self.dependency.name,
            self.version().as_deref(),
            constraint,
            asset,
        )
    }
}

/// Emits the package, its use by the service and what is known of it. The caller decided that it is to be told of.
pub(crate) fn emit_package(sighting: &Sighting<'_>, service: &AssetId, cx: &ReadContext, out: &mut Batch) {
    let dependency = sighting.dependency;
    let at = match dependency.line {
        0 => cx.file(sighting.manifest),
        line => cx.at(sighting.manifest, line),
    };
    let role = catalogue::package_role(sighting.ecosystem, &dependency.name);
    let mut asset = Asset::new(AssetKind::Package, "", dependency.name.as_str())
        .at(at.clone())
        .with("source", "manifest")
        .with("ecosystem", sighting.ecosystem.as_str())
        .with("pinned", sighting.pinned())
        .with("locked", sighting.locked.is_some())
        .with("dev_only", dependency.dev)
        .with("ai", role.is_some());
    asset.id = sighting.id();
    if let Some(version) = sighting.version() {
        asset = asset.with("version", version);
    }
    if !dependency.constraint.is_empty() {
        asset = asset.with("constraint", dependency.constraint.as_str());
    }
    if let Some(role) = role {
        asset = asset.with("role", role);
    }
    if is_test_path(sighting.manifest) {
        asset = asset.with("test_code", true);
    }
    let id = out.asset(asset);
    out.relation(Relation::new(service, RelationKind::Uses, &id).seen(at.clone()));
    if role.is_some() && !sighting.pinned() && sighting.locked.is_none() {
        let fact = Fact::new(FactKind::UnpinnedDependency, &id)
            .with("declared", dependency.declared.as_str())
            .with("manifest", sighting.manifest)
            .with("ecosystem", sighting.ecosystem.as_str());
        out.fact(fact.at(at.clone()));
    }
    for fact in sighting.advisories(&id) {
        out.fact(fact.at(at.clone()));
    }
}

/// A word after an install command as a dependency.
pub(crate) fn installed(ecosystem: Ecosystem, word: &str, line: u32) -> Option<Dependency> {
    match ecosystem {
        Ecosystem::Pypi => requirement(word, line),
        Ecosystem::Npm => {
            let at = word.get(1..)?.find('@').map_or(word.len(), |i| i + 1);
            let (name, constraint) = word.split_at_checked(at)?;
            Some(Dependency {
                declared: word.to_owned(),
                ..Dependency::new(name, constraint.trim_start_matches('@'), line)
            })
        }
        Ecosystem::Docker => None,
    }
}

/// The text of a file within the budget; a gap says so where it is too large or no text.
pub(crate) fn text_within_budget<'f>(
    file: &'f VirtualFile,
    cx: &ReadContext,
    out: &mut Batch,
) -> Option<&'f str> {
    if file.source.len() > cx.budgets.text_file {
        let limit = cx.budgets.text_file;
        out.gap(
            &file.path,
            format!("larger than {limit} bytes (text file budget)"),
        );
        return None;
    }
    let text = file.text();
    if text.is_none() {
        out.gap(&file.path, "no UTF-8 text");
    }
    text
}

/// `directory` and `relative` as one path of the target, `.` and `..` resolved.
pub(crate) fn join_path(directory: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(relative.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}
