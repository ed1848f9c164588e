//! Masking of credentials in every text that goes on to graph, store, report or log.

mod batch;
mod forms;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use aispm_types::{Confidence, Sensitive};

use crate::alphabet::Mix;
use crate::detector::Class;
use crate::formats::FORMATS;
use crate::placeholder::{is_common, is_template};
use crate::scan::scan_inside;

/// Most known secrets whose encoded forms are searched for; above it only the values themselves are, so that memory stays
/// bounded on a hostile target.
const WITH_FORMS: usize = 20_000;
/// Longest part of a known secret that is searched for (bytes).
const LONGEST: usize = 8 << 10;

/// Whether a known value is one that may be masked wherever it stands. Shorter than six characters, common words (`postgres`,
/// `true`, `password`) and templates are not: masking them would blank half a report and hide nothing. Between six and seven
/// characters at least three kinds of characters must mix.
pub fn looks_secret(value: &str) -> bool {
    let value = value.trim();
    let mix = Mix::of(value.as_bytes());
    let long = value.len() >= 8 && mix.distinct >= 4;
    let mixed = value.len() >= 6 && mix.classes() >= 3;
    (long || mixed) && !is_common(value) && !is_template(value)
}

/// What may be shown of a secret: at most four characters of its vendor's prefix and never more than a quarter of it, then
/// its length. A secret without a known prefix shows its length only.
pub fn preview(secret: &str) -> String {
    let prefix = FORMATS
        .iter()
        .map(|f| f.prefix)
        .filter(|p| secret.starts_with(p))
        .map(str::len)
        .max()
        .unwrap_or(0);
    let shown = prefix.min(4).min(secret.len() / 4);
    let head = secret.get(..shown).unwrap_or("");
    let dots = if head.is_empty() { "" } else { "…" };
    format!("{head}{dots}[redacted {}]", secret.chars().count())
}

/// Masks known secrets in all their forms, and whatever [`scan`] recognises.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: Option<AhoCorasick>,
    /// What replaces each needle of `known`.
    masks: Vec<String>,
}

impl Redactor {
    /// A redactor that knows these secrets. Each is searched for as it is, in Base64 (at all three alignments, both
    /// alphabets), percent-encoded, escaped as in JSON and YAML, and in hexadecimal; long lines of a secret of several
    /// lines also by themselves. Values that do not look like secrets are left alone, see [`looks_secret`].
    pub fn new(known: &[Sensitive]) -> Self {
        let mut values: Vec<&str> = known
            .iter()
            .map(|s| s.reveal().trim())
            .filter(|s| looks_secret(s))
            .collect();
        values.sort_unstable();
        values.dedup();
        let with_forms = values.len() <= WITH_FORMS;
        let mut needles: Vec<(Vec<u8>, &str)> = Vec::new();
        for value in values {
            for piece in pieces(value) {
                if with_forms {
                    needles.extend(forms::forms(piece).into_iter().map(|f| (f, value)));
                } else {
                    needles.push((piece.as_bytes().to_vec(), value));
                }
            }
        }
        needles.sort_unstable();
        needles.dedup_by(|a, b| a.0 == b.0);
        if needles.is_empty() {
            return Self::default();
        }
        let known = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(needles.iter().map(|(n, _)| n))
            .ok();
        Self {
            known,
            masks: needles.iter().map(|(_, v)| preview(v)).collect(),
        }
    }

    /// Masks everything in a text.
    pub fn text(&self, text: &mut String) {
        self.mask_known(text);
        mask_scanned(text, |_| true);
    }

    /// Masks known secrets and sure matches only: for paths, which must go on naming files.
    pub fn path(&self, text: &mut String) {
        self.mask_known(text);
        mask_scanned(text, |m| {
            m.class != Class::Generic && m.confidence == Confidence::High
        });
    }

    fn mask_known(&self, text: &mut String) {
        let Some(known) = &self.known else {
            return;
        };
        if !known.is_match(text.as_str()) {
            return;
        }
        let mut out = Vec::with_capacity(text.len());
        known.replace_all_with_bytes(text.as_bytes(), &mut out, |m, _, out| {
            let mask = self
                .masks
                .get(m.pattern().as_usize())
                .map_or("[redacted]", String::as_str);
            out.extend_from_slice(mask.as_bytes());
            true
        });
        // A needle of bytes may cut a character; nothing of the secret is left in what replaces it.
        *text = String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    }
}

fn mask_scanned(text: &mut String, wanted: impl Fn(&crate::KeyMatch) -> bool) {
    if text.len() < 8 {
        return;
    }
    let found = scan_inside(text.as_bytes());
    for m in found.iter().rev().filter(|m| wanted(m)) {
        let Some(value) = text.get(m.range.clone()) else {
            continue;
        };
        if !is_template(value) {
            let mask = preview(value);
            text.replace_range(m.range.clone(), &mask);
        }
    }
}

/// The whole value, cut to a bound, and its long lines.
fn pieces(value: &str) -> Vec<&str> {
    let end = (0..=value.len().min(LONGEST))
        .rev()
        .find(|i| value.is_char_boundary(*i))
        .unwrap_or(0);
    let whole = value.get(..end).unwrap_or(value);
    let mut all = vec![whole];
    if whole.contains('\n') || whole.contains("\\n") {
        let lines = whole.split('\n').flat_map(|l| l.split("\\n"));
        all.extend(
            lines
                .map(str::trim)
                .filter(|l| l.len() >= 24 && !l.starts_with("-----")),
        );
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(known: &[&str], text: &str) -> String {
        let known: Vec<Sensitive> = known.iter().map(|s| Sensitive::new(*s)).collect();
        let mut text = text.to_owned();
        Redactor::new(&known).text(&mut text);
        text
    }

    #[test]
    fn masks_and_says_how_long() {
        assert_eq!(
            redact(&["Zx9-canary-value"], "before Zx9-canary-value after"),
            "before [redacted 16] after"
        );
        assert_eq!(
            redact(&[], "redis://u:p4ssw0rdX@h:1/0"),
            "redis://u:[redacted 9]@h:1/0"
        );
    }

    #[test]
    fn a_key_inside_a_longer_word_is_masked() {
        let key = format!("hf_{}", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1c");
        for around in ["dir-", "backup_", "@", "x", "src/old-"] {
            for after in ["", "/main.py", " trailing", "-old", "_v2", "post"] {
                let masked = redact(&[], &format!("{around}{key}{after}"));
                assert!(!masked.contains("dE5gH7jK9"), "{masked}");
                assert!(masked.starts_with(around), "{masked}");
                assert!(masked.ends_with(after.trim_start_matches("post")), "{masked}");
            }
        }
        for plain in [
            "shf_transformers_and_other_words_of_a_path/half_model.py",
            "hf_AutoModelForSequenceClassificationWithHead/run.py",
            "task-0123456789abcdef0123456789abcdef.json",
            "risk-assessment-of-model-output-for-everybody/sk-learn-tutorials-2024.md",
        ] {
            assert_eq!(redact(&[], plain), plain);
        }
    }

    #[test]
    fn keys_of_every_format_are_masked_in_paths_whatever_stands_around() {
        let random = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA".repeat(6);
        for (prefix, length) in [
            ("sk-proj-", 156),
            ("sk-proj-", 74),
            ("sk-ant-api03-", 95),
            ("sk-", 48),
            ("gsk_", 52),
            ("nvapi-", 64),
            ("AIza", 35),
            ("github_pat_", 82),
        ] {
            let key = format!("{prefix}{}", random.get(..length).unwrap());
            for path in [
                format!("dir-{key}/a.py"),
                format!("{key}/a.py"),
                format!("a/old_{key}_x.py"),
                format!("b/@{key}"),
            ] {
                let mut masked = path.clone();
                Redactor::default().path(&mut masked);
                assert!(!masked.contains("E5gH7jK9mN1p"), "{path} {masked}");
            }
        }
    }

    #[test]
    fn common_words_stay() {
        for word in ["postgres", "true", "password", "admin", "abc12"] {
            let text = format!("a {word} here");
            assert_eq!(redact(&[word], &text), text);
        }
    }

    #[test]
    fn masking_twice_changes_nothing() {
        let once = redact(
            &["Zx9-canary-value"],
            "password=Zx9-canary-value; token: 'q8W2e5R7t1Y3u6I9'",
        );
        assert_eq!(redact(&["Zx9-canary-value"], &once), once);
    }

    #[test]
    fn a_preview_shows_a_prefix_at_most() {
        assert_eq!(preview(&format!("hf_{}", "a".repeat(34))), "hf_…[redacted 37]");
        assert_eq!(preview("hunter2-and-more"), "[redacted 16]");
        assert_eq!(preview("sk-abc"), "s…[redacted 6]");
    }
}
