//! Why something was not answered in a case: a closed list of reason codes, each with what follows from it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::texts;
use crate::words::Words;

/// What follows from a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapClass {
    /// A paper may be asked for.
    PaperMayBeAsked,
    /// The platform's or the office's fault, never the person's: asking for a paper counts as a re-ask.
    OurFault,
    /// Neither: something else is done, or waited for.
    Neither,
}

/// One list: the code, its class, whether trying later may help.
macro_rules! gaps {
    ($($(#[doc = $about:literal])* $gap:ident $code:literal $class:ident $later:literal $words:ident;)*) => {
        /// Why something was not answered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Gap {
            $($(#[doc = $about])* $gap,)*
        }

        impl Gap {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$gap,)*];

            /// Its code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$gap => $code,)* }
            }

            /// The gap of this code.
            #[must_use]
            pub fn of_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$gap),)* _ => None }
            }

            /// What follows from it.
            #[must_use]
            pub fn class(self) -> GapClass {
                match self { $(Self::$gap => GapClass::$class,)* }
            }

            /// Whether the same ask may be answered later.
            #[must_use]
            pub fn may_pass(self) -> bool {
                match self { $(Self::$gap => $later,)* }
            }

            /// What it says, with the next step.
            #[must_use]
            pub fn words(self) -> Words {
                match self { $(Self::$gap => texts::$words(),)* }
            }
        }
    };
}

gaps! {
    /// No record.
    NotFound "not_found" PaperMayBeAsked false gap_not_found;
    /// Several records fit, and one question more did not decide.
    Ambiguous "ambiguous" PaperMayBeAsked false gap_ambiguous;
    /// A record without what was asked for.
    Incomplete "incomplete" PaperMayBeAsked false gap_incomplete;
    /// What was found does not meet the procedure's condition.
    ConditionNotMet "condition_not_met" PaperMayBeAsked false gap_condition_not_met;
    /// Differs from the population database.
    DiffersPopulation "differs_population" PaperMayBeAsked false gap_differs_population;
    /// Two sources differ.
    DiffersSources "differs_sources" PaperMayBeAsked false gap_differs_sources;
    /// Older than the procedure allows.
    Stale "stale" PaperMayBeAsked false gap_stale;
    /// The answer is about somebody else; its values were dropped.
    OtherPerson "other_person" PaperMayBeAsked false gap_other_person;
    /// The source does not answer.
    SourceDown "source_down" PaperMayBeAsked true gap_source_down;
    /// No answer in time.
    Timeout "timeout" PaperMayBeAsked true gap_timeout;
    /// An answer that cannot be believed.
    Unbelievable "unbelievable" PaperMayBeAsked true gap_unbelievable;
    /// That somebody may act for another is not proved.
    Unrepresented "unrepresented" PaperMayBeAsked false gap_unrepresented;
    /// Nobody has published these data.
    NotPublished "not_published" PaperMayBeAsked false gap_not_published;
    /// The person declined.
    Declined "declined" PaperMayBeAsked false gap_declined;
    /// The office has no grant.
    NoGrant "no_grant" OurFault false gap_no_grant;
    /// The legal basis has ended.
    BasisEnded "basis_ended" OurFault false gap_basis_ended;
    /// Asked faster than is granted.
    TooFast "too_fast" OurFault true gap_too_fast;
    /// The source cannot be asked so.
    Unsupported "unsupported" OurFault false gap_unsupported;
    /// A fault of the platform.
    Internal "internal" OurFault true gap_internal;
    /// A higher level of authentication is needed.
    LowLevel "low_level" Neither false gap_low_level;
    /// The answer comes later.
    Pending "pending" Neither true gap_pending;
    /// Does not apply in this case.
    NotApplicable "not_applicable" Neither false gap_not_applicable;
}

impl Gap {
    /// The gap that a fault of an exchange makes, by the fault's code.
    #[must_use]
    pub fn of_fault(code: &str) -> Self {
        match code {
            "LT-2114" | "LT-3101" | "LT-3102" | "LT-3210" | "LT-4101" | "LT-4102" | "LT-4105" | "LT-4106" => {
                Self::SourceDown
            }
            "LT-3104" | "LT-4103" => Self::Timeout,
            "LT-3201" | "LT-3202" | "LT-3203" | "LT-3204" | "LT-3205" | "LT-3206" | "LT-3207" | "LT-3208"
            | "LT-3209" | "LT-3211" | "LT-4104" => Self::Unbelievable,
            "LT-4112" => Self::Incomplete,
            "LT-2101" | "LT-2102" | "LT-2103" | "LT-2104" | "LT-2105" | "LT-2108" | "LT-2109" | "LT-2112"
            | "LT-2113" | "LT-2115" | "LT-2116" => Self::NoGrant,
            "LT-2106" | "LT-2107" => Self::BasisEnded,
            "LT-2110" => Self::TooFast,
            "LT-3212" | "LT-4107" => Self::Unsupported,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Kind;

    #[test]
    fn every_gap_is_found_by_its_code_and_says_something_in_both_languages() {
        for gap in Gap::ALL {
            assert_eq!(Gap::of_code(gap.code()), Some(*gap));
            assert_eq!(serde_json::to_value(gap).unwrap(), gap.code());
            assert!(gap.words().vi().ends_with('.') && gap.words().en().ends_with('.'), "{gap:?}");
        }
    }

    #[test]
    fn every_code_that_is_named_is_a_fault() {
        for number in 1000..9000 {
            let code = format!("LT-{number}");
            if Gap::of_fault(&code) != Gap::Internal {
                assert!(Kind::of(&code).is_some(), "{code}");
            }
        }
    }
}
