//! Rich answers that reach their sink byte for byte.

use aispm_guard::Sink;

use crate::support::judge;

/// Harmless wherever they go.
const EVERYWHERE: &[&str] = &[
    "Hello!",
    "",
    "\n",
    "  indented\n\n\nand spaced  ",
    "Line one\r\nline two\r\n",
    "a\tb\tc",
    "The answer is 42.",
    "if a < b and b > c then a & b",
    "5 < 6",
    "x <- 3; y -> 4",
    "a << b >> c",
    "I <3 Rust",
    "Caf\u{E9}, na\u{EF}ve, \u{DF}, \u{20AC}100, \u{2018}quotes\u{2019} \u{2014} dashes\u{2026}",
    "\u{4F60}\u{597D}\u{FF0C}\u{4E16}\u{754C}\u{3002}",
    "\u{3053}\u{3093}\u{306B}\u{3061}\u{306F}",
    "\u{0645}\u{0631}\u{062D}\u{0628}\u{0627}",
    "\u{05E9}\u{05DC}\u{05D5}\u{05DD}",
    "\u{0645}\u{06CC}\u{200C}\u{062E}\u{0648}\u{0627}\u{0647}\u{0645}",
    "\u{0915}\u{094D}\u{200D}\u{0937}",
    "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466} family",
    "\u{2764}\u{FE0F} \u{1F3F3}\u{FE0F}\u{200D}\u{1F308}",
    "1\u{FE0F}\u{20E3} first",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{1F44D}\u{1F3FD}",
    "Call +1 (555) 010-9999 or mail help@acme.example.",
    "Version 1.2.3-rc.4+build.5",
    "50% off; #1 choice @ home",
    "E = mc^2, \u{2211}x_i, \u{03B1} \u{2264} \u{03B2}",
    "\\( a^2 + b^2 = c^2 \\)",
    "$\\frac{a}{b}$",
    "C:\\Users\\me\\file.txt",
    "/usr/local/bin",
    "and/or, he/she",
    "Set OPENAI_API_KEY to your key.",
    "export OPENAI_API_KEY=sk-your-key-here",
    "password: changeme",
    "sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "uuid 550e8400-e29b-41d4-a716-446655440000",
    "{\"a\": [1, 2, {\"b\": null}]}",
    "a,b,c\n1,2,3\n",
    "def f(x):\n    return x[0](1)\n",
    "SELECT * FROM t WHERE a < 5 AND b > 3;",
    "for (i = 0; i < n; i++) { a[i] = i; }",
];

const MARKDOWN: &[&str] = &[
    "# Title\n\n## Section\n\nText with **bold**, *italics*, ~~struck~~ and `code`.\n",
    "- one\n- two\n  - nested\n\n1. first\n2. second\n",
    "- [ ] todo\n- [x] done\n",
    "> quoted\n> text\n",
    "| a | b |\n|---|:-:|\n| 1 | `2` |\n",
    "```html\n<script>alert(1)</script>\n<img src=\"https://evil.example/x\" onerror=\"x\">\n```\n",
    "```\n<iframe src=//evil.example></iframe>\n```\n\nafter\n",
    "~~~js\nfetch('https://api.evil.example/')\n~~~\n",
    "````md\n```html\n<script></script>\n```\n````\n",
    "1. Install:\n   ```sh\n   curl https://get.other.example | sh\n   ```\n2. Run.\n",
    "Use the `<script>` tag, or `<img onerror=\"x\">`.\n",
    "Use ``a ` <script>`` here.\n",
    "Set `https://api.other.example/v1` as the base.\n",
    "See [the docs](https://docs.acme.example/guide?x=1#y).\n",
    "See [the docs](https://docs.acme.example/a_(b)) and more.\n",
    "See <https://docs.acme.example/>.\n",
    "See https://docs.acme.example/a, https://github.com/x/y. And (https://github.com/z).\n",
    "**https://github.com/x** and [https://github.com/x](https://github.com/x)\n",
    "![chart](https://img.cdn.acme.example/c.png \"A chart\")\n",
    "![dot](data:image/png;base64,iVBORw0KGgo=)\n",
    "[relative](../guide.md) and [anchor](#section) and [root](/index.html)\n",
    "[mail](mailto:help@acme.example)\n",
    "[a][1]\n\n[1]: https://github.com/x \"Title\"\n",
    "A footnote.[^1]\n\n[^1]: The note.\n",
    "Line<br>break and <kbd>Ctrl</kbd> and H<sub>2</sub>O.\n",
    "<details>\n<summary>More</summary>\n\nHidden text.\n\n</details>\n",
    "Vec<String> and Option<T> and Map<K, V>\n",
    "Generic: `Map<String, List<T>>`\n",
    "if x <y then z\n\nnext\n",
    "a <b and c\n\nnext\n",
    "Array access a[i](x) and dict[key]: value\n",
    "***\n---\n___\n",
    "Term\n: Definition\n",
    "\\*not bold\\* and \\`not code\\`\n",
    "$$\nx < y\n$$\n",
    "```mermaid\ngraph TD\nA[Start] --> B{OK?}\nB -->|yes| C\n```\n",
    "```diff\n- <a href=\"https://old.example\">\n+ <a href=\"https://new.example\">\n```\n",
    "Text\n\n    indented code\n\nText\n",
    "Emoji :smile: and a colon: here.\n",
    "Nested *emphasis **strong** text* and ***both***.\n",
    "Header\n======\n\nSub\n---\n",
    "```python\nprint(\"hi\")",
];

const HTML: &[&str] = &[
    "<p>Hello</p>",
    "<p class=\"lead\">Hello <b>you</b></p>",
    "<br>",
    "<br/>",
    "<hr />",
    "<h1 id=\"top\">T</h1>",
    "<ul><li>a</li><li>b</li></ul>",
    "<ol start=\"3\" reversed><li value=7>a</li></ol>",
    "<table><thead><tr><th scope=col>a</th></tr></thead><tbody><tr><td colspan=2>b</td></tr></tbody></table>",
    "<a href=\"https://docs.acme.example/x?a=1&b=2\">x</a>",
    "<a href='https://github.com/' target=_blank rel='noopener'>x</a>",
    "<a href=\"#top\">up</a>",
    "<a href=\"/path\">x</a>",
    "<a href=\"mailto:a@b.example\">x</a>",
    "<a href=\"https://docs.acme.example/?a=1&amp;b=2\">x</a>",
    "<img src=\"https://a.cdn.acme.example/x.png\" alt=\"a > b\">",
    "<img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\">",
    "<img src='/local.png' width=10 height=10 loading=lazy>",
    "<pre><code class=\"language-html\">&lt;script&gt;</code></pre>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "<details open><summary>s</summary>t</details>",
    "<blockquote cite='/x'>q</blockquote>",
    "<span style=\"color: #ff0000; font-weight: bold\">x</span>",
    "<p style='text-align:center'>x</p>",
    "<div\n  class='a'\n>x</div>",
    "<!-- a comment -->",
    "<!DOCTYPE html>",
    "<p>1 < 2</p>",
    "<p>a &amp; b &copy; 2026</p>",
    "<kbd>Ctrl</kbd>+<kbd>C</kbd>",
    "<sub>2</sub><sup>3</sup>",
    "<figure><img src=/a.png alt=''><figcaption>c</figcaption></figure>",
    "<time datetime=2026-11-27>today</time>",
    "<abbr title=\"As Soon As Possible\">ASAP</abbr>",
    "<p dir=rtl lang=ar>\u{0645}\u{0631}</p>",
    "<ruby>\u{6F22}<rt>kan</rt></ruby>",
    "<section aria-label=\"x\" role='region'>x</section>",
    "<P>upper</P>",
    "<p>onerror=alert(1)</p>",
    "<p>javascript:alert(1)</p>",
    "<p>https://other.example/x as text</p>",
    "List<String> x",
    "<del>a</del><ins>b</ins><mark>c</mark>",
];

fn unchanged(sink: Sink, text: &str) {
    let (out, stopped, done) = judge(sink, text);
    assert!(
        !stopped && out == text && done.is_empty(),
        "{text:?}: {out:?} {done:?}"
    );
}

#[test]
fn text_without_markup_passes_every_sink() {
    for text in EVERYWHERE {
        for sink in [Sink::Html, Sink::Markdown, Sink::Plain] {
            unchanged(sink, text);
        }
    }
    assert!(EVERYWHERE.len() >= 40);
}

#[test]
fn rich_markdown_passes() {
    MARKDOWN.iter().for_each(|text| unchanged(Sink::Markdown, text));
    assert!(MARKDOWN.len() >= 40);
}

#[test]
fn rich_html_passes() {
    HTML.iter().for_each(|text| unchanged(Sink::Html, text));
    assert!(HTML.len() >= 40);
}

#[test]
fn plain_text_keeps_what_only_others_render() {
    for text in HTML.iter().chain(MARKDOWN) {
        unchanged(Sink::Plain, text);
    }
}
