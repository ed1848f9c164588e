//! Whole files under compression: what joblib writes, and compressed tar archives.

use crate::bounded::{ReadAt, Stop, peek};
use crate::detect::{self, FormatId};
use crate::inflate::{Inflated, Wrapper};
use crate::scanner::Scanner;

/// Reads what is inside a zlib or gzip stream.
pub(crate) fn read(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    wrapper: Wrapper,
    member: Option<&str>,
) -> Result<(), Stop> {
    let meter = cx.meter;
    let inside = Inflated::new(source, wrapper, None, meter);
    let head = peek(&inside, 0, detect::HEAD)?;
    match detect::detect(&head, "") {
        Some(FormatId::Pickle) => {
            if member.is_none() {
                cx.out.format = FormatId::Joblib;
            }
            cx.pickles(&inside, member);
        }
        Some(FormatId::Tar) => {
            if member.is_none() {
                cx.out.format = FormatId::Tar;
            }
            cx.read(&inside, FormatId::Tar, member);
        }
        // A directory at the end of a stream cannot be read forward.
        Some(FormatId::Zip) => return Err(Stop::Unsupported("zip inside a compressed stream")),
        Some(format) => cx.read(&inside, format, member),
        None => {}
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
