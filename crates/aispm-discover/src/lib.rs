//! Shadow AI: what is used and running without anybody having declared it.
//!
//! Three collectors. [`LogCollector`] (`log:PATH`) tells from proxy, name-server and cloud logs who uses which AI service;
//! [`HostCollector`] (`host:`) what of AI runs and lies on this machine; [`NetCollector`] (`net:CIDR`) which AI services
//! answer on a network the user names. All read only: nothing is executed, nothing is written, and the network is spoken to
//! with GET alone.

mod catalogue;
mod host;
mod log;
mod net;

pub use host::HostCollector;
pub use log::{LogCollector, read_log};
pub use net::{NetCollector, read_answer};

use aispm_collect::{Collector, Readers};

/// The three collectors. `readers` gives the readers of files, which judge configurations that a host keeps.
pub fn collectors(readers: fn(&[u8]) -> Readers) -> Vec<Box<dyn Collector>> {
    vec![
        Box::new(LogCollector),
        Box::new(HostCollector::new(readers)),
        Box::new(NetCollector),
    ]
}
