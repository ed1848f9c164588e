//! Bodies that go to clients. They are pulled: nothing is read of the upstream before the client has taken what came before,
//! and a client that leaves drops its body, and with it the upstream's connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aispm_guard::Stream;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep, timeout};

use crate::journal::Entry;
use crate::problem::Problem;

/// Any body of an answer.
pub(crate) type Outgoing = UnsyncBoxBody<Bytes, io::Error>;

/// Longest to wait for the end of an answer whose last word was said, so that its connection can be used again.
const TAIL: Duration = Duration::from_secs(2);
/// Most frames after that word.
const TAIL_FRAMES: usize = 16;

type Polled = Poll<Option<Result<Frame<Bytes>, io::Error>>>;

/// What the upstream sends, with a limit on its silence.
#[derive(Debug)]
pub(crate) struct Source {
    body: Incoming,
    silence: Duration,
    quiet: Pin<Box<Sleep>>,
}

impl Source {
    pub(crate) fn new(body: Incoming, silence: Duration) -> Self {
        Self {
            body,
            silence,
            quiet: Box::pin(sleep(silence)),
        }
    }

    /// The next piece; trailers are left out, as nobody judged them.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Problem>>> {
        loop {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.quiet.as_mut().reset(Instant::now() + self.silence);
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Some(Err(Problem::Broken))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    return match self.quiet.as_mut().poll(cx) {
                        Poll::Ready(()) => Poll::Ready(Some(Err(Problem::Silent))),
                        Poll::Pending => Poll::Pending,
                    };
                }
            }
        }
    }

    async fn next(&mut self) -> Option<Result<Bytes, Problem>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// All of it; nothing where it is longer than `most`.
    pub(crate) async fn whole(mut self, most: usize) -> Result<Option<Vec<u8>>, Problem> {
        let mut all = Vec::new();
        while let Some(piece) = self.next().await {
            let piece = piece?;
            if all.len() + piece.len() > most {
                return Ok(None);
            }
            all.extend_from_slice(&piece);
        }
        Ok(Some(all))
    }

    /// Reads on to the end, for the connection's sake alone.
    async fn finish(mut self) {
        for _ in 0..TAIL_FRAMES {
            match self.next().await {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            }
        }
    }
}

/// A streamed answer on its way through the judge.
pub(crate) struct Judged {
    source: Option<Source>,
    judge: Stream,
    entry: Option<Entry>,
}

impl Judged {
    pub(crate) fn new(source: Source, judge: Stream, entry: Entry) -> Self {
        Self {
            source: Some(source),
            judge,
            entry: Some(entry),
        }
    }

    /// Says the last words after what is in `out`, and the log its line.
    fn end(&mut self, mut out: Vec<u8>, problem: Option<&Problem>) -> Polled {
        let source = self.source.take();
        let whole = self.judge.is_complete();
        self.judge.finish(&mut out);
        if let Some(mut entry) = self.entry.take() {
            entry.record.sent += out.len() as u64;
            if let Some(problem) = problem {
                entry.record.verdict = problem.verdict();
                entry.record.error = Some(problem.word());
            }
            entry.done(self.judge.events());
            entry.ended = true;
        }
        if let Some(source) = source.filter(|_| whole && problem.is_none()) {
            tokio::spawn(timeout(TAIL, source.finish()));
        }
        Poll::Ready(Some(Ok(Frame::data(out.into()))))
    }
}

impl Body for Judged {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let mut out = Vec::new();
        loop {
            let Some(source) = &mut self.source else {
                return Poll::Ready(None);
            };
            match source.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return self.end(out, None),
                Poll::Ready(Some(Err(problem))) => return self.end(out, Some(&problem)),
                Poll::Ready(Some(Ok(piece))) => {
                    self.judge.push(&piece, &mut out);
                    if let Some(entry) = &mut self.entry {
                        entry.record.read += piece.len() as u64;
                    }
                    // What was stopped is not waited for: leaving ends the upstream's work.
                    if self.judge.is_over() {
                        return self.end(out, None);
                    }
                    if !out.is_empty() {
                        if let Some(entry) = &mut self.entry {
                            entry.record.sent += out.len() as u64;
                        }
                        return Poll::Ready(Some(Ok(Frame::data(out.into()))));
                    }
                }
            }
        }
    }
}

impl Drop for Judged {
    /// The client left: what was done by then is told all the same.
    fn drop(&mut self) {
        if let Some(entry) = &mut self.entry {
            entry.done(self.judge.events());
        }
    }
}

/// An answer that passes as it is.
pub(crate) struct Passed {
    source: Option<Source>,
    entry: Option<Entry>,
}

impl Passed {
    pub(crate) fn new(source: Source, entry: Entry) -> Self {
        Self {
            source: Some(source),
            entry: Some(entry),
        }
    }

    fn end(&mut self, problem: Option<Problem>) -> Polled {
        self.source = None;
        if let Some(mut entry) = self.entry.take() {
            if let Some(problem) = &problem {
                entry.record.verdict = problem.verdict();
                entry.record.error = Some(problem.word());
            }
            entry.ended = true;
        }
        // An answer that broke off must not look whole.
        Poll::Ready(problem.map(|p| Err(io::Error::other(p))))
    }
}

impl Body for Passed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let Some(source) = &mut self.source else {
            return Poll::Ready(None);
        };
        match source.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => self.end(None),
            Poll::Ready(Some(Err(problem))) => self.end(Some(problem)),
            Poll::Ready(Some(Ok(piece))) => {
                if let Some(entry) = &mut self.entry {
                    entry.record.read += piece.len() as u64;
                    entry.record.sent += piece.len() as u64;
                }
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.source.as_ref().is_none_or(|s| s.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.source
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), |s| s.body.size_hint())
    }
}

impl Drop for Passed {
    /// A body with a length may not be asked for its end once all of it was taken.
    fn drop(&mut self) {
        let whole = self.source.as_ref().is_some_and(|s| s.body.is_end_stream());
        if let Some(entry) = &mut self.entry {
            entry.ended |= whole;
        }
    }
}
