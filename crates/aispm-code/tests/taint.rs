//! What text of a model reaches, in small programs: each case says the kinds of sinks, in the order of lines.

mod reading;

use aispm_collect::VirtualFile;
use aispm_types::FactKind;

fn reached(path: &str, bytes: Vec<u8>) -> Vec<String> {
    let batch = reading::read(&[VirtualFile::memory(path.to_owned(), bytes)]);
    let mut found: Vec<(u32, String)> = batch
        .facts
        .iter()
        .filter(|f| f.kind == FactKind::TaintTrace)
        .map(|f| {
            let line = f.location.as_ref().and_then(|l| l.line).unwrap_or(0);
            (line, f.text("sink").unwrap_or("").to_owned())
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, sink)| sink).collect()
}

/// A program around a body, and what is expected of each body.
fn check(path: &str, around: &str, cases: &[(&str, &[&str])]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(body, wanted)| {
            let found = reached(path, around.replace("BODY", body).into_bytes());
            (found != *wanted).then(|| format!("{body}\n  reaches {found:?}, not {wanted:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const PYTHON: &str = "import os, re, subprocess\nfrom openai import OpenAI\nclient = OpenAI()\nALLOWED = ['a', 'b']\ndef ask():\n    return client.responses.create(model='gpt-4o', input='x').output_text\ndef run(other):\n    x = ask()\n    BODY\n";

#[test]
fn guards() {
    check(
        "a.py",
        PYTHON,
        &[
            ("os.system(x)", &["shell"]),
            ("if x in ALLOWED: os.system(x)", &[]),
            ("if x not in ALLOWED: os.system(x)", &["shell"]),
            ("if x in ALLOWED or other: os.system(x)", &["shell"]),
            ("if x in ALLOWED and other: os.system(x)", &[]),
            ("if other in ALLOWED: os.system(x)", &["shell"]),
            ("if x == 'a': os.system(x)", &[]),
            ("if re.fullmatch(r'\\w+', x): os.system(x)", &[]),
            ("if re.fullmatch(r'.+', x): os.system(x)", &["shell"]),
            ("if re.match(r'^\\w+$', x) is None: return\n    os.system(x)", &[]),
            ("if re.match(r'^[\\w/]+$', x): open(x, 'w')", &["file-path"]),
            ("if all(c in ALLOWED for c in x): os.system(x)", &[]),
            ("if any(c in ALLOWED for c in x): os.system(x)", &["shell"]),
            ("if x.isalnum(): os.system(x)", &[]),
            ("if x.islower(): os.system(x)", &["shell"]),
        ],
    );
}

#[test]
fn branches() {
    check(
        "a.py",
        PYTHON,
        &[
            ("if other: x = 'a'\n    os.system(x)", &["shell"]),
            ("if other: x = 'a'\n    else: x = 'b'\n    os.system(x)", &[]),
            (
                "if other: x = 'a'\n    else: x = ask()\n    os.system(x)",
                &["shell"],
            ),
            ("x = 'a'\n    os.system(x)", &[]),
            (
                "y = 'a'\n    try: y = x\n    except ValueError: y = 'b'\n    os.system(y)",
                &["shell"],
            ),
            (
                "y = 'a'\n    try: y = int(x)\n    except ValueError: y = x\n    os.system(y)",
                &["shell"],
            ),
            (
                "y = x\n    try: y = int(x)\n    except ValueError: raise\n    os.system(f'{y}')",
                &[],
            ),
            (
                "match x:\n        case 'a': os.system('a')\n        case y: os.system(y)",
                &["shell"],
            ),
            (
                "match x:\n        case 'a': os.system('a')\n        case _: os.system('b')",
                &[],
            ),
        ],
    );
}

#[test]
fn hooks_give_text_in_some_of_their_fields() {
    check(
        "a.tsx",
        "import { useChat, useCompletion } from '@ai-sdk/react';\nexport function Chat() {\n  const { messages, input, status } = useChat();\n  const { completion } = useCompletion();\n  return BODY;\n}\n",
        &[
            (
                "<p dangerouslySetInnerHTML={{ __html: completion }} />",
                &["html"],
            ),
            (
                "<p dangerouslySetInnerHTML={{ __html: messages[0].content }} />",
                &["html"],
            ),
            ("<p dangerouslySetInnerHTML={{ __html: input }} />", &[]),
            ("<p dangerouslySetInnerHTML={{ __html: status }} />", &[]),
            ("<p>{completion}</p>", &[]),
            (
                "messages.map((m) => <p dangerouslySetInnerHTML={{ __html: m.content }} />)",
                &["html"],
            ),
        ],
    );
}

#[test]
fn encodings_of_files_hide_nothing() {
    let text = PYTHON.replace("BODY", "os.system(x)");
    let wide = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
        let units = text.encode_utf16().flat_map(unit);
        mark.iter().copied().chain(units).collect::<Vec<u8>>()
    };
    let mut latin = text.clone().into_bytes();
    latin.extend(b"# caf\xe9\n");
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend(text.bytes());
    for (name, bytes) in [
        ("UTF-16 LE", wide(b"\xff\xfe", u16::to_le_bytes)),
        ("UTF-16 BE", wide(b"\xfe\xff", u16::to_be_bytes)),
        ("Latin-1", latin),
        ("UTF-8 with a mark", marked),
        ("carriage returns", text.replace('\n', "\r\n").into_bytes()),
    ] {
        assert_eq!(reached("a.py", bytes), ["shell"], "{name}");
    }
}

#[test]
fn sinks_of_csharp() {
    check(
        "A.cs",
        "using OpenAI.Chat;\nclass A {\n  ChatClient chat = new ChatClient(\"gpt-4o\", \"k\");\n  static readonly string[] Allowed = { \"a\" };\n  async Task Run(SqlConnection db) {\n    var x = (await chat.CompleteChatAsync(\"q\")).Value.Content[0].Text;\n    BODY\n  }\n}\n",
        &[
            ("Process.Start(\"bash\", x);", &["shell"]),
            ("Process.Start(\"git\", x);", &[]),
            (
                "var p = new ProcessStartInfo(); p.FileName = \"cmd\"; p.Arguments = x;",
                &["shell"],
            ),
            (
                "var p = new ProcessStartInfo(); p.FileName = \"git\"; p.Arguments = x;",
                &[],
            ),
            ("var c = db.CreateCommand(); c.CommandText = x;", &["sql"]),
            (
                "var c = db.CreateCommand(); c.CommandText = \"q\"; c.Parameters.Add(x);",
                &[],
            ),
            ("Html.Raw(x);", &["html"]),
            ("Html.Raw(WebUtility.HtmlEncode(x));", &[]),
            ("new BinaryFormatter().Deserialize(x);", &["deserialize"]),
            (
                "if (!Allowed.Contains(x)) return; Process.Start(\"bash\", x);",
                &[],
            ),
            (
                "try { Process.Start(\"bash\", \"a\"); } catch { Process.Start(\"bash\", x); }",
                &["shell"],
            ),
        ],
    );
}

#[test]
fn answers_that_are_pages_unless_somebody_says_otherwise() {
    check(
        "a.js",
        "const express = require('express');\nconst OpenAI = require('openai');\nconst app = express();\nconst c = new OpenAI();\napp.post('/x', async (req, res) => {\n  const r = await c.chat.completions.create({ model: 'gpt-4o', messages: [] });\n  const out = r.choices[0].message.content;\n  BODY;\n});\n",
        &[
            ("res.send(out)", &["html"]),
            ("res.status(200).send(out.trim())", &["html"]),
            ("res.write(out)", &["html"]),
            ("res.end(out)", &["html"]),
            ("res.send(`Answer: ${out}`)", &["html"]),
            ("res.type('html').send(out)", &["html"]),
            ("res.setHeader('X-Trace', '1'); res.send(out)", &["html"]),
            ("let all = ''; all += out; res.send(all)", &["html"]),
            ("res.json(out)", &[]),
            ("res.json({ out })", &[]),
            ("res.send({ out })", &[]),
            ("res.send(r)", &[]),
            ("res.send(r.choices[0].message)", &[]),
            ("res.send(JSON.parse(out))", &[]),
            ("res.type('text/plain').send(out)", &[]),
            ("res.set('Content-Type', 'text/plain').status(200).send(out)", &[]),
            (
                "res.setHeader('content-type', 'text/event-stream'); res.write(out)",
                &[],
            ),
            (
                "res.writeHead(200, { 'Content-Type': 'text/plain' }); res.end(out)",
                &[],
            ),
            ("events(res); res.write(out)", &[]),
            ("res.send(escape(out))", &[]),
            ("socket.send(out)", &[]),
            ("process.stdout.write(out)", &[]),
        ],
    );
    let flask = "from flask import Flask, Response, jsonify, make_response\nfrom markupsafe import escape\nfrom openai import OpenAI\napp = Flask(__name__)\nclient = OpenAI()\ndef ask():\n    return client.responses.create(model='gpt-4o', input='x').output_text\ndef whole():\n    return client.responses.create(model='gpt-4o', input='x')\n@app.get('/x')\ndef view():\n    x = ask()\n    BODY\n";
    check(
        "a.py",
        flask,
        &[
            ("return x", &["html"]),
            ("return ask()", &["html"]),
            ("return x, 200", &["html"]),
            ("return f'Answer: {x}'", &["html"]),
            ("return Response(x)", &["html"]),
            ("return Response(x, mimetype='text/html')", &["html"]),
            ("return make_response(x)", &["html"]),
            ("return escape(x)", &[]),
            ("return {'answer': x}", &[]),
            ("return jsonify(x)", &[]),
            ("return whole()", &[]),
            ("return x, 200, {'Content-Type': 'text/plain'}", &[]),
            ("return Response(x, mimetype='text/plain')", &[]),
            ("return Response(x, headers={'Content-Type': 'text/plain'})", &[]),
        ],
    );
    let fastapi = "from fastapi import FastAPI\nfrom fastapi.responses import HTMLResponse, PlainTextResponse\nfrom openai import OpenAI\napp = FastAPI()\nclient = OpenAI()\nBODY\ndef view():\n    return client.responses.create(model='gpt-4o', input='x').output_text\n";
    check(
        "a.py",
        fastapi,
        &[
            ("@app.get('/x', response_class=HTMLResponse)", &["html"]),
            ("@app.get('/x', response_class=PlainTextResponse)", &[]),
            ("@app.get('/x')", &[]),
        ],
    );
}

#[test]
fn clients_and_askers_that_are_injected() {
    let python = "import subprocess\nfrom dataclasses import dataclass\nfrom anthropic import Anthropic\ndef say(client):\n    return client.messages.create(model='claude-sonnet-4-5', max_tokens=9, messages=[]).content[0].text\nclass Asker:\n    def __init__(self, client): self.client = client\n    def ask(self): return say(self.client)\nclass Fixed:\n    def ask(self): return 'ls'\nBODY\n";
    check(
        "a.py",
        python,
        &[
            (
                "class Runner:\n    def __init__(self, asker): self.asker = asker\n    def run(self): subprocess.run(self.asker.ask(), shell=True)\nRunner(Asker(Anthropic())).run()",
                &["shell"],
            ),
            (
                "class Runner:\n    def __init__(self, asker): self.asker = asker\n    def run(self): subprocess.run(self.asker.ask(), shell=True)\nRunner(Fixed()).run()\nsay(Anthropic())",
                &[],
            ),
            (
                "@dataclass\nclass Runner:\n    client: Anthropic\n    def run(self): subprocess.run(self.client.messages.create(model='m', max_tokens=9, messages=[]).content[0].text, shell=True)",
                &["shell"],
            ),
            (
                "def run(client: 'Anthropic | None' = None): subprocess.run(client.messages.create(model='m', max_tokens=9, messages=[]).content[0].text, shell=True)",
                &["shell"],
            ),
            (
                "def run(client): subprocess.run(client.messages.create(to='x').body, shell=True)\nrun(Anthropic())",
                &["shell"],
            ),
            (
                "def run(client): subprocess.run(client.messages.create(to='x').body, shell=True)\nrun(twilio.Client())\nsay(Anthropic())",
                &[],
            ),
        ],
    );
    let typescript = "import Anthropic from '@anthropic-ai/sdk';\nimport { exec } from 'child_process';\nclass Runner {\n  BODY\n  async run() { exec((await this.client.messages.create({ model: 'm', max_tokens: 9, messages: [] })).content[0].text); }\n}\n";
    check(
        "a.ts",
        typescript,
        &[
            ("constructor(private readonly client: Anthropic) {}", &["shell"]),
            (
                "private client: Anthropic;\n  constructor(options) { this.client = options.client; }",
                &["shell"],
            ),
            (
                "constructor(client: Anthropic) { this.client = client; }",
                &["shell"],
            ),
        ],
    );
}

#[test]
fn a_text_of_another_module_is_a_page_and_an_object_is_none() {
    let view = "from flask import Flask\nfrom llm import ask\napp = Flask(__name__)\n@app.get('/x')\ndef view():\n    return ask()\n";
    for (returned, expected) in [(".output_text", 1), ("", 0)] {
        let llm = format!(
            "from openai import OpenAI\nclient = OpenAI()\ndef ask():\n    return client.responses.create(model='gpt-4o', input='x'){returned}\n"
        );
        let file = |path: &str, text: &str| VirtualFile::memory(path.to_owned(), text.as_bytes().to_vec());
        let batch = reading::read(&[file("app.py", view), file("llm.py", &llm)]);
        let traces = batch.facts.iter().filter(|f| f.kind == FactKind::TaintTrace);
        assert_eq!(traces.count(), expected, "{returned}");
    }
}

#[test]
fn names_that_modules_only_pass_on_are_followed() {
    let llm = "from openai import OpenAI\nclient = OpenAI()\ndef ask():\n    return client.responses.create(model='gpt-4o', input='x').output_text\ndef nothing():\n    return 'x'\n";
    let typescript = "import OpenAI from 'openai';\nconst client = new OpenAI();\nexport async function ask() {\n  const r = await client.responses.create({model: 'gpt-4o', input: 'x'});\n  return r.output_text;\n}\n";
    /// Files by path, and what is told of them.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        (
            &[
                ("pkg/llm.py", llm),
                ("pkg/__init__.py", "from .llm import ask\n"),
                ("main.py", "import os\nfrom pkg import ask\nos.system(ask())\n"),
            ],
            &["shell"],
        ),
        (
            &[
                ("pkg/llm.py", llm),
                ("pkg/__init__.py", "from .llm import nothing\n"),
                (
                    "main.py",
                    "import os\nfrom pkg import nothing\nos.system(nothing())\n",
                ),
            ],
            &[],
        ),
        (
            &[
                ("src/llm.ts", typescript),
                ("src/lib.ts", "export * from './llm';\n"),
                (
                    "src/page.tsx",
                    "import { ask } from './lib';\nexport async function Page() {\n  return <p dangerouslySetInnerHTML={{ __html: await ask() }} />;\n}\n",
                ),
            ],
            &["html"],
        ),
    ];
    for (files, wanted) in cases {
        let files: Vec<VirtualFile> = files
            .iter()
            .map(|(path, text)| VirtualFile::memory((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        let batch = reading::read(&files);
        let found: Vec<&str> = batch
            .facts
            .iter()
            .filter(|f| f.kind == FactKind::TaintTrace)
            .filter_map(|f| f.text("sink"))
            .collect();
        assert_eq!(found, *wanted, "{}", files[1].path);
    }
}

#[test]
fn what_does_not_follow_the_grammar_is_a_gap() {
    let cases: &[(&str, &str, Option<u32>)] = &[
        ("a.py", "import openai\nx = 1\n", None),
        ("a.py", "import openai\nprint((1)\ny = 2\n", Some(2)),
        ("a.py", "import openai\nx = \"\"\"\nprint(1)\n", Some(2)),
        ("a.ts", "import OpenAI from 'openai';\nfunction f() {\n", Some(2)),
        (
            "a.ts",
            "import OpenAI from 'openai';\nconst x: number = 1;\n",
            None,
        ),
    ];
    for (path, text, line) in cases {
        let batch = reading::read(&[VirtualFile::memory((*path).to_owned(), text.as_bytes().to_vec())]);
        let told: Vec<&str> = batch.gaps.iter().map(|g| g.reason.as_str()).collect();
        match line {
            None => assert!(told.is_empty(), "{text}: {told:?}"),
            Some(_) => assert!(
                told.len() == 1 && told[0].contains("does not follow the grammar"),
                "{text}: {told:?}"
            ),
        }
    }
}

#[test]
fn functions_that_are_handed_over_named_or_reached_in_other_ways() {
    check(
        "a.py",
        "import os\nfrom subprocess import *\nfrom functools import reduce\nfrom openai import OpenAI\nclient = OpenAI()\nclass Runner:\n    def __init__(self, name): pass\n    def __call__(self, command): os.system(command)\nrunner = Runner('x')\ndef a(x): return b(x)\ndef b(x): return c(x)\ndef c(x): return d(x)\ndef d(x): return e(x)\ndef e(x): return f(x)\ndef f(x): return g(x)\ndef g(x): return h(x)\ndef h(x): return os.popen(x)\ndef ask():\n    return client.responses.create(model='gpt-4o', input='x').output_text\ndef go(pool, db):\n    x = ask()\n    BODY\n",
        &[
            ("run(x, shell=True)", &["shell"]),
            ("run(['ls', x])", &[]),
            ("runner(x)", &["shell"]),
            ("Runner(x)", &[]),
            ("a(x)", &["shell"]),
            ("list(map(os.system, x.split()))", &["shell"]),
            ("pool.submit(os.system, x)", &["shell"]),
            ("pool.submit(os.path.exists, x)", &[]),
            ("match x:\n        case str(y): os.system(y)", &["shell"]),
            (
                "match x:\n        case 'a' as y: pass\n        case other: os.system(other)",
                &["shell"],
            ),
            ("db.users.find({'$where': x})", &["code"]),
            ("db.users.find({'name': x})", &[]),
            ("User.objects.extra(where=[x])", &["sql"]),
        ],
    );
    check(
        "a.ts",
        "import OpenAI from 'openai';\nimport { exec } from 'child_process';\nconst client = new OpenAI();\nasync function ask() { const r = await client.responses.create({ model: 'gpt-4o', input: 'x' }); return r.output_text; }\napp.get('/x', async (req, BODY\n",
        &[
            ("res) => { (await ask()).split('\\n').map(exec); });", &["shell"]),
            (
                "res) => { (await ask()).split('\\n').map(encodeURIComponent); res.json(1); });",
                &[],
            ),
            ("res) => { ask().then(t => res.send(t)); });", &["html"]),
            ("res) => { ask().then(t => res.json(t)); });", &[]),
            (
                "reply) => { reply.type('text/html').send(await ask()); });",
                &["html"],
            ),
            ("reply) => { reply.type('text/plain').send(await ask()); });", &[]),
            ("reply) => { reply.send(await ask()); });", &[]),
            ("res) => { db('t').whereRaw(await ask()); });", &["sql"]),
        ],
    );
    check(
        "a.tsx",
        "import { useState } from 'react';\nimport OpenAI from 'openai';\nconst client = new OpenAI();\nexport function Page() {\n  const [html, setHtml] = useState('');\n  const [name, setName] = useState('');\n  const load = () => client.responses.create({ model: 'gpt-4o', input: 'x' }).then(r => setHtml(r.output_text));\n  return BODY;\n}\n",
        &[
            ("<p dangerouslySetInnerHTML={{ __html: html }} />", &["html"]),
            ("<p dangerouslySetInnerHTML={{ __html: name }} />", &[]),
        ],
    );
}

#[test]
fn what_a_schema_or_a_type_lets_through() {
    check(
        "s.py",
        "import subprocess\nfrom enum import Enum\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\nclass Env(str, Enum):\n    dev = 'dev'\nclass Free(str):\n    pass\n@mcp.tool()\ndef deploy(env: BODY):\n    subprocess.run(f'make {env}', shell=True)\n",
        &[("Env", &[]), ("Free", &["shell"]), ("str", &["shell"])],
    );
    check(
        "a.ts",
        "import OpenAI from 'openai';\nimport { execSync } from 'child_process';\nconst client = new OpenAI();\nasync function ask() { const r = await client.responses.create({ model: 'gpt-4o', input: 'x' }); return r.output_text; }\nexport async function run(db: any) { const t = await ask(); BODY }\n",
        &[
            (
                "const p = Plan.safeParse(JSON.parse(t)); if (p.success) execSync(p.data.cmd);",
                &["shell"],
            ),
            (
                "const u = new URL('https://api.example/v1'); u.searchParams.set('q', t); await fetch(u);",
                &[],
            ),
            ("await fetch(new URL(t));", &["url"]),
            ("await db.collection('a').find({ $where: t });", &["code"]),
            ("await db.collection('a').find({ name: t });", &[]),
        ],
    );
}

#[test]
fn what_runs_the_tools_of_a_server_is_given_text_of_a_model() {
    check(
        "s.py",
        "import subprocess\nfrom mcp.server import Server\napp = Server('x')\n@app.call_tool()\nasync def call(name, arguments):\n    BODY\n",
        &[
            (
                "return subprocess.check_output(arguments['c'], shell=True)",
                &["shell"],
            ),
            ("return subprocess.check_output(['git', arguments['c']])", &[]),
        ],
    );
    check(
        "s.ts",
        "import { Server } from '@modelcontextprotocol/sdk/server/index.js';\nimport { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';\nimport { exec } from 'child_process';\nconst server = new Server({ name: 'x', version: '1' }, { capabilities: { tools: {} } });\nserver.setRequestHandler(BODY, async (request) => { const { arguments: given } = request.params; exec(given.c); return {}; });\n",
        &[
            ("CallToolRequestSchema", &["shell"]),
            ("ListToolsRequestSchema", &[]),
        ],
    );
}
