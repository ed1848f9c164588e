//! The guard, on bytes of an upstream: its first byte says which sink and where the rest is cut; cuts change nothing.
#![no_main]

use std::sync::Arc;

use aispm_guard::{Settings, Sink, Stream, answer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let sink = [Sink::Html, Sink::Markdown, Sink::Plain][usize::from(choice % 3)];
    let mut settings = Settings::new(sink).allowing(&["docs.acme.example"]);
    settings.hold = 256;
    let settings = Arc::new(settings);
    let _ = answer(bytes, &settings);
    let run = |step: usize| {
        let mut stream = Stream::new(Arc::clone(&settings), 1);
        let mut out = Vec::new();
        for piece in bytes.chunks(step) {
            stream.push(piece, &mut out);
        }
        stream.finish(&mut out);
        (out, stream.events())
    };
    assert_eq!(run(1 + usize::from(choice / 3)), run(bytes.len().max(1)));
});
