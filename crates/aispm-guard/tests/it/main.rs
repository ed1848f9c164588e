//! The guard's promises, as tables and properties.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that fails says where"
)]

mod benign;
mod calls;
mod cuts;
mod differential;
mod hostile;
mod invariance;
mod personal;
mod shapes;
mod sse;
mod support;
