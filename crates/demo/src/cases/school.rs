//! Enrolment in the first class.

use model::fault::Fault;
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, said, text};
use crate::processes::step;

pub(super) async fn enrol(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let grader = cast(stage.nation.first_grader(), "school")?;
    let child = grader.child.to_string();
    let commune = stage.commune()?;
    let mut dossier = stage.open(true, "nhap-hoc", said("Tuyển sinh lớp 1", "Enrolment in the first class"));

    let birth = dossier
        .one(
            said("Giấy khai sinh", "The birth certificate"),
            "VN/GOV/G15/ho-tich/khai-sinh",
            ("so_khai_sinh", &grader.birth),
        )
        .await?;
    let values = json!({ "ho_ten": text(&birth, "ho_ten"), "ngay_sinh": text(&birth, "ngay_sinh"), "thuong_tru_ma": commune.code });
    let lives_here = dossier
        .confirm(
            said("Trẻ có thường trú tại xã?", "Does the child live in the commune?"),
            "VN/GOV/G01/dan-cu/nguoi",
            &child,
            values,
        )
        .await?;
    let schools = dossier
        .find(
            said("Đã học ở trường nào chưa?", "Is the child at some school already?"),
            "VN/GOV/G03/giao-duc/hoc-sinh",
            "so_dinh_danh",
            &child,
        )
        .await?;
    if !schools.is_empty() {
        return Err(step("school", "the child is at a school already"));
    }
    let asked = json!({
        "so_dinh_danh": child, "ho_ten": text(&birth, "ho_ten"), "ngay_sinh": text(&birth, "ngay_sinh"),
        "truong_ten": format!("Trường Tiểu học {}", commune.name),
    });
    let entry = dossier
        .act(said("Ghi danh", "Enrolment"), "VN/GOV/G03/giao-duc/nhap-hoc", "/ghi-danh", asked)
        .await?;
    let (pupil, school) = (text(&entry, "ma_hoc_sinh").to_owned(), text(&entry, "truong_ten").to_owned());
    let note = if lives_here {
        ("đúng tuyến", "in the school's own area")
    } else {
        ("cần xem lại nơi cư trú", "the residence must be looked into")
    };
    Ok(dossier.close(
        format!("Học sinh {pupil}, lớp 1, {school}; {}.", note.0),
        format!("Pupil {pupil}, first class, {school}; {}.", note.1),
    ))
}
