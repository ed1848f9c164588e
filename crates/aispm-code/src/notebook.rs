//! Jupyter notebooks: code cells as one Python text whose lines know their line in the file. Outputs are never read as code.

use aispm_formats::doc::{Limits, Node, parse_json};

use crate::ir::Module;

/// The code of a notebook.
pub(crate) struct Notebook {
    /// The code cells one after another.
    pub(crate) text: String,
    /// Line in the file of each line of `text`.
    pub(crate) lines: Vec<u32>,
    /// Code cells.
    pub(crate) code_cells: usize,
    /// A cell keeps outputs.
    pub(crate) has_outputs: bool,
    /// Commands that fetch a program and run it unread, with their lines in the file.
    pub(crate) fetches: Vec<(String, u32)>,
}

/// Commands told of one notebook.
const FETCHES: usize = 32;

/// Reads a notebook; the error says what is wrong with the document.
pub(crate) fn read(text: &str) -> Result<Option<Notebook>, String> {
    let doc = parse_json(text, &Limits::default()).map_err(|e| e.to_string())?;
    let language = doc
        .at(&["metadata", "kernelspec", "language"])
        .or_else(|| doc.at(&["metadata", "language_info", "name"]))
        .and_then(Node::as_str);
    if language.is_some_and(|l| !l.eq_ignore_ascii_case("python")) {
        return Ok(None);
    }
    let mut out = Notebook {
        text: String::new(),
        lines: Vec::new(),
        code_cells: 0,
        has_outputs: false,
        fetches: Vec::new(),
    };
    // Format 3 keeps cells in worksheets.
    let sheets = doc.get("worksheets").map_or(&[][..], Node::items);
    let cells = doc
        .get("cells")
        .into_iter()
        .chain(sheets.iter().filter_map(|s| s.get("cells")))
        .flat_map(Node::items);
    for cell in cells.filter(|c| c.get("cell_type").and_then(Node::as_str) == Some("code")) {
        out.code_cells += 1;
        out.has_outputs |= cell.get("outputs").is_some_and(|o| !o.items().is_empty());
        if let Some(source) = cell.get("source").or_else(|| cell.get("input")) {
            out.cell(source);
        }
    }
    Ok(Some(out))
}

impl Notebook {
    fn cell(&mut self, source: &Node) {
        let pieces: Vec<(&str, u32)> = match source.as_str() {
            Some(whole) => vec![(whole, source.line)],
            None => source
                .items()
                .iter()
                .filter_map(|n| Some((n.as_str()?, n.line)))
                .collect(),
        };
        let first = pieces.first().map_or("", |p| p.0).trim_start();
        // A cell in another language, but for the magics that only measure or catch.
        let foreign = first.starts_with("%%")
            && !["%%time", "%%capture", "%%timeit"]
                .iter()
                .any(|m| first.starts_with(m));
        if foreign {
            if SHELLS.iter().any(|shell| first.starts_with(shell)) {
                for (line, at) in pieces.iter().flat_map(|(p, at)| p.lines().map(move |l| (l, *at))) {
                    self.fetch(line, at);
                }
            }
            return;
        }
        for (piece, line) in pieces {
            for text in piece.split_inclusive('\n') {
                let code = text.trim_end_matches('\n');
                let bare = code.trim_start();
                if let Some((before, command)) = shell_command(code) {
                    self.fetch(command, line);
                    self.text.push_str(before);
                    self.text.push_str(&called(before, command));
                } else if bare.starts_with(['%', '!', '?']) {
                    // Kept as a statement, so that a block holding only a magic stays a block.
                    let indent = code.len() - bare.len();
                    self.text.push_str(code.get(..indent).unwrap_or(""));
                    self.text.push_str("pass");
                } else {
                    self.text.push_str(code);
                }
                self.text.push('\n');
                self.lines.push(line);
            }
        }
        self.text.push('\n');
        self.lines.push(self.lines.last().copied().unwrap_or(1));
    }

    fn fetch(&mut self, command: &str, line: u32) {
        if self.fetches.len() < FETCHES && runs_what_it_fetches(command) {
            let shown: String = command.trim().chars().take(200).collect();
            self.fetches.push((shown, line));
        }
    }

    /// Turns lines of the text into lines of the file.
    pub(crate) fn place(&self, module: &mut Module) {
        let at = |line: &mut u32| {
            *line = self
                .lines
                .get((*line as usize).saturating_sub(1))
                .copied()
                .unwrap_or(*line);
        };
        module.exprs.iter_mut().for_each(|e| at(&mut e.line));
        module.scopes.iter_mut().for_each(|s| at(&mut s.line));
        module.notebook = true;
    }
}

/// Magics of cells that are read by a shell.
const SHELLS: &[&str] = &[
    "%%bash",
    "%%sh",
    "%%script bash",
    "%%script sh",
    "%%!",
    "%%system",
];

/// `curl … | sh`, `bash <(wget …)`, `sh -c "$(curl …)"`.
fn runs_what_it_fetches(command: &str) -> bool {
    const RUN: &[&str] = &["sh", "bash", "zsh", "python", "python3", "perl", "ruby", "node"];
    let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let runs = |part: &str| {
        let mut words = part
            .split_whitespace()
            .filter(|w| *w != "sudo" && !w.contains('='));
        words.next().is_some_and(|w| RUN.contains(&name(w).as_str()))
    };
    let fetches = |part: &str| {
        let words = part.split(|c: char| !(c.is_alphanumeric() || c == '/' || c == '-'));
        words.map(name).any(|w| w == "curl" || w == "wget")
    };
    command.split(['&', ';']).any(|one| {
        let mut fetched = false;
        let piped = one.split('|').any(|part| {
            let run = fetched && runs(part);
            fetched |= fetches(part);
            run
        });
        let inside = one
            .split_once("<(")
            .or_else(|| one.split_once("$("))
            .or_else(|| one.split_once('`'));
        piped || inside.is_some_and(|(before, rest)| runs(before) && fetches(rest))
    })
}

/// What stands before a command that a line gives to a shell, and the command: `!ls`, `files = !ls`, `%system ls`.
fn shell_command(line: &str) -> Option<(&str, &str)> {
    let bare = line.trim_start();
    let indent = line.get(..line.len() - bare.len()).unwrap_or("");
    for magic in ["!!", "!", "%system ", "%sx "] {
        if let Some(command) = bare.strip_prefix(magic) {
            return Some((indent, command));
        }
    }
    let at = line.find("= !")? + 2;
    let (before, command) = line.split_at_checked(at)?;
    let names = before.trim_end_matches(['=', ' ']);
    let plain = names
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | ' ' | ',' | '.'));
    plain.then(|| (before, command.trim_start_matches('!')))
}

/// The call that IPython makes of a command; `{expression}` and `$name` in it are of the program.
fn called(before: &str, command: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut literal = String::new();
    let mut rest = command;
    while let Some(at) = rest.find(['{', '$']) {
        let (plain, from) = rest.split_at(at);
        literal.push_str(plain);
        let (sign, inner) = from.split_at(1);
        let end = match sign {
            "{" => inner.find('}'),
            _ => inner
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .or(Some(inner.len())),
        };
        let value = end.and_then(|end| inner.get(..end)).map_or("", str::trim);
        let named = value.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if named {
            parts.push(format!("{:?}", std::mem::take(&mut literal)));
            parts.push(format!("({value})"));
            let skip = value.len().max(end.unwrap_or(0)) + usize::from(sign == "{");
            rest = inner.get(skip..).unwrap_or("");
        } else {
            literal.push_str(sign);
            rest = inner;
        }
    }
    literal.push_str(rest);
    parts.push(format!("{literal:?}"));
    let name = if before.contains('=') {
        "getoutput"
    } else {
        "system"
    };
    let space = if before.ends_with('=') { " " } else { "" };
    format!("{space}get_ipython().{name}({})", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{called, read, runs_what_it_fetches, shell_command};

    #[test]
    fn commands_that_run_what_they_fetch() {
        for (command, wanted) in [
            ("curl -fsSL https://ollama.com/install.sh | sh", true),
            ("wget -qO- https://x.example/a.py | sudo python3 -", true),
            ("bash <(curl -s https://x.example/a)", true),
            ("sh -c \"$(curl -fsSL https://x.example/a)\"", true),
            ("curl -o a.tar https://x.example/a.tar && tar xf a.tar", false),
            ("curl https://x.example/a.json | jq .b", false),
            ("cat a.sh | sh", false),
            ("echo curly | sh", false),
        ] {
            assert_eq!(runs_what_it_fetches(command), wanted, "{command}");
        }
    }

    #[test]
    fn commands_become_calls_with_what_is_put_into_them() {
        for (line, wanted) in [
            ("!ls -l", Some("get_ipython().system(\"ls -l\")")),
            ("  !{cmd}", Some("  get_ipython().system(\"\", (cmd), \"\")")),
            (
                "out = !echo $x.txt",
                Some("out = get_ipython().getoutput(\"echo \", (x), \".txt\")"),
            ),
            (
                "%system echo {len(x)} a",
                Some("get_ipython().system(\"echo \", (len(x)), \" a\")"),
            ),
            (
                "!awk '{print}'",
                Some("get_ipython().system(\"awk '\", (print), \"'\")"),
            ),
            ("!echo $1 $$", Some("get_ipython().system(\"echo $1 $$\")")),
            ("%pip install openai", None),
            ("if a != b:", None),
            ("x = y", None),
        ] {
            let read = shell_command(line).map(|(before, c)| format!("{before}{}", called(before, c)));
            assert_eq!(read.as_deref(), wanted, "{line}");
        }
    }

    #[test]
    fn lines_are_those_of_the_file_and_outputs_are_left_out() {
        let text = "{\n \"cells\": [\n  {\"cell_type\": \"markdown\", \"source\": [\"x = 1\"]},\n  {\"cell_type\": \"code\",\n   \"outputs\": [{\"text\": [\"exec(1)\"]}],\n   \"source\": [\n    \"%pip install openai\\n\",\n    \"a = 1\\n\",\n    \"b = 2\"\n   ]}\n ]\n}";
        let notebook = read(text).unwrap().unwrap();
        assert_eq!(notebook.text, "pass\na = 1\nb = 2\n\n");
        assert_eq!(notebook.lines, [7, 8, 9, 9]);
        assert!(notebook.has_outputs);
        assert_eq!(notebook.code_cells, 1);
    }
}
