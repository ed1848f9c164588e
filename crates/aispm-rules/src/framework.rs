//! Control frameworks: which requirements exist, so that a rule's controls resolve and a report can show what no rule tests.

use aispm_types::ControlId;

use crate::RuleError;
use crate::data::fields::Fields;

/// One version of a framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework {
    /// Key used in [`ControlId::framework`].
    pub key: String,
    /// Version.
    pub version: String,
    /// What people call it.
    pub title: String,
    /// Where it is published.
    pub url: String,
    /// Licence of its text, and what we may therefore show.
    pub licence: String,
    /// Its controls, in its own order.
    pub controls: Vec<Control>,
}

/// One requirement of a framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Its id.
    pub id: String,
    /// Its title; empty where the licence lets us show ids only.
    pub title: String,
    /// It asks for people, processes or documents, so that reading can speak against it but never settle it.
    pub manual: bool,
    /// Controls of other versions that ask for the same: what is mapped to them is mapped to this one.
    pub carries: Vec<ControlId>,
}

impl Framework {
    /// Whether a control is one of this framework's.
    pub fn resolves(&self, control: &ControlId) -> bool {
        self.key == control.framework
            && self.version == control.version
            && self.controls.iter().any(|c| c.id == control.id)
    }
}

/// Every framework that is built in, sorted by key and version.
pub fn frameworks() -> Result<Vec<Framework>, Vec<RuleError>> {
    let mut out = Vec::new();
    let mut errors = Vec::new();
    for (path, text) in aispm_content::frameworks() {
        match read(&format!("frameworks/{path}"), text) {
            Ok(framework) => out.push(framework),
            Err(mut e) => errors.append(&mut e),
        }
    }
    if errors.is_empty() { Ok(out) } else { Err(errors) }
}

fn read(path: &str, text: &str) -> Result<Framework, Vec<RuleError>> {
    let mut fields = Fields::new(path);
    let Some(node) = fields.parse(text) else {
        return Err(fields.errors);
    };
    fields.closed(
        &node,
        &[
            "framework",
            "version",
            "title",
            "url",
            "licence",
            "manual",
            "carries",
            "controls",
        ],
    );
    let mut controls: Vec<Control> = Vec::new();
    for item in node.get("controls").map_or(&[][..], |c| c.items()) {
        // `- id: title`, or `- id` where only ids may be shown.
        let (id, title) = match item.entries() {
            [(key, title)] => (key.text.clone(), title.scalar().unwrap_or_default()),
            _ => (item.scalar().unwrap_or_default(), String::new()),
        };
        if id.is_empty() || controls.iter().any(|c| c.id == id) {
            fields.error(item.line, "a control needs an id of its own");
        }
        controls.push(Control {
            id,
            title,
            manual: false,
            carries: Vec::new(),
        });
    }
    for id in fields.texts(&node, "manual") {
        match controls.iter_mut().find(|c| c.id == id.source) {
            Some(control) => control.manual = true,
            None => fields.error(
                id.line,
                format!("`{}` is no control of this framework", id.source),
            ),
        }
    }
    for (key, old) in node.get("carries").map_or(&[][..], |c| c.entries()) {
        let old = old.scalar().and_then(|o| o.parse().ok());
        match (controls.iter_mut().find(|c| c.id == key.text), old) {
            (Some(control), Some(old)) => control.carries.push(old),
            (None, _) => fields.error(
                key.line,
                format!("`{}` is no control of this framework", key.text),
            ),
            (_, None) => fields.error(key.line, "a control is written `framework@version:id`"),
        }
    }
    let framework = Framework {
        key: fields.required(&node, "framework").source,
        version: fields.required(&node, "version").source,
        title: fields.required(&node, "title").source,
        url: fields.required(&node, "url").source,
        licence: fields.required(&node, "licence").source,
        controls,
    };
    if fields.errors.is_empty() {
        Ok(framework)
    } else {
        Err(fields.errors)
    }
}
