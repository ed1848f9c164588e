//! What the guard reads of a request: how many answers, of which model.

use std::borrow::Cow;

use serde::Deserialize;

/// The fields that matter here; a field that stands twice is an error, as nobody knows which of them the upstream takes.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Ask<'a> {
    #[serde(borrow, default)]
    pub(crate) model: Option<Cow<'a, str>>,
    #[serde(default)]
    n: Option<u64>,
    #[serde(default, rename = "stream")]
    _stream: Option<bool>,
}

impl<'a> Ask<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, String> {
        if body.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
            return Err("it is no object".into());
        }
        serde_json::from_slice(body).map_err(|e| {
            // The error's text may quote the request.
            format!("line {}, column {}", e.line(), e.column())
        })
    }

    /// How many choices were asked for.
    pub(crate) fn choices(&self) -> usize {
        self.n.map_or(1, |n| usize::try_from(n).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_doubtful_ones_are_not() {
        let ask =
            Ask::read(br#" {"model": "m\u0041", "messages": [{"x": 1}], "n": 3, "stream": null}"#).unwrap();
        assert_eq!((ask.model.as_deref(), ask.choices()), (Some("mA"), 3));
        for bad in [
            "",
            "[]",
            "1",
            "{",
            "{\"stream\": \"yes\"}",
            "{\"n\": 1, \"n\": 2}",
            "{\"n\": -1}",
            "{} {}",
            "[\"m\", 1, true]",
        ] {
            assert!(Ask::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
