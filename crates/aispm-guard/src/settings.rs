//! What a route asks of the guard.

use crate::hosts::AllowList;

/// Where the answer's text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Put into a page as it is.
    Html,
    /// Rendered as CommonMark or GitHub's Markdown, raw HTML included.
    Markdown,
    /// Shown or stored as characters.
    Plain,
}

/// What happens to what cannot be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// It ends the answer.
    #[default]
    Closed,
    /// It passes, and an event says that it was not judged.
    Open,
}

/// The settings of one route.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the text is shown.
    pub sink: Sink,
    /// Hosts that images and links may name.
    pub allow_hosts: AllowList,
    /// What happens to what cannot be judged.
    pub on_error: OnError,
    /// Most bytes of one text that wait for a verdict.
    pub hold: usize,
    /// Most bytes of one tool call's arguments, which wait until they are whole: nobody can run half a call.
    pub hold_call: usize,
    /// Most bytes of one upstream event, or of an answer that comes whole.
    pub message: usize,
    /// Most choices (`n`) and most tool calls of one choice.
    pub fan_out: usize,
}

impl Settings {
    /// A route that fails closed and allows no host.
    pub fn new(sink: Sink) -> Self {
        Self {
            sink,
            allow_hosts: AllowList::default(),
            on_error: OnError::Closed,
            hold: 24 << 10,
            hold_call: 256 << 10,
            message: 4 << 20,
            fan_out: 128,
        }
    }

    /// The same route with hosts that images and links may name; see [`AllowList::new`].
    #[must_use]
    pub fn allowing(mut self, hosts: &[&str]) -> Self {
        self.allow_hosts = AllowList::new(hosts.iter().copied());
        self
    }
}
