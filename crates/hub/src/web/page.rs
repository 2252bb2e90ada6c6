//! Lists as answers.

use std::borrow::Cow;
use std::fmt::Display;

use model::fault::{Fault, Words};
use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType};
use utoipa::openapi::{Ref, RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::registry::order::Order;
use crate::texts;

/// A list, or a page of one.
///
/// What describes routes takes it by a name without `<…>`: what `utoipa` makes of one with them does not compile beside `typed-path`, which
/// gives `Cow<str>` a second `AsRef`. So it is described by hand as well.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    /// What is in it, in order.
    pub(crate) items: Vec<T>,
    /// Behind which the next page begins, to be asked for as `after`; none: nothing is left.
    pub(crate) next: Option<String>,
    /// How many there are on all pages, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<i64>,
}

impl<T> Page<T> {
    /// A page, behind which another one may begin.
    pub(crate) fn of(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next, total: None }
    }

    /// All there is.
    pub(crate) fn all(items: Vec<T>) -> Self {
        Self::of(items, None)
    }
}

/// A number of a query that is from 1 to `most`; where it was left out, `usual`.
///
/// # Errors
/// [`Fault::BadParameters`] for any other, with what it may be.
pub(crate) fn within<T>(name: &str, given: Option<T>, usual: T, most: T) -> Result<T, Fault>
where
    T: Copy + Display + PartialOrd + From<u8>,
{
    let number = given.unwrap_or(usual);
    let fits = (T::from(1)..=most).contains(&number);
    fits.then_some(number)
        .ok_or_else(|| Fault::BadParameters { why: Words::quoted(format!("{name}: 1..={most}")) })
}

/// Most characters of a text that a list is looked through for.
const SEARCHED_MAX: usize = 1000;

/// A text that a list is looked through for.
///
/// # Errors
/// [`Fault::BadParameters`] for one that is too long.
pub(crate) fn searched(text: &str) -> Result<String, Fault> {
    let fits = text.chars().count() <= SEARCHED_MAX;
    fits.then(|| text.to_owned())
        .ok_or_else(|| Fault::BadParameters { why: texts::searched_too_long(SEARCHED_MAX) })
}

/// The page of a list that begins behind the line of this name, and behind which the next one begins.
///
/// # Errors
/// [`Fault::NotInRegistry`] where no line has the name: nobody can say what comes behind it.
pub(crate) fn behind<T>(
    mut lines: Vec<T>,
    after: &str,
    limit: usize,
    name: impl Fn(&T) -> &String,
) -> Result<(Vec<T>, Option<String>), Fault> {
    if !after.is_empty() {
        let gone = || Fault::NotInRegistry { subject: after.chars().take(80).collect() };
        let place = lines.iter().position(|line| name(line) == after).ok_or_else(gone)?;
        lines.drain(..=place);
    }
    let more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| more).map(|line| name(line).clone());
    Ok((lines, next))
}

/// The order that a query asks for, by one of these columns.
///
/// # Errors
/// [`Fault::BadParameters`] for any other, with those that there are.
pub(crate) fn ordered(text: &str, columns: &[&str]) -> Result<Option<Order>, Fault> {
    let order = Order::read(text);
    match &order {
        Some(Order { column, .. }) if !columns.contains(&column.as_str()) => {
            let column: String = column.chars().take(40).collect();
            Err(Fault::BadParameters { why: texts::no_such_order(&column, &columns.join(", ")) })
        }
        _ => Ok(order),
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        page_of(&T::name())
    }
}

/// The name of a list of what has this name.
pub(crate) fn page_name(name: &str) -> String {
    format!("PageOf{name}")
}

/// How a list of what has this name is described.
pub(crate) fn page_of(name: &str) -> RefOr<Schema> {
    let items = ArrayBuilder::new().items(Ref::from_schema_name(name));
    let next =
        ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null])).description(
            Some("Behind which the next page begins, to be asked for as `after`; null: nothing is left."),
        );
    let total = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some("How many there are on all pages, where that was asked for."));
    ObjectBuilder::new()
        .description(Some("A list, or a page of one."))
        .property("items", items)
        .property("next", next)
        .property("total", total)
        .required("items")
        .required("next")
        .into()
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        page_name(&T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}
