//! Configurations of MCP clients and coding agents, handed to the readers that judge such files wherever they stand.

use std::path::Path;

use aispm_collect::{ReadContext, Readers, VirtualFile, read_bounded};
use aispm_types::{Alias, AssetId, AssetKind, Batch};

use super::Machine;
use crate::catalogue::{document, texts};

impl Machine<'_> {
    /// Reads the configurations below a home directory.
    pub(crate) fn clients(&mut self, home: &Path, readers: fn(&[u8]) -> Readers) {
        let Some(doc) = document("host.yaml") else { return };
        let mut files = Vec::new();
        for name in texts(&doc, "clients") {
            let path = home.join(name);
            match read_bounded(&path, self.cx.budgets.text_file) {
                Ok(bytes) => files.push(VirtualFile::memory(self.shown(&path), bytes)),
                Err(e)
                    if matches!(
                        e.kind(),
                        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                    ) => {}
                Err(e) => self.gap(&path, &e),
            }
        }
        if files.is_empty() {
            return;
        }
        let cx = ReadContext {
            target: self.cx.target.clone(),
            repository: format!("host/{}", self.name),
            budgets: self.cx.budgets.clone(),
        };
        let mut batch = Batch::default();
        for reader in &readers(&self.cx.fingerprint_key).readers {
            let mut kept = Vec::new();
            for file in files.iter().filter(|f| reader.wants(f)) {
                kept.extend(reader.read(file, &cx, &mut batch).map(|k| (file.path.clone(), k)));
            }
            reader.finish(kept, &cx, &mut batch);
        }
        self.read += files.len() as u64;
        // What readers hang on the repository around a file hangs on the machine here.
        batch.aliases.push(Alias {
            alias: AssetId::new(AssetKind::Repository, &cx.repository),
            of: self.id.clone(),
        });
        for asset in &batch.assets {
            if matches!(asset.kind, AssetKind::McpServer | AssetKind::Agent) {
                self.out.relation(aispm_types::Relation::new(
                    &self.id,
                    aispm_types::RelationKind::Contains,
                    &asset.id,
                ));
            }
        }
        self.out.append(batch);
    }
}
