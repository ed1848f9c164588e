//! Did you mean.

/// ` (did you mean `x`?)` for the nearest of `known`, or nothing where none is near.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

/// The nearest of `known` words, where one is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let near = strsim::jaro_winkler(word, candidate);
        // Ties go to the first in alphabetical order, so that the message never depends on who asked in which order.
        if best.is_none_or(|(b, name)| near > b || (near == b && candidate < name)) {
            best = Some((near, candidate));
        }
    }
    best.filter(|(near, _)| *near >= 0.75).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn names_the_nearest() {
        let known = ["root_access", "direct_internet_access", "kms_key"];
        assert_eq!(
            did_you_mean("root_acess", known),
            " (did you mean `root_access`?)"
        );
        assert_eq!(did_you_mean("zzz", known), "");
    }
}
