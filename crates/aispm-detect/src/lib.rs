//! Keys in text: which bytes are a credential, whose, how sure; and the masking of credentials in everything that is shown.
//! Pure functions over bytes: no I/O, no clock, linear time on any input.
//!
//! [`personal`] finds personal data by its form, and [`row_defects`] says what a row of training data holds.
//!
//! [`scan`] finds keys in one pass: an Aho-Corasick automaton over every prefix, keyword and marker, then an exact check of
//! the structure at each hit. [`encoded`] finds Base64 tokens worth decoding. [`Redactor`] masks known secrets (raw and
//! encoded) and whatever `scan` recognises.

mod alphabet;
mod assignment;
mod checksum;
mod command;
mod contextual;
mod detector;
mod encoded;
mod formats;
mod hidden;
mod literal;
mod personal;
mod placeholder;
mod prefixed;
mod redact;
mod row;
mod scan;
mod special;
mod steer;

pub use detector::{Class, KeyMatch, detectors};
pub use encoded::{Encoded, decode_token, encoded};
pub use hidden::{
    Confidence, HiddenInstruction, Technique, hidden_instructions, planted_instructions, shown,
};
pub use personal::{Personal, PersonalKind, personal};
pub use placeholder::{is_certain_example, is_placeholder, is_template};
pub use redact::{Redactor, looks_secret, preview};
pub use row::{row_defects, unseen};
pub use scan::scan;
pub use steer::{Act, Steering, steering};
