//! Names of control frameworks as people know them.

use aispm_types::ControlId;

/// The framework's usual name; its key where we know none.
pub(crate) fn framework(key: &str) -> &str {
    match key {
        "owasp-llm" => "OWASP LLM Top 10",
        "owasp-agentic" => "OWASP Agentic Top 10",
        "owasp-ml" => "OWASP ML Top 10",
        "owasp-mcp" => "OWASP MCP Top 10",
        "atlas" => "MITRE ATLAS",
        "nist-ai-rmf" => "NIST AI RMF",
        "nist-ai-600-1" => "NIST AI 600-1",
        "eu-ai-act" => "EU AI Act",
        "mcsb" => "Microsoft cloud security benchmark",
        "iso-42001" => "ISO/IEC 42001",
        "cwe" => "CWE",
        other => other,
    }
}

/// A control in few characters: `OWASP LLM05:2025`, `ATLAS AML.T0010`. OWASP numbers each edition anew, so the year is part of the name.
pub(crate) fn short(control: &ControlId) -> String {
    if control.framework.starts_with("owasp-") {
        return format!("OWASP {}:{}", control.id, control.version);
    }
    let name = match control.framework.as_str() {
        "atlas" => "ATLAS",
        "mcsb" => "MCSB",
        "cwe" if control.id.starts_with("CWE") => "",
        other => framework(other),
    };
    format!("{name} {}", control.id).trim_start().to_owned()
}
