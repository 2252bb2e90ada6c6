//! Measures by name: the one list of what a condition may be about. What each comes to is computed in `gauge/`.

use model::words::Words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::texts;

/// What a measure counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MeasureUnit)]
pub enum Unit {
    /// Databases.
    Databases,
    /// Services.
    Services,
    /// Agencies.
    Agencies,
    /// Duties to share.
    Duties,
    /// Defects of data.
    Defects,
    /// Incidents.
    Incidents,
    /// Nodes.
    Nodes,
    /// Parts of a hundred.
    Percent,
    /// Points of a score, from 0 to 100.
    Points,
}

impl Unit {
    /// What it is, for people.
    pub(crate) fn words(self) -> Words {
        match self {
            Self::Databases => texts::unit_databases(),
            Self::Services => texts::unit_services(),
            Self::Agencies => texts::unit_agencies(),
            Self::Duties => texts::unit_duties(),
            Self::Defects => texts::unit_defects(),
            Self::Incidents => texts::unit_incidents(),
            Self::Nodes => texts::unit_nodes(),
            Self::Percent => texts::unit_percent(),
            Self::Points => texts::unit_points(),
        }
    }

    /// Whether nothing of it is above a hundred.
    pub(crate) fn is_bounded(self) -> bool {
        matches!(self, Self::Percent | Self::Points)
    }
}

/// What a measure can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The whole country, or an agency with all below it.
    Agencies,
    /// The same, or a database.
    All,
}

/// One list: the measure, its name in conditions, its unit, what it can be of, what it is for people.
macro_rules! measures {
    ($($(#[doc = $about:literal])* $measure:ident $name:literal $unit:ident $reach:ident $words:ident;)*) => {
        /// Something that the hub observes and a condition may be about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Measure {
            $($(#[doc = $about])* $measure,)*
        }

        impl Measure {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$measure,)*];

            /// Its name in conditions.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$measure => $name,)* }
            }

            /// What it counts in.
            pub(crate) fn unit(self) -> Unit {
                match self { $(Self::$measure => Unit::$unit,)* }
            }

            /// What it can be of.
            pub(crate) fn reach(self) -> Reach {
                match self { $(Self::$measure => Reach::$reach,)* }
            }

            /// What it is, for people.
            pub(crate) fn words(self) -> Words {
                match self { $(Self::$measure => texts::$words(),)* }
            }
        }
    };
}

measures! {
    /// Databases that a source names or that were confirmed.
    DatabasesKnown "databases_known" Databases Agencies measure_databases_known;
    /// Those of them of which an officer of the hub has confirmed what their owner registered.
    DatabasesConfirmed "databases_confirmed" Databases Agencies measure_databases_confirmed;
    /// Those that other agencies use.
    DatabasesInUse "databases_in_use" Databases Agencies measure_databases_in_use;
    /// Those that enough of them use.
    DatabasesInSharedUse "databases_in_shared_use" Databases Agencies measure_databases_in_shared_use;
    /// Those whose day is over and that are not in shared use.
    DatabasesLate "databases_late" Databases Agencies measure_databases_late;
    /// Of the priorities of dispatch 103, those that were registered by their owner and confirmed.
    PriorityConfirmed "priority_databases_confirmed" Databases Agencies measure_priority_confirmed;
    /// Of the priorities, those that other agencies use.
    PriorityInUse "priority_databases_in_use" Databases Agencies measure_priority_in_use;
    /// Share of known databases that other agencies use.
    ShareInUse "databases_in_use_share" Percent Agencies measure_share_in_use;
    /// Services that were confirmed to belong to a database.
    ServicesConfirmed "services_confirmed" Services All measure_services_confirmed;
    /// Other agencies that used a database within the window.
    Consumers "consumers" Agencies All measure_consumers;
    /// Those of them that do not stand below the same ministry or province as the owner.
    ConsumersOutside "consumers_outside" Agencies All measure_consumers_outside;
    /// Duties to share.
    DutiesMet "duties_met" Duties Agencies measure_duties_met;
    /// Those whose day is over and that are not met.
    DutiesLate "duties_late" Duties Agencies measure_duties_late;
    /// Share of duties that are met.
    DutiesMetShare "duties_met_share" Percent Agencies measure_duties_met_share;
    /// The score of quality.
    Quality "quality_score" Points All measure_quality;
    /// Defects that are not corrected by their day.
    DefectsLate "defects_late" Defects All measure_defects_late;
    /// Share of the fields of databases' services that are bound to a term of the dictionary.
    TermsBound "terms_bound_share" Percent All measure_terms_bound;
    /// Share of requirements in decided cases in which data took the place of a paper.
    Reuse "reuse_rate" Percent Agencies measure_reuse;
    /// Incidents of nodes that last.
    IncidentsOpen "incidents_open" Incidents Agencies measure_incidents;
    /// Nodes in the registry that the hub has heard.
    NodesHeard "nodes_heard" Nodes Agencies measure_nodes;
}

impl Measure {
    /// The one of this name. None: there is none, or there is none any more.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|measure| measure.name() == name)
    }
}
