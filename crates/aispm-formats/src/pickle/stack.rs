//! Stack, marks and memo of the machine, with the rules of CPython's C unpickler: nothing is taken from below a mark.

use std::collections::BTreeMap;

use super::value::Value;
use crate::bounded::Stop;

const MAX_STACK: usize = 1_000_000;
const MAX_MEMO: usize = 2_000_000;
const MAX_SPARSE: usize = 100_000;

/// The operand stack.
#[derive(Debug, Default)]
pub(super) struct Stack {
    values: Vec<Value>,
    marks: Vec<usize>,
}

impl Stack {
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }
    pub(super) fn push(&mut self, value: Value) -> Result<(), Stop> {
        if self.values.len() >= MAX_STACK {
            return Err(Stop::Budget("pickle stack"));
        }
        self.values.push(value);
        Ok(())
    }
    pub(super) fn pop(&mut self, at: u64) -> Result<Value, Stop> {
        if self.values.len() <= self.fence() {
            return Err(underflow(at));
        }
        self.values.pop().ok_or_else(|| underflow(at))
    }
    pub(super) fn top(&self, at: u64) -> Result<Value, Stop> {
        if self.values.len() <= self.fence() {
            return Err(underflow(at));
        }
        self.values.last().copied().ok_or_else(|| underflow(at))
    }
    pub(super) fn mark(&mut self) -> Result<(), Stop> {
        if self.marks.len() >= MAX_STACK {
            return Err(Stop::Budget("pickle stack"));
        }
        self.marks.push(self.values.len());
        Ok(())
    }
    /// Takes off the newest mark and everything above it.
    pub(super) fn pop_mark(&mut self, at: u64) -> Result<Vec<Value>, Stop> {
        let mark = self.marks.pop().ok_or_else(|| underflow(at))?;
        Ok(self.values.split_off(mark.min(self.values.len())))
    }
    /// POP takes off a mark where that is what is on top.
    pub(super) fn pop_any(&mut self, at: u64) -> Result<(), Stop> {
        if self.marks.last() == Some(&self.values.len()) {
            self.marks.pop();
            return Ok(());
        }
        self.pop(at).map(drop)
    }
}

fn underflow(offset: u64) -> Stop {
    Stop::Malformed {
        what: "pickle (stack underflow)",
        offset,
    }
}

/// The memo. Far indices are kept apart, so that one huge index costs nothing.
#[derive(Debug, Default)]
pub(super) struct Memo {
    dense: Vec<Option<Value>>,
    sparse: BTreeMap<u64, Value>,
    len: u64,
    full: bool,
}

impl Memo {
    pub(super) fn len(&self) -> u64 {
        self.len
    }
    pub(super) fn put(&mut self, index: u64, value: Value) {
        let near = usize::try_from(index)
            .ok()
            .filter(|i| *i < self.dense.len() + 1024 && *i < MAX_MEMO);
        if let Some(i) = near {
            if i >= self.dense.len() {
                self.dense.resize(i + 1, None);
            }
            let sparse = self.sparse.remove(&index);
            let old = self.dense.get_mut(i).and_then(|s| s.replace(value)).or(sparse);
            self.len += u64::from(old.is_none());
        } else if self.sparse.len() < MAX_SPARSE || self.sparse.contains_key(&index) {
            let old = self.sparse.insert(index, value);
            self.len += u64::from(old.is_none());
        } else {
            // What is forgotten here comes back as a value that is not known.
            self.full = true;
            self.len += 1;
        }
    }
    /// A memoised value; [`Value::Opaque`] where the memo overflowed and it may have been there.
    pub(super) fn get(&self, index: u64) -> Option<Value> {
        usize::try_from(index)
            .ok()
            .and_then(|i| self.dense.get(i).copied().flatten())
            .or_else(|| self.sparse.get(&index).copied())
            .or_else(|| self.full.then_some(Value::Opaque))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_from_below_a_mark() {
        let mut s = Stack::default();
        s.push(Value::Int(1)).unwrap();
        s.mark().unwrap();
        assert!(s.pop(0).is_err());
        assert!(s.top(0).is_err());
        s.pop_any(0).unwrap();
        assert_eq!(s.pop(0), Ok(Value::Int(1)));
        assert!(s.pop_mark(0).is_err());
    }

    #[test]
    fn the_memo_counts_entries_and_takes_far_indices() {
        let mut m = Memo::default();
        for (i, v) in [(0, 1), (u64::MAX, 2), (5000, 3), (0, 4)] {
            m.put(i, Value::Int(v));
        }
        assert_eq!(m.len(), 3);
        assert_eq!(m.get(0), Some(Value::Int(4)));
        assert_eq!(m.get(5000), Some(Value::Int(3)));
        assert_eq!(m.get(7), None);
        for i in 0..200_000u64 {
            m.put(u64::MAX / 2 + i, Value::None);
        }
        assert!(m.sparse.len() <= MAX_SPARSE);
        assert_eq!(m.get(7), Some(Value::Opaque));
    }
}
