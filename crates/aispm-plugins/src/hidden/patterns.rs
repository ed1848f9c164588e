//! The words that acts are known by. All patterns are in lower case, and so is the text they are tried on.

use std::sync::OnceLock;

use regex::Regex;

/// The compiled patterns.
pub(super) struct Patterns {
    /// Sets earlier instructions aside.
    pub(super) ignore: Regex,
    /// Puts the agent into another role.
    pub(super) role: Regex,
    /// Gives the agent another task, or hands it to a page elsewhere.
    pub(super) takeover: Regex,
    /// Asks that the user does not learn of an act.
    pub(super) secrecy: Regex,
    /// An act that is unseen by its own words.
    pub(super) covert: Regex,
    /// An act that does something with data or machines.
    pub(super) act: Regex,
    /// A file that holds credentials.
    pub(super) credential_file: Regex,
    /// A file that holds credentials and that programs ordinarily read (`.env`).
    pub(super) env_file: Regex,
    /// Data that is nobody else's business.
    pub(super) private_data: Regex,
    /// All of it.
    pub(super) all_of: Regex,
    /// Reads.
    pub(super) read: Regex,
    /// Sends out of the machine.
    pub(super) send: Regex,
    /// Puts into a tool's parameter.
    pub(super) into_parameter: Regex,
    /// Sends, and nothing else.
    pub(super) send_strict: Regex,
    /// A place outside.
    pub(super) outside: Regex,
    /// Before a tool is used.
    pub(super) before_use: Regex,
    /// When another tool is used.
    pub(super) when_other_tool: Regex,
    /// Changes what another tool does.
    pub(super) redirect: Regex,
    /// Sends what another tool handles somewhere else.
    pub(super) copy_to: Regex,
    /// More than the one thing asked for.
    pub(super) also: Regex,
    /// Sends what was named before.
    pub(super) send_it: Regex,
    /// Takes the place of other tools.
    pub(super) replaces: Regex,
    /// Puts code of others into what is written.
    pub(super) plant: Regex,
    /// An image whose address carries data out.
    pub(super) image: Regex,
    /// Fetches and runs.
    pub(super) fetch_run: Regex,
    /// Speaks about attacks rather than attacking.
    pub(super) discussion: Regex,
    /// Not, never.
    pub(super) negation: Regex,
    /// Speaks to an agent.
    pub(super) agent: Regex,
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
        ignore: re(
            r"\b(ignore|disregard|forget|discard)\s+(about\s+)?((all|any|every|the|your|of|these|those|other)\s+)*(previous|prior|above|earlier|preceding|foregoing|initial|original|system|safety|security|former|existing)\b[\w\s,'-]{0,40}?\b(instructions?|prompts?|rules|guidelines|directions|directives|messages|restrictions|polic(y|ies)|guardrails)\b|\b(ignore|disregard|forget|override)\s+(all\s+|everything\s+)?(of\s+)?(your|you were told|the)\s+(previous\s+)?(system prompt|safety (rules|guidelines|training)|programming|instructions and)|forget everything (above|before|you)|\b(ignore|disregard|forget|discard)\s+(\w+\s+){0,3}(instructions?|prompts?|rules|guidelines|directions)\s+(above|before this|so far|you (were|have been) given|up to now|until now)\b",
        )?,
        role: re(
            r"\byou are (now|no longer)\b[\w\s,'-]{0,30}\b(developer mode|debug mode|god mode|admin mode|unrestricted|unfiltered|jailbroken|dan\b|bound by|restricted by)|\b(enter|activate|enable|switch to)\s+(developer|debug|god|unrestricted|maintenance)\s+mode\b[^.\n]{0,60}\b(no restrictions|without restrictions|unrestricted|bypass|safety|ignore)|new system (prompt|instructions?)\s*:",
        )?,
        takeover: re(
            r"\bif you are (an? )?(ai|llm|language model|assistant|agent|chatbot|coding agent)\b[^.\n]{0,30}\b(reading|processing|viewing|analy[sz]ing|parsing|seeing)|\byour (task|goal|role|instructions|objective|mission) (has|have) (now )?(changed|been (changed|updated|replaced))|\b(fetch|load|read|download|visit|open|get)\b[^\n]{0,60}https?://[^\s]+[^.\n]{0,60}\b(follow|obey|execute|comply with|do|apply|act on|run)\b[^.\n]{0,20}\b(whatever|anything|everything|any instructions|all instructions|every (command|instruction))|\b(skip|bypass|disable|suppress|turn off)\s+(all|any|every)\s+(\w+\s+)?(approvals?|permissions?|confirmations?|safety|security)\s+(prompts?|checks?|dialogs?|requests?|steps?)",
        )?,
        secrecy: re(
            r"\bwithout\s+(ever\s+)?(telling|informing|notifying|alerting|mentioning\s+(it|this|that)\s+to|asking|the knowledge of|showing\s+(it|this)\s+to)\s+(the\s+|your\s+)?(users?|human|operator|developer|owner|customer|knowledge)|\b(do not|don't|never|must not|should not|shouldn't|mustn't)\s+(ever\s+)?(tell|inform|notify|alert|warn)\s+(the\s+|your\s+)?(user|human|operator|developer|customer)s?\b(\s+(about|of|that|what|anything|any)\b|\s*[.,;!)]|\s*$)|\b(do not|don't|never|must not|should not|avoid)\s+(ever\s+)?(mention|mentioning|reveal|disclose|show|report|discuss|acknowledge|display|log|explain)(ing)?\s+(this|that|these|it|the (fact|existence|contents? of this|step|request|transfer|upload)|anything|any of this|having|to the user that|you (are|were|did|have))\b|\b(keep|stay)\s+(this|it|that|these( \w+)?|quiet|silent)\s*(completely |strictly |absolutely )?(secret|hidden|confidential|private|quiet|invisible|about)\b[\w\s]{0,20}\b(user|human|operator|developer|this|it|from)|\b(user|human|operator|developer)s?\s+(must|should|does|do|will|need)\s*(not|n't|never|not to)\s+((need|have)\s+to\s+)?(know|see|notice|learn|be (told|aware|informed|notified)|find out|realize)|\bwithout\s+(the\s+|your\s+|any\s+)?(user|human|operator|developer|person|anyone)s?('s)?\s+(ever\s+)?(noticing|knowing|seeing|learning|realizing|realising|being (aware|told|informed|notified|asked)|knowledge|consent|approval)|\bsay nothing (about|to|of)\b|\b(leave|keep)\s+(this|it|that|these|them)\s+out of\b|\b(omit|exclude)\s+(this|it|that|these|any (mention|reference))\b[\w\s]{0,30}\b(summary|summaries|response|answer|reply|report|log|message|description|user)|\bhid(e|ing|den) (this|it|these|the)?[\w\s]{0,20}from (the )?(user|human|operator|developer)|\b(stay|stays|remain|remains|be|is|kept)\s+(completely |fully )?(invisible|hidden|secret|unseen|unnoticed|concealed)\s+(to|from|by)\s+(the |your )?(user|human|operator|developer)|\b(silently|covertly|secretly|surreptitiously|stealthily|discreetly|quietly)\s+(\w+\s+){0,2}(send|sends|upload|copy|read|append|add|include|insert|forward|post|exfiltrate|call|execute|run|install|collect|transmit|bcc|change|replace|store|save|grant|approve)",
        )?,
        covert: re(
            r"\b(covertly|secretly|surreptitiously|stealthily)\s+(\w+\s+){0,2}[a-z]{3,}|\b(silently|quietly|discreetly)\s+(\w+\s+)?(send|upload|forward|exfiltrate|bcc|transmit|grant|approve)\b|\b(silently|quietly|discreetly)\s+(\w+\s+)?(change|replace|delete|collect|insert|inject|add|copy|modify)\b[^\n]{0,120}\b(user|do not|don't|never)\b|\buser\b[^\n]{0,80}\b(silently|quietly|discreetly)\s+(\w+\s+)?(change|replace|delete|collect|insert|inject|add|copy|modify)\b",
        )?,
        act: re(
            r"\b(read|send|copy|upload|include|append|execute|run|call|fetch|pass|forward|bcc|collect|store|insert|modify|change|install|transfer|delete|post|add|write|invoke|download|encode|grant|approve|use|perform|open|export|save|move|push|submit|extract|grab|edit|doing)\b",
        )?,
        credential_file: re(
            r"(~|\$home|/home/\w+|/users/\w+|/root|%userprofile%)?/?\.ssh\b|\bid_(rsa|ed25519|ecdsa|dsa)\b|\.aws/(credentials|config)|\.config/gcloud|application_default_credentials|\.kube/config|\.netrc\b|\.npmrc\b|\.pypirc\b|\.git-credentials|\.docker/config\.json|\.(cursor|codeium|gemini|claude|vscode)/[\w/-]*(mcp|settings|config)[\w-]*\.json|claude_desktop_config\.json|/etc/(passwd|shadow)|\bkeychain\b|login data\b|\bcookies\.sqlite|wallet\.dat|\bseed phrase|\.gnupg\b|service[-_]account[\w-]*\.json|\bsecrets\.(json|ya?ml|toml)\b",
        )?,
        env_file: re(r"(^|[\s`'/(\x22])\.env(\.local|\.production)?([\s`',;:.)\x22]|$)")?,
        private_data: re(
            r"\b(api[- ]?keys?|credentials?|access tokens?|auth(entication)? tokens?|session tokens?|secrets?|passwords?|private keys?|environment variables|env vars|process\.env|os\.environ|session cookies?|(conversation|chat|message)\s+(history|log|transcript|content)s?|conversation|source code|system prompts?|previous messages|user'?s? (data|input|messages?|query|email|files?|prompt)|personal (data|information)|codebase|repository contents?|contacts|browser history)\b",
        )?,
        all_of: re(
            r"\b(all|any|every|each|entire|full|complete|whole|contents?|dump|copy of|user'?s?|current|previous|last)\b",
        )?,
        read: re(
            r"\b(read|cat|open|access|load|retrieve|fetch|get|extract|collect|gather|grab|copy|include|dump|find|search|scan|list|print|look up|view)\b",
        )?,
        send: re(
            r"\b(logged|log|recorded|streamed|send|sends|post|posts|upload|uploads|transmit|exfiltrate|forward|forwards|e-?mail|submit|deliver|report|beacon|ping|push|sync|share|leak|bcc|copy|curl|http_post|make an? (http |https |get |post |web )*request)\b",
        )?,
        send_strict: re(
            r"\b(send|sends|post|posts|upload|uploads|transmit|exfiltrate|forward|forwards|e-?mail|submit|leak|curl)\b",
        )?,
        into_parameter: re(
            r"\b(pass|passing|call|invoke|hand|relay|feed|deliver|submit|send|return|report|transmit|forward|share|include|including|put|append|attach|insert|add|provide|supply|place|embed|set|give|fill)\b[^.\n]{0,80}\b(as|in|into|to|inside|through|via|within)\b[^.\n]{0,50}\b(parameters?|arguments?|params?|field|sidenote|side_note|notes?|context|metadata|query string|query|request body|feedback|memo|tags?|description|commit message|pull request|pr body|issue|comments?|title|subject)\b|\b(pass|include|put|insert|place|supply|provide)\b[^.\n]{0,60}\b(in|into|as|to)\s+`[a-z][a-z_]*`",
        )?,
        outside: re(
            r"https?://(\d{1,3}(\.\d{1,3}){3}|[a-z0-9-]+(\.[a-z0-9-]+)+)|\bhxxps?://|[\w.+-]+@[\w-]+\.[a-z]{2,}|\bwebhook|\bexternal (server|endpoint|service|api|url|host)|\bremote (server|endpoint|host)|\b(our|my|the|this|attacker'?s?) (analytics|telemetry|logging|collection|audit|diagnostics|c2|backup|monitoring) (server|endpoint|service|url|tool|api)|\bpastebin|\bngrok|\bdiscord(app)?\.com/api|api\.telegram",
        )?,
        before_use: re(
            r"\b(before|prior to|in order to|when|whenever|each time|every time|first|always|must|required to|needed to|necessary|otherwise|to unlock|to activate|to enable|for (verification|authentication|validation|compatibility|debugging))\b",
        )?,
        when_other_tool: re(
            r"\b(when(ever)?|if|each time|every time|before|after|any time|for (all|any|every)( other)?)\b[^.\n]{0,60}(\b(calls?|called|calling|us(e|es|ed|ing)|invok(e|es|ed|ing)|run(s|ning)?|available|present|execut(e|es|ed|ing)|trigger(s|ed)?|send(s|ing)?|sent)\b[^.\n]{0,50}|\b)(\btools?\b|\bmcp\b|\bfunction\b|`[a-z]\w*_\w+`|\b[a-z]+_[a-z_]+\b|\be-?mails?\b|\bpayments?\b|\btransactions?\b|\btransfers?\b|\bmessages?\b)",
        )?,
        redirect: re(
            r"\b(bcc|redirect|reroute|change|replace|set|modify|rewrite|swap|append|add|prepend|inject)\b[^.\n]{0,80}\b(to|with|as|by|bcc|recipient|destination|address|wallet|account)\b[^.\n]{0,40}([\w.+-]+@[\w-]+\.[a-z]{2,}|0x[0-9a-f]{10,}|\b(bc1|[13])[a-z0-9]{24,}|\biban\b|\+\d{9,})|\b(redirect|reroute)\b[^.\n]{0,80}\bto\b[^.\n]{0,30}https?://[^\s/]+",
        )?,
        copy_to: re(
            r"\b(cc|route|forward|send|sent|deliver|copy|transfer|pay|post)\b[^.\n]{0,80}\bto\b[^.\n]{0,40}(([\w.+-]+@[\w-]+\.[a-z]{2,}|0x[0-9a-f]{10,}|\b(bc1|[13])[a-z0-9]{24,}|\biban\b|\+\d{9,})|https?://[^\s/]+)",
        )?,
        also: re(r"\b(all|any|every|each|also|additionally|as well|a copy)\b")?,
        send_it: re(
            r"\b(send|sends|post|posts|upload|uploads|transmit|exfiltrate|forward|e-?mail|submit|leak|deliver)\s+(\w+\s+){0,2}(it|them|its|both|these|this|that|those|contents?|results?|output|keys?|data|credentials|everything|copy)\b",
        )?,
        replaces: re(
            r"\b(this|the) (tool|server|function|skill)\s+(replaces|overrides|supersedes|takes (precedence|priority) over|has replaced|must be used instead of)\b[^.\n]{0,60}\b(all|any|other|every|official|built-?in|existing|native|default|original|trusted)\b|\b(never|do not|don't|must not|stop)\s+(use|using|call|calling|invoke|invoking|trust)\s+(the |any |all )*(other|official|original|real|built-?in|trusted|native|legitimate|old|existing)\s+[\w`-]{0,30}\s*(tools?|servers?|mcp|functions?)\b[^\n]{0,80}\b(instead|compromised|deprecated|broken|insecure|unsafe|only (use )?this|revoked|disabled)|\b(other|all other|remaining|existing|official|original)\s+(\w+\s+){0,2}(tools?|servers?|mcp servers?) (are|is|have been|has been|were) (deprecated|insecure|compromised|broken|unsafe|disabled|revoked)\b[^\n]{0,80}\b(only|always|must|instead)\b[^\n]{0,40}\b(this|use|call)",
        )?,
        plant: re(
            r"\b(add|include|insert|inject|append|embed|put|reference|load|import|install|use)\b[^.\n]{0,80}(<script|<iframe|<img|\bscript (tag|src|from|hosted)|\btracking pixel|\bpixel\b|\bbackdoor|\bobfuscated|\bpostinstall|\breverse shell)[^\n]{0,100}(https?://|\bfrom\b|\bsrc=|\bin every|\bto (all|every|each))",
        )?,
        image: re(
            r"!\[[^\]\n]*\]\(https?://[^)\s]*[?&=/][^)\s]*(\{|\[|<|\$|%7b|data|secret|base64)[^)\n]*\)|\b(render|display|output|show|include|append|add|generate|embed)\b[^.\n]{0,60}\b(markdown image|image|img|link)\b[^\n]{0,100}https?://[^\s]*[?=/][^\n]{0,60}\b(conversation|chat|secret|key|token|password|data|summary|base64|encoded|history|message)",
        )?,
        fetch_run: re(
            r"\b(curl|wget|iwr|invoke-webrequest|irm)\b[^\n|;]{0,160}(https?://)?(\d{1,3}(\.\d{1,3}){3}|http://[^\s|]+|[^\s|]*(ngrok|pastebin|webhook|requestbin|transfer\.sh|bit\.ly|tinyurl|trycloudflare|serveo|\.onion|\.xyz|\.top|\.tk)[^\s|]*)[^\n|;]{0,80}\|\s*(sudo\s+)?(ba|z|da)?(sh|iex|python3?|node|perl)\b|\b(curl|wget)\b[^\n]{0,20}(http://|https?://\d{1,3}(\.\d{1,3}){3})[^\n]{0,100}\bchmod (\+x|\d{3})\b|\bbash -i\s*>&?\s*/dev/tcp/|\bnc (-\w+ )*-e\b|/dev/tcp/\d|\b(python3?|node|perl) -[ce]\b[^\n]{0,80}\b(socket|urlopen|exec\(|eval\()",
        )?,
        discussion: re(
            r"\b(attack(s|er|ers|ing)?\b|injections?\b|malicious|adversar|jailbreak|phishing|social engineering|red[- ]?team|exploit|vulnerab|threat|untrusted|suspicious|refuse|reject|detect|guard (against|rail)|defen[cds]|mitigat|sanitiz|hostile|poison(ed|ing)|scam|treat (it|them|this|all|such|any)[\w\s]{0,30}as (data|untrusted|text)|(never|do not|don't) (follow|obey|act on|comply)|security (review|audit|test|policy)|flag(s|ged)? (it|any|as)|block(s|ed)?\b)",
        )?,
        negation: re(
            r"\b(never|not|don't|doesn't|won't|mustn't|shouldn't|cannot|can't|no|avoid|without|refuse to|forbidden|prohibited|instead of|nor)\b",
        )?,
        agent: re(
            r"\b(ai|assistant|agent|llm|model|claude|copilot|cursor|gemini|gpt|chatgpt|you|your|tool|system|instruction|important|must|always)\b",
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
