//! Bundles: a pack, the evidence and what it came to, with digests; computed anew wherever they are read.

use std::collections::BTreeMap;

use model::words::Words;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::canonical;
use crate::evidence::Evidence;
use crate::pack::Pack;
use crate::score::{Assessment, score};
use crate::texts;

/// The form of a bundle.
pub const FORM: &str = "lienthong-assessment-1";
/// Largest bundle, in bytes: a nation of 4,000 agencies with forty criteria each takes some sixty million.
pub const BYTES_MAX: usize = 256 * 1024 * 1024;
/// Differences that are named.
const DIFFERENCES_MAX: usize = 50;

/// All that a score is a function of, and the score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessBundle)]
pub struct Bundle {
    /// `lienthong-assessment-1`.
    pub form: String,
    /// The pack.
    pub pack: Pack,
    /// SHA-256 over the canonical text of the pack.
    pub pack_sha256: String,
    /// The agencies.
    pub agencies: Vec<Judged>,
}

/// An agency in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AssessBundleAgency)]
pub struct Judged {
    /// What shows how it stands.
    pub evidence: Evidence,
    /// SHA-256 over the canonical text of that.
    pub evidence_sha256: String,
    /// What it came to.
    pub result: Assessment,
    /// SHA-256 over the canonical text of that.
    pub result_sha256: String,
}

/// Where a bundle says something else than what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AssessDifference)]
pub struct Difference {
    /// The place in the bundle.
    pub place: String,
    /// What stands there.
    pub told: String,
    /// What it comes to.
    pub computed: String,
}

/// A bundle that was computed anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The bundle.
    pub bundle: Bundle,
    /// Where it differs, fifty at most.
    pub differences: Vec<Difference>,
}

/// Why a text is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.en())]
pub struct NoBundle(pub Words);

impl Bundle {
    /// The bundle of some evidence by a pack.
    ///
    /// # Errors
    /// [`canonical::NotCanonical`]: none, of what a pack and evidence can hold.
    pub fn of(pack: Pack, evidence: Vec<Evidence>) -> Result<Self, canonical::NotCanonical> {
        let judged = |evidence: Evidence| {
            let result = score(&pack, &evidence);
            Ok(Judged {
                evidence_sha256: canonical::digest(&evidence)?,
                result_sha256: canonical::digest(&result)?,
                evidence,
                result,
            })
        };
        let agencies = evidence.into_iter().map(judged).collect::<Result<_, _>>()?;
        Ok(Self { form: FORM.to_owned(), pack_sha256: canonical::digest(&pack)?, pack, agencies })
    }

    /// Its one text.
    ///
    /// # Errors
    /// [`canonical::NotCanonical`].
    pub fn text(&self) -> Result<String, canonical::NotCanonical> {
        canonical::text(self)
    }
}

/// Reads a bundle and computes it anew.
///
/// # Errors
/// [`NoBundle`] if it cannot be read, or its pack does not agree with itself.
pub fn verify(text: &str) -> Result<Verified, NoBundle> {
    if text.len() > BYTES_MAX {
        return Err(NoBundle(texts::bundle_too_large(BYTES_MAX)));
    }
    let bundle: Bundle =
        serde_json::from_str(text).map_err(|error| NoBundle(texts::bundle_unread(&error.to_string())))?;
    if bundle.form != FORM {
        return Err(NoBundle(texts::bundle_form(FORM)));
    }
    let pack = bundle.pack.clone().checked().map_err(|error| NoBundle(error.0))?;
    let anew = bundle.agencies.iter().map(|judged| judged.evidence.clone()).collect();
    let anew = Bundle::of(pack, anew).map_err(|error| NoBundle(Words::quoted(error)))?;
    let json = |bundle: &Bundle| serde_json::to_value(bundle).unwrap_or_default();
    let (told, computed) = (json(&bundle), json(&anew));
    let mut differences = Vec::new();
    compare("", &told, &computed, &mut differences);
    Ok(Verified { bundle, differences })
}

/// What differs, by its place as RFC 6901 names it.
fn compare(place: &str, told: &Value, computed: &Value, found: &mut Vec<Difference>) {
    if told == computed || found.len() >= DIFFERENCES_MAX {
        return;
    }
    match (told, computed) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: BTreeMap<&String, ()> = one.keys().map(|name| (name, ())).collect();
            names.extend(other.keys().map(|name| (name, ())));
            for name in names.into_keys() {
                let of =
                    |members: &serde_json::Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                let below = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                compare(&below, &of(one), &of(other), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{place}/{at}"), one, other, found);
            }
        }
        _ => {
            let short = |value: &Value| value.to_string().chars().take(200).collect();
            found.push(Difference { place: place.to_owned(), told: short(told), computed: short(computed) });
        }
    }
}
