//! What changed, onto the state of another day: today's, where it may be taken for that; and why not, where it may not.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{compiled, materials_of, settings};
use crate::rule::Materials;
use crate::{Rules, Run, State};

/// Records by key: when each was last written, and what it holds.
type Table = BTreeMap<u16, (u32, u8)>;

/// What happens to a table in a day.
#[derive(Debug, Clone)]
enum Event {
    Made(u16, u8),
    Altered(prop::sample::Index, u8),
    Deleted(prop::sample::Index),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => (any::<u16>(), any::<u8>()).prop_map(|(key, value)| Event::Made(key, value)),
        1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, value)| Event::Altered(at, value)),
        1 => any::<prop::sample::Index>().prop_map(Event::Deleted),
    ]
}

/// Lets it happen, one tick after another. Whether anything but new records came of it.
fn happen(table: &mut Table, tick: &mut u32, events: &[Event]) -> bool {
    let mut touched = false;
    for event in events {
        *tick += 1;
        match event {
            // Whoever makes a record that is there alters it.
            Event::Made(key, value) => touched |= table.insert(*key, (*tick, *value)).is_some(),
            Event::Altered(at, value) if !table.is_empty() => {
                let key = *table.keys().nth(at.index(table.len())).unwrap();
                table.insert(key, (*tick, *value));
                touched = true;
            }
            Event::Deleted(at) if !table.is_empty() => {
                let key = *table.keys().nth(at.index(table.len())).unwrap();
                table.remove(&key);
                touched = true;
            }
            _ => {}
        }
    }
    touched
}

fn contract() -> Value {
    json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [
        { "name": "k", "primaryKey": true },
        { "name": "v", "required": true, "unique": true, "logicalTypeOptions": { "minLength": 2, "pattern": "[05]$" } },
    ] }] })
}

fn state(rules: &Arc<Rules>, rows: impl Iterator<Item = (u16, u8)>) -> State {
    let (keys, values): (Vec<_>, Vec<_>) =
        rows.map(|(key, value)| (Some(key.to_string()), (value > 20).then(|| value.to_string()))).unzip();
    let column = |texts: Vec<Option<String>>| -> arrow_array::ArrayRef {
        Arc::new(arrow_array::StringArray::from(texts))
    };
    let mut run = Run::new(rules.clone(), settings());
    let batch =
        RecordBatch::try_from_iter_with_nullable([("k", column(keys), false), ("v", column(values), true)]);
    run.push(&batch.unwrap()).unwrap();
    run.state()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The law: there are as many more records as are said to have changed exactly if all of them are new and none has gone; and then what
    /// changed, onto the state of then, is the state of the whole, byte for byte.
    #[test]
    fn what_changed_onto_yesterday_is_today_wherever_the_counts_say_so(
        first in prop::collection::vec(event(), 0..60),
        then in prop::collection::vec(event(), 0..20),
    ) {
        let (rules, mut table, mut tick) = (Arc::new(compiled(&contract())), Table::new(), 0);
        happen(&mut table, &mut tick, &first);
        let (newest, had) = (tick, table.len());
        let yesterday = state(&rules, table.iter().map(|(key, (_, value))| (*key, *value)));
        let touched = happen(&mut table, &mut tick, &then);
        let changed: Vec<(u16, u8)> =
            table.iter().filter(|(_, (at, _))| *at > newest).map(|(key, (_, value))| (*key, *value)).collect();
        let is_sum = table.len() == had + changed.len();
        // What was made and gone again within the day, or altered on the day it was made, leaves no trace: it was not there yesterday.
        prop_assert!(is_sum || touched);
        if is_sum {
            let today = state(&rules, table.iter().map(|(key, (_, value))| (*key, *value)));
            let kept = yesterday.kept().merge(&state(&rules, changed.into_iter()).kept()).unwrap();
            let today = today.kept();
            for (id, measured) in &kept.rules {
                prop_assert_eq!(measured, &today.rules[id], "{}", id);
            }
            for (name, profile) in &kept.fields {
                prop_assert_eq!(profile, &today.fields[name], "{}", name);
            }
            prop_assert!(kept.to_bytes() == today.to_bytes());
        }
    }
}

/// A rule that goes by its day may say another thing of the same record the next day: then a state of another day is refused, by the rule's name.
#[test]
fn a_state_of_another_day_is_taken_only_where_no_rule_goes_by_its_day() {
    let contract = json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [
        { "name": "ngay", "logicalType": "date", "authoritativeDefinitions": [{ "url": super::address("CaNhan.ngay_sinh").unwrap(), "type": "businessDefinition" }] },
        { "name": "cap_nhat", "logicalType": "timestamp" },
    ], "quality": [{ "name": "c", "type": "custom", "engine": "lienthong", "implementation": "cap_nhat is not null or ngay < \"today\"" }] }] });
    let rules = |contract: &Value, today: Date| {
        Rules::compile(&Materials { today, ..materials_of(contract) }).unwrap()
    };
    let mut quoted = contract.clone();
    quoted["schema"][0]["properties"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "today", "logicalType": "date" }));
    let measured = |contract: &Value, ngay: &str, at: Date| {
        let rules = rules(contract, at);
        assert!(rules.rule("ngay:not_future").is_some());
        let mut run = Run::new(Arc::new(rules.clone()), settings());
        let names = rules.fields.iter().map(|field| field.name.clone());
        let column = |_| -> arrow_array::ArrayRef { Arc::new(arrow_array::StringArray::from(vec![ngay])) };
        run.push(&RecordBatch::try_from_iter(names.map(|name| (name, column(())))).unwrap()).unwrap();
        run.state()
    };
    let check = |contract: &Value, ngay: &str, then: Date, now: Date, refused: Option<&str>| {
        let state = measured(contract, ngay, then).as_of_today(&rules(contract, then), &rules(contract, now));
        match (state, refused) {
            (Ok(state), None) => {
                assert!(state.to_bytes() == measured(contract, ngay, now).to_bytes(), "{ngay}")
            }
            (Err(why), Some(rule)) => {
                assert!(why.en().contains(rule) && why.vi() != why.en(), "{}", why.en())
            }
            (state, refused) => panic!("{ngay} {then} {now}: {refused:?}, {:?}", state.err()),
        }
    };
    let (monday, tuesday) = (date(2026, 11, 30), date(2026, 12, 1));
    check(&quoted, "2020-01-01", monday, tuesday, None);
    check(&quoted, "2026-12-01", monday, tuesday, Some("ngay:not_future"));
    check(&quoted, "2026-12-01", monday, monday, None);
    // A clock that was put back.
    check(&quoted, "2020-01-01", tuesday, monday, Some("ngay:not_future"));
    let mut of_today = quoted.clone();
    of_today["schema"][0]["quality"][0]["implementation"] = json!("ngay < Today");
    check(&of_today, "2020-01-01", monday, tuesday, Some(":c"));
    let mut fresh = quoted;
    fresh["slaProperties"] =
        json!([{ "property": "latency", "value": 9999, "unit": "d", "element": "t.cap_nhat" }]);
    check(&fresh, "2020-01-01", monday, tuesday, Some("cap_nhat:fresh"));
    // A unit's code that ends in between: on 1 July 2025 districts ended.
    let units = json!({ "id": "thu", "version": "1.0.0", "schema": [{ "name": "t", "properties": [
        { "name": "ngay", "logicalType": "date", "authoritativeDefinitions": [{ "url": super::address("CaNhan.ngay_sinh").unwrap(), "type": "businessDefinition" }] },
        { "name": "xa", "authoritativeDefinitions": [{ "url": super::address("DiaChi.ma_xa").unwrap(), "type": "businessDefinition" }] },
    ] }] });
    check(&units, "2020-01-01", date(2025, 6, 30), date(2025, 7, 1), Some("xa:code"));
    check(&units, "2020-01-01", date(2026, 11, 29), monday, None);
}
