//! Markdown that the guard lets pass is rendered by a reader that is not ours; what comes out must be fit for a page.

use aispm_guard::Sink;
use proptest::prelude::*;
use pulldown_cmark::{Options, Parser, html};

use crate::support::judge;

/// Beginnings, middles and ends of constructs, as an attacker would shuffle them.
const PARTS: &[&str] = &[
    "a",
    " ",
    " ",
    "\n",
    "\n",
    "\n\n",
    "\u{A0}",
    "`",
    "`",
    "``",
    "```\n",
    "```",
    "~~~\n",
    "\n```\n",
    "\n~~~\n",
    "    ",
    "  ",
    "\t",
    "- ",
    "* ",
    "1. ",
    "> ",
    "\n> ",
    "# ",
    "| ",
    " | ",
    "\n|---|---|\n",
    "[^a]",
    "[^a]: ",
    "[a]",
    "[a]: ",
    "[a]:\n",
    "![",
    "[",
    "]",
    "(",
    ")",
    "](",
    "\\",
    "&",
    ";",
    "&colon;",
    "&#58;",
    "&sol;",
    "//evil.example/x",
    "https:",
    "https://evil.example/x",
    "javascript:alert(1)",
    "javascript",
    ":",
    "/",
    "@",
    "evil.example",
    "https://docs.acme.example",
    "https://docs.acme.example/x",
    "<",
    ">",
    "\"",
    "'",
    "=",
    "<b",
    "<b>",
    "</b>",
    "<div",
    "<div>",
    "</div>",
    "<pre>",
    "</pre>",
    "<x y",
    "<K, ",
    "<!--",
    "-->",
    "<?",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)>",
    "<script>",
    " onclick=alert(1)",
    " title=\"",
    " title='",
    " class=a",
    "*",
    "**",
    "_",
    "<https://",
    "\r\n",
    "---\n",
    "===\n",
    "~~",
    "$",
    "<br/>",
    "\\`",
    "\\<",
    "\\]",
];

fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PARTS), 1..16).prop_map(|p| p.concat())
}

fn render(text: &str, options: Options) -> String {
    let mut page = String::new();
    html::push_html(&mut page, Parser::new_ext(text, options));
    page
}

fn cases() -> u32 {
    std::env::var("GUARD_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(4000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn what_passes_as_markdown_is_fit_for_a_page(text in texts()) {
        let (passed, ..) = judge(Sink::Markdown, &text);
        for options in [Options::empty(), Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH] {
            let page = render(&passed, options);
            let (out, stopped, done) = judge(Sink::Html, &page);
            prop_assert!(!stopped && out == page, "{text:?}\npasses as {passed:?}\nand becomes {page:?}: {done:?}");
        }
    }
}
