//! What is edited, what is refused, and that nothing else changes.

use aispm_types::Value;
use proptest::prelude::*;

use crate::hcl::{Part, Resource, Says};
use crate::{Edit, Format, Language, Path, Step, diff, edit, hcl, read};

fn path(words: &str) -> Path {
    words
        .split('.')
        .map(|w| w.parse().map_or_else(|_| Step::from(w), Step::Item))
        .collect()
}

fn set(format: Format, text: &str, at: &str, value: impl Into<Value>) -> Result<String, String> {
    edit(format, text, 0, &Edit::Set(path(at), value.into())).map_err(|e| e.0)
}

#[test]
fn trees_keep_what_is_not_edited() {
    use Format::{Json, Toml, Yaml};
    let cases: &[(Format, &str, &str, Value, &str)] = &[
        (
            Yaml,
            "a: 1 # one\nb:\n  c: x\n",
            "b.c",
            "z".into(),
            "a: 1 # one\nb:\n  c: z\n",
        ),
        (
            Yaml,
            "a:\n  b: 1 # x\n# end\n",
            "a.c",
            true.into(),
            "a:\n  b: 1 # x\n  c: true\n# end\n",
        ),
        (
            Yaml,
            "a:\n  - n: x\n    i: y\n  - n: z\n",
            "a.0.s.t",
            false.into(),
            "a:\n  - n: x\n    i: y\n    s:\n      t: false\n  - n: z\n",
        ),
        (Yaml, "a:\n- n: x\n", "a.0.s", 3i64.into(), "a:\n- n: x\n  s: 3\n"),
        (
            Yaml,
            "a: {b: 1}\n",
            "a.c",
            "x y".into(),
            "a: {b: 1, c: \"x y\"}\n",
        ),
        (Yaml, "a: {}\n", "a.c", true.into(), "a: {c: true}\n"),
        (
            Yaml,
            "a:\n  b:\nc: 1\n",
            "a.b",
            true.into(),
            "a:\n  b: true\nc: 1\n",
        ),
        (Yaml, "a:\n  b: 'x'\n", "a.b", "y".into(), "a:\n  b: 'y'\n"),
        (Yaml, "a:\n  b: 1", "a.c", 2i64.into(), "a:\n  b: 1\n  c: 2"),
        (
            Yaml,
            "a:\r\n  b: 1\r\nc: 2\r\n",
            "a.d",
            2i64.into(),
            "a:\r\n  b: 1\r\n  d: 2\r\nc: 2\r\n",
        ),
        (
            Yaml,
            "\u{feff}a:\n  b: ü # ä\n  c: d\n",
            "a.c",
            "e".into(),
            "\u{feff}a:\n  b: ü # ä\n  c: e\n",
        ),
        (
            Yaml,
            "a:\n  t: |\n    x\n\n    y\n\nb: 1\n",
            "a.c",
            true.into(),
            "a:\n  t: |\n    x\n\n    y\n  c: true\n\nb: 1\n",
        ),
        (
            Yaml,
            "a:\n  b: 1\n---\nc: 1\n",
            "a.d",
            2i64.into(),
            "a:\n  b: 1\n  d: 2\n---\nc: 1\n",
        ),
        (
            Json,
            "{\"a\": {\"b\": 1}}",
            "a.c",
            "x".into(),
            "{\"a\": {\"b\": 1, \"c\": \"x\"}}",
        ),
        (
            Json,
            "{\n  \"a\": 1 // one\n}\n",
            "b",
            true.into(),
            "{\n  \"a\": 1, // one\n  \"b\": true\n}\n",
        ),
        (
            Json,
            "{\n\t\"a\": [1, 2,],\n}\n",
            "b",
            true.into(),
            "{\n\t\"a\": [1, 2,],\n\t\"b\": true,\n}\n",
        ),
        (
            Json,
            "{\"a\":[\"x\",\"y\"]}",
            "a.1",
            "z".into(),
            "{\"a\":[\"x\",\"z\"]}",
        ),
        (Json, "{}", "a", 1i64.into(), "{\"a\": 1}"),
        (
            Toml,
            "[a]\nb = [\"x>=1\", 'y'] # c\n",
            "a.b.0",
            "x==2".into(),
            "[a]\nb = [\"x==2\", 'y'] # c\n",
        ),
    ];
    for (format, before, at, value, after) in cases {
        let got = set(*format, before, at, value.clone());
        assert_eq!(got.as_deref(), Ok(*after), "{before:?} {at}");
        let again = set(*format, after, at, value.clone());
        assert_eq!(again.as_deref(), Ok(*after), "twice: {before:?} {at}");
    }
}

#[test]
fn what_cannot_be_edited_alone_is_refused() {
    use Format::{Json, Toml, Yaml};
    let cases: &[(Format, &str, &str, &str)] = &[
        (Yaml, "a: &x {b: 1}\nc: *x\n", "a.b", "anchor"),
        (Yaml, "a: &x {b: 1}\nc: *x\n", "c.b", "alias"),
        (Yaml, "d: &x {b: {e: 1}}\na:\n  <<: *x\n", "a.b.e", "merge"),
        (Yaml, "a: {{ .Values.x }}\n", "a.b", "no plain text"),
        (Yaml, "a: {{ .Values.x }}\n  b: 1\n", "b", "templates"),
        (Yaml, "a: 1\na: 2\n", "a", "twice"),
        (Yaml, "a: [1]\n", "a", "list or a map"),
        (Yaml, "a: |\n  x\n", "a", "block of text"),
        (Yaml, "a: !!str 1\n", "a", "tag"),
        (Json, "{\"a\": 1", "a", "valid JSON"),
        (Json, "{\"a\": [1]}", "a.3", "no such item"),
        (Toml, "[a]\nb = 1\n", "a.c", "TOML"),
    ];
    for (format, text, at, why) in cases {
        let got = set(*format, text, at, "new");
        assert!(
            got.as_ref().is_err_and(|e| e.contains(why)),
            "{text:?} {at}: {got:?}"
        );
    }
}

#[test]
fn own_keys_win_over_merged_ones() {
    let text = "d: &x {b: 1}\na:\n  <<: *x\n  c: 1\n";
    assert_eq!(
        set(Format::Yaml, text, "a.b", 2i64).as_deref(),
        Ok("d: &x {b: 1}\na:\n  <<: *x\n  c: 1\n  b: 2\n")
    );
}

#[test]
fn items_are_taken_out() {
    let cases: &[(Format, &str, &str, Option<&str>)] = &[
        (
            Format::Yaml,
            "a: [\"x\", \"y\", \"z\"]\n",
            "a.1",
            Some("a: [\"x\", \"z\"]\n"),
        ),
        (Format::Yaml, "a: [x, y]\n", "a.1", Some("a: [x]\n")),
        (
            Format::Yaml,
            "a:\n  - x\n  - y # why\n",
            "a.0",
            Some("a:\n  - y # why\n"),
        ),
        (Format::Yaml, "a:\n  - x\n  - y # why\n", "a.1", None),
        (Format::Json, "{\"a\": [\"x\", /* c */ \"y\"]}", "a.0", None),
        (
            Format::Json,
            "{\"a\": [\n \"x\",\n \"y\"\n]}",
            "a.0",
            Some("{\"a\": [\n \"y\"\n]}"),
        ),
    ];
    for (format, before, at, after) in cases {
        let got = edit(*format, before, 0, &Edit::Remove(path(at)));
        assert_eq!(got.as_deref().ok(), *after, "{before:?}: {got:?}");
    }
}

const NOTEBOOK: Resource<'static> = Resource {
    kind: "aws_n",
    name: "a",
};

fn attribute(words: &str) -> Vec<Part> {
    let (blocks, last) = words.rsplit_once('.').unwrap_or(("", words));
    let mut out: Vec<Part> = blocks
        .split('.')
        .filter(|b| !b.is_empty())
        .map(|b| Part::Block(b.to_owned()))
        .collect();
    match last.split_once('[') {
        Some((a, key)) => out.extend([
            Part::Attribute(a.to_owned()),
            Part::Key(key.trim_end_matches(']').to_owned()),
        ]),
        None => out.push(Part::Attribute(last.to_owned())),
    }
    out
}

#[test]
fn terraform_keeps_what_is_not_edited() {
    let cases: &[(&str, &str, Value, &str)] = &[
        (
            "resource \"aws_n\" \"a\" {\n  name   = var.x # n\n  access = \"Enabled\"\n}\n",
            "access",
            "Disabled".into(),
            "resource \"aws_n\" \"a\" {\n  name   = var.x # n\n  access = \"Disabled\"\n}\n",
        ),
        (
            "resource \"aws_n\" \"a\" {\n  name   = \"x\"\n  longer = 1\n}\n",
            "b",
            true.into(),
            "resource \"aws_n\" \"a\" {\n  name   = \"x\"\n  longer = 1\n  b      = true\n}\n",
        ),
        (
            "resource \"aws_n\" \"a\" {\n\tx = 1\n}\n",
            "c.v",
            2i64.into(),
            "resource \"aws_n\" \"a\" {\n\tx = 1\n\n\tc {\n\t\tv = 2\n\t}\n}\n",
        ),
        (
            "resource \"aws_n\" \"a\" {\n  x = 1\n}\n",
            "m[k-y]",
            2i64.into(),
            "resource \"aws_n\" \"a\" {\n  x = 1\n  m = {\n    \"k-y\" = 2\n  }\n}\n",
        ),
        (
            "resource \"aws_n\" \"a\" {}\n",
            "b",
            true.into(),
            "resource \"aws_n\" \"a\" {\n  b = true\n}\n",
        ),
        (
            "resource \"aws_n\" \"a\" {\n  x = 1\n\n  # kept\n}\n",
            "c.v",
            "2".into(),
            "resource \"aws_n\" \"a\" {\n  x = 1\n\n  # kept\n\n  c {\n    v = \"2\"\n  }\n}\n",
        ),
        (
            "resource \"aws_n\" \"a\" {\r\n  c { v = \"1\" }\r\n}\r\n",
            "c.v",
            "2".into(),
            "resource \"aws_n\" \"a\" {\r\n  c { v = \"2\" }\r\n}\r\n",
        ),
        (
            "resource \"aws_n\" \"a\" {\n  s {\n    m = {\n      t = \"true\"\n    }\n  }\n}\n",
            "s.m[no-root]",
            "true".into(),
            "resource \"aws_n\" \"a\" {\n  s {\n    m = {\n      t = \"true\"\n      \"no-root\" = \"true\"\n    }\n  }\n}\n",
        ),
        (
            "\u{feff}resource \"aws_n\" \"a\" {\n  t = <<-E\n    ${x} {\n  E\n  b = 1\n}",
            "b",
            2i64.into(),
            "\u{feff}resource \"aws_n\" \"a\" {\n  t = <<-E\n    ${x} {\n  E\n  b = 2\n}",
        ),
    ];
    for (before, at, value, after) in cases {
        let got = hcl::set(before, NOTEBOOK, &attribute(at), value);
        assert_eq!(got.as_deref(), Ok(*after), "{before}");
        assert_eq!(
            hcl::set(after, NOTEBOOK, &attribute(at), value).as_deref(),
            Ok(*after),
            "twice"
        );
        assert_eq!(
            hcl::get(after, NOTEBOOK, &attribute(at)),
            Ok(Says::Literal(value.clone()))
        );
    }
}

#[test]
fn terraform_that_is_computed_is_refused() {
    let cases: &[(&str, &str, &str)] = &[
        ("resource \"aws_n\" \"a\" {\n  b = var.b\n}\n", "b", "computed"),
        (
            "resource \"aws_n\" \"a\" {\n  b = \"x${var.b}\"\n}\n",
            "b",
            "computed",
        ),
        (
            "resource \"aws_n\" \"a\" {\n  dynamic \"c\" {\n    for_each = x\n    content { v = 1 }\n  }\n}\n",
            "c.v",
            "dynamic",
        ),
        (
            "resource \"aws_n\" \"a\" {\n  c {}\n  c {}\n}\n",
            "c.v",
            "more than once",
        ),
        ("resource \"aws_n\" \"z\" {}\n", "b", "does not stand"),
        (
            "resource \"aws_n\" \"a\" {}\nresource \"aws_n\" \"a\" {}\n",
            "b",
            "twice",
        ),
        ("resource \"aws_n\" \"a\" { x = 1 }\n", "b", "one line"),
        ("resource \"aws_n\" \"a\" {", "b", "valid HCL"),
    ];
    for (text, at, why) in cases {
        let got = hcl::set(text, NOTEBOOK, &attribute(at), &true.into());
        assert!(got.as_ref().is_err_and(|e| e.0.contains(why)), "{text}: {got:?}");
    }
}

#[test]
fn a_resource_is_added_behind_another_and_found_by_what_it_refers_to() {
    let text = "resource \"aws_n\" \"a\" {\n  x = 1\n}\n\n# next\n";
    let block = "resource \"aws_v\" \"a\" {\n  bucket = aws_n.a.id\n}\n";
    let after = hcl::append(text, NOTEBOOK, block).unwrap();
    assert_eq!(
        after,
        "resource \"aws_n\" \"a\" {\n  x = 1\n}\n\nresource \"aws_v\" \"a\" {\n  bucket = aws_n.a.id\n}\n\n# next\n"
    );
    assert_eq!(
        hcl::referring(&after, "aws_v", "bucket", NOTEBOOK),
        Ok(vec![String::from("a")])
    );
    let other = Resource {
        kind: "aws_n",
        name: "aa",
    };
    assert_eq!(hcl::referring(&after, "aws_v", "bucket", other), Ok(Vec::new()));
}

#[test]
fn requirements_are_pinned_where_they_stand_once() {
    let cases: &[(&str, Option<&str>)] = &[
        (
            "flask\nLangChain[all]>=0.1,<1 ; python_version > '3' # why\n",
            Some("flask\nLangChain[all]==0.3.1 ; python_version > '3' # why\n"),
        ),
        ("langchain\r\nx\r\n", Some("langchain==0.3.1\r\nx\r\n")),
        ("lang_chain\n", None),
        ("langchain-openai\n", None),
        ("langchain==0.1 \\\n  --hash=sha256:0\n", None),
        ("langchain @ https://x/y.whl\n", None),
        ("langchain\nlangchain; sys_platform == 'x'\n", None),
        ("-r other.txt\n", None),
    ];
    for (before, after) in cases {
        let got = crate::set_requirement(before, "langchain", "0.3.1");
        assert_eq!(got.as_deref().ok(), *after, "{before:?}: {got:?}");
    }
}

#[test]
fn calls_get_their_argument() {
    let cases: &[(&str, u32, Option<&str>)] = &[
        (
            "m = torch.load(p)\n",
            1,
            Some("m = torch.load(p, weights_only=True)\n"),
        ),
        (
            "m = torch.load(p, weights_only=False)  # x\n",
            1,
            Some("m = torch.load(p, weights_only=True)  # x\n"),
        ),
        (
            "m = torch.load(\n    p,\n    map_location=d,  # c\n)\n",
            1,
            Some("m = torch.load(\n    p,\n    map_location=d, weights_only=True,  # c\n)\n"),
        ),
        (
            "m = torch.load()\n",
            1,
            Some("m = torch.load(weights_only=True)\n"),
        ),
        ("m = torch.load(p, **more)\n", 1, None),
        ("m = torch.load(torch.load(p))\n", 1, None),
        ("m = json.loads(p)\n", 1, None),
    ];
    for (before, line, after) in cases {
        let got = crate::set_argument(before, *line, "torch.load", "weights_only", "True");
        assert_eq!(got.as_deref().ok(), *after, "{before:?}: {got:?}");
    }
}

#[test]
fn a_call_is_found_by_the_argument_that_it_has() {
    let set = |text: &str| crate::set_argument(text, 2, "*", "trust", "False");
    assert_eq!(
        set("import x\nm = f(x.of(\"n\", trust=True), g())\n").as_deref(),
        Ok("import x\nm = f(x.of(\"n\", trust=False), g())\n")
    );
    assert!(set("import x\nm = f(g(trust=True), h(trust=True))\n").is_err());
    assert!(set("import x\nm = f()\n").is_err());
}

#[test]
fn literals_become_references() {
    let is_it = |s: &str| s == "k3y";
    let python = |name: Option<&str>| format!("os.environ[\"{}\"]", name.unwrap_or("KEY").to_uppercase());
    let cases: &[(Language, &str, Option<&str>)] = &[
        (
            Language::Python,
            "api_key = \"k3y\"  # c\n",
            Some("api_key = os.environ[\"API_KEY\"]  # c\n"),
        ),
        (
            Language::Python,
            "c = OpenAI(token='k3y', x=1)\n",
            Some("c = OpenAI(token=os.environ[\"TOKEN\"], x=1)\n"),
        ),
        (
            Language::Python,
            "d = {\"tok\": \"k3y\"}\n",
            Some("d = {\"tok\": os.environ[\"TOK\"]}\n"),
        ),
        (Language::Python, "f(\"k3y\")\n", Some("f(os.environ[\"KEY\"])\n")),
        (Language::Python, "f(f\"k3y\")\n", None),
        (Language::Python, "x = \"Bearer k3y\"\n", None),
        (Language::Python, "x = \"k3y\" \"more\"\n", None),
        (
            Language::JavaScript,
            "const token = 'k3y';\n",
            Some("const token = os.environ[\"TOKEN\"];\n"),
        ),
    ];
    for (language, before, after) in cases {
        let got = crate::replace_literal(*language, before, 1, &is_it, &python);
        assert_eq!(got.as_deref().ok(), *after, "{before:?}: {got:?}");
    }
    let imports: &[(&str, &str)] = &[
        (
            "\"\"\"Doc.\"\"\"\nimport sys\nx = 1\n",
            "\"\"\"Doc.\"\"\"\nimport os\nimport sys\nx = 1\n",
        ),
        ("import os\n", "import os\n"),
        ("import sys\nimport os\n", "import sys\nimport os\n"),
        (
            "from __future__ import annotations\nx = 1\n",
            "from __future__ import annotations\nimport os\nx = 1\n",
        ),
        ("x = 1\n", "import os\nx = 1\n"),
        // Nothing but what must stand before, and no end of the last line.
        (
            "from __future__ import annotations",
            "from __future__ import annotations\nimport os\n",
        ),
    ];
    for (before, after) in imports {
        assert_eq!(crate::import_module(before, "os").as_deref(), Ok(*after));
    }
}

#[test]
fn diffs_are_those_of_git() {
    let text = |lines: Vec<diff::Line>| lines.into_iter().map(|l| l.text + "\n").collect::<String>();
    let before = "a\r\nb\r\nc";
    let after = "a\r\nB\r\nc\n";
    assert_eq!(
        text(diff::unified("d/x y.tf", before, after, 3)),
        "diff --git a/d/x y.tf b/d/x y.tf\n--- a/d/x y.tf\n+++ b/d/x y.tf\n@@ -1,3 +1,3 @@\n a\r\n-b\r\n-c\n\\ No newline at end of file\n+B\r\n+c\n"
    );
    assert!(diff::unified("x", "a", "a", 3).is_empty());
}

/// Documents with comments, odd blanks, quotes and line ends.
fn documents() -> impl Strategy<Value = (Format, String)> {
    let word = "[a-z]{1,4}";
    let eol = prop_oneof![Just("\n"), Just("\r\n")];
    let mark = prop_oneof![Just(""), Just("\u{feff}")];
    let value = prop_oneof![
        Just(String::from("1")),
        Just(String::from("true")),
        Just(String::from("\"x # y\"")),
        Just(String::from("ü")),
        Just(String::from("'it'")),
    ];
    let comment = prop_oneof![Just(""), Just("  # c: d"), Just(" ")];
    let entries = prop::collection::vec((word, value, comment, 0usize..3), 1..6);
    (entries, eol, mark, any::<bool>(), any::<bool>()).prop_map(|(entries, eol, mark, yaml, last)| {
        let mut text = String::from(mark);
        if yaml {
            for (i, (key, value, comment, blanks)) in entries.iter().enumerate() {
                text.push_str(&format!("{key}{i}:{eol}"));
                text.push_str(&format!("  in:{} {value}{comment}{eol}", " ".repeat(*blanks)));
                text.push_str(&eol.repeat(*blanks));
            }
        } else {
            text.push('{');
            for (i, (key, value, _, blanks)) in entries.iter().enumerate() {
                let value = if value.starts_with(['1', 't', '"']) {
                    value.clone()
                } else {
                    String::from("null")
                };
                let comma = if i + 1 < entries.len() { "," } else { "" };
                let pad = " ".repeat(*blanks);
                text.push_str(&format!(
                    "{eol}{pad}\"{key}{i}\"{pad}: {{\"in\":{pad}{value}}}{comma} // c{eol}"
                ));
            }
            text.push('}');
        }
        if last {
            text.push_str(eol);
        }
        (if yaml { Format::Yaml } else { Format::Json }, text)
    })
}

proptest! {
    #[test]
    fn edits_change_what_they_say_and_undo_is_the_way_back(
        (format, text) in documents(),
        which in 0usize..8,
        key in "[a-z]{1,3}",
        deeper in any::<bool>(),
        value in prop_oneof![Just(Value::Bool(false)), Just(Value::Int(7)), Just(Value::from("plain")), Just(Value::from("a \"b\" # c"))],
    ) {
        let before = read(format, &text).unwrap();
        let keys: Vec<String> = before[0].as_map().unwrap().keys().cloned().collect();
        let mut at = vec![Step::Key(keys[which % keys.len()].clone()), Step::Key(key.clone())];
        if deeper && key != "in" {
            at.push(Step::from("more"));
        }
        let change = Edit::Set(at, value);
        if key == "in" && deeper { return Ok(()); }
        let after = edit(format, &text, 0, &change).unwrap();
        // It differs by what was set alone, and in nothing that was there.
        let way = diff::way_back(&text, &after);
        prop_assert_eq!(diff::go_back(&after, way).unwrap(), text.clone());
        prop_assert_eq!(edit(format, &after, 0, &change).unwrap(), after.clone());
        for comment in ["# c: d", "// c"] {
            prop_assert_eq!(text.matches(comment).count(), after.matches(comment).count());
        }
        prop_assert_eq!(text.starts_with('\u{feff}'), after.starts_with('\u{feff}'));
        prop_assert_eq!(text.contains("\r\n"), after.contains("\r\n"));
    }

    #[test]
    fn terraform_edits_undo_and_repeat(
        name in "n[a-z]{0,7}",
        blanks in 0usize..3,
        crlf in any::<bool>(),
        nested in any::<bool>(),
        comment in prop_oneof![Just(""), Just(" # c"), Just(" // {")],
        heredoc in any::<bool>(),
        value in prop_oneof![Just(Value::Bool(false)), Just(Value::Int(7)), Just(Value::from("x \"y\""))],
    ) {
        let pad = "\n".repeat(blanks);
        let here = if heredoc { "  t = <<E\n{ ${a}\nE\n" } else { "" };
        let mut text = format!(
            "# top{pad}\nresource \"aws_n\" \"a\" {{{comment}\n  {name} = 1{comment}\n{pad}{here}  blk {{\n    q = [1,\n 2]\n  }}\n}}\n{pad}resource \"aws_n\" \"b\" {{}}"
        );
        if crlf { text = text.replace('\n', "\r\n"); }
        let at = if nested { attribute("fresh.inner") } else { attribute("fresh") };
        let Ok(after) = hcl::set(&text, NOTEBOOK, &at, &value) else {
            // The parser knows no heredoc with carriage returns; refused is never damaged.
            prop_assert!(crlf && heredoc);
            return Ok(());
        };
        prop_assert_eq!(hcl::set(&after, NOTEBOOK, &at, &value).unwrap(), after.clone());
        prop_assert_eq!(diff::go_back(&after, diff::way_back(&text, &after)).unwrap(), text);
    }

    #[test]
    fn requirements_toml_and_calls_undo_and_repeat(
        names in prop::collection::btree_set("[a-z]{2,6}", 1..5),
        which in 0usize..5,
        specifier in prop_oneof![Just(""), Just(">=1,<2"), Just(" ~= 1.4"), Just("[x,y]>1"), Just("!=1.0 ; python_version > '3'")],
        comment in prop_oneof![Just(""), Just("  # why: x==1"), Just("\t# it's")],
        blank in prop_oneof![Just(""), Just("\n"), Just("# a line\n\n")],
        crlf in any::<bool>(),
        last in any::<bool>(),
    ) {
        let names: Vec<String> = names.into_iter().collect();
        let chosen = &names[which % names.len()];
        let ends = |mut text: String| {
            if !last { text.truncate(text.trim_end_matches('\n').len()); }
            if crlf { text.replace('\n', "\r\n") } else { text }
        };
        let both = |text: &str, make: &dyn Fn(&str) -> Result<String, crate::Refusal>| {
            let after = make(text).unwrap();
            prop_assert_ne!(&after, text);
            prop_assert_eq!(make(&after).unwrap(), after.clone(), "twice");
            prop_assert_eq!(diff::go_back(&after, diff::way_back(text, &after)).unwrap(), text);
            prop_assert_eq!(text.matches('#').count(), after.matches('#').count(), "comments");
            Ok(())
        };
        let lines: String = names.iter().map(|n| format!("{n}{specifier}{comment}\n{blank}")).collect();
        both(&ends(lines), &|t| crate::set_requirement(t, chosen, "1.2.3"))?;

        let items: String = names.iter().map(|n| format!("    \"{n}{specifier}\",{comment}\n")).collect();
        let toml = ends(format!("{blank}[project]\nname = 'x'{comment}\ndependencies = [\n{items}]\n"));
        let place = format!("project.dependencies.{}", which % names.len());
        both(&toml, &|t| edit(Format::Toml, t, 0, &Edit::Set(path(&place), "new==1".into())))?;

        let arguments: String = names.iter().map(|n| format!("    k{n}=[1, (2)],{comment}\n")).collect();
        let python = ends(format!("{blank}x = torch.load(\n    \"a)#\",\n{arguments})\n"));
        let line = u32::try_from(blank.matches('\n').count()).unwrap() + 1;
        both(&python, &|t| crate::set_argument(t, line, "torch.load", "weights_only", "True"))?;
    }

    #[test]
    fn no_text_makes_an_editor_panic(text in "\\PC{0,60}|[\\[\\]{}:,\"' \n#&*|a-]{0,60}", row in 0u32..4) {
        for format in [Format::Json, Format::Yaml, Format::Toml] {
            let _ = set(format, &text, "a.b", true);
            let _ = edit(format, &text, 0, &Edit::Remove(path("a.0")));
        }
        let _ = hcl::set(&text, NOTEBOOK, &attribute("c.v"), &true.into());
        let _ = crate::set_requirement(&text, "a", "1");
        let _ = crate::set_argument(&text, row, "a", "b", "c");
        let _ = crate::replace_literal(Language::JavaScript, &text, row, &|_| true, &|_| String::from("x"));
        let _ = crate::import_module(&text, "os");
    }
}
