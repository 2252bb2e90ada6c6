//! Reuse in cases, as everybody may see it: an assessment is made of nothing that is for some only, and tells no small number.

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::fault::Fault;

use super::super::found::Found;
use crate::audit::officer::Officer;
use crate::reuse::measured::line::{Level, Line};
use crate::reuse::measured::{Look, Wanted};
use crate::store::{Tx, from_text};

/// An agency that there is not: whoever looks in its name sees what everybody may see.
const OUTSIDE: &str = "VN/GOV/OUTSIDE";

/// What agencies with all below them counted in the last month that is over.
pub(super) async fn cases(tx: &mut Tx, found: &mut Found, today: Date) -> Result<(), Fault> {
    let officer = Officer { agency: Some(from_text(OUTSIDE)?), ..Officer::nobody("") };
    let wanted = Wanted { level: Level::Agency, ..Wanted::default() };
    let look = Look::load(tx, &officer, ("", &wanted), today).await?;
    let last = today.first_of_month().saturating_sub(1.day());
    for line in look.lines(tx, &wanted).await? {
        read(found, &line, last);
    }
    Ok(())
}

fn read(found: &mut Found, line: &Line, day: Date) {
    // An office alone proves no look-up: what counts is what the nodes of others say to have answered it.
    let seen = line.witnessed.unwrap_or_default();
    let shares = [
        ("papers_replaced", line.reused.map(|count| count.min(seen)), line.applicable),
        ("papers_asked_again", line.re_asks, line.papers_asked),
        ("lookups_answered", line.look_ups_counted.map(|count| count.min(seen)), line.look_ups),
    ];
    for (measure, part, whole) in shares {
        if let Some(value) = part.zip(whole).and_then(|(part, whole)| assess::quantity::share(part, whole)) {
            found.value(measure, &line.id, value, day);
        }
    }
}
