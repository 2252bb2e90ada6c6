//! What others see of reuse, over months by dice and whoever looks.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use model::reuse_report::Counted;
use serde_json::{Value, json};

use super::apply;
use super::measures::{Dice, OFFICES, TOLD, get, last_month, month, seen, world};
use super::world::{World, procedure};
use crate::store::run;

/// Sums of a month by dice, each of another size, written past nodes: a month is over when it is made.
async fn written(world: &World, dice: &mut Dice, month: &str) {
    let mut tx = world.hub.db.write().await.unwrap();
    for office in OFFICES {
        for (code, paper) in
            [("1.001193", "can-cuoc"), ("2.000001", "giay-khac"), ("4.000001", "giay-khong-hoi")]
        {
            let size = dice.one(&[1u64, 3, 6, 30, 300]);
            for (counted, reason) in [
                (Counted::Decided, ""),
                (Counted::Applicable, ""),
                (Counted::Shown, ""),
                (Counted::Reused, ""),
                (Counted::LookedUp, ""),
                (Counted::PaperNeeded, "not_found"),
                (Counted::PaperNeeded, "source_down"),
                (Counted::PaperNeeded, "declined"),
            ] {
                let is_asked = matches!(counted, Counted::Shown | Counted::Reused | Counted::LookedUp);
                let count = i64::try_from(dice.to(size * 2)).unwrap();
                if count == 0 || is_asked && code == "4.000001" {
                    continue;
                }
                let paper = if counted == Counted::Decided { "" } else { paper };
                run!(
                    tx,
                    "INSERT INTO reuse_month (month, office, procedure, paper, counted, reason, count) VALUES ($1, $2, $3, $4, $5, $6, $7)"
                    => month, office, code, paper, counted.word(), reason, count
                )
                .unwrap();
            }
        }
    }
    tx.commit().await.unwrap();
}

/// Over months by dice, and whoever looks: who takes away all that is their own, and all that everybody knows to be empty, is left with no small
/// number, and with no fewer than three cells that could be one.
#[expect(clippy::too_many_lines, reason = "each viewer of each month")]
pub(super) async fn whoever_takes_their_own_away_is_left_with_no_small_number(url: &str) {
    let world = world(url).await;
    let name = json!({ "vi": "Tên tiếng Việt", "en": "English name" });
    let mut more = Vec::new();
    for (id, from, paper, purpose) in [
        ("3.000001@1", "2099-01-01", "giay-moi", "viec-ba"),
        ("4.000001@1", "2020-01-01", "giay-khong-hoi", "viec-bon"),
    ] {
        let mut one = procedure();
        one["id"] = json!(id);
        one["valid_from"] = json!(from);
        one["purpose"] = json!(purpose);
        one["requirements"][0]["paper"]["code"] = json!(paper);
        if paper == "giay-khong-hoi" {
            // Besides what its form needs, which no paper is asked for, one that nobody has data of.
            let mut second = one["requirements"][0].clone();
            one["requirements"][0].as_object_mut().unwrap().remove("paper");
            one["requirements"][0]["otherwise"] = json!("field");
            second["id"] = json!("khong-hoi");
            second["alternatives"] = json!([{ "asks": [], "holder": "VN/GOV/G15" }]);
            one["requirements"].as_array_mut().unwrap().push(second);
        }
        more.push(json!({ "kind": "Purpose", "code": purpose, "name": name }));
        more.push(one);
    }
    apply(&world.hub.db, &serde_json::from_value::<Vec<_>>(json!(more)).unwrap()).await.unwrap();
    let mut viewers = Vec::new();
    for (at, own) in ["VN/GOV/G15", "VN/LOC/H05", OFFICES[0], "VN/GOV/G01"].into_iter().enumerate() {
        viewers.push((world.account_of(&format!("xem-{at}"), Some(own), "data_officer").await, own));
    }
    let mut dice = Dice(0x2026_1201);
    let (mut told_in_all, mut hidden_in_all, mut of_owner) = (0, 0, 0);
    for back in 0..16 {
        let at = month(last_month().saturating_sub(back.months()));
        written(&world, &mut dice, &at).await;
        for level in ["agency", "procedure", "paper", "reason"] {
            let exact = seen(&world, &world.token, &format!("?level={level}&month={at}")).await;
            for (token, own) in &viewers {
                let told = seen(&world, token, &format!("?level={level}&month={at}")).await;
                let nation = &seen(&world, token, &format!("?level=nation&month={at}")).await["nation"];
                let mine = format!("?level={level}&agency={}&month={at}", own.replace('/', "%2F"));
                let mine = seen(&world, token, &mine).await;
                for (name, counted, _) in TOLD {
                    if level == "reason" && !matches!(counted, Counted::PaperNeeded | Counted::ReAsked) {
                        continue;
                    }
                    let is_empty = |id: &str| {
                        let asks = matches!(
                            name,
                            "shown" | "reused" | "differing" | "look_ups" | "look_ups_counted"
                        );
                        matches!(id, "3.000001" | "giay-moi")
                            || asks && id == "giay-khong-hoi"
                            || id == "none"
                                && !matches!(
                                    name,
                                    "look_ups" | "look_ups_counted" | "papers_needed" | "re_asks"
                                )
                            || id == "4.000001" && matches!(name, "shown" | "reused" | "differing")
                    };
                    let own_of = |id: &str| {
                        let line = if level == "agency" && own.starts_with(id) {
                            mine.get(*own)
                        } else {
                            mine.get(id)
                        };
                        line.and_then(|line| line[name].as_u64()).unwrap_or_default()
                    };
                    let cells = exact
                        .iter()
                        .filter(|(id, _)| !is_empty(id) && (level != "agency" || id.as_str() != *own));
                    let cells: Vec<(u64, Option<u64>)> = cells
                        .filter_map(|(id, line)| {
                            let rest = line[name].as_u64()? - own_of(id);
                            Some((rest, told.get(id)?[name].as_u64().map(|told| told - own_of(id))))
                        })
                        .collect();
                    told_in_all += cells.iter().filter(|(_, told)| told.is_some()).count();
                    let what = format!("{at} {own} {level} {name}: {cells:?}");
                    assert!(
                        cells.iter().all(|(_, told)| told.is_none_or(|told| told == 0 || told >= 5)),
                        "{what}"
                    );
                    let hidden: Vec<u64> =
                        cells.iter().filter(|(_, told)| told.is_none()).map(|(rest, _)| *rest).collect();
                    if !nation[name].is_null() && hidden.iter().any(|rest| (1..5).contains(rest)) {
                        hidden_in_all += 1;
                        assert!(hidden.len() >= 3, "{what}");
                    }
                }
            }
        }
        // What papers cost whose data are a ministry's, as the ministry sees it: less its own, and beside what everybody sees of each paper.
        let (token, own) = &viewers[3];
        let path = format!("/owners/VN%2FGOV%2FG01?month={at}");
        let (_, told) = get(&world, token, &path).await;
        let (_, exact) = get(&world, &world.token, &path).await;
        let papers = seen(&world, token, &format!("?level=paper&month={at}")).await;
        let mine = format!("?level=paper&agency={}&month={at}", own.replace('/', "%2F"));
        let mine = seen(&world, token, &mine).await;
        let by_paper = |all: &Value| -> BTreeMap<String, Option<u64>> {
            let all = all["in_vain"].as_array().unwrap().iter();
            all.map(|one| (one["paper"].as_str().unwrap().to_owned(), one["cases_paid"].as_u64())).collect()
        };
        let exact = by_paper(&exact);
        for (paper, told) in by_paper(&told) {
            let Some(told) = told else { continue };
            assert_eq!(Some(told), exact[&paper], "{at} {paper}");
            of_owner += 1;
            let Some(all) = papers[&paper]["papers_needed"].as_u64() else { continue };
            // Here each paper is of one procedure, and its own offices have brought at most so many of it.
            let own = mine.get(&paper).and_then(|line| line["papers_needed"].as_u64()).unwrap_or_default();
            let left = all - told;
            assert!(left == 0 || left >= 5 || left <= own, "{at} {paper}: {told} of {all}");
            assert!(told == 0 || told >= 5 || told <= own, "{at} {paper}: {told}");
        }
    }
    assert!(
        told_in_all > 100 && hidden_in_all > 20 && of_owner > 5,
        "{told_in_all} {hidden_in_all} {of_owner}"
    );
}
