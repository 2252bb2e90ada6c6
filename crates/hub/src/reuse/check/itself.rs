//! The form of a procedure: names, sizes, roles, and that each thing named is there.

use std::collections::{BTreeSet, HashSet};

use model::agency::Name;
use model::fault::Fault;
use model::procedure::{Ask, CASE, Choice, Deed, Kind, Otherwise, Party, Procedure, Requirement, Use};

use super::Findings;
use crate::registry::check::{check_name, check_text, check_validity};
use crate::reuse::bind::place_of_ask;
use crate::reuse::pack::is_versioned;
use crate::texts;

const ROLES_MAX: usize = 20;
const REQUIREMENTS_MAX: usize = 50;
const ALTERNATIVES_MAX: usize = 10;
const ASKS_MAX: usize = 10;
const CLAIMS_MAX: usize = 50;
const FIELDS_MAX: usize = 200;
const DEEDS_MAX: usize = 20;
/// Fields by which a record is found.
const FINDS_MAX: usize = 5;
/// What is printed or stored on the identity card, as cases call it.
const ON_THE_CARD: [&str; 5] = ["ho_ten", "ngay_sinh", "gioi_tinh", "que_quan", "thuong_tru"];
/// Longest name of a thing inside a procedure.
const ID_MAX: usize = 40;

pub(super) fn look(procedure: &Procedure, findings: &mut Findings) {
    let subject = ("Procedure", procedure.id.as_str());
    findings.must(is_versioned(&procedure.id), "id", texts::pack_id);
    name("name", &procedure.name, findings);
    take("source", check_text(subject, "source", &procedure.source), findings);
    take("valid_to", check_validity(subject, procedure.valid), findings);
    findings.must(!procedure.levels.is_empty(), "levels", texts::procedure_levels);
    findings.must(!procedure.bases.is_empty(), "bases", texts::procedure_bases);
    findings.must((1..=4).contains(&procedure.assurance), "assurance", texts::procedure_assurance);
    roles(procedure, findings);
    let fields = procedure.inputs.iter().map(|input| (&input.fact, &input.name, &input.kind));
    self::fields(procedure, "inputs", fields, findings);
    on_the_card(procedure, findings);
    sizes("requirements", procedure.requirements.len(), 1..=REQUIREMENTS_MAX, findings);
    let mut ids = HashSet::new();
    for (at, one) in procedure.requirements.iter().enumerate() {
        let place = format!("requirements.{at}");
        id(&format!("{place}.id"), &one.id, &mut ids, findings);
        requirement(procedure, at, one, findings);
    }
    let mut ids = HashSet::new();
    for (at, one) in procedure.requirements.iter().enumerate() {
        for (way, alternative) in one.alternatives.iter().enumerate() {
            for (number, one) in alternative.asks.iter().enumerate() {
                let place = place_of_ask(at, way, number);
                id(&format!("{place}.id"), &one.id, &mut ids, findings);
                ask(procedure, &place, one, findings);
            }
        }
    }
    let fields = procedure.form.iter().map(|field| (&field.fact, &field.name, &field.kind));
    self::fields(procedure, "form", fields, findings);
    sizes("form", procedure.form.len(), 1..=FIELDS_MAX, findings);
    sizes("deeds", procedure.deeds.len(), 0..=DEEDS_MAX, findings);
    let mut ids = HashSet::new();
    for (at, one) in procedure.deeds.iter().enumerate() {
        id(&format!("deeds.{at}.id"), &one.id, &mut ids, findings);
        deed(procedure, at, one, findings);
    }
}

/// Whoever has shown a card is not asked for what is on it (rule ID-04). Of others, whose number is said, it shows that they are known.
fn on_the_card(procedure: &Procedure, findings: &mut Findings) {
    for (at, input) in procedure.inputs.iter().enumerate() {
        let (role, name) = input.fact.split_once('.').unwrap_or_default();
        if super::is_present(procedure, role) && ON_THE_CARD.contains(&name) {
            findings.warn(format!("inputs.{at}"), texts::on_the_card());
        }
    }
}

fn roles(procedure: &Procedure, findings: &mut Findings) {
    sizes("roles", procedure.roles.len(), 1..=ROLES_MAX, findings);
    let mut ids = HashSet::new();
    for (at, role) in procedure.roles.iter().enumerate() {
        id(&format!("roles.{at}.id"), &role.id, &mut ids, findings);
        findings.must(role.id != CASE, format!("roles.{at}.id"), || texts::procedure_case_role(CASE));
        name(&format!("roles.{at}.name"), &role.name, findings);
    }
    if let Some(first) = procedure.roles.first() {
        let is_somebody = matches!(first.party, Party::Person | Party::Organisation);
        findings.must(is_somebody, "roles.0.party", texts::procedure_first_role);
    }
    for (at, acts) in procedure.acts_for.iter().enumerate() {
        let place = format!("acts_for.{at}");
        let proof = procedure.requirement(&acts.proved_by);
        findings
            .must(proof.is_some(), format!("{place}.proved_by"), || texts::not_in_procedure(&acts.proved_by));
        let role = procedure.role(&acts.role);
        findings.must(role.is_some(), format!("{place}.role"), || texts::not_in_procedure(&acts.role));
        let signs_in = role.is_none_or(|role| role.party == Party::Person);
        findings.must(signs_in, format!("{place}.role"), texts::procedure_acts_without_number);
        // Who acts "for oneself" proves nothing: so whose case it is and who acts are two.
        let is_first = procedure.roles.first().is_some_and(|first| first.id == acts.role);
        findings.must(!is_first, format!("{place}.role"), texts::procedure_acts_for_oneself);
    }
    let first = procedure.roles.first();
    let nobody = first.is_some_and(|role| role.party == Party::Organisation) && procedure.acts_for.is_empty();
    findings.must(!nobody, "acts_for", texts::procedure_nobody_acts);
}

fn requirement(procedure: &Procedure, at: usize, one: &Requirement, findings: &mut Findings) {
    let place = format!("requirements.{at}");
    name(&format!("{place}.name"), &one.name, findings);
    findings.must(procedure.role(&one.role).is_some(), format!("{place}.role"), || {
        texts::not_in_procedure(&one.role)
    });
    if let Some(paper) = &one.paper {
        name(&format!("{place}.paper.name"), &paper.name, findings);
        findings.must(is_plain(&paper.code, ID_MAX), format!("{place}.paper.code"), || {
            texts::procedure_word(ID_MAX)
        });
    }
    let needs_paper = one.otherwise == Otherwise::Paper && one.paper.is_none();
    findings.must(!needs_paper, format!("{place}.otherwise"), texts::procedure_paper_unnamed);
    sizes(&format!("{place}.alternatives"), one.alternatives.len(), 0..=ALTERNATIVES_MAX, findings);
    let nothing =
        one.alternatives.iter().all(|way| way.asks.is_empty()) && one.otherwise == Otherwise::Nothing;
    findings.must(!nothing, format!("{place}.otherwise"), texts::procedure_no_way);
    for (way, alternative) in one.alternatives.iter().enumerate() {
        let place = format!("{place}.alternatives.{way}");
        sizes(&format!("{place}.asks"), alternative.asks.len(), 0..=ASKS_MAX, findings);
        let both = alternative.holder.is_some() && !alternative.asks.is_empty();
        findings.must(!both, format!("{place}.holder"), texts::procedure_holder);
    }
    if let Some(when) = &one.when {
        findings.must(!when.contradicts_itself(), format!("{place}.when"), || texts::never_holds(when));
    }
}

fn ask(procedure: &Procedure, place: &str, one: &Ask, findings: &mut Findings) {
    sizes(&format!("{place}.find"), one.find.len(), 1..=FINDS_MAX, findings);
    sizes(&format!("{place}.claims"), one.claims.len(), 1..=CLAIMS_MAX, findings);
    for fact in one.find.values() {
        self::fact(procedure, &format!("{place}.find"), fact, findings);
    }
    let mut filled = BTreeSet::new();
    for (at, claim) in one.claims.iter().enumerate() {
        let place = format!("{place}.claims.{at}");
        let named = claim.term.is_some() || claim.field.is_some();
        findings.must(named || claim.how == Use::Absent, place.clone(), texts::procedure_claim_unnamed);
        match &claim.how {
            Use::Fill(name) => {
                self::fact(procedure, &place, name, findings);
                findings.must(filled.insert(name), place.clone(), || texts::twice_in(name));
            }
            Use::Confirm(name) => self::fact(procedure, &place, name, findings),
            Use::Test(condition) => {
                findings
                    .must(!condition.contradicts_itself(), place.clone(), || texts::never_holds(condition));
                let reads = condition.reads();
                findings.must(
                    reads.contains(&model::procedure::IT),
                    place.clone(),
                    texts::procedure_test_without_it,
                );
            }
            Use::Absent => {
                findings.must(one.claims.len() == 1, place.clone(), texts::procedure_absent_alone);
            }
        }
    }
    findings.must(one.published.is_none(), format!("{place}.published"), texts::procedure_published);
    if let Some(identity) = &one.identity {
        let place = format!("{place}.identity");
        let role = procedure.role(&identity.role);
        findings.must(role.is_some(), format!("{place}.role"), || texts::not_in_procedure(&identity.role));
        let known = identity.number.is_some() || (identity.name.is_some() && identity.born.is_some());
        findings.must(known, place, texts::procedure_identity);
    }
    if let Some(question) = &one.question {
        name(&format!("{place}.question.name"), &question.name, findings);
        let asked = one.find.contains_key(&question.field);
        findings.must(!asked, format!("{place}.question.field"), texts::procedure_question);
        kind(&format!("{place}.question.kind"), &question.kind, findings);
    }
}

fn deed(procedure: &Procedure, at: usize, one: &Deed, findings: &mut Findings) {
    let place = format!("deeds.{at}");
    name(&format!("{place}.name"), &one.name, findings);
    sizes(&format!("{place}.body"), one.body.len(), 1..=FIELDS_MAX, findings);
    for name in one.body.values().chain(one.gives.values()) {
        fact(procedure, &place, name, findings);
    }
    let is_path = |path: &str| path.starts_with('/') && model::endpoint::CallPath::parse(path).is_ok();
    findings.must(is_path(&one.path), format!("{place}.path"), || texts::procedure_path(&one.path));
    if let Some(outcome) = &one.outcome {
        // The id of an exchange is put behind it.
        let fits = is_path(outcome) && !outcome.ends_with('/') && !outcome.contains('?');
        findings.must(fits, format!("{place}.outcome"), || texts::procedure_path(outcome));
    }
}

fn fields<'a>(
    procedure: &Procedure,
    list: &str,
    fields: impl Iterator<Item = (&'a String, &'a Name, &'a Kind)>,
    findings: &mut Findings,
) {
    let mut facts = HashSet::new();
    for (at, (name, label, of)) in fields.enumerate() {
        let place = format!("{list}.{at}");
        fact(procedure, &format!("{place}.fact"), name, findings);
        findings.must(facts.insert(name), format!("{place}.fact"), || texts::twice_in(name));
        self::name(&format!("{place}.name"), label, findings);
        kind(&format!("{place}.kind"), of, findings);
    }
    sizes(list, facts.len(), 0..=FIELDS_MAX, findings);
}

fn kind(place: &str, kind: &Kind, findings: &mut Findings) {
    let Kind::Choice(choices) = kind else { return };
    sizes(place, choices.len(), 1..=FIELDS_MAX, findings);
    let mut codes = HashSet::new();
    for Choice { code, name } in choices {
        findings.must(codes.insert(code), place, || texts::twice_in(code));
        self::name(place, name, findings);
    }
}

/// `{role}.{name}`, of a role that there is.
fn fact(procedure: &Procedure, place: &str, fact: &str, findings: &mut Findings) {
    let Some((role, _)) = fact.split_once('.').filter(|(_, name)| is_plain(name, ID_MAX)) else {
        return findings.wrong(place, texts::procedure_fact(fact));
    };
    let known = role == CASE || procedure.role(role).is_some();
    findings.must(known, place, || texts::procedure_fact_role(fact, role));
}

fn id<'a>(place: &str, id: &'a String, ids: &mut HashSet<&'a String>, findings: &mut Findings) {
    findings.must(is_plain(id, ID_MAX), place, || texts::procedure_word(ID_MAX));
    findings.must(ids.insert(id), place, || texts::twice_in(id));
}

/// A word that conditions read, and that no list in a cell is taken apart by.
fn is_plain(word: &str, most: usize) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.len() <= most
        && word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

fn name(place: &str, name: &Name, findings: &mut Findings) {
    take(place, check_name(("Procedure", ""), name), findings);
}

/// Takes what a check of all kinds has found.
fn take(place: &str, checked: Result<(), Fault>, findings: &mut Findings) {
    match checked {
        Ok(()) => {}
        Err(Fault::Mistaken { mistakes }) => {
            for mistake in mistakes.into_list() {
                if let Fault::Contradictory { why, .. } = mistake.fault {
                    findings.wrong(format!("{place}.{}", mistake.place), why);
                }
            }
        }
        Err(Fault::Contradictory { why, .. }) => findings.wrong(place, why),
        Err(other) => findings.wrong(place, model::fault::Words::new(other.vi(), other.en())),
    }
}

fn sizes(place: &str, number: usize, allowed: std::ops::RangeInclusive<usize>, findings: &mut Findings) {
    findings.must(allowed.contains(&number), place, || texts::number_between(allowed.start(), allowed.end()));
}
