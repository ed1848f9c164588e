//! `aispm audit`.

use aispm_audit::{AuditError, verify};

use crate::args::{AuditCommand, Common};
use crate::{Exit, settings, terminal};

pub(crate) fn run(common: &Common, command: &AuditCommand) -> anyhow::Result<Exit> {
    let AuditCommand::Verify { file, noted } = command;
    let path = settings::audit_log(common, file.as_deref())?;
    let shown = path.display();
    match verify(&path, noted.as_deref()) {
        Ok(good) if good.head.seq == 0 => {
            terminal::print(format!("{shown}: no entry yet\n").as_bytes())?;
            Ok(Exit::Clean)
        }
        Ok(good) => {
            let last = if good.ahead {
                "\nthe last entry was written while its writer died; the next one takes it over"
            } else {
                ""
            };
            let text = format!(
                "{shown}: {} entries, unchanged since they were written{last}\nnote this elsewhere, and give it to --noted later: {}\n",
                good.head.seq, good.head
            );
            terminal::print(text.as_bytes())?;
            Ok(Exit::Clean)
        }
        Err(AuditError::Broken { source, .. }) => {
            terminal::print(format!("{shown}: changed: {source}\n").as_bytes())?;
            Ok(Exit::Findings)
        }
        Err(e) => Err(e.into()),
    }
}
