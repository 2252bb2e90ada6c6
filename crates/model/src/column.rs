//! A column of an agency's database: what it holds by its declared type, and what its values look like, none of which is kept.

use serde::{Deserialize, Serialize};

use crate::texts;
use crate::words::Words;

/// What a column holds, by the type that its database declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Text, and whatever the database can only write as text.
    #[default]
    Text,
    /// Whole numbers.
    Integer,
    /// Exact numbers with places.
    Decimal,
    /// Floating numbers.
    Real,
    /// Yes or no.
    Boolean,
    /// Days.
    Date,
    /// Moments of the clock on the wall, without a zone.
    Local,
    /// Moments with a zone, or in UTC.
    Moment,
    /// Bytes that are no text.
    Bytes,
    /// JSON that the database keeps as such.
    Json,
}

impl Class {
    /// What a declared type holds. The first word decides: `character varying(30)`, `NUMBER(10)`, `int unsigned`.
    #[must_use]
    pub fn of(declared: &str) -> Self {
        let declared = declared.to_lowercase();
        if declared.ends_with("[]") {
            return Self::Text;
        }
        let word: String = declared.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        match word.as_str() {
            "int" | "integer" | "bigint" | "smallint" | "tinyint" | "mediumint" | "int2" | "int4"
            | "int8" | "oid" | "serial" | "bigserial" | "year" => Self::Integer,
            "numeric" | "decimal" | "number" | "dec" | "fixed" => Self::Decimal,
            "real" | "double" | "float" | "float4" | "float8" => Self::Real,
            "bool" | "boolean" => Self::Boolean,
            "date" => Self::Date,
            "timestamptz" => Self::Moment,
            "timestamp" if declared.contains("with time zone") => Self::Moment,
            "timestamp" | "datetime" | "datetime2" => Self::Local,
            "bytea" | "blob" | "binary" | "varbinary" | "tinyblob" | "mediumblob" | "longblob" | "raw" => {
                Self::Bytes
            }
            "json" | "jsonb" => Self::Json,
            _ => Self::Text,
        }
    }

    /// Its name, for settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Real => "real",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Local => "local",
            Self::Moment => "moment",
            Self::Bytes => "bytes",
            Self::Json => "json",
        }
    }
}

/// What values look like. Shares are of those that are not empty, from 0 to 1.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// Rows looked at.
    pub rows: usize,
    /// Rows with a value.
    pub filled: usize,
    /// Different values, counted up to a thousand.
    pub distinct: usize,
    /// Shortest and longest, in characters.
    pub lengths: (usize, usize),
    /// Days of the calendar, in any of the usual forms.
    #[serde(skip_serializing_if = "is_zero")]
    pub days: f64,
    /// Moments, days with a clock.
    #[serde(skip_serializing_if = "is_zero")]
    pub moments: f64,
    /// Digits only.
    #[serde(skip_serializing_if = "is_zero")]
    pub digits: f64,
    /// Twelve digits.
    #[serde(skip_serializing_if = "is_zero")]
    pub twelve: f64,
    /// Nine digits.
    #[serde(skip_serializing_if = "is_zero")]
    pub nine: f64,
    /// Tax codes: ten digits, or ten and three.
    #[serde(skip_serializing_if = "is_zero")]
    pub tax: f64,
    /// Telephone numbers.
    #[serde(skip_serializing_if = "is_zero")]
    pub phones: f64,
    /// Mail addresses.
    #[serde(skip_serializing_if = "is_zero")]
    pub mails: f64,
    /// Web addresses.
    #[serde(skip_serializing_if = "is_zero")]
    pub webs: f64,
    /// Words for sex: `Nam`, `Nữ`, `M`, `F`.
    #[serde(skip_serializing_if = "is_zero")]
    pub sexes: f64,
    /// 0 and 1, yes and no.
    #[serde(skip_serializing_if = "is_zero")]
    pub flags: f64,
    /// Names of people: a surname and more words, each with a capital.
    #[serde(skip_serializing_if = "is_zero")]
    pub people: f64,
    /// Words of addresses: a commune, a province, a street.
    #[serde(skip_serializing_if = "is_zero")]
    pub places: f64,
    /// Numbers with places.
    #[serde(skip_serializing_if = "is_zero")]
    pub decimals: f64,
    /// Latitudes of Viet Nam.
    #[serde(skip_serializing_if = "is_zero")]
    pub latitudes: f64,
    /// Longitudes of Viet Nam.
    #[serde(skip_serializing_if = "is_zero")]
    pub longitudes: f64,
    /// Four digits that are a year of the last or this century.
    #[serde(skip_serializing_if = "is_zero")]
    pub years: f64,
}

fn is_zero(share: &f64) -> bool {
    *share == 0.0
}

impl Profile {
    /// What stands out, in words: for whoever reads a proposal.
    #[must_use]
    pub fn words(&self) -> Vec<Words> {
        let said = [
            (self.twelve, texts::twelve_digits()),
            (self.nine, texts::nine_digits()),
            (self.tax, texts::like_tax_codes()),
            (self.phones, texts::like_telephones()),
            (self.mails, texts::like_mail_addresses()),
            (self.days, texts::days()),
            (self.moments, texts::moments()),
            (self.sexes, texts::words_for_sex()),
            (self.people, texts::like_names()),
            (self.places, texts::words_of_addresses()),
        ];
        said.into_iter().filter(|(share, _)| *share >= 0.8).map(|(_, words)| words).collect()
    }
}
