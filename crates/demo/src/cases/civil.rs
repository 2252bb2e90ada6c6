//! Civil status: confirmation of marital status, and a copy of an extract.

use model::fault::Fault;
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, Dossier, text};
use crate::processes::step;
use crate::texts;

const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";
const MARRIAGES: &str = "VN/GOV/G15/ho-tich/ket-hon";

pub(super) async fn confirm_single(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let single = cast(stage.nation.single_adult(), "single")?;
    let id = single.person.to_string();
    let mut dossier = stage.open(true, "xac-nhan-hon-nhan", texts::marital());
    let person = dossier.get(texts::marital_in_population(), PEOPLE, &id).await?;
    let held = count_marriages(&mut dossier, &id).await?;
    if held > 0 || text(&person, "tinh_trang_hon_nhan") != "doc_than" {
        return Err(step("single", "the databases do not say that the person is single"));
    }
    Ok(dossier.close(texts::marital_single()))
}

pub(super) async fn find_married(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let wrongly = cast(stage.nation.wrongly_single(), "wrongly single")?;
    let id = wrongly.person.to_string();
    let mut dossier = stage.open(true, "xac-nhan-hon-nhan", texts::marital_differs());
    let person = dossier.get(texts::marital_in_population(), PEOPLE, &id).await?;
    let state = text(&person, "tinh_trang_hon_nhan").to_owned();
    let held = count_marriages(&mut dossier, &id).await?;
    if held == 0 {
        return Err(step("wrongly single", "civil status holds no marriage"));
    }
    dossier.differs("tinh_trang_hon_nhan", texts::marital_says(&state, held));
    Ok(dossier.close(texts::marital_refused()))
}

async fn count_marriages(dossier: &mut Dossier<'_>, id: &str) -> Result<usize, Fault> {
    let mut held = 0;
    for (field, asked) in
        [("chong_so_dinh_danh", texts::married_as_husband()), ("vo_so_dinh_danh", texts::married_as_wife())]
    {
        let found = dossier.find(asked, MARRIAGES, field, id).await?;
        held += found.iter().filter(|marriage| text(marriage, "tinh_trang") == "hieu_luc").count();
    }
    Ok(held)
}

pub(super) async fn copy_extract(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let seeker = cast(stage.nation.extract_seeker(), "extract")?;
    let mut dossier = stage.open(true, "trich-luc", texts::extract());
    let birth = dossier
        .one(texts::extract_record(), "VN/GOV/G15/ho-tich/khai-sinh", ("so_khai_sinh", &seeker.birth))
        .await?;
    let values = json!({ "ho_ten": text(&birth, "ho_ten"), "ngay_sinh": text(&birth, "ngay_sinh"), "gioi_tinh": text(&birth, "gioi_tinh") });
    let same = dossier.confirm(texts::extract_match(), PEOPLE, &seeker.person.to_string(), values).await?;
    let extract = dossier
        .act(
            texts::extract_made(),
            "VN/GOV/G15/ho-tich/so-ho-tich",
            "/trich-luc",
            json!({ "so_khai_sinh": seeker.birth }),
        )
        .await?;
    let number = text(&extract, "so_trich_luc").to_owned();
    let note = if same { texts::sources_match() } else { texts::difference_noted() };
    Ok(dossier.close(texts::extract_done(&number, &note)))
}
