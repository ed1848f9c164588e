//! One tag: read strictly, then judged against lists of harmless elements and attributes. What readers of HTML disagree
//! about is not harmless.

use super::text::decode_references;
use crate::event::Reason;
use crate::hosts::{AllowList, judge_address};

/// Elements that only lay text out. Their attributes are judged one by one.
const HARMLESS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Elements that run, embed, load, submit, restyle, or change how what follows is read.
const DANGEROUS: &[&str] = &[
    "animate",
    "annotation-xml",
    "applet",
    "area",
    "audio",
    "base",
    "basefont",
    "bgsound",
    "body",
    "button",
    "canvas",
    "command",
    "data",
    "datalist",
    "dialog",
    "dir",
    "legend",
    "menuitem",
    "embed",
    "fencedframe",
    "fieldset",
    "font",
    "foreignobject",
    "form",
    "frame",
    "frameset",
    "head",
    "html",
    "iframe",
    "image",
    "input",
    "isindex",
    "keygen",
    "label",
    "layer",
    "link",
    "listing",
    "map",
    "marquee",
    "math",
    "menu",
    "meta",
    "mglyph",
    "malignmark",
    "noembed",
    "noframes",
    "nolayer",
    "noscript",
    "object",
    "optgroup",
    "option",
    "output",
    "param",
    "picture",
    "plaintext",
    "portal",
    "progress",
    "script",
    "search",
    "select",
    "set",
    "slot",
    "source",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "track",
    "use",
    "video",
    "xml",
    "xmp",
    "xss",
];

/// Attributes that cannot do harm whatever their value.
const INERT: &[&str] = &[
    "abbr", "align", "alt", "border", "class", "colspan", "datetime", "decoding", "dir", "height", "id",
    "lang", "loading", "open", "rel", "reversed", "role", "rowspan", "scope", "span", "start", "target",
    "title", "type", "valign", "value", "width",
];

/// Attributes whose value is an address.
const ADDRESSES: &[&str] = &["cite", "href", "src"];

/// What stands at a `<`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tag<'t> {
    /// A tag up to and with its `>`; the place after it.
    Complete(Element<'t>, usize),
    /// A tag whose `>` is not in the text.
    Incomplete(&'t str),
    /// No reader takes it for a tag.
    None,
}

/// A complete tag.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element<'t> {
    pub(crate) name: &'t str,
    /// Name and raw value.
    attributes: Vec<(&'t str, Option<&'t str>)>,
    /// Not written the way all readers agree on.
    malformed: bool,
}

fn blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\x0C')
}

/// Reads the tag at `from`, where a `<` stands, looking no further than the text's end.
pub(crate) fn tag(text: &str, from: usize) -> Tag<'_> {
    let bytes = text.as_bytes();
    let get = |i: usize| bytes.get(i).copied();
    let part = |a: usize, b: usize| text.get(a..b).unwrap_or("");
    let scan = |from: usize, until: &dyn Fn(u8) -> bool| {
        let mut i = from;
        while get(i).is_some_and(|b| !until(b)) {
            i += 1;
        }
        i
    };
    let name_at = if get(from + 1) == Some(b'/') {
        from + 2
    } else {
        from + 1
    };
    if !get(name_at).is_some_and(|b| b.is_ascii_alphabetic()) {
        return Tag::None;
    }
    let mut i = scan(name_at, &|b| blank(b) || matches!(b, b'/' | b'>'));
    let name = part(name_at, i);
    let mut element = Element {
        name,
        attributes: Vec::new(),
        malformed: false,
    };
    let closer = name_at == from + 2;
    let mut quoted = false;
    loop {
        let gap = i;
        i = scan(i, &|b| !blank(b) && b != b'/');
        // CommonMark wants a blank before an attribute and takes a slash only at the end; what it does not take for a tag is
        // text to it, with links of its own.
        let slashed = part(gap, i).contains('/');
        let more = get(i).is_some_and(|b| b != b'>');
        element.malformed |= more && (slashed || closer || quoted && gap == i);
        quoted = false;
        match get(i) {
            None => return Tag::Incomplete(name),
            Some(b'>') => return Tag::Complete(element, i + 1),
            Some(_) => {}
        }
        let start = i;
        // An `=` in front belongs to the name.
        i = scan(i + 1, &|b| blank(b) || matches!(b, b'/' | b'>' | b'='));
        let attribute = part(start, i);
        element.malformed |= attribute.contains(['"', '\'', '<', '`', '=']);
        let after = scan(i, &|b| !blank(b));
        if get(after) != Some(b'=') {
            element.attributes.push((attribute, None));
            continue;
        }
        let value_at = scan(after + 1, &|b| !blank(b));
        let end;
        (end, i) = match get(value_at) {
            Some(quote @ (b'"' | b'\'')) => {
                let end = scan(value_at + 1, &|b| b == quote);
                element
                    .attributes
                    .push((attribute, Some(part(value_at + 1, end))));
                quoted = true;
                (end, end + 1)
            }
            _ => {
                let end = scan(value_at, &|b| blank(b) || b == b'>');
                let value = part(value_at, end);
                element.malformed |= value.is_empty() || value.contains(['"', '\'', '<', '=', '`']);
                element.attributes.push((attribute, Some(value)));
                (end, end)
            }
        };
        if end >= bytes.len() {
            return Tag::Incomplete(name);
        }
    }
}

/// A name that no reader takes for an element's: `Map<K, V>` in prose.
pub(crate) fn is_no_name(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
    !name.chars().all(letter)
}

/// An element's name is one of those that are never harmless.
pub(crate) fn is_dangerous(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // A colon makes a namespace where the page is XML; a dash makes an element that the page defines.
    let local = name.rsplit(':').next().unwrap_or("");
    DANGEROUS.contains(&name.as_str()) || DANGEROUS.contains(&local) || name.contains('-')
}

/// An element's name is one of those that lay text out.
pub(crate) fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name.to_ascii_lowercase().as_str())
}

/// Judges a complete tag.
pub(crate) fn judge_tag(element: &Element<'_>, allow: &AllowList) -> Result<(), (Reason, String)> {
    let shown = |name: &str| name.chars().take(40).collect::<String>();
    if is_dangerous(element.name) {
        return Err((Reason::DangerousElement, shown(element.name).to_ascii_lowercase()));
    }
    if element.malformed {
        return Err((Reason::MalformedMarkup, shown(element.name)));
    }
    if !is_harmless(element.name) {
        // `Vec<String>` in prose: an element nobody knows does nothing, as long as it has no attribute.
        return match element.attributes.first() {
            None => Ok(()),
            Some((attribute, _)) => Err((Reason::DangerousAttribute, shown(attribute))),
        };
    }
    for (name, value) in &element.attributes {
        let lower = name.to_ascii_lowercase();
        let value = value.unwrap_or("");
        if ADDRESSES.contains(&lower.as_str()) {
            let Some(address) = decode_references(value) else {
                return Err((Reason::MalformedMarkup, shown(name)));
            };
            judge_address(&address, allow)?;
        } else if !(INERT.contains(&lower.as_str())
            || is_aria(&lower)
            || lower == "style" && is_plain_style(value))
        {
            return Err((Reason::DangerousAttribute, shown(&lower)));
        }
    }
    Ok(())
}

fn is_aria(name: &str) -> bool {
    name.strip_prefix("aria-")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase()))
}

/// A style without functions, escapes, comments and references, that does not lay itself over the page.
fn is_plain_style(style: &str) -> bool {
    let plain = style.bytes().all(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b' ' | b':' | b';' | b'#' | b'%' | b'.' | b',' | b'-')
    });
    plain && !style.to_ascii_lowercase().contains("position")
}
