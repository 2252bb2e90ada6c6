//! The map of provinces: one tile of the same size for each, so that a small one is seen as well as a large one and no boundary is drawn.
//! Hoàng Sa stands with Đà Nẵng and Trường Sa with Khánh Hòa.

use serde_json::{Value, json};

use super::text;

/// A province: its code in the list of administrative units, its name, column and row of its tile.
type Tile = (&'static str, &'static str, u8, u8);

/// The 34 units since 1 July 2025.
pub(crate) const TILES: [Tile; 34] = [
    ("01", "Hà Nội", 2, 3),
    ("04", "Cao Bằng", 3, 0),
    ("08", "Tuyên Quang", 2, 0),
    ("11", "Điện Biên", 0, 2),
    ("12", "Lai Châu", 0, 1),
    ("14", "Sơn La", 1, 2),
    ("15", "Lào Cai", 1, 1),
    ("19", "Thái Nguyên", 2, 1),
    ("20", "Lạng Sơn", 3, 1),
    ("22", "Quảng Ninh", 4, 2),
    ("24", "Bắc Ninh", 3, 2),
    ("25", "Phú Thọ", 2, 2),
    ("31", "Hải Phòng", 4, 3),
    ("33", "Hưng Yên", 3, 3),
    ("37", "Ninh Bình", 3, 4),
    ("38", "Thanh Hóa", 2, 5),
    ("40", "Nghệ An", 2, 6),
    ("42", "Hà Tĩnh", 2, 7),
    ("44", "Quảng Trị", 3, 8),
    ("46", "Huế", 3, 9),
    ("48", "Đà Nẵng", 4, 10),
    ("51", "Quảng Ngãi", 4, 11),
    ("52", "Gia Lai", 4, 12),
    ("56", "Khánh Hòa", 5, 14),
    ("66", "Đắk Lắk", 4, 13),
    ("68", "Lâm Đồng", 4, 14),
    ("75", "Đồng Nai", 3, 15),
    ("79", "Hồ Chí Minh", 3, 16),
    ("80", "Tây Ninh", 2, 15),
    ("82", "Đồng Tháp", 2, 16),
    ("86", "Vĩnh Long", 2, 17),
    ("91", "An Giang", 1, 16),
    ("92", "Cần Thơ", 1, 17),
    ("96", "Cà Mau", 0, 18),
];

/// The archipelagos, each with the province that it belongs to.
pub(crate) const ISLANDS: [Tile; 2] = [("48", "Hoàng Sa", 6, 10), ("56", "Trường Sa", 6, 14)];

/// What the map shows: each tile with the locality that bears its name, if one has joined.
pub(crate) fn tiles(localities: &[Value]) -> Vec<Value> {
    let of = |name: &str| {
        localities.iter().find(|locality| {
            locality.pointer("/name/vi").and_then(Value::as_str).is_some_and(|vi| ends_with(vi, name))
        })
    };
    let named = |code: &str| TILES.iter().find(|tile| tile.0 == code).map_or("", |tile| tile.1);
    TILES
        .iter()
        .chain(&ISLANDS)
        .map(|(code, name, column, row)| {
            let locality = of(named(code));
            let share = locality.and_then(|locality| {
                let count = |name: &str| locality.get(name).and_then(Value::as_u64);
                (count("users")? * 100).checked_div(count("agencies")?)
            });
            let state = match (locality, share) {
                (None, _) => "absent",
                (Some(locality), None) if locality.get("with_node").and_then(Value::as_u64) > Some(0) => "not_measured",
                (Some(_), None) => "no_node",
                (Some(_), Some(_)) => "measured",
            };
            json!({
                "code": code, "name": name, "column": column, "row": row, "state": state, "share": share,
                "agency": locality.map(|locality| text(locality, "agency")), "agencies": locality.and_then(|locality| locality.get("agencies")),
                "users": locality.and_then(|locality| locality.get("users")), "island": ISLANDS.iter().any(|island| island.1 == *name),
            })
        })
        .collect()
}

/// The same map with the score of each province's databases, as the hub's lines of provinces have it.
pub(crate) fn scored(provinces: &[Value]) -> Vec<Value> {
    let of = |name: &str| {
        provinces.iter().find(|line| {
            line.pointer("/name/vi").and_then(Value::as_str).is_some_and(|vi| ends_with(vi, name))
        })
    };
    let named = |code: &str| TILES.iter().find(|tile| tile.0 == code).map_or("", |tile| tile.1);
    let tiles = TILES.iter().chain(&ISLANDS).map(|(code, name, column, row)| {
        let line = of(named(code));
        let has_data = line.and_then(|line| line.get("datasets")).and_then(Value::as_u64) > Some(0);
        let score = line.and_then(|line| line.get("overall"));
        let band = score.and_then(|score| score.get("band")).and_then(Value::as_str);
        let state = band.unwrap_or(if has_data { "not_measured" } else { "absent" });
        #[expect(clippy::cast_possible_truncation, reason = "a score is from 0 to 100")]
        let share = score
            .and_then(|score| score.get("value"))
            .and_then(Value::as_f64)
            .map(|value| value.floor() as i64);
        json!({ "code": code, "name": name, "column": column, "row": row, "state": state, "share": share,
            "island": ISLANDS.iter().any(|island| island.1 == *name) })
    });
    tiles.collect()
}

/// The province, by its code in the list of administrative units, that an agency's name is of.
pub(crate) fn province_of(name: &str) -> Option<&'static str> {
    TILES.iter().find(|tile| ends_with(name, tile.1)).map(|tile| tile.0)
}

/// Whether a name ends with these whole words.
fn ends_with(name: &str, words: &str) -> bool {
    name.strip_suffix(words).is_some_and(|before| before.is_empty() || before.ends_with(' '))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_province_has_one_tile_and_both_archipelagos_are_there() {
        let units = model::unit::Units::shipped();
        let day = "2026-01-01".parse().unwrap();
        let provinces: BTreeSet<String> = units
            .in_force(model::unit::Tier::Province, day)
            .iter()
            .map(|unit| unit.code.as_str().to_owned())
            .collect();
        let tiles_codes: BTreeSet<String> = TILES.iter().map(|tile| tile.0.to_owned()).collect();
        assert_eq!(tiles_codes, provinces);
        let cells: BTreeSet<(u8, u8)> = TILES.iter().chain(&ISLANDS).map(|tile| (tile.2, tile.3)).collect();
        assert_eq!(cells.len(), 36);
        let shown = tiles(&[]);
        assert!(["Hoàng Sa", "Trường Sa"].iter().all(|name| shown.iter().any(|tile| tile["name"] == *name)));
    }

    #[test]
    fn a_tile_shows_the_locality_of_its_name_and_what_was_not_measured_as_that() {
        let localities = [
            json!({ "agency": "VN/GOV/H26", "name": { "vi": "Ủy ban nhân dân thành phố Hà Nội", "en": "" }, "agencies": 4, "with_node": 1, "users": 1 }),
            json!({ "agency": "VN/GOV/H17", "name": { "vi": "Ủy ban nhân dân thành phố Đà Nẵng", "en": "" }, "agencies": 1, "with_node": 1, "users": null }),
        ];
        let tiles = tiles(&localities);
        let of = |name: &str| tiles.iter().find(|tile| tile["name"] == name).unwrap();
        assert_eq!(
            (of("Hà Nội")["state"].as_str(), of("Hà Nội")["share"].as_u64()),
            (Some("measured"), Some(25))
        );
        assert_eq!(
            (of("Đà Nẵng")["state"].as_str(), &of("Đà Nẵng")["share"]),
            (Some("not_measured"), &Value::Null)
        );
        // The archipelago goes with its province.
        assert_eq!(of("Hoàng Sa")["agency"], "VN/GOV/H17");
        assert_eq!(of("Cà Mau")["state"], "absent");
    }
}
