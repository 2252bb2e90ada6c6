//! Secrets that an HSM keeps, read through PKCS#11.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use model::words::Words;

use crate::texts;

/// Why a secret is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum HsmError {
    /// The module, the token or the PIN.
    #[error("{0}")]
    Refused(#[from] cryptoki::error::Error),
    /// The module has no token of this label.
    #[error("there is no token {0}")]
    NoToken(String),
    /// The token has no data object of this label.
    #[error("there is no object {0}")]
    NoObject(String),
    /// The secret is no text.
    #[error("the object does not hold UTF-8 text")]
    NoText,
}

impl HsmError {
    /// The same in both languages; what the module says, in its own.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Refused(error) => Words::quoted(error),
            Self::NoToken(label) => texts::no_token(label),
            Self::NoObject(label) => texts::no_object(label),
            Self::NoText => texts::not_utf8_text(),
        }
    }
}

/// A module is one for the whole process: who reads a secret begins it and ends it.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The text of the data object called `object` on the token called `token`.
///
/// # Errors
/// [`HsmError`].
pub fn read(module: &Path, token: &str, object: &str, pin: String) -> Result<String, HsmError> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let hsm = Pkcs11::new(module)?;
    hsm.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let secret = read_from(&hsm, token, object, pin);
    // What was read counts; a module that does not end well is none of the caller's business.
    let _ = hsm.finalize();
    secret
}

fn read_from(hsm: &Pkcs11, token: &str, object: &str, pin: String) -> Result<String, HsmError> {
    for slot in hsm.get_slots_with_initialized_token()? {
        if hsm.get_token_info(slot)?.label() != token {
            continue;
        }
        let session = hsm.open_ro_session(slot)?;
        session.login(UserType::User, Some(&AuthPin::from(pin)))?;
        let wanted = [Attribute::Class(ObjectClass::DATA), Attribute::Label(object.as_bytes().to_vec())];
        let found = session.find_objects(&wanted)?;
        let Some(found) = found.first() else { return Err(HsmError::NoObject(object.to_owned())) };
        let attributes = session.get_attributes(*found, &[AttributeType::Value])?;
        let value = attributes.into_iter().find_map(|attribute| match attribute {
            Attribute::Value(value) => Some(value),
            _ => None,
        });
        return String::from_utf8(value.unwrap_or_default()).map_err(|_| HsmError::NoText);
    }
    Err(HsmError::NoToken(token.to_owned()))
}
