//! Registration of residence, of somebody whose old address bears the code of a commune that is no more.

use jiff::civil::Date;
use model::fault::{Fault, Words};
use model::unit::{UnitCode, Units};
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, text};
use crate::texts;

pub(super) async fn register(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let newcomer = cast(stage.nation.newcomer(), "residence")?;
    let commune = stage.commune()?;
    let mut dossier = stage.open(true, "cu-tru", texts::residence());

    let person = dossier
        .get(texts::residence_before(), "VN/GOV/G01/dan-cu/nguoi", &newcomer.person.to_string())
        .await?;
    let (code, day) =
        (text(&person, "thuong_tru_ma").to_owned(), text(&person, "thuong_tru_ngay").to_owned());
    if let Some((then, now)) = moved(&code, &day) {
        dossier
            .differs("thuong_tru_ma", texts::commune_moved(&code, &Words::new(shown(&day), &day), then, now));
    }
    let parcels = dossier
        .find(
            texts::land_in_commune(),
            "VN/GOV/G10/dat-dai/thua-dat",
            "chu_so_giay_to",
            &newcomer.person.to_string(),
        )
        .await?;
    let owns_here = parcels.iter().any(|parcel| text(parcel, "xa_ma") == commune.code.as_str());
    if !owns_here {
        dossier.differs("xa_ma", texts::no_land_in_commune());
    }
    let asked = json!({ "so_dinh_danh": newcomer.person, "thuong_tru_ma": commune.code, "dia_chi": format!("Số 1, {}", commune.name) });
    let entry =
        dossier.act(texts::residence_new(), "VN/GOV/G01/cu-tru/thuong-tru", "/dang-ky", asked).await?;
    let number = text(&entry, "so_dang_ky").to_owned();
    let proof = if owns_here {
        texts::no_paper()
    } else {
        // Resolution 66.7/2025: a paper may be asked for only where the look-up found nothing, and the reason is recorded.
        texts::only_the_lease()
    };
    Ok(dossier.close(texts::residence_done(&commune.name, &commune.code, &number, &proof)))
}

/// What a code named on the day it was recorded, and which communes that went into since.
fn moved(code: &str, day: &str) -> Option<(String, String)> {
    let (code, day): (UnitCode, Date) = (code.parse().ok()?, day.parse().ok()?);
    let units = Units::shipped();
    let then = units.unit_at(&code, day).filter(|unit| unit.valid.valid_to.is_some())?;
    let today = jiff::civil::date(2025, 7, 1);
    let now: Vec<String> = units
        .successors(&code)
        .iter()
        .filter_map(|successor| Some(units.unit_at(&successor.code, today)?.full_name()))
        .collect();
    Some((then.full_name(), now.join(", ")))
}

/// A day as people write it.
fn shown(day: &str) -> String {
    day.parse::<Date>().map_or_else(|_| day.to_owned(), |day| day.strftime("%d/%m/%Y").to_string())
}
