//! Change of a driving licence whose record has another birth date than the population database.

use model::fault::Fault;
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, said, text};

pub(super) async fn change(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let holder = cast(stage.nation.licence_holder(), "licence")?;
    let mut dossier =
        stage.open(false, "doi-gplx", said("Đổi giấy phép lái xe", "Change of a driving licence"));
    let licence = dossier
        .get(
            said("Giấy phép đang có", "The licence held"),
            "VN/GOV/G01/dan-cu/giay-phep-lai-xe",
            &holder.licence,
        )
        .await?;
    let values = json!({ "ho_ten": text(&licence, "ho_ten"), "ngay_sinh": text(&licence, "ngay_sinh") });
    let same = dossier
        .confirm(
            said("Khớp với dân cư không?", "Does it match the population database?"),
            "VN/GOV/G01/dan-cu/nguoi",
            &holder.person.to_string(),
            values,
        )
        .await?;
    let births = dossier
        .find(
            said("Sổ khai sinh ghi ngày nào?", "Which day does the register of births have?"),
            "VN/GOV/G15/ho-tich/khai-sinh",
            "so_dinh_danh",
            &holder.person.to_string(),
        )
        .await?;
    let born = births.first().map(|birth| text(birth, "ngay_sinh").to_owned());
    let printed = text(&licence, "ngay_sinh").to_owned();
    if let Some(born) = born.as_ref().filter(|born| **born != printed) {
        dossier.differs(
            "ngay_sinh",
            said(
                format!("sổ khai sinh {born}, giấy phép {printed}"),
                format!("register of births {born}, licence {printed}"),
            ),
        );
    }
    let until = text(&licence, "ngay_het_han").to_owned();
    Ok(if same {
        dossier.close(
            format!("Đủ điều kiện đổi; giấy phép hết hạn {until}."),
            format!("May be changed; the licence ends {until}."),
        )
    } else {
        dossier.close(
            format!("Nhận hồ sơ (hết hạn {until}); in theo ngày sinh của dân cư và hộ tịch. Hồ sơ giấy phép cần sửa tại nguồn."),
            format!("Accepted (ends {until}); printed with the birth date of population and civil status. The licence record must be corrected at its source."),
        )
    })
}
