//! What failing records may have in common.

/// What failing records may have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Dimension {
    /// The unit that recorded them.
    Unit,
    /// The system that they came from.
    Source,
    /// The day on which they were recorded.
    Day,
    /// The value itself: an old code.
    Value,
    /// Its pattern.
    Pattern,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Unit, Self::Source, Self::Day, Self::Value, Self::Pattern];

    /// Its name for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Source => "source",
            Self::Day => "day",
            Self::Value => "value",
            Self::Pattern => "pattern",
        }
    }

    /// Whether what it tells may be of a single person.
    #[must_use]
    pub fn is_of_persons(self) -> bool {
        self == Self::Value
    }
}
