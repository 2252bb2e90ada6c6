//! One text for each value: JSON with members in order, without spaces, numbers whole (RFC 8785 for what we write). A digest over it is the
//! same wherever it is made.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A value as its one text.
///
/// # Errors
/// If something in it is no JSON, or a number with a fraction.
pub fn text(value: &impl Serialize) -> Result<String, NotCanonical> {
    let value = serde_json::to_value(value).map_err(|error| NotCanonical(error.to_string()))?;
    let mut out = String::new();
    write(&value, &mut out)?;
    Ok(out)
}

/// The SHA-256 over a value's one text, hexadecimal.
///
/// # Errors
/// As [`text`].
pub fn digest(value: &impl Serialize) -> Result<String, NotCanonical> {
    Ok(hex::encode(Sha256::digest(text(value)?)))
}

/// What has no canonical text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotCanonical(String);

fn write(value: &Value, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Object(members) => {
            // RFC 8785 orders by UTF-16; all our members are ASCII, where that is the order of bytes.
            let ordered: BTreeMap<&String, &Value> = members.iter().collect();
            out.push('{');
            for (at, (name, value)) in ordered.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            return Err(NotCanonical(format!("{number} is not whole")));
        }
        other => out.push_str(&other.to_string()),
    }
    Ok(())
}
