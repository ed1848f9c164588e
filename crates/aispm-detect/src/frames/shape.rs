//! What is known by its shape rather than its words: addresses outside, gaps in them, commands.

use std::sync::OnceLock;

use regex::Regex;

use super::lexicon::{Class, Hit};

struct Shapes {
    address: Regex,
    gap: Regex,
    mail: Regex,
    account: Regex,
    tool: Regex,
    command: Regex,
}

fn shapes() -> Option<&'static Shapes> {
    static SHAPES: OnceLock<Option<Shapes>> = OnceLock::new();
    SHAPES
        .get_or_init(|| {
            let re = |p: &str| Regex::new(p).ok();
            Some(Shapes {
                address: re(r#"(https?|hxxps?|ftp|wss?)://([^\s/"'<>)`\]]+)[^\s"'>)`\]]*"#)?,
                gap: re(r"[?&][a-z_]+=$|\?[^ ]*(\{|\$|<|%7b|\[)|=(\{|\$|<|\[)?[a-z_]*(data|summary|conversation|history|secret|token|key|text|prompt|base64|content|payload)|/(\{|<|\$)")?,
                mail: re(r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+")?,
                account: re(r"(?-u:\b)(0x[0-9a-f]{10,}|bc1[a-z0-9]{20,}|[a-z]{2}[0-9]{2}[a-z0-9]{11,30})(?-u:\b)|\+[0-9][0-9 ]{8,14}")?,
                tool: re(r"[a-z]{2,}(_[a-z]{2,})+")?,
                command: re(concat!(
                    // fetched and run
                    r"\b(curl|wget|iwr|irm|invoke-webrequest)\b[^\n|;]{0,160}(https?://\d{1,3}(\.\d{1,3}){3}|http://[^\s|]+|[^\s|]*(ngrok|pastebin|webhook|requestbin|transfer\.sh|bit\.ly|tinyurl|trycloudflare|serveo|\.onion|\.xyz|\.top|\.tk)[^\s|]*)[^\n|;]{0,80}\|\s*(sudo\s+)?(ba|z|da)?(sh|iex|python3?|node|perl)\b",
                    r"|\b(curl|wget)\b[^\n]{0,20}(http://|https?://\d{1,3}(\.\d{1,3}){3})[^\n]{0,100}\bchmod (\+x|\d{3})\b",
                    // a shell for somebody elsewhere
                    r"|\bbash -i\s*>&?\s*/dev/tcp/|\bnc (-\w+ )*-e\b|/dev/tcp/\d",
                    // decoded and run
                    r"|base64\s+(-d|--decode|-di)\b[^\n]{0,60}(\|\s*(sudo\s+)?(ba|z)?sh\b|\)[\x22'`])|\b(exec|eval)\s*\(\s*(\w+\.)*(b64decode|atob|decode|decompress|unhexlify|fromhex|frombase64string|urlopen)|\b(python3?|node|perl) -[ce]\b[^\n]{0,80}\b(socket|urlopen|exec\(|eval\()",
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

/// Everything known by its shape. `text` is folded.
pub(super) fn hits(text: &str, out: &mut Vec<Hit>) {
    let Some(s) = shapes() else { return };
    if memchr::memmem::find(text.as_bytes(), b"://").is_some() {
        for m in s.address.captures_iter(text) {
            let (Some(all), Some(host)) = (m.get(0), m.get(2)) else {
                continue;
            };
            if is_near(host.as_str()) {
                continue;
            }
            let (start, end) = (all.start(), all.end());
            // Where a link leads is for reading; what an image or a bare address takes is not.
            let mut from = start.saturating_sub(300);
            while !text.is_char_boundary(from) {
                from += 1;
            }
            let near = text.get(from..start).unwrap_or("");
            let image = near
                .rfind('[')
                .is_some_and(|i| near.get(..i).is_some_and(|b| b.ends_with('!')));
            let link = near.ends_with("](") && !image || near.ends_with("]: ");
            if link {
                continue;
            }
            out.push(Hit {
                start,
                end,
                class: Class::Url,
            });
            let path = all.as_str().get(host.end() - start..).unwrap_or("");
            if s.gap.is_match(path) {
                out.push(Hit {
                    start,
                    end,
                    class: Class::Beacon,
                });
            }
        }
    }
    if memchr::memchr(b'@', text.as_bytes()).is_some() {
        for m in s.mail.find_iter(text) {
            out.push(Hit {
                start: m.start(),
                end: m.end(),
                class: Class::Email,
            });
        }
    }
    let names_others = out.iter().any(|h| {
        matches!(
            h.class,
            Class::Standing | Class::Recipient | Class::Replace | Class::Pay
        )
    });
    for (re, class) in [(&s.account, Class::Account), (&s.tool, Class::ToolName)]
        .into_iter()
        .filter(|_| names_others)
    {
        out.extend(re.find_iter(text).map(|m| Hit {
            start: m.start(),
            end: m.end(),
            class,
        }));
    }
    let worth = [
        "curl", "wget", "/dev/tcp", "base64", "exec", "eval", "nc -", "invoke-", " -c ", " -e ", "iwr", "irm",
    ];
    if worth
        .iter()
        .any(|w| memchr::memmem::find(text.as_bytes(), w.as_bytes()).is_some())
    {
        for m in s.command.find_iter(text) {
            out.push(Hit {
                start: m.start(),
                end: m.end(),
                class: Class::Command,
            });
        }
    }
}
