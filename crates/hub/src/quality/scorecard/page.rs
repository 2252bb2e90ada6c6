//! A scorecard as a paper of one page: its scores always find room, causes and what to repair as far as there is some.

use model::fault::Fault;
use model::words::Words;
use paper::{Block, Column, Paper, Table, short};
use quality::rule::Criterion;

use super::{Before, Fix, Scorecard};
use crate::quality::{Band, Score};
use crate::running::brief::page::Language;
use crate::texts;

/// Longest name in a sentence, longest rule in a table, in letters.
const NAME_MAX: usize = 70;
const RULE_MAX: usize = 110;
/// How many causes are told and how many repairs, from most to least.
const DETAIL: [(usize, usize); 8] = [(3, 8), (3, 6), (3, 5), (2, 4), (1, 3), (0, 2), (0, 1), (0, 0)];

/// The paper of a scorecard: as much as there is room for.
///
/// # Errors
/// [`Fault::Internal`] if not even its scores find room.
pub(crate) fn paper(card: &Scorecard, language: Language) -> Result<Paper, Fault> {
    let mut papers = DETAIL.into_iter().map(|detail| Draft { card, language, detail }.paper());
    papers.find(Paper::fits).ok_or_else(|| Fault::Internal {
        why: format!("the scorecard of {} does not find room on a page", card.agency),
    })
}

/// A paper in the making.
#[derive(Clone, Copy)]
struct Draft<'a> {
    card: &'a Scorecard,
    language: Language,
    detail: (usize, usize),
}

impl Draft<'_> {
    fn say(self, words: &Words) -> String {
        self.language.words(words)
    }

    fn paper(self) -> Paper {
        let card = self.card;
        let subject =
            self.say(&texts::card_subject(&self.language.name(&card.name), &self.language.day(card.day)));
        let issuer = self.language.name(&card.issuer.agency);
        Paper {
            language: self.language.word(),
            title: subject.clone(),
            country: [self.say(&texts::country()), self.say(&texts::motto())],
            above: card.issuer.above.as_ref().map(|above| self.language.name(above)),
            number: self.say(&texts::card_number()),
            place_and_date: self.language.dated(&short(&card.issuer.place, 40), card.day),
            kind: self.say(&texts::card_kind()),
            subject,
            body: self.body(),
            recipients_title: self.say(&texts::recipients()),
            recipients: vec![
                self.say(&texts::recipient_leaders(&self.language.name(&card.name))),
                self.say(&texts::recipient_file(&card.agency)),
            ],
            signer: self.say(&texts::signer()),
            name: String::new(),
            agency: issuer,
        }
    }

    fn body(self) -> Vec<Block> {
        let card = self.card;
        let heading = |words: Words| Block::Heading(self.say(&words));
        let paragraph = |words: Words| Block::Paragraph(self.say(&words));
        let Some(line) = &card.line else {
            return vec![paragraph(texts::card_no_line(card.databases))];
        };
        let rows = self.language.whole(line.rows);
        let pack = short(&card.pack.id, NAME_MAX);
        let mut body = vec![paragraph(texts::card_begins(card.measured, card.databases, &rows, &pack))];
        if card.pack.second_hand {
            let source = self.language.name(&card.pack.source);
            body.push(paragraph(texts::card_second_hand(&source)));
        }
        body.push(heading(texts::card_scores()));
        body.push(self.scores(line.overall, |criterion| *line.criteria.get(criterion)));
        if line.alerts > 0 {
            body.push(paragraph(texts::card_keys(line.alerts)));
        }
        body.push(heading(texts::card_trend()));
        body.push(paragraph(self.trend(line.overall)));
        let causes: Vec<String> =
            card.first.iter().take(self.detail.0).filter_map(|fix| self.cause(fix)).collect();
        if !causes.is_empty() {
            body.push(heading(texts::card_causes()));
            body.extend(causes.into_iter().map(Block::Paragraph));
        }
        body.push(heading(texts::card_first()));
        body.extend(self.first());
        let told = card.first.len().min(self.detail.1);
        let left = usize::try_from(line.defects).unwrap_or_default().saturating_sub(told);
        body.push(paragraph(texts::card_defects(line.defects, line.defects_late, left)));
        body
    }

    /// The whole and the six criteria; what was not measured as that.
    fn scores(self, overall: Score, of: impl Fn(Criterion) -> Score) -> Block {
        let row = |name: &Words, score: Score| {
            let Some(value) = score.value else {
                return vec![self.say(name), self.say(&texts::not_measured()), dash(), dash(), dash()];
            };
            let bound = |bound: Option<f64>| bound.map_or_else(dash, |bound| self.language.points(bound));
            let (low, high) = (bound(score.low), bound(score.high));
            let between =
                if low == high { self.say(&texts::card_counted()) } else { format!("{low} – {high}") };
            let coverage = score
                .coverage
                .map_or_else(dash, |share| format!("{} %", self.language.points(share * 100.0)));
            vec![self.say(name), self.language.points(value), self.band(score.band), between, coverage]
        };
        let criteria = Criterion::ALL.into_iter().map(|criterion| row(&criterion.words(), of(criterion)));
        let rows = std::iter::once(row(&texts::card_overall(), overall)).chain(criteria).collect();
        let column = |head: Words, share, number| Column { head: self.say(&head), share, number };
        let columns = vec![
            column(texts::card_criterion(), 5, false),
            column(texts::card_score(), 3, true),
            column(texts::card_band(), 3, false),
            column(texts::card_between(), 5, false),
            column(texts::card_coverage(), 3, true),
        ];
        Block::Table(Table { columns, rows })
    }

    fn band(self, band: Option<Band>) -> String {
        band.map_or_else(dash, |band| {
            self.say(&match band {
                Band::Green => texts::band_green(),
                Band::Yellow => texts::band_yellow(),
                Band::Red => texts::band_red(),
            })
        })
    }

    fn trend(self, now: Score) -> Words {
        let Some(Before { day, scores }) = &self.card.before else { return texts::card_no_trend() };
        let day = self.language.day(*day);
        match (scores.overall.value, now.value) {
            (Some(then), Some(now)) => {
                let sign = if now > then {
                    "+"
                } else if now < then {
                    "−"
                } else {
                    ""
                };
                let moved = format!("{sign}{}", self.language.points((now - then).abs()));
                texts::card_moved(&day, &self.language.points(then), &self.language.points(now), &moved)
            }
            (then, _) => {
                let then =
                    then.map_or_else(|| self.say(&texts::not_measured()), |then| self.language.points(then));
                let now = now
                    .value
                    .map_or_else(|| self.say(&texts::not_measured()), |now| self.language.points(now));
                texts::card_moved(&day, &then, &now, "–")
            }
        }
    }

    /// What a rule asks, without what repairs a record.
    fn asked(self, fix: &Fix) -> String {
        let rule = || fix.defect.rule.clone().unwrap_or_else(|| fix.defect.id.clone());
        let text = fix.text.as_ref().map_or_else(rule, |text| self.language.said(text).to_owned());
        short(text.split_once(". ").map_or(text.as_str(), |(asked, _)| asked), RULE_MAX)
    }

    fn called(self, id: &str) -> String {
        let name = self.card.names.get(id).map_or_else(|| id.to_owned(), |name| self.language.name(name));
        short(&name, NAME_MAX)
    }

    fn cause(self, fix: &Fix) -> Option<String> {
        let cause = fix.cause.as_ref()?;
        let groups: Vec<String> = cause
            .told
            .iter()
            .take(3)
            .map(|group| {
                format!("{} ({})", short(&self.called(&group.name), 40), self.language.whole(group.fails))
            })
            .collect();
        if groups.is_empty() {
            return None;
        }
        let by = match cause.by.as_str() {
            "unit" => texts::cause_unit(),
            "source" => texts::cause_source(),
            "day" => texts::cause_day(),
            "value" => texts::cause_value(),
            _ => texts::cause_pattern(),
        };
        let service = self.called(&fix.defect.service);
        Some(self.say(&texts::card_cause(&self.asked(fix), &service, &by, &groups.join("; "))))
    }

    fn first(self) -> Option<Block> {
        let row = |fix: &Fix| {
            let of = format!("{}; {}", self.called(&fix.defect.service), self.called(&fix.defect.owner));
            let fails = self.language.whole(u64::try_from(fix.defect.fails).unwrap_or_default());
            let gain = format!("+{}", self.language.points(fix.defect.gain));
            vec![self.asked(fix), of, fails, self.language.day(fix.defect.due.by), gain]
        };
        let rows: Vec<Vec<String>> = self.card.first.iter().take(self.detail.1).map(row).collect();
        if rows.is_empty() {
            return None;
        }
        let column = |head: Words, share, number| Column { head: self.say(&head), share, number };
        let columns = vec![
            column(texts::card_what(), 8, false),
            column(texts::card_of(), 6, false),
            column(texts::card_fails(), 3, true),
            column(texts::card_due(), 4, false),
            column(texts::card_gain(), 3, true),
        ];
        Some(Block::Table(Table { columns, rows }))
    }
}

fn dash() -> String {
    "–".to_owned()
}
