//! The functions that conditions may call, and the comparison operators in three values.

use std::sync::{Arc, OnceLock};

use cel::common::types::{CelBool, CelNull, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{Env, ExecutionError};

use super::document::{UnknownItem, unknown};

/// What `==`, `!=` and `in` are rewritten to. CEL's own compare without a way to fail, and would call a list item that is
/// unknown different from everything.
pub(super) const EQUALS: &str = "@equals";
/// See [`EQUALS`].
pub(super) const DIFFERS: &str = "@differs";
/// See [`EQUALS`].
pub(super) const AMONG: &str = "@among";

/// Functions a rule may call.
pub(super) const FUNCTIONS: &[&str] = &[
    "contains",
    "double",
    "endsWith",
    "indexOf",
    "int",
    "join",
    "lowerAscii",
    "matches",
    "replace",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "trim",
    "upperAscii",
];
/// Macros a rule may call.
pub(super) const MACROS: &[&str] = &["all", "exists", "exists_one", "filter", "map"];

/// CEL's standard library, its string functions, and our comparisons.
pub(super) fn environment() -> Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    let build = || {
        let mut env = Env::stdlib();
        let two = || vec![DYN_TYPE, DYN_TYPE];
        // Names that begin with `@` cannot be written in a rule, so none of these can be declared already.
        let declared = env
            .add_extension(cel::extensions::strings)
            .and_then(|()| env.add_overload(EQUALS, EQUALS, two(), equals))
            .and_then(|()| env.add_overload(DIFFERS, DIFFERS, two(), differs))
            .and_then(|()| env.add_overload(AMONG, AMONG, two(), among));
        debug_assert!(declared.is_ok(), "{declared:?}");
        Arc::new(env)
    };
    Arc::clone(ENVIRONMENT.get_or_init(build))
}

/// The reason, where a value is unknown or a list with something unknown inside.
fn why_unknown(value: &dyn Val) -> Option<ExecutionError> {
    if let Some(UnknownItem(reason)) = value.downcast_ref::<UnknownItem>() {
        return Some(unknown(reason.clone()));
    }
    let mut items = value.as_iterable()?.iter();
    while let Some(item) = items.next() {
        if let Some(UnknownItem(reason)) = item.downcast_ref::<UnknownItem>() {
            return Some(unknown(reason.clone()));
        }
    }
    None
}

fn compare(args: &[CowVal<'_, '_>]) -> Result<bool, ExecutionError> {
    let [left, right] = args else {
        return Err(ExecutionError::invalid_argument_count(2, args.len()));
    };
    match why_unknown(left.as_ref()).or_else(|| why_unknown(right.as_ref())) {
        Some(error) => Err(error),
        None => Ok(left.equals(right.as_ref())),
    }
}

fn equals<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    compare(&args).map(|same| CowVal::owned(CelBool::from(same)))
}

fn differs<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    compare(&args).map(|same| CowVal::owned(CelBool::from(!same)))
}

/// True where an item equals; unknown where none does and one is unknown; otherwise false. Null holds nothing.
fn among<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [wanted, held] = args.as_slice() else {
        return Err(ExecutionError::invalid_argument_count(2, args.len()));
    };
    if let Some(error) = why_unknown(wanted.as_ref()) {
        return Err(error);
    }
    let found = match held.as_iterable() {
        Some(list) => {
            let (mut items, mut found) = (list.iter(), false);
            while let Some(item) = items.next() {
                found = found || item.equals(wanted.as_ref());
            }
            if let (false, Some(error)) = (found, why_unknown(held.as_ref())) {
                return Err(error);
            }
            found
        }
        None => match held.as_container() {
            Some(container) => container.contains(wanted.as_ref())?,
            None if held.downcast_ref::<CelNull>().is_some() => false,
            None => return Err(not_a_list(held.as_ref())),
        },
    };
    Ok(CowVal::owned(CelBool::from(found)))
}

fn not_a_list(value: &dyn Val) -> ExecutionError {
    ExecutionError::UnexpectedType {
        got: value.get_type().name().to_owned(),
        want: "list".to_owned(),
    }
}
