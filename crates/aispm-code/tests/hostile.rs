//! Hostile sources end by themselves, within bounded steps and without a panic.

use aispm_collect::{Budgets, ReadContext, VirtualFile};
use aispm_types::Batch;

fn read(path: &str, text: String) -> Batch {
    let cx = ReadContext {
        target: "t".into(),
        repository: "r".into(),
        budgets: Budgets::default(),
    };
    let file = VirtualFile::memory(path, text.into_bytes());
    let mut out = Batch::default();
    for reader in aispm_code::readers() {
        if reader.wants(&file) {
            let kept = reader.read(&file, &cx, &mut out);
            reader.finish(
                kept.into_iter().map(|k| (file.path.clone(), k)).collect(),
                &cx,
                &mut out,
            );
        }
    }
    out
}

/// Runs on a small stack, so that recursion over the input would be seen.
fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(f);
    assert!(thread.is_ok_and(|t| t.join().is_ok()));
}

const HEAD: &str = "from openai import OpenAI\nclient = OpenAI()\n";

#[test]
fn deep_nesting() {
    on_a_small_stack(|| {
        let n = 20_000;
        let cases = [
            format!("{HEAD}x = {}1{}\n", "(".repeat(n), ")".repeat(n)),
            format!("{HEAD}x = {}1{}\n", "[".repeat(n), "]".repeat(n)),
            format!("{HEAD}x = {}\n", "f(".repeat(n) + &")".repeat(n)),
            format!("{HEAD}x = a{}\n", ".b()".repeat(n)),
            format!("{HEAD}x = a{}\n", " + a".repeat(n)),
            format!("{HEAD}x = {}1\n", "lambda: ".repeat(n)),
            format!(
                "{HEAD}{}",
                (0..400)
                    .map(|i| format!("{}if x:\n", " ".repeat(i)))
                    .collect::<String>()
            ),
            format!("{HEAD}x = {}'a'{}\n", "f'{".repeat(500), "}'".repeat(500)),
        ];
        for case in cases {
            read("a.py", case);
        }
        let head = "import OpenAI from \"openai\";\nconst c = new OpenAI();\n";
        for case in [
            format!("{head}const x = {}1{};\n", "{a:".repeat(n), "}".repeat(n)),
            format!("{head}const x = {}1;\n", "() => ".repeat(n)),
            format!(
                "{head}const x = {}1{};\n",
                "`${".repeat(2_000),
                "}`".repeat(2_000)
            ),
        ] {
            read("a.ts", case);
        }
    });
}

#[test]
fn long_chains_of_names() {
    on_a_small_stack(|| {
        let n = 20_000;
        let mut chain = String::from(HEAD);
        for i in 0..n {
            chain.push_str(&format!("a{} = a{i}\n", i + 1));
        }
        chain.push_str(&format!("client.chat.completions.create(model=a{n})\n"));
        read("a.py", chain);
        let mut classes = String::from(HEAD);
        for i in 0..n / 4 {
            classes.push_str(&format!("class C{}(C{i}):\n    x = C{i}.x\n", i + 1));
        }
        classes.push_str("client.chat.completions.create(model=C5000.x)\n");
        read("b.py", classes);
        let mut functions = String::from(HEAD);
        for i in 0..2_000 {
            functions.push_str(&format!(
                "def f{}(a):\n    return f{i}(a) or f{i}(f{i}(a))\n",
                i + 1
            ));
        }
        functions.push_str("client.chat.completions.create(model=f2000(1))\nexec(f2000(1))\n");
        read("c.py", functions);
        read(
            "d.py",
            format!(
                "{HEAD}a = a\nb = c\nc = b\ndef f(x=f):\n    return f(x)\nclass A(A):\n    pass\nclient.chat.completions.create(model=b, messages=f(A()))\n"
            ),
        );
    });
}

#[test]
fn many_of_everything() {
    let n = 5_000;
    let mut text = String::from(HEAD);
    for i in 0..n {
        text.push_str(&format!(
            "def f{i}(q):\n    return client.chat.completions.create(model=\"gpt-4o\", messages=q)\n"
        ));
    }
    read("a.py", text);
    let mut one = format!("{HEAD}def g(x):\n    return x\nd = {{");
    for i in 0..20_000 {
        one.push_str(&format!("'k{i}': g('v{i}'),"));
    }
    one.push_str("}\nclient.chat.completions.create(model=d['k1'])\n");
    read("b.py", one);
}

#[test]
fn many_that_share_one_place() {
    let n = 3_000;
    let mut text = format!("{HEAD}q = []\n");
    for i in 0..n {
        text.push_str(&format!(
            "def f{i}(x):\n    q.append(client.responses.create(model=\"gpt-4o\", input=x))\n    exec(q.pop())\n"
        ));
    }
    read("a.py", text);
    let asked = "all(".repeat(2_000) + "x" + &" for y in z)".repeat(2_000);
    read(
        "b.py",
        format!("{HEAD}if {asked}:\n    exec(client.responses.create(model='m', input='x'))\n"),
    );
    let tried = (0..90)
        .map(|i| format!("{}try:\n", " ".repeat(i)))
        .collect::<String>();
    read("c.py", format!("{HEAD}{tried}"));
    read(
        "d.ts",
        format!(
            "import OpenAI from \"openai\";\nconst r = {};\n",
            "/[a-z]+/g.test(".repeat(3_000)
        ),
    );
}

#[test]
fn broken_and_binary() {
    for text in [
        "from openai import",
        "from openai import (\n",
        "import openai\n\0\0\0",
        "import openai\ndef f(:\n  )))((( '''",
        "\u{feff}import openai\r\nx = openai.OpenAI(\r\n",
    ] {
        read("a.py", text.to_owned());
        read("a.ts", text.replace("import openai", "import x from 'openai'"));
        read("a.cs", text.replace("import openai", "using OpenAI;"));
        read("a.ipynb", text.to_owned());
    }
    let out = read("big.py", format!("import openai\n{}", "x = 1\n".repeat(200_000)));
    assert_eq!(out.gaps.len(), 1);
    assert!(out.gaps[0].reason.contains("source budget"));
}
