//! Who comes to which desk for what, and what goes wrong: each procedure at least once.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use model::casework::Opening;
use model::person::PersonId;
use model::procedure::Representation;
use model::time::day_in_viet_nam;
use model::words::Words;

use crate::nation::{Applicants, ExpectingCouple, Landowner, Nation, Pair};
use crate::registry::{COMMUNE_DESK, PROVINCE_DESK};
use crate::texts;

/// Of the land database, and of that of schools.
const LAND: &str = "VN/GOV/G10/nut-1";
const SCHOOLS: &str = "VN/GOV/G03/nut-1";

/// A case of the day.
pub(crate) struct Story {
    /// Code of the procedure.
    pub(crate) procedure: &'static str,
    /// The one-stop system.
    pub(super) desk: &'static str,
    /// What is special about it; empty: nothing.
    pub(super) scene: fn() -> Words,
    /// Who comes, and what they say.
    pub(super) cast: fn(&Nation) -> Option<Opening>,
    pub(super) twist: Twist,
    /// The kind of the result that comes of it, to be used in a later case.
    pub(super) gives: Option<&'static str>,
    /// An item that the result of an earlier case answers, and the result's kind.
    pub(super) uses: Option<(&'static str, &'static str)>,
}

/// What does not go by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twist {
    None,
    /// They have shown too little of who they are, and show more.
    LowLevel,
    /// A source is away.
    Down(&'static str),
    /// A source is away, and asked again when it is back.
    Back(&'static str),
    /// A source stands still for a while.
    Slow(&'static str),
    /// The answer to a deed is lost, and its holder is asked what became of it.
    Lost,
    /// They will not have an item taken from a database, and say it themselves.
    Declined(&'static str),
    /// They correct a line of the form.
    Corrected(&'static str, &'static str),
    /// What they ask for cannot be granted.
    Refused,
    /// They take it back when they see what was found.
    Withdrawn,
}

const PLAIN: Story = Story {
    procedure: "",
    desk: COMMUNE_DESK,
    scene: Words::default,
    cast: |_| None,
    twist: Twist::None,
    gives: None,
    uses: None,
};

/// Kinds of results, by the papers in whose place they stand.
const CRIMINAL_RECORD: &str = "ly-lich-tu-phap";
const DISABILITY: &str = "xac-nhan-khuyet-tat";

/// All of them. While the last three go on, the hub is dead.
pub(crate) static STORIES: [Story; 32] = [
    Story {
        procedure: "3.000722",
        scene: texts::scene_birth,
        cast: |nation| birth(nation, nation.expecting_couple()?, "me"),
        twist: Twist::Lost,
        ..PLAIN
    },
    Story { procedure: "1.004222", scene: texts::scene_old_commune, cast: newcomer, ..PLAIN },
    Story {
        procedure: "n.tuyen-sinh-lop-1",
        scene: texts::scene_low_level,
        cast: first_grader,
        twist: Twist::LowLevel,
        ..PLAIN
    },
    Story {
        procedure: "1.115668",
        desk: PROVINCE_DESK,
        scene: texts::scene_old_number_of_land,
        cast: land_sale,
        ..PLAIN
    },
    Story {
        procedure: "1.115668",
        desk: PROVINCE_DESK,
        scene: texts::scene_restrained,
        cast: land_dispute,
        twist: Twist::Withdrawn,
        ..PLAIN
    },
    Story { procedure: "1.004873", cast: |nation| marital(nation.single_adult()?.person), ..PLAIN },
    Story {
        procedure: "1.004873",
        scene: texts::scene_registers_differ,
        cast: |nation| marital(nation.wrongly_single()?.person),
        twist: Twist::Refused,
        ..PLAIN
    },
    Story { procedure: "2.000635", scene: texts::scene_other_spelling, cast: extract, ..PLAIN },
    Story { procedure: "n.tro-cap-tuat", desk: PROVINCE_DESK, cast: survivors, ..PLAIN },
    Story {
        procedure: "3.000346",
        desk: PROVINCE_DESK,
        scene: texts::scene_other_birthday,
        cast: |nation| plain(nation.licence_holder()?.person),
        ..PLAIN
    },
    Story {
        procedure: "1.014748",
        desk: PROVINCE_DESK,
        scene: texts::scene_cancelled_number,
        cast: jobless,
        ..PLAIN
    },
    Story {
        procedure: "1.001193",
        scene: texts::scene_corrected,
        cast: |nation| birth(nation, nation.second_couple()?, "cha"),
        twist: Twist::Corrected("me.thuong_tru_dia_chi", "Số 2, tổ dân phố mới"),
        ..PLAIN
    },
    Story { procedure: "1.000656", cast: |nation| death(nation, &of(nation)?.bereaved, &[]), ..PLAIN },
    Story {
        procedure: "2.002913",
        cast: |nation| death(nation, &of(nation)?.bereaved_of_insured, &[("nguoi.tai_khoan", ACCOUNT)]),
        ..PLAIN
    },
    Story { procedure: "1.000894", cast: marriage, ..PLAIN },
    Story {
        procedure: "1.001022",
        cast: |nation| about_child(nation, &of(nation)?.father, "nguoi", &[]),
        ..PLAIN
    },
    Story {
        procedure: "1.004837",
        cast: |nation| about_child(nation, &of(nation)?.guardian, "giam_ho", &[]),
        ..PLAIN
    },
    Story {
        procedure: "3.000333",
        desk: PROVINCE_DESK,
        scene: texts::scene_gives_result,
        cast: |nation| {
            opening(&[("nguoi.muc_dich", "Nhận con nuôi")], &[("nguoi", of(nation)?.adopter.person)])
        },
        gives: Some(CRIMINAL_RECORD),
        ..PLAIN
    },
    Story {
        procedure: "2.001263",
        scene: texts::scene_uses_result_of_province,
        cast: |nation| about_child(nation, &of(nation)?.adopter, "nguoi", &[]),
        uses: Some(("ly-lich-tu-phap", CRIMINAL_RECORD)),
        ..PLAIN
    },
    Story {
        procedure: "1.004194",
        scene: texts::scene_source_back,
        cast: |nation| at_home(&of(nation)?.landowners[0], &[("noi.dia_chi", "Nhà ở của mình")]),
        twist: Twist::Back(LAND),
        ..PLAIN
    },
    Story {
        procedure: "1.013225",
        scene: texts::scene_source_down,
        cast: building,
        twist: Twist::Down(LAND),
        ..PLAIN
    },
    Story { procedure: "1.010038", cast: |nation| plain(of(nation)?.adults[0]), ..PLAIN },
    Story {
        procedure: "2.000200",
        desk: PROVINCE_DESK,
        scene: texts::scene_declined,
        cast: |nation| plain(of(nation)?.entered),
        twist: Twist::Declined("nhan-than-nguoi"),
        ..PLAIN
    },
    Story {
        procedure: "n.dang-ky-xe",
        cast: |nation| opening(&[("xe.so_khung", "THU00000000000001")], &[("nguoi", of(nation)?.adults[2])]),
        ..PLAIN
    },
    Story {
        procedure: "1.001699",
        scene: texts::scene_gives_result,
        cast: |nation| {
            opening(&[("nguoi.tinh_trang_ke_khai", "Khó đi lại")], &[("nguoi", of(nation)?.adults[3])])
        },
        gives: Some(DISABILITY),
        ..PLAIN
    },
    Story {
        procedure: "1.001776",
        scene: texts::scene_uses_own_result,
        cast: |nation| opening(&[("nguoi.tai_khoan", ACCOUNT)], &[("nguoi", of(nation)?.adults[3])]),
        uses: Some(("khuyet-tat", DISABILITY)),
        ..PLAIN
    },
    Story {
        procedure: "1.014027",
        cast: |nation| opening(&[("nguoi.tai_khoan", ACCOUNT)], &[("nguoi", of(nation)?.old)]),
        ..PLAIN
    },
    Story {
        procedure: "1.014199",
        desk: PROVINCE_DESK,
        scene: texts::scene_company,
        cast: work_permit,
        ..PLAIN
    },
    Story {
        procedure: "1.011607",
        scene: texts::scene_placeholder,
        cast: |nation| plain(of(nation)?.unknown_address),
        ..PLAIN
    },
    Story { procedure: "2.000693", desk: PROVINCE_DESK, cast: maternity, ..PLAIN },
    Story {
        procedure: "2.002854",
        scene: texts::scene_slow,
        cast: |nation| {
            about_child(
                nation,
                &of(nation)?.pupil,
                "nguoi",
                &[("truong.truong_ten", "Trường Tiểu học Bắc Giang")],
            )
        },
        twist: Twist::Slow(SCHOOLS),
        ..PLAIN
    },
    Story {
        procedure: "1.001612",
        cast: |nation| at_home(&of(nation)?.landowners[2], &[("nguoi.nganh_nghe", "Bán lẻ")]),
        ..PLAIN
    },
];

/// An account that is nobody's.
const ACCOUNT: &str = "0000 THU 0001";

fn of(nation: &Nation) -> Option<&Applicants> {
    nation.applicants()
}

/// What is said, and whose numbers the roles have.
fn opening(said: &[(&str, &str)], roles: &[(&str, PersonId)]) -> Option<Opening> {
    let mut inputs: BTreeMap<String, String> =
        said.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    inputs.extend(roles.iter().map(|(role, id)| (format!("{role}.so_dinh_danh"), id.to_string())));
    Some(Opening { procedure: String::new(), inputs, acting: None, dossier: None, level: None })
}

fn plain(person: PersonId) -> Option<Opening> {
    opening(&[], &[("nguoi", person)])
}

fn name(nation: &Nation, id: &PersonId) -> Option<String> {
    nation.person(id).map(|person| person.name.clone())
}

fn birth(nation: &Nation, couple: &ExpectingCouple, who: &'static str) -> Option<Opening> {
    let father = name(nation, &couple.father)?;
    // The child takes the father's surname, as most do.
    let child = format!("{} Bảo An", father.split(' ').next().unwrap_or_default());
    let today = day_in_viet_nam(exchange::clock::now()).to_string();
    let commune = nation.commune()?.code.to_string();
    let said = [
        ("nguoi.quan_he", who),
        ("con.ho_ten", child.as_str()),
        ("con.ngay_sinh", today.as_str()),
        ("con.gioi_tinh", "nu"),
        ("noi.xa_ma", commune.as_str()),
    ];
    opening(&said, &[("nguoi", if who == "me" { couple.mother } else { couple.father })])
}

fn newcomer(nation: &Nation) -> Option<Opening> {
    let commune = nation.commune()?;
    let said = [("noi.xa_ma", commune.code.to_string()), ("noi.dia_chi", format!("Số 1, {}", commune.name))];
    opening(
        &said.each_ref().map(|(name, value)| (*name, value.as_str())),
        &[("nguoi", nation.newcomer()?.person)],
    )
}

fn first_grader(nation: &Nation) -> Option<Opening> {
    let part = nation.first_grader()?;
    let school = format!("Trường Tiểu học {}", nation.commune()?.name);
    let child = name(nation, &part.child)?;
    let said = [("con.ho_ten", child.as_str()), ("truong.truong_ten", school.as_str())];
    let opening = opening(&said, &[("con", part.child), ("nguoi", part.mother)])?;
    Some(Opening { acting: Some(Representation::Parent), ..opening })
}

fn land_sale(nation: &Nation) -> Option<Opening> {
    let part = nation.land_sale()?;
    transfer(nation, &part.parcel, part.seller, part.buyer)
}

fn land_dispute(nation: &Nation) -> Option<Opening> {
    let part = nation.land_dispute()?;
    transfer(nation, &part.parcel, part.owner, part.buyer)
}

fn transfer(nation: &Nation, parcel: &str, seller: PersonId, buyer: PersonId) -> Option<Opening> {
    let said = [("thua.ma_thua", parcel), ("ben_mua.ho_ten", &name(nation, &buyer)?)];
    opening(&said, &[("ben_ban", seller), ("ben_mua", buyer)])
}

fn marital(person: PersonId) -> Option<Opening> {
    opening(&[("nguoi.muc_dich", "Đăng ký kết hôn")], &[("nguoi", person)])
}

fn extract(nation: &Nation) -> Option<Opening> {
    let part = nation.extract_seeker()?;
    let own = name(nation, &part.person)?;
    let said =
        [("con.so_khai_sinh", part.birth.as_str()), ("con.ho_ten", own.as_str()), ("nguoi.so_ban", "2")];
    opening(&said, &[("nguoi", part.person)])
}

fn survivors(nation: &Nation) -> Option<Opening> {
    let part = nation.survivors()?;
    let heir = part.spouse.or_else(|| part.children.first().copied())?;
    death(nation, &Pair { person: heir, other: part.deceased }, &[("nguoi.tai_khoan", ACCOUNT)])
}

fn death(nation: &Nation, pair: &Pair, more: &[(&str, &str)]) -> Option<Opening> {
    let deceased = name(nation, &pair.other)?;
    let said = [more, &[("nguoi_mat.ho_ten", deceased.as_str())]].concat();
    opening(&said, &[("nguoi", pair.person), ("nguoi_mat", pair.other)])
}

fn jobless(nation: &Nation) -> Option<Opening> {
    opening(&[("nguoi.ngay_cham_dut", "2026-10-31")], &[("nguoi", nation.renumbered()?.person)])
}

fn marriage(nation: &Nation) -> Option<Opening> {
    let pair = &of(nation)?.betrothed;
    let other = name(nation, &pair.other)?;
    opening(&[("ben_kia.ho_ten", &other)], &[("nguoi", pair.person), ("ben_kia", pair.other)])
}

fn about_child(nation: &Nation, pair: &Pair, role: &str, more: &[(&str, &str)]) -> Option<Opening> {
    let child = name(nation, &pair.other)?;
    let said = [more, &[("con.ho_ten", child.as_str())]].concat();
    opening(&said, &[(role, pair.person), ("con", pair.other)])
}

fn at_home(owner: &Landowner, more: &[(&str, &str)]) -> Option<Opening> {
    let said = [more, &[("noi.xa_ma", owner.commune.as_str())]].concat();
    opening(&said, &[("nguoi", owner.person)])
}

fn building(nation: &Nation) -> Option<Opening> {
    let [_, owner, _] = &of(nation)?.landowners;
    opening(&[("thua.ma_thua", &owner.parcel)], &[("nguoi", owner.person)])
}

fn work_permit(nation: &Nation) -> Option<Opening> {
    let said = [
        ("to_chuc.ma_so_doanh_nghiep", "0000000001"),
        ("nguoi_lao_dong.ho_ten", "JANE DOE"),
        ("nguoi_lao_dong.so_ho_chieu", "X0000001"),
    ];
    let opening = opening(&said, &[("dai_dien", of(nation)?.adults[5])])?;
    Some(Opening { acting: Some(Representation::LegalRepresentative), ..opening })
}

fn maternity(nation: &Nation) -> Option<Opening> {
    let pair = &of(nation)?.mother;
    let born = nation.person(&pair.other)?.born;
    let until = born.saturating_add(6.months()).to_string();
    about_child(nation, pair, "nguoi", &[("nguoi.nghi_tu", &born.to_string()), ("nguoi.nghi_den", &until)])
}
