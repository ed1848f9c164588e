//! What calls of libraries say of servers, agents, datasets and loads, in programs of a few lines: each with a near miss.

mod reading;

use aispm_collect::VirtualFile;
use aispm_types::{AssetId, AssetKind, Batch, FactKind, RelationKind, Value};

fn batch(path: &str, text: &str) -> Batch {
    reading::read(&[VirtualFile::memory(path.to_owned(), text.as_bytes().to_vec())])
}

fn property(batch: &Batch, kind: AssetKind, name: &str) -> Option<Value> {
    let found = batch.assets.iter().filter(|a| a.kind == kind);
    found.filter_map(|a| a.properties.get(name).cloned()).next()
}

#[test]
fn servers_listen_where_they_were_made_to() {
    for (official, made, set, run, wanted) in [
        (
            true,
            ", host='0.0.0.0'",
            "",
            "transport='streamable-http'",
            Some(true),
        ),
        (true, ", host='127.0.0.1'", "", "transport='sse'", Some(false)),
        (true, ", host='0.0.0.0'", "", "transport='stdio'", None),
        (true, ", host='0.0.0.0'", "", "", None),
        (
            true,
            "",
            "mcp.settings.host = '0.0.0.0'",
            "transport='sse'",
            Some(true),
        ),
        (true, "", "mcp.settings.port = 80", "transport='sse'", None),
        (false, "", "", "transport='http', host='0.0.0.0'", Some(true)),
    ] {
        let from = if official { "mcp.server.fastmcp" } else { "fastmcp" };
        let text = format!("from {from} import FastMCP\nmcp = FastMCP('x'{made})\n{set}\nmcp.run({run})\n");
        let found = property(
            &batch("s.py", &text),
            AssetKind::McpServer,
            "binds_all_interfaces",
        );
        assert_eq!(found, wanted.map(Value::Bool), "{text}");
    }
}

#[test]
fn agents_run_code_where_nothing_confines_it() {
    const CLAUDE: &str = "from claude_agent_sdk import ClaudeAgentOptions\no = ClaudeAgentOptions(OPTIONS)\n";
    const CREW: &str = "from crewai import Agent\nfrom crewai_tools import CodeInterpreterTool\na = Agent(role='c', tools=[CodeInterpreterTool(OPTIONS)])\n";
    const LANGCHAIN: &str = "from langchain.agents import initialize_agent\nfrom langchain_community.tools import ShellTool\nfrom langchain_openai import ChatOpenAI\na = initialize_agent([ShellTool(OPTIONS)], ChatOpenAI(model='gpt-4o'))\n";
    const SCRIPT: &str = "import { query } from '@anthropic-ai/claude-agent-sdk';\nconst q = query({ prompt: 'x', options: { OPTIONS } });\n";
    for (path, program, options, wanted) in [
        (
            "a.py",
            CLAUDE,
            "permission_mode='bypassPermissions', allowed_tools=['Bash']",
            true,
        ),
        ("a.py", CLAUDE, "permission_mode='acceptEdits'", false),
        (
            "a.py",
            CLAUDE,
            "permission_mode='bypassPermissions', disallowed_tools=['Bash']",
            false,
        ),
        ("a.py", CREW, "unsafe_mode=True", true),
        ("a.py", CREW, "", false),
        ("a.py", LANGCHAIN, "", true),
        ("a.py", LANGCHAIN, "ask_human_input=True", false),
        ("a.ts", SCRIPT, "permissionMode: 'bypassPermissions'", true),
        ("a.ts", SCRIPT, "permissionMode: 'plan'", false),
    ] {
        let text = program.replace("OPTIONS", options);
        let found = property(&batch(path, &text), AssetKind::Agent, "code_execution");
        assert_eq!(found == Some(Value::Bool(true)), wanted, "{text}");
    }
}

#[test]
fn files_that_a_format_reads_are_the_dataset() {
    for (arguments, name, remote, pinned) in [
        ("'json', data_files='train.jsonl'", "train.jsonl", false, None),
        (
            "'parquet', data_files={'train': 'x.parquet'}",
            "x.parquet",
            false,
            None,
        ),
        ("'imagefolder', data_dir='imgs'", "imgs", false, None),
        (
            "'text', data_files='https://evil.example/x.txt'",
            "https://evil.example/x.txt",
            true,
            Some(false),
        ),
        ("'acme/reviews'", "acme/reviews", true, Some(false)),
        ("'squad'", "squad", true, Some(false)),
    ] {
        let text = format!("from datasets import load_dataset\nd = load_dataset({arguments})\n");
        let found = batch("d.py", &text);
        let dataset = found.assets.iter().find(|a| a.kind == AssetKind::Dataset);
        assert_eq!(dataset.map(|d| d.name.as_str()), Some(name), "{text}");
        assert_eq!(
            property(&found, AssetKind::Dataset, "remote"),
            Some(Value::Bool(remote)),
            "{text}"
        );
        assert_eq!(
            property(&found, AssetKind::Dataset, "pinned"),
            pinned.map(Value::Bool),
            "{text}"
        );
    }
}

#[test]
fn loads_that_unpickle() {
    for (call, wanted) in [
        ("np.load('a.npy', allow_pickle=True)", 1),
        ("np.load('a.npy')", 0),
        ("pd.read_pickle('b.pkl')", 1),
        ("pd.read_csv('b.csv')", 0),
        ("cloudpickle.loads(data)", 1),
        ("cloudpickle.dumps(data)", 0),
        ("shelve.open('c')", 1),
        ("load_dataset('acme/x', trust_remote_code=True)", 1),
        ("load_dataset('acme/x')", 0),
    ] {
        let text = format!(
            "import torch, cloudpickle, shelve\nimport numpy as np\nimport pandas as pd\nfrom datasets import load_dataset\nx = {call}\n"
        );
        let found = batch("a.py", &text);
        let loads = found
            .facts
            .iter()
            .filter(|f| f.kind == FactKind::ModelLoad)
            .count();
        assert_eq!(loads, wanted, "{call}");
    }
}

#[test]
fn training_jobs_learn_from_files_and_make_what_they_name() {
    /// A program, what its job learns from, and what it makes.
    type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);
    let trainer = "from datasets import load_dataset\nfrom transformers import Trainer, TrainingArguments\ndata = load_dataset('json', data_files='train.jsonl')\nTrainer(model=m, args=TrainingArguments(OUTPUT), train_dataset=data['train']).train()\n";
    let tuned = "from openai import OpenAI\nclient = OpenAI()\nfile = client.files.create(file=open('train.jsonl', 'rb'), purpose='PURPOSE')\nclient.fine_tuning.jobs.create(training_file=file.id, model='gpt-4o-mini-2024-07-18', suffix='support')\n";
    let cases: &[Case<'_>] = &[
        (
            &trainer.replace("OUTPUT", "output_dir='models/out'"),
            &["train.jsonl"],
            &["models/out"],
        ),
        (&trainer.replace("OUTPUT", ""), &["train.jsonl"], &[]),
        (
            &tuned.replace("PURPOSE", "fine-tune"),
            &["train.jsonl"],
            &["support"],
        ),
        (&tuned.replace("PURPOSE", "assistants"), &[], &["support"]),
    ];
    for (text, learns, makes) in cases {
        let batch = batch("t.py", text);
        let of = |kind: RelationKind| -> Vec<&str> {
            let ids = batch.relations.iter().filter(|r| r.kind == kind).map(|r| &r.to);
            let name = |id: &AssetId| batch.assets.iter().find(|a| a.id == *id).map(|a| a.name.as_str());
            ids.filter_map(name).collect()
        };
        assert_eq!(of(RelationKind::TrainedOn), *learns, "{text}");
        assert_eq!(of(RelationKind::Produces), *makes, "{text}");
    }
}

#[test]
fn a_tool_runs_commands_where_somebody_may_say_which() {
    let tool = "import subprocess\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n";
    for (body, shell) in [
        (
            "@mcp.tool()\ndef t() -> str:\n    return subprocess.check_output(['git', 'status'])\n",
            false,
        ),
        (
            "@mcp.tool()\ndef t() -> str:\n    return subprocess.check_output('df -h | head', shell=True)\n",
            false,
        ),
        (
            "@mcp.tool()\ndef t(c: str) -> str:\n    return subprocess.check_output(['git', c])\n",
            true,
        ),
        (
            "@mcp.tool()\ndef t(c: str) -> str:\n    return subprocess.run(['bash'], input=c)\n",
            true,
        ),
        (
            "def t(c: str) -> str:\n    return subprocess.getoutput(c)\nmcp.tool(t)\n",
            true,
        ),
        (
            "def t(c: str) -> str:\n    return subprocess.getoutput(c)\nmcp.add_tool(t)\n",
            true,
        ),
    ] {
        let batch = batch("s.py", &format!("{tool}{body}"));
        let can = property(&batch, AssetKind::Tool, "capabilities");
        let can = can
            .as_ref()
            .and_then(Value::as_list)
            .map(<[Value]>::to_vec)
            .unwrap_or_default();
        assert_eq!(can.contains(&Value::from("shell")), shell, "{body}");
    }
}
