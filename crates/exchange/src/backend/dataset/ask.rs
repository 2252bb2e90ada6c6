//! What a call asks of a dataset: its body, its query, and what of it the grant allows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use connect::{Filter, Listing, Mark};
use model::fault::{Fault, Words};
use model::id::SystemId;
use model::service::{Dataset, DatasetCall, FieldKind};
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::backend::dataset::fitted::Fitted;
use crate::backend::dataset::trouble::{Trouble, question};
use crate::compiled::{HeldGrant, Offered};
use crate::texts;

/// Records in a page, if the caller says nothing, and at most.
pub(super) const PAGE: (usize, usize) = (100, 1000);
/// Values that can be confirmed in one call.
pub(super) const CONFIRM_MAX: usize = 50;
/// In the place of a key, with the key in the query.
pub(super) const BY_QUERY: &str = "record";
/// Records that can be found in one call.
pub(super) const FIND_MAX: usize = 100;
/// Keys that can be looked up in one call.
pub(super) const BATCH_MAX: usize = 1000;

/// A call on a dataset, with what the grant allows.
pub struct Ask<'a> {
    /// The service.
    pub offered: &'a Arc<Offered>,
    /// Its contract.
    pub dataset: &'a Dataset,
    /// What is asked of it, by method and path.
    pub operation: DatasetCall,
    /// Who asks.
    pub client: &'a SystemId,
    /// The grant it passes by.
    pub grant: &'a HeldGrant,
    /// The tags of what the caller has.
    pub if_none_match: Option<&'a str>,
    /// The query, as sent.
    pub query: Option<&'a str>,
    /// As received; empty for a GET.
    pub body: Bytes,
}

impl Ask<'_> {
    /// The body as JSON.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        let read = serde_json::from_slice(&self.body);
        read.map_err(|error| Trouble::Asked(Fault::BadQuestion { why: Words::quoted(error) }))
    }

    /// The filters in the body; without one, none.
    pub(super) fn filters(&self, fitted: &Fitted) -> Result<Vec<Filter>, Trouble> {
        let narrowed: Narrowed = if self.body.is_empty() { Narrowed::default() } else { self.read()? };
        self.filters_by(fitted, narrowed.filters)
    }

    /// Filters by these values, if lists may be filtered by their fields.
    pub(super) fn filters_by(
        &self,
        fitted: &Fitted,
        values: BTreeMap<String, String>,
    ) -> Result<Vec<Filter>, Trouble> {
        let filter = |(field, value): (String, String)| {
            self.may_filter(&field)?;
            fitted.searched(&field, &self.dataset.key)?;
            Ok(Filter::is(&field, &value))
        };
        values.into_iter().map(filter).collect()
    }

    /// Whether lists may be filtered and sorted by a field.
    pub(super) fn may_filter(&self, name: &str) -> Result<(), Trouble> {
        self.granted_field(name)?;
        // A key with a slash in it has no place in a path; a list of one record has.
        if name == self.dataset.key || self.dataset.field(name).is_some_and(|field| field.filter) {
            return Ok(());
        }
        Err(question(texts::not_listed_by(name)))
    }

    /// The kind of a field that may be asked about.
    pub(super) fn granted_field(&self, name: &str) -> Result<FieldKind, Trouble> {
        let shown = || name.chars().take(80).collect::<String>();
        let field = self
            .dataset
            .field(name)
            .ok_or_else(|| Trouble::Asked(Fault::BadQuestion { why: texts::no_such_field(&shown()) }))?;
        if self.grant.fields.allow(name) {
            Ok(field.kind)
        } else {
            Err(Trouble::Asked(Fault::FieldNotGranted { field: shown() }))
        }
    }
}

/// What a confirmation asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    pub(super) key: String,
    #[serde(deserialize_with = "each_once")]
    pub(super) values: BTreeMap<String, Value>,
}

/// What is to be found: by which values, which fields of it, and of how many records.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Find {
    #[serde(deserialize_with = "each_once")]
    pub(super) filters: BTreeMap<String, String>,
    pub(super) fields: Vec<String>,
    pub(super) limit: Option<usize>,
}

/// What a look-up of many asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    pub(super) keys: Vec<String>,
}

/// What a count or a stream asks.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Narrowed {
    #[serde(default, deserialize_with = "each_once")]
    filters: BTreeMap<String, String>,
}

/// The members of an object, none of them twice: which of the two counts, readers do not agree on (RFC 8259 section 4).
fn each_once<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    struct Members<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = BTreeMap::new();
            while let Some(name) = map.next_key::<String>()? {
                let value = map.next_value()?;
                if members.contains_key(&name) {
                    return Err(A::Error::custom(format_args!("{name:?} stands twice")));
                }
                members.insert(name, value);
            }
            Ok(members)
        }
    }
    from.deserialize_map(Members(PhantomData))
}

/// `limit`, `cursor`, `sort`, and filters by field.
pub(super) fn read_listing(asked: &Ask<'_>, fitted: &Fitted) -> Result<Listing, Trouble> {
    let mut listing = Listing { limit: PAGE.0, ..Listing::default() };
    let mut seen = BTreeSet::new();
    for (name, value) in url::form_urlencoded::parse(asked.query.unwrap_or_default().as_bytes()) {
        if !seen.insert(name.clone()) {
            let name: String = name.chars().take(80).collect();
            return Err(question(texts::parameter_twice(&name)));
        }
        match name.as_ref() {
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=PAGE.1).contains(limit));
                listing.limit = limit.ok_or_else(|| question(texts::limit_form(PAGE.1)))?;
            }
            "cursor" => {
                // Trying cursors finds keys.
                asked.granted_field(&asked.dataset.key)?;
                listing.after = Some(read_cursor(&value).ok_or_else(bad_cursor)?);
            }
            "sort" => {
                let (field, backwards) =
                    value.strip_prefix('-').map_or((value.as_ref(), false), |field| (field, true));
                asked.may_filter(field)?;
                fitted.searched(field, &asked.dataset.key)?;
                listing.sort = Some((field.to_owned(), backwards))
                    .filter(|(field, _)| *field != asked.dataset.key || backwards);
            }
            field => {
                asked.may_filter(field)?;
                fitted.searched(field, &asked.dataset.key)?;
                listing.filters.push(Filter::is(field, &value));
            }
        }
    }
    Ok(listing)
}

/// The key that is asked for: the segment of the path, or what stands in the query of `/record?key=…`, for keys that a path does not carry.
pub(super) fn read_key<'a>(segment: &'a str, query: Option<&'a str>) -> Result<Cow<'a, str>, Trouble> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    match (pairs.next(), pairs.next()) {
        (Some((name, key)), None) if segment == BY_QUERY && name == "key" && !key.is_empty() => Ok(key),
        (Some(_), _) if segment == BY_QUERY => Err(question(texts::one_key(BY_QUERY))),
        _ => Ok(segment.into()),
    }
}

/// A place in a list, for the caller to bring back.
pub(super) fn cursor(mark: &Mark) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json!(mark).to_string())
}

pub(super) fn bad_cursor() -> Trouble {
    question(texts::cursor_unknown())
}

pub(super) fn read_cursor(text: &str) -> Option<Mark> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.as_bytes()).ok()?;
    serde_json::from_slice(&bytes).ok()
}
