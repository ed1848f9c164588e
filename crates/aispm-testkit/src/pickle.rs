//! An assembler of pickles.

/// Builds a pickle opcode by opcode. Every method appends and gives the assembler back.
#[derive(Clone, Debug, Default)]
pub struct Assembler {
    bytes: Vec<u8>,
}

impl Assembler {
    /// No bytes yet: a pickle of protocol 0 or 1.
    pub fn new() -> Self {
        Self::default()
    }
    /// Begins with PROTO.
    pub fn proto(version: u8) -> Self {
        Self::new().raw(&[0x80, version])
    }
    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }
    /// GLOBAL: module and name as lines.
    #[must_use]
    pub fn global(self, module: &str, name: &str) -> Self {
        self.raw(format!("c{module}\n{name}\n").as_bytes())
    }
    /// INST: a class whose arguments stand above the mark.
    #[must_use]
    pub fn inst(self, module: &str, name: &str) -> Self {
        self.raw(format!("i{module}\n{name}\n").as_bytes())
    }
    /// Two texts and STACK_GLOBAL.
    #[must_use]
    pub fn stack_global(self, module: &str, name: &str) -> Self {
        self.text(module).text(name).raw(b"\x93")
    }
    /// SHORT_BINUNICODE, or BINUNICODE where it is long.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        match u8::try_from(text.len()) {
            Ok(n) => self.raw(&[0x8c, n]).raw(text.as_bytes()),
            Err(_) => self.binunicode(text),
        }
    }
    /// BINUNICODE.
    #[must_use]
    pub fn binunicode(self, text: &str) -> Self {
        let n = u32::try_from(text.len()).unwrap_or(0);
        self.raw(b"X").raw(&n.to_le_bytes()).raw(text.as_bytes())
    }
    /// STRING: a quoted line.
    #[must_use]
    pub fn string(self, text: &str) -> Self {
        self.raw(format!("S'{text}'\n").as_bytes())
    }
    /// UNICODE: a line.
    #[must_use]
    pub fn unicode(self, text: &str) -> Self {
        self.raw(format!("V{text}\n").as_bytes())
    }
    /// BINBYTES.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        let n = u32::try_from(bytes.len()).unwrap_or(0);
        self.raw(b"B").raw(&n.to_le_bytes()).raw(bytes)
    }
    /// BININT.
    #[must_use]
    pub fn int(self, n: i32) -> Self {
        self.raw(b"J").raw(&n.to_le_bytes())
    }
    /// MARK.
    #[must_use]
    pub fn mark(self) -> Self {
        self.raw(b"(")
    }
    /// TUPLE: everything above the mark.
    #[must_use]
    pub fn tuple(self) -> Self {
        self.raw(b"t")
    }
    /// TUPLE1.
    #[must_use]
    pub fn tuple1(self) -> Self {
        self.raw(b"\x85")
    }
    /// TUPLE2.
    #[must_use]
    pub fn tuple2(self) -> Self {
        self.raw(b"\x86")
    }
    /// REDUCE.
    #[must_use]
    pub fn reduce(self) -> Self {
        self.raw(b"R")
    }
    /// POP.
    #[must_use]
    pub fn pop(self) -> Self {
        self.raw(b"0")
    }
    /// BINPUT.
    #[must_use]
    pub fn put(self, index: u8) -> Self {
        self.raw(&[b'q', index])
    }
    /// BINGET.
    #[must_use]
    pub fn get(self, index: u8) -> Self {
        self.raw(&[b'h', index])
    }
    /// FRAME of `length` bytes.
    #[must_use]
    pub fn frame(self, length: u64) -> Self {
        self.raw(b"\x95").raw(&length.to_le_bytes())
    }
    /// STOP, and the bytes.
    pub fn stop(self) -> Vec<u8> {
        self.raw(b".").bytes
    }
    /// The bytes without STOP: a stream that breaks.
    pub fn broken(self) -> Vec<u8> {
        self.bytes
    }
}

/// A pickle of protocol 0 that calls `module.name(argument)`.
pub fn call0(module: &str, name: &str, argument: &str) -> Vec<u8> {
    Assembler::new()
        .global(module, name)
        .mark()
        .string(argument)
        .tuple()
        .reduce()
        .stop()
}

/// A pickle of protocol 4 that calls `module.name(argument)`.
pub fn call4(module: &str, name: &str, argument: &str) -> Vec<u8> {
    Assembler::proto(4)
        .stack_global(module, name)
        .text(argument)
        .tuple1()
        .reduce()
        .stop()
}

/// What `torch.save` writes for one tensor of `shape` under the name `weight`, protocol 2.
pub fn state_dict(shape: &[i32]) -> Vec<u8> {
    let elements: i32 = shape.iter().product();
    let ints = |a: Assembler, list: &[i32]| list.iter().fold(a.mark(), |a, n| a.int(*n)).tuple();
    let a = Assembler::proto(2)
        .global("collections", "OrderedDict")
        .raw(b")")
        .reduce()
        .mark()
        .binunicode("weight")
        .global("torch._utils", "_rebuild_tensor_v2")
        .mark()
        .mark()
        .binunicode("storage")
        .global("torch", "FloatStorage")
        .binunicode("0")
        .binunicode("cpu")
        .int(elements)
        .tuple()
        .raw(b"Q")
        .int(0);
    let a = ints(a, shape);
    let a = ints(a, &vec![1; shape.len()]);
    a.raw(b"\x89")
        .global("collections", "OrderedDict")
        .raw(b")")
        .reduce()
        .tuple()
        .reduce()
        .raw(b"u")
        .stop()
}

/// The five pickles that begin PyTorch's old format, with `object` as the fourth, then raw storages.
pub fn legacy_torch(object: &[u8]) -> Vec<u8> {
    let magic = Assembler::proto(2)
        .raw(b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")
        .stop();
    let version = Assembler::proto(2).raw(b"M\xe9\x03").stop();
    let system = Assembler::proto(2).raw(b"}").stop();
    let keys = Assembler::proto(2).raw(b"]").binunicode("0").raw(b"a").stop();
    [
        magic.as_slice(),
        &version,
        &system,
        object,
        &keys,
        &1u64.to_le_bytes(),
        &[0; 4],
    ]
    .concat()
}
