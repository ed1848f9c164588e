//! Conditions: CEL expressions over the document of an asset, checked against the schema at load, judged in three values.

mod check;
mod document;
mod library;

use aispm_graph::World;
use aispm_types::{Asset, AssetKind};
use cel::common::ast::{Expr, IdedExpr, operators};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelNull, CelString};
use cel::common::value::Val;
use cel::{Context, ExecutionError, Program, Value};

pub(crate) use check::Element;
use document::{AssetView, FACT_INDEX, FactsView, PolicyView, RelatedView, UNKNOWN, UnknownItem};

/// The element of `for_each` in the scope of its conditions.
const ELEMENT: &str = "it";

/// An expression that compiled and names only what the schema knows.
#[derive(Debug)]
pub(crate) struct Condition {
    expression: IdedExpr,
    /// Properties of the asset it names, in the order it names them.
    pub(crate) named: Vec<String>,
    /// What an element is, where it is a list.
    pub(crate) element: Element,
}

/// What may be named inside an expression.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// Kinds the rule applies to.
    pub(crate) kinds: &'a [AssetKind],
    /// What `it` is, inside a rule with `for_each`.
    pub(crate) element: Option<&'a Element>,
}

/// What the expression must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gives {
    /// True or false.
    Truth,
    /// A list.
    List,
    /// Anything that can be written as text.
    Anything,
}

/// Three values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Could not know; the text says why.
    Unknown(String),
}

impl Condition {
    /// Parses and checks. The error is one sentence for each problem.
    pub(crate) fn compile(source: &str, names: &Names<'_>, gives: Gives) -> Result<Self, Vec<String>> {
        let program = Program::compile(source).map_err(|e| {
            let syntax = |p: &cel::ParseError| format!("syntax at {}:{}: {}", p.pos.0, p.pos.1, p.msg);
            e.errors.iter().map(syntax).collect::<Vec<_>>()
        })?;
        let checked = check::check(program.expression(), names, gives)?;
        let mut expression = program.expression().clone();
        compare_in_three_values(&mut expression);
        Ok(Self {
            expression,
            named: checked.named,
            element: checked.element,
        })
    }

    /// Whether it holds.
    pub(crate) fn truth(&self, scope: &Scope<'_, '_>) -> Truth {
        match Value::resolve_val(&self.expression, &scope.context) {
            Ok(v) => match v.downcast_ref::<CelBool>() {
                Some(b) if *b.inner() => Truth::True,
                Some(_) => Truth::False,
                None => Truth::Unknown(format!(
                    "the condition gives {} instead of true or false",
                    v.get_type().name()
                )),
            },
            Err(e) => Truth::Unknown(why(&e)),
        }
    }

    /// The items of the list it gives, or why they are unknown.
    pub(crate) fn items<'v>(&self, scope: &Scope<'_, 'v>) -> Result<Vec<Box<dyn Val + 'v>>, String> {
        let value = Value::resolve_val(&self.expression, &scope.context).map_err(|e| why(&e))?;
        let list = value
            .as_iterable()
            .ok_or_else(|| "`for_each` gives no list".to_owned())?;
        let (mut items, mut out) = (list.iter(), Vec::new());
        while let Some(item) = items.next() {
            out.push(item.clone_as_boxed());
        }
        Ok(out)
    }

    /// What it gives, as text for people.
    pub(crate) fn text(&self, scope: &Scope<'_, '_>) -> String {
        match Value::resolve_val(&self.expression, &scope.context) {
            Ok(v) => written(v.as_ref()),
            Err(_) => "unknown".to_owned(),
        }
    }
}

/// The variables of one assessment: the asset and, inside `for_each`, the element.
pub(crate) struct Scope<'p, 'v> {
    context: Context<'p, 'v>,
}

impl<'v> Scope<'_, 'v> {
    /// The document of an asset.
    pub(crate) fn new(asset: &'v Asset, world: &World<'v>) -> Self {
        let mut context = Context::with_env(library::environment());
        let called = "asset";
        let related = |outgoing| RelatedView {
            graph: world.graph,
            id: &asset.id,
            outgoing,
        };
        let facts = world.graph.facts(&asset.id);
        context.add_variable_as_val("asset", Box::new(AssetView { asset, called }));
        context.add_variable_as_val("facts", Box::new(FactsView { facts }));
        context.add_variable_as_val("outgoing", Box::new(related(true)));
        context.add_variable_as_val("incoming", Box::new(related(false)));
        context.add_variable_as_val("policy", Box::new(PolicyView { policy: world.policy }));
        Self { context }
    }

    /// The same with an element bound to `it`.
    pub(crate) fn with_element(&self, element: &(dyn Val + 'v)) -> Scope<'_, 'v> {
        let mut context = self.context.new_inner_scope();
        context.add_variable_as_val(ELEMENT, element.clone_as_boxed());
        Scope { context }
    }
}

/// The position of a fact among the facts of its asset, where an element is a fact.
pub(crate) fn fact_index(element: &dyn Val) -> Option<usize> {
    let index = element.as_indexer()?.get(&CelString::from(FACT_INDEX)).ok()?;
    usize::try_from(*index.downcast_ref::<CelInt>()?.inner()).ok()
}

/// Replaces `==`, `!=` and `in` by comparisons that know unknown list items.
fn compare_in_three_values(expression: &mut IdedExpr) {
    match &mut expression.expr {
        Expr::Call(call) => {
            let ours = match call.func_name.as_str() {
                operators::EQUALS => Some(library::EQUALS),
                operators::NOT_EQUALS => Some(library::DIFFERS),
                operators::IN => Some(library::AMONG),
                _ => None,
            };
            if let Some(name) = ours {
                call.func_name = name.to_owned();
            }
            call.target.iter_mut().for_each(|t| compare_in_three_values(t));
            call.args.iter_mut().for_each(compare_in_three_values);
        }
        Expr::Comprehension(c) => {
            for part in [
                &mut c.iter_range,
                &mut c.accu_init,
                &mut c.loop_cond,
                &mut c.loop_step,
                &mut c.result,
            ] {
                compare_in_three_values(part);
            }
        }
        Expr::List(list) => list.elements.iter_mut().for_each(compare_in_three_values),
        Expr::Select(select) => compare_in_three_values(&mut select.operand),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {}
    }
}

/// Why an evaluation gave nothing; names types and functions, never values.
fn why(error: &ExecutionError) -> String {
    match error {
        ExecutionError::FunctionError { function, message } if function == UNKNOWN => message.clone(),
        ExecutionError::NoSuchOverload(overload) => {
            let types = overload.argument_types();
            if types.iter().any(|t| t == "unknown") {
                "an item of a list is not known".to_owned()
            } else {
                format!(
                    "`{}` does not apply to {}",
                    overload.function(),
                    types.join(" and ")
                )
            }
        }
        ExecutionError::UnexpectedType { got, want } => format!("a {got} stands where a {want} is needed"),
        ExecutionError::IndexOutOfBounds(_) => "a list is shorter than the condition expects".to_owned(),
        ExecutionError::FunctionError { function, .. } => format!("`{function}` failed"),
        _ => "the condition could not be evaluated".to_owned(),
    }
}

/// A value as text for people.
fn written(value: &dyn Val) -> String {
    if let Some(s) = value.downcast_ref::<CelString>() {
        s.inner().to_owned()
    } else if let Some(i) = value.downcast_ref::<CelInt>() {
        i.inner().to_string()
    } else if let Some(b) = value.downcast_ref::<CelBool>() {
        b.inner().to_string()
    } else if let Some(d) = value.downcast_ref::<CelDouble>() {
        d.inner().to_string()
    } else if value.downcast_ref::<CelNull>().is_some() {
        "not set".to_owned()
    } else if value.downcast_ref::<UnknownItem>().is_some() {
        "unknown".to_owned()
    } else if let Some(l) = value.downcast_ref::<CelList>() {
        let items: Vec<String> = l.inner().iter().map(|v| written(v.as_ref())).collect();
        if items.is_empty() {
            "none".to_owned()
        } else {
            items.join(", ")
        }
    } else {
        value.get_type().name().to_owned()
    }
}

#[cfg(test)]
mod tests;
