//! Symbolic values: what the machine knows of what a pickle would build, in flat storage that no nesting can blow up.

use crate::bounded::ReadAt;
use crate::excerpt::excerpt;

/// A symbolic value; small and `Copy`, so that dropping a deep structure needs no recursion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// Not followed: beyond a budget, or made by something the machine does not model.
    Opaque,
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// The number that begins legacy PyTorch files.
    TorchMagic,
    /// A text that is kept in [`Values`].
    Text(u32),
    /// A UTF-8 text that stays in the source.
    Late {
        len: u32,
        offset: u64,
    },
    /// Bytes that stay in the source.
    Blob {
        len: u32,
        offset: u64,
    },
    /// An import.
    Global(u32),
    /// Something with parts.
    Node(u32),
}

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Tuple,
    List,
    Set,
}

/// A value with parts; containers keep their first parts only.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Items {
        sort: Sort,
        items: Vec<Value>,
        more: bool,
    },
    Map {
        items: Vec<(Value, Value)>,
        more: bool,
    },
    /// The result of a call.
    Made {
        callable: Value,
        args: Value,
        state: Value,
    },
    /// An object that the reader looks up outside the pickle.
    Persistent {
        id: Value,
    },
}

/// A kept text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    start: u32,
    kept: u32,
    /// Where its bytes stand in the source, and how many there are.
    pub(super) offset: u64,
    pub(super) len: u64,
}

/// Longest prefix of a text that is kept (bytes). No importable name is longer.
pub(super) const TEXT_KEPT: usize = 4096;
/// Parts of one container that are kept.
const PARTS: usize = 64;
const MAX_NODES: usize = 500_000;
const MAX_PARTS: usize = 2_000_000;
const MAX_TEXTS: usize = 500_000;
const MAX_TEXT_BYTES: usize = 16 << 20;

/// Storage of all values of one pickle.
#[derive(Debug, Default)]
pub(super) struct Values {
    nodes: Vec<Node>,
    parts: usize,
    texts: Vec<Text>,
    bytes: Vec<u8>,
}

impl Values {
    fn node(&mut self, node: Node) -> Value {
        if self.nodes.len() >= MAX_NODES {
            return Value::Opaque;
        }
        self.nodes.push(node);
        Value::Node(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    /// Keeps the first parts of a list.
    fn keep<T: Copy>(&mut self, given: &[T]) -> (Vec<T>, bool) {
        let room = PARTS.min(MAX_PARTS.saturating_sub(self.parts));
        let kept = given.get(..given.len().min(room)).unwrap_or(&[]).to_vec();
        self.parts += kept.len();
        let more = kept.len() < given.len();
        (kept, more)
    }

    pub(super) fn items(&mut self, sort: Sort, given: &[Value]) -> Value {
        let (items, more) = self.keep(given);
        self.node(Node::Items { sort, items, more })
    }

    pub(super) fn map(&mut self, given: &[Value]) -> Value {
        let value = self.node(Node::Map {
            items: Vec::new(),
            more: false,
        });
        self.set_items(value, given);
        value
    }

    pub(super) fn made(&mut self, callable: Value, args: Value) -> Value {
        self.node(Node::Made {
            callable,
            args,
            state: Value::None,
        })
    }

    pub(super) fn persistent(&mut self, id: Value) -> Value {
        self.node(Node::Persistent { id })
    }

    pub(super) fn get(&self, value: Value) -> Option<&Node> {
        match value {
            Value::Node(i) => self.nodes.get(i as usize),
            _ => None,
        }
    }

    fn get_mut(&mut self, value: Value) -> Option<&mut Node> {
        match value {
            Value::Node(i) => self.nodes.get_mut(i as usize),
            _ => None,
        }
    }

    /// Items of a list, tuple or set that were kept.
    pub(super) fn parts(&self, value: Value) -> &[Value] {
        match self.get(value) {
            Some(Node::Items { items, .. }) => items,
            _ => &[],
        }
    }

    /// The value under a text key of a map that was kept.
    pub(super) fn entry(&self, map: Value, key: &str) -> Option<Value> {
        match self.get(map)? {
            Node::Map { items, .. } => items
                .iter()
                .rev()
                .find(|(k, _)| self.text(*k) == Some(key))
                .map(|(_, v)| *v),
            _ => None,
        }
    }

    /// Appends to a container; anything else takes it unseen.
    pub(super) fn append(&mut self, to: Value, given: &[Value]) {
        let mut budget = MAX_PARTS.saturating_sub(self.parts);
        if let Some(Node::Items { items, more, .. }) = self.get_mut(to) {
            for v in given {
                if items.len() >= PARTS || budget == 0 {
                    *more = true;
                    break;
                }
                items.push(*v);
                budget -= 1;
            }
        }
        self.parts = MAX_PARTS - budget;
    }

    /// Sets keys of a map, given as key, value, key, value.
    pub(super) fn set_items(&mut self, to: Value, given: &[Value]) {
        let mut budget = MAX_PARTS.saturating_sub(self.parts);
        if let Some(Node::Map { items, more }) = self.get_mut(to) {
            for pair in given.chunks_exact(2) {
                let [k, v] = pair else { continue };
                if items.len() >= PARTS || budget < 2 {
                    *more = true;
                    break;
                }
                items.push((*k, *v));
                budget -= 2;
            }
        }
        self.parts = MAX_PARTS - budget;
    }

    /// Remembers the state that an object is given.
    pub(super) fn set_state(&mut self, of: Value, to: Value) {
        if let Some(Node::Made { state, .. }) = self.get_mut(of) {
            *state = to;
        }
    }

    /// Keeps a text whose first bytes are `kept`, out of `len` bytes at `offset`; none where the storage is full.
    pub(super) fn keep_text(&mut self, kept: &str, offset: u64, len: u64) -> Option<Value> {
        if self.texts.len() >= MAX_TEXTS || self.bytes.len() + kept.len() > MAX_TEXT_BYTES {
            return None;
        }
        let start = u32::try_from(self.bytes.len()).ok()?;
        self.bytes.extend_from_slice(kept.as_bytes());
        self.texts.push(Text {
            start,
            kept: u32::try_from(kept.len()).ok()?,
            offset,
            len,
        });
        Some(Value::Text(u32::try_from(self.texts.len() - 1).ok()?))
    }

    pub(super) fn text_entry(&self, value: Value) -> Option<&Text> {
        match value {
            Value::Text(i) => self.texts.get(i as usize),
            _ => None,
        }
    }

    /// A kept text, its first bytes where it is long.
    pub(super) fn text(&self, value: Value) -> Option<&str> {
        let t = self.text_entry(value)?;
        let start = t.start as usize;
        std::str::from_utf8(self.bytes.get(start..start + t.kept as usize)?).ok()
    }

    /// A text, read from the source where it was not kept.
    pub(super) fn any_text(&self, value: Value, source: &dyn ReadAt) -> Option<String> {
        if let Value::Late { len, offset } = value {
            let mut buf = vec![0; (len as usize).min(TEXT_KEPT)];
            let n = source.read_at(offset, &mut buf).ok()?;
            buf.truncate(n);
            return Some(String::from_utf8_lossy(&buf).into_owned());
        }
        self.text(value).map(str::to_owned)
    }

    /// A value as a short literal.
    pub(super) fn show(&self, value: Value, globals: &dyn Fn(u32) -> String) -> String {
        let mut out = String::new();
        self.write(value, globals, 0, &mut out);
        excerpt(&out, SHOWN)
    }

    fn write(&self, value: Value, globals: &dyn Fn(u32) -> String, depth: usize, out: &mut String) {
        if out.len() > 4 * SHOWN || depth > 4 {
            out.push('…');
            return;
        }
        match value {
            Value::Opaque => out.push('?'),
            Value::None => out.push_str("None"),
            Value::Bool(b) => out.push_str(if b { "True" } else { "False" }),
            Value::Int(i) => out.push_str(&i.to_string()),
            Value::Float(f) => out.push_str(&f.to_string()),
            Value::TorchMagic => out.push_str("magic"),
            Value::Text(_) if depth == 0 => out.push_str(self.text(value).unwrap_or("?")),
            Value::Text(_) => {
                out.push('\'');
                out.push_str(self.text(value).unwrap_or("?"));
                out.push('\'');
            }
            Value::Late { len, .. } => out.push_str(&format!("<text of {len} bytes>")),
            Value::Blob { len, .. } => out.push_str(&format!("<{len} bytes>")),
            Value::Global(g) => out.push_str(&globals(g)),
            Value::Node(_) => self.write_node(value, globals, depth, out),
        }
    }

    fn write_node(&self, value: Value, globals: &dyn Fn(u32) -> String, depth: usize, out: &mut String) {
        let mut list =
            |open: &str, items: &mut dyn Iterator<Item = (Option<Value>, Value)>, more: bool, close: &str| {
                out.push_str(open);
                for (i, (key, item)) in items.take(12).enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    if let Some(key) = key {
                        self.write(key, globals, depth + 1, out);
                        out.push_str(": ");
                    }
                    self.write(item, globals, depth + 1, out);
                }
                out.push_str(if more { ", …" } else { "" });
                out.push_str(close);
            };
        match self.get(value) {
            Some(Node::Items { sort, items, more }) => {
                let (open, close) = match sort {
                    Sort::Tuple => ("(", ")"),
                    Sort::List => ("[", "]"),
                    Sort::Set => ("{", "}"),
                };
                let more = *more || items.len() > 12;
                list(open, &mut items.iter().map(|v| (None, *v)), more, close);
            }
            Some(Node::Map { items, more }) => {
                let more = *more || items.len() > 12;
                list("{", &mut items.iter().map(|(k, v)| (Some(*k), *v)), more, "}");
            }
            Some(Node::Made { callable, .. }) => {
                self.write(*callable, globals, depth + 1, out);
                out.push_str("(…)");
            }
            Some(Node::Persistent { .. }) => out.push_str("<persistent>"),
            None => out.push('?'),
        }
    }
}

/// Longest literal that is shown (characters).
const SHOWN: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_short_and_storage_is_bounded() {
        let mut v = Values::default();
        let text = v.keep_text("id", 0, 2).unwrap();
        let list = v.items(Sort::List, &[text, Value::Int(7), Value::None]);
        let names = |_: u32| "os.system".to_owned();
        assert_eq!(v.show(list, &names), "['id', 7, None]");
        assert_eq!(v.show(text, &names), "id");
        let many = vec![Value::Int(1); 1000];
        let long = v.items(Sort::Tuple, &many);
        assert_eq!(v.parts(long).len(), PARTS);
        let mut deep = list;
        for _ in 0..2_000_000 {
            deep = v.items(Sort::Tuple, &[deep]);
        }
        assert_eq!(v.show(deep, &names), "?");
        assert!(v.nodes.len() <= MAX_NODES && v.parts <= MAX_PARTS);
    }
}
