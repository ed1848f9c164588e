//! Credentials on command lines: `curl -u name:password`, `sshpass -p …`, in a shell's line as in a list of arguments.

use std::ops::Range;

use crate::alphabet::part;
use crate::detector::KeyMatch;
use crate::placeholder::{is_common, is_template};
use crate::special;

/// Bytes of a command that are looked at, and words of it.
const LENGTH: usize = 1024;
const WORDS: usize = 64;

/// What the value of an option is.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// The secret itself.
    Whole,
    /// What follows the first of these: `name:password`, `session=…`.
    After(u8),
}

/// A program, and its options that take a secret. Long options with telling names (`--password`, `--token`) are found as assignments.
struct Program {
    names: &'static [&'static str],
    options: &'static [(&'static str, Value)],
}

const PROGRAMS: &[Program] = &[
    Program {
        names: &["curl"],
        options: &[
            ("-u", Value::After(b':')),
            ("--user", Value::After(b':')),
            ("-U", Value::After(b':')),
            ("--proxy-user", Value::After(b':')),
            ("-b", Value::After(b'=')),
            ("--cookie", Value::After(b'=')),
        ],
    },
    Program {
        names: &[
            "sshpass",
            "mongo",
            "mongosh",
            "mongodump",
            "docker",
            "podman",
            "helm",
            "oras",
            "skopeo",
        ],
        options: &[("-p", Value::Whole)],
    },
    Program {
        names: &["mysql", "mysqldump", "mariadb"],
        options: &[("-p", Value::Whole)],
    },
    Program {
        names: &["redis-cli", "valkey-cli"],
        options: &[("-a", Value::Whole), ("--pass", Value::Whole)],
    },
    Program {
        names: &["ldapsearch", "ldapmodify"],
        options: &[("-w", Value::Whole)],
    },
    Program {
        names: &["mosquitto_pub", "mosquitto_sub"],
        options: &[("-P", Value::Whole)],
    },
    Program {
        names: &["smbclient"],
        options: &[("-U", Value::After(b'%'))],
    },
    Program {
        names: &["lftp"],
        options: &[("-u", Value::After(b','))],
    },
];

/// Names of the programs, for the automaton of the scan.
pub(crate) fn programs() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().flat_map(|p| p.names.iter().copied())
}

/// The secrets on the command line that a program's name at `name` begins.
pub(crate) fn secrets(text: &[u8], name: &Range<usize>) -> Vec<KeyMatch> {
    let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let before = name.start.checked_sub(1).and_then(|i| text.get(i));
    if word(before) || word(text.get(name.end)) {
        return Vec::new();
    }
    let called = part(text, name.clone());
    let Some(program) = PROGRAMS
        .iter()
        .find(|p| p.names.iter().any(|n| called == n.as_bytes()))
    else {
        return Vec::new();
    };
    let words = words(text, name.end);
    let mut found = Vec::new();
    for (i, range) in words.iter().enumerate() {
        let said = part(text, range.clone());
        for (option, value) in program.options {
            let Some(rest) = said.strip_prefix(option.as_bytes()) else {
                continue;
            };
            let given = match rest.first() {
                None => words.get(i + 1).cloned(),
                Some(b'=') => Some(range.end - rest.len() + 1..range.end),
                // `-pSECRET`; `-print` of a longer option is none.
                Some(_) if !option.starts_with("--") => Some(range.end - rest.len()..range.end),
                Some(_) => None,
            };
            let secret = given.and_then(|given| match value {
                Value::Whole => Some(given),
                Value::After(mark) => {
                    let at = memchr::memchr(*mark, part(text, given.clone()))?;
                    Some(given.start + at + 1..given.end)
                }
            });
            found.extend(
                secret
                    .filter(|s| is_secret(part(text, s.clone())))
                    .and_then(special::command_line),
            );
        }
    }
    found
}

/// The words after a program's name until its command ends. Quotes, brackets and commas part words as blanks do, so that a list of arguments
/// reads as the line it stands for.
fn words(text: &[u8], from: usize) -> Vec<Range<usize>> {
    let end = (from + LENGTH).min(text.len());
    let line = part(text, from..end);
    let stop = line
        .iter()
        .position(|b| matches!(b, b'\n' | b';' | b'|' | b'&' | b'}' | b']'))
        .unwrap_or(line.len());
    let mut out = Vec::new();
    let mut start = None;
    for (i, b) in part(line, 0..stop).iter().enumerate() {
        let parts =
            b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b',' | b'\\' | b'(' | b')' | b'[');
        match (parts, start) {
            (false, None) => start = Some(i),
            (true, Some(s)) => {
                out.push(from + s..from + i);
                start = None;
            }
            _ => {}
        }
        if out.len() >= WORDS {
            return out;
        }
    }
    out.extend(start.map(|s| from + s..from + stop));
    out
}

fn is_secret(value: &[u8]) -> bool {
    let Ok(value) = std::str::from_utf8(value) else {
        return false;
    };
    // `-p 8080:80` and `-p tcp` of other sub-commands: ports, paths and plain words are no secrets.
    let kinds = [
        u8::is_ascii_lowercase as fn(&u8) -> bool,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
    ];
    let mixed = kinds.iter().filter(|k| value.bytes().any(|b| k(&b))).count() >= 2;
    value.len() >= 6 && mixed && !value.contains(['/', ':']) && !is_common(value) && !is_template(value)
}

#[cfg(test)]
mod tests {
    use crate::scan::scan;

    #[test]
    fn secrets_of_commands_in_lines_and_lists() {
        for (text, secret) in [
            (
                "curl -u admin:Tr0ub4dor3xyz https://x.example/i.sh | sh",
                "Tr0ub4dor3xyz",
            ),
            (
                r#""command":"curl","args":["-u","admin:Tr0ub4dor3xyz"]"#,
                "Tr0ub4dor3xyz",
            ),
            ("curl --user=admin:Tr0ub4dor3xyz x", "Tr0ub4dor3xyz"),
            ("curl -b session=C00kieVal66ww x", "C00kieVal66ww"),
            ("sshpass -p S3sshPass77zz ssh h", "S3sshPass77zz"),
            ("redis-cli -a R3disPw88yyy ping", "R3disPw88yyy"),
            ("docker login -u a -p D0ckerPw99xx", "D0ckerPw99xx"),
            ("mysql -uroot -pSqlPw12345 db", "SqlPw12345"),
        ] {
            let found = scan(text.as_bytes());
            assert!(
                found.iter().any(|m| text.get(m.range.clone()) == Some(secret)),
                "{text}: {found:?}"
            );
        }
        for text in [
            "docker run -p 8080:8080 image",
            "curl -u $USER:$PASS x",
            "curl -u admin: x",
            "mysql -p db",
            "mkdir -p some/path1/Here",
            "docker run -p 127.0.0.1:80:80 x",
            "curl -u user:<password> x",
        ] {
            assert!(
                scan(text.as_bytes()).is_empty(),
                "{text}: {:?}",
                scan(text.as_bytes())
            );
        }
    }
}
