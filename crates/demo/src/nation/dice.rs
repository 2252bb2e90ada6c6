//! Chance that falls the same way on every machine: SplitMix64 (Steele, Lea, Flood 2014), 64 bits of state, no table.
//!
//! Good enough to make up a nation, and short enough to read. Never use it for keys.

use jiff::civil::Date;

use super::days;

/// A stream of chance.
#[derive(Debug, Clone)]
pub(super) struct Dice {
    state: u64,
}

/// What a stream is for. Streams of one seed don't touch each other, so a new fault leaves the families as they were.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    /// People, households, what they hold.
    Truth,
    /// What the registers write that the truth doesn't say.
    Registers,
    Faults,
    /// Registers that nothing else is drawn from.
    Further,
}

impl Dice {
    /// The stream of `seed` that is kept for one use.
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        let salt = match stream {
            Stream::Truth => 1,
            Stream::Registers => 2,
            Stream::Faults => 3,
            Stream::Further => 4,
        };
        let mut first = Self { state: seed };
        Self { state: first.next() ^ (salt << 56) }
    }

    /// The next 64 bits.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number under `n`; 0 if `n` is 0. The bias of multiply-and-shift is n / 2^64.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(n);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A place in a list of `len`; 0 if it is empty.
    pub(super) fn index(&mut self, len: usize) -> usize {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        usize::try_from(self.below(len)).unwrap_or_default()
    }

    /// True `per_mille` times of a thousand.
    pub(super) fn chance(&mut self, per_mille: u16) -> bool {
        self.below(1000) < u64::from(per_mille)
    }

    /// A number from `low` to `high`, both included; `low` if they are the wrong way round.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = i64::from(high) - i64::from(low) + 1;
        let above = self.below(u64::try_from(span).unwrap_or_default());
        i32::try_from(i64::from(low) + i64::try_from(above).unwrap_or_default()).unwrap_or(low)
    }

    /// A day from `first` to `last`, both included; `first` if they are the wrong way round.
    pub(super) fn day(&mut self, first: Date, last: Date) -> Date {
        days::after(first, self.between(0, days::from_to(first, last)))
    }

    /// One of a list.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.index(list.len()))
    }

    /// One of a list, by value; the type's default if it is empty.
    pub(super) fn one_of<T: Copy + Default>(&mut self, list: &[T]) -> T {
        self.pick(list).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // The known answers for seed 1234567, as in the reference C code.
        let mut dice = Dice { state: 1_234_567 };
        assert_eq!(
            [dice.next(), dice.next(), dice.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn chance_stays_in_its_bounds() {
        let mut dice = Dice::new(1, Stream::Truth);
        assert!((0..1000).all(|_| (-2..=6).contains(&dice.between(-2, 6))));
        assert_eq!((dice.below(0), dice.index(0), dice.between(5, 4)), (0, 0, 5));
        let hits = (0..100_000).filter(|_| dice.chance(250)).count();
        assert!((24_000..26_000).contains(&hits), "{hits}");
    }
}
