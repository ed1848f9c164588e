//! Chat completions of the OpenAI-compatible kind. Messages are built anew from the fields that were judged, so that nothing
//! passes because nobody thought of it.

mod arguments;
mod choice;
mod shape;
mod stream;
mod whole;

pub use stream::Stream;
pub use whole::{Answer, answer};

/// The reason that tells a client of the guard's stop.
const FILTERED: &str = "content_filter";
