//! Bounded readers of untrusted bytes: model files, archives, pickles, located documents.
//!
//! Pure: bytes in, plain data out; nothing is loaded, run or fetched. [`detect`] tells the format of a file by its content,
//! [`inspect`] reads it. Every reader is bounded in time, memory and depth by a [`bounded::Meter`], and what it could not
//! read is said with the budget, the format or the break that stopped it.

/// Why compressed content that is of no format known here stands as not read.
pub const UNKNOWN_CONTENT: &str = "the compressed content is of no model format that is known here";

mod archive;
pub mod bounded;
mod compressed;
mod cursor;
mod decoded;
mod detect;
pub mod doc;
mod excerpt;
mod frames;
mod gguf;
mod hdf5;
mod inflate;
mod inspection;
mod json;
mod keras;
mod numpy;
mod onnx;
pub mod pickle;
mod safetensors;
mod savedmodel;
mod scanner;
mod tar;
mod template;
mod unpack;
mod wire;
mod zip;

pub use detect::{FormatId, SEARCHED, detect, detect_beyond, inspect, may_hide_pickle};
pub use excerpt::excerpt;
pub use inspection::{Call, Defect, Hazard, Header, Inspection, Unread};
pub use template::{chat_template_hazards, template_text};
pub use unpack::{Unpacked, unpack};
