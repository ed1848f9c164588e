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
}

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
            return;
        }
        for (piece, line) in pieces {
            for text in piece.split_inclusive('\n') {
                let code = text.trim_end_matches('\n');
                let bare = code.trim_start();
                if bare.starts_with(['%', '!', '?']) {
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

#[cfg(test)]
mod tests {
    use super::read;

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
