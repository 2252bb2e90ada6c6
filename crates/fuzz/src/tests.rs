//! A round of each target on changed pieces of its corpus. The seed is printed; `LIENTHONG_SEED` sets it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::TARGETS;

/// How long all targets are tried together.
const ROUND: Duration = Duration::from_secs(60);

/// Numbers by chance (SplitMix64, by Steele, Lea and Flood 2014): the same ones again from the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    /// A piece of the corpus, changed in some places.
    fn changed(&mut self, corpus: &[Vec<u8>], longest: usize) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len() + 1);
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => {
                    bytes[at] = [0, 0xff, b'"', b'\n', b':', b'%', b'/', 0x80][self.below(8)]
                }
                2 => bytes.truncate(at),
                3 => bytes.insert(at, self.next().to_le_bytes()[0]),
                4 => {
                    let from = self.below(bytes.len() + 1);
                    let piece = bytes[from.min(at)..from.max(at)].to_vec();
                    bytes.splice(at..at, piece);
                }
                _ => {
                    let other = &corpus[self.below(corpus.len())];
                    let from = self.below(other.len() + 1);
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[from..]);
                }
            }
        }
        bytes.truncate(longest);
        bytes
    }
}

#[test]
fn whatever_comes_from_outside_is_read_to_a_good_end() {
    let seed = std::env::var_os("LIENTHONG_SEED").and_then(|seed| seed.to_str()?.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("LIENTHONG_SEED={seed}");
    for target in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<_> = files.flatten().map(|file| file.path()).collect();
        paths.sort();
        let corpus: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        assert!(!corpus.is_empty(), "{}", folder.display());
        corpus.iter().for_each(|bytes| (target.run)(bytes));
        let (mut chance, mut tries, began) = (Chance(seed), 0u64, Instant::now());
        while began.elapsed() < ROUND / u32::try_from(TARGETS.len()).unwrap() {
            (target.run)(&chance.changed(&corpus, target.longest));
            tries += 1;
        }
        eprintln!("{}: {tries} inputs from {} pieces", target.name, corpus.len());
    }
}
