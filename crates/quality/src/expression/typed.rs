//! Types: what a tree comes to is known before it runs, so that running cannot fail.

use std::collections::BTreeSet;

use model::words::Words;
use regex::{Regex, RegexBuilder};

use crate::distinct::day_of;
use crate::expression::parse::{Tree, What};
use crate::expression::{ExpressionError, Type};
use crate::texts;

/// Most bytes that a compiled pattern may take.
pub(crate) const PATTERN_BYTES: usize = 256 * 1024;

/// A part whose type is known. A null literal is of any type.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Number(f64),
    Text(String),
    Day(i32),
    Truth(bool),
    Null,
    Today,
    Field(String),
    Minus(Box<Node>),
    Sum(Box<Node>, Box<Node>),
    Difference(Box<Node>, Box<Node>),
    Product(Box<Node>, Box<Node>),
    Quotient(Box<Node>, Box<Node>),
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Compared(How, Box<Node>, Box<Node>),
    IsNull(Box<Node>),
    In(Box<Node>, Vec<Node>),
    Matches(Box<Node>, Regex),
    Length(Box<Node>),
    Year(Box<Node>),
    Lower(Box<Node>),
    Trim(Box<Node>),
    Absolute(Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Equal,
    Unequal,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// A pattern that must match the whole of a value. Its time is linear in the value, its size bounded.
pub(crate) fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    // By itself first: `a)|(b` is a pattern only within our brackets.
    built(pattern)?;
    built(&format!("^(?:{pattern})$"))
}

/// A pattern as contracts have it: in the words of ECMA-262, and found anywhere in the value unless it says `^` and `$`, as in JSON Schema
/// whose options of types the standard has taken over. What would need going back, a look around or a reference, is refused.
pub(crate) fn search(pattern: &str) -> Result<Regex, regex::Error> {
    built(&ecma(pattern))
}

fn built(pattern: &str) -> Result<Regex, regex::Error> {
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(PATTERN_BYTES).dfa_size_limit(4 * PATTERN_BYTES).nest_limit(50).build()
}

/// Where the same signs mean something else to us: `\d` and `\w` are of ASCII in ECMA-262, and within a class `[`, `&` and `~` are themselves.
fn ecma(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let (mut signs, mut in_class) = (pattern.chars(), false);
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => match signs.next() {
                Some('d') => written.push_str("[0-9]"),
                Some('D') => written.push_str("[^0-9]"),
                Some('w') => written.push_str("[0-9A-Za-z_]"),
                Some('W') => written.push_str("[^0-9A-Za-z_]"),
                other => {
                    written.push('\\');
                    written.extend(other);
                }
            },
            '[' | '&' | '~' if in_class => written.extend(['\\', sign]),
            sign => {
                in_class = sign == '[' || (in_class && sign != ']');
                written.push(sign);
            }
        }
    }
    written
}

type Typed = Result<(Node, Option<Type>), ExpressionError>;

pub(super) fn typed(
    tree: &Tree,
    field: &dyn Fn(&str) -> Option<Type>,
    fields: &mut BTreeSet<String>,
) -> Typed {
    let at = tree.at;
    let wrong = |why| ExpressionError { at, why };
    Ok(match &tree.what {
        What::Number(number) => (Node::Number(*number), Some(Type::Number)),
        What::Text(text) => (Node::Text(text.clone()), Some(Type::Text)),
        What::Day(day) => {
            let number = day_of(day).filter(|_| day.len() == 10);
            (Node::Day(number.ok_or_else(|| wrong(texts::day_not_read(day)))?), Some(Type::Day))
        }
        What::Truth(truth) => (Node::Truth(*truth), Some(Type::Truth)),
        What::Null => (Node::Null, None),
        What::Today => (Node::Today, Some(Type::Day)),
        What::Field(name) => {
            let kind = field(name).ok_or_else(|| wrong(texts::field_unknown(name)))?;
            fields.insert(name.clone());
            (Node::Field(name.clone()), Some(kind))
        }
        What::Minus(inner) => (Node::Minus(of(inner, Type::Number, field, fields)?), Some(Type::Number)),
        What::Not(inner) => (Node::Not(of(inner, Type::Truth, field, fields)?), Some(Type::Truth)),
        What::IsNull(inner) => (Node::IsNull(typed(inner, field, fields)?.0.into()), Some(Type::Truth)),
        What::Two(sign @ ("and" | "or"), left, right) => {
            let left = of(left, Type::Truth, field, fields)?;
            let right = of(right, Type::Truth, field, fields)?;
            (if *sign == "and" { Node::And(left, right) } else { Node::Or(left, right) }, Some(Type::Truth))
        }
        What::Two(sign @ ("+" | "-" | "*" | "/"), left, right) => {
            computed(at, sign, typed(left, field, fields)?, typed(right, field, fields)?)?
        }
        What::Two(sign, left, right) => {
            let how = match *sign {
                "=" => How::Equal,
                "!=" => How::Unequal,
                "<" => How::Below,
                "<=" => How::AtMost,
                ">" => How::Above,
                _ => How::AtLeast,
            };
            let (left, right) = alike(at, typed(left, field, fields)?, typed(right, field, fields)?)?;
            (Node::Compared(how, left.into(), right.into()), Some(Type::Truth))
        }
        What::Between(value, low, high) => {
            let value = typed(value, field, fields)?;
            let (left, low) = alike(at, value.clone(), typed(low, field, fields)?)?;
            let (_, high) = alike(at, value, typed(high, field, fields)?)?;
            let above = Node::Compared(How::AtLeast, left.clone().into(), low.into());
            let below = Node::Compared(How::AtMost, left.into(), high.into());
            (Node::And(above.into(), below.into()), Some(Type::Truth))
        }
        What::In(value, list) => {
            let value = typed(value, field, fields)?;
            let one = |item: &Tree, fields: &mut BTreeSet<String>| {
                alike(item.at, value.clone(), typed(item, field, fields)?).map(|(_, item)| item)
            };
            let list = list.iter().map(|item| one(item, fields)).collect::<Result<_, _>>()?;
            (Node::In(value.0.into(), list), Some(Type::Truth))
        }
        What::Matches(value, pattern) => {
            let value = of(value, Type::Text, field, fields)?;
            let pattern = whole(pattern).map_err(|error| wrong(texts::pattern_not_read(&error)))?;
            (Node::Matches(value, pattern), Some(Type::Truth))
        }
        What::Call(name, arguments) => call(at, name, arguments, field, fields)?,
    })
}

fn call(
    at: usize,
    name: &str,
    arguments: &[Tree],
    field: &dyn Fn(&str) -> Option<Type>,
    fields: &mut BTreeSet<String>,
) -> Typed {
    let [one] = arguments else {
        return Err(ExpressionError { at, why: texts::one_argument(name) });
    };
    Ok(match name {
        "length" => (Node::Length(of(one, Type::Text, field, fields)?), Some(Type::Number)),
        "year" => (Node::Year(of(one, Type::Day, field, fields)?), Some(Type::Number)),
        "lower" => (Node::Lower(of(one, Type::Text, field, fields)?), Some(Type::Text)),
        "trim" => (Node::Trim(of(one, Type::Text, field, fields)?), Some(Type::Text)),
        "abs" => (Node::Absolute(of(one, Type::Number, field, fields)?), Some(Type::Number)),
        _ => return Err(ExpressionError { at, why: texts::function_unknown(name) }),
    })
}

/// A part that must be of a type.
fn of(
    tree: &Tree,
    wanted: Type,
    field: &dyn Fn(&str) -> Option<Type>,
    fields: &mut BTreeSet<String>,
) -> Result<Box<Node>, ExpressionError> {
    let (node, kind) = typed(tree, field, fields)?;
    if kind.is_some_and(|kind| kind != wanted) {
        return Err(ExpressionError { at: tree.at, why: texts::type_wanted(&type_word(wanted)) });
    }
    Ok(node.into())
}

/// Two parts that are compared: of one type.
fn alike(
    at: usize,
    (left, left_type): (Node, Option<Type>),
    (right, right_type): (Node, Option<Type>),
) -> Result<(Node, Node), ExpressionError> {
    match (left_type, right_type) {
        (Some(a), Some(b)) if a != b => {
            Err(ExpressionError { at, why: texts::types_differ(&type_word(a), &type_word(b)) })
        }
        _ => Ok((left, right)),
    }
}

/// Numbers with numbers; days with numbers of days.
fn computed(
    at: usize,
    sign: &str,
    (left, left_type): (Node, Option<Type>),
    (right, right_type): (Node, Option<Type>),
) -> Typed {
    let number = |kind: Option<Type>| kind.is_none_or(|kind| kind == Type::Number);
    let kind = match (sign, left_type, right_type) {
        (_, a, b) if number(a) && number(b) => Type::Number,
        ("-", Some(Type::Day), Some(Type::Day)) => Type::Number,
        ("+" | "-", Some(Type::Day), b) if number(b) => Type::Day,
        _ => return Err(ExpressionError { at, why: texts::not_computed(sign) }),
    };
    let (left, right) = (Box::new(left), Box::new(right));
    let node = match sign {
        "+" => Node::Sum(left, right),
        "-" => Node::Difference(left, right),
        "*" => Node::Product(left, right),
        _ => Node::Quotient(left, right),
    };
    Ok((node, Some(kind)))
}

/// The word for what a part is.
fn type_word(kind: Type) -> Words {
    match kind {
        Type::Number => texts::type_number(),
        Type::Text => texts::type_text(),
        Type::Day => texts::type_day(),
        Type::Truth => texts::type_truth(),
    }
}
