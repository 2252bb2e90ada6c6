//! The truth holds together.

use std::collections::BTreeSet;

use model::person::Sex;

use super::super::truth::school_level;
use super::super::truth::{Person, PersonAt, Status, Truth};
use super::{TODAY, nation};

fn truth() -> &'static Truth {
    &nation().truth
}

fn person(at: PersonAt) -> &'static Person {
    truth().person(at).unwrap()
}

#[test]
fn children_have_living_parents_of_fitting_age_at_birth() {
    let mut children = 0;
    for (at, child) in truth().everyone().filter(|(_, person)| person.father.is_some()) {
        let (father, mother) = (person(child.father.unwrap()), person(child.mother.unwrap()));
        for parent in [father, mother] {
            assert!((18..=45).contains(&parent.age_on(child.born)), "{parent:?} of {child:?}");
            assert!(parent.lived_on(child.born));
        }
        assert_eq!((father.sex, mother.sex), (Sex::Male, Sex::Female));
        assert_eq!(father.marriage, mother.marriage);
        let marriage = truth().marriage(father.marriage.unwrap()).unwrap();
        assert!(marriage.day < child.born && marriage.divorced.is_none_or(|day| child.born < day));
        assert!(marriage.children.contains(&at));
        assert_eq!(child.name.split(' ').next(), father.name.split(' ').next(), "the father's surname");
        children += 1;
    }
    assert!(children > 10_000, "{children}");
}

#[test]
fn everyone_under_18_has_parents() {
    let minors = truth().everyone().filter(|(_, person)| person.age_on(TODAY) < 18);
    assert!(minors.into_iter().all(|(_, person)| person.father.is_some() && person.mother.is_some()));
}

#[test]
fn siblings_are_born_one_after_the_other() {
    for marriage in &truth().marriages {
        let born: Vec<_> = marriage.children.iter().map(|at| person(*at).born).collect();
        assert!(born.windows(2).all(|pair| super::super::days::from_to(pair[0], pair[1]) > 300));
    }
}

#[test]
fn spouses_point_at_each_other_and_are_near_in_age() {
    for (at, marriage) in truth().marriages.iter().enumerate() {
        let (husband, wife) = (person(marriage.husband), person(marriage.wife));
        assert_eq!((husband.sex, wife.sex), (Sex::Male, Sex::Female));
        assert!([husband, wife].iter().all(|one| one.marriage.unwrap().0 == at));
        assert!(husband.age_on(marriage.day) >= 20 && wife.age_on(marriage.day) >= 18, "the age of the law");
        assert!(husband.lived_on(marriage.day) && wife.lived_on(marriage.day) && marriage.day < TODAY);
        assert!((husband.born.year() - wife.born.year()).abs() <= 8, "{husband:?} {wife:?}");
        let statuses = [truth().status(marriage.husband), truth().status(marriage.wife)];
        assert!(!statuses.contains(&Status::Single));
    }
}

#[test]
fn every_living_person_is_in_one_household_with_a_grown_up_head() {
    let mut members = BTreeSet::new();
    for household in &truth().households {
        assert_eq!(household.head.is_some(), !household.members.is_empty());
        for at in &household.members {
            assert!(members.insert(*at), "in two households");
        }
        let Some(head) = household.head else { continue };
        assert!(household.members.contains(&head) && person(head).age_on(TODAY) >= 18, "{:?}", person(head));
    }
    let living = truth().everyone().filter(|(_, person)| person.is_alive()).map(|(at, _)| at);
    assert!(members.into_iter().eq(living));
}

#[test]
fn the_dead_are_about_four_in_a_hundred() {
    let dead = truth().people.iter().filter(|person| !person.is_alive()).count();
    assert!((600..1_000).contains(&dead), "{dead}");
    assert!(
        truth()
            .people
            .iter()
            .all(|one| one.born < TODAY && one.died.is_none_or(|day| one.born < day && day < TODAY))
    );
}

#[test]
fn numbers_are_nobodys_and_unique() {
    let mut ids = BTreeSet::new();
    let mut old_ids = BTreeSet::new();
    for one in &truth().people {
        assert!(one.id.as_str().starts_with('9') && one.id.province().is_none());
        assert_eq!((one.id.birth_year(), one.id.sex()), (one.born.year(), one.sex));
        assert!(ids.insert(one.id));
        if let Some(cancelled) = &one.cancelled {
            assert!(cancelled.id.as_str().starts_with('9') && ids.insert(cancelled.id));
            assert!(cancelled.day <= TODAY && cancelled.day > one.born);
        }
        if let Some(old) = &one.old_id {
            assert!(old.as_str().starts_with('9') && old_ids.insert(*old));
        }
    }
    let renumbered = ids.len() - truth().people.len();
    assert!((60..150).contains(&renumbered), "{renumbered}");
}

#[test]
fn about_a_third_of_the_adults_hold_land() {
    let adults = truth().everyone().filter(|(_, one)| one.is_alive() && one.age_on(TODAY) >= 18).count();
    let owners = truth().parcels.iter().flat_map(|parcel| [Some(parcel.owner), parcel.co_owner]);
    let holders: BTreeSet<_> = owners.flatten().filter(|at| person(*at).is_alive()).collect();
    let per_mille = holders.len() * 1000 / adults;
    assert!((320..380).contains(&per_mille), "{per_mille}");
}

#[test]
fn pupils_are_in_the_grade_of_their_age() {
    for pupil in &truth().pupils {
        assert_eq!(pupil.grade, 2026 - person(pupil.of).born.year() - 5);
    }
    assert_eq!(
        [1, 5, 6, 9, 10, 12].map(|grade| school_level(grade).0),
        ["TH", "TH", "THCS", "THCS", "THPT", "THPT"]
    );
    let pupils = truth().pupils.len();
    assert!((2_500..5_500).contains(&pupils), "{pupils}");
}

#[test]
fn drivers_are_old_enough() {
    for licence in &truth().licences {
        assert!(person(licence.of).age_on(licence.issued) >= 18 && licence.issued <= TODAY);
    }
}
