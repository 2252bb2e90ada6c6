//! Bytes in blocks, each with its sum: what is read of an index is what was written, or is known not to be.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// A block on disk: its bytes, and their sum (CRC-32C, over the block's number and the bytes).
const BLOCK: usize = 4096;
const SUM: usize = 4;
const HELD: usize = BLOCK - SUM;

/// Where blocks are.
#[derive(Debug)]
pub(super) enum Blocks {
    /// In a file of so many bytes.
    File(fs::File, u64),
    Memory(Vec<u8>),
}

/// What is in the place of an index is none.
#[derive(Debug)]
pub(super) struct Broken;

/// `bytes` in blocks. The last is filled with zeros.
pub(super) fn write(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(HELD) * BLOCK);
    for (number, held) in bytes.chunks(HELD).enumerate() {
        let begun = out.len();
        out.extend_from_slice(held);
        out.resize(begun + HELD, 0);
        let sum = sum(number, out.get(begun..).unwrap_or_default());
        out.extend_from_slice(&sum.to_be_bytes());
    }
    out
}

fn sum(number: usize, held: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&(number as u64).to_be_bytes()), held)
}

impl Blocks {
    pub(super) fn open(path: &Path) -> Result<Self, Broken> {
        let file = fs::File::open(path).map_err(|_| Broken)?;
        let length = file.metadata().map_err(|_| Broken)?.len();
        Ok(Self::File(file, length))
    }

    /// The `length` bytes from `at` on, as they were before they were put into blocks.
    pub(super) fn bytes(&self, at: usize, length: usize) -> Result<Vec<u8>, Broken> {
        if length == 0 {
            return Ok(Vec::new());
        }
        let (first, last) = (at / HELD, (at + length - 1) / HELD);
        let there = match self {
            Self::File(_, length) => *length,
            Self::Memory(all) => all.len() as u64,
        };
        // Before room is made for what a broken head asks for.
        if ((last + 1) * BLOCK) as u64 > there {
            return Err(Broken);
        }
        let mut blocks = vec![0; (last - first + 1) * BLOCK];
        match self {
            Self::File(file, _) => {
                file.read_exact_at(&mut blocks, (first * BLOCK) as u64).map_err(|_| Broken)?;
            }
            Self::Memory(all) => {
                let held = all.get(first * BLOCK..(last + 1) * BLOCK).ok_or(Broken)?;
                blocks.copy_from_slice(held);
            }
        }
        let mut out = Vec::with_capacity(blocks.len());
        for (number, block) in (first..).zip(blocks.chunks(BLOCK)) {
            let (held, told) = block.split_last_chunk::<SUM>().ok_or(Broken)?;
            if sum(number, held) != u32::from_be_bytes(*told) {
                return Err(Broken);
            }
            out.extend_from_slice(held);
        }
        let begin = at - first * HELD;
        out.truncate(begin + length);
        out.drain(..begin);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_a_changed_bit_is_noticed() {
        let bytes: Vec<u8> = (0..20_000_usize).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let written = write(&bytes);
        let blocks = Blocks::Memory(written.clone());
        for (at, length) in [(0, 1), (0, 4092), (4091, 2), (4092, 4092), (5, 19_995), (19_999, 1), (7, 0)] {
            assert_eq!(blocks.bytes(at, length).unwrap(), bytes[at..at + length]);
        }
        assert!(blocks.bytes(20_000, 1000).is_err());
        for at in (0..written.len()).step_by(97) {
            let mut changed = written.clone();
            changed[at] ^= 1;
            assert!(Blocks::Memory(changed).bytes(0, bytes.len()).is_err(), "{at}");
        }
        // A block in the place of another is none.
        let mut moved = written;
        moved.copy_within(4096..8192, 0);
        assert!(Blocks::Memory(moved).bytes(0, 10).is_err());
    }
}
