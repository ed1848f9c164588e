//! `aispm explain`.

use aispm_report::view;

use super::look;
use super::view::load;
use crate::args::{Common, ExplainArgs};
use crate::{Exit, Usage, settings, terminal};

pub(crate) fn run(common: &Common, args: &ExplainArgs) -> anyhow::Result<Exit> {
    let what = args.what.trim();
    let mut out = Vec::new();
    let look = look(common, true);
    let of_scan = ["F-", "X-", "P-"].iter().any(|p| what.starts_with(p));
    if of_scan {
        let report = load(common, args.scan.as_deref())?;
        if !view::explain(what, &report, &look, &mut out)? {
            return Err(Usage(format!(
                "scan {} has no `{what}`; ids are shown by `aispm findings`, `fixes` and `paths`",
                report.run.id
            ))
            .into());
        }
    } else {
        let content = settings::content(common)?;
        let Some(rule) = content.rules.metas().find(|m| m.id == what) else {
            let near = aispm_rules::nearest(what, content.rules.metas().map(|m| m.id.as_str()));
            let hint = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            return Err(Usage(format!(
                "`{what}` is no rule, finding (F-…), fix (X-…) or path (P-…){hint}"
            ))
            .into());
        };
        view::rule(rule, &look, &mut out)?;
    }
    terminal::print(&out)?;
    Ok(Exit::Clean)
}
