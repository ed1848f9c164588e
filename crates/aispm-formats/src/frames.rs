//! LZ4 and Zstandard: files of frames, one after the other (LZ4 Frame Format 1.6.4; RFC 8878).

use std::io::{self, Read};

use lz4_flex::frame::FrameDecoder as Lz4;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// Memory that a Zstandard window may take: what `zstd -22 --ultra` needs.
const WINDOW: u64 = 128 << 20;
const LZ4: u32 = 0x184D_2204;
const ZSTD: u32 = 0xFD2F_B528;
/// The four low bits of a skippable frame's number are free, in both formats.
const SKIPPABLE: u32 = 0x184D_2A50;

/// Whether a head begins a frame that readers of either format pass over.
pub(crate) fn is_skippable(head: &[u8]) -> bool {
    head.first_chunk()
        .is_some_and(|m| u32::from_le_bytes(*m) & !0xf == SKIPPABLE)
}

/// A source whose last number read can be given back.
struct Numbered<R> {
    source: R,
    number: [u8; 4],
    /// Bytes of the number that were not taken again.
    back: usize,
}

impl<R: Read> Read for Numbered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.back == 0 {
            return self.source.read(buf);
        }
        let from = self.number.len() - self.back;
        let n = self.number.get(from..).unwrap_or(&[]).read(buf)?;
        self.back -= n;
        Ok(n)
    }
}

impl<R: Read> Numbered<R> {
    /// The next number, or `None` at the end.
    fn number(&mut self) -> io::Result<Option<u32>> {
        let mut number = [0; 4];
        let mut filled = 0;
        while let Some(free) = number.get_mut(filled..).filter(|f| !f.is_empty()) {
            match self.read(free)? {
                0 if filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => filled += n,
            }
        }
        self.number = number;
        Ok(Some(u32::from_le_bytes(number)))
    }
}

enum Frame<R: Read> {
    None(Numbered<R>),
    Lz4(Box<Lz4<Numbered<R>>>),
    Zstd(Box<StreamingDecoder<Numbered<R>, FrameDecoder>>),
}

/// The content of all frames. Bytes that begin no frame are an error, also behind a frame: whoever reads on after them sees
/// what this reader does not.
pub(crate) struct Frames<R: Read>(Option<Frame<R>>);

impl<R: Read> Frames<R> {
    pub(crate) fn new(source: R) -> Self {
        Self(Some(Frame::None(Numbered {
            source,
            number: [0; 4],
            back: 0,
        })))
    }
}

/// The next frame that has content; `None` at the end.
fn next<R: Read>(mut source: Numbered<R>) -> io::Result<Option<Frame<R>>> {
    while let Some(magic) = source.number()? {
        match magic {
            LZ4 => {
                source.back = 4;
                return Ok(Some(Frame::Lz4(Box::new(Lz4::new(source)))));
            }
            ZSTD => {
                source.back = 4;
                let decoder = StreamingDecoder::new_with_max_window_size(source, WINDOW);
                return Ok(Some(Frame::Zstd(Box::new(decoder.map_err(io::Error::other)?))));
            }
            _ if is_skippable(&magic.to_le_bytes()) => {
                let length = source.number()?.ok_or(io::ErrorKind::UnexpectedEof)?.into();
                if io::copy(&mut source.by_ref().take(length), &mut io::sink())? < length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
    Ok(None)
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(frame) = self.0.as_mut() {
            let n = match frame {
                Frame::None(_) => 0,
                Frame::Lz4(decoder) => decoder.read(buf)?,
                Frame::Zstd(decoder) => decoder.read(buf)?,
            };
            if n > 0 || buf.is_empty() {
                return Ok(n);
            }
            let source = match self.0.take() {
                None => break,
                Some(Frame::None(source)) => source,
                Some(Frame::Lz4(decoder)) => decoder.into_inner(),
                Some(Frame::Zstd(decoder)) => decoder.into_inner(),
            };
            self.0 = next(source)?;
        }
        Ok(0)
    }
}
