//! The guard between a client and an upstream, all on loopback.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod log;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod support;
