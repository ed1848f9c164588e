//! Keeps what AI is, and what AI stands on.

use std::collections::BTreeSet;

use aispm_types::{Asset, AssetClass, AssetId, AssetKind, RelationKind};

use crate::GraphView;

impl GraphView {
    /// The graph without supporting assets that no AI asset stands on.
    ///
    /// Roots are AI assets, supporting ones that are AI software themselves (`ai`), and keys that open AI. Kept is what a
    /// root leads to (its role, and what that may read), what leads to a root (the ingress before the endpoint, whoever may
    /// invoke it), what hangs directly on a kept holder of code (its secrets, packages, images), and buckets for models and
    /// training data that are declared beside AI resources.
    #[must_use]
    pub fn pruned(mut self) -> Self {
        let roots: BTreeSet<AssetId> = self
            .assets
            .values()
            .filter(|a| is_root(a))
            .map(|a| a.id.clone())
            .collect();
        let mut kept = self.closure(&roots, true);
        kept.extend(self.closure(&roots, false));
        kept.extend(self.beside(&roots));
        let attached = self.attached(&kept);
        kept.extend(attached);
        self.assets.retain(|id, _| kept.contains(id));
        self.facts.retain(|id, _| kept.contains(id));
        self.sightings.retain(|id, _| kept.contains(id));
        self.origins.retain(|id, _| kept.contains(id));
        self.aliases.retain(|_, id| kept.contains(id));
        self.relations
            .retain(|r| kept.contains(&r.from) && kept.contains(&r.to));
        self.reindex();
        self
    }

    /// Buckets whose name says that they hold models or training data, declared in the directory of an AI resource: what fills
    /// or reads them may stand anywhere.
    fn beside(&self, roots: &BTreeSet<AssetId>) -> Vec<AssetId> {
        let place = |a: &Asset| {
            let at = a.locations.first().filter(|_| a.get("resource_type").is_some())?;
            let path = at.path.as_deref()?;
            let directory = path.rsplit_once('/').map_or("", |(d, _)| d);
            Some((at.target.clone(), directory.to_owned()))
        };
        let places: BTreeSet<_> = roots
            .iter()
            .filter_map(|id| place(self.assets.get(id)?))
            .collect();
        let buckets = self.assets.values().filter(|a| {
            a.kind == AssetKind::Bucket
                && a.get("purpose").is_some()
                && place(a).is_some_and(|p| places.contains(&p))
        });
        buckets.map(|a| a.id.clone()).collect()
    }

    /// What hangs on kept holders of code: what they run and are built from, their keys, whom they act as and what that may
    /// do. Holders that are kept only for what they may reach give nothing.
    fn attached(&self, kept: &BTreeSet<AssetId>) -> BTreeSet<AssetId> {
        let holder = |id: &&AssetId| self.assets.get(*id).is_some_and(|a| holds_code(a.kind));
        let mut todo: Vec<&AssetId> = kept.iter().filter(holder).collect();
        let mut out: BTreeSet<AssetId> = BTreeSet::new();
        while let Some(id) = todo.pop() {
            for r in self
                .outgoing
                .get(id)
                .into_iter()
                .flatten()
                .filter_map(|i| self.relations.get(*i))
            {
                if hangs(r.kind) && !out.contains(&r.to) {
                    out.insert(r.to.clone());
                    todo.push(&r.to);
                }
            }
        }
        out
    }

    fn closure(&self, roots: &BTreeSet<AssetId>, forward: bool) -> BTreeSet<AssetId> {
        let mut seen = roots.clone();
        let mut todo: Vec<AssetId> = roots.iter().cloned().collect();
        while let Some(id) = todo.pop() {
            let edges = if forward {
                self.outgoing.get(&id)
            } else {
                self.incoming.get(&id)
            };
            for r in edges.into_iter().flatten().filter_map(|i| self.relations.get(*i)) {
                let next = if forward { &r.to } else { &r.from };
                // Forward stops at shared ground: an account or repository leads to everything in it.
                let shared = forward
                    && matches!(
                        self.assets.get(&id).map(|a| a.kind),
                        Some(AssetKind::Account | AssetKind::Repository)
                    );
                if !shared && !seen.contains(next) {
                    seen.insert(next.clone());
                    todo.push(next.clone());
                }
            }
        }
        seen
    }
}

fn is_root(a: &Asset) -> bool {
    a.kind.class() == AssetClass::Ai || a.is("ai")
}

fn holds_code(kind: AssetKind) -> bool {
    use AssetKind as K;
    matches!(
        kind,
        K::Service
            | K::Workload
            | K::Function
            | K::Compute
            | K::Repository
            | K::Notebook
            | K::Image
            | K::McpServer
    )
}

fn hangs(kind: RelationKind) -> bool {
    use RelationKind as R;
    matches!(
        kind,
        R::HoldsSecret
            | R::Uses
            | R::BuiltFrom
            | R::Runs
            | R::RunsAs
            | R::Unlocks
            | R::CanAssume
            | R::CanRead
            | R::CanWrite
            | R::CanInvoke
    )
}
