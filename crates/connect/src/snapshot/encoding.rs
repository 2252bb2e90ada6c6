//! Encodings of CSV: UTF-8, UTF-16, windows-1258, and the two that Vietnamese offices wrote before Unicode, TCVN3 (ABC) and VNI. They are told
//! apart by evidence: each candidate reads the text, and the share of its words that are Vietnamese syllables decides. A person sees the
//! evidence, and may overrule it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1258};
use model::fault::Words;
use model::text::{legacy, syllable};

use super::reader::{ENCODINGS, Options, ReadError};

use crate::texts;

/// Bytes of the lines that candidates are tried on: some thousand words, enough for any share.
const SAMPLE: usize = 128 * 1024;
/// Most bytes of one line that go into it.
const LINE: usize = 4096;
/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;
/// Share of words that a candidate must read: names of foreigners and abbreviations are no syllables.
const CONVINCING: f64 = 0.8;
/// How far it must be ahead of the next.
const AHEAD: f64 = 0.3;
/// A byte that no UTF-8 has: stands for what an encoding does not know, so the cell is told as broken and not the file.
const NONE: u8 = 0xff;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1258,
    Tcvn3,
    Vni,
}

/// Those that no mark tells.
const CANDIDATES: [Encoding; 3] = [Encoding::Tcvn3, Encoding::Vni, Encoding::Windows1258];

impl Encoding {
    fn of(name: &str) -> Option<Self> {
        Some(match name.trim().to_lowercase().as_str() {
            "utf-8" | "utf8" => Self::Utf8,
            "utf-16le" => Self::Utf16Le,
            "utf-16be" => Self::Utf16Be,
            "windows-1258" | "cp1258" => Self::Windows1258,
            "tcvn3" | "abc" => Self::Tcvn3,
            "vni" | "vni-windows" => Self::Vni,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1258 => "windows-1258",
            Self::Tcvn3 => "TCVN3",
            Self::Vni => "VNI",
        }
    }

    /// Marks of tones are characters of their own in it: cells are put together after they are read.
    pub(super) fn is_in_parts(self) -> bool {
        matches!(self, Self::Windows1258 | Self::Tcvn3 | Self::Vni)
    }
}

/// Which encoding a file has, and what a person should know about it.
pub(super) fn detect(path: &Path, options: &Options) -> Result<(Encoding, Vec<Words>), ReadError> {
    if let Some(asked) = &options.encoding {
        let unknown = || ReadError::Option { option: "encoding", value: asked.clone(), known: ENCODINGS };
        return Ok((Encoding::of(asked).ok_or_else(unknown)?, Vec::new()));
    }
    let survey = Survey::of(File::open(path)?)?;
    if let Some(marked) = survey.marked() {
        let broken = marked == Encoding::Utf8 && survey.broken > 0;
        return Ok((marked, broken.then(|| survey.mostly_utf8()).into_iter().collect()));
    }
    if let Some(wide) = survey.wide() {
        let name = wide.name();
        let told = texts::encoding_by_zeros(name);
        return Ok((wide, vec![told]));
    }
    if survey.broken == 0 {
        return Ok((Encoding::Utf8, Vec::new()));
    }
    // More than 99 of 100: one cell that was cut or pasted must not make another file of it.
    if survey.good > survey.broken * 99 {
        return Ok((Encoding::Utf8, vec![survey.mostly_utf8()]));
    }
    let mut scores: Vec<(Encoding, Score)> =
        CANDIDATES.iter().map(|candidate| (*candidate, Score::of(&survey.sample, *candidate))).collect();
    scores.sort_by(|a, b| b.1.share().total_cmp(&a.1.share()));
    let evidence = Evidence(&scores);
    match scores.as_slice() {
        [(best, score), (_, next), ..]
            if score.share() >= CONVINCING && score.share() - next.share() >= AHEAD =>
        {
            let told = texts::encoding_told(best.name(), &evidence.words());
            Ok((*best, vec![told]))
        }
        // Most is UTF-8 and no other encoding reads it: what is none is told cell by cell.
        _ if survey.good >= survey.broken => Ok((Encoding::Utf8, vec![survey.mostly_utf8()])),
        _ => {
            let (line, bytes) = survey.first;
            let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            Err(ReadError::Encoding { line, bytes: bytes.join(" "), evidence: evidence.words() })
        }
    }
}

/// How many words a candidate reads.
#[derive(Debug, Clone, Copy)]
struct Score {
    read: usize,
    words: usize,
}

impl Score {
    fn of(sample: &[u8], encoding: Encoding) -> Self {
        let mut text = Vec::new();
        // A sample in memory is read without errors.
        let _ = decoded(sample, encoding).read_to_end(&mut text);
        let text = model::text::nfc(&String::from_utf8_lossy(&text));
        let (read, words) = syllable::count(&text);
        Self { read, words }
    }

    fn share(self) -> f64 {
        // A sample has some thousand words.
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let share = self.read as f64 / self.words.max(1) as f64;
        share
    }
}

struct Evidence<'a>(&'a [(Encoding, Score)]);

impl Evidence<'_> {
    fn words(&self) -> Words {
        let one = |(place, (encoding, score)): (usize, &(Encoding, Score))| {
            let share = format!("{}: {}/{}", encoding.name(), score.read, score.words);
            if place == 0 { texts::words_read(&share) } else { Words::quoted(share) }
        };
        let all: Vec<Words> = self.0.iter().enumerate().map(one).collect();
        Words::joined(&all, ", ")
    }
}

/// What all bytes of a file say about its encoding.
#[derive(Default)]
struct Survey {
    /// The first bytes.
    begins: Vec<u8>,
    /// Zero bytes at even and odd places of the first piece, and its length.
    zeros: [usize; 2],
    looked: usize,
    /// Runs of bytes beyond ASCII that are UTF-8, and that are not.
    good: u64,
    broken: u64,
    /// The line of the first that is not, and its bytes.
    first: (u64, Vec<u8>),
    /// Lines with bytes beyond ASCII.
    sample: Vec<u8>,
    lines: u64,
    returns: u64,
    run: Vec<u8>,
    line: Vec<u8>,
    wanted: bool,
}

impl Survey {
    fn of(mut file: impl Read) -> io::Result<Self> {
        let mut survey = Self::default();
        let mut piece = vec![0; CHUNK];
        loop {
            let length = file.read(&mut piece)?;
            let bytes = piece.get(..length).unwrap_or_default();
            if bytes.is_empty() {
                survey.end_run(true);
                survey.end_line();
                return Ok(survey);
            }
            if survey.looked < CHUNK {
                survey.begin(bytes);
            }
            if survey.run.is_empty() && bytes.is_ascii() {
                survey.pass(bytes);
            } else {
                bytes.iter().for_each(|byte| survey.take(*byte));
            }
        }
    }

    fn begin(&mut self, bytes: &[u8]) {
        self.begins.extend(bytes.iter().take(4_usize.saturating_sub(self.begins.len())));
        for byte in bytes {
            if *byte == 0
                && let Some(zeros) = self.zeros.get_mut(self.looked % 2)
            {
                *zeros += 1;
            }
            self.looked += 1;
        }
    }

    /// A piece of nothing but ASCII, which is most of most files.
    fn pass(&mut self, bytes: &[u8]) {
        let ends = |wanted: u8| bytes.iter().filter(|byte| **byte == wanted).count() as u64;
        let (lines, returns) = (ends(b'\n'), ends(b'\r'));
        if lines + returns > 0 {
            self.end_line();
            let last = bytes.rsplit(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
            self.line.extend(last.iter().take(LINE));
        } else {
            self.line.extend(bytes.iter().take(LINE.saturating_sub(self.line.len())));
        }
        self.lines += lines;
        self.returns += returns;
    }

    fn take(&mut self, byte: u8) {
        if byte.is_ascii() {
            self.end_run(true);
        } else {
            self.run.push(byte);
            self.wanted = true;
            if self.run.len() == LINE {
                self.end_run(false);
            }
        }
        match byte {
            b'\n' | b'\r' => {
                self.end_line();
                self.lines += u64::from(byte == b'\n');
                self.returns += u64::from(byte == b'\r');
            }
            _ if self.line.len() < LINE => self.line.push(byte),
            _ => {}
        }
    }

    /// Judges the run; one that goes on may end in the midst of a character.
    fn end_run(&mut self, whole: bool) {
        if self.run.is_empty() {
            return;
        }
        match std::str::from_utf8(&self.run) {
            Ok(_) => self.good += 1,
            Err(error) if !whole && error.error_len().is_none() => {
                self.good += 1;
                self.run.drain(..error.valid_up_to());
                return;
            }
            Err(error) => {
                if self.broken == 0 {
                    let bytes = self.run.iter().skip(error.valid_up_to()).take(8).copied().collect();
                    // A file of the first Macintosh ends its lines with returns alone.
                    self.first = (1 + if self.lines == 0 { self.returns } else { self.lines }, bytes);
                }
                self.broken += 1;
            }
        }
        self.run.clear();
    }

    fn end_line(&mut self) {
        if self.wanted && self.sample.len() < SAMPLE {
            self.sample.append(&mut self.line);
            self.sample.push(b'\n');
        }
        self.line.clear();
        self.wanted = false;
    }

    fn marked(&self) -> Option<Encoding> {
        match self.begins.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => Some(Encoding::Utf8),
            [0xff, 0xfe, ..] => Some(Encoding::Utf16Le),
            [0xfe, 0xff, ..] => Some(Encoding::Utf16Be),
            _ => None,
        }
    }

    /// Digits, separators and letters of ASCII are every second byte zero in UTF-16.
    fn wide(&self) -> Option<Encoding> {
        let [even, odd] = self.zeros;
        let many = |zeros: usize| zeros >= 2 && zeros * 10 >= self.looked;
        match () {
            () if many(odd) && even * 8 <= odd => Some(Encoding::Utf16Le),
            () if many(even) && odd * 8 <= even => Some(Encoding::Utf16Be),
            () => None,
        }
    }

    fn mostly_utf8(&self) -> Words {
        let (all, broken, line) = (self.good + self.broken, self.broken, self.first.0);
        texts::mostly_utf8(broken, all, line)
    }
}

/// The bytes of a file as UTF-8, without the mark of its order. What its encoding does not know is a byte that UTF-8 does not have.
pub(super) fn decoded<'a>(bytes: impl Read + 'a, encoding: Encoding) -> Box<dyn Read + 'a> {
    let wide =
        |encoding: &'static encoding_rs::Encoding| How::Known(encoding.new_decoder_without_bom_handling());
    let how = match encoding {
        Encoding::Utf8 => return Box::new(unmarked(bytes)),
        Encoding::Utf16Le => wide(UTF_16LE),
        Encoding::Utf16Be => wide(UTF_16BE),
        Encoding::Windows1258 => wide(WINDOWS_1258),
        Encoding::Tcvn3 => How::Table(legacy::tcvn3),
        Encoding::Vni => How::Table(legacy::vni),
    };
    Box::new(unmarked(Decoded {
        bytes,
        how,
        input: vec![0; CHUNK],
        output: Vec::new(),
        given: 0,
        ended: false,
    }))
}

fn unmarked<'a>(mut bytes: impl Read + 'a) -> impl Read + 'a {
    let mut begins = Vec::new();
    // What cannot be read now cannot be read then: the error comes again.
    let read = bytes.by_ref().take(3).read_to_end(&mut begins);
    if begins == [0xef, 0xbb, 0xbf] {
        begins.clear();
    }
    let failed = read.err().map(Failed);
    io::Cursor::new(begins).chain(Maybe(failed)).chain(bytes)
}

/// An error that is told when it is its turn.
struct Failed(io::Error);

struct Maybe(Option<Failed>);

impl Read for Maybe {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), |failed| Err(failed.0))
    }
}

/// How bytes become characters.
enum How {
    Known(Decoder),
    Table(fn(u8) -> Option<&'static str>),
}

struct Decoded<R> {
    bytes: R,
    how: How,
    input: Vec<u8>,
    output: Vec<u8>,
    /// Bytes of the output that were read already.
    given: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    fn fill(&mut self) -> io::Result<()> {
        self.output.clear();
        self.given = 0;
        let length = loop {
            match self.bytes.read(&mut self.input) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.ended = length == 0;
        let mut input = self.input.get(..length).unwrap_or_default();
        match &mut self.how {
            How::Table(table) => {
                for byte in input {
                    match table(*byte) {
                        Some(text) => self.output.extend_from_slice(text.as_bytes()),
                        None if byte.is_ascii() => self.output.push(*byte),
                        None => self.output.push(NONE),
                    }
                }
            }
            How::Known(decoder) => {
                let mut piece = vec![0; CHUNK];
                loop {
                    let (result, read, written) =
                        decoder.decode_to_utf8_without_replacement(input, &mut piece, self.ended);
                    self.output.extend_from_slice(piece.get(..written).unwrap_or_default());
                    input = input.get(read..).unwrap_or_default();
                    match result {
                        DecoderResult::InputEmpty => break,
                        DecoderResult::OutputFull => {}
                        DecoderResult::Malformed(..) => self.output.push(NONE),
                    }
                }
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && !self.ended {
            self.fill()?;
        }
        let rest = self.output.get(self.given..).unwrap_or_default();
        let length = rest.len().min(into.len());
        if let (Some(into), Some(from)) = (into.get_mut(..length), rest.get(..length)) {
            into.copy_from_slice(from);
        }
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
