//! Precision and recall of hidden-instruction detection on a labelled table of texts.

use aispm_formats::doc::{Limits, Node, parse_yaml};
use aispm_plugins::hidden_instructions;

/// The table writes invisible characters as `\u{…}`, so that people can read it.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u{") {
        let (number, tail) = after.split_once('}').unwrap_or((after, ""));
        let letter = u32::from_str_radix(number, 16).ok().and_then(char::from_u32);
        out.push_str(before);
        out.push(letter.unwrap_or('?'));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The texts of one label in the table of longer ones.
fn longer(label: &str) -> impl Iterator<Item = String> {
    let blocks = include_str!("corpus/steering.txt").split("\n%% ").skip(1);
    let labelled = blocks.filter_map(|block| block.split_once('\n'));
    labelled
        .filter(move |(l, _)| *l == label)
        .map(|(_, text)| text.to_owned())
}

fn texts(doc: &Node, label: &str) -> Vec<String> {
    let list = doc.get(label).map_or(&[][..], Node::items);
    let short = list.iter().filter_map(Node::as_str).map(unescaped);
    short.chain(longer(label)).collect()
}

#[test]
fn precision_and_recall() {
    let doc = parse_yaml(include_str!("corpus/hidden.yaml"), &Limits::default()).unwrap();
    let (hostile, benign) = (texts(&doc, "hostile"), texts(&doc, "benign"));
    assert!(hostile.len() >= 250 && benign.len() >= 360);
    let missed: Vec<_> = hostile
        .iter()
        .filter(|t| hidden_instructions(t).is_empty())
        .collect();
    let wrong: Vec<_> = benign
        .iter()
        .map(|t| (t, hidden_instructions(t)))
        .filter(|(_, found)| !found.is_empty())
        .collect();
    let found = hostile.len() - missed.len();
    let precision = found as f64 / (found + wrong.len()) as f64;
    let recall = found as f64 / hostile.len() as f64;
    println!(
        "hostile {} benign {}: precision {precision:.3}, recall {recall:.3}",
        hostile.len(),
        benign.len()
    );
    println!("missed: {missed:#?}\nwrong: {wrong:#?}");
    assert!(precision >= 0.97, "precision {precision:.3}");
    assert!(recall >= 0.8, "recall {recall:.3}");
}
