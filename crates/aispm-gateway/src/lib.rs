//! The proxy around the runtime guard: `aispm guard run`.
//!
//! A request comes in at a route ([`Config`]), is asked of the route's upstream, and what comes back passes through the judge
//! of `aispm-guard` before the client sees a byte of it. In order:
//!
//! 1. `relay`: who asks, on which route, which call. What answers cannot be judged is refused before it is asked.
//! 2. `headers`: what goes on and what comes back; nothing compressed is asked for.
//! 3. `upstream`: a pool of connections for each route; a client that leaves ends the upstream's answer.
//! 4. `body`: pulled piece by piece through the judge, so that a slow client slows the upstream.
//! 5. `journal`: one line for each request, however it ended.
//!
//! `problem` holds everything that can go wrong, and what the client is told then.

mod ask;
mod body;
mod calls;
mod config;
mod headers;
mod journal;
mod patience;
mod problem;
mod relay;
mod server;
mod upstream;

pub use config::{ClientConfig, Config, KeyHeader, RouteConfig, example};
pub use server::{Gateway, StartError};
