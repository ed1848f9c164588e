//! A generated, labelled corpus: keys of every format in the places people leave them, and texts that only look like keys.

mod generate;

use aispm_detect::{Class, detectors, scan};
use aispm_types::Confidence;
use generate::{Rng, keys, negatives, wrappings};

#[test]
fn precision_and_recall() {
    let mut rng = Rng::new(7);
    let (mut found, mut missed, mut positives) = (0, Vec::new(), 0);
    for round in 0..6 {
        for key in keys(&mut rng) {
            let ways = wrappings(&key);
            let way = &ways[round % ways.len()];
            let text = way.replace("{}", &key.value);
            positives += 1;
            let hit = scan(text.as_bytes()).into_iter().any(|m| {
                m.detector == key.detector
                    && m.value(text.as_bytes()) == key.value
                    && !m.placeholder
                    && m.confidence >= Confidence::Medium
            });
            if hit {
                found += 1;
            } else {
                missed.push(format!("{}: {text}", key.detector));
            }
        }
    }
    let negatives = negatives(&mut rng);
    let false_ones: Vec<String> = negatives
        .iter()
        .flat_map(|text| {
            scan(text.as_bytes())
                .into_iter()
                .filter(|m| m.class != Class::Generic && !m.placeholder)
                .map(move |m| format!("{}: {text}", m.detector))
        })
        .collect();
    let recall = f64::from(found) / positives as f64;
    let precision = f64::from(found) / (f64::from(found) + false_ones.len() as f64);
    println!(
        "positives {positives}, recall {recall:.4}; negatives {}, false {}, precision {precision:.4}",
        negatives.len(),
        false_ones.len()
    );
    for text in &missed {
        println!("missed {text}");
    }
    assert!(positives >= 300 && negatives.len() >= 500);
    assert!(recall >= 0.98, "missed:\n{}", missed.join("\n"));
    assert!(precision >= 0.98, "false:\n{}", false_ones.join("\n"));
}

#[test]
fn every_detector_is_in_the_corpus() {
    let mut rng = Rng::new(1);
    let made: Vec<&str> = keys(&mut rng).iter().map(|k| k.detector).collect();
    let without: Vec<&str> = detectors()
        .iter()
        .map(|(id, ..)| *id)
        .filter(|id| {
            !made.contains(id)
                && !matches!(*id, "generic-secret" | "url-password" | "command-line-credential")
        })
        .collect();
    assert_eq!(without, Vec::<&str>::new());
}

#[test]
fn hostile_text_ends_and_stays_small() {
    // Times are measured by `examples/hostile.rs`; here a quadratic scan would show as a test that does not end.
    for unit in [
        "sk-",
        "sk-ant-api03-",
        "-----BEGIN PRIVATE KEY-----",
        "eyJ",
        "eyJ.",
        "password=",
        "api_key",
        "://a:",
        "a@b:c://",
        "AKIAABCDEFGHIJKLMNOP ",
        "Q~",
        "sig=",
        "token: \"",
        "key\\",
        "AccountKey=",
        "{\"name\":\"key\",",
        "key{",
        "QUJD",
        "sk-0123456789abcdef0123456789abcdef ",
    ] {
        let text = unit.repeat((256 << 10) / unit.len());
        let found = scan(text.as_bytes());
        assert!(found.len() <= text.len() / 8, "{unit}");
        assert!(
            aispm_detect::encoded(text.as_bytes()).count() <= 1 + text.len() / 32,
            "{unit}"
        );
    }
}
