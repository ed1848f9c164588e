//! What a browser would do with a text: tags, links and images, judged against lists of what is harmless.

mod html;
mod inline;
mod markdown;
mod tag;
mod text;

pub(crate) use html::judge as judge_html;
pub(crate) use markdown::Blocks;

use crate::event::Reason;

/// What is known of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing in it is dangerous.
    Pass,
    /// A construct in it has not ended: more text decides.
    Wait,
    /// It may not be shown.
    Stop(Reason, String),
}
