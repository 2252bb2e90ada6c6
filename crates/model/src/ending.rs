//! What holds until a day, told in time and in the right tense: nothing while the day is far, "ends" when it is near, "ended" when it
//! is past.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::fault::Words;
use crate::time::day_in_viet_nam;

/// From so many days on before its end something is told of.
pub const NEAR_DAYS: i64 = 30;

/// What it is that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EndingKind)]
pub enum Kind {
    /// A node's certificate for TLS with other nodes.
    NodeTls,
    /// The certificate of the key that a node signs with.
    NodeSigning,
    /// The certificate that a node's edge shows to systems.
    NodeEdge,
    /// The certificate that a hub shows.
    HubWeb,
    /// The built-in authority's own.
    Authority,
    /// The root of the directory.
    DirectoryRoot,
    /// What the directory's role `targets` has signed.
    DirectoryTargets,
    /// What its role `snapshot` has signed.
    DirectorySnapshot,
    /// What its role `timestamp` has signed.
    DirectoryTimestamp,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NodeTls,
        Self::NodeSigning,
        Self::NodeEdge,
        Self::HubWeb,
        Self::Authority,
        Self::DirectoryRoot,
        Self::DirectoryTargets,
        Self::DirectorySnapshot,
        Self::DirectoryTimestamp,
    ];

    fn name(self) -> Words {
        let (vi, en) = match self {
            Self::NodeTls => ("chứng thư TLS của nút", "the node's TLS certificate"),
            Self::NodeSigning => ("chứng thư ký của nút", "the node's signing certificate"),
            Self::NodeEdge => ("chứng thư cổng gọi của nút", "the certificate of the node's edge"),
            Self::HubWeb => ("chứng thư của trung tâm", "the hub's own certificate"),
            Self::Authority => ("chứng thư của cơ quan cấp nội bộ", "the built-in authority's certificate"),
            Self::DirectoryRoot => ("gốc của danh bạ", "the root of the directory"),
            Self::DirectoryTargets => ("nội dung danh bạ (targets)", "the directory's targets"),
            Self::DirectorySnapshot => ("ảnh chụp danh bạ (snapshot)", "the directory's snapshot"),
            Self::DirectoryTimestamp => ("mốc thời gian danh bạ (timestamp)", "the directory's time stamp"),
        };
        Words::new(vi, en)
    }

    /// What to do about it.
    fn remedy(self) -> Words {
        let (vi, en) = match self {
            Self::NodeTls | Self::NodeSigning => (
                "nút tự gia hạn khi gặp được trung tâm; nếu không, mời nút gia nhập lại",
                "the node renews it by itself when it reaches the hub; if it cannot, invite it and let it join anew",
            ),
            Self::NodeEdge => (
                "đặt edge.pem và edge.key mới, khởi động lại, giao cho các hệ thống",
                "put another edge.pem and edge.key there, restart, hand it to the systems",
            ),
            Self::HubWeb => (
                "trung tâm tự gia hạn chứng thư do mình cấp; chứng thư đặt vào thì người đặt thay",
                "the hub renews what its own authority issued; one that was put there is replaced by whoever put it",
            ),
            Self::Authority => ("xem docs/operator.md, mục Keys", "see docs/operator.md, Keys"),
            Self::DirectoryRoot => ("lienthong hub rotate", "lienthong hub rotate"),
            Self::DirectoryTargets | Self::DirectorySnapshot | Self::DirectoryTimestamp => (
                "trung tâm phải ký lại được: xem nhật ký của trung tâm",
                "the hub must be able to sign: see its log",
            ),
        };
        Words::new(vi, en)
    }
}

/// Whether it is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tense {
    /// It ends, soon.
    Ends,
    /// It ended.
    Ended,
}

/// An end that is near or past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ending {
    /// What ends.
    pub kind: Kind,
    /// Which, where there are several: a node with the first digits of the certificate's SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Whether it has.
    pub tense: Tense,
    /// Days until then by the calendar of Viet Nam; negative when it is past.
    pub days: i64,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

impl Ending {
    /// What is to be told at `now` of something that ends `at`; nothing while that is far.
    #[must_use]
    pub fn of(kind: Kind, name: Option<&str>, at: Timestamp, now: Timestamp) -> Option<Self> {
        Self::within(kind, name, at, now, NEAR_DAYS)
    }

    /// As [`Self::of`], for something that is near so many days before its end.
    #[must_use]
    pub fn within(
        kind: Kind,
        name: Option<&str>,
        at: Timestamp,
        now: Timestamp,
        near_days: i64,
    ) -> Option<Self> {
        let (last, today) = (day_in_viet_nam(at), day_in_viet_nam(now));
        let days = i64::from((last - today).get_days());
        let tense = if now >= at { Tense::Ended } else { Tense::Ends };
        if tense == Tense::Ends && days > near_days {
            return None;
        }
        let day = last.strftime("%d/%m/%Y");
        let (vi, en) = match (tense, days) {
            (Tense::Ended, _) => (format!("đã hết hạn ngày {day}"), format!("ended on {day}")),
            (Tense::Ends, 0) => (format!("hết hạn hôm nay, ngày {day}"), format!("ends today, on {day}")),
            (Tense::Ends, 1) => {
                (format!("hết hạn ngày {day}, còn 1 ngày"), format!("ends on {day}, in 1 day"))
            }
            (Tense::Ends, days) => {
                (format!("hết hạn ngày {day}, còn {days} ngày"), format!("ends on {day}, in {days} days"))
            }
        };
        let (what, do_so) = (kind.name(), kind.remedy());
        let of = name.map(|name| format!(" {name}")).unwrap_or_default();
        Some(Self {
            kind,
            name: name.map(str::to_owned),
            at,
            tense,
            days,
            vi: format!("{}{of} {vi}: {}", what.vi(), do_so.vi()),
            en: format!("{}{of} {en}: {}", what.en(), do_so.en()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn each_kind_is_told_in_its_tense_or_not_at_all() {
        let now = at("2026-11-25T08:00:00Z");
        // Far, at the border, near, tomorrow, today, this moment, past.
        let cases = [
            ("2027-11-25T08:00:00Z", None),
            ("2026-12-26T08:00:00Z", None),
            ("2026-12-25T08:00:00Z", Some((Tense::Ends, 30, "ends on 25/12/2026, in 30 days"))),
            ("2026-12-01T08:00:00Z", Some((Tense::Ends, 6, "ends on 01/12/2026, in 6 days"))),
            // It is the next day in Viet Nam by then.
            ("2026-11-25T17:00:00Z", Some((Tense::Ends, 1, "ends on 26/11/2026, in 1 day"))),
            ("2026-11-25T08:00:01Z", Some((Tense::Ends, 0, "ends today, on 25/11/2026"))),
            ("2026-11-25T08:00:00Z", Some((Tense::Ended, 0, "ended on 25/11/2026"))),
            ("2026-11-25T07:59:59Z", Some((Tense::Ended, 0, "ended on 25/11/2026"))),
            ("2025-11-25T08:00:00Z", Some((Tense::Ended, -365, "ended on 25/11/2025"))),
        ];
        for kind in Kind::ALL {
            for (end, expected) in cases {
                let told = Ending::of(kind, Some("VN/GOV/G01/nut-1#0011223344556677"), at(end), now);
                let Some((tense, days, words)) = expected else {
                    assert_eq!(told, None, "{kind:?} {end}");
                    continue;
                };
                let told = told.unwrap_or_else(|| panic!("{kind:?} {end}"));
                assert_eq!((told.tense, told.days), (tense, days), "{kind:?} {end}");
                assert!(told.en.contains(&format!("#0011223344556677 {words}: ")), "{}", told.en);
                assert!(told.vi.contains("hết hạn") && told.vi.contains('/'), "{}", told.vi);
                assert_eq!(told.vi.contains("đã hết hạn"), tense == Tense::Ended, "{}", told.vi);
                // A machine reads the day as ISO has it.
                assert_eq!(serde_json::to_value(&told).unwrap()["at"], end);
            }
        }
    }
}
