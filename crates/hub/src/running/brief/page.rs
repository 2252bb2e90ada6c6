//! A brief as a paper of one page. What does not find room is counted and named at the hub; what is most late comes first.

use jiff::civil::Date;
use model::agency::Name;
use model::fault::Fault;
use model::words::Words;
use paper::{Block, Column, Paper, Table, short};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Brief;
use crate::running::situation::{Change, Group, Item, Situation, Topic};
use crate::texts;

/// Longest name of a thing or an agency on the page, in letters.
const NAME_MAX: usize = 90;
/// Longest name in a sentence.
const SHORT_MAX: usize = 60;
/// How much is told one by one, from most to least: rows of what is late, rows of agencies, names in a sentence. Names in sentences are the
/// first to go, what is most late is the last.
const DETAIL: [(usize, usize, usize); 11] = [
    (8, 6, 4),
    (8, 5, 3),
    (7, 5, 2),
    (6, 5, 1),
    (6, 4, 0),
    (5, 3, 0),
    (4, 2, 0),
    (4, 0, 0),
    (3, 0, 0),
    (2, 0, 0),
    (0, 0, 0),
];

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = PaperLanguage)]
pub(crate) enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    /// As languages are named in documents.
    pub(crate) fn word(self) -> &'static str {
        if self == Self::Vi { "vi" } else { "en" }
    }

    pub(crate) fn words(self, words: &Words) -> String {
        if self == Self::Vi { words.vi().to_owned() } else { words.en().to_owned() }
    }

    /// A name of any length, as it is written.
    pub(crate) fn said(self, name: &Name) -> &str {
        if self == Self::Vi || name.en.trim().is_empty() { &name.vi } else { &name.en }
    }

    pub(crate) fn name(self, name: &Name) -> String {
        short(self.said(name), NAME_MAX)
    }

    /// A whole number with its thousands apart.
    pub(crate) fn whole(self, number: u64) -> String {
        let digits = number.to_string();
        let mut told = String::with_capacity(digits.len() * 4 / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                told.push(if self == Self::Vi { '.' } else { ',' });
            }
            told.push(digit);
        }
        told
    }

    /// Points of a hundred, to a hundredth and never more than they are, so that only what is whole is told as that.
    pub(crate) fn points(self, points: f64) -> String {
        let told = format!("{:.2}", (points * 100.0 + 1e-6).floor() / 100.0);
        if self == Self::Vi { told.replace('.', ",") } else { told }
    }

    /// Where and when a paper is issued.
    pub(crate) fn dated(self, place: &str, day: Date) -> String {
        if self == Self::En {
            return format!("{place}, {}", self.day(day));
        }
        // A day below ten and a month below three are written with a nought (Decree 30/2020), so that nobody puts a digit before them.
        let month = if day.month() < 3 { format!("{:02}", day.month()) } else { day.month().to_string() };
        format!("{place}, ngày {:02} tháng {month} năm {}", day.day(), day.year())
    }

    pub(crate) fn day(self, day: Date) -> String {
        day.strftime(if self == Self::Vi { "%d/%m/%Y" } else { "%-d %B %Y" }).to_string()
    }

    /// The name of an agency that a situation names; of what is nobody's, that.
    pub(super) fn agency(self, situation: &Situation, id: Option<&str>) -> String {
        match id {
            Some(id) => situation.names.get(id).map_or_else(|| short(id, NAME_MAX), |name| self.name(name)),
            None => self.words(&texts::nobodys()),
        }
    }

    /// The name of a group of agencies.
    pub(super) fn group(self, group: &Group) -> String {
        match (&group.name, &group.agency) {
            (Some(name), _) => self.name(name),
            (None, Some(id)) => short(id, NAME_MAX),
            (None, None) => self.words(&texts::nobodys()),
        }
    }
}

/// The paper of a brief: as much as there is room for.
///
/// # Errors
/// [`Fault::Internal`] if not even its figures find room.
pub(crate) fn paper(brief: &Brief, language: Language) -> Result<Paper, Fault> {
    let mut papers = DETAIL.into_iter().map(|detail| Draft { brief, language, detail }.paper());
    papers
        .find(Paper::fits)
        .ok_or_else(|| Fault::Internal { why: format!("{} does not find room on a page", brief.id) })
}

/// A paper in the making.
#[derive(Clone, Copy)]
struct Draft<'a> {
    brief: &'a Brief,
    language: Language,
    detail: (usize, usize, usize),
}

impl Draft<'_> {
    fn say(self, words: &Words) -> String {
        self.language.words(words)
    }

    fn paper(self) -> Paper {
        let (brief, issuer) = (self.brief, &self.brief.issuer);
        let day = brief.situation.day;
        let agency = self.language.name(&issuer.agency);
        let subject = self.say(&texts::brief_subject(&self.language.day(day)));
        Paper {
            language: self.language.word(),
            title: format!("{subject} ({})", brief.id),
            country: [self.say(&texts::country()), self.say(&texts::motto())],
            above: issuer.above.as_ref().map(|above| self.language.name(above)),
            number: self.say(&texts::brief_number()),
            place_and_date: self.language.dated(&short(&issuer.place, 40), day),
            kind: self.say(&texts::brief_kind()),
            body: self.body(&agency),
            subject,
            recipients_title: self.say(&texts::recipients()),
            recipients: vec![
                self.say(&texts::recipient_leaders(&agency)),
                self.say(&texts::recipient_file(&brief.id)),
            ],
            signer: self.say(&texts::signer()),
            name: String::new(),
            agency,
        }
    }

    fn body(self, agency: &str) -> Vec<Block> {
        let situation = &self.brief.situation;
        let count = |topic| situation.count(topic);
        let heading = |words: Words| Block::Heading(self.say(&words));
        let paragraph = |words: Words| Block::Paragraph(self.say(&words));
        let day = self.language.day(situation.day);
        let begins = if situation.scope.is_some() {
            texts::brief_begins_agency(agency, &day)
        } else {
            texts::brief_begins(agency, &day)
        };
        let (used, known) = (count(Topic::UsedDatabases), count(Topic::KnownDatabases));
        let (met, all) = (count(Topic::MetDuties), count(Topic::AllDuties));
        let late = [Topic::LateDatabases, Topic::LateDuties, Topic::LateRequests];
        let [databases, duties, requests] = late.map(count);
        let mut body = vec![
            paragraph(begins),
            heading(texts::brief_results()),
            paragraph(texts::brief_used(used, known, met, all)),
        ];
        body.extend(self.reuse());
        body.extend([
            heading(texts::brief_late()),
            paragraph(texts::brief_late_count(databases, duties, requests)),
        ]);
        body.extend(self.tasks());
        body.extend(self.latest(&late));
        body.extend(self.agencies());
        let unused = situation.items(Topic::UnusedDatabases);
        body.push(heading(texts::brief_unused()));
        body.push(paragraph(texts::brief_unused_count(unused.len(), &self.listed(unused))));
        body.extend(self.changed());
        body.push(heading(texts::brief_decide()));
        body.push(paragraph(texts::brief_decide_count(
            count(Topic::Claims),
            count(Topic::OpenRequests),
            count(Topic::Differences),
            count(Topic::Incidents),
        )));
        body
    }

    /// Reuse in procedures; nothing where the brief is older than its measures.
    fn reuse(self) -> Option<Block> {
        let told = self.brief.situation.reuse.as_ref()?;
        if !told.measured {
            return Some(Block::Paragraph(self.say(&texts::brief_reuse_not_measured(told.offices))));
        }
        let month = told
            .month
            .split_once('-')
            .map_or_else(|| told.month.clone(), |(year, month)| format!("{month}/{year}"));
        let counts =
            texts::brief_reuse(&month, told.reused, told.applicable, told.re_asks, told.papers_asked);
        let offices = texts::brief_reuse_offices(told.offices_reporting, told.offices, told.droppable);
        Some(Block::Paragraph(format!("{} {}", self.say(&counts), self.say(&offices))))
    }

    /// Tasks of directives; nothing where there are none, or the brief is older than they are.
    fn tasks(self) -> Option<Block> {
        let told = self.brief.situation.tasks.as_ref().filter(|told| told.all > 0)?;
        let counts =
            texts::brief_tasks(told.all, told.done, told.overdue, told.due_soon, told.awaiting_review);
        // Names in sentences are the first to go where there is no room.
        let named = told.late.first().filter(|_| self.detail.2 > 0);
        let latest = named.map(|task| {
            let name = short(self.language.said(&task.text), SHORT_MAX);
            self.say(&texts::brief_task_latest(&name, task.days))
        });
        let told = [Some(self.say(&counts)), latest];
        Some(Block::Paragraph(told.into_iter().flatten().collect::<Vec<_>>().join(" ")))
    }

    /// What is most late, in a table.
    fn latest(self, topics: &[Topic]) -> Vec<Block> {
        let situation = &self.brief.situation;
        let of =
            |topic: &Topic| situation.items(*topic).iter().map(|item| (*topic, item)).collect::<Vec<_>>();
        let mut late: Vec<(Topic, &Item)> = topics.iter().flat_map(of).collect();
        late.sort_by_key(|(_, item)| (std::cmp::Reverse(item.days_late), item.id.clone()));
        let row = |(topic, item): &(Topic, &Item)| {
            let name = self.language.name(&item.name);
            let days = item.days_late.map_or_else(String::new, |days| days.to_string());
            let whose = self.language.agency(situation, item.agency.as_deref());
            let told = match topic {
                Topic::LateDuties => texts::late_duty(&name),
                Topic::LateRequests => texts::late_request(&name),
                _ => return vec![name, whose, days],
            };
            vec![self.say(&told), whose, days]
        };
        let rows: Vec<Vec<String>> = late.iter().take(self.detail.0).map(row).collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let left = late.len() - rows.len();
        let column = |head: Words, share, number| Column { head: self.say(&head), share, number };
        let columns = vec![
            column(texts::brief_what(), 9, false),
            column(texts::brief_whose(), 6, false),
            column(texts::brief_days_late(), 2, true),
        ];
        let mut blocks = vec![Block::Table(Table { columns, rows })];
        if left > 0 {
            blocks.push(Block::Paragraph(self.say(&texts::brief_more(left))));
        }
        blocks
    }

    /// The ministries and provinces with most of it.
    fn agencies(self) -> Vec<Block> {
        let groups: Vec<&Group> = self.brief.situation.agencies.iter().take(self.detail.1).collect();
        if groups.is_empty() {
            return Vec::new();
        }
        let row = |group: &&Group| {
            let count = |topic| group.counts.get(&topic).copied().unwrap_or_default().to_string();
            std::iter::once(self.language.group(group)).chain(Topic::BY_AGENCY.map(count)).collect()
        };
        let head = |topic: Topic| Column { head: self.say(&topic.head()), share: 3, number: true };
        let name = Column { head: self.say(&texts::brief_agency()), share: 8, number: false };
        let columns = std::iter::once(name).chain(Topic::BY_AGENCY.map(head)).collect();
        vec![Block::Table(Table { columns, rows: groups.iter().map(row).collect() })]
    }

    /// Names of the first few, behind a colon, and how many more there are.
    fn listed(self, items: &[Item]) -> String {
        let named = |item: &Item| {
            let name = short(&self.language.name(&item.name), SHORT_MAX);
            let Some(agency) = item.agency.as_deref() else { return name };
            let agency = self.language.agency(&self.brief.situation, Some(agency));
            format!("{name} ({})", short(&agency, SHORT_MAX))
        };
        let mut told: Vec<String> = items.iter().take(self.detail.2).map(named).collect();
        if told.is_empty() {
            return String::new();
        }
        let left = items.len() - told.len();
        if left > 0 {
            told.push(self.say(&texts::brief_others(left)));
        }
        format!(": {}", told.join("; "))
    }

    fn changed(self) -> Vec<Block> {
        let Some(before) = &self.brief.before else {
            return vec![
                Block::Heading(self.say(&texts::brief_changes())),
                Block::Paragraph(self.say(&texts::brief_first())),
            ];
        };
        let heading = texts::brief_changes_since(&before.id, &self.language.day(before.day));
        let parts: Vec<String> = self.brief.changes.iter().map(|change| self.change(change)).collect();
        let text = if parts.is_empty() {
            self.say(&texts::brief_unchanged())
        } else {
            format!("{}.", parts.join(". "))
        };
        vec![Block::Heading(self.say(&heading)), Block::Paragraph(text)]
    }

    fn change(self, change: &Change) -> String {
        let now = self.brief.situation.count(change.topic);
        let mut text = self.say(&texts::brief_change(&change.topic.words(), change.before, now));
        // Names are told of what a leader asks about by name; of the rest the count says enough.
        let named = matches!(
            change.topic,
            Topic::UsedDatabases
                | Topic::MetDuties
                | Topic::LateDatabases
                | Topic::LateDuties
                | Topic::UnusedDatabases
        );
        for (items, words) in [(&change.came, texts::brief_came()), (&change.went, texts::brief_went())] {
            let listed = self.listed(items);
            if named && !listed.is_empty() {
                text.push_str(&format!("; {}{listed}", self.say(&words)));
            }
        }
        text
    }
}
