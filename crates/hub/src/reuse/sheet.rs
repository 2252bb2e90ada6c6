//! Procedures as a workbook: one row a procedure, a requirement, an alternative, an ask, a line of the form. What is written is read back the
//! same; a mistake is told by sheet and cell.

mod cells;
mod read;
mod write;

pub(crate) use self::read::read;
pub(crate) use self::write::write;

/// The sheets, each with its columns.
const SHEETS: [(&str, &[&str]); 5] = [
    (
        "thu-tuc",
        &[
            "id",
            "name_vi",
            "name_en",
            "owner",
            "levels",
            "purpose",
            "bases",
            "roles",
            "acts_for",
            "assurance",
            "working_days",
            "source",
            "second_hand",
            "assumed",
            "valid_from",
            "valid_to",
        ],
    ),
    (
        "yeu-cau",
        &[
            "procedure",
            "id",
            "name_vi",
            "name_en",
            "role",
            "when",
            "paper",
            "paper_vi",
            "paper_en",
            "max_age_days",
            "otherwise",
        ],
    ),
    ("lua-chon", &["procedure", "requirement", "number", "holder"]),
    (
        "du-lieu",
        &[
            "procedure",
            "requirement",
            "alternative",
            "id",
            "service",
            "find",
            "claims",
            "identity",
            "question_vi",
            "question_en",
            "question_field",
            "question_kind",
            "question_choices",
        ],
    ),
    (
        "bieu-mau",
        &[
            "procedure",
            "part",
            "id",
            "name_vi",
            "name_en",
            "kind",
            "choices",
            "optional",
            "service",
            "path",
            "body",
            "gives",
            "outcome",
        ],
    ),
];

#[cfg(test)]
pub(crate) mod tests;
