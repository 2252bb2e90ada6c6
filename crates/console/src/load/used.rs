//! How often grants are used, of all systems that may and of each.

use std::collections::BTreeMap;

use model::id::Grantee;
use serde_json::{Value, json};

use super::text;

/// How often a grant was used within the window, as far as both sides counted, and on which day last. Where the provider's node has never
/// reported there is no figure, not even zero.
pub(super) fn used(grant: &Value, usage: &Value) -> (Option<u64>, Option<String>) {
    let Some(counted) = calls_of(grant, usage) else { return (None, None) };
    let last = counted.iter().map(|(day, ..)| day).max().cloned();
    (Some(counted.iter().map(|(.., calls)| calls).sum()), last)
}

/// The same by the systems that called, those with most calls first: of a class they are many.
pub(super) fn used_by(grant: &Value, usage: &Value) -> Vec<Value> {
    let mut systems: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for (day, client, calls) in calls_of(grant, usage).unwrap_or_default() {
        let (sum, last) = systems.entry(client).or_default();
        *sum += calls;
        *last = day.max(std::mem::take(last));
    }
    let mut systems: Vec<_> = systems.into_iter().collect();
    systems.sort_by(|(one, (few, _)), (other, (many, _))| many.cmp(few).then_with(|| one.cmp(other)));
    let line = |(client, (calls, last))| json!({ "client": client, "calls": calls, "last": last });
    systems.into_iter().map(line).collect()
}

/// Day, system and calls, as far as both sides have counted; none where the provider's node has never reported.
fn calls_of(grant: &Value, usage: &Value) -> Option<Vec<(String, String, u64)>> {
    usage.pointer("/measured_since").and_then(|since| since.get(text(grant, "service")))?;
    let lines = usage.get("items").and_then(Value::as_array).into_iter().flatten();
    let grantee = text(grant, "client").parse::<Grantee>().ok();
    let of_grant = lines.filter(|line| {
        let client = text(line, "client").parse().ok();
        let is_client = grantee.as_ref().zip(client).is_some_and(|(grantee, client)| grantee.covers(&client));
        is_client && text(line, "service") == text(grant, "service")
    });
    let mut days: BTreeMap<(&str, &str, &str), [u64; 2]> = BTreeMap::new();
    for line in of_grant {
        let of = (text(line, "day"), text(line, "client"), text(line, "purpose"));
        let [provider, consumer] = days.entry(of).or_default();
        let side = if text(line, "counted") == "provider" { provider } else { consumer };
        *side += line.pointer("/figures/calls").and_then(Value::as_u64).unwrap_or_default();
    }
    let counted = days.iter().map(|((day, client, _), [provider, consumer])| {
        ((*day).to_owned(), (*client).to_owned(), *provider.min(consumer))
    });
    Some(counted.filter(|(.., calls)| *calls > 0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over all combinations of who has counted what on two days: what systems are said to have called sums up to what the grant is said to be used,
    /// nobody stands twice, and who is not of the class stands nowhere.
    #[test]
    fn the_systems_of_a_class_sum_up_to_its_calls_and_no_others_are_among_them() {
        let grant = json!({ "client": "VN/LOC/*/mot-cua", "service": "VN/GOV/G01/a/b" });
        let clients = ["VN/LOC/H05/mot-cua", "VN/LOC/H06/mot-cua", "VN/LOC/H06/khac", "VN/GOV/G03/mot-cua"];
        let mut seen = 0;
        for mask in 0..(1_u32 << 8) {
            let mut items = Vec::new();
            for (at, client) in clients.iter().enumerate() {
                for (day, calls) in [("2026-11-29", 3), ("2026-11-30", 5)] {
                    let bit = 2 * at + usize::from(day.ends_with("30"));
                    if mask >> bit & 1 == 0 {
                        continue;
                    }
                    // Both have counted; the one side some calls more.
                    for (side, more) in [("provider", 0), ("consumer", 2)] {
                        items.push(
                            json!({ "day": day, "client": client, "service": "VN/GOV/G01/a/b", "purpose": "p",
                            "counted": side, "figures": { "calls": calls + more } }),
                        );
                    }
                }
            }
            let usage = json!({ "items": items, "measured_since": { "VN/GOV/G01/a/b": "2026-11-01" } });
            let (calls, last) = used(&grant, &usage);
            let systems = used_by(&grant, &usage);
            let of = |line: &Value| line["calls"].as_u64().unwrap();
            assert_eq!(calls, Some(systems.iter().map(of).sum()), "{mask:08b}");
            assert!(systems.windows(2).all(|two| of(&two[0]) >= of(&two[1])), "those with most calls first");
            assert!(systems.iter().all(|line| clients[..2].contains(&line["client"].as_str().unwrap())));
            assert!(systems.len() <= 2 && systems.iter().all(|line| of(line) > 0));
            assert_eq!(last.as_deref(), systems.iter().map(|line| line["last"].as_str().unwrap()).max());
            seen += systems.len();
        }
        assert_eq!(seen, 2 * 3 * 64);
        // Where the provider's node has never reported nobody is said to have called.
        assert_eq!(
            (used(&grant, &json!({ "items": [] })), used_by(&grant, &json!({})).len()),
            ((None, None), 0)
        );
    }
}
