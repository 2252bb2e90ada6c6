//! Merging: any split, order and grouping of the rows gives the same bytes; what is of another form, key, dataset or rule is refused by name.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow_schema::DataType;
use proptest::prelude::*;

use super::persons::Table;
use super::{PERSONS, settings};
use crate::state::MergeError;
use crate::state::bytes::{BytesError, VERSION};
use crate::{Run, Settings, State};

/// Fewer than the places of a table of values: beyond that the law is the one in `sketches`.
const ROWS: u64 = 1000;

/// Few records are kept and few digests held, so that both bounds are met.
fn narrow() -> Settings {
    Settings { kept: 7, held: 400, ..settings() }
}

fn state(batches: &[RecordBatch], settings: &Settings) -> State {
    let mut run = Run::new(PERSONS.clone(), settings.clone());
    for batch in batches {
        run.push(batch).unwrap();
    }
    run.state()
}

/// Ends of the pieces that rows are cut into.
fn cuts() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::btree_set(0..ROWS, 0..6).prop_map(|cuts| cuts.into_iter().chain([ROWS]).collect())
}

fn pieces(cuts: &[u64]) -> Vec<RecordBatch> {
    let from = std::iter::once(0).chain(cuts.iter().copied());
    from.zip(cuts).map(|(from, to)| Table::rows(from, *to).batch()).collect()
}

/// The same rows as a columnar file keeps them: texts once, in no order, and keys. Some stand twice, some are of no row, one is none.
fn kept_once(batch: &RecordBatch, salt: usize) -> RecordBatch {
    let column = |(at, name): (usize, &String)| {
        let rows = batch.column(at).as_string::<i32>();
        let differ: BTreeSet<&str> = rows.iter().flatten().collect();
        let mut texts: Vec<Option<&str>> = differ.into_iter().map(Some).collect();
        texts.extend_from_within(..texts.len() / 3);
        texts.extend([None, Some("of no row")]);
        let turned = (salt + at) % texts.len();
        texts.rotate_left(turned);
        let keys = rows.iter().enumerate().map(|(row, text)| {
            let places: Vec<usize> = (0..texts.len()).filter(|place| texts[*place] == text).collect();
            // That there is no text is said by the row or by the text that it has.
            let place = places[row % places.len()];
            (text.is_some() || row % 2 == 0).then(|| i32::try_from(place).unwrap())
        });
        let keys: Int32Array = keys.collect();
        let mut kept: ArrayRef = Arc::new(StringArray::from(texts.clone()));
        let kinds = [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View];
        kept = cast(&kept, &kinds[(salt + at) % 3]);
        (name.clone(), Arc::new(DictionaryArray::new(keys, kept)) as ArrayRef, true)
    };
    let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    RecordBatch::try_from_iter_with_nullable(names.iter().enumerate().map(column)).unwrap()
}

fn cast(texts: &ArrayRef, kind: &DataType) -> ArrayRef {
    let texts = texts.as_string::<i32>().iter();
    match kind {
        DataType::LargeUtf8 => Arc::new(texts.collect::<arrow_array::LargeStringArray>()),
        DataType::Utf8View => Arc::new(texts.collect::<arrow_array::StringViewArray>()),
        _ => Arc::new(texts.collect::<StringArray>()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn texts_that_their_source_has_told_apart_give_the_same_bytes(cuts in cuts(), salt in 0usize..1000, wide in any::<bool>()) {
        let settings = if wide { settings() } else { narrow() };
        let pieces = pieces(&cuts);
        // Some of the pieces one way, some the other: of the same type to whoever reads them.
        let kept: Vec<RecordBatch> = pieces
            .iter()
            .enumerate()
            .map(|(at, piece)| if (salt >> at) & 1 == 0 { kept_once(piece, salt) } else { piece.clone() })
            .collect();
        prop_assert!(state(&kept, &settings).to_bytes() == state(&pieces, &settings).to_bytes());
    }

    #[test]
    fn any_split_order_and_grouping_gives_the_same_bytes(cuts in cuts(), turns in any::<[usize; 6]>(), wide in any::<bool>()) {
        let settings = if wide { settings() } else { narrow() };
        let whole = state(&[Table::rows(0, ROWS).batch()], &settings);
        let pieces = pieces(&cuts);
        // One pass over the pieces.
        prop_assert!(state(&pieces, &settings).to_bytes() == whole.to_bytes(), "one pass over pieces");
        // A state for each, merged in some order and by some grouping, through bytes.
        let mut states: Vec<State> = pieces.iter().map(|piece| state(std::slice::from_ref(piece), &settings)).collect();
        for turn in turns {
            if states.len() < 2 {
                break;
            }
            let one = states.swap_remove(turn % states.len());
            let one = State::from_bytes(&one.to_bytes()).unwrap();
            let other = states.swap_remove(turn / 7 % states.len());
            states.push(one.merge(&other).unwrap());
        }
        let mut rest = states.into_iter();
        let first = rest.next().unwrap();
        let merged = rest.try_fold(first, |merged, other| merged.merge(&other)).unwrap();
        prop_assert!(merged == State::from_bytes(&whole.to_bytes()).unwrap(), "merged states");
        prop_assert!(merged.to_bytes() == whole.to_bytes(), "bytes of merged states");
    }

    #[test]
    fn bytes_come_back_and_damaged_ones_are_refused(place in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<bool>()) {
        let whole = state(&[Table::rows(0, 300).batch()], &narrow());
        let bytes = whole.to_bytes();
        prop_assert!(State::from_bytes(&bytes).unwrap() == whole);
        let at = place.index(bytes.len());
        let mut damaged = bytes.clone();
        if cut { damaged.truncate(at) } else { damaged[at] = with }
        // Refused, or another state that is whole; never a panic, and what is read is written the same way.
        if let Ok(read) = State::from_bytes(&damaged) {
            let again = State::from_bytes(&read.to_bytes()).unwrap();
            prop_assert!(again.to_bytes() == read.to_bytes());
            let _ = read.merge(&whole);
        }
    }
}

#[test]
fn what_does_not_belong_together_is_refused_by_name() {
    let one = state(&[Table::rows(0, 100).batch()], &settings());
    let bytes = one.to_bytes();
    for form in [0u8, 2, 77] {
        let mut other = bytes.clone();
        assert_eq!(u64::from(other[4]), VERSION);
        other[4] = form;
        assert_eq!(State::from_bytes(&other), Err(BytesError::Form(form.into())));
    }
    assert_eq!(State::from_bytes(b"LT"), Err(BytesError::NotOne));
    let keyed = state(&[Table::rows(0, 100).batch()], &Settings { key: [9; 16], ..settings() });
    assert_eq!(one.clone().merge(&keyed), Err(MergeError::Key));
    let mut elsewhere = one.clone();
    elsewhere.dataset = "khac/bang".into();
    assert!(matches!(one.clone().merge(&elsewhere), Err(MergeError::Dataset(..))));
    let mut changed = one.clone();
    changed.rules.get_mut("ho_ten:spaces").unwrap().version.major += 1;
    let error = one.merge(&changed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the rule ho_ten:spaces was measured in version 1.0.0 and in version 2.0.0"
    );
}

#[test]
fn a_batch_that_is_refused_leaves_nothing_behind() {
    let batch = Table::rows(0, 50).batch();
    let mut run = Run::new(PERSONS.clone(), settings());
    run.push(&batch).unwrap();
    let other: arrow_array::ArrayRef = std::sync::Arc::new(arrow_array::Int64Array::from(vec![1; 50]));
    let mut columns: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .zip(batch.columns().iter().cloned())
        .collect();
    columns[8].1 = other;
    let changed = RecordBatch::try_from_iter(columns.clone()).unwrap();
    assert_eq!(run.push(&changed), Err(crate::run::PushError::Changed("dien_thoai".into())));
    columns.remove(8);
    let missing = RecordBatch::try_from_iter(columns).unwrap();
    assert_eq!(run.push(&missing), Err(crate::run::PushError::Missing("dien_thoai".into())));
    let mut alone = Run::new(PERSONS.clone(), settings());
    alone.push(&batch).unwrap();
    assert!(run.state().to_bytes() == alone.state().to_bytes());
}

#[test]
fn what_is_shared_names_nobody() {
    let settings = settings();
    let batch = Table::rows(0, 5000).batch();
    let whole = state(&[batch], &settings);
    let shared = whole.shared(10);
    let bytes = shared.to_bytes();
    let text = String::from_utf8_lossy(&bytes);
    // A planted person: neither a value of theirs nor its digest is there.
    for row in (0..5000).step_by(97) {
        let one = Table::rows(row, row + 1).batch();
        for name in ["so_dinh_danh", "so_cha", "dien_thoai", "ngay_sinh"] {
            use arrow_array::{Array as _, cast::AsArray as _};
            let column = one.column_by_name(name).unwrap().as_string::<i32>();
            if column.is_valid(0) && column.value(0) != "1900-01-01" {
                let value = column.value(0);
                assert!(!text.contains(value), "{name} {value}");
                let digest = settings.digest(value).to_le_bytes();
                assert!(!bytes.windows(8).any(|window| window == digest), "digest of {name} {value}");
            }
        }
    }
    // Counts stay what they were.
    for (id, measured) in &whole.rules {
        assert_eq!(shared.rules[id].tally(), measured.tally(), "{id}");
        assert_eq!(shared.rules[id].failing.rows(), measured.failing.rows(), "{id}");
    }
    for profile in shared.fields.values() {
        assert!(profile.values.top(9999).iter().all(|value| value.count >= 10));
    }
}
