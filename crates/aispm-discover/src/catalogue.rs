//! The documents below `catalogue/discover`.

use aispm_formats::doc::{Limits, Node, parse_yaml};

/// A document by its name; none where it cannot be read, which tests rule out.
pub(crate) fn document(name: &str) -> Option<Node> {
    let (_, text) =
        aispm_content::catalogue().find(|(path, _)| path.strip_prefix("discover/") == Some(name))?;
    parse_yaml(text, &Limits::default()).ok()
}

/// Maps of the list under a key.
pub(crate) fn items<'n>(doc: &'n Node, key: &str) -> &'n [Node] {
    doc.get(key).map_or(&[], Node::items)
}

/// A text under a key; empty where there is none.
pub(crate) fn text(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::scalar).unwrap_or_default()
}

/// The texts of the list under a key.
pub(crate) fn texts(node: &Node, key: &str) -> Vec<String> {
    items(node, key).iter().filter_map(Node::scalar).collect()
}
