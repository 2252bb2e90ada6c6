//! `lienthong source`: from a table of an agency's database to a service, in three steps that a human looks at between.

use std::path::Path;
use std::process::ExitCode;

use connect::profile::Profile;
use connect::propose::{Asked, Dictionary};
use connect::value::{Cell, Class};
use connect::{Column, Shape, Source, SourceError, TableName};
use exchange::settings::SourceSettings;
use model::agency::Name;
use model::fault::{Fault, Words};
use model::id::encode_part;
use model::service::{Dataset, Field, FieldKind, Offer, Service};
use model::term::Term;
use model::text::search_key;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli;
use crate::client::HubClient;
use crate::commands::node::file_failed;
use crate::output::{Trouble, print, say};

/// Rows that are looked at to say what columns hold. None of their values is kept.
const SAMPLE: usize = 1000;

/// What is drawn up of a table: for a human to complete and to correct.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    /// Where the table is.
    source: SourceSettings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    table: String,
    /// The service's name.
    name: Name,
    /// The field that is looked up.
    key: String,
    fields: Vec<Drawn>,
}

/// A column as it is drawn up.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawn {
    name: String,
    column: String,
    kind: FieldKind,
    label: Name,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    filter: bool,
    /// public, internal, personal, sensitive: a guess until a human has taken off the question mark.
    class: String,
    /// What was seen, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<String>,
    /// The term it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    term: Option<String>,
    /// Proposals for it, each with its reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    proposed: Vec<String>,
}

/// Runs one command.
pub(super) async fn run(command: cli::Source) -> Result<ExitCode, Trouble> {
    match command {
        cli::Source::Inspect { source, schema, table, out, output } => {
            let settings = settings(&source);
            let opened = open(&settings)?;
            match table {
                None => list(opened.as_ref(), output).await?,
                Some(table) => {
                    let draft = draw_up(opened.as_ref(), settings, TableName { schema, name: table }).await?;
                    write(out.as_deref(), &draft)?;
                }
            }
        }
        cli::Source::Bind { officer, draft: path } => {
            let mut draft = read(&path)?;
            let client = HubClient::at(&officer.path)?;
            let terms = terms(&client).await?;
            let opened = open(&draft.source)?;
            let bound = bind(opened.as_ref(), &terms, &mut draft).await?;
            write(Some(&path), &draft)?;
            print(&bound);
        }
        cli::Source::Publish { officer, draft, service, reason, node, contract } => {
            let draft = read(&draft)?;
            let client = HubClient::at(&officer.path)?;
            let opened = open(&draft.source)?;
            check(opened.as_ref(), &draft).await?;
            let registered = registered(&draft, service.clone());
            let body = json!({ "documents": [document(&registered)?], "reason": reason });
            client.post("api/v1/apply", &body).await?;
            say(&format!("Đã đăng ký dịch vụ | Registered: {service}"));
            let text = contract_of(&client, &draft, service.as_str()).await?;
            std::fs::write(&contract, text).map_err(|error| file_failed(&contract, &error))?;
            let lines = node_lines(&draft, service.as_str());
            match node {
                Some(folder) => append(&folder.join("node.toml"), &draft, &lines)?,
                None => print(&lines),
            }
            print(&format!(
                "Hợp đồng nháp ở {0}: bổ sung rồi nạp | The draft contract is in {0}: complete and load it\n  lienthong contract import --service {service} --file {0}\nNút đọc cấu hình khi khởi động lại. | The node reads its settings when it starts again.",
                contract.display()
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn settings(given: &cli::SourceAt) -> SourceSettings {
    SourceSettings {
        name: given.name.clone(),
        url: given.url.clone(),
        password_env: given.password_env.clone(),
        password_file: given.password_file.clone(),
        sheet: given.sheet.clone(),
        items: String::new(),
        refresh_seconds: 300,
        connections: 2,
        statement_seconds: 30,
    }
}

fn open(settings: &SourceSettings) -> Result<std::sync::Arc<dyn Source>, Fault> {
    exchange::node::open_source(
        settings,
        &std::env::temp_dir().join(format!("lienthong-{}", std::process::id())),
    )
}

fn failed(settings: &str, error: &SourceError) -> Fault {
    Fault::BadSettings { place: settings.to_owned(), why: error.to_string() }
}

async fn list(source: &dyn Source, output: cli::Format) -> Result<(), Fault> {
    let shapes = source.describe().await.map_err(|error| failed("source", &error))?;
    if output == cli::Format::Json {
        let items: Vec<Value> = shapes.iter().map(|shape| json!({
            "schema": shape.name.schema, "table": shape.name.name, "view": shape.view, "rows": shape.rows,
            "columns": shape.columns.iter().map(|column| json!({ "name": column.name, "type": column.declared, "unique": column.unique })).collect::<Vec<_>>(),
        })).collect();
        print(&json!({ "items": items }).to_string());
        return Ok(());
    }
    for shape in shapes {
        let schema = shape.name.schema.map(|schema| format!("{schema}.")).unwrap_or_default();
        let rows = shape.rows.map_or_else(|| "–".to_owned(), |rows| format!("~{rows}"));
        print(&format!(
            "{schema}{}  {rows} dòng | rows  {} cột | columns",
            shape.name.name,
            shape.columns.len()
        ));
    }
    Ok(())
}

async fn draw_up(source: &dyn Source, settings: SourceSettings, table: TableName) -> Result<Draft, Fault> {
    let place = settings.name.clone();
    let shape = source.shape(&table).await.map_err(|error| failed(&place, &error))?;
    let shape = shape.ok_or_else(|| Fault::BadSettings {
        place: place.clone(),
        why: format!("không có bảng {0} | there is no table {0}", table.name),
    })?;
    let profiles = profiles(source, &shape).await.map_err(|error| failed(&place, &error))?;
    let mut fields: Vec<Drawn> = Vec::new();
    for (column, profile) in shape.columns.iter().zip(&profiles) {
        let mut name = field_name(&column.name);
        if fields.iter().any(|field| field.name == name) {
            name = format!("{name}_{}", fields.len() + 1);
        }
        fields.push(drawn(column, profile, name));
    }
    let key = shape.columns.iter().position(|column| column.unique && !column.nullable);
    let key = key.or_else(|| shape.columns.iter().position(|column| column.unique));
    let key = key.and_then(|at| fields.get(at)).map(|field| field.name.clone()).unwrap_or_default();
    let label = shape.name.name.clone();
    Ok(Draft {
        source: settings,
        schema: shape.name.schema.clone().filter(|_| table.schema.is_some()),
        table: table.name,
        name: Name { vi: label.clone(), en: label },
        key,
        fields,
    })
}

async fn profiles(source: &dyn Source, shape: &Shape) -> Result<Vec<Profile>, SourceError> {
    let rows = source.sample(shape, SAMPLE).await?;
    let none = Cell::Null;
    let of = |at: usize| Profile::of(rows.iter().map(|row| row.get(at).unwrap_or(&none)));
    Ok((0..shape.columns.len()).map(of).collect())
}

fn drawn(column: &Column, profile: &Profile, name: String) -> Drawn {
    let label = if column.comment.is_empty() { column.name.clone() } else { column.comment.clone() };
    let mut seen = vec![
        format!("{} {}", column.declared, if column.unique { "(không trùng | unique)" } else { "" })
            .trim()
            .to_owned(),
        format!("có giá trị | filled {}/{}", profile.filled, profile.rows),
    ];
    seen.extend(profile.words().into_iter().map(|(vi, en)| format!("{vi} | {en}")));
    Drawn {
        kind: kind_of(column.class, profile),
        class: guess(&search_key(&column.name), profile).to_owned(),
        filter: column.unique,
        label: Name { vi: label.clone(), en: label },
        column: column.name.clone(),
        term: None,
        proposed: Vec::new(),
        seen,
        name,
    }
}

/// A name as fields have it: small letters, digits and low lines.
fn field_name(column: &str) -> String {
    let mut spaced = String::new();
    let mut before = ' ';
    for letter in column.chars() {
        if before.is_lowercase() && letter.is_uppercase() {
            spaced.push(' ');
        }
        spaced.push(if letter.is_alphanumeric() { letter } else { ' ' });
        before = letter;
    }
    let name = search_key(&spaced).split_whitespace().collect::<Vec<_>>().join("_");
    if name.is_empty() { "cot".to_owned() } else { name }
}

fn kind_of(class: Class, profile: &Profile) -> FieldKind {
    match class {
        Class::Integer if profile.flags >= 0.99 => FieldKind::Boolean,
        Class::Integer => FieldKind::Integer,
        Class::Decimal | Class::Real => FieldKind::Decimal,
        Class::Boolean => FieldKind::Boolean,
        Class::Date => FieldKind::Date,
        Class::Local | Class::Moment => FieldKind::Moment,
        Class::Text if profile.twelve >= 0.8 => FieldKind::PersonId,
        Class::Text if profile.people >= 0.6 => FieldKind::Name,
        Class::Text if profile.days >= 0.8 => FieldKind::Date,
        Class::Text | Class::Bytes | Class::Json => FieldKind::Text,
    }
}

/// Whether a column seems to hold personal data (PD-02). It is a guess, marked as one.
fn guess(name: &str, profile: &Profile) -> &'static str {
    const SENSITIVE: [&str; 12] = [
        "ton giao",
        "tongiao",
        "suc khoe",
        "benh",
        "hiv",
        "van tay",
        "sinh trac",
        "dan toc",
        "dantoc",
        "tien an",
        "khuyet tat",
        "nhom mau",
    ];
    const PERSONAL: [&str; 12] = [
        "ho ten",
        "hoten",
        "ten",
        "sinh",
        "cccd",
        "cmnd",
        "dinh danh",
        "dien thoai",
        "email",
        "dia chi",
        "sdt",
        "cha",
    ];
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let looks = [profile.twelve, profile.nine, profile.phones, profile.mails, profile.people, profile.places];
    if has(&SENSITIVE) {
        "sensitive?"
    } else if has(&PERSONAL) || looks.iter().any(|share| *share >= 0.6) {
        "personal?"
    } else {
        "internal?"
    }
}

async fn terms(client: &HubClient) -> Result<Vec<Term>, Trouble> {
    let (mut terms, mut after) = (Vec::new(), String::new());
    loop {
        let page =
            client.get(&format!("api/v1/registry/terms?limit=500&after={}", encode_part(&after))).await?;
        let items = page.get("items").cloned().unwrap_or_default();
        let read: Vec<Term> = serde_json::from_value(items)
            .map_err(|error| Fault::BadDocument { place: "terms".into(), why: error.to_string() })?;
        terms.extend(read);
        match page.get("next").and_then(Value::as_str) {
            Some(next) => next.clone_into(&mut after),
            None => return Ok(terms),
        }
    }
}

/// Proposes a term for each field that has none yet; the likeliest is taken if it stands well before the next.
async fn bind(source: &dyn Source, terms: &[Term], draft: &mut Draft) -> Result<String, Fault> {
    let place = draft.source.name.clone();
    let table = TableName { schema: draft.schema.clone(), name: draft.table.clone() };
    let shape = source.shape(&table).await.map_err(|error| failed(&place, &error))?;
    let shape = shape.ok_or_else(|| failed(&place, &SourceError::Changed(table.name.clone())))?;
    let profiles = profiles(source, &shape).await.map_err(|error| failed(&place, &error))?;
    let dictionary = Dictionary::of(terms);
    let mut lines = Vec::new();
    for field in &mut draft.fields {
        let at = shape.columns.iter().position(|column| column.name == field.column);
        let Some((column, profile)) = at.and_then(|at| Some((shape.columns.get(at)?, profiles.get(at)?)))
        else {
            continue;
        };
        let found = dictionary.propose(&Asked {
            table: &shape.name.name,
            column: &column.name,
            comment: &column.comment,
            declared: &column.declared,
            profile,
        });
        field.proposed = found
            .iter()
            .map(|one| {
                let reasons: Vec<String> =
                    one.reasons.iter().map(|(vi, en)| format!("{vi} | {en}")).collect();
                format!("{} {:.2}: {}", one.term, one.score, reasons.join("; "))
            })
            .collect();
        let scores: Vec<f64> = found.iter().map(|one| one.score).collect();
        let clear = matches!(scores.as_slice(), [first, second, ..] if first - second >= 0.1 && *first >= 0.8)
            || matches!(scores.as_slice(), [only] if *only >= 0.8);
        if field.term.is_none() && clear {
            field.term = found.first().map(|one| one.term.clone());
        }
        let term = field.term.as_deref().unwrap_or("?");
        lines.push(format!("{:<30} {term:<14} {}", field.column, field.proposed.join("  /  ")));
    }
    lines.push(
        "Xem lại từng dòng trong bản nháp rồi publish. | Look at each line of the draft, then publish it."
            .to_owned(),
    );
    Ok(lines.join("\n"))
}

/// Whether what is to be published can be served, and a human has decided what needs one.
async fn check(source: &dyn Source, draft: &Draft) -> Result<(), Fault> {
    let bad = |vi: String, en: String| Fault::Contradictory {
        subject: draft.table.clone(),
        why: Words::new(vi, en),
    };
    let table = TableName { schema: draft.schema.clone(), name: draft.table.clone() };
    let shape = source.shape(&table).await.map_err(|error| failed(&draft.source.name, &error))?;
    let shape = shape.ok_or_else(|| bad("bảng không còn".into(), "the table is gone".into()))?;
    let mut wrong: Vec<(String, String)> = Vec::new();
    for field in &draft.fields {
        let column = shape.columns.iter().find(|column| column.name == field.column);
        if column.is_none() {
            wrong.push((
                format!("không có cột {}", field.column),
                format!("there is no column {}", field.column),
            ));
        }
        if field.class.ends_with('?') {
            wrong.push((
                format!(
                    "{}: loại dữ liệu {} mới là phỏng đoán; xác nhận và bỏ dấu hỏi",
                    field.name, field.class
                ),
                format!(
                    "{}: the class {} is a guess; decide and take off the question mark",
                    field.name, field.class
                ),
            ));
        }
    }
    match draft.fields.iter().find(|field| field.name == draft.key) {
        None => wrong.push(("khoá không phải một trường".into(), "the key is no field".into())),
        Some(key)
            if !shape
                .columns
                .iter()
                .any(|column| column.name == key.column && (column.unique || shape.view)) =>
        {
            wrong.push((
                format!("cột {} không chắc là không trùng: cần khoá chính hoặc chỉ mục unique", key.column),
                format!(
                    "the column {} may hold a value twice: it needs a primary key or a unique index",
                    key.column
                ),
            ))
        }
        Some(_) => {}
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let (vi, en): (Vec<String>, Vec<String>) = wrong.into_iter().unzip();
    Err(bad(vi.join("; "), en.join("; ")))
}

fn registered(draft: &Draft, id: model::id::ServiceId) -> Service {
    let fields = draft
        .fields
        .iter()
        .map(|field| Field {
            name: field.name.clone(),
            kind: field.kind,
            label: field.label.clone(),
            filter: field.filter,
            original: false,
        })
        .collect();
    Service {
        id,
        name: draft.name.clone(),
        offer: Offer::Dataset(Dataset { key: draft.key.clone(), fields }),
    }
}

fn document(service: &Service) -> Result<Value, Fault> {
    let mut members =
        serde_json::to_value(service).map_err(|error| Fault::Internal { why: error.to_string() })?;
    if let Some(members) = members.as_object_mut() {
        members.insert("kind".into(), json!("Service"));
    }
    Ok(members)
}

/// The contract that the hub draws up for the service, with the terms and classes of the draft.
async fn contract_of(client: &HubClient, draft: &Draft, service: &str) -> Result<String, Trouble> {
    let path = format!("api/v1/services/{}/contract-draft", encode_part(service));
    let text = String::from_utf8_lossy(&client.fetch(&path).await?.body).into_owned();
    let mut contract: Value = serde_saphyr::from_str(&text)
        .map_err(|error| Fault::BadDocument { place: "contract-draft".into(), why: error.to_string() })?;
    let properties = contract.pointer_mut("/schema/0/properties").and_then(Value::as_array_mut);
    for property in properties.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = property.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(field) = draft.fields.iter().find(|field| field.name == name) else { continue };
        property.insert("classification".into(), json!(field.class));
        match &field.term {
            Some(term) => {
                let version = client
                    .get(&format!("api/v1/registry/terms/{}", encode_part(term)))
                    .await?
                    .get("versions")
                    .and_then(Value::as_array)
                    .and_then(|editions| editions.last()?.get("version")?.as_str().map(str::to_owned))
                    .unwrap_or_default();
                let url = format!("urn:lienthong:term:{term}@{version}");
                property.insert(
                    "authoritativeDefinitions".into(),
                    json!([{ "url": url, "type": "businessDefinition" }]),
                );
            }
            None => drop(property.remove("authoritativeDefinitions")),
        }
    }
    serde_saphyr::to_string(&contract).map_err(|error| Fault::Internal { why: error.to_string() }.into())
}

/// What a node needs to serve it.
fn node_lines(draft: &Draft, service: &str) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let columns: Vec<String> = draft
        .fields
        .iter()
        .filter(|field| field.name != field.column)
        .map(|field| format!("{} = {}", text(&field.name), text(&field.column)))
        .collect();
    let schema =
        draft.schema.as_ref().map(|schema| format!("schema = {}\n", text(schema))).unwrap_or_default();
    format!(
        "\n[[services]]\nid = {}\nsource = {}\n{schema}table = {}\ncolumns = {{ {} }}\n",
        text(service),
        text(&draft.source.name),
        text(&draft.table),
        columns.join(", ")
    )
}

/// Adds to a node's settings what it needs, and reads them back.
fn append(path: &Path, draft: &Draft, lines: &str) -> Result<(), Fault> {
    let old = std::fs::read_to_string(path).map_err(|error| file_failed(path, &error))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let known = exchange::settings::NodeSettings::read(&old, folder)?;
    let mut new = old.clone();
    if !known.sources.iter().any(|source| source.name == draft.source.name) {
        let source =
            toml::to_string(&draft.source).map_err(|error| Fault::Internal { why: error.to_string() })?;
        new.push_str(&format!("\n[[sources]]\n{source}"));
    }
    new.push_str(lines);
    exchange::settings::NodeSettings::read(&new, folder)?;
    std::fs::write(path, new).map_err(|error| file_failed(path, &error))
}

fn read(path: &Path) -> Result<Draft, Fault> {
    let text = std::fs::read_to_string(path).map_err(|error| file_failed(path, &error))?;
    serde_saphyr::from_str(&text).map_err(|error| {
        let why = error.to_string();
        Fault::BadDocument {
            place: path.display().to_string(),
            why: why.lines().next().unwrap_or_default().to_owned(),
        }
    })
}

fn write(path: Option<&Path>, draft: &Draft) -> Result<(), Fault> {
    let text = serde_saphyr::to_string(draft).map_err(|error| Fault::Internal { why: error.to_string() })?;
    match path {
        Some(path) => std::fs::write(path, text).map_err(|error| file_failed(path, &error)),
        None => {
            print(text.trim_end());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_names_that_fields_may_have_and_guesses_are_marked() {
        for (column, name) in [
            ("HoTen", "ho_ten"),
            ("NGAY_SINH", "ngay_sinh"),
            ("Ngày sinh", "ngay_sinh"),
            ("--", "cot"),
            ("MaXP2", "ma_xp2"),
        ] {
            assert_eq!(field_name(column), name);
        }
        let empty = Profile::default();
        assert_eq!(guess("ton giao", &empty), "sensitive?");
        assert_eq!(guess("ho ten", &empty), "personal?");
        assert_eq!(guess("so luong", &empty), "internal?");
        assert_eq!(guess("x", &Profile { twelve: 0.9, ..Profile::default() }), "personal?");
    }
}
