//! What a plan does to one file.

use aispm_patch::hcl::{Part, Resource};
use aispm_patch::{Edit, Format, Language, Refusal};
use aispm_types::Value;

use crate::FileId;

/// One change of one file. Places are named by meaning and not by line wherever the document allows it, so that several
/// changes of one file can follow one another.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Attributes of a Terraform resource.
    Terraform {
        /// The file.
        file: FileId,
        /// Type and name of the resource.
        resource: (String, String),
        /// What is set.
        set: Vec<(Vec<Part>, Value)>,
    },
    /// Attributes of a Terraform resource that refers to another; it is added where there is none.
    Beside {
        /// The file of the other resource.
        file: FileId,
        /// Type and name of the other resource.
        of: (String, String),
        /// Type of the resource, and its attribute that refers to the other.
        kind: (String, String),
        /// What is set.
        set: Vec<(Vec<Part>, Value)>,
    },
    /// Edits of a YAML, JSON or TOML document.
    Tree {
        /// The file.
        file: FileId,
        /// Its format.
        format: Format,
        /// Which document of the file.
        document: usize,
        /// What is set and taken out.
        edits: Vec<Edit>,
    },
    /// The version of a package in a requirements file.
    Requirement {
        /// The file.
        file: FileId,
        /// The package.
        package: String,
        /// The version.
        version: String,
    },
    /// Keyword arguments of a call in Python.
    Arguments {
        /// The file.
        file: FileId,
        /// Line of the call, from 1.
        line: u32,
        /// What is called.
        callee: String,
        /// Keywords and Python expressions.
        set: Vec<(String, String)>,
    },
    /// A key in source becomes a reference to the environment.
    Key {
        /// The file.
        file: FileId,
        /// Line of the key, from 1.
        line: u32,
        /// The variable, where the source gives the key no name of its own.
        variable: String,
    },
    /// The file is moved away, out of every target.
    Quarantine {
        /// The file.
        file: FileId,
    },
}

impl Change {
    /// The file that is changed.
    pub fn file(&self) -> &FileId {
        match self {
            Self::Terraform { file, .. }
            | Self::Beside { file, .. }
            | Self::Tree { file, .. }
            | Self::Requirement { file, .. }
            | Self::Arguments { file, .. }
            | Self::Key { file, .. }
            | Self::Quarantine { file } => file,
        }
    }

    /// Line of a change that is found by its line alone: later lines are changed first.
    pub(crate) fn line(&self) -> Option<u32> {
        match self {
            Self::Arguments { line, .. } | Self::Key { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// The text after the change.
    pub(crate) fn make(&self, text: &str, is_secret: &dyn Fn(&str) -> bool) -> Result<String, Refusal> {
        let mut text = text.to_owned();
        match self {
            Self::Terraform { resource, set, .. } => {
                for (path, value) in set {
                    text = aispm_patch::hcl::set(&text, named(resource), path, value)?;
                }
            }
            Self::Beside { of, kind, set, .. } => text = beside(text, of, kind, set)?,
            Self::Tree {
                format,
                document,
                edits,
                ..
            } => {
                for edit in edits {
                    text = aispm_patch::edit(*format, &text, *document, edit)?;
                }
            }
            Self::Requirement { package, version, .. } => {
                text = aispm_patch::set_requirement(&text, package, version)?;
            }
            Self::Arguments {
                line, callee, set, ..
            } => {
                for (keyword, value) in set {
                    text = aispm_patch::set_argument(&text, *line, callee, keyword, value)?;
                }
            }
            Self::Key { file, line, variable } => text = reference(&text, file, *line, variable, is_secret)?,
            Self::Quarantine { .. } => {}
        }
        Ok(text)
    }
}

fn named(resource: &(String, String)) -> Resource<'_> {
    Resource {
        kind: &resource.0,
        name: &resource.1,
    }
}

fn beside(
    text: String,
    of: &(String, String),
    kind: &(String, String),
    set: &[(Vec<Part>, Value)],
) -> Result<String, Refusal> {
    let referring = aispm_patch::hcl::referring(&text, &kind.0, &kind.1, named(of))?;
    let (mut text, name) = match referring.as_slice() {
        [one] => (text, one.clone()),
        [] => {
            if aispm_patch::hcl::has(
                &text,
                Resource {
                    kind: &kind.0,
                    name: &of.1,
                },
            )? {
                return Err(Refusal(format!(
                    "a {} called `{}` is there for something else",
                    kind.0, of.1
                )));
            }
            let block = format!(
                "resource \"{}\" \"{}\" {{\n  {} = {}.{}.id\n}}",
                kind.0, of.1, kind.1, of.0, of.1
            );
            (aispm_patch::hcl::append(&text, named(of), &block)?, of.1.clone())
        }
        _ => return Err(Refusal(format!("more than one {} refers to it", kind.0))),
    };
    for (path, value) in set {
        text = aispm_patch::hcl::set(
            &text,
            Resource {
                kind: &kind.0,
                name: &name,
            },
            path,
            value,
        )?;
    }
    Ok(text)
}

fn reference(
    text: &str,
    file: &FileId,
    line: u32,
    variable: &str,
    is_secret: &dyn Fn(&str) -> bool,
) -> Result<String, Refusal> {
    let language =
        Language::of(&file.path).ok_or_else(|| Refusal(String::from("no language that is edited here")))?;
    let expression = |given: Option<&str>| {
        let name = own_name(given).unwrap_or_else(|| variable.to_owned());
        match language {
            Language::Python => format!("os.environ[\"{name}\"]"),
            _ => format!("process.env.{name}"),
        }
    };
    let text = aispm_patch::replace_literal(language, text, line, is_secret, &expression)?;
    match language {
        Language::Python => aispm_patch::import_module(&text, "os"),
        _ => Ok(text),
    }
}

/// The variable that the source's own name for a key makes; none for names that say nothing of whose key it is.
fn own_name(given: Option<&str>) -> Option<String> {
    let name = given?.to_ascii_uppercase();
    let general = [
        "KEY",
        "API_KEY",
        "APIKEY",
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "ACCESS_TOKEN",
        "AUTH_TOKEN",
        "VALUE",
    ];
    let credential = ["KEY", "TOKEN", "SECRET", "PASSWORD"]
        .iter()
        .any(|w| name.ends_with(w));
    let plain = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    (credential && plain && !general.contains(&name.as_str())).then_some(name)
}
