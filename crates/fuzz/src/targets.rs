//! The targets, each with what must hold of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use connect::snapshot::Format;
use connect::snapshot::read;
use connect::snapshot::reader::{Options, ReadColumn, Sink};
use connect::value::Cell;
use exchange::backend::minimise;
use exchange::compiled::CompiledDirectory;
use exchange::request::{Request, wanted_node};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use hub::kinds::Document;
use jiff::Timestamp;
use ledger::Entry;
use ledger::segment::Segment;
use model::directory::{Charter, Content, Directory, Entry as Office, Part, Piece};
use model::merkle::GrowingTree;
use sync::feed::Reply;
use sync::message::{Answer, Question};
use trust::batch::BatchSignature;
use trust::message::{MessageView, Start, presented};

/// Lines of `name: value`, as far as they can be headers.
fn headers<'a>(lines: impl Iterator<Item = &'a [u8]>) -> HeaderMap {
    let mut map = HeaderMap::new();
    for line in lines.take(100) {
        let at = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, value) = line.split_at(at);
        let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}

/// The first line of a request, and what is behind it.
fn request(bytes: &[u8]) -> Option<(Method, Uri, HeaderMap)> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let mut first = lines.next()?.splitn(2, |byte| *byte == b' ');
    let method = Method::from_bytes(first.next()?).ok()?;
    let uri = Uri::try_from(first.next()?).ok()?;
    Some((method, uri, headers(lines)))
}

/// What a system asks for at the edge. What is read is read the same way again from its own words.
pub(crate) fn edge_request(bytes: &[u8]) {
    let Some((method, uri, headers)) = request(bytes) else { return };
    let _ = wanted_node(&headers);
    if let Ok(request) = Request::read(&method, &uri, &headers) {
        let service = &request.call().service;
        let again: Result<model::id::ServiceId, _> = service.to_string().parse();
        assert_eq!(again.ok().as_ref(), Some(service));
    }
}

/// A message of another node, whole. What its signature is over begins with what was asked.
pub(crate) fn peer_message(bytes: &[u8]) {
    let Some((method, uri, headers)) = request(bytes) else { return };
    let start = Start::Request { method: method.as_str(), path: uri.path(), query: uri.query() };
    let view = MessageView { start, headers: &headers, trailers: None };
    if let Ok((signed, _)) = presented(&view) {
        assert_eq!(signed.covered("\"@method\""), Some(method.as_str()));
        assert_eq!(signed.covered("\"@path\""), Some(uri.path()));
    }
    let _ = exchange::headers::other_headers_fit(&headers);
}

/// A frame of another node, and the messages in it.
pub(crate) fn peer_frame(bytes: &[u8]) {
    exchange::framed::try_reading(bytes);
}

/// Both signature fields of a message that is else in order, divided by a line feed.
pub(crate) fn signature_input(bytes: &[u8]) {
    let mut fields = bytes.splitn(2, |byte| *byte == b'\n').map(HeaderValue::from_bytes);
    let (Some(Ok(input)), Some(Ok(signature))) = (fields.next(), fields.next()) else { return };
    let mut map = HeaderMap::new();
    for (name, value) in [
        ("x-road-client", "VN/LOC/H05/mot-cua"),
        ("lienthong-purpose", "khai-sinh"),
        ("x-road-id", "1"),
        ("x-road-request-id", "1"),
        ("content-digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"),
    ] {
        map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    exchange::headers::put_other_headers(&mut map);
    map.insert("signature-input", input);
    map.insert("signature", signature);
    let start = Start::Request { method: "GET", path: "/r1/VN/GOV/G01/dan-cu/nguoi/1", query: None };
    let _ = presented(&MessageView { start, headers: &map, trailers: None });
}

/// A batch signature: what is read is written the same.
pub(crate) fn batch_signature(bytes: &[u8]) {
    if let Some(signature) = BatchSignature::from_bytes(bytes) {
        assert_eq!(signature.to_bytes(), bytes);
        let _ = signature.statement_for(b"base");
    }
}

/// A part of the directory, compiled beside a charter.
pub(crate) fn directory_part(bytes: &[u8]) {
    let charter = || {
        Content::Charter(Box::new(Charter {
            instance: "VN".to_owned(),
            purposes: Vec::new(),
            bases: Vec::new(),
            anchors: Vec::new(),
        }))
    };
    let mut contents = vec![(Part::Charter, charter())];
    if let Ok(read) = serde_json::from_slice::<Charter>(bytes) {
        contents = vec![(Part::Charter, Content::Charter(Box::new(read)))];
    }
    if let Ok(office) = serde_json::from_slice::<Office>(bytes) {
        contents.push((Part::Agency(office.agency.id.clone()), Content::Agency(Box::new(office))));
    }
    if let Ok(grants) = serde_json::from_slice::<Vec<model::grant::Grant>>(bytes)
        && let Some(bin) = "grants~000".parse().ok()
    {
        contents.push((bin, Content::Grants(grants)));
    }
    let parts: BTreeMap<Part, Piece> = contents
        .into_iter()
        .map(|(part, content)| (part, Piece { sha256: [0; 32], content: Some(content) }))
        .collect();
    let compiled = CompiledDirectory::of(
        Directory { revision: 1, expires: Timestamp::MAX, parts },
        Timestamp::UNIX_EPOCH,
    );
    assert!(compiled.is_some());
    if let Ok(name) = std::str::from_utf8(bytes)
        && let Ok(part) = name.parse::<Part>()
    {
        assert_eq!(part.to_string(), name);
    }
}

/// A segment of a ledger, and each of its entries; and the bytes as one entry: what is read is written the same.
pub(crate) fn ledger_frames(bytes: &[u8]) {
    let segment = Segment::of(Path::new("segment"), bytes.to_vec());
    let mut entries = 0u64;
    let replayed = segment.replay(&mut GrowingTree::default(), |number, entry| {
        assert_eq!(number, entries);
        entries += 1;
        let _ = Entry::decode(entry);
    });
    // The zeros that fill up a frame, or the header's 64 bytes, may be missing at the end of the file.
    if let Ok((at, _)) = replayed {
        assert!(at < bytes.len().max(64) + 8);
    }
    if let Some(entry) = Entry::decode(bytes) {
        assert_eq!(Entry::decode(&entry.encode()), Some(entry));
    }
}

/// An order for a package, and what it asks for.
pub(crate) fn package_letter(bytes: &[u8]) {
    let _ = exchange::package::read_order(Path::new("order.json"), bytes);
}

/// A table that an officer hands in.
pub(crate) fn hub_sheet(bytes: &[u8]) {
    let _ = hub::sheet::read::Table::read(bytes);
}

/// A CSV file behind a node. Workbooks and Parquet are read by others' code, which panics and takes whatever memory a file asks for: a
/// process of its own bounds them, and not what is tried here.
pub(crate) fn source_csv(bytes: &[u8]) {
    struct Nowhere(usize);
    impl Sink for Nowhere {
        fn begin(&mut self, columns: &[ReadColumn]) -> Result<(), String> {
            self.0 = columns.len();
            Ok(())
        }

        fn row(&mut self, cells: Vec<Cell>) -> Result<(), String> {
            assert_eq!(cells.len(), self.0);
            Ok(())
        }
    }
    thread_local! {
        static FILE: RefCell<Option<tempfile::NamedTempFile>> = const { RefCell::new(None) };
    }
    FILE.with_borrow_mut(|file| {
        if file.is_none() {
            *file = tempfile::NamedTempFile::new().ok();
        }
        let Some(file) = file else { return };
        if std::fs::write(file.path(), bytes).is_ok() {
            let _ = read::read(file.path(), Format::Csv, &Options::default(), &mut Nowhere(0));
        }
    });
}

/// Documents as they are applied. What is read is read the same from what is written of it.
pub(crate) fn yaml_document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(documents) = serde_saphyr::from_multiple::<Document>(text) else { return };
    for document in documents {
        let written = serde_saphyr::to_string(&document);
        let again = written.as_deref().map(serde_saphyr::from_str::<Document>);
        assert!(matches!(again, Ok(Ok(again)) if again == document), "{written:?}");
    }
}

/// An answer that is cut to its granted fields. What is cut holds nothing else, and cut once more it stays.
pub(crate) fn cut_answer(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let fields = BTreeSet::from(["ten".to_owned(), "con.ten".to_owned()]);
    if let Ok(cut) = minimise::cut(text, &fields, false) {
        // Numbers keep all their digits, and may lie far outside of what a double holds.
        assert!(serde_json::from_str::<&serde_json::value::RawValue>(&cut).is_ok(), "{cut}");
        assert_eq!(minimise::cut(&cut, &fields, false).ok(), Some(cut));
    }
}

/// An answer of whoever a dataset is kept in step with, or a question. What is read is read the same from what is written of it.
pub(crate) fn sync_answer(bytes: &[u8]) {
    if let Ok(question) = Question::read(bytes) {
        let written = serde_json::to_vec(&question).unwrap_or_default();
        assert_eq!(Question::read(&written), Ok(question));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(answer) = Answer::read(text) {
        if let Reply::Changes(changes) = &answer.reply {
            let _ = changes.lines(&changes.place, answer.fields.len());
        }
        assert_eq!(Answer::read(&answer.write()), Ok(answer));
    }
}
