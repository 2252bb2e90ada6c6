//! Who lives with whom, who heads the household, and what the others are to the head.

use model::person::Sex;

use super::days;
use super::truth::{HouseholdAt, PersonAt, Truth};

/// Ages at which people head their households; outside only if no one else can.
const AGES_OF_HEADS: std::ops::RangeInclusive<i32> = 22..=67;

/// Puts the living into their households and chooses the heads.
pub(super) fn gather(truth: &mut Truth) {
    for (at, person) in truth.people.iter().enumerate().filter(|(_, person)| person.is_alive()) {
        if let Some(household) = truth.households.get_mut(person.household.0) {
            household.members.push(PersonAt(at));
        }
    }
    for at in 0..truth.households.len() {
        let head = head(truth, HouseholdAt(at));
        if let Some(household) = truth.households.get_mut(at) {
            household.head = head;
        }
    }
}

/// The eldest man of fitting age, else the eldest woman of fitting age, else the eldest.
fn head(truth: &Truth, at: HouseholdAt) -> Option<PersonAt> {
    let rank = |at: &PersonAt| {
        let person = truth.person(*at)?;
        let age = days::age_on(person.born, truth.today);
        Some((!AGES_OF_HEADS.contains(&age), person.sex == Sex::Female, person.born, *at))
    };
    truth.household(at)?.members.iter().copied().min_by_key(|at| rank(at))
}

/// What `at` is to `head`, as the population database writes it.
pub(super) fn relation(truth: &Truth, head: PersonAt, at: PersonAt) -> &'static str {
    let (Some(own), Some(chief)) = (truth.person(at), truth.person(head)) else { return "khac" };
    let by_sex = |male, female| if own.sex == Sex::Male { male } else { female };
    let is_child_of = |child: PersonAt, parent: PersonAt| {
        truth.person(child).is_some_and(|child| [child.father, child.mother].contains(&Some(parent)))
    };
    let spouse = truth.spouse(at);
    let chief_spouse = truth.spouse(head);
    let parents = [own.father, own.mother];
    if at == head {
        "chu_ho"
    } else if spouse == Some(head) {
        by_sex("chong", "vo")
    } else if is_child_of(at, head) || chief_spouse.is_some_and(|spouse| is_child_of(at, spouse)) {
        "con"
    } else if is_child_of(head, at) || spouse.is_some_and(|spouse| is_child_of(head, spouse)) {
        by_sex("bo", "me")
    } else if spouse.is_some_and(|spouse| is_child_of(spouse, head)) {
        by_sex("con_re", "con_dau")
    } else if chief_spouse.is_some_and(|spouse| is_child_of(spouse, at)) {
        match chief.sex {
            Sex::Male => by_sex("bo_vo", "me_vo"),
            Sex::Female => by_sex("bo_chong", "me_chong"),
        }
    } else if parents.into_iter().flatten().any(|parent| is_child_of(parent, head)) {
        "chau"
    } else if own.father.is_some() && own.father == chief.father {
        "anh_chi_em"
    } else {
        "khac"
    }
}
