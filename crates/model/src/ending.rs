//! What holds until a day, told in time and in the right tense: nothing while the day is far, "ends" when it is near, "ended" when it
//! is past.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::texts;
use crate::time::day_in_viet_nam;
use crate::words::Words;

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
        match self {
            Self::NodeTls => texts::node_tls_certificate(),
            Self::NodeSigning => texts::node_signing_certificate(),
            Self::NodeEdge => texts::node_edge_certificate(),
            Self::HubWeb => texts::hub_certificate(),
            Self::Authority => texts::authority_certificate(),
            Self::DirectoryRoot => texts::directory_root(),
            Self::DirectoryTargets => texts::directory_targets(),
            Self::DirectorySnapshot => texts::directory_snapshot(),
            Self::DirectoryTimestamp => texts::directory_timestamp(),
        }
    }

    /// What to do about it.
    fn remedy(self) -> Words {
        match self {
            Self::NodeTls | Self::NodeSigning => texts::renew_node(),
            Self::NodeEdge => texts::renew_edge(),
            Self::HubWeb => texts::renew_hub(),
            Self::Authority => texts::renew_authority(),
            Self::DirectoryRoot => texts::renew_root(),
            Self::DirectoryTargets | Self::DirectorySnapshot | Self::DirectoryTimestamp => {
                texts::renew_directory()
            }
        }
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
        let when = match (tense, days) {
            (Tense::Ended, _) => texts::ended(day),
            (Tense::Ends, 0) => texts::ends_today(day),
            (Tense::Ends, 1) => texts::ends_tomorrow(day),
            (Tense::Ends, days) => texts::ends_in_days(day, days),
        };
        let of = name.map(|name| format!(" {name}")).unwrap_or_default();
        let told = texts::ending(&kind.name(), of, &when, &kind.remedy());
        Some(Self {
            kind,
            name: name.map(str::to_owned),
            at,
            tense,
            days,
            vi: told.vi().to_owned(),
            en: told.en().to_owned(),
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
