//! Change of a driving licence whose record has another birth date than the population database.

use model::fault::Fault;
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, text};
use crate::texts;

pub(super) async fn change(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let holder = cast(stage.nation.licence_holder(), "licence")?;
    let mut dossier = stage.open(false, "doi-gplx", texts::licence());
    let licence =
        dossier.get(texts::licence_held(), "VN/GOV/G01/dan-cu/giay-phep-lai-xe", &holder.licence).await?;
    let values = json!({ "ho_ten": text(&licence, "ho_ten"), "ngay_sinh": text(&licence, "ngay_sinh") });
    let same = dossier
        .confirm(texts::licence_match(), "VN/GOV/G01/dan-cu/nguoi", &holder.person.to_string(), values)
        .await?;
    let births = dossier
        .find(
            texts::licence_birth(),
            "VN/GOV/G15/ho-tich/khai-sinh",
            "so_dinh_danh",
            &holder.person.to_string(),
        )
        .await?;
    let born = births.first().map(|birth| text(birth, "ngay_sinh").to_owned());
    let printed = text(&licence, "ngay_sinh").to_owned();
    if let Some(born) = born.as_ref().filter(|born| **born != printed) {
        dossier.differs("ngay_sinh", texts::licence_differs(born, &printed));
    }
    let until = text(&licence, "ngay_het_han").to_owned();
    Ok(if same {
        dossier.close(texts::licence_may_change(&until))
    } else {
        dossier.close(texts::licence_accepted(&until))
    })
}
