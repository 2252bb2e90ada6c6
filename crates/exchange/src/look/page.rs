//! The auditor's pages: plain HTML, one language at a time, that works without scripts and prints as it is.

use std::fmt::Write as _;

use ledger::Outcome;
use model::fault::{ROWS, Words};

use crate::look::asked::{Asked, SIDES};
use crate::look::row::{Lang, heads, outcome_words, side_words};
use crate::look::{Found, Shown};
use crate::texts;

/// Colours and sizes as on the hub's pages; on paper the form and the links go.
const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;margin:1.5rem auto;max-width:90rem;padding:0 1rem;color:#1b1b1b;background:#fff}\
    form{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.75rem;margin:1rem 0;align-items:end}\
    form>div{display:grid;gap:.25rem}input,select,button{font:inherit;padding:.4rem;border:1px solid #767676;border-radius:.25rem}\
    button{background:#0b4f8a;color:#fff;border-color:#0b4f8a}table{border-collapse:collapse;width:100%}\
    th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid #ccc;overflow-wrap:anywhere}th{overflow-wrap:normal}\
    .wide{overflow-x:auto}a{color:#0b4f8a}:focus-visible{outline:3px solid #b35900;outline-offset:2px}\
    @media print{form,nav{display:none}body{margin:0;max-width:none;font-size:9pt}}";

/// What stands around a page.
pub(super) struct Frame<'a> {
    pub(super) lang: Lang,
    /// The node.
    pub(super) node: &'a str,
    /// The auditor.
    pub(super) who: &'a str,
    /// The number of the directory by which bases are named.
    pub(super) revision: u64,
}

impl Frame<'_> {
    fn say(&self, words: &Words) -> String {
        escape(self.lang.of(words))
    }

    /// The list with its form. `older` is where the next page is, `same` where programs find this one.
    pub(super) fn list(
        &self,
        asked: &Asked,
        found: &Found,
        older: Option<&str>,
        same: [&str; 2],
        other: &str,
    ) -> String {
        let mut main = self.form(asked);
        let _ = write!(main, "<p>{}</p>", self.say(&texts::look_count(found.items.len())));
        if found.items.is_empty() {
            let _ = write!(main, "<p>{}</p>", self.say(&texts::look_nothing()));
        } else {
            let title = self.say(&texts::look_title());
            let _ = write!(
                main,
                "<div class=\"wide\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\"><table><thead><tr>"
            );
            for head in heads(false) {
                let _ = write!(main, "<th scope=\"col\">{}</th>", self.say(&head));
            }
            main.push_str("</tr></thead><tbody>");
            for row in &found.items {
                main.push_str("<tr>");
                for (column, cell) in row.cells(self.lang, false).iter().enumerate() {
                    let cell = escape(cell);
                    let _ = match column {
                        0 => write!(
                            main,
                            "<td><a href=\"/ledger/{cell}?lang={}\">{cell}</a></td>",
                            self.lang.name()
                        ),
                        _ => write!(main, "<td>{cell}</td>"),
                    };
                }
                main.push_str("</tr>");
            }
            main.push_str("</tbody></table></div>");
        }
        if let Some(older) = older {
            if found.items.is_empty() {
                let _ = write!(main, "<p>{}</p>", self.say(&texts::look_unfinished()));
            }
            let _ = write!(
                main,
                "<nav><p><a rel=\"next\" href=\"{}\">{}</a></p></nav>",
                escape(older),
                self.say(&texts::look_more())
            );
        }
        let [json, csv] = same.map(escape);
        let told = self.say(&texts::look_same());
        let _ =
            write!(main, "<nav><p>{told}: <a href=\"{json}\">JSON</a> · <a href=\"{csv}\">CSV</a></p></nav>");
        self.around(&texts::look_title(), other, &main)
    }

    /// One exchange with its signatures.
    pub(super) fn one(&self, shown: &Shown, other: &str) -> String {
        let mut main = String::from("<table><tbody>");
        for (head, cell) in heads(true).iter().zip(shown.row.cells(self.lang, true)) {
            if !cell.is_empty() {
                let _ = write!(
                    main,
                    "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
                    self.say(head),
                    escape(&cell)
                );
            }
        }
        let _ = write!(main, "</tbody></table><h2>{}</h2>", self.say(&texts::look_signatures()));
        main.push_str("<ul>");
        for words in shown.told() {
            let _ = write!(main, "<li>{}</li>", self.say(&words));
        }
        let number = shown.row.number;
        let (lang, back, same) =
            (self.lang.name(), self.say(&texts::look_back()), self.say(&texts::look_same()));
        let _ = write!(
            main,
            "</ul><nav><p><a href=\"/ledger?lang={lang}\">{back}</a> · {same}: <a href=\"/ledger/{number}.json\">JSON</a></p></nav>"
        );
        self.around(&texts::look_one(number), other, &main)
    }

    /// The conditions, with what was asked in them.
    fn form(&self, asked: &Asked) -> String {
        let mut form = String::from("<form method=\"get\" action=\"/ledger\">");
        let _ = write!(form, "<input type=\"hidden\" name=\"lang\" value=\"{}\">", self.lang.name());
        let texts_of = [
            ("from", texts::look_from(), &asked.from, "2026-11-25"),
            ("to", texts::look_to(), &asked.to, "2026-11-25"),
            ("system", texts::look_system(), &asked.system, "VN/LOC/H05"),
            ("client", texts::col_client(), &asked.client, "VN/LOC/H05/mot-cua"),
            ("service", texts::col_service(), &asked.service, "VN/GOV/G01/dan-cu/nguoi"),
            ("purpose", texts::col_purpose(), &asked.purpose, ""),
            ("basis", texts::col_basis(), &asked.basis, ""),
            ("officer", texts::col_officer(), &asked.officer, ""),
            ("case", texts::col_case(), &asked.case, ""),
            ("id", texts::col_id(), &asked.id, ""),
        ];
        for (name, words, value, example) in texts_of {
            let _ = write!(
                form,
                "<div><label for=\"by-{name}\">{}</label><input id=\"by-{name}\" name=\"{name}\" value=\"{}\" placeholder=\"{example}\" autocomplete=\"off\"></div>",
                self.say(&words),
                escape(value)
            );
        }
        let outcomes = Outcome::ALL.map(|outcome| (outcome.name().to_owned(), outcome_words(outcome.name())));
        self.choice(&mut form, ("outcome", &texts::col_outcome(), &asked.outcome), &outcomes);
        let codes: Vec<(String, Words)> =
            ROWS.iter().map(|row| (row.code.to_owned(), Words::quoted(row.code))).collect();
        self.choice(&mut form, ("code", &texts::col_code(), &asked.code), &codes);
        let sides = SIDES.map(|side| (side.to_owned(), side_words(side)));
        self.choice(&mut form, ("side", &texts::col_side(), &asked.side), &sides);
        let _ = write!(form, "<button>{}</button></form>", self.say(&texts::look_find()));
        form
    }

    fn choice(
        &self,
        form: &mut String,
        (name, words, chosen): (&str, &Words, &str),
        choices: &[(String, Words)],
    ) {
        let (label, any) = (self.say(words), self.say(&texts::look_any()));
        let _ = write!(
            form,
            "<div><label for=\"by-{name}\">{label}</label><select id=\"by-{name}\" name=\"{name}\"><option value=\"\">{any}</option>"
        );
        for (value, words) in choices {
            let mark = if value == chosen { " selected" } else { "" };
            let _ = write!(form, "<option value=\"{value}\"{mark}>{}</option>", self.say(words));
        }
        form.push_str("</select></div>");
    }

    fn around(&self, title: &Words, other: &str, main: &str) -> String {
        let (lang, title, node) = (self.lang.name(), self.say(title), escape(self.node));
        let (other_lang, other_name) = match self.lang {
            Lang::Vi => ("en", "English"),
            Lang::En => ("vi", "Tiếng Việt"),
        };
        let told = [
            self.say(&texts::look_about()),
            self.say(&texts::look_basis_now(self.revision)),
            self.say(&texts::look_by(self.who)),
        ]
        .join(" ");
        format!(
            "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>{title} · {node}</title><style>{STYLE}</style></head><body><nav><a lang=\"{other_lang}\" href=\"{}\">{other_name}</a></nav>\
             <main><h1>{title}</h1><p>{node}</p><p>{told}</p>{main}</main></body></html>",
            escape(other)
        )
    }
}

/// Text as it stands in HTML, between tags and in attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callers_say_is_text_and_nothing_else() {
        let asked = Asked::read([("case", "\"><script>alert(1)</script>")]).unwrap();
        let frame = Frame { lang: Lang::Vi, node: "VN/LOC/H05/nut-1", who: "<b>", revision: 7 };
        let found = Found { items: Vec::new(), next: Some(3) };
        let page =
            frame.list(&asked, &found, Some("/ledger?before=3&case=%22"), ["/a", "/b"], "/ledger?lang=en");
        assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
        assert!(page.contains("&quot;&gt;&lt;script&gt;") && page.contains("before=3&amp;case="), "{page}");
        assert!(
            page.contains("Không có lượt trao đổi nào như vậy") && page.contains("Chưa xem hết sổ"),
            "{page}"
        );
    }
}
