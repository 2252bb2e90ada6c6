//! Rules that follow from a field's term: its type, format, values, code list and validation (attributes 16, 17, 21, 25 of the dictionary),
//! and from terms that stand beside one another in a dataset.

use std::sync::Arc;

use model::codelist::UNITS;
use model::term::{TermVersion, ValueType};

use crate::expression::Type;
use crate::rule::code::{At, Codes};
use crate::rule::format::{self, Format};
use crate::rule::making::{Field, From, Making, Materials, Of};
use crate::rule::{Asked, Check, Kind, Range, Says};
use crate::text::shape::Pattern;
use crate::texts;

/// Days, each not before the other: rules.md 2.10 and the terms' own rules of validation. With whether the same day is too early.
const ORDERED: [(&str, &str, bool); 16] = [
    ("GiayTo.ngay_cap", "CaNhan.ngay_sinh", false),
    ("GiayTo.ngay_het_han", "GiayTo.ngay_cap", true),
    ("CaNhan.ngay_mat", "CaNhan.ngay_sinh", false),
    ("CaNhan.ngay_huy_so", "CaNhan.ngay_sinh", false),
    ("CaNhan.thuong_tru_ngay", "CaNhan.ngay_sinh", false),
    ("HoTich.ngay_dang_ky", "CaNhan.ngay_sinh", false),
    ("HoTich.ngay_dang_ky", "CaNhan.ngay_mat", false),
    ("BaoHiem.the_den", "BaoHiem.the_tu", false),
    ("GiayPhepLaiXe.ngay_cap", "CaNhan.ngay_sinh", false),
    ("GiayPhepLaiXe.ngay_het_han", "GiayPhepLaiXe.ngay_cap", true),
    ("GiayChungNhan.ngay_cap", "CaNhan.ngay_sinh", false),
    ("BanGhi.hieu_luc_den", "BanGhi.hieu_luc_tu", true),
    ("CuTru.tam_tru_den_ngay", "CaNhan.ngay_sinh", false),
    ("HoSo.ngay_tiep_nhan", "CaNhan.ngay_sinh", false),
    ("BaoHiem.the_tu", "CaNhan.ngay_sinh", false),
    ("BanGhi.cap_nhat_luc", "BanGhi.hieu_luc_tu", false),
];

/// Codes of units: the field, the day that the code is meant at, the field of the unit above.
const PLACES: [(&str, Option<&str>, Option<&str>); 11] = [
    ("CaNhan.thuong_tru_ma", Some("CaNhan.thuong_tru_ngay"), None),
    ("ThuaDat.xa_ma", Some("ThuaDat.xa_ngay"), None),
    ("DiaChi.ma_xa", Some("DiaChi.ngay_cua_ma"), Some("DiaChi.ma_tinh")),
    ("DiaChi.ma_tinh", Some("DiaChi.ngay_cua_ma"), None),
    ("HoTich.noi_dang_ky_ma", Some("HoTich.ngay_dang_ky"), None),
    ("CaNhan.noi_dang_ky_khai_sinh_ma", Some("CaNhan.ngay_sinh"), None),
    ("CaNhan.que_quan_ma", Some("CaNhan.ngay_sinh"), None),
    ("CaNhan.noi_sinh", Some("CaNhan.ngay_sinh"), None),
    ("CaNhan.tam_tru_ma", None, None),
    ("GiayPhepLaiXe.noi_cap_ma", Some("GiayPhepLaiXe.ngay_cap"), None),
    ("CaNhan.noi_o_hien_tai", None, None),
];

/// Parents are so many years older: the task's own bound, below every lawful age; no law names it.
const PARENT_YEARS: i16 = 12;

/// Terms whose fields name a person, an enterprise or a unit.
const IDENTIFIERS: [&str; 6] = [
    "CaNhan.so_dinh_danh",
    "ToChuc.ma_so_thue",
    "ToChuc.ma_so_doanh_nghiep",
    "ToChuc.ma_dinh_danh",
    "DiaChi.ma_xa",
    "BanGhi.ma",
];

/// Whether a term's field is one of those whose failures no average hides.
pub(super) fn identifies(technical: &str) -> bool {
    IDENTIFIERS.contains(&technical)
}

/// What a type of the dictionary is to rules.
pub(super) fn kind_of(kind: ValueType) -> Kind {
    match kind {
        ValueType::Text | ValueType::Code | ValueType::Geometry => Kind::Text,
        ValueType::Date => Kind::Date,
        ValueType::Moment => Kind::Moment,
        ValueType::Integer => Kind::Integer,
        ValueType::Decimal => Kind::Decimal,
        ValueType::Boolean => Kind::Boolean,
    }
}

/// The rules of a field by its term.
pub(super) fn rules(of: &Of, materials: &Materials<'_>, fields: &[Field], made: &mut Making) {
    let Some((id, term)) = &of.term else { return };
    let source = format!("{id}@{}; {}", term.version, term.source);
    let from = From { version: term.version, source: &source };
    let field = &of.field;
    let validation = term.validation.to_lowercase();
    let mut rule = |code: &str, check: Check| made.rule(field, code, check, from);
    let required = of.required || validation.contains("bắt buộc") || validation.starts_with("không trống");
    // "Không trống khi …" holds for some records only.
    if required && (of.required || !validation.contains("không trống khi")) {
        rule("required", Check::Required);
    }
    rule("placeholder", Check::NotPlaceholder(materials.placeholders.clone()));
    let kind = kind_of(term.value_type);
    if kind != Kind::Text {
        rule("type", Check::Is(kind));
    }
    if validation.contains("duy nhất") && !validation.contains("duy nhất trong sổ") {
        rule("unique", Check::Unique { with: Vec::new() });
    }
    if validation.contains("chữ số kiểm tra đúng") {
        rule("check_digit", Check::TaxCode);
    }
    if validation.contains("không sau hôm nay") || validation.contains("không sau hiện tại") {
        rule("not_future", Check::NotFuture);
    }
    if let Some((low, with, high)) = format::bounds(&term.validation).filter(|_| kind != Kind::Date) {
        let range = Range { low: Some((low, with)), high: high.map(|high| (high, true)) };
        rule("range", Check::Range(range));
    }
    if !term.values.is_empty() {
        rule("values", Check::OneOf(Arc::new(term.values.iter().cloned().collect())));
    }
    form(field, term, from, made);
    writing(field, term, materials, from, made);
    codes(of, term, materials, fields, from, made);
    beside(field, term, fields, from, made);
}

/// By the format.
fn form(field: &Field, term: &TermVersion, from: From<'_>, made: &mut Making) {
    let Some(parts) = format::read(&term.format) else {
        made.refused.push(texts::format_unread(&field.name, &term.format));
        return;
    };
    for part in parts {
        match part {
            Format::Pattern(pattern) => {
                // Patterns of our own making, in the table of formats.
                if let Ok(pattern) = crate::expression::pattern(&pattern) {
                    made.rule(field, "format", Check::Format(Pattern::of(pattern)), from);
                }
            }
            Format::Length(low, high) => made.rule(field, "length", Check::Length { low, high }, from),
            Format::Day => made.rule(field, "type", Check::Is(Kind::Date), from),
            Format::Moment => made.rule(field, "type", Check::Is(Kind::Moment), from),
            Format::Between(low, high) => {
                let range = Range { low: Some((low, true)), high: Some((high, true)) };
                made.rule(field, "range", Check::Range(range), from);
            }
            Format::Nothing => {}
        }
    }
}

/// Vietnamese as it should be written: of texts that the dictionary wants in NFC.
fn writing(field: &Field, term: &TermVersion, materials: &Materials<'_>, from: From<'_>, made: &mut Making) {
    if term.value_type != ValueType::Text || !term.format.contains("NFC") {
        return;
    }
    let mut rule = |code, asked| made.rule(field, code, Check::Written(asked), from);
    rule("composed", Asked::Composed);
    rule("encoding", Asked::Encoding);
    rule("letter_d", Asked::LetterD);
    rule("spaces", Asked::Spaces);
    let (_, name) = term.technical_name.split_once('.').unwrap_or_default();
    let is_name = term.technical_name.starts_with("CaNhan.") && ["ho", "chu_dem", "ten"].contains(&name);
    if is_name || name == "full_name" || name.ends_with("ho_ten") {
        rule("case", Asked::Case);
        rule("tone", Asked::Tone(materials.tone));
        rule("no_digits", Asked::NoDigits);
    }
}

/// By the code list, at the record's day where it has one.
fn codes(
    of: &Of,
    term: &TermVersion,
    materials: &Materials<'_>,
    fields: &[Field],
    from: From<'_>,
    made: &mut Making,
) {
    let field = &of.field;
    let beside = |technical: Option<&str>| {
        fields.iter().find(|other| other.technical.as_deref() == technical && technical.is_some())
    };
    let place = PLACES.iter().find(|(technical, ..)| *technical == term.technical_name);
    let list = match (&term.code_list, place) {
        // A term that names a list and wants names, not codes, says so in its validation.
        (Some(list), _) if !term.validation.contains("name_vi") && term.value_type == ValueType::Code => {
            list.as_str()
        }
        (None, Some(_)) if term.value_type == ValueType::Code || term.format.contains("chữ số") => UNITS,
        _ => return,
    };
    let Some(codes) = materials.lists.get(list) else {
        made.refused.push(texts::list_missing(&field.name, list));
        return;
    };
    let at = match beside(place.and_then(|place| place.1)) {
        Some(day) => At::Field(day.name.clone()),
        None => At::Day(materials.today),
    };
    made.rule(field, "code", Check::Code { list: codes.clone(), at: at.clone() }, from);
    if let Some(above) = beside(place.and_then(|place| place.2)) {
        within(field, codes, above, at, from, made);
    }
}

fn within(field: &Field, codes: &Arc<Codes>, above: &Field, at: At, from: From<'_>, made: &mut Making) {
    made.rule(field, "within", Check::Within { list: codes.clone(), above: above.name.clone(), at }, from);
}

/// With the terms that stand beside it.
fn beside(field: &Field, term: &TermVersion, fields: &[Field], from: From<'_>, made: &mut Making) {
    let named = |technical: &str| {
        fields
            .iter()
            .find(|other| other.technical.as_deref() == Some(technical))
            .map(|other| other.name.clone())
    };
    let own = term.technical_name.as_str();
    for (_, earlier, strict) in ORDERED.iter().filter(|(later, ..)| *later == own) {
        if let Some(earlier) = named(earlier) {
            let code = format!("after_{earlier}");
            made.rule(field, &code, Check::NotBefore { earlier, strict: *strict }, from);
        }
    }
    if own == "CaNhan.so_dinh_danh" {
        made.rule(field, "province", Check::PersonId { says: Says::Province, beside: None }, from);
        for (code, says, technical) in
            [("birth_year", Says::BirthYear, "CaNhan.ngay_sinh"), ("sex", Says::Sex, "CaNhan.gioi_tinh")]
        {
            if let Some(beside) = named(technical) {
                made.rule(field, code, Check::PersonId { says, beside: Some(beside) }, from);
            }
        }
    }
    if ["CaNhan.cha_so_dinh_danh", "CaNhan.me_so_dinh_danh"].contains(&own) {
        if let Some(from_field) = named("CaNhan.so_dinh_danh") {
            made.rule(field, "differs", Check::Differs { from: from_field }, from);
        }
        if let Some(born) = named("CaNhan.ngay_sinh") {
            made.rule(field, "older", Check::ParentOlder { born, years: PARENT_YEARS }, from);
        }
    }
    if own == "CaNhan.full_name"
        && let (Some(family), Some(given)) = (named("CaNhan.ho"), named("CaNhan.ten"))
    {
        made.rule(field, "parts", Check::FullName { family, middle: named("CaNhan.chu_dem"), given }, from);
    }
}

/// The type that a field has in conditions.
pub(super) fn type_in(fields: &[Field]) -> impl Fn(&str) -> Option<Type> {
    |name| fields.iter().find(|field| field.name == name).map(|field| field.kind.in_conditions())
}
