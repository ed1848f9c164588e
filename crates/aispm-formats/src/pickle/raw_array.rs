//! Arrays that joblib writes raw into the middle of a pickle (`joblib/numpy_pickle.py`, `NumpyArrayWrapper`): the loader reads
//! them from the file when the wrapper is built, so the next opcode stands behind them.

use super::machine::Machine;
use super::value::{Node, Value};
use crate::bounded::Stop;

/// Deepest object array inside an object array.
const MAX_DEPTH: usize = 8;

impl Machine<'_> {
    /// Moves over the array that `state` describes.
    pub(super) fn raw_array(&mut self, state: Value, at: u64) -> Result<(), Stop> {
        // What joblib writes here is in no frame.
        self.leave_frame();
        let unknown = Stop::Malformed {
            what: "joblib array header",
            offset: at,
        };
        let count = self.elements(state).ok_or(unknown)?;
        let dtype = self.values.entry(state, "dtype").ok_or(unknown)?;
        if self.holds_objects(dtype) {
            return self.inline_pickle();
        }
        let size = self.element_size(dtype).ok_or(unknown)?;
        if let Some(Value::Int(_)) = self.values.entry(state, "numpy_array_alignment_bytes") {
            let padding = self.cursor.u8()?;
            self.cursor.skip(u64::from(padding))?;
        }
        let name = self.dtype_name(dtype).unwrap_or_default();
        self.header.tensor(&name, count);
        self.cursor.skip(count.checked_mul(size).ok_or(unknown)?)
    }

    fn elements(&self, state: Value) -> Option<u64> {
        let shape = self.values.entry(state, "shape")?;
        let Some(Node::Items {
            items, more: false, ..
        }) = self.values.get(shape)
        else {
            return None;
        };
        items.iter().try_fold(1u64, |n, d| match d {
            Value::Int(d) => n.checked_mul(u64::try_from(*d).ok()?),
            _ => None,
        })
    }

    /// `numpy.dtype("f8", False, True)`: the name of an element type.
    fn dtype_name(&self, dtype: Value) -> Option<String> {
        match self.values.get(dtype) {
            Some(Node::Made { args, .. }) => self
                .values
                .text(*self.values.parts(*args).first()?)
                .map(str::to_owned),
            _ => None,
        }
    }

    fn dtype_state(&self, dtype: Value) -> &[Value] {
        match self.values.get(dtype) {
            Some(Node::Made { state, .. }) => self.values.parts(*state),
            _ => &[],
        }
    }

    fn holds_objects(&self, dtype: Value) -> bool {
        // Flag 1 of the state's eighth item is NPY_ITEM_REFCOUNT.
        let flagged = matches!(self.dtype_state(dtype).get(7), Some(Value::Int(f)) if f & 1 == 1);
        flagged
            || self
                .dtype_name(dtype)
                .is_some_and(|n| n.trim_start_matches(['<', '>', '=', '|']).starts_with('O'))
    }

    fn element_size(&self, dtype: Value) -> Option<u64> {
        if let Some(Value::Int(size)) = self.dtype_state(dtype).get(5)
            && *size >= 0
        {
            return u64::try_from(*size).ok();
        }
        let name = self.dtype_name(dtype)?;
        let name = name.trim_start_matches(['<', '>', '=', '|']);
        let (kind, digits) = name.split_at_checked(1)?;
        let size: u64 = digits.parse().ok()?;
        match kind {
            "b" | "i" | "u" | "f" | "c" | "S" | "V" | "M" | "m" | "B" | "a" => Some(size),
            "U" => size.checked_mul(4),
            _ => None,
        }
    }

    /// An object array: a whole pickle stands here.
    fn inline_pickle(&mut self) -> Result<(), Stop> {
        if self.inline_depth >= MAX_DEPTH {
            return Err(Stop::Budget("nested pickle depth"));
        }
        self.inline_depth += 1;
        let outer = self.suspend();
        let result = self.load();
        self.resume(outer);
        self.inline_depth -= 1;
        result.map(drop)
    }
}
