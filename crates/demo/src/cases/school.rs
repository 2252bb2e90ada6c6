//! Enrolment in the first class.

use model::fault::Fault;
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, text};
use crate::processes::step;
use crate::texts;

pub(super) async fn enrol(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let grader = cast(stage.nation.first_grader(), "school")?;
    let child = grader.child.to_string();
    let commune = stage.commune()?;
    let mut dossier = stage.open(true, "nhap-hoc", texts::enrolment());

    let birth = dossier
        .one(texts::birth_certificate(), "VN/GOV/G15/ho-tich/khai-sinh", ("so_khai_sinh", &grader.birth))
        .await?;
    let values = json!({ "ho_ten": text(&birth, "ho_ten"), "ngay_sinh": text(&birth, "ngay_sinh"), "thuong_tru_ma": commune.code });
    let lives_here =
        dossier.confirm(texts::lives_in_commune(), "VN/GOV/G01/dan-cu/nguoi", &child, values).await?;
    let schools = dossier
        .find(texts::at_school_already(), "VN/GOV/G03/giao-duc/hoc-sinh", "so_dinh_danh", &child)
        .await?;
    if !schools.is_empty() {
        return Err(step("school", "the child is at a school already"));
    }
    let asked = json!({
        "so_dinh_danh": child, "ho_ten": text(&birth, "ho_ten"), "ngay_sinh": text(&birth, "ngay_sinh"),
        "truong_ten": format!("Trường Tiểu học {}", commune.name),
    });
    let entry =
        dossier.act(texts::pupil_entered(), "VN/GOV/G03/giao-duc/nhap-hoc", "/ghi-danh", asked).await?;
    let (pupil, school) = (text(&entry, "ma_hoc_sinh").to_owned(), text(&entry, "truong_ten").to_owned());
    let note = if lives_here { texts::own_area() } else { texts::residence_in_doubt() };
    Ok(dossier.close(texts::enrolment_done(&pupil, &school, &note)))
}
