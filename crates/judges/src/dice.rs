//! Dice from a seed: the same each time, on every machine.

/// Dice (`SplitMix64`: each seed has a sequence of its own, near ones as well).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice of a seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `most`, which is at least 1.
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let spread = usize::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default();
        spread % most.max(1)
    }

    /// Whether something happens that happens once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of some.
    pub fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> Option<&'a T> {
        let at = self.below(all.len());
        all.get(at).copied()
    }

    /// Some of them, each as likely as not; at least one.
    pub fn some<T: Clone>(&mut self, all: &[T]) -> Vec<T> {
        let sure = self.below(all.len());
        all.iter()
            .enumerate()
            .filter(|(at, _)| *at == sure || self.once_in(2))
            .map(|(_, one)| one.clone())
            .collect()
    }
}
