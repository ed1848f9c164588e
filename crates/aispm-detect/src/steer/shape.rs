//! What is known by its shape rather than its words: addresses outside, gaps in them, commands.

use std::sync::OnceLock;

use regex::Regex;

use super::lexicon::{Class, SHAPES, Set, Word};

struct Shapes {
    address: Regex,
    gap: Regex,
    mail: Regex,
    account: Regex,
    tool: Regex,
    param: Regex,
    label: Regex,
    command: Regex,
    fetchrun: Regex,
}

fn shapes() -> Option<&'static Shapes> {
    static SHAPES: OnceLock<Option<Shapes>> = OnceLock::new();
    SHAPES
        .get_or_init(|| {
            let re = |p: &str| Regex::new(p).ok();
            Some(Shapes {
                address: re(r#"(git@|(?:https?|hxxps?|s?ftp|wss?|postgres|mysql|mongodb)://)([^\s/"'<>)`\]]+)(?:<[^<>\n]{1,60}>|\{[^{}\n]{1,60}\}|[^\s"'<>)`\]])*"#)?,
                gap: re(r"[?&][a-z_]+=$|\?[^ ]*(\{|\$|<|\[)|=(\{|\$|<|\[)?[a-z_]*(data|summary|conversation|history|secret|token|key|text|prompt|base64|content|payload)|/(\{|<|\$)")?,
                mail: re(r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")?,
                account: re(r"(?-u:\b)(0x[0-9a-f]{10,}|bc1[a-z0-9]{20,}|[a-z]{2}[0-9]{2}[a-z0-9]{11,30})(?-u:\b)|\+[0-9][0-9 ]{8,14}|\b[0-9]{14,22}\b|\b[0-9]{3}-[0-9]{3}-[0-9]{5,8}\b")?,
                tool: re(r"[a-z]{2,}(_[a-z]{2,})+")?,
                fetchrun: re(r"\b(curl|wget|iwr|irm|invoke-webrequest)\b[^\n|;]{0,200}\|\s*(sudo\s+)?(ba|z|da)?(sh|iex|python3?|node|perl)\b|\b(ba|z)?sh\b[^\n]{0,12}(\$\(|<\(|`)\s*(curl|wget)\b|\b(curl|wget)\b[^\n]{0,160}\bchmod (\+x|\d{3})\b|\beval\b[^\n]{0,6}\$\(\s*(curl|wget)\b")?,
                param: re(r#"\b(?:in|into|as|inside|via|through|under|to|dans|en|als|im feld|no campo|en el campo|nel campo|в) (?:the |le |la |el |il |o )?[`'"][a-z][a-z_0-9]{1,30}[`'"]"#)?,
                label: re(r"(?:<[^<>\n]{2,60}>|\{[^{}\n]{2,60}\})\.[a-z0-9-]+(?:\.[a-z0-9-]+)+")?,
                command: re(concat!(
                    // fetched and run
                    r"\b(curl|wget|iwr|irm|invoke-webrequest)\b[^\n|;]{0,160}(https?://\d{1,3}(\.\d{1,3}){3}|http://[^\s|]+|[^\s|]*(ngrok|pastebin|webhook|requestbin|transfer\.sh|bit\.ly|tinyurl|trycloudflare|serveo|\.onion|\.xyz|\.top|\.tk)[^\s|]*)[^\n|;]{0,80}\|\s*(sudo\s+)?(ba|z|da)?(sh|iex|python3?|node|perl)\b",
                    r"|\b(curl|wget)\b[^\n]{0,20}(http://|https?://\d{1,3}(\.\d{1,3}){3})[^\n]{0,100}\bchmod (\+x|\d{3})\b",
                    r"|\b(ba|z)?sh\b[^\n]{0,12}(\$\(|<\(|`)\s*(curl|wget)\b[^\n)]{0,120}(http://|https?://\d{1,3}(\.\d{1,3}){3})",
                    // a shell for somebody elsewhere
                    r"|\bbash -i\s*>&?\s*/dev/tcp/|\bnc (-\w+ )*-e\b|/dev/tcp/\d",
                    // decoded and run
                    r"|base64\s+(-d|--decode|-di)\b[^\n]{0,60}(\|\s*(sudo\s+)?(ba|z)?sh\b|\)[\x22'`])|\b(exec|eval)\s*\(\s*(\w+\.)*(b64decode|atob|decode|decompress|unhexlify|fromhex|frombase64string|urlopen)|\b(python3?|node|perl) -[ce]\b[^\n]{0,80}\b(socket|urlopen|exec\(|eval\()",
                    // the whole environment, or the cookies of a page, sent
                    r"|\b(urlopen|requests\.\w+|httpx\.\w+|fetch|sendbeacon|http\.get|axios\.\w+)\([^\n]{0,160}(dict\(os\.environ|str\(os\.environ|process\.env\s*\)|document\.cookie|localstorage\s*\))",
                    // files and secrets sent
                    r"|(\.ssh/|id_rsa|\.aws/credentials|\.netrc|\.kube/config|/\.env\b|get secrets|printenv|\benv\b|\.npmrc|\.bash_history|documents/)[^\n]{0,160}\|\s*(\w+\s*(-\w+\s*)*\|\s*)?(curl|nc|wget)\b[^\n]{0,80}(-d\b|--data|-t\b|-st\b|-f\b|--post|@-|\d)",
                    r"|\b(curl|wget)\b[^\n]{0,160}(@|file=)[^\s]{0,40}(\.ssh|id_rsa|\.aws/|\.netrc|\.kube/|\.env\b|\.npmrc|history)|\bcurl\b[^\n]{0,100}\$\((cat|env|printenv|whoami|base64)",
                ))?,
            })
        })
        .as_ref()
}

/// Hosts on this machine, its network, or to be filled in by the reader.
fn is_near(host: &str) -> bool {
    let name = host.rsplit('@').next().unwrap_or(host);
    [
        "localhost",
        "127.",
        "0.0.0.0",
        "[::1]",
        "192.168.",
        "10.",
        "host.docker.internal",
        "your",
        "<",
        "$",
        "{",
    ]
    .iter()
    .any(|n| name.starts_with(n))
        || !name.contains('.')
        || [".local", ".internal", ".localhost"]
            .iter()
            .any(|n| name.split(':').next().unwrap_or(name).ends_with(n))
}

/// Everything known by its shape. `text` is folded; account numbers and names of tools matter only beside `names_others`.
pub(super) fn words(text: &str, names_others: Set, out: &mut Vec<Word>) {
    let Some(s) = shapes() else { return };
    let mut add = |start: usize, end: usize, shape: &str| {
        let class = SHAPES
            .iter()
            .position(|s| *s == shape)
            .and_then(|i| Class::try_from(i).ok());
        out.extend(class.map(|class| Word {
            start,
            end,
            class,
            foreign: false,
        }));
    };
    if ["://", "git@"]
        .iter()
        .any(|w| memchr::memmem::find(text.as_bytes(), w.as_bytes()).is_some())
    {
        for m in s.address.captures_iter(text) {
            let (Some(all), Some(host)) = (m.get(0), m.get(2)) else {
                continue;
            };
            if is_near(host.as_str()) || is_link(text, all.start()) {
                continue;
            }
            add(all.start(), all.end(), "url");
            if is_goal(text, all.start()) {
                add(all.start(), all.end(), "toplace");
            }
            let path = all.as_str().get(host.end() - all.start()..).unwrap_or("");
            if s.gap.is_match(path) {
                add(all.start(), all.end(), "beacon");
            }
        }
    }
    if memchr::memchr(b'@', text.as_bytes()).is_some() {
        for m in s.mail.find_iter(text) {
            let name = m.as_str().split('@').next().unwrap_or("");
            if is_goal(text, m.start()) && !CONTACTS.contains(&name) {
                add(m.start(), m.end(), "toplace");
            }
            add(
                m.start(),
                m.end(),
                if CONTACTS.contains(&name) {
                    "contact"
                } else {
                    "email"
                },
            );
        }
    }
    if COMMANDS
        .iter()
        .any(|w| memchr::memmem::find(text.as_bytes(), w.as_bytes()).is_some())
    {
        for (re, shape) in [(&s.command, "command"), (&s.fetchrun, "fetchrun")] {
            for m in re.find_iter(text) {
                add(m.start(), m.end(), shape);
            }
        }
    }
    if out.iter().any(|w| names_others.has(w.class)) {
        for (re, shape) in [
            (&s.account, "account"),
            (&s.tool, "toolname"),
            (&s.param, "param"),
            (&s.label, "label"),
        ] {
            let class = SHAPES
                .iter()
                .position(|s| *s == shape)
                .and_then(|i| Class::try_from(i).ok());
            out.extend(re.find_iter(text).filter_map(|m| {
                Some(Word {
                    start: m.start(),
                    end: m.end(),
                    class: class?,
                    foreign: false,
                })
            }));
        }
    }
}

/// Whether the words before an address say that something goes there, whatever the verb.
fn is_goal(text: &str, at: usize) -> bool {
    let before = text
        .get(..at)
        .unwrap_or("")
        .trim_end_matches(['`', '"', '\'', '<', '(']);
    GOALS.iter().any(|g| before.ends_with(g))
}

const GOALS: [&str; 12] = [
    " to ",
    " into ",
    " onto ",
    " towards ",
    " via ",
    " nach ",
    " an ",
    " vers ",
    " para ",
    " verso ",
    " на ",
    "到 ",
];

/// Whom people write to, by the names such boxes have (RFC 2142): as a place they say little.
const CONTACTS: [&str; 20] = [
    "abuse",
    "admin",
    "conduct",
    "contact",
    "dev",
    "hello",
    "help",
    "hr",
    "incidents",
    "info",
    "legal",
    "noc",
    "office",
    "press",
    "privacy",
    "sales",
    "security",
    "soc",
    "support",
    "team",
];

/// What every command of interest has one of.
const COMMANDS: [&str; 16] = [
    "urlopen",
    "requests.",
    "fetch(",
    "beacon(",
    "curl",
    "wget",
    "/dev/tcp",
    "base64",
    "exec",
    "eval",
    "nc -",
    "invoke-",
    " -c ",
    " -e ",
    "iwr",
    "irm",
];

/// Whether an address is where a Markdown link leads, which is for reading; what an image or a bare address takes is not.
fn is_link(text: &str, at: usize) -> bool {
    let mut from = at.saturating_sub(300);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let near = text.get(from..at).unwrap_or("");
    let image = near
        .rfind('[')
        .is_some_and(|i| near.get(..i).is_some_and(|b| b.ends_with('!')));
    near.ends_with("](") && !image || near.ends_with("]: ")
}
