//! The runtime guard's decisions, without I/O: which bytes of a model's answer may reach the page, the terminal or the tool
//! that waits for them.
//!
//! [`Screen`] judges one text as it grows; [`Stream`] judges a streamed chat completion of the OpenAI-compatible kind, and
//! [`answer`] one that comes whole. Three things hold for all of them, whatever the upstream sends and however it is cut:
//!
//! - No byte leaves before its verdict, and at most [`Settings::hold`] bytes of a text wait for one.
//! - Text and verdicts depend on the upstream's text alone, never on where its bytes were cut.
//! - What has no known shape ends the answer, unless the route says [`OnError::Open`]; then it passes and an event says so.
//!
//! Text is cut into units by a rule that looks at nothing but the text ([`screen`](Screen)); a unit is judged whole. A word of
//! plain prose is a unit of its own and passes at once; anything that could begin a tag, a link, a key or a number waits for
//! the end of its line, and for the end of the construct where that spans lines.

mod chat;
mod event;
mod hidden;
mod hosts;
mod markup;
mod mask;
mod screen;
mod settings;
mod sse;

pub use chat::{Answer, Stream, answer};
pub use event::{Action, Event, Reason};
pub use hosts::AllowList;
pub use screen::{Judged, Screen};
pub use settings::{OnError, Settings, Sink};
pub use sse::{SseEvent, SseParser, TooLong};
