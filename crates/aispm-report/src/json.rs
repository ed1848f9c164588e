//! JSON: the contract itself, and the writer that the other JSON formats share.

use std::io::{self, Write};

use aispm_types::Report;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use crate::{Options, inert::is_hazard};

/// Writes the report as the contract says, pretty printed, with a newline at the end.
pub fn render(report: &Report, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    write(report, out)
}

/// The JSON schema of the report, as `docs/schema/report.json` holds it.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("title".to_owned(), "aispm report".into());
    schema.insert("$id".to_owned(), "aispm-report/1".into());
    schema.to_value()
}

/// Writes any of our values the same way. Characters that steer a terminal are written as `\uXXXX`: the same JSON, safe to
/// print.
pub fn write(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(
        &mut *out,
        Careful {
            pretty: PrettyFormatter::new(),
            page: false,
        },
    );
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Writes a value for a `<script>` element: no character in it can end the element or open a comment.
pub(crate) fn write_for_page(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(
        out,
        Compact {
            careful: Careful {
                pretty: PrettyFormatter::new(),
                page: true,
            },
        },
    );
    Ok(value.serialize(&mut serializer)?)
}

/// Pretty printing with hazards escaped, and for a page also `<`, `>` and `&`.
struct Careful {
    pretty: PrettyFormatter<'static>,
    page: bool,
}

impl Careful {
    fn escapes(&self, c: char) -> bool {
        is_hazard(c) || (self.page && matches!(c, '<' | '>' | '&'))
    }

    fn fragment<W: ?Sized + Write>(&self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|c| self.escapes(c)) {
            let (safe, hazard) = rest.split_at(at);
            out.write_all(safe.as_bytes())?;
            let mut units = hazard.chars();
            if let Some(c) = units.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            rest = units.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        self.fragment(out, fragment)
    }
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_array(out)
    }
    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_array(out)
    }
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_array_value(out, first)
    }
    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_array_value(out)
    }
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_object(out)
    }
    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_object(out)
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_object_key(out, first)
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(out)
    }
    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.pretty.end_object_value(out)
    }
}

/// The same care without white space.
struct Compact {
    careful: Careful,
}

impl Formatter for Compact {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        self.careful.fragment(out, fragment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_escaped_and_the_value_stays_the_same() {
        let value = serde_json::json!({"name": "a\u{9b}31m\u{202e}\u{e0041}</script><!-- & é"});
        let mut out = Vec::new();
        write(&value, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "{\n  \"name\": \"a\\u009b31m\\u202e\\udb40\\udc41</script><!-- & é\"\n}\n"
        );
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn nothing_ends_a_script_element() {
        let value = serde_json::json!({"</script>": "<!--<script>\u{2028}&amp;"});
        let mut out = Vec::new();
        write_for_page(&value, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
