//! Branches: what is assigned on one way is joined with what there is on the others.

use std::collections::BTreeMap;

use super::{Flow, Slot, Tracer};
use crate::ir::{Module, ScopeId};

/// A place where a way through a branch begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    /// Expressions before it.
    pub(super) at: u32,
    kind: Kind,
    /// The other end, so that outer ways open first and close last.
    nesting: i64,
    scope: ScopeId,
    exits: bool,
    complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ArmEnds,
    BranchEnds,
    BranchBegins,
    ArmBegins,
}

impl Turn {
    /// Whether it comes before an assignment: what ends at the same place comes after, as the assignment stands inside.
    pub(super) fn before(&self, at: u32) -> bool {
        self.at < at
    }
}

/// A way, or a branch as a whole, while it is read.
pub(super) struct Open<'m> {
    scope: ScopeId,
    /// What names held before.
    before: BTreeMap<Slot<'m>, Option<Flow>>,
    /// What they hold at the end of each way that was read.
    after: Vec<BTreeMap<Slot<'m>, Option<Flow>>>,
}

/// All turns of a module in order.
pub(super) fn turns(module: &Module) -> Vec<Turn> {
    let mut out = Vec::new();
    for branch in &module.branches {
        let Some(begins) = branch.arms.iter().map(|a| a.from).min() else {
            continue;
        };
        let turn = |at, kind, other: u32, exits| Turn {
            at,
            kind,
            nesting: -i64::from(other),
            scope: branch.scope,
            exits,
            complete: branch.complete,
        };
        out.push(turn(begins, Kind::BranchBegins, branch.until, false));
        out.push(turn(branch.until, Kind::BranchEnds, begins, false));
        for arm in &branch.arms {
            out.push(turn(arm.from, Kind::ArmBegins, arm.until, arm.exits));
            out.push(turn(arm.until, Kind::ArmEnds, arm.from, arm.exits));
        }
    }
    out.sort_unstable();
    out
}

impl<'m> Tracer<'_, 'm> {
    /// Begins or ends a way.
    pub(super) fn turn(&mut self, turn: &Turn) {
        match turn.kind {
            Kind::BranchBegins | Kind::ArmBegins => self.open.push(Open {
                scope: turn.scope,
                before: BTreeMap::new(),
                after: Vec::new(),
            }),
            Kind::ArmEnds => {
                let Some(arm) = self.open.pop() else { return };
                let after = arm
                    .before
                    .keys()
                    .map(|slot| (*slot, self.slots.get(slot).cloned()))
                    .collect();
                for (slot, before) in arm.before {
                    self.restore(slot, before.clone());
                    self.remember(slot, before, turn.scope);
                }
                if let Some(branch) = self.open.last_mut()
                    && !turn.exits
                {
                    branch.after.push(after);
                }
            }
            Kind::BranchEnds => {
                let Some(branch) = self.open.pop() else { return };
                for (slot, before) in branch.before {
                    let everywhere =
                        turn.complete && branch.after.iter().all(|after| after.contains_key(&slot));
                    let mut joined = Flow::default();
                    if !everywhere && let Some(before) = &before {
                        joined.join(before);
                    }
                    for flow in branch.after.iter().filter_map(|a| a.get(&slot)?.as_ref()) {
                        joined.join(flow);
                    }
                    self.put(slot, joined);
                    self.remember(slot, before, turn.scope);
                }
            }
        }
    }

    /// Notes what a name held, before it is given something else on the way that is open.
    pub(super) fn remember(&mut self, slot: Slot<'m>, before: Option<Flow>, scope: ScopeId) {
        if let Some(open) = self.open.last_mut()
            && open.scope == scope
        {
            open.before.entry(slot).or_insert(before);
        }
    }

    fn restore(&mut self, slot: Slot<'m>, flow: Option<Flow>) {
        self.put(slot, flow.unwrap_or_default());
    }
}
