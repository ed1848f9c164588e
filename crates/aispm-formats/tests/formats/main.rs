//! Readers of model formats against sound, hostile and broken files.

mod archives;
mod bombs;
mod detection;
mod layers;
mod pickle_streams;
mod pickles;
mod real;
mod tensors;

use aispm_formats::bounded::Limits;
use aispm_formats::{FormatId, Inspection, detect, inspect};

/// Detects and inspects bytes under a file name.
fn read(bytes: &[u8], name: &str) -> Option<Inspection> {
    let head = bytes.get(..bytes.len().min(8192)).unwrap_or(bytes);
    detect(head, name).map(|format| inspect(&bytes.to_vec(), format, Limits::default()))
}

/// Inspects bytes as a format.
fn read_as(bytes: &[u8], format: FormatId) -> Inspection {
    inspect(&bytes.to_vec(), format, Limits::default())
}

/// Callables as `module.name`, with `!` before dangerous, `?` before unknown ones, `()` behind called ones.
fn calls(inspection: &Inspection) -> Vec<String> {
    let mut out: Vec<String> = inspection
        .calls
        .iter()
        .map(|c| {
            let sign = match c.verdict {
                aispm_formats::pickle::Verdict::Dangerous => "!",
                aispm_formats::pickle::Verdict::Unknown => "?",
                aispm_formats::pickle::Verdict::Harmless => "",
            };
            let called = if c.called { "()" } else { "" };
            format!("{sign}{}.{}{called}", c.module, c.name)
        })
        .collect();
    out.dedup();
    out
}

/// Short keys of the defects.
fn defects(inspection: &Inspection) -> Vec<&'static str> {
    let mut out: Vec<_> = inspection.defects.iter().map(|d| d.defect).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// Short keys of the hazards.
fn hazards(inspection: &Inspection) -> Vec<&'static str> {
    let mut out: Vec<_> = inspection.hazards.iter().map(|h| h.hazard).collect();
    out.dedup();
    out
}
