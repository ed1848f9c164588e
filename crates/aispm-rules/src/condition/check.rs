//! Checks an expression against the schema before it is ever evaluated: a misspelt property is an error with the right name, not
//! a check that silently passes.

use aispm_types::schema::{self, Property, Type};
use aispm_types::{AssetKind, FactKind, RelationKind};
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators};

use super::document::{APPROVED_FIELDS, ASSET_FIELDS, FACT_FILE, any_kind_has, property_name};
use super::library::{FUNCTIONS, MACROS};
use super::{ELEMENT, Gives, Names};
use crate::suggest::did_you_mean;

/// What stands at a place of an expression.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Asset,
    Related,
    Facts,
    Fact(FactKind),
    Relations,
    Policy,
    Approved,
    List(Box<Shape>),
    /// A property with its full name; may be null.
    Property(Type, String),
    Bool,
    Any,
}

/// What an element of a list is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element(Shape);

pub(super) struct Checked {
    pub(super) named: Vec<String>,
    pub(super) element: Element,
}

pub(super) fn check(expression: &IdedExpr, names: &Names<'_>, gives: Gives) -> Result<Checked, Vec<String>> {
    let mut checker = Checker {
        kinds: names.kinds,
        variables: names
            .element
            .map(|e| (ELEMENT.to_owned(), e.0.clone()))
            .into_iter()
            .collect(),
        named: Vec::new(),
        problems: Vec::new(),
    };
    let shape = checker.shape(expression);
    match gives {
        Gives::Truth => checker.truth(&shape),
        Gives::List
            if !matches!(
                shape,
                Shape::List(_) | Shape::Any | Shape::Property(Type::StrList, _)
            ) =>
        {
            checker.problems.push("this must give a list".to_owned());
        }
        Gives::List | Gives::Anything => {}
    }
    if checker.problems.is_empty() {
        let element = Element(checker.element(&shape));
        Ok(Checked {
            named: checker.named,
            element,
        })
    } else {
        checker.problems.dedup();
        Err(checker.problems)
    }
}

struct Checker<'a> {
    kinds: &'a [AssetKind],
    variables: Vec<(String, Shape)>,
    named: Vec<String>,
    problems: Vec<String>,
}

impl Checker<'_> {
    fn problem(&mut self, text: String) -> Shape {
        self.problems.push(text);
        Shape::Any
    }

    fn shape(&mut self, e: &IdedExpr) -> Shape {
        match &e.expr {
            Expr::Ident(name) => self.variable(name),
            Expr::Select(select) => self.select(select),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(c) => self.comprehension(c),
            Expr::List(list) => {
                let shapes: Vec<Shape> = list.elements.iter().map(|e| self.shape(e)).collect();
                Shape::List(Box::new(shapes.into_iter().next().unwrap_or(Shape::Any)))
            }
            Expr::Literal(LiteralValue::Boolean(_)) => Shape::Bool,
            Expr::Literal(_) => Shape::Any,
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.problem("maps and structures cannot be written in a rule".to_owned())
            }
        }
    }

    fn variable(&mut self, name: &str) -> Shape {
        if let Some((_, shape)) = self.variables.iter().rev().find(|(n, _)| n == name) {
            return shape.clone();
        }
        match name {
            "asset" => Shape::Asset,
            "facts" => Shape::Facts,
            "outgoing" | "incoming" => Shape::Relations,
            "policy" => Shape::Policy,
            _ => {
                let known = self.variables.iter().map(|(n, _)| n.as_str());
                let hint = did_you_mean(
                    name,
                    known.chain(["asset", "facts", "incoming", "outgoing", "policy"]),
                );
                self.problem(format!("`{name}` is no variable{hint}"))
            }
        }
    }

    fn select(&mut self, select: &SelectExpr) -> Shape {
        let field = select.field.as_str();
        if select.test {
            return self.problem(format!("write `… .{field} != null` instead of `has(… .{field})`"));
        }
        match self.shape(&select.operand) {
            Shape::Asset => self.asset_property(field),
            Shape::Related => self.related_property(field),
            Shape::Facts => match FactKind::ALL.iter().find(|k| k.as_str() == field) {
                Some(kind) => Shape::List(Box::new(Shape::Fact(*kind))),
                None => {
                    let hint = did_you_mean(field, FactKind::ALL.iter().map(|k| k.as_str()));
                    self.problem(format!("`{field}` is no kind of fact{hint}"))
                }
            },
            Shape::Fact(_) if field == FACT_FILE => Shape::Property(Type::Str, String::from(FACT_FILE)),
            Shape::Fact(kind) => match find(schema::of_fact(kind), field) {
                Some(p) => Shape::Property(p.ty, format!("{}.{field}", kind.as_str())),
                None => {
                    let hint = did_you_mean(field, schema::of_fact(kind).iter().map(|p| p.name));
                    self.problem(format!("a {} has no property `{field}`{hint}", kind.as_str()))
                }
            },
            Shape::Relations => {
                if field.parse::<RelationKind>().is_ok() {
                    return Shape::List(Box::new(Shape::Related));
                }
                let hint = did_you_mean(field, RelationKind::ALL.iter().map(|k| k.as_str()));
                self.problem(format!("`{field}` is no relation{hint}"))
            }
            Shape::Policy if field == "approved" => Shape::Approved,
            Shape::Policy if field == "declares" => Shape::Any,
            Shape::Policy => {
                let hint = did_you_mean(field, ["approved", "declares"]);
                self.problem(format!("a policy has no `{field}`{hint}"))
            }
            // A list, or null where everything is approved.
            Shape::Approved if APPROVED_FIELDS.contains(&field) => Shape::Any,
            Shape::Approved => {
                let hint = did_you_mean(field, APPROVED_FIELDS.iter().copied());
                self.problem(format!("`policy.approved` has no list `{field}`{hint}"))
            }
            Shape::Property(Type::StrMap, name) => Shape::Property(Type::Str, format!("{name}.{field}")),
            Shape::List(_) => {
                self.problem(format!("a list has no `{field}`; use exists, all, filter or map"))
            }
            Shape::Property(..) | Shape::Bool => self.problem(format!("`{field}` is asked of a plain value")),
            Shape::Any => Shape::Any,
        }
    }

    fn asset_property(&mut self, field: &str) -> Shape {
        let named = property_name(field);
        if ASSET_FIELDS.contains(&field) && field != "subkind" {
            return Shape::Property(Type::Str, format!("asset.{field}"));
        }
        if let Some(p) = self.kinds.iter().find_map(|k| schema::asset_property(*k, named)) {
            if !self.named.iter().any(|n| n == named) {
                self.named.push(named.to_owned());
            }
            return Shape::Property(p.ty, format!("asset.{field}"));
        }
        let known = self
            .kinds
            .iter()
            .flat_map(|k| schema::of_kind(*k).iter().chain(schema::COMMON));
        let known: Vec<&str> = known
            .map(|p| p.name)
            .chain(ASSET_FIELDS.iter().copied())
            .collect();
        let hint = did_you_mean(field, known);
        let kinds: Vec<&str> = self.kinds.iter().map(|k| k.as_str()).collect();
        self.problem(format!(
            "`asset.{field}`: no {} has this property{hint}",
            kinds.join(" or ")
        ))
    }

    fn related_property(&mut self, field: &str) -> Shape {
        let named = property_name(field);
        if ASSET_FIELDS.contains(&field) && field != "subkind" {
            return Shape::Property(Type::Str, field.to_owned());
        }
        if any_kind_has(named) {
            let mut types = AssetKind::ALL
                .iter()
                .filter_map(|k| schema::asset_property(*k, named))
                .map(|p| p.ty);
            let first = types.next().unwrap_or(Type::Str);
            return if types.all(|t| t == first) {
                Shape::Property(first, field.to_owned())
            } else {
                Shape::Any
            };
        }
        let known = AssetKind::ALL
            .iter()
            .flat_map(|k| schema::of_kind(*k).iter().chain(schema::COMMON));
        let hint = did_you_mean(field, known.map(|p| p.name).chain(ASSET_FIELDS.iter().copied()));
        self.problem(format!("no kind of asset has a property `{field}`{hint}"))
    }

    fn call(&mut self, call: &CallExpr) -> Shape {
        let target = call.target.as_ref().map(|t| self.shape(t));
        let shapes: Vec<Shape> = call.args.iter().map(|a| self.shape(a)).collect();
        match (call.func_name.as_str(), shapes.as_slice(), call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT, operands, _) => {
                operands.iter().for_each(|s| self.truth(s));
                Shape::Bool
            }
            (operators::CONDITIONAL, [condition, then, _], _) => {
                self.truth(condition);
                then.clone()
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right], [a, b]) => {
                self.comparable(left, b);
                self.comparable(right, a);
                Shape::Bool
            }
            (operators::IN, [left, right], [_, list]) => {
                if let Expr::List(items) = &list.expr {
                    items.elements.iter().for_each(|i| self.comparable(left, i));
                }
                if !matches!(
                    right,
                    Shape::List(_) | Shape::Any | Shape::Property(Type::StrList | Type::StrMap, _)
                ) {
                    self.problem("`in` wants a list on its right".to_owned());
                }
                Shape::Bool
            }
            (operators::INDEX, [Shape::Property(Type::StrMap, name), _], _) => {
                Shape::Property(Type::Str, name.clone())
            }
            (operators::INDEX, [list, _], _) => self.element(list),
            // `accumulated + [x]`, as `map` and `filter` are written out.
            (operators::ADD, [Shape::List(left), Shape::List(right)], _) => {
                let known = if **left == Shape::Any { right } else { left };
                Shape::List(known.clone())
            }
            (
                operators::GREATER | operators::GREATER_EQUALS | operators::LESS | operators::LESS_EQUALS,
                ..,
            ) => Shape::Bool,
            ("startsWith" | "endsWith" | "contains" | "matches", ..) => {
                if matches!(target, Some(Shape::List(_) | Shape::Property(Type::StrList, _))) {
                    self.problem(format!("`{}` is asked of a list; use exists", call.func_name));
                }
                Shape::Bool
            }
            (name, ..) if FUNCTIONS.contains(&name) || name.starts_with(['_', '-', '@']) => Shape::Any,
            (name, ..) => {
                let hint = did_you_mean(name, FUNCTIONS.iter().chain(MACROS).copied());
                self.problem(format!("`{name}` is no function{hint}"))
            }
        }
    }

    /// A property that may be null cannot stand alone where truth is asked: null is neither.
    fn truth(&mut self, shape: &Shape) {
        match shape {
            Shape::Bool | Shape::Any => {}
            Shape::Property(Type::Bool, name) => {
                self.problem(format!(
                    "write `{name} == true` or `{name} == false`: `{name}` may be absent"
                ));
            }
            _ => {
                self.problem("this must be true or false".to_owned());
            }
        }
    }

    /// A property compared with a literal of another type never fits.
    fn comparable(&mut self, shape: &Shape, other: &IdedExpr) {
        let (Shape::Property(ty, name), Expr::Literal(literal)) = (shape, &other.expr) else {
            return;
        };
        let fits = match literal {
            LiteralValue::Null => !matches!(ty, Type::StrList | Type::StrMap),
            LiteralValue::Boolean(_) => *ty == Type::Bool,
            LiteralValue::String(_) => *ty == Type::Str,
            LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => {
                matches!(ty, Type::Int | Type::Float)
            }
            LiteralValue::Bytes(_) => false,
        };
        if !fits {
            let hint = match ty {
                Type::StrList => "; ask `size(…)`, `… in …` or `exists`, an absent list is empty",
                Type::StrMap => "; ask for a key, as in `['team']`",
                _ => "",
            };
            self.problem(format!(
                "`{name}` is a {}, this literal never equals it{hint}",
                ty.as_str()
            ));
        }
    }

    fn comprehension(&mut self, c: &ComprehensionExpr) -> Shape {
        let range = self.shape(&c.iter_range);
        let element = self.element(&range);
        let start = self.shape(&c.accu_init);
        let depth = self.variables.len();
        self.variables.push((c.iter_var.clone(), element));
        self.variables.push((c.accu_var.clone(), start));
        self.shape(&c.loop_cond);
        let step = self.shape(&c.loop_step);
        let result = match &c.result.expr {
            Expr::Ident(name) if *name == c.accu_var => step,
            _ => self.shape(&c.result),
        };
        self.variables.truncate(depth);
        result
    }

    fn element(&mut self, shape: &Shape) -> Shape {
        match shape {
            Shape::List(inner) => (**inner).clone(),
            // An item of a list of texts is a text that is never null.
            _ => Shape::Any,
        }
    }
}

fn find<'a>(properties: &'a [Property], name: &str) -> Option<&'a Property> {
    properties.iter().find(|p| p.name == name)
}
