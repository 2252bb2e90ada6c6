//! Persons for `cargo xtask bench quality`: made, and measured in one pass with 13 rules or all of them, and the profile.
//!
//! ```text
//! persons make ROWS FILE.parquet
//! persons table                       the statement that makes a table of PostgreSQL for them
//! persons copy ROWS                   lines for its `COPY … FROM STDIN`
//! persons measure FILE.parquet 13|200|all
//! persons measure - 13|200|all        lines of its `COPY … TO STDOUT`
//! persons before FILE.parquet STATE   all rules, all rows but the last hundredth; writes the state down
//! persons onto FILE.parquet STATE     all rules, the last hundredth, onto that state
//! ```

#[path = "../src/tests/persons.rs"]
#[expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a table of the tests")]
mod persons;

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufWriter, Write as _};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema};
use model::codelist::shipped;
use model::term::{Status, Term};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::WriterProperties;
use quality::defects::Dimension;
use quality::rule::{Check, Materials, code::Codes};
use quality::{RulePack, Rules, Run, Settings, State, score};

/// Rows that are read at a time.
const ROWS: usize = 8192;
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
        ["table"] => table(),
        ["copy", rows] => copy(rows.parse()?),
        ["measure", file, which] => measure(file, which),
        ["before", file, kept] => before(file, kept),
        ["onto", file, kept] => onto(file, kept),
        _ => Err(
            "persons make ROWS FILE | table | copy ROWS | measure FILE|- 13|200|all | before|onto FILE STATE"
                .into(),
        ),
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

/// The columns of the table, in its order.
fn columns() -> Vec<String> {
    let schema = persons::Table::rows(0, 1).batch().schema();
    schema.fields().iter().map(|field| field.name().clone()).collect()
}

fn table() -> Result<(), Box<dyn Error>> {
    let columns: Vec<String> = columns().iter().map(|name| format!("{name} text")).collect();
    writeln!(std::io::stdout(), "CREATE TABLE persons ({})", columns.join(", "))?;
    Ok(())
}

fn copy(rows: u64) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    for from in (0..rows).step_by(usize::try_from(PIECE)?) {
        let batch = persons::Table::rows(from, rows.min(from + PIECE)).batch();
        let columns: Vec<_> = batch.columns().iter().map(|column| column.as_string::<i32>()).collect();
        for row in 0..batch.num_rows() {
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    out.write_all(b"\t")?;
                }
                // Nothing that is made has a tab, a line's end or a backslash in it.
                out.write_all(if column.is_valid(row) { column.value(row).as_bytes() } else { b"\\N" })?;
            }
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Lines of `COPY … TO STDOUT` as batches.
fn copied() -> impl Iterator<Item = Result<RecordBatch, Box<dyn Error>>> {
    let names = columns();
    let mut lines = std::io::stdin().lock();
    let mut line = String::new();
    std::iter::from_fn(move || {
        let mut made: Vec<StringBuilder> = names.iter().map(|_| StringBuilder::new()).collect();
        let mut rows = 0;
        while rows < ROWS {
            line.clear();
            match lines.read_line(&mut line) {
                Ok(0) => break,
                Ok(_) => rows += 1,
                Err(error) => return Some(Err(error.into())),
            }
            let cells = line.strip_suffix('\n').unwrap_or(&line).split('\t');
            for (column, cell) in made.iter_mut().zip(cells) {
                column.append_option((cell != "\\N").then_some(cell));
            }
        }
        let arrays = made.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let columns = names.iter().cloned().zip(arrays).map(|(name, array)| (name, array, true));
        (rows > 0).then(|| RecordBatch::try_from_iter_with_nullable(columns).map_err(Into::into))
    })
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
        labels: &HashMap::new(),
        lists: &lists,
        references: &HashMap::new(),
        placeholders: pack.placeholders(),
        tone: pack.tone,
        today: persons::TODAY,
    })?)
}

/// Thirteen, all, or two hundred: all of them again and again, but for those that hold every value.
fn asked(mut rules: Rules, which: &str) -> Result<Rules, Box<dyn Error>> {
    match which {
        "13" => rules.rules.retain(|rule| THIRTEEN.contains(&rule.id.as_str())),
        "200" => {
            let again: Vec<_> = rules
                .rules
                .iter()
                .filter(|rule| !matches!(rule.check, Check::Unique { .. }))
                .cloned()
                .collect();
            for (number, mut rule) in again.into_iter().cycle().take(200 - rules.rules.len()).enumerate() {
                rule.id = format!("{}#{number}", rule.id);
                rules.rules.push(rule);
            }
        }
        "all" => {}
        _ => return Err("13, 200 or all".into()),
    }
    Ok(rules)
}

fn settings() -> Settings {
    let causes = [(Dimension::Unit, "don_vi"), (Dimension::Source, "nguon")];
    Settings {
        causes: causes
            .map(|(dimension, field)| (dimension, field.to_owned()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        ..Settings::new(*b"a key of a bench")
    }
}

fn measure(file: &str, which: &str) -> Result<(), Box<dyn Error>> {
    let pack = RulePack::shipped()?;
    let mut run = Run::new(Arc::new(asked(rules(&pack)?, which)?), settings());
    if file == "-" {
        for batch in copied() {
            run.push(&batch?)?;
        }
    } else {
        for batch in reader(file)?.build()? {
            run.push(&batch?)?;
        }
    }
    told(&run.state(), &pack)
}

/// A file's rows. Columns whose texts the file keeps once each are read as they are kept.
fn reader(file: &str) -> Result<ParquetRecordBatchReaderBuilder<File>, Box<dyn Error>> {
    let file = File::open(file)?;
    let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
    let groups = plain.metadata().row_groups();
    let field = |(at, field): (usize, &Arc<Field>)| {
        let once = |group: &RowGroupMetaData| {
            let pages = group.column(at).page_encoding_stats_mask();
            pages.is_some_and(|pages| pages.is_only(Encoding::RLE_DICTIONARY))
        };
        if field.data_type() == &DataType::Utf8 && groups.iter().all(once) {
            let kept = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Arc::new(field.as_ref().clone().with_data_type(kept))
        } else {
            field.clone()
        }
    };
    let fields: Fields = plain.schema().fields().iter().enumerate().map(field).collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    Ok(ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?.with_batch_size(ROWS))
}

/// Rows of a file but the last hundredth.
fn most_of(reader: &ParquetRecordBatchReaderBuilder<File>) -> Result<usize, Box<dyn Error>> {
    let rows = usize::try_from(reader.metadata().file_metadata().num_rows())?;
    Ok(rows - rows / 100)
}

fn before(file: &str, kept: &str) -> Result<(), Box<dyn Error>> {
    let reader = reader(file)?;
    let most = most_of(&reader)?;
    let mut run = Run::new(Arc::new(rules(&RulePack::shipped()?)?), settings());
    for batch in reader.with_limit(most).build()? {
        run.push(&batch?)?;
    }
    Ok(std::fs::write(kept, run.state().to_bytes())?)
}

fn onto(file: &str, kept: &str) -> Result<(), Box<dyn Error>> {
    let pack = RulePack::shipped()?;
    let state = State::from_bytes(&std::fs::read(kept)?)?;
    let reader = reader(file)?;
    let most = most_of(&reader)?;
    let mut run = Run::new(Arc::new(rules(&pack)?), settings());
    for batch in reader.with_offset(most).build()? {
        run.push(&batch?)?;
    }
    told(&state.merge(&run.state())?, &pack)
}

fn told(state: &State, pack: &RulePack) -> Result<(), Box<dyn Error>> {
    let scores = score(state, pack);
    let fails: u64 = state.rules.values().map(|rule| rule.tally().fail).sum();
    let value = scores.summary.overall.measure().map_or(0.0, |measure| measure.value);
    writeln!(
        std::io::stdout(),
        "{} rules, {} rows, {fails} failures, {value:.3}, state of {} bytes",
        state.rules.len(),
        state.rows,
        state.to_bytes().len()
    )?;
    Ok(())
}
