//! Whole files under compression: what joblib writes, and compressed tar archives.

use crate::bounded::{Inflated, ReadAt, Stop, Wrapper, peek};
use crate::decoded::{Codec, Decoded};
use crate::detect::{self, FormatId};
use crate::scanner::Scanner;

/// Reads what is inside a zlib or gzip stream.
pub(crate) fn read(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    wrapper: Wrapper,
    member: Option<&str>,
) -> Result<(), Stop> {
    let meter = cx.meter;
    read_inside(cx, &Inflated::new(source, wrapper, None, meter), member)
}

/// Reads what is inside a stream of any other codec.
pub(crate) fn read_slow(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    codec: Codec,
    member: Option<&str>,
) -> Result<(), Stop> {
    let meter = cx.meter;
    read_inside(cx, &Decoded::new(source, codec, meter), member)
}

fn read_inside(cx: &mut Scanner<'_>, inside: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let head = peek(inside, 0, detect::HEAD)?;
    match detect::detect(&head, "") {
        Some(FormatId::Pickle) => {
            if member.is_none() {
                cx.out.format = FormatId::Joblib;
            }
            cx.pickles(inside, member);
        }
        Some(FormatId::Tar) => {
            if member.is_none() {
                cx.out.format = FormatId::Tar;
            }
            cx.read(inside, FormatId::Tar, member);
        }
        // A directory at the end of a stream cannot be read forward.
        Some(FormatId::Zip) => return Err(Stop::Unsupported("zip inside a compressed stream")),
        Some(format) => cx.read(inside, format, member),
        None => cx.out.unread(member, crate::UNKNOWN_CONTENT),
    }
    Ok(())
}

/// Whether a zlib stream begins with a pickle. Two bytes of magic are too few to go by.
pub(crate) fn holds_pickle(head: &[u8]) -> bool {
    let meter = crate::bounded::Meter::new(crate::bounded::Limits::default());
    let head = head.to_vec();
    let inside = Inflated::new(&head, Wrapper::Zlib, None, &meter);
    peek(&inside, 0, 512).is_ok_and(|plain| crate::pickle::looks_like_pickle(&plain))
}
