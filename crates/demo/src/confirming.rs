//! What the nation's owners have registered is confirmed by an officer of the hub, who has not registered it: until then no figure counts
//! it.

use std::collections::BTreeMap;

use operate::client::{HubClient, Officer};
use operate::registry::items;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::people::Person;
use crate::processes::step;
use crate::texts;

/// Confirms all that waits.
pub(crate) async fn confirm(people: &[Person]) -> Result<(), Trouble> {
    let officer = people.iter().find(|person| person.role == "hub_officer");
    let officer = officer.ok_or_else(|| step("officer", "hub_officer"))?;
    let client = HubClient::of(&Officer::read(officer.officer_file.as_ref())?)?;
    let mut waiting: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for claim in items(&client, "api/v1/claims").await? {
        let said = |member: &str| claim.get(member).and_then(Value::as_str).map(str::to_owned);
        let Some(database) = said("database") else { continue };
        waiting.entry(database).or_default().extend(said("service"));
    }
    for (database, services) in waiting {
        let asked = json!({ "services": services, "reason": texts::claims_compared().both() });
        client.post(&format!("api/v1/databases/{database}/confirm"), &asked).await?;
    }
    Ok(())
}
