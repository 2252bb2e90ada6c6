//! Changes in land rights: a sale that goes through once the seller is recognised, and one that must stop.

use model::fault::Fault;
use model::text::{Likeness, likeness};
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, Dossier, text};
use crate::processes::step;
use crate::texts;

const PARCELS: &str = "VN/GOV/G10/dat-dai/thua-dat";
const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";

pub(super) async fn sell(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let sale = cast(stage.nation.land_sale(), "land sale")?;
    let mut dossier = stage.open(false, "bien-dong-dat", texts::transfer());

    let parcel = dossier.get(texts::parcel_and_owner(), PARCELS, &sale.parcel).await?;
    let (number, name) = (text(&parcel, "chu_so_giay_to").to_owned(), text(&parcel, "chu_ho_ten").to_owned());
    let seller = find_owner(&mut dossier, &number).await?;
    let person = dossier.get(texts::sellers_data(), PEOPLE, &seller).await?;
    compare_names(&mut dossier, "chu_ho_ten", &name, text(&person, "ho_ten"));
    let marriages = {
        let mut found = dossier
            .find(texts::common_property(), "VN/GOV/G15/ho-tich/ket-hon", "chong_so_dinh_danh", &seller)
            .await?;
        if found.is_empty() {
            found = dossier
                .find(texts::common_property(), "VN/GOV/G15/ho-tich/ket-hon", "vo_so_dinh_danh", &seller)
                .await?;
        }
        found.into_iter().filter(|marriage| text(marriage, "tinh_trang") == "hieu_luc").count()
    };
    let buyer = dossier.get(texts::buyers_data(), PEOPLE, &sale.buyer.to_string()).await?;
    let asked = json!({
        "ma_thua": sale.parcel, "ben_ban": seller, "vo_chong_cung_ky": sale.spouse, "ben_mua": sale.buyer, "ten_ben_mua": text(&buyer, "ho_ten"),
    });
    let entry =
        dossier.act(texts::change_entry(), "VN/GOV/G10/dat-dai/bien-dong", "/chuyen-quyen", asked).await?;
    let entry = text(&entry, "so_bien_dong").to_owned();
    let both = if marriages > 0 { texts::both_sign() } else { texts::own_property() };
    Ok(dossier.close(texts::transfer_done(&entry, &sale.parcel, &both)))
}

pub(super) async fn stop(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let dispute = cast(stage.nation.land_dispute(), "land dispute")?;
    let mut dossier = stage.open(false, "bien-dong-dat", texts::transfer_restrained());

    let parcel = dossier.get(texts::parcel_and_state(), PARCELS, &dispute.parcel).await?;
    dossier.get(texts::owners_data(), PEOPLE, &dispute.owner.to_string()).await?;
    let state = text(&parcel, "tinh_trang").to_owned();
    let why = match state.as_str() {
        "the_chap" => texts::mortgaged(),
        "ke_bien" => texts::seized(),
        "tranh_chap" => texts::disputed(),
        other => return Err(step("land dispute", &format!("the parcel is {other}"))),
    };
    Ok(dossier.close(texts::transfer_stopped(&dispute.parcel, &why)))
}

/// The owner's number today. The land register may still have that of the old card.
async fn find_owner(dossier: &mut Dossier<'_>, number: &str) -> Result<String, Fault> {
    if number.len() == 12 {
        return Ok(number.to_owned());
    }
    dossier.differs("chu_so_giay_to", texts::old_number_held());
    let found = dossier.get(texts::old_number_now(), "VN/GOV/G01/dan-cu/so-da-huy", number).await?;
    Ok(text(&found, "so_moi").to_owned())
}

fn compare_names(dossier: &mut Dossier<'_>, field: &str, here: &str, there: &str) {
    let why = match likeness(here, there) {
        Likeness::Same => return,
        Likeness::SameSpelledOtherwise => texts::spelled_otherwise(),
        Likeness::SameWithoutMarks => texts::same_without_marks(),
        Likeness::Other => texts::differs(),
    };
    dossier.differs(field, texts::names_differ(here, there, &why));
}
