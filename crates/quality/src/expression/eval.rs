//! Running a condition over the rows of a batch, part by part, each part over all rows.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::distinct::date_of;
use crate::expression::typed::{How, Node};

/// Values of one part for each row.
#[derive(Debug, Clone, PartialEq)]
pub enum Lane<'a> {
    /// Numbers. None is not finite.
    Numbers(Vec<Option<f64>>),
    /// Texts.
    Texts(Vec<Option<Cow<'a, str>>>),
    /// Days since 1970-01-01.
    Days(Vec<Option<i32>>),
    /// True, false or neither.
    Truths(Vec<Option<bool>>),
    /// Nothing in any row.
    Nulls,
}

/// Where a condition finds its fields.
pub trait Columns {
    /// The values of a field, one for each row.
    fn lane(&self, field: &str) -> Option<&Lane<'_>>;
}

pub(super) fn eval<'a>(
    node: &'a Node,
    columns: &'a dyn Columns,
    rows: usize,
    today: i32,
) -> Cow<'a, Lane<'a>> {
    let run = |node: &'a Node| eval(node, columns, rows, today);
    Cow::Owned(match node {
        Node::Number(number) => Lane::Numbers(vec![Some(*number); rows]),
        Node::Text(text) => Lane::Texts(vec![Some(Cow::Borrowed(text.as_str())); rows]),
        Node::Day(day) => Lane::Days(vec![Some(*day); rows]),
        Node::Today => Lane::Days(vec![Some(today); rows]),
        Node::Truth(truth) => Lane::Truths(vec![Some(*truth); rows]),
        Node::Null => Lane::Nulls,
        Node::Field(name) => return columns.lane(name).map_or(Cow::Owned(Lane::Nulls), Cow::Borrowed),
        Node::Minus(inner) => numbers(&run(inner), |number| -number),
        Node::Absolute(inner) => numbers(&run(inner), f64::abs),
        Node::Sum(left, right) => computed(&run(left), &run(right), |a, b| a + b),
        Node::Difference(left, right) => computed(&run(left), &run(right), |a, b| a - b),
        Node::Product(left, right) => computed(&run(left), &run(right), |a, b| a * b),
        Node::Quotient(left, right) => computed(&run(left), &run(right), |a, b| a / b),
        Node::Not(inner) => {
            let inner = truths(&run(inner), rows);
            Lane::Truths(inner.into_iter().map(|truth| truth.map(|truth| !truth)).collect())
        }
        Node::And(left, right) => both(&run(left), &run(right), rows, false),
        Node::Or(left, right) => both(&run(left), &run(right), rows, true),
        Node::Compared(how, left, right) => compared(*how, &run(left), &run(right), rows),
        Node::IsNull(inner) => is_null(&run(inner), rows),
        Node::In(value, list) => {
            let value = run(value);
            let mut any = Lane::Truths(vec![Some(false); rows]);
            for item in list {
                any = both(&any, &compared(How::Equal, &value, &run(item), rows), rows, true);
            }
            any
        }
        Node::Matches(value, pattern) => of_texts(&run(value), |text| pattern.is_match(text), Lane::Truths),
        #[expect(clippy::cast_precision_loss, reason = "characters of a text")]
        Node::Length(text) => of_texts(&run(text), |text| text.chars().count() as f64, Lane::Numbers),
        Node::Lower(text) => of_texts(&run(text), |text| Cow::Owned(text.to_lowercase()), Lane::Texts),
        Node::Trim(text) => of_texts(&run(text), |text| Cow::Owned(text.trim().to_owned()), Lane::Texts),
        Node::Year(day) => match &*run(day) {
            Lane::Days(days) => {
                let year = |day: i32| date_of(day).map(|day| f64::from(day.year()));
                Lane::Numbers(days.iter().map(|day| day.and_then(year)).collect())
            }
            _ => Lane::Nulls,
        },
    })
}

fn numbers<'a>(lane: &Lane<'_>, make: impl Fn(f64) -> f64) -> Lane<'a> {
    match lane {
        Lane::Numbers(numbers) => Lane::Numbers(numbers.iter().map(|number| number.map(&make)).collect()),
        _ => Lane::Nulls,
    }
}

/// What is out of all bounds, or divided by zero, is nothing.
fn computed<'a>(left: &Lane<'_>, right: &Lane<'_>, make: impl Fn(f64, f64) -> f64) -> Lane<'a> {
    let finite = |number: f64| Some(number).filter(|number| number.is_finite());
    #[expect(clippy::cast_possible_truncation, reason = "within i32, as is asked before")]
    let day = |number: f64| {
        (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number).then_some(number.trunc() as i32)
    };
    match (left, right) {
        (Lane::Numbers(a), Lane::Numbers(b)) => {
            let of = |(a, b): (&Option<f64>, &Option<f64>)| finite(make((*a)?, (*b)?));
            Lane::Numbers(a.iter().zip(b).map(of).collect())
        }
        (Lane::Days(a), Lane::Days(b)) => {
            let of = |(a, b): (&Option<i32>, &Option<i32>)| Some(make(f64::from((*a)?), f64::from((*b)?)));
            Lane::Numbers(a.iter().zip(b).map(of).collect())
        }
        (Lane::Days(a), Lane::Numbers(b)) => {
            let of = |(a, b): (&Option<i32>, &Option<f64>)| day(make(f64::from((*a)?), (*b)?));
            Lane::Days(a.iter().zip(b).map(of).collect())
        }
        _ => Lane::Nulls,
    }
}

fn of_texts<'a, T>(
    lane: &Lane<'_>,
    make: impl Fn(&str) -> T,
    lane_of: impl Fn(Vec<Option<T>>) -> Lane<'a>,
) -> Lane<'a> {
    match lane {
        Lane::Texts(texts) => lane_of(texts.iter().map(|text| text.as_deref().map(&make)).collect()),
        _ => Lane::Nulls,
    }
}

fn truths(lane: &Lane<'_>, rows: usize) -> Vec<Option<bool>> {
    match lane {
        Lane::Truths(truths) => truths.clone(),
        _ => vec![None; rows],
    }
}

/// And, or: `decisive` settles it whatever the other is.
fn both<'a>(left: &Lane<'_>, right: &Lane<'_>, rows: usize, decisive: bool) -> Lane<'a> {
    let of = |(a, b): (Option<bool>, Option<bool>)| match (a, b) {
        (Some(truth), _) | (_, Some(truth)) if truth == decisive => Some(decisive),
        (Some(_), Some(_)) => Some(!decisive),
        _ => None,
    };
    Lane::Truths(truths(left, rows).into_iter().zip(truths(right, rows)).map(of).collect())
}

fn compared<'a>(how: How, left: &Lane<'_>, right: &Lane<'_>, rows: usize) -> Lane<'a> {
    let holds = |order: Ordering| match how {
        How::Equal => order.is_eq(),
        How::Unequal => order.is_ne(),
        How::Below => order.is_lt(),
        How::AtMost => order.is_le(),
        How::Above => order.is_gt(),
        How::AtLeast => order.is_ge(),
    };
    fn zipped<T>(
        a: &[Option<T>],
        b: &[Option<T>],
        order: impl Fn(&T, &T) -> Option<Ordering>,
        holds: impl Fn(Ordering) -> bool,
    ) -> Vec<Option<bool>> {
        let of = |(a, b): (&Option<T>, &Option<T>)| order(a.as_ref()?, b.as_ref()?).map(&holds);
        a.iter().zip(b).map(of).collect()
    }
    Lane::Truths(match (left, right) {
        (Lane::Numbers(a), Lane::Numbers(b)) => zipped(a, b, f64::partial_cmp, holds),
        (Lane::Texts(a), Lane::Texts(b)) => zipped(a, b, |a, b| Some(a.as_ref().cmp(b.as_ref())), holds),
        (Lane::Days(a), Lane::Days(b)) => zipped(a, b, |a, b| Some(a.cmp(b)), holds),
        (Lane::Truths(a), Lane::Truths(b)) => zipped(a, b, |a, b| Some(a.cmp(b)), holds),
        _ => vec![None; rows],
    })
}

fn is_null<'a>(lane: &Lane<'_>, rows: usize) -> Lane<'a> {
    fn of<T>(values: &[Option<T>]) -> Vec<Option<bool>> {
        values.iter().map(|value| Some(value.is_none())).collect()
    }
    Lane::Truths(match lane {
        Lane::Numbers(values) => of(values),
        Lane::Texts(values) => of(values),
        Lane::Days(values) => of(values),
        Lane::Truths(values) => of(values),
        Lane::Nulls => vec![Some(true); rows],
    })
}
