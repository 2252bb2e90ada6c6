//! Where people live: the communes of today, and what each spot in them was called before 01/07/2025.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::unit::{Tier, Unit, UnitCode, Units};

use super::days::{BEFORE_MERGER, MERGER};
use super::dice::Dice;

/// Bắc Ninh since 01/07/2025. Before that day 24 was Bắc Giang, and Bắc Ninh was 27.
pub(super) const HOME_PROVINCE: &str = "24";

/// Of a thousand households, those in the home province.
const HOME_SHARE: u16 = 700;
/// Of a thousand households of the home province, those in its seat.
const SEAT_SHARE: u16 = 120;

/// A commune in force since 01/07/2025.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commune {
    /// Its code, five digits.
    pub(crate) code: UnitCode,
    /// Kind and name: "Phường Bắc Giang".
    pub(crate) name: String,
    /// The code of its province, two digits.
    pub(crate) province: UnitCode,
    /// Kind and name of its province.
    pub(crate) province_name: String,
    /// The communes that it was made of, doubtful ones left out.
    pub(super) quarters: Vec<Quarter>,
}

/// A commune of before 01/07/2025, all or part of which went into a commune of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quarter {
    code: UnitCode,
    name: String,
    district_name: String,
    province: UnitCode,
    province_name: String,
}

/// A spot: a commune of today and the old commune that stood there. It keeps the codes of both ages together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    /// Position among [`Places::communes`].
    pub(super) commune: usize,
    /// Position among the commune's quarters.
    quarter: usize,
}

/// All communes with an old commune in them: five special zones were districts without communes, nobody lives there here.
pub(super) struct Places {
    /// In order of code.
    communes: Vec<Commune>,
    /// Of the home province.
    home: Vec<usize>,
    /// Of each other province.
    away: Vec<Vec<usize>>,
    /// Where the home province's biggest commune is to be.
    seat: usize,
}

impl Places {
    /// The communes of the shipped tables.
    pub(super) fn shipped() -> Self {
        let units = Units::shipped();
        let mut quarters = quarters_by_commune(units);
        let communes: Vec<_> = units
            .in_force(Tier::Commune, MERGER)
            .into_iter()
            .filter_map(|unit| Commune::of(units, unit, quarters.remove(&unit.code)?))
            .collect();
        let mut by_province: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, commune) in communes.iter().enumerate() {
            by_province.entry(commune.province.as_str()).or_default().push(at);
        }
        let home = by_province.remove(HOME_PROVINCE).unwrap_or_default();
        let away = by_province.into_values().collect();
        let seat = seat(units, &communes, &home);
        Self { communes, home, away, seat }
    }

    /// A place for a household: mostly in the home province, and there often in its seat.
    pub(super) fn draw(&self, dice: &mut Dice) -> Place {
        if !dice.chance(HOME_SHARE) {
            let province = dice.pick(&self.away).map_or(&[] as &[usize], Vec::as_slice);
            return self.quarter_of(dice.one_of(province), dice);
        }
        if dice.chance(SEAT_SHARE) {
            self.in_seat(dice)
        } else {
            self.quarter_of(dice.one_of(&self.home), dice)
        }
    }

    /// A place in the seat of the home province.
    pub(super) fn in_seat(&self, dice: &mut Dice) -> Place {
        self.quarter_of(self.seat, dice)
    }

    /// Where someone of `place` moves to: mostly not far.
    pub(super) fn near(&self, place: Place, dice: &mut Dice) -> Place {
        match dice.below(100) {
            0..60 => self.quarter_of(place.commune, dice),
            60..85 => self.elsewhere_in_province(place, dice),
            _ => self.draw(dice),
        }
    }

    /// Some other commune of the same province; the same one if there is no other.
    pub(super) fn elsewhere_in_province(&self, place: Place, dice: &mut Dice) -> Place {
        let of_province = |list: &&Vec<usize>| list.contains(&place.commune);
        let list = self.away.iter().chain([&self.home]).find(of_province);
        let others: Vec<_> = list.into_iter().flatten().copied().filter(|at| *at != place.commune).collect();
        self.quarter_of(dice.pick(&others).copied().unwrap_or(place.commune), dice)
    }

    fn quarter_of(&self, commune: usize, dice: &mut Dice) -> Place {
        let count = self.communes.get(commune).map_or(0, |commune| commune.quarters.len());
        Place { commune, quarter: dice.index(count) }
    }

    /// The commune at a position.
    pub(super) fn commune(&self, at: usize) -> Option<&Commune> {
        self.communes.get(at)
    }

    /// How many communes there are.
    pub(super) fn count(&self) -> usize {
        self.communes.len()
    }

    /// Whether `place` lies in the home province.
    pub(super) fn is_home(&self, place: Place) -> bool {
        self.commune(place.commune).is_some_and(|commune| commune.province.as_str() == HOME_PROVINCE)
    }

    /// The commune's code as it stood on `day`.
    pub(super) fn code_on(&self, place: Place, day: Date) -> Option<String> {
        let commune = self.commune(place.commune)?;
        let code = if day < MERGER { &self.quarter(place)?.code } else { &commune.code };
        Some(code.to_string())
    }

    /// The commune's kind and name as it stood on `day`, for the middle of a sentence: "phường Bắc Giang".
    pub(super) fn name_on(&self, place: Place, day: Date) -> Option<String> {
        let commune = self.commune(place.commune)?;
        Some(inside(if day < MERGER { &self.quarter(place)?.name } else { &commune.name }))
    }

    /// The province's code as it stood on `day`.
    pub(super) fn province_on(&self, place: Place, day: Date) -> Option<&str> {
        let commune = self.commune(place.commune)?;
        let code = if day < MERGER { &self.quarter(place)?.province } else { &commune.province };
        Some(code.as_str())
    }

    /// A whole address as it was written on `day`: the line, then the units from small to large.
    pub(super) fn address_on(&self, place: Place, line: &str, day: Date) -> Option<String> {
        let commune = self.commune(place.commune)?;
        if day >= MERGER {
            return Some(format!("{line}, {}, {}", inside(&commune.name), inside(&commune.province_name)));
        }
        let old = self.quarter(place)?;
        let (name, district, province) =
            (inside(&old.name), inside(&old.district_name), inside(&old.province_name));
        Some(format!("{line}, {name}, {district}, {province}"))
    }

    fn quarter(&self, place: Place) -> Option<&Quarter> {
        self.commune(place.commune)?.quarters.get(place.quarter)
    }
}

impl Commune {
    fn of(units: &Units, unit: &Unit, quarters: Vec<Quarter>) -> Option<Self> {
        let province = unit.parent.clone()?;
        let province_name = units.unit_at(&province, MERGER)?.full_name();
        Some(Self { code: unit.code.clone(), name: unit.full_name(), province, province_name, quarters })
    }

    /// The name without its kind. Kinds have one or two words: xã, phường, đặc khu.
    pub(super) fn short_name(&self) -> &str {
        let kinds = ["Xã ", "Phường ", "Đặc khu "];
        kinds.into_iter().find_map(|kind| self.name.strip_prefix(kind)).unwrap_or(&self.name)
    }

    /// Whether it is a ward (phường).
    pub(super) fn is_ward(&self) -> bool {
        self.name.starts_with("Phường ")
    }
}

impl Quarter {
    fn of(units: &Units, unit: &Unit) -> Option<Self> {
        let district = units.unit_at(unit.parent.as_ref()?, BEFORE_MERGER)?;
        let province = units.unit_at(district.parent.as_ref()?, BEFORE_MERGER)?;
        Some(Self {
            code: unit.code.clone(),
            name: unit.full_name(),
            district_name: district.full_name(),
            province: province.code.clone(),
            province_name: province.full_name(),
        })
    }
}

/// The old communes in each commune of today, in order of code.
fn quarters_by_commune(units: &Units) -> BTreeMap<UnitCode, Vec<Quarter>> {
    let mut found: BTreeMap<UnitCode, Vec<Quarter>> = BTreeMap::new();
    for old in units.in_force(Tier::Commune, BEFORE_MERGER) {
        for next in units.successors(&old.code).iter().filter(|next| !next.is_doubtful) {
            if let Some(quarter) = Quarter::of(units, old) {
                found.entry(next.code.clone()).or_default().push(quarter);
            }
        }
    }
    found
}

/// The ward of the home province that shows best what the merger did: its code named another unit before, and no other
/// such ward was made of more communes. Of the shipped tables that is Phường Bắc Giang, 07210.
fn seat(units: &Units, communes: &[Commune], home: &[usize]) -> usize {
    let renamed = |commune: &Commune| {
        units.unit_at(&commune.code, BEFORE_MERGER).is_some_and(|old| old.full_name() != commune.name)
    };
    let wards = home.iter().filter_map(|at| Some((*at, communes.get(*at)?)));
    wards
        .filter(|(_, commune)| commune.is_ward() && renamed(commune))
        .max_by_key(|(at, commune)| (commune.quarters.len(), std::cmp::Reverse(*at)))
        .map_or(0, |(at, _)| at)
}

/// A unit's name inside a sentence: its kind begins with a small letter.
fn inside(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::super::dice::Stream;
    use super::*;

    #[test]
    fn the_seat_is_the_ward_of_bac_giang() {
        let places = Places::shipped();
        let place = places.in_seat(&mut Dice::new(1, Stream::Truth));
        assert_eq!(places.name_on(place, MERGER).as_deref(), Some("phường Bắc Giang"));
        assert_eq!(places.code_on(place, MERGER).as_deref(), Some("07210"));
        assert_eq!(places.province_on(place, BEFORE_MERGER), Some("24"));
        assert_eq!(places.count(), 3321 - 5);
    }

    #[test]
    fn an_address_is_written_as_on_its_day() {
        let places = Places::shipped();
        let seat = places.in_seat(&mut Dice::new(1, Stream::Truth)).commune;
        let at =
            places.commune(seat).unwrap().quarters.iter().position(|quarter| quarter.name.ends_with("Trì"));
        let place = Place { commune: seat, quarter: at.unwrap() };
        assert_eq!(
            places.address_on(place, "Thôn Núi", MERGER).unwrap(),
            "Thôn Núi, phường Bắc Giang, tỉnh Bắc Ninh"
        );
        assert_eq!(
            places.address_on(place, "Thôn Núi", BEFORE_MERGER).unwrap(),
            "Thôn Núi, phường Dĩnh Trì, thành phố Bắc Giang, tỉnh Bắc Giang"
        );
    }

    #[test]
    fn seven_of_ten_households_live_in_the_home_province() {
        let (places, mut dice) = (Places::shipped(), Dice::new(1, Stream::Truth));
        let home = (0..10_000).filter(|_| places.is_home(places.draw(&mut dice))).count();
        assert!((6800..7200).contains(&home), "{home}");
    }
}
