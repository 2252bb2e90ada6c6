//! Lists as answers.

use std::borrow::Cow;
use std::fmt::Display;

use model::fault::{Fault, Words};
use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType};
use utoipa::openapi::{Ref, RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

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
}

impl<T> Page<T> {
    /// All there is.
    pub(crate) fn all(items: Vec<T>) -> Self {
        Self { items, next: None }
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
    ObjectBuilder::new()
        .description(Some("A list, or a page of one."))
        .property("items", items)
        .property("next", next)
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
