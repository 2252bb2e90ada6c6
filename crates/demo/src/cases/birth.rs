//! Birth registration, with a health card for a child under six.

use model::fault::Fault;
use serde_json::{Map, Value, json};

use crate::cases::{Stage, cast};
use crate::dossier::{Case, Dossier, text};
use crate::nation::ExpectingCouple;
use crate::processes::step;
use crate::texts;

const PEOPLE: &str = "VN/GOV/G01/dan-cu/nguoi";

pub(super) async fn register(stage: &mut Stage<'_>) -> Result<Case, Fault> {
    let couple = cast(stage.nation.expecting_couple(), "birth")?;
    let (commune, today) = (stage.commune()?, stage.today.to_string());
    let procedure = texts::birth();
    let mut dossier = stage.open(true, "khai-sinh", procedure);
    let mut child = parents(&mut dossier, &couple).await?;
    // The child takes the father's surname, as most do.
    let surname = child
        .get("cha_ho_ten")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .split(' ')
        .next()
        .unwrap_or_default();
    let name = format!("{surname} Bảo An");
    for (member, value) in
        [("ho_ten", name.as_str()), ("ngay_sinh", &today), ("gioi_tinh", "nu"), ("ngay_dang_ky", &today)]
    {
        child.insert(member.into(), json!(value));
    }
    child.insert("noi_dang_ky_ma".into(), json!(commune.code));

    // Each deed needs the number that the one before it gave.
    let deeds = [
        (texts::birth_entry(), "VN/GOV/G15/ho-tich/so-ho-tich", "/khai-sinh", "so_khai_sinh"),
        (texts::birth_number(), "VN/GOV/G01/cu-tru/dinh-danh", "/cap-so", "so_dinh_danh"),
        (texts::birth_card(), "VN/GOV/G24/bao-hiem/the-bhyt", "/tre-em", "ma_the_bhyt"),
    ];
    for (asked, service, path, given) in deeds {
        let answer = dossier.act(asked, service, path, Value::Object(child.clone())).await?;
        for member in [given, "the_den"] {
            child.extend(answer.get(member).map(|value| (member.to_owned(), value.clone())));
        }
    }
    let child = Value::Object(child);
    let (entry, number) = (text(&child, "so_khai_sinh"), text(&child, "so_dinh_danh"));
    let (card, until) = (text(&child, "ma_the_bhyt"), text(&child, "the_den"));
    Ok(dossier.close(texts::birth_done(entry, number, card, until)))
}

/// What the registers say of the parents: they are married, and these are their names.
async fn parents(dossier: &mut Dossier<'_>, couple: &ExpectingCouple) -> Result<Map<String, Value>, Fault> {
    let (father, mother) = (couple.father.to_string(), couple.mother.to_string());
    let married = texts::parents_married();
    let marriages =
        dossier.find(married, "VN/GOV/G15/ho-tich/ket-hon", "chong_so_dinh_danh", &father).await?;
    if !marriages.iter().any(|marriage| text(marriage, "vo_so_dinh_danh") == mother.as_str()) {
        return Err(step("birth", "the parents' marriage is not found"));
    }
    let his = dossier.get(texts::fathers_data(), PEOPLE, &father).await?;
    let asked = texts::mothers_data();
    let hers = dossier.get(asked, PEOPLE, &mother).await?;
    let members = [
        ("cha_ho_ten", text(&his, "ho_ten")),
        ("cha_so_dinh_danh", &father),
        ("me_ho_ten", text(&hers, "ho_ten")),
        ("me_so_dinh_danh", &mother),
    ];
    Ok(members.into_iter().map(|(member, value)| (member.to_owned(), json!(value))).collect())
}
