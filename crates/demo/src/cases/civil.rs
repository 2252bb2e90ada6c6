//! Civil status: confirmation of marital status, and a copy of an extract.

use model::fault::Fault;
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, Dossier, said, text};
use crate::processes::step;

const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";
const MARRIAGES: &str = "VN/GOV/G15/ho-tich/ket-hon";

pub(super) async fn confirm_single(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let single = cast(stage.nation.single_adult(), "single")?;
    let id = single.person.to_string();
    let mut dossier = stage.open(
        true,
        "xac-nhan-hon-nhan",
        said("Xác nhận tình trạng hôn nhân", "Confirmation of marital status"),
    );
    let person = dossier
        .get(
            said("Tình trạng hôn nhân trong CSDL dân cư", "Marital status in the population database"),
            PEOPLE,
            &id,
        )
        .await?;
    let held = count_marriages(&mut dossier, &id).await?;
    if held > 0 || text(&person, "tinh_trang_hon_nhan") != "doc_than" {
        return Err(step("single", "the databases do not say that the person is single"));
    }
    Ok(dossier.close(
        "Xác nhận chưa đăng ký kết hôn với ai; hai nguồn thống nhất. Không hỏi giấy tờ.",
        "Confirmed as not married to anyone; both sources agree. No paper was asked for.",
    ))
}

pub(super) async fn find_married(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let wrongly = cast(stage.nation.wrongly_single(), "wrongly single")?;
    let id = wrongly.person.to_string();
    let mut dossier = stage.open(
        true,
        "xac-nhan-hon-nhan",
        said(
            "Xác nhận tình trạng hôn nhân, hai nguồn khác nhau",
            "Confirmation of marital status, where two sources differ",
        ),
    );
    let person = dossier
        .get(
            said("Tình trạng hôn nhân trong CSDL dân cư", "Marital status in the population database"),
            PEOPLE,
            &id,
        )
        .await?;
    let state = text(&person, "tinh_trang_hon_nhan").to_owned();
    let held = count_marriages(&mut dossier, &id).await?;
    if held == 0 {
        return Err(step("wrongly single", "civil status holds no marriage"));
    }
    dossier.differs(
        "tinh_trang_hon_nhan",
        said(
            format!("dân cư ghi {state}; sổ hộ tịch có {held} kết hôn đang hiệu lực"),
            format!("population says {state}; civil status holds {held} valid marriage(s)"),
        ),
    );
    Ok(dossier.close(
        "Không cấp xác nhận độc thân. Cơ quan chủ quản phải sửa tại nguồn; không ai ghi đè thầm lặng (Luật Căn cước, Điều 11).",
        "No confirmation of being single. The owner must correct at the source; nobody overwrites silently (Law on Identity, Art. 11).",
    ))
}

async fn count_marriages(dossier: &mut Dossier<'_>, id: &str) -> Result<usize, Fault> {
    let mut held = 0;
    for (field, vi, en) in [
        ("chong_so_dinh_danh", "Kết hôn với tư cách chồng?", "Married as husband?"),
        ("vo_so_dinh_danh", "Kết hôn với tư cách vợ?", "Married as wife?"),
    ] {
        let found = dossier.find(said(vi, en), MARRIAGES, field, id).await?;
        held += found.iter().filter(|marriage| text(marriage, "tinh_trang") == "hieu_luc").count();
    }
    Ok(held)
}

pub(super) async fn copy_extract(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let seeker = cast(stage.nation.extract_seeker(), "extract")?;
    let mut dossier =
        stage.open(true, "trich-luc", said("Cấp bản sao trích lục khai sinh", "Copy of a birth extract"));
    let birth = dossier
        .one(
            said("Bản ghi khai sinh", "The birth record"),
            "VN/GOV/G15/ho-tich/khai-sinh",
            ("so_khai_sinh", &seeker.birth),
        )
        .await?;
    let values = json!({ "ho_ten": text(&birth, "ho_ten"), "ngay_sinh": text(&birth, "ngay_sinh"), "gioi_tinh": text(&birth, "gioi_tinh") });
    let same = dossier
        .confirm(
            said(
                "Khớp với dân cư không? (không xem dữ liệu)",
                "Does it match the population database? (no data are shown)",
            ),
            PEOPLE,
            &seeker.person.to_string(),
            values,
        )
        .await?;
    let extract = dossier
        .act(
            said("Lập trích lục", "The extract is made"),
            "VN/GOV/G15/ho-tich/so-ho-tich",
            "/trich-luc",
            json!({ "so_khai_sinh": seeker.birth }),
        )
        .await?;
    let number = text(&extract, "so_trich_luc").to_owned();
    let note = if same {
        ("hai nguồn khớp sau khi chuẩn hoá", "the sources match once normalised")
    } else {
        (
            "ghi chú khác biệt, cần sửa tại nguồn",
            "the difference is noted and must be corrected at its source",
        )
    };
    Ok(dossier.close(format!("Trích lục {number}; {}.", note.0), format!("Extract {number}; {}.", note.1)))
}
