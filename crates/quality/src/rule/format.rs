//! Formats and ranges as the dictionary writes them (attributes 17 and 25): `12 chữ số`, `1 đến 128 ký tự, NFC`, `Từ -90 đến 90`.

/// What a format asks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Format {
    /// A pattern that the whole value matches.
    Pattern(String),
    /// So many characters.
    Length(u32, u32),
    /// The form of a day.
    Day,
    /// The form of a moment.
    Moment,
    /// Numbers from one to another.
    Between(f64, f64),
    /// Whatever the type says already.
    Nothing,
}

/// What a format of a term asks, each part; none if a part of it cannot be read: then nothing is made up of it.
pub(super) fn read(format: &str) -> Option<Vec<Format>> {
    let format = format.trim().trim_end_matches('.').to_lowercase();
    let whole = match format.as_str() {
        "yyyy-mm-dd" => Some(Format::Day),
        "yyyy-mm" => Some(Format::Pattern("[0-9]{4}-(0[1-9]|1[0-2])".into())),
        "yyyy-yyyy" => Some(Format::Pattern("[0-9]{4}-[0-9]{4}".into())),
        "true hoặc false" => Some(Format::Nothing),
        "ký hiệu chữ thường, gạch dưới" => Some(Format::Pattern("[a-z][a-z0-9_]*".into())),
        "ký hiệu chữ hoa và số" => Some(Format::Pattern("[A-Z0-9]+".into())),
        "độ thập phân, dấu chấm" => Some(Format::Pattern(r"-?[0-9]+(\.[0-9]+)?".into())),
        "số thập phân không quá 2 chữ số lẻ, dấu chấm thập phân" => {
            Some(Format::Pattern(r"-?[0-9]+(\.[0-9]{1,2})?".into()))
        }
        "10 chữ số; đơn vị phụ thuộc thêm gạch nối và 3 chữ số"
        | "10 chữ số, hoặc 10 chữ số, gạch nối, 3 chữ số" => {
            Some(Format::Pattern("[0-9]{10}(-[0-9]{3})?".into()))
        }
        "10 chữ số; từ 2025-08-01 có thể là số định danh 12 chữ số" => {
            Some(Format::Pattern("[0-9]{10}|[0-9]{12}".into()))
        }
        "2 chữ cái hoa và 6 đến 8 chữ số" => Some(Format::Pattern("[A-Z]{2}[0-9]{6,8}".into())),
        "epsg: và 4 đến 6 chữ số" => Some(Format::Pattern("EPSG:[0-9]{4,6}".into())),
        "15 ký tự: 2 chữ cái, 1 chữ số mức hưởng, 2 chữ số tỉnh, 10 chữ số" => {
            Some(Format::Pattern("[A-Z]{2}[0-9]{13}".into()))
        }
        "5 ký tự; mã mới của cơ sở là 13 chữ số" => {
            Some(Format::Pattern("[0-9A-Za-z]{5}|[0-9]{13}".into()))
        }
        "nhóm chữ hoa và số cách nhau dấu chấm, tối đa 35 ký tự" => {
            Some(Format::Pattern(r"[A-Z0-9]+(\.[A-Z0-9]+){0,16}".into()))
        }
        _ if format.starts_with("rfc 3339") => Some(Format::Moment),
        _ => None,
    };
    match whole {
        Some(whole) => Some(vec![whole]),
        None => format.split(", ").map(part).collect::<Option<Vec<_>>>(),
    }
}

fn part(part: &str) -> Option<Format> {
    let words: Vec<&str> = part.split_whitespace().collect();
    Some(match words.as_slice() {
        ["nfc"] => Format::Nothing,
        ["không", "có", "dấu", "cách"] => Format::Pattern(r"\S*".into()),
        [one, "chữ", "số"] => Format::Pattern(format!("[0-9]{{{}}}", count(one)?)),
        [one, "hoặc", other, "chữ", "số"] => {
            Format::Pattern(format!("[0-9]{{{}}}|[0-9]{{{}}}", count(one)?, count(other)?))
        }
        [one, "chữ", "cái", "hoa"] => Format::Pattern(format!("[A-Z]{{{}}}", count(one)?)),
        [low, "đến", high, "ký", "tự"] => Format::Length(count(low)?, count(high)?),
        [low, "đến", high, "chữ", "và", "số"] => {
            Format::Pattern(format!("[0-9A-Za-z]{{{},{}}}", count(low)?, count(high)?))
        }
        [low, "đến", high] => Format::Between(low.parse().ok()?, high.parse().ok()?),
        _ => return None,
    })
}

fn count(word: &str) -> Option<u32> {
    word.parse().ok().filter(|count| (0..=10_000).contains(count))
}

/// Bounds that a rule of validation names: `Từ -90 đến 90`, `Số nguyên từ 0 đến 900`, `Lớn hơn 0`. With whether the lowest is allowed.
pub(super) fn bounds(validation: &str) -> Option<(f64, bool, Option<f64>)> {
    let text = validation.to_lowercase();
    let words: Vec<&str> = text.split([' ', ';', ',']).collect();
    let after = |sought: &str| {
        let at = words.iter().position(|word| *word == sought)?;
        words.get(at + 1)?.parse::<f64>().ok()
    };
    if let (Some(low), Some(high)) = (after("từ"), after("đến")) {
        return Some((low, true, Some(high)));
    }
    text.starts_with("lớn hơn ").then(|| after("hơn")).flatten().map(|low| (low, false, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_the_dictionary_are_read_or_left_alone() {
        let pattern = |text: &str| Some(vec![Format::Pattern(text.into())]);
        assert_eq!(read("12 chữ số"), pattern("[0-9]{12}"));
        assert_eq!(read("9 hoặc 12 chữ số"), pattern("[0-9]{9}|[0-9]{12}"));
        assert_eq!(read("1 đến 128 ký tự, NFC"), Some(vec![Format::Length(1, 128), Format::Nothing]));
        assert_eq!(read("YYYY-MM-DD"), Some(vec![Format::Day]));
        assert_eq!(read("0 đến 900"), Some(vec![Format::Between(0.0, 900.0)]));
        assert_eq!(read("WKT hoặc GeoJSON"), None);
        assert_eq!(read("999999999 chữ số"), None);
        assert_eq!(
            bounds("Từ -90 đến 90; đất liền và đảo Việt Nam khoảng 6 đến 24"),
            Some((-90.0, true, Some(90.0)))
        );
        assert_eq!(bounds("Lớn hơn 0"), Some((0.0, false, None)));
        assert_eq!(bounds("Không trống"), None);
    }
}
