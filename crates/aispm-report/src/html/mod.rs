use crate::Options;
use aispm_types::Report;
use std::io::{self, Write};
pub(crate) fn render(_: &Report, _: &Options, _: &mut dyn Write) -> io::Result<()> {
    Ok(())
}
