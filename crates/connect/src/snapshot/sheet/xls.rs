//! How large the tables of an XLS are, before the library makes them: it holds all that lies between the cells of a sheet, so two in far
//! corners come to gigabytes. Only as much of the format is read as it takes to see where the cells are.

use std::collections::HashSet;

use crate::snapshot::reader::{ReadError, What, too_many};

use super::value::address;

/// Most cells between the corners of all sheets: they are held at once, at some 30 bytes.
const CELLS_MAX: u64 = 8_000_000;
/// Sectors from here on mean something else: the end of a chain, none. [MS-CFB] 2.1.
const SPECIAL: u32 = 0xffff_fffa;

/// That the cells of a workbook lie within the limit; what cannot be understood is left to the library to refuse.
pub(super) fn check(bytes: &[u8]) -> Result<(), ReadError> {
    let Some(stream) = workbook(bytes) else { return Ok(()) };
    let mut at = 0;
    let (mut before, mut area) = (0_u64, Area::default());
    while let (Some(kind), Some(length)) = (short(&stream, at), short(&stream, at + 2)) {
        let record = stream.get(at + 4..at + 4 + usize::from(length)).unwrap_or_default();
        match kind {
            // A sheet begins.
            0x0809 | 0x0409 | 0x0209 | 0x0009 => {
                before = before.saturating_add(area.cells());
                area = Area::default();
            }
            // Numbers, texts, truth values, errors and results of formulas: [MS-XLS] 2.3.
            0x0006 | 0x0203 | 0x0204 | 0x0205 | 0x00bd | 0x00d6 | 0x00fd | 0x027e => {
                let last = if kind == 0x00bd { record.len().checked_sub(2) } else { Some(2) };
                if let (Some(row), Some(column), Some(last)) =
                    (short(record, 0), short(record, 2), last.and_then(|last| short(record, last)))
                {
                    area.reach(row, column.min(last), last.max(column));
                    let cells = before.saturating_add(area.cells());
                    too_many(What::Cells, cells, CELLS_MAX, || address(row.into(), last.max(column).into()))?;
                }
            }
            _ => {}
        }
        at += 4 + usize::from(length);
    }
    Ok(())
}

/// Between the corners of a sheet.
#[derive(Debug, Default)]
struct Area(Option<[u16; 4]>);

impl Area {
    fn reach(&mut self, row: u16, left: u16, right: u16) {
        let [top, bottom, first, last] = self.0.unwrap_or([row, row, left, right]);
        self.0 = Some([top.min(row), bottom.max(row), first.min(left), last.max(right)]);
    }

    fn cells(&self) -> u64 {
        self.0.map_or(0, |[top, bottom, first, last]| {
            (u64::from(bottom - top) + 1) * (u64::from(last - first) + 1)
        })
    }
}

/// The stream of the workbook, put together from its sectors.
fn workbook(bytes: &[u8]) -> Option<Vec<u8>> {
    let power = short(bytes, 30).filter(|power| matches!(power, 7..=16))?;
    let sectors = Sectors { bytes, size: 1 << power };
    let entries =
        |sector: &[u8]| -> Vec<u32> { sector.chunks_exact(4).filter_map(|entry| long(entry, 0)).collect() };
    // Where the table of sectors is: 109 places in the head, and more in sectors that are chained by their last entry.
    let mut places: Vec<u32> = (0..109).filter_map(|place| long(bytes, 76 + 4 * place)).collect();
    let (mut next, mut seen) = (long(bytes, 68)?, HashSet::new());
    while next < SPECIAL && seen.insert(next) {
        let mut more = entries(sectors.get(next)?);
        next = more.pop()?;
        places.extend(more);
    }
    let mut table = Vec::new();
    for place in places.into_iter().filter(|place| *place < SPECIAL) {
        table.extend(entries(sectors.get(place)?));
    }
    let directory = sectors.chain(long(bytes, 48)?, &table)?;
    let mut found = None;
    for entry in directory.chunks_exact(128) {
        let length = usize::from(short(entry, 64)?).min(64);
        let letters: Vec<u16> =
            entry.get(..length)?.chunks_exact(2).filter_map(|letter| short(letter, 0)).collect();
        let name = String::from_utf16_lossy(&letters);
        match name.trim_end_matches('\0') {
            "Workbook" => return stream(&sectors, &table, &directory, entry, bytes),
            "Book" => found = Some(entry),
            _ => {}
        }
    }
    stream(&sectors, &table, &directory, found?, bytes)
}

/// A stream by its entry in the directory. Short ones stand in small sectors of their own, which are those of the first entry's stream.
fn stream(
    sectors: &Sectors<'_>,
    table: &[u32],
    directory: &[u8],
    entry: &[u8],
    bytes: &[u8],
) -> Option<Vec<u8>> {
    let (begin, length) = (long(entry, 116)?, long(entry, 120)?);
    let mut whole = if length < long(bytes, 56)? {
        let power = short(bytes, 32).filter(|power| matches!(power, 4..=16))?;
        let small = sectors.chain(long(directory, 116)?, table)?;
        let small_table = sectors.chain(long(bytes, 60)?, table)?;
        let small_table: Vec<u32> = small_table.chunks_exact(4).filter_map(|entry| long(entry, 0)).collect();
        // They are counted from the beginning, where others have the head before them.
        let size = 1 << power;
        let padded = [vec![0; size], small].concat();
        Sectors { bytes: &padded, size }.chain(begin, &small_table)?
    } else {
        sectors.chain(begin, table)?
    };
    whole.truncate(length as usize);
    Some(whole)
}

struct Sectors<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl<'a> Sectors<'a> {
    /// A sector; the last of a file may be cut.
    fn get(&self, number: u32) -> Option<&'a [u8]> {
        let begin = (number as usize + 1).checked_mul(self.size)?;
        self.bytes.get(begin..self.bytes.len().min(begin + self.size))
    }

    fn chain(&self, first: u32, table: &[u32]) -> Option<Vec<u8>> {
        let (mut whole, mut next, mut seen) = (Vec::new(), first, HashSet::new());
        while next < SPECIAL && seen.insert(next) {
            whole.extend_from_slice(self.get(next)?);
            next = table.get(next as usize).copied()?;
        }
        Some(whole)
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::read::tests::{case, kept, written};
    use crate::snapshot::reader::Options;

    #[test]
    fn far_cells_are_seen_before_the_library_makes_room_for_them() {
        let mut bytes = std::fs::read(case("old.xls")).unwrap();
        assert!(workbook(&bytes).is_some_and(|stream| stream.len() > 1000));
        assert!(check(&bytes).is_ok());
        // The number in C2 moves to the last cell that the format can say, far beyond what spreadsheets write.
        let number = [0x03, 0x02, 0x0e, 0x00, 1, 0, 2, 0];
        let at = bytes.windows(8).position(|part| part == number).unwrap();
        bytes[at + 4..at + 8].fill(0xff);
        let (_folder, path) = written("far.xls", &bytes);
        let refused = kept(&path, &Options::default()).unwrap_err().to_string();
        assert_eq!(refused, "it is too large: 4294967296 cells at CRXP65536; up to 8000000 are read");
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(at in prop::collection::vec((0_usize..5632, any::<u8>()), 1..20)) {
            let mut bytes = std::fs::read(case("old.xls")).unwrap();
            at.into_iter().for_each(|(at, byte)| if let Some(old) = bytes.get_mut(at) { *old = byte });
            let _ = check(&bytes);
        }
    }
}
