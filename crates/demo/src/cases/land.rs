//! Changes in land rights: a sale that goes through once the seller is recognised, and one that must stop.

use model::fault::Fault;
use model::text::{Likeness, likeness};
use serde_json::json;

use crate::cases::{Stage, cast};
use crate::dossier::{Case, Dossier, said, text};
use crate::processes::step;

const PARCELS: &str = "VN/GOV/G10/dat-dai/thua-dat";
const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";

pub(super) async fn sell(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let sale = cast(stage.nation.land_sale(), "land sale")?;
    let mut dossier = stage.open(
        false,
        "bien-dong-dat",
        said("Chuyển nhượng quyền sử dụng đất", "Transfer of land-use rights"),
    );

    let parcel = dossier
        .get(said("Thửa đất và chủ sử dụng", "The parcel and its owner"), PARCELS, &sale.parcel)
        .await?;
    let (number, name) = (text(&parcel, "chu_so_giay_to").to_owned(), text(&parcel, "chu_ho_ten").to_owned());
    let seller = find_owner(&mut dossier, &number).await?;
    let person = dossier.get(said("Nhân thân bên bán", "The seller's data"), PEOPLE, &seller).await?;
    compare_names(&mut dossier, "chu_ho_ten", &name, text(&person, "ho_ten"));
    let marriages = {
        let mut found = dossier
            .find(
                said("Đất có là tài sản chung?", "Is it common property of a couple?"),
                "VN/GOV/G15/ho-tich/ket-hon",
                "chong_so_dinh_danh",
                &seller,
            )
            .await?;
        if found.is_empty() {
            found = dossier
                .find(
                    said("Đất có là tài sản chung?", "Is it common property of a couple?"),
                    "VN/GOV/G15/ho-tich/ket-hon",
                    "vo_so_dinh_danh",
                    &seller,
                )
                .await?;
        }
        found.into_iter().filter(|marriage| text(marriage, "tinh_trang") == "hieu_luc").count()
    };
    let buyer =
        dossier.get(said("Nhân thân bên mua", "The buyer's data"), PEOPLE, &sale.buyer.to_string()).await?;
    let asked = json!({
        "ma_thua": sale.parcel, "ben_ban": seller, "vo_chong_cung_ky": sale.spouse, "ben_mua": sale.buyer, "ten_ben_mua": text(&buyer, "ho_ten"),
    });
    let entry = dossier
        .act(
            said("Đăng ký biến động", "Entry of the change"),
            "VN/GOV/G10/dat-dai/bien-dong",
            "/chuyen-quyen",
            asked,
        )
        .await?;
    let entry = text(&entry, "so_bien_dong").to_owned();
    let both = if marriages > 0 {
        ("vợ chồng cùng ký", "both spouses sign")
    } else {
        ("tài sản riêng", "the seller's own property")
    };
    Ok(dossier.close(
        format!("Đã đăng ký biến động {entry} cho thửa {}; {}. Sổ đất cần thay số CMND cũ bằng số định danh, tại nguồn.", sale.parcel, both.0),
        format!("Change {entry} registered for parcel {}; {}. The land register must replace the old number, at its source.", sale.parcel, both.1),
    ))
}

pub(super) async fn stop(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let dispute = cast(stage.nation.land_dispute(), "land dispute")?;
    let mut dossier = stage.open(
        false,
        "bien-dong-dat",
        said("Chuyển nhượng đất đang bị hạn chế", "Transfer of land under restraint"),
    );

    let parcel = dossier
        .get(said("Thửa đất và tình trạng", "The parcel and its state"), PARCELS, &dispute.parcel)
        .await?;
    dossier.get(said("Nhân thân chủ đất", "The owner's data"), PEOPLE, &dispute.owner.to_string()).await?;
    let state = text(&parcel, "tinh_trang").to_owned();
    let (vi, en) = match state.as_str() {
        "the_chap" => ("đang thế chấp", "mortgaged"),
        "ke_bien" => ("đang bị kê biên", "seized"),
        "tranh_chap" => ("đang tranh chấp", "disputed"),
        other => return Err(step("land dispute", &format!("the parcel is {other}"))),
    };
    Ok(dossier.close(
        format!(
            "Dừng: thửa {} {vi}; trả hồ sơ kèm lý do. Người dân không phải đi lại để biết điều này.",
            dispute.parcel
        ),
        format!(
            "Stopped: parcel {} is {en}; returned with the reason. Nobody had to travel to learn it.",
            dispute.parcel
        ),
    ))
}

/// The owner's number today. The land register may still have that of the old card.
async fn find_owner(dossier: &mut Dossier<'_>, number: &str) -> Result<String, Fault> {
    if number.len() == 12 {
        return Ok(number.to_owned());
    }
    dossier.differs(
        "chu_so_giay_to",
        said("sổ đất ghi số CMND 9 số", "the land register has the old 9-digit number"),
    );
    let found = dossier
        .get(
            said("Số CMND này nay là số định danh nào?", "Which id number is this old number today?"),
            "VN/GOV/G01/dan-cu/so-da-huy",
            number,
        )
        .await?;
    Ok(text(&found, "so_moi").to_owned())
}

fn compare_names(dossier: &mut Dossier<'_>, field: &str, here: &str, there: &str) {
    let why = match likeness(here, there) {
        Likeness::Same => return,
        Likeness::SameSpelledOtherwise => ("khác cách viết", "spelled otherwise"),
        Likeness::SameWithoutMarks => ("chỉ giống khi bỏ dấu", "the same only without tone marks"),
        Likeness::Other => ("khác nhau", "differs"),
    };
    dossier.differs(
        field,
        said(format!("“{here}” và “{there}”: {}", why.0), format!("“{here}” and “{there}”: {}", why.1)),
    );
}
