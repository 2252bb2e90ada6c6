//! Persons for `cargo xtask bench quality`: made, and measured in one pass with 13 rules or all of them, and the profile.
//!
//! ```text
//! persons make ROWS FILE.parquet
//! persons measure FILE.parquet 13|all
//! ```

#[path = "../src/tests/persons.rs"]
#[expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a table of the tests")]
mod persons;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use model::codelist::shipped;
use model::term::{Status, Term};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use quality::defects::Dimension;
use quality::rule::{Materials, code::Codes};
use quality::{RulePack, Rules, Run, Settings, score};

/// Rows that are made at a time.
const PIECE: u64 = 65_536;

/// The thirteen rules that the other tools are asked, too: `xtask/src/bench/quality.rs`.
const THIRTEEN: [&str; 13] = [
    "so_dinh_danh:required",
    "so_dinh_danh:format",
    "so_dinh_danh:unique",
    "ho_ten:required",
    "ho_ten:length",
    "ngay_sinh:not_future",
    "gioi_tinh:values",
    "dan_toc:code",
    "dien_thoai:format",
    "xa:format",
    "ngay_cap:after_ngay_sinh",
    "ngay_mat:after_ngay_sinh",
    "cap_nhat:not_future",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["make", rows, file] => make(rows.parse()?, file),
        ["measure", file, which] => measure(file, which),
        _ => Err("persons make ROWS FILE | persons measure FILE 13|all".into()),
    }
}

fn make(rows: u64, file: &str) -> Result<(), Box<dyn Error>> {
    let schema = persons::Table::rows(0, 1).batch().schema();
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(File::create(file)?, schema, Some(properties))?;
    let mut from = 0;
    while from < rows {
        let to = rows.min(from + PIECE);
        writer.write(&persons::Table::rows(from, to).batch())?;
        from = to;
    }
    writer.close()?;
    Ok(())
}

fn rules(pack: &RulePack) -> Result<Rules, Box<dyn Error>> {
    let text = include_str!("../../../data/dictionary/terms.yaml");
    let documents = text.split("\n---\n").map(|document| document.replace("kind: Term\n", ""));
    let terms: Vec<Term> = documents.map(|text| serde_saphyr::from_str(&text)).collect::<Result<_, _>>()?;
    let address = |technical: &str| {
        terms.iter().find_map(|term| {
            let is = |version: &&model::term::TermVersion| {
                version.technical_name == technical && version.status == Status::Approved
            };
            let version = term.versions.iter().find(is)?;
            Some(format!("urn:lienthong:term:{}@{}", term.id, version.version))
        })
    };
    let lists: HashMap<String, Arc<Codes>> = shipped()
        .into_iter()
        .map(|list| (list.id.clone(), Arc::new(Codes::new(&list.id, &list.codes))))
        .collect();
    Ok(Rules::compile(&Materials {
        contract: &persons::contract(address),
        table: None,
        terms: &terms,
        lists: &lists,
        references: &HashMap::new(),
        placeholders: pack.placeholders(),
        tone: pack.tone,
        today: persons::TODAY,
    })?)
}

fn measure(file: &str, which: &str) -> Result<(), Box<dyn Error>> {
    let pack = RulePack::shipped()?;
    let mut rules = rules(&pack)?;
    if which == "13" {
        rules.rules.retain(|rule| THIRTEEN.contains(&rule.id.as_str()));
    }
    let causes = [(Dimension::Unit, "don_vi"), (Dimension::Source, "nguon")];
    let settings = Settings {
        causes: causes
            .map(|(dimension, field)| (dimension, field.to_owned()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        ..Settings::new(*b"a key of a bench")
    };
    let count = rules.rules.len();
    let mut run = Run::new(Arc::new(rules), settings);
    for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?.with_batch_size(8192).build()? {
        run.push(&batch?)?;
    }
    let state = run.state();
    let scores = score(&state, &pack);
    let fails: u64 = state.rules.values().map(|rule| rule.tally().fail).sum();
    let value = scores.summary.overall.measure().map_or(0.0, |measure| measure.value);
    writeln!(
        std::io::stdout(),
        "{count} rules, {} rows, {fails} failures, {value:.3}, state of {} bytes",
        state.rows,
        state.to_bytes().len()
    )?;
    Ok(())
}
