//! The `fix` of a rule file: edits that resolve what it finds.

use aispm_formats::doc::Node;
use aispm_types::{Place, Recipe};

use super::fields::Fields;

const KEYS: &[&str] = &[
    "terraform",
    "kubernetes",
    "python",
    "quarantine",
    "beside",
    "by",
    "set",
    "take_out",
    "needs",
    "safe",
    "safe_unless",
    "because",
    "example",
];

/// Reads every recipe; problems go to `fields`.
pub(crate) fn recipes(fields: &mut Fields<'_>, node: &Node) -> Vec<Recipe> {
    let Some(list) = node.get("fix") else {
        return Vec::new();
    };
    if !list.is_seq() || list.items().is_empty() {
        fields.error(list.line, "`fix` must be a list of edits");
    }
    list.items()
        .iter()
        .filter_map(|item| recipe(fields, item))
        .collect()
}

fn recipe(fields: &mut Fields<'_>, node: &Node) -> Option<Recipe> {
    fields.closed(node, KEYS);
    let place = place(fields, node)?;
    let mut set = Vec::new();
    match node.get("set") {
        Some(map) if map.is_map() => {
            for (key, value) in map.entries() {
                if value.scalar().is_none() {
                    fields.error(value.line, format!("`{}` must be set to one value", key.text));
                }
                set.push((key.text.clone(), value.to_value()));
            }
        }
        Some(other) => fields.error(other.line, "`set` must be a map of paths and values"),
        None => {}
    }
    let moved = place == Place::File;
    let mut words = |key| -> Vec<String> { fields.texts(node, key).into_iter().map(|t| t.source).collect() };
    let (take_out, needs, safe_unless) = (words("take_out"), words("needs"), words("safe_unless"));
    if !take_out.is_empty() && place != Place::Containers {
        fields.error(node.line, "`take_out` goes with `kubernetes: containers`");
    }
    if (set.is_empty() && take_out.is_empty()) != moved {
        let why = if moved {
            "a file that is moved away has nothing to `set`"
        } else {
            "`set` is missing"
        };
        fields.error(node.line, why);
    }
    let example = if moved {
        String::new()
    } else {
        fields.required(node, "example").source
    };
    Some(Recipe {
        place,
        set,
        take_out,
        needs,
        safe: fields.truth(node, "safe"),
        safe_unless,
        because: fields.required(node, "because").source,
        example,
        line: node.line,
    })
}

fn place(fields: &mut Fields<'_>, node: &Node) -> Option<Place> {
    let named: Vec<&str> = Place::KEYS
        .into_iter()
        .filter(|k| node.get(k).is_some())
        .collect();
    let [kind] = named.as_slice() else {
        fields.error(
            node.line,
            format!("a fix names one of {}", Place::KEYS.join(", ")),
        );
        return None;
    };
    let word = fields.required(node, kind);
    let beside = fields.optional(node, "beside");
    let by = fields.optional(node, "by");
    Some(match (*kind, beside, by) {
        ("terraform", None, None) => Place::Terraform(word.source),
        ("terraform", Some(beside), Some(by)) => Place::Beside {
            of: word.source,
            kind: beside.source,
            by: by.source,
        },
        (_, Some(t), _) | (_, _, Some(t)) => {
            fields.error(t.line, "`beside` and `by` go together, and with `terraform`");
            return None;
        }
        ("kubernetes", ..) => match word.source.as_str() {
            "pod" => Place::Pod,
            "containers" => Place::Containers,
            other => {
                let hint = crate::suggest::did_you_mean(other, ["pod", "containers"]);
                fields.error(word.line, format!("`{other}` is none of pod, containers{hint}"));
                return None;
            }
        },
        ("python", ..) => Place::Python(word.source),
        _ if word.source == "file" => Place::File,
        _ => {
            fields.error(word.line, "what is moved away is `file`");
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_with_the_word_that_was_meant() {
        let read = |text: &str| {
            let mut fields = Fields::new("rule.yaml");
            let node = fields.parse(text).unwrap();
            let found = recipes(&mut fields, &node);
            (
                found,
                fields
                    .errors
                    .into_iter()
                    .map(|e| e.to_string())
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        };
        let rest = "set: {a: 1}, safe: true, because: b, example: e";
        for (fix, why) in [
            (
                format!("{{terraform: x, becuase: b, {rest}}}"),
                "did you mean `because`?",
            ),
            (format!("{{kubernetes: pods, {rest}}}"), "did you mean `pod`?"),
            (
                format!("{{terraform: x, python: y, {rest}}}"),
                "names one of terraform, kubernetes",
            ),
            (format!("{{terraform: x, beside: y, {rest}}}"), "go together"),
            (
                String::from("{terraform: x, safe: true, because: b, example: e}"),
                "`set` is missing",
            ),
            (
                String::from("{terraform: x, set: {a: [1]}, safe: true, because: b, example: e}"),
                "one value",
            ),
            (
                String::from("{terraform: x, set: {a: 1}, because: b, example: e}"),
                "`safe` is missing",
            ),
            (
                String::from("{terraform: x, set: {a: 1}, safe: true, because: b}"),
                "`example` is missing",
            ),
            (
                String::from("{quarantine: file, set: {a: 1}, safe: true, because: b}"),
                "nothing to `set`",
            ),
        ] {
            let (_, errors) = read(&format!("fix:\n  - {fix}\n"));
            assert!(errors.contains(why), "{fix}: {errors}");
        }
        let (found, errors) = read(&format!("fix:\n  - {{terraform: t, beside: b, by: n, {rest}}}\n"));
        assert_eq!(errors, "");
        assert_eq!(found.len(), 1);
    }
}
