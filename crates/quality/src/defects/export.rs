//! Repairs for their owner to look at and to run: SQL whose condition holds only while the old value stands there, and CSV.

use std::fmt::Write as _;

use crate::defects::Repair;

/// How a database writes names and texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL, SQLite and the standard.
    Standard,
    /// MariaDB, MySQL: names between other signs, and a backslash that escapes.
    Mariadb,
}

/// Statements that repair, one for each record. What changed meanwhile is left alone, since its old value does not stand there any more.
#[must_use]
pub fn sql(repairs: &[Repair], table: &str, key: &str, dialect: Dialect) -> String {
    let mut text = String::new();
    for repair in repairs {
        let new = repair.new.as_deref().map_or_else(|| "NULL".to_owned(), |new| quoted(new, dialect));
        // Nothing can fail that is written into a text.
        let _ = writeln!(
            text,
            "UPDATE {} SET {} = {new} WHERE {} AND {}; -- {}, {:.2}",
            table.split('.').map(|part| name(part, dialect)).collect::<Vec<_>>().join("."),
            name(&repair.field, dialect),
            is(key, &repair.key, dialect),
            is(&repair.field, &repair.old, dialect),
            // A comment ends with its line, and so must what is said in it.
            repair.rule.replace(|c: char| c.is_control(), " "),
            repair.confidence,
        );
    }
    text
}

/// That a column holds exactly this. MariaDB's usual collations take other letters and blanks at the end for the same.
fn is(column: &str, value: &str, dialect: Dialect) -> String {
    let (name, value) = (name(column, dialect), quoted(value, dialect));
    match dialect {
        Dialect::Standard => format!("{name} = {value}"),
        Dialect::Mariadb => format!("{name} = {value} AND BINARY CONVERT({name} USING utf8mb4) = {value}"),
    }
}

fn name(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Standard => format!("\"{}\"", name.replace('"', "\"\"")),
        Dialect::Mariadb => format!("`{}`", name.replace('`', "``")),
    }
}

fn quoted(text: &str, dialect: Dialect) -> String {
    let text = text.replace('\'', "''");
    match dialect {
        Dialect::Standard => format!("'{text}'"),
        Dialect::Mariadb => format!("'{}'", text.replace('\\', "\\\\")),
    }
}

/// The same as CSV, with a head. An apostrophe stands before what a spreadsheet would take for a formula.
#[must_use]
pub fn csv(repairs: &[Repair]) -> String {
    let mut text = String::from("key,field,old,new,confidence,rule,reason_vi,reason_en\r\n");
    for repair in repairs {
        let confidence = format!("{:.2}", repair.confidence);
        let cells = [
            &repair.key,
            &repair.field,
            &repair.old,
            repair.new.as_deref().unwrap_or_default(),
            &confidence,
            &repair.rule,
            repair.reason.vi(),
            repair.reason.en(),
        ];
        let line: Vec<String> = cells.into_iter().map(cell).collect();
        text.push_str(&line.join(","));
        text.push_str("\r\n");
    }
    text
}

fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}
