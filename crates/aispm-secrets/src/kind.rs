//! What kind of file a key stands in.

use aispm_collect::VirtualFile;

/// The `kind` of a sighting, from the file's name and, for notebooks, the place in it.
pub(crate) fn of(file: &VirtualFile, text: &[u8], place: usize) -> &'static str {
    let name = file.name().to_ascii_lowercase();
    let extension = file.extension();
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if extension == "ipynb" {
        return notebook(text, place);
    }
    if name == ".env" || name.starts_with(".env.") || extension == "env" || name == ".envrc" {
        return "env-file";
    }
    if name.starts_with("dockerfile") || extension == "dockerfile" || name.starts_with("containerfile") {
        return "dockerfile";
    }
    if matches!(extension.as_str(), "tf" | "tfvars" | "tfstate" | "hcl") || name.ends_with(".tfstate.backup")
    {
        return "terraform";
    }
    if has(&["compose"]) && matches!(extension.as_str(), "yml" | "yaml") {
        return "compose";
    }
    if is_kubernetes(file, &extension) {
        return "kubernetes";
    }
    if has(&["mcp"]) && extension == "json" || name == "claude_desktop_config.json" {
        return "mcp-config";
    }
    match extension.as_str() {
        "log" | "out" => "log",
        "jsonl" | "csv" | "tsv" | "parquet" | "ndjson" => "dataset",
        "json" | "yaml" | "yml" | "toml" | "ini" | "cfg" | "conf" | "properties" | "xml" | "config" => {
            "config"
        }
        "py" | "js" | "ts" | "tsx" | "jsx" | "mjs" | "cjs" | "cs" | "java" | "go" | "rs" | "rb" | "php"
        | "sh" | "ps1" | "kt" | "scala" | "swift" | "c" | "cpp" | "h" | "html" | "vue" | "svelte" | "r"
        | "lua" | "bash" | "zsh" | "sql" => "source",
        _ => "other",
    }
}

fn is_kubernetes(file: &VirtualFile, extension: &str) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(&file.head, word).is_some();
    matches!(extension, "yml" | "yaml" | "json") && has(b"apiVersion") && has(b"kind")
}

/// Whether the last cell part opened before a place is the source or the outputs.
fn notebook(text: &[u8], place: usize) -> &'static str {
    let before = text.get(..place).unwrap_or(text);
    let source = memchr::memmem::rfind(before, b"\"source\"");
    let outputs = memchr::memmem::rfind(before, b"\"outputs\": [");
    // Notebook writers sort keys: a cell's outputs stand before its source.
    if outputs > source {
        "notebook-output"
    } else {
        "notebook-code"
    }
}
