//! The words that acts are known by. All patterns are in lower case, and so is the text they are tried on.

use std::sync::OnceLock;

use regex::Regex;

/// The compiled patterns.
pub(super) struct Patterns {
    /// Speaks about attacks rather than attacking.
    pub(super) discussion: Regex,
    /// Not, never.
    pub(super) negation: Regex,
    /// Decodes and then runs or obeys.
    pub(super) decode: Regex,
}

/// The patterns; `None` never happens, and then nothing is found: a test compiles them.
pub(super) fn patterns() -> Option<&'static Patterns> {
    static PATTERNS: OnceLock<Option<Patterns>> = OnceLock::new();
    PATTERNS.get_or_init(compile).as_ref()
}

fn compile() -> Option<Patterns> {
    let re = |pattern: &str| Regex::new(pattern).ok();
    Some(Patterns {
        discussion: re(
            r"\b(attack(s|er|ers|ing)?\b|injections?\b|malicious|adversar|jailbreak|phishing|social engineering|red[- ]?team|exploit|vulnerab|threat|untrusted|suspicious|refuse|reject|detect|guard (against|rail)|defen[cds]|mitigat|sanitiz|hostile|poison(ed|ing)|scam|treat (it|them|this|all|such|any)[\w\s]{0,30}as (data|untrusted|text)|(never|do not|don't) (follow|obey|act on|comply)|security (review|audit|test|policy)|flag(s|ged)? (it|any|as)|block(s|ed)?\b)",
        )?,
        negation: re(
            r"\b(never|not|don't|doesn't|won't|mustn't|shouldn't|cannot|can't|no|avoid|without|refuse to|forbidden|prohibited|instead of|nor)\b",
        )?,
        decode: re(
            r"\b(decode|decrypt|deobfuscate|base64 -d|base64 --decode|atob|b64decode|rot13|from hex|unhexlify)\b[^\n]{0,120}\b(execut|run\b|eval|exec\b|follow|obey|perform|carry out|apply|comply|bash\b|sh\b|instructions?\b)|base64 (-d|--decode|-di)[^\n|]{0,40}\|\s*(sudo )?(ba|z)?sh\b|\b(exec|eval)\s*\(\s*(\w+\.)*(b64decode|atob|decode|decompress|unhexlify|fromhex|frombase64string)",
        )?,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        assert!(super::patterns().is_some());
    }
}
