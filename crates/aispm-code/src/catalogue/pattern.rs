//! Patterns over dotted paths.

/// A pattern, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `**`
    Any,
    /// Alternatives, each with `*` for any text.
    One(Vec<String>),
}

impl Pattern {
    /// Reads a pattern whose alternatives may span parts, `a.{B,C.d}`: one pattern each.
    pub(crate) fn all(written: &str) -> Vec<Self> {
        let group = written
            .match_indices('{')
            .filter_map(|(open, _)| {
                let close = open + written.get(open..)?.find('}')?;
                written
                    .get(open + 1..close)?
                    .contains('.')
                    .then_some((open, close))
            })
            .next();
        let Some((open, close)) = group else {
            return vec![Self::new(written)];
        };
        let before = written.get(..open).unwrap_or("");
        let after = written.get(close + 1..).unwrap_or("");
        written
            .get(open + 1..close)
            .unwrap_or("")
            .split(',')
            .flat_map(|one| Self::all(&format!("{before}{}{after}", one.trim())))
            .collect()
    }

    /// Reads `a.{B,C}().**.d`.
    pub(crate) fn new(written: &str) -> Self {
        let mut parts = Vec::new();
        let mut depth = 0usize;
        let mut part = String::new();
        for c in written.chars().chain(['.']) {
            match c {
                '{' | '(' => depth += 1,
                '}' | ')' => depth = depth.saturating_sub(1),
                '.' if depth == 0 => {
                    parts.push(Self::part(&std::mem::take(&mut part)));
                    continue;
                }
                _ => {}
            }
            part.push(c);
        }
        Self { parts }
    }

    fn part(written: &str) -> Part {
        if written == "**" {
            return Part::Any;
        }
        match (written.find('{'), written.find('}')) {
            (Some(open), Some(close)) if open < close => {
                let before = written.get(..open).unwrap_or("");
                let inside = written.get(open + 1..close).unwrap_or("");
                let after = written.get(close + 1..).unwrap_or("");
                Part::One(
                    inside
                        .split(',')
                        .map(|i| format!("{before}{}{after}", i.trim()))
                        .collect(),
                )
            }
            _ => Part::One(vec![written.to_owned()]),
        }
    }

    /// The words its last part may be, without `()`; none where it may be anything.
    pub(crate) fn last_words(&self) -> Option<Vec<String>> {
        match self.parts.last()? {
            Part::Any => None,
            Part::One(all) => all
                .iter()
                .map(|w| w.split('(').next().unwrap_or(w))
                .map(|w| (!w.contains('*')).then(|| w.to_owned()))
                .collect(),
        }
    }

    /// Whether a path split at its dots fits. Linear but for `**`, of which a pattern has at most a few.
    pub(crate) fn fits(&self, path: &[&str]) -> bool {
        fits(&self.parts, path)
    }

    /// Whether one text fits a pattern of a single part.
    pub(crate) fn fits_text(&self, text: &str) -> bool {
        match self.parts.as_slice() {
            [Part::One(all)] => all.iter().any(|a| glob(a.as_bytes(), text.as_bytes())),
            [Part::Any] => true,
            _ => false,
        }
    }
}

fn fits(parts: &[Part], path: &[&str]) -> bool {
    match parts.split_first() {
        None => path.is_empty(),
        Some((Part::Any, rest)) => {
            (0..=path.len()).any(|skip| path.get(skip..).is_some_and(|tail| fits(rest, tail)))
        }
        Some((Part::One(all), rest)) => path.split_first().is_some_and(|(first, tail)| {
            all.iter().any(|a| glob(a.as_bytes(), first.as_bytes())) && fits(rest, tail)
        }),
    }
}

/// `*` matches any text; two pointers, no backtracking beyond the last star.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((sp, st)) => {
                    p = sp + 1;
                    t = st + 1;
                    star = Some((sp, st + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or(&[]).iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_fit_what_they_say() {
        let cases = [
            ("openai.{OpenAI,AsyncOpenAI}", "openai.AsyncOpenAI", true),
            ("openai.{OpenAI,AsyncOpenAI}", "openai.Other", false),
            ("**.chat.completions.create", "?.chat.completions.create", true),
            (
                "**.chat.completions.create",
                "openai.OpenAI().chat.completions.create",
                true,
            ),
            ("langchain*.**.ChatOpenAI", "langchain_openai.ChatOpenAI", true),
            (
                "langchain*.**.ChatOpenAI",
                "langchain.chat_models.openai.ChatOpenAI",
                true,
            ),
            (
                "boto3.client(bedrock-runtime).converse",
                "boto3.client(bedrock-runtime).converse",
                true,
            ),
            (
                "boto3.client(bedrock-runtime).converse",
                "boto3.client(s3).converse",
                false,
            ),
            ("a.b", "a.b.c", false),
        ];
        for (pattern, path, want) in cases {
            let parts: Vec<&str> = path.split('.').collect();
            assert_eq!(Pattern::new(pattern).fits(&parts), want, "{pattern} {path}");
        }
        assert!(Pattern::new("gpt-*").fits_text("gpt-4o"));
        assert!(!Pattern::new("o[1]").fits_text("o1"));
    }
}
