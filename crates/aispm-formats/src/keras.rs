//! Keras configurations (`config.json` of `.keras`, `model_config` of HDF5): which classes and functions loading resolves.
//!
//! Keras imports `module` and takes `class_name` from it (CVE-2025-1550), and a Lambda layer carries marshalled bytecode.

use crate::doc::{Limits, Node, NodeValue, parse_json};
use crate::excerpt::excerpt;
use crate::pickle::{Verdict, classify};
use crate::scanner::Scanner;

/// Which loader reads the configuration; the old ones have no safe mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loader {
    /// `.keras`, read by Keras 3 with its safe mode on.
    V3,
    /// HDF5 and SavedModel.
    Legacy,
}

/// Packages whose classes Keras itself brings.
const OWN: &[&str] = &[
    "keras",
    "tensorflow",
    "tf_keras",
    "keras_nlp",
    "keras_hub",
    "keras_cv",
    "keras_core",
    "builtins",
];
/// Layers of Keras that load files or other models.
const LOADING: &[&str] = &[
    "TFSMLayer",
    "TorchModuleWrapper",
    "JaxLayer",
    "FlaxLayer",
    "KerasTensorSpecLoader",
];

/// Looks at a configuration.
pub(crate) fn config(cx: &mut Scanner<'_>, text: &str, member: Option<&str>, loader: Loader) {
    let limits = Limits {
        depth: 256,
        nodes: 2_000_000,
    };
    let node = match parse_json(text, &limits) {
        Ok(node) => node,
        Err(e) => return cx.out.unread(member, format!("Keras configuration: {e}")),
    };
    if cx.out.header.architecture.is_none() {
        let name = node
            .at(&["config", "name"])
            .or_else(|| node.get("class_name"))
            .and_then(Node::as_str);
        cx.out.header.architecture = name.map(|n| excerpt(n, 80));
    }
    let mut todo = vec![&node];
    while let Some(node) = todo.pop() {
        match &node.value {
            NodeValue::Map(entries) => {
                object(cx, node, member, loader);
                todo.extend(entries.iter().map(|(_, v)| v));
            }
            NodeValue::Seq(items) => todo.extend(items),
            // Configurations inside texts, as old writers nest them.
            NodeValue::Str(s)
                if s.starts_with('{') && s.contains("\"class_name\"") && s.len() < text.len() =>
            {
                config(cx, s, member, loader);
            }
            _ => {}
        }
    }
}

/// One serialised object.
fn object(cx: &mut Scanner<'_>, node: &Node, member: Option<&str>, loader: Loader) {
    let Some(class) = node.get("class_name").and_then(Node::as_str) else {
        return;
    };
    let module = node.get("module").and_then(Node::as_str).unwrap_or("");
    let registered = node.get("registered_name").and_then(Node::as_str).unwrap_or("");
    let shown = excerpt(&format!("{module}.{class}"), 120);
    let shown = shown.trim_start_matches('.').to_owned();
    if class == "__lambda__" {
        let detail = "marshalled bytecode of a lambda".to_owned();
        return cx.out.hazard("keras-lambda", detail, member, true);
    }
    if class == "Lambda" {
        let bytecode = node.at(&["config", "function"]).is_some_and(|f| f.is_seq());
        let detail = format!(
            "Lambda layer {}",
            node.at(&["config", "name"])
                .and_then(Node::as_str)
                .map_or(String::new(), |n| excerpt(n, 60))
        );
        return cx.out.hazard(
            "keras-lambda",
            detail,
            member,
            bytecode || loader == Loader::Legacy,
        );
    }
    if LOADING.contains(&class) {
        return cx.out.hazard(
            "keras-custom-object",
            shown,
            member,
            class == "TorchModuleWrapper",
        );
    }
    let top = module.split('.').next().unwrap_or("");
    if !module.is_empty() {
        let leaves = !OWN.contains(&top)
            || (top == "builtins"
                && !matches!(
                    class,
                    "function"
                        | "dict"
                        | "list"
                        | "tuple"
                        | "str"
                        | "int"
                        | "float"
                        | "bool"
                        | "slice"
                        | "set"
                        | "NoneType"
                ));
        let unsafe_own = module.contains("saving")
            || module.ends_with(".config")
            || module.contains("file_utils")
            || module.contains(".utils.") && class == "get_file";
        let function = node.get("config").is_some_and(|c| c.as_str().is_some()) && class == "function";
        if function {
            return function_reference(cx, node, module, member);
        }
        if leaves || (unsafe_own && !class.starts_with(|c: char| c.is_ascii_uppercase())) {
            let executes = unsafe_own || classify(module, class) == Verdict::Dangerous;
            return cx.out.hazard("keras-custom-object", shown, member, executes);
        }
        if class == "Custom"
            || registered
                .split_once('>')
                .is_some_and(|(package, _)| !OWN.contains(&package))
        {
            cx.out
                .hazard("keras-custom-object", excerpt(registered, 120), member, false);
        }
        return;
    }
    // Keras 2 marks registered classes as `package>Name`.
    if let Some((package, _)) = class.split_once('>')
        && !OWN.contains(&package)
    {
        cx.out
            .hazard("keras-custom-object", excerpt(class, 120), member, false);
    }
}

/// `{"module": "builtins", "class_name": "function", "config": "name"}`.
fn function_reference(cx: &mut Scanner<'_>, node: &Node, module: &str, member: Option<&str>) {
    let name = node.get("config").and_then(Node::as_str).unwrap_or("");
    let top = module.split('.').next().unwrap_or("");
    if module == "builtins" {
        // Keras writes `builtins` for functions the reader must have registered; a built-in itself is never one.
        if classify("builtins", name) == Verdict::Dangerous
            && matches!(
                name,
                "eval"
                    | "exec"
                    | "compile"
                    | "open"
                    | "getattr"
                    | "__import__"
                    | "input"
                    | "breakpoint"
                    | "setattr"
            )
        {
            cx.out.hazard(
                "keras-custom-object",
                excerpt(&format!("builtins.{name}"), 120),
                member,
                true,
            );
        }
        return;
    }
    if !OWN.contains(&top) {
        let executes = classify(module, name) == Verdict::Dangerous;
        cx.out.hazard(
            "keras-custom-object",
            excerpt(&format!("{module}.{name}"), 120),
            member,
            executes,
        );
    }
}
