//! How what a rule finds is mended where that is one small edit: the `fix` of a rule file.

use crate::Value;

/// One edit that resolves a rule's finding in one kind of document.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Where the edit is made.
    pub place: Place,
    /// What is set there: paths and their values. Dots lead into nested blocks and maps; `metadata["key"]` is a key of the
    /// map that a Terraform attribute holds. For a call in Python, keyword arguments and Python expressions.
    pub set: Vec<(String, Value)>,
    /// Arguments that are taken out of the command lines of containers.
    pub take_out: Vec<String>,
    /// Paths beside the edit without which it would not do: where one is missing, nothing is planned.
    pub needs: Vec<String>,
    /// True where everything that works goes on working after the change is deployed, and nothing is replaced or restarted
    /// beyond an ordinary roll-out.
    pub safe: bool,
    /// Paths beside the edit which make it no longer safe where they are there.
    pub safe_unless: Vec<String>,
    /// Why it is safe, or what must be looked at before.
    pub because: String,
    /// A document that the rule finds something in, and that is clean after the edit.
    pub example: String,
    /// Line of the recipe in its rule file.
    pub line: u32,
}

/// In which kind of document, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The Terraform resource that the finding is about, where it has this type.
    Terraform(String),
    /// A resource of type `kind` whose attribute `by` refers to the Terraform resource of type `of` that the finding is about;
    /// it is added where there is none.
    Beside {
        /// Type of the resource that the finding is about.
        of: String,
        /// Type of the resource that is edited.
        kind: String,
        /// Its attribute that names the other: `bucket`.
        by: String,
    },
    /// The pod's specification of a Kubernetes workload.
    Pod,
    /// Every container of a Kubernetes workload.
    Containers,
    /// A call in Python, by the name of what is called: `torch.load`.
    Python(String),
    /// The file itself, which is moved away.
    File,
}

impl Place {
    /// Keys of a recipe in a rule file that say where.
    pub const KEYS: [&'static str; 4] = ["terraform", "kubernetes", "python", "quarantine"];

    /// What its example is called in a target.
    pub fn example_name(&self) -> &'static str {
        match self {
            Self::Terraform(_) | Self::Beside { .. } => "main.tf",
            Self::Pod | Self::Containers => "workload.yaml",
            Self::Python(_) => "app.py",
            Self::File => "model.pkl",
        }
    }
}
