//! The kinds of things there are. Documents, addresses, tables and commands know them from this list.

pub mod apply;

use model::agency::{Agency, Node, System};
use model::codelist::{CodeList, Crosswalk};
use model::database::{Database, Duty};
use model::fault::Fault;
use model::grant::Grant;
use model::legal::{LegalBasis, Purpose};
use model::procedure::Procedure;
use model::scope::{ReusePack, Scope};
use model::service::Service;
use model::term::Term;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, OneOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::catalogue::claim;
use crate::catalogue::contract::Contract;
use crate::directive::task::Task;
use crate::directive::text::Directive;
use crate::granting::pack::RulePack;
use crate::registry::{self, Listing, Subject};
use crate::store::{Tx, run};

/// One list, many faces: documents, addresses, tables and commands know the kinds from here. Their order is the one in which
/// tables name one another.
macro_rules! kinds {
    ($($(#[doc = $about:literal])* $kind:ident $plural:literal;)*) => {
        /// One thing in the registry, as a file has it: its `kind`, and its members.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(tag = "kind")]
        pub enum Document {
            $($(#[doc = $about])* $kind(Box<$kind>),)*
        }

        /// The kinds of things that the registry holds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[doc = $about])* $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];
            /// Their words, in the same order.
            const WORDS: &[&'static str] = &[$(<$kind as Subject>::KIND,)*];

            /// The word for it in documents.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$kind => <$kind as Subject>::KIND,)* }
            }

            /// The word for it in addresses.
            #[must_use]
            pub fn plural(self) -> &'static str {
                match self { $(Self::$kind => $plural,)* }
            }

            /// What a list of it may be filtered by.
            #[must_use]
            pub fn filters(self) -> Vec<&'static str> {
                match self { $(Self::$kind => <$kind as Subject>::TABLE.filters.iter().map(|(name, _)| *name).collect(),)* }
            }

            /// The columns that a list of it may be ordered by.
            #[must_use]
            pub fn orders(self) -> Vec<&'static str> {
                match self { $(Self::$kind => registry::orders_of::<$kind>(),)* }
            }

            /// Describes its things and all that they lead to. Returns the name that they have there.
            pub(crate) fn describe(self, schemas: &mut Vec<(String, RefOr<Schema>)>) -> String {
                match self {
                    $(Self::$kind => {
                        let name = <$kind as ToSchema>::name().into_owned();
                        schemas.push((name.clone(), <$kind as PartialSchema>::schema()));
                        <$kind as ToSchema>::schemas(schemas);
                        name
                    })*
                }
            }

            /// The columns of its table, as paths into its JSON.
            #[must_use]
            pub fn columns(self) -> &'static [&'static str] {
                match self { $(Self::$kind => <$kind as Subject>::COLUMNS,)* }
            }
        }

        impl Document {
            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }

            /// Its name among its kind.
            #[must_use]
            pub fn name(&self) -> &str {
                match self { $(Self::$kind(thing) => thing.name(),)* }
            }

            /// Its members, without the word for its kind.
            ///
            /// # Errors
            /// [`Fault::Internal`].
            pub fn members(&self) -> Result<Value, Fault> {
                let members = match self { $(Self::$kind(thing) => serde_json::to_value(thing),)* };
                members.map_err(|error| Fault::Internal { why: error.to_string() })
            }

            /// Reads the members of a kind.
            ///
            /// # Errors
            /// As the reader says.
            pub fn read(kind: Kind, members: Value) -> Result<Self, serde_json::Error> {
                Self::of_kind(kind, members)
            }

            fn of_kind<'de, D: Deserializer<'de>>(kind: Kind, members: D) -> Result<Self, D::Error> {
                Ok(match kind { $(Kind::$kind => Self::$kind(Box::new(Deserialize::deserialize(members)?)),)* })
            }
        }

        /// A thing as the registry has it.
        ///
        /// # Errors
        /// [`Fault::StoreFailed`].
        pub async fn load(tx: &mut Tx, kind: Kind, name: &str) -> Result<Option<Document>, Fault> {
            Ok(match kind {
                $(Kind::$kind => <$kind as Subject>::load(tx, name).await?.map(|thing| Document::$kind(Box::new(thing))),)*
            })
        }

        /// A page of a list.
        ///
        /// # Errors
        /// [`Fault::StoreFailed`].
        pub async fn page(tx: &mut Tx, kind: Kind, listing: &Listing) -> Result<Vec<Document>, Fault> {
            Ok(match kind {
                $(Kind::$kind => {
                    let things = <$kind as Subject>::page(tx, listing).await?;
                    things.into_iter().map(|thing| Document::$kind(Box::new(thing))).collect()
                })*
            })
        }

        /// How many things a listing is of, on all its pages.
        ///
        /// # Errors
        /// [`Fault::StoreFailed`].
        pub async fn count(tx: &mut Tx, kind: Kind, listing: &Listing) -> Result<i64, Fault> {
            match kind {
                $(Kind::$kind => registry::count::<$kind>(tx, listing).await,)*
            }
        }

        /// Makes what is derived from what an older program wrote. Nothing that people see changes.
        pub(crate) async fn derive_anew(tx: &mut Tx) -> Result<(), Fault> {
            refer_anew(tx).await?;
            $(registry::derive_anew::<$kind>(tx).await?;)*
            Ok(())
        }

        /// Calls a generic function for whichever kind a document is.
        macro_rules! with_subject {
            ($document:expr, $thing:ident => $body:expr) => {
                match $document { $($crate::kinds::Document::$kind($thing) => $body,)* }
            };
        }
    };
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(OfItsKind)
    }
}

/// Reads a document. Where its kind stands first, as it should, its members go straight to their types: codes are taken as they are
/// written, `012` or `no`, and the reader can say in which line a mistake is. Members before it are kept until the kind is known.
struct OfItsKind;

impl<'de> Visitor<'de> for OfItsKind {
    type Value = Document;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a document with its kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut kind, mut members) = (None, Map::new());
        while let Some(name) = map.next_key::<String>()? {
            if name != "kind" {
                if members.insert(name.clone(), map.next_value()?).is_some() {
                    return Err(A::Error::custom(format!("duplicate member `{name}`")));
                }
                continue;
            }
            let word: String = map.next_value()?;
            let known = Kind::ALL.iter().find(|kind| kind.word() == word);
            let known = *known.ok_or_else(|| A::Error::unknown_variant(&word, Kind::WORDS))?;
            if members.is_empty() {
                return Document::of_kind(known, MapAccessDeserializer::new(map));
            }
            if kind.replace(known).is_some() {
                return Err(A::Error::duplicate_field("kind"));
            }
        }
        let kind = kind.ok_or_else(|| A::Error::missing_field("kind"))?;
        Document::read(kind, Value::Object(members)).map_err(A::Error::custom)
    }
}

kinds! {
    /// An agency.
    Agency "agencies";
    /// A system.
    System "systems";
    /// A node.
    Node "nodes";
    /// A service.
    Service "services";
    /// A purpose.
    Purpose "purposes";
    /// A legal basis.
    LegalBasis "bases";
    /// A code list.
    CodeList "codelists";
    /// A cross-walk between code lists.
    Crosswalk "crosswalks";
    /// A term of the dictionary.
    Term "terms";
    /// A contract.
    Contract "contracts";
    /// A database.
    Database "databases";
    /// A duty to share.
    Duty "duties";
    /// A rule pack.
    RulePack "packs";
    /// A pack of reuse.
    ReusePack "reuse-packs";
    /// A scope that was published for reuse.
    Scope "scopes";
    /// A version of a procedure.
    Procedure "procedures";
    /// A grant.
    Grant "grants";
    /// A text that orders something.
    Directive "directives";
    /// What somebody must do by a day.
    Task "tasks";
}

pub(crate) use with_subject;

impl PartialSchema for Document {
    fn schema() -> RefOr<Schema> {
        let kinds =
            OneOfBuilder::new().description(Some("A thing of the registry: its `kind`, and its members."));
        Kind::ALL.iter().fold(kinds, |kinds, kind| kinds.item(Ref::from_schema_name(kind.document()))).into()
    }
}

impl ToSchema for Document {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for kind in Kind::ALL {
            let members = Ref::from_schema_name(kind.describe(schemas));
            let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind.word()]));
            let word = ObjectBuilder::new().property("kind", word).required("kind");
            let document = AllOfBuilder::new().item(members).item(word);
            schemas.push((kind.document(), document.into()));
        }
    }
}

impl Kind {
    /// What its things are called where they are described as documents.
    fn document(self) -> String {
        format!("{}Document", self.word())
    }

    /// The kind with this word in addresses.
    #[must_use]
    pub fn of_plural(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.plural() == word)
    }
}

impl Document {
    /// Kind and name, for people.
    #[must_use]
    pub fn subject(&self) -> (&'static str, &str) {
        (self.kind().word(), self.name())
    }
}

/// Forgets what names what, and begins anew with what is no document or cannot be read as one: accounts, requests, grants by the two ends
/// that their rows have.
async fn refer_anew(tx: &mut Tx) -> Result<(), Fault> {
    run!(tx, "DELETE FROM reference")?;
    run!(
        tx,
        "INSERT INTO reference SELECT 'Account', name, 'Agency', agency FROM account WHERE agency IS NOT NULL"
    )?;
    run!(tx, "INSERT INTO reference SELECT 'Request', id, 'RulePack', pack FROM request")?;
    claim::refer_anew(tx).await?;
    run!(
        tx,
        "INSERT INTO reference SELECT 'Grant', id, 'System', client FROM grants WHERE client NOT LIKE '%/*/%'"
    )?;
    run!(
        tx,
        "INSERT INTO reference SELECT 'Grant', id, 'Service', service FROM grants WHERE revoked_at IS NULL"
    )?;
    Ok(())
}
