//! A rule file as written, checked for shape; its conditions are still text.

use aispm_formats::doc::Node;
use aispm_types::{
    AssetKind, Confidence, ControlId, Effort, Recipe, Remediation, RuleForm, RuleMeta, Severity,
};

use super::fields::{Fields, Text};
use super::recipe;
use crate::RuleError;

/// Directories of `rules/`.
pub(crate) const FAMILIES: &[&str] = &[
    "access",
    "data",
    "governance",
    "infra",
    "model",
    "output",
    "plugin",
    "supply-chain",
];

const KEYS: &[&str] = &[
    "id",
    "title",
    "severity",
    "confidence",
    "applies_to",
    "controls",
    "finds",
    "impact",
    "remediation",
    "false_positives",
    "references",
    "when",
    "for_each",
    "fail_if",
    "discriminator",
    "why",
    "severity_if",
    "fix",
    "by_hand",
    "examples",
];
const SEVERITIES: &[&str] = &["critical", "high", "medium", "low", "info"];

/// A rule file.
#[derive(Debug)]
pub(crate) struct RuleFile {
    pub(crate) path: String,
    pub(crate) meta: RuleMeta,
    pub(crate) when: Option<Text>,
    pub(crate) for_each: Option<Text>,
    pub(crate) fail_if: Text,
    pub(crate) discriminator: Option<Text>,
    pub(crate) why: Text,
    pub(crate) severity_if: Vec<SeverityIf>,
    pub(crate) fixes: Vec<Recipe>,
    pub(crate) by_hand: Option<String>,
    pub(crate) examples: Vec<Example>,
}

/// Named context that raises or lowers the severity.
#[derive(Debug)]
pub(crate) struct SeverityIf {
    pub(crate) when: Text,
    pub(crate) severity: Severity,
    pub(crate) reason: Text,
}

/// How an example must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// The rule fails.
    Fail,
    /// The rule passes or does not apply.
    Pass,
    /// The rule is not assessed.
    Unknown,
}

impl Expected {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Fail, "fail"),
        (Self::Pass, "pass"),
        (Self::Unknown, "unknown"),
    ];
    /// The key in a rule file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Pass => "pass",
            Self::Unknown => "unknown",
        }
    }
}

/// A small world and how the rule must end on it.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) expected: Expected,
    pub(crate) world: Node,
}

impl RuleFile {
    /// Reads a file; every problem is reported, not only the first.
    pub(crate) fn read(path: &str, text: &str) -> Result<Self, Vec<RuleError>> {
        let mut fields = Fields::new(path);
        let Some(node) = fields.parse(text) else {
            return Err(fields.errors);
        };
        fields.closed(&node, KEYS);
        let meta = meta(&mut fields, &node, path);
        let for_each = fields.optional(&node, "for_each");
        let discriminator = fields.optional(&node, "discriminator");
        if let (Some(text), None) = (&for_each, &discriminator) {
            fields.error(
                text.line,
                "`for_each` needs `discriminator`: what tells one violation from another by meaning",
            );
        }
        let when = fields.optional(&node, "when");
        let fail_if = fields.required(&node, "fail_if");
        let why = fields.required(&node, "why");
        let severity_if = severity_if(&mut fields, &node);
        let fixes = recipe::recipes(&mut fields, &node);
        let by_hand = fields
            .optional(&node, "by_hand")
            .map(|t| t.source.trim().to_owned());
        let examples = examples(&mut fields, &node);
        match meta {
            Some(meta) if fields.errors.is_empty() => Ok(Self {
                path: path.to_owned(),
                meta,
                when,
                for_each,
                fail_if,
                discriminator,
                why,
                severity_if,
                fixes,
                by_hand,
                examples,
            }),
            _ => Err(fields.errors),
        }
    }
}

fn meta(fields: &mut Fields<'_>, node: &Node, path: &str) -> Option<RuleMeta> {
    let id = fields.required(node, "id");
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    if !id.source.is_empty() && stem != Some(id.source.as_str()) {
        fields.error(
            id.line,
            format!("the file of rule `{0}` must be named `{0}.yaml`", id.source),
        );
    }
    if id
        .source
        .bytes()
        .any(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    {
        fields.error(id.line, "an id is lower-case words joined by hyphens");
    }
    let title = fields.required(node, "title").source;
    let severity = fields.word(node, "severity", SEVERITIES);
    let confidence = fields.word::<Sure>(node, "confidence", &["high", "medium", "low"]);
    let applies_to = applies_to(fields, node);
    let controls = controls(fields, node);
    let finds = fields.required(node, "finds").source;
    let impact = fields.required(node, "impact").source;
    let false_positives = fields.required(node, "false_positives").source;
    let references = fields
        .texts(node, "references")
        .into_iter()
        .map(|t| t.source)
        .collect();
    let remediation = remediation(fields, node);
    Some(RuleMeta {
        id: id.source,
        title,
        severity: severity?,
        confidence: confidence?.0,
        applies_to,
        controls,
        finds,
        impact,
        remediation: remediation?,
        false_positives,
        references,
        form: RuleForm::Data,
    })
}

/// Reads a confidence, which has no parser of its own.
struct Sure(Confidence);

impl std::str::FromStr for Sure {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        match s {
            "high" => Ok(Self(Confidence::High)),
            "medium" => Ok(Self(Confidence::Medium)),
            "low" => Ok(Self(Confidence::Low)),
            _ => Err(()),
        }
    }
}

/// Reads an effort, which has no parser of its own.
struct Work(Effort);

impl std::str::FromStr for Work {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        match s {
            "low" => Ok(Self(Effort::Low)),
            "medium" => Ok(Self(Effort::Medium)),
            "high" => Ok(Self(Effort::High)),
            _ => Err(()),
        }
    }
}

fn applies_to(fields: &mut Fields<'_>, node: &Node) -> Vec<AssetKind> {
    let known: Vec<&str> = AssetKind::ALL.iter().map(|k| k.as_str()).collect();
    let words = fields.texts(node, "applies_to");
    if words.is_empty() {
        fields.error(node.line, "`applies_to` must name at least one kind of asset");
    }
    words.iter().filter_map(|w| fields.parsed(w, &known)).collect()
}

fn controls(fields: &mut Fields<'_>, node: &Node) -> Vec<ControlId> {
    let words = fields.texts(node, "controls");
    let mut out = Vec::new();
    for word in words {
        match word.source.parse() {
            Ok(control) => out.push(control),
            Err(problem) => fields.error(word.line, problem),
        }
    }
    out
}

fn remediation(fields: &mut Fields<'_>, node: &Node) -> Option<Remediation> {
    let Some(node) = node.get("remediation") else {
        fields.error(node.line, "`remediation` is missing");
        return None;
    };
    fields.closed(node, &["summary", "terraform", "cli", "code", "effort", "safe"]);
    let mut snippet = |key| fields.optional(node, key).map(|t| t.source.trim_end().to_owned());
    let (terraform, cli, code) = (snippet("terraform"), snippet("cli"), snippet("code"));
    Some(Remediation {
        summary: fields.required(node, "summary").source,
        terraform,
        cli,
        code,
        effort: fields.word::<Work>(node, "effort", &["low", "medium", "high"])?.0,
        safe: fields.truth(node, "safe"),
    })
}

fn severity_if(fields: &mut Fields<'_>, node: &Node) -> Vec<SeverityIf> {
    let Some(list) = node.get("severity_if") else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for item in list.items() {
        fields.closed(item, &["when", "severity", "reason"]);
        let when = fields.required(item, "when");
        let reason = fields.required(item, "reason");
        if let Some(severity) = fields.word(item, "severity", SEVERITIES) {
            out.push(SeverityIf {
                when,
                severity,
                reason,
            });
        }
    }
    out
}

fn examples(fields: &mut Fields<'_>, node: &Node) -> Vec<Example> {
    let Some(map) = node.get("examples") else {
        fields.error(
            node.line,
            "`examples` is missing: give at least one that fails and one that passes",
        );
        return Vec::new();
    };
    fields.closed(map, &["fail", "pass", "unknown"]);
    let mut out = Vec::new();
    for (expected, key) in Expected::ALL {
        let worlds = map.get(key).map_or(&[][..], Node::items);
        if worlds.is_empty() && expected != Expected::Unknown {
            fields.error(map.line, format!("`examples.{key}` needs at least one example"));
        }
        for world in worlds {
            out.push(Example {
                expected,
                world: world.clone(),
            });
        }
    }
    out
}
