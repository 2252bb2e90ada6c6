//! Who is shown to whom: an officer of an agency sees the names of their own agency's people. Of others they see for whom somebody acted.
//! An account's name may be an e-mail address, and is half of what a sign-in needs.

use std::collections::HashMap;
use std::marker::PhantomData;

use model::fault::Fault;
use model::id::MemberId;
use serde::Serialize;
use serde_json::{Value, json};

use crate::audit::officer::Officer;
use crate::store::{Tx, optional};
use crate::texts;

/// A `T` behind the veil.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Veiled<T> {
    shown: Value,
    #[serde(skip)]
    of: PhantomData<T>,
}

/// Draws the veil over what is shown to `viewer`: wherever an object names somebody in `who`, who is not of the viewer's agency, it names
/// their agency. Where they came from (`origin`) goes with the name.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn draw<T: Serialize>(tx: &mut Tx, shown: &T, viewer: &Officer) -> Result<Veiled<T>, Fault> {
    let mut shown = json!(shown);
    veil(tx, &mut shown, viewer).await?;
    Ok(Veiled { shown, of: PhantomData })
}

async fn veil(tx: &mut Tx, shown: &mut Value, viewer: &Officer) -> Result<(), Fault> {
    let Some(agency) = &viewer.agency else { return Ok(()) };
    let mut names = HashMap::new();
    each_who(shown, &mut |object| {
        if let Some(Value::String(who)) = object.get("who") {
            names.insert(who.clone(), String::new());
        }
    });
    for (name, instead) in &mut names {
        let found: Option<(Option<String>,)> =
            optional!(tx, "SELECT agency FROM account WHERE name = $1" => name.as_str())?;
        *instead = match found {
            // No account: a node, or the hub by itself.
            None => name.clone(),
            Some((of,)) if of.as_deref() == Some(agency.as_str()) => name.clone(),
            Some((of,)) => of.unwrap_or_else(|| texts::the_hub().both()),
        };
    }
    each_who(shown, &mut |object| {
        let Some(Value::String(who)) = object.get_mut("who") else { return };
        let Some(instead) = names.get(who).filter(|instead| *instead != who) else { return };
        who.clone_from(instead);
        if let Some(origin) = object.get_mut("origin") {
            *origin = Value::Null;
        }
    });
    Ok(())
}

/// Whether a thing's history concerns an officer: the hub's people, those of its owners, and of whoever a grant is for. What is for all,
/// the dictionary and the rules, has a history for all.
pub(crate) fn concerns(viewer: &Officer, owners: &[MemberId]) -> bool {
    viewer.agency.as_ref().is_none_or(|agency| owners.is_empty() || owners.contains(agency))
}

fn each_who(value: &mut Value, act: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            act(object);
            object.values_mut().for_each(|value| each_who(value, act));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_who(item, act)),
        _ => {}
    }
}
