//! The symbolic pickle machine: it follows stack, memo and calls, and builds nothing.

use super::calls::{Log, Nested};
use super::opcode::*;
use super::stack::{Memo, Stack};
use super::value::{Node, Sort, Value, Values};
use crate::bounded::{Meter, Stop};
use crate::cursor::Cursor;
use crate::inspection::{Defect, Header};

/// One pickle being read.
pub(super) struct Machine<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) meter: &'a Meter,
    pub(super) values: Values,
    pub(super) stack: Stack,
    pub(super) memo: Memo,
    /// Calls and imports of all pickles of the stream.
    pub(super) log: Log,
    pub(super) defects: Vec<Defect>,
    pub(super) header: Header,
    /// Byte strings that are handed to calls and may be pickles themselves.
    pub(super) nested: Vec<Nested>,
    /// Depth of object arrays that joblib pickles in the middle of the stream.
    pub(super) inline_depth: usize,
    protocol: u8,
    frame_end: u64,
    framing: Framing,
}

/// What a reader does with an opcode that reaches across the end of its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Reads on, as `pickle.loads` does.
    ReadsOn,
    /// Throws the rest of the frame away and reads what stands behind it, as `pickle.load` of a file does
    /// (python/cpython issue 154848).
    StartsOver,
}

/// State of a pickle that was put aside.
pub(super) struct Suspended {
    values: Values,
    stack: Stack,
    memo: Memo,
    protocol: u8,
}

fn no_such_opcode(offset: u64) -> Stop {
    Stop::Malformed {
        what: "pickle (no such opcode)",
        offset,
    }
}

/// The defect of an opcode that reaches across its frame.
pub(super) const FRAME_MISMATCH: &str = "frame-mismatch";

/// Highest protocol there is.
const HIGHEST: u8 = 5;

impl<'a> Machine<'a> {
    pub(super) fn new(cursor: Cursor<'a>, meter: &'a Meter, framing: Framing) -> Self {
        Self {
            cursor,
            meter,
            values: Values::default(),
            stack: Stack::default(),
            memo: Memo::default(),
            log: Log::new(meter.limits().listed),
            defects: Vec::new(),
            header: Header::default(),
            nested: Vec::new(),
            inline_depth: 0,
            protocol: 0,
            frame_end: 0,
            framing,
        }
    }

    /// Reads one pickle, from the cursor to its STOP, with a fresh stack and memo, as one `pickle.load` does.
    pub(super) fn load(&mut self) -> Result<Value, Stop> {
        self.values = Values::default();
        self.stack = Stack::default();
        self.memo = Memo::default();
        self.log.forget_numbers();
        self.protocol = 0;
        self.frame_end = self.cursor.position();
        loop {
            let at = self.cursor.position();
            let op = self.cursor.u8()?;
            self.meter.opcodes(1)?;
            if op == STOP {
                if self.cursor.position() < self.frame_end {
                    self.note_frame(at);
                }
                return self.stack.pop(at);
            }
            let stepped = self.step(op, at);
            let end = self.cursor.position();
            if at < self.frame_end && end > self.frame_end && op != FRAME {
                self.note_frame(at);
                self.frame_end = 0;
            }
            stepped?;
        }
    }

    /// Puts the state of this pickle aside while another is read from the middle of it.
    pub(super) fn suspend(&mut self) -> Suspended {
        Suspended {
            values: std::mem::take(&mut self.values),
            stack: std::mem::take(&mut self.stack),
            memo: std::mem::take(&mut self.memo),
            protocol: self.protocol,
        }
    }

    /// Goes on with the pickle that was put aside.
    pub(super) fn resume(&mut self, outer: Suspended) {
        self.values = outer.values;
        self.stack = outer.stack;
        self.memo = outer.memo;
        self.protocol = outer.protocol;
        self.leave_frame();
    }

    /// Forgets the frame that is open.
    pub(super) fn leave_frame(&mut self) {
        self.frame_end = 0;
        self.cursor.set_barrier(None);
    }

    /// Readers disagree on what follows a frame that an opcode reaches across: the C unpickler reads on in the file,
    /// the Python one stops.
    fn note_frame(&mut self, at: u64) {
        self.note_defect(FRAME_MISMATCH, format!("at byte {at}"), true);
    }

    pub(super) fn note_defect(&mut self, defect: &'static str, detail: String, hides_content: bool) {
        if self.defects.len() < 64 && !self.defects.iter().any(|d| d.defect == defect) {
            self.defects.push(Defect {
                defect,
                detail,
                offset: Some(self.cursor.position()),
                hides_content,
                member: None,
            });
        }
    }

    fn step(&mut self, op: u8, at: u64) -> Result<(), Stop> {
        let Some(needs) = protocol_of(op) else {
            return Err(no_such_opcode(at));
        };
        if needs > self.protocol.max(2) {
            self.note_defect(
                "protocol-mismatch",
                format!("an opcode of protocol {needs} under protocol {}", self.protocol),
                false,
            );
        }
        if let Some(value) = self.literal(op, at)? {
            return self.stack.push(value);
        }
        match op {
            PROTO => self.proto(at),
            FRAME => self.frame(at),
            MARK => self.stack.mark(),
            POP => self.stack.pop_any(at),
            POP_MARK => self.stack.pop_mark(at).map(drop),
            DUP => {
                let top = self.stack.top(at)?;
                self.stack.push(top)
            }
            READONLY_BUFFER => self.stack.top(at).map(drop),
            GET | BINGET | LONG_BINGET | PUT | BINPUT | LONG_BINPUT | MEMOIZE => self.memoise(op, at),
            TUPLE | TUPLE1 | TUPLE2 | TUPLE3 | LIST | DICT | FROZENSET => self.collect(op, at),
            APPEND | APPENDS | ADDITEMS | SETITEM | SETITEMS => self.extend(op, at),
            _ => self.import_or_call(op, at),
        }
    }

    fn proto(&mut self, at: u64) -> Result<(), Stop> {
        self.protocol = self.cursor.u8()?;
        if self.protocol > HIGHEST {
            return Err(Stop::Malformed {
                what: "pickle (unknown protocol)",
                offset: at,
            });
        }
        Ok(())
    }

    fn frame(&mut self, at: u64) -> Result<(), Stop> {
        let len = self.cursor.u64()?;
        if at < self.frame_end {
            self.note_frame(at);
        }
        let start = self.cursor.position();
        // A frame longer than the file ends the load right here, in every reader.
        if len > self.cursor.remaining() {
            return Err(Stop::Truncated(start + self.cursor.remaining()));
        }
        self.frame_end = start.saturating_add(len);
        if self.framing == Framing::StartsOver {
            self.cursor.set_barrier(Some(self.frame_end));
        }
        Ok(())
    }

    fn memoise(&mut self, op: u8, at: u64) -> Result<(), Stop> {
        let index = match op {
            BINGET | BINPUT => u64::from(self.cursor.u8()?),
            LONG_BINGET | LONG_BINPUT => u64::from(self.cursor.u32()?),
            MEMOIZE => self.memo.len(),
            _ => {
                let (line, _) = self.cursor.line(64)?;
                let digits = super::literal::number_text(&line).replace('_', "");
                digits.parse().ok().ok_or(Stop::Malformed {
                    what: "pickle (memo index)",
                    offset: at,
                })?
            }
        };
        if matches!(op, GET | BINGET | LONG_BINGET) {
            let value = self.memo.get(index).ok_or(Stop::Malformed {
                what: "pickle (memo entry that was never made)",
                offset: at,
            })?;
            return self.stack.push(value);
        }
        // CPython allocates a table as long as the largest index.
        if index > self.memo.len().saturating_mul(64).saturating_add(1 << 20) {
            self.note_defect("memo-bomb", format!("memo index {index}"), false);
        }
        let top = self.stack.top(at)?;
        self.memo.put(index, top);
        Ok(())
    }

    fn collect(&mut self, op: u8, at: u64) -> Result<(), Stop> {
        let fixed = match op {
            TUPLE1 => 1,
            TUPLE2 => 2,
            TUPLE3 => 3,
            _ => 0,
        };
        let items = if fixed > 0 {
            let mut items = Vec::with_capacity(fixed);
            for _ in 0..fixed {
                items.push(self.stack.pop(at)?);
            }
            items.reverse();
            items
        } else {
            self.stack.pop_mark(at)?
        };
        let value = match op {
            LIST => self.values.items(Sort::List, &items),
            FROZENSET => self.values.items(Sort::Set, &items),
            DICT => self.values.map(&items),
            _ => self.values.items(Sort::Tuple, &items),
        };
        self.stack.push(value)
    }

    fn extend(&mut self, op: u8, at: u64) -> Result<(), Stop> {
        let items = match op {
            APPEND => vec![self.stack.pop(at)?],
            SETITEM => {
                let value = self.stack.pop(at)?;
                vec![self.stack.pop(at)?, value]
            }
            _ => self.stack.pop_mark(at)?,
        };
        let target = self.stack.top(at)?;
        // On anything but a container these call its `append`, `extend`, `add` or `__setitem__`.
        if let Value::Global(_) = target {
            let args = self.values.items(Sort::Tuple, &items);
            self.call_method(target, "__setitem__", args, at);
        }
        if matches!(op, SETITEM | SETITEMS) {
            self.values.set_items(target, &items);
        } else {
            self.values.append(target, &items);
        }
        Ok(())
    }

    fn import_or_call(&mut self, op: u8, at: u64) -> Result<(), Stop> {
        let value = match op {
            GLOBAL => {
                let (module, name) = self.two_lines(at)?;
                self.import(&module, &name, at)
            }
            STACK_GLOBAL => {
                let name = self.stack.pop(at)?;
                let module = self.stack.pop(at)?;
                self.import_values(module, name, at)
            }
            EXT1 => {
                let code = u32::from(self.cursor.u8()?);
                self.extension(code, at)
            }
            EXT2 => {
                let code = u32::from(self.cursor.u16()?);
                self.extension(code, at)
            }
            EXT4 => {
                let code = self.cursor.u32()?;
                self.extension(code, at)
            }
            INST => {
                let (module, name) = self.two_lines(at)?;
                let class = self.import(&module, &name, at);
                let args = self.stack.pop_mark(at)?;
                let args = self.values.items(Sort::Tuple, &args);
                self.call(class, args, at)
            }
            OBJ => {
                let parts = self.stack.pop_mark(at)?;
                let Some((class, args)) = parts.split_first() else {
                    return Err(Stop::Malformed {
                        what: "pickle (OBJ without a class)",
                        offset: at,
                    });
                };
                let args = self.values.items(Sort::Tuple, args);
                self.call(*class, args, at)
            }
            REDUCE | NEWOBJ => {
                let args = self.stack.pop(at)?;
                let callable = self.stack.pop(at)?;
                self.call(callable, args, at)
            }
            NEWOBJ_EX => {
                let named = self.stack.pop(at)?;
                let args = self.stack.pop(at)?;
                let class = self.stack.pop(at)?;
                let mut all = self.values.parts(args).to_vec();
                all.push(named);
                let args = self.values.items(Sort::Tuple, &all);
                self.call(class, args, at)
            }
            PERSID => {
                let offset = self.cursor.position();
                let (line, _) = self.cursor.line(super::value::TEXT_KEPT)?;
                let text = String::from_utf8_lossy(&line);
                let id = self.values.keep_text(&text, offset, line.len() as u64);
                self.values.persistent(id.unwrap_or(Value::Opaque))
            }
            BINPERSID => {
                let id = self.stack.pop(at)?;
                self.values.persistent(id)
            }
            BUILD => return self.build(at),
            _ => return Err(no_such_opcode(at)),
        };
        self.stack.push(value)
    }

    /// Two lines: module and name.
    fn two_lines(&mut self, at: u64) -> Result<(String, String), Stop> {
        let mut line = || {
            let (line, whole) = self.cursor.line(super::value::TEXT_KEPT)?;
            let text = String::from_utf8(line).ok().filter(|_| whole);
            text.ok_or(Stop::Malformed {
                what: "pickle (name of an import)",
                offset: at,
            })
        };
        Ok((line()?, line()?))
    }

    /// BUILD gives an object its state: `__setstate__`, or its attributes.
    fn build(&mut self, at: u64) -> Result<(), Stop> {
        let state = self.stack.pop(at)?;
        let target = self.stack.top(at)?;
        match target {
            // Attributes of a class or module are overwritten; no pickler writes that.
            Value::Global(_) => {
                let args = self.values.items(Sort::Tuple, &[state]);
                self.call_method(target, "__setstate__", args, at);
            }
            _ => self.values.set_state(target, state),
        }
        self.find_nested(state, 0);
        if let Some(Node::Made { callable, .. }) = self.values.get(target) {
            let callable = *callable;
            if self.log.is(callable, "joblib.numpy_pickle", "NumpyArrayWrapper") {
                return self.raw_array(state, at);
            }
        }
        Ok(())
    }
}
