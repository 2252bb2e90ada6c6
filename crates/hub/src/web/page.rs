//! Lists as answers.

use std::borrow::Cow;

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
