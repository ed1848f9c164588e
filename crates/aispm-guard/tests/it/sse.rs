//! Events of a stream, however its lines end and its bytes are cut.

use aispm_guard::{SseParser, TooLong};
use proptest::prelude::*;

fn parse(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut parser = SseParser::new(1 << 16);
    let mut events = Vec::new();
    for piece in pieces {
        parser.push(piece, |e| events.push(e.data)).unwrap();
    }
    parser.finish(|e| events.push(e.data));
    events
}

#[test]
fn lines_end_in_three_ways() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!(
            "\u{FEFF}data: a{end}data:b{end}: note{end}id: 1{end}{end}data{end}{end}event: x{end}{end}data:  c"
        );
        assert_eq!(parse(&[text.as_bytes()]), [&b"a\nb"[..], b"", b" c"]);
    }
}

#[test]
fn an_event_is_bounded() {
    let mut parser = SseParser::new(64);
    assert_eq!(parser.push(&[b'x'; 65], |_| {}), Err(TooLong));
    let mut parser = SseParser::new(64);
    assert_eq!(parser.push(&b"data\n".repeat(80), |_| {}), Err(TooLong));
}

proptest! {
    #[test]
    fn cuts_change_nothing(bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b':'), Just(b' '), Just(b'd'), Just(b'a'), Just(b't'), any::<u8>()], 0..80)) {
        let whole = parse(&[&bytes]);
        let singles: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&parse(&singles), &whole);
        for cut in 0..=bytes.len() {
            prop_assert_eq!(&parse(&[&bytes[..cut], &bytes[cut..]]), &whole);
        }
    }
}
