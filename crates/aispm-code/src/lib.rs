//! Code: what AI a file uses, and where a model's text goes.
//!
//! Languages are lowered to one small intermediate form ([`ir`]); names and values are resolved in it, the catalogue of AI
//! software (`catalogue/code/*.yaml`) is matched against what is called, and text is followed from models to what interprets
//! it, once for all languages. A prefilter decides which files are parsed at all. Nothing read is ever executed.

mod alone;
mod analyse;
mod catalogue;
mod config;
mod cross;
pub mod ir;
mod lower;
mod markdown;
mod notebook;
mod reader;
mod resolve;
mod taint;
mod unread;

use aispm_collect::Reader;

pub use config::ModelConfigReader;
pub use markdown::MarkdownReader;
pub use reader::CodeReader;

/// The readers of code, notebooks and model configurations.
pub fn readers() -> Vec<Box<dyn Reader>> {
    vec![
        Box::new(CodeReader::default()),
        Box::new(ModelConfigReader),
        Box::new(MarkdownReader),
        Box::new(unread::UnreadCodeReader),
    ]
}

/// For benchmarks: parses a file and throws the tree away; its length where a grammar reads it.
pub fn parse_only(extension: &str, text: &str) -> Option<usize> {
    let (_, front) = lower::front(extension)?;
    lower::parse(front, text).map(|tree| tree.root_node().end_byte())
}

/// Whether the prefilter would have a file parsed.
pub fn may_matter(extension: &str, bytes: &[u8]) -> bool {
    lower::front(extension).is_some_and(|(language, _)| catalogue::catalogue().may_matter(language, bytes))
}

/// Lowers a text to the intermediate form, for tests and for those who build on it.
pub fn lowered(path: &str, extension: &str, text: &str) -> Result<ir::Module, &'static str> {
    lower::lower(path, extension, text)
}
