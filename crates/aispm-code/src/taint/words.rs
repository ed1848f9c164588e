//! What members, methods and functions of every program do with text.

/// Members that are numbers or switches wherever they stand.
pub(super) const NUMBERS: &[&str] = &[
    "status_code",
    "total_tokens",
    "length",
    "ok",
    "shape",
    "dtype",
    "device",
];
/// Members that tell about an answer rather than being its text.
pub(super) const METADATA: &[&str] = &[
    "usage",
    "id",
    "model",
    "created",
    "finish_reason",
    "stop_reason",
    "status",
    "headers",
    "usage_metadata",
    "usageMetadata",
    "response_metadata",
    "index",
    "type",
    "role",
    "tokens",
];
/// Methods whose answer is not the text.
pub(super) const PREDICATES: &[&str] = &[
    "startswith",
    "endswith",
    "isdigit",
    "isalpha",
    "count",
    "index",
    "indexOf",
    "includes",
    "startsWith",
    "endsWith",
    "test",
    "has",
    "keys",
    "close",
    "Contains",
    "StartsWith",
    "EndsWith",
    "raise_for_status",
    "search_count",
    "hasOwnProperty",
];
/// Methods of a text that take others in.
pub(super) const TAKES_IN: &[&str] = &[
    "format",
    "join",
    "concat",
    "Format",
    "Join",
    "Concat",
    "replace",
    "format_map",
];
/// Methods that put a value into what they are called on.
pub(super) const PUTS_IN: &[&str] = &[
    "append",
    "extend",
    "push",
    "add",
    "insert",
    "unshift",
    "write",
    "update",
    "put",
    "put_nowait",
    "appendleft",
    "set",
    "setdefault",
    "enqueue",
    "Add",
    "AddRange",
    "Append",
    "AppendLine",
    "Enqueue",
    "Push",
    "Write",
];
/// Functions that give back what they are given.
pub(super) const PASSES: &[&str] = &[
    "str",
    "dict",
    "list",
    "tuple",
    "set",
    "sorted",
    "reversed",
    "map",
    "filter",
    "enumerate",
    "zip",
    "next",
    "iter",
    "repr",
    "String",
    "JSON.parse",
    "JSON.stringify",
    "Array.from",
    "Object.values",
    "Object.assign",
    "json.loads",
    "json.dumps",
    "ast.literal_eval",
    "yaml.safe_load",
    "bytes",
    "Promise.all",
    "Promise.allSettled",
    "Promise.race",
    "Promise.any",
    "Object.entries",
    "Object.fromEntries",
    "Map",
    "Set",
    "itertools.chain",
    "collections.deque",
    "Promise.resolve",
    "asyncio.gather",
    "asyncio.run",
    "textwrap.dedent",
    "re.sub",
    "re.search",
    "re.match",
    "re.findall",
    "re.fullmatch",
    "re.split",
    "re.finditer",
    "re.compile().search",
    "re.compile().match",
    "re.compile().fullmatch",
    "re.compile().findall",
    "re.compile().finditer",
    "re.compile().split",
    "shlex.split",
    "urllib.parse.urlparse",
    "urllib.parse.urlsplit",
    "urllib.parse.urljoin",
    "Uri",
    "os.path.realpath",
    "os.path.abspath",
    "os.path.normpath",
    "os.path.expanduser",
    "path.resolve",
    "path.normalize",
    "path.default.resolve",
    "path.default.normalize",
    "System.IO.Path.GetFullPath",
    "System.IO.Path.Combine",
    "Path.GetFullPath",
    "Path.Combine",
    "JsonSerializer.Deserialize",
    "JsonConvert.DeserializeObject",
    "JsonDocument.Parse",
    "JsonNode.Parse",
    "re.compile",
    "structuredClone",
    "decodeURIComponent",
    "base64.b64decode",
    "atob",
    "io.StringIO",
    "io.BytesIO",
    "string.Format",
    "copy.deepcopy",
    "max",
    "min",
    "print_and_return",
    "cast",
    "typing.cast",
    "marked",
    "marked.marked.parse",
    "marked.parse",
    "marked.marked",
    "markdown.markdown",
    "markdown",
    "mistune.html",
    "asyncio.to_thread",
    "pathlib.Path",
    "Path",
    "os.path.join",
    "path.join",
    "path.default.join",
    "URL",
    "Buffer.from",
    "sqlalchemy.text",
    "sqlalchemy.sql.text",
    "ast.parse",
    "compile",
];

/// Words in names of functions that give back the text they take in another form.
const KEEPS: &[&str] = &[
    "parse",
    "loads",
    "decode",
    "deserialize",
    "extract",
    "format",
    "dedent",
    "indent",
    "unescape",
    "unquote",
    "repair",
    "strip",
    "trim",
    "split",
    "join",
    "substitute",
    "stringify",
    "dumps",
    "concat",
    "lower",
    "upper",
    "fill",
    "fix",
];
/// Words in names of functions that may make a text harmless: nothing is said of what they give back.
const CLEANS: &[&str] = &[
    "escape", "sanitize", "sanitise", "clean", "quote", "validate", "check", "safe", "verify", "purify",
    "encode", "hash",
];

/// Words in names of questions whether something may be used.
const ALLOWS: &[&str] = &[
    "allowed",
    "safe",
    "within",
    "inside",
    "permitted",
    "trusted",
    "whitelisted",
    "allowlisted",
];

/// Whether a function that is not read gives back the text it takes, by the words of its name.
pub(super) fn keeps_text(name: &str) -> bool {
    // What a schema let through is the text that it was given (zod).
    if matches!(name, "safeParse" | "safeParseAsync") {
        return true;
    }
    let words = words(name);
    !words.iter().any(|w| CLEANS.contains(&w.as_str())) && words.iter().any(|w| KEEPS.contains(&w.as_str()))
}

/// Whether a function of another module may make a text harmless, by the words of its name.
pub(super) fn may_clean(name: &str) -> bool {
    words(name).iter().any(|w| CLEANS.contains(&w.as_str()))
}

/// Whether a function asks whether something may be used, by the words of its name: `isAllowedHost`, `is_safe_path`.
pub(super) fn asks_whether_allowed(name: &str) -> bool {
    words(name).iter().any(|w| ALLOWS.contains(&w.as_str()))
}

fn words(name: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars().chain(['_']) {
        let begins = c.is_uppercase() && lower;
        lower = c.is_lowercase();
        if (!c.is_alphanumeric() || begins) && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{asks_whether_allowed, keeps_text};

    #[test]
    fn names_of_questions_whether_something_may_be_used() {
        for (name, wanted) in [
            ("isPathWithinAllowedDirectories", true),
            ("is_safe_url", true),
            ("isEmpty", false),
            ("insideOut", true),
            ("validation_count", false),
        ] {
            assert_eq!(asks_whether_allowed(name), wanted, "{name}");
        }
    }

    #[test]
    fn names_of_functions_that_give_back_their_text() {
        for (name, wanted) in [
            ("parse_json_markdown", true),
            ("parseJson", true),
            ("jsonrepair", false),
            ("repair_json", true),
            ("batch_decode", true),
            ("escapeAndJoin", false),
            ("safeParse", true),
            ("sanitize_and_strip", false),
            ("partition", false),
        ] {
            assert_eq!(keeps_text(name), wanted, "{name}");
        }
    }
}
