//! Papers of requests that are kept: of each the last file, of a form that can be looked at and not run, sealed with the hub's own key.
//! The two agencies of a request and the hub that decides it read them and nobody else, each reading is in the audit trail, and some time
//! after the request has ended they go.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use model::fault::Fault;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use trust::sealed::Sealer;
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;

use super::{Action, Request, act, not_so, not_there, sides};
use crate::audit::change::{Act, AuditContext, note};
use crate::store::{Tx, all, optional, run};
use crate::texts;

/// Largest file. In base64 it fits into a body with one thing.
pub(crate) const FILE_MAX: usize = 2 * 1024 * 1024;
/// What an agency's requests keep at most.
const AGENCY_MAX: i64 = 512 * 1024 * 1024;
/// Longest name of a file, in characters.
const NAME_MAX: usize = 120;
/// How long papers are kept behind the last act on a request that has ended.
const KEPT: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);
/// Papers that go in one transaction.
const AT_ONCE: i64 = 200;
/// What they are among the things that the trail tells of.
pub(crate) const KIND: &str = "Paper";

/// A paper's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PaperFile {
    /// The number of the act that it was handed in by.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// What it is: application/pdf, image/png, image/jpeg, or application/vnd.openxmlformats-officedocument.wordprocessingml.document.
    pub media: String,
    /// Its bytes.
    pub bytes: i64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
}

/// A paper that is handed in with its file.
pub(crate) struct Handing {
    /// Which.
    pub(crate) paper: String,
    /// What is said to it.
    pub(crate) text: String,
    /// The name of its file.
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// What a file is, by what it begins with: nobody's word counts. Of archives only a document is taken, and no macros.
fn media(content: &[u8]) -> Option<&'static str> {
    let holds = |part: &[u8]| content.windows(part.len()).any(|window| window == part);
    match content {
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'P', b'K', 3, 4, ..] if holds(b"word/document.xml") && !holds(b"vbaProject.bin") => {
            Some("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
        }
        _ => None,
    }
}

/// The endings of names of files of a form, the usual one first.
fn endings(media: &str) -> &'static [&'static str] {
    match media {
        "application/pdf" => &["pdf"],
        "image/png" => &["png"],
        "image/jpeg" => &["jpg", "jpeg"],
        _ => &["docx"],
    }
}

/// A name without folders and without what no name of a file has, with the ending of its form: by an ending a double click decides what to
/// do with a file, and what begins as a PDF may be a script as well.
fn named(name: &str, media: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept =
        last.nfc().filter(|c| !c.is_control() && !model::text::is_hidden(*c) && !"\"<>|:*?;".contains(*c));
    let name: String = kept.take(NAME_MAX).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let endings = endings(media);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    if ending.is_some_and(|ending| endings.contains(&ending.as_str())) {
        return name.to_owned();
    }
    let name = if name.is_empty() { "giay-to" } else { name };
    let ending = endings.first().copied().unwrap_or_default();
    let kept: String = name.chars().take(NAME_MAX.saturating_sub(ending.len() + 1)).collect();
    format!("{kept}.{ending}")
}

/// By what a file is sealed: what is put into another's place does not open.
fn place(request: &str, number: i64, sha256: &str) -> String {
    format!("{KIND} {request} {number} {sha256}")
}

/// Hands a paper in with its file, which takes the place of the one before.
///
/// # Errors
/// As [`act`]; [`Fault::Contradictory`] if it is too large or of another form, or if the agency keeps too much.
pub(crate) async fn hand_in(
    tx: &mut Tx,
    secrets: &Sealer,
    id: &str,
    handing: Handing,
    context: &AuditContext,
) -> Result<Request, Fault> {
    let Handing { paper, text, name, content } = handing;
    // A file of no form is refused below, behind the question who hands it in.
    let form = media(&content);
    let (name, sha256) = (named(&name, form.unwrap_or_default()), trust::hex(&Sha256::digest(&content)));
    let said =
        format!("{}{}{name}, SHA-256 {sha256}", text.trim(), if text.trim().is_empty() { "" } else { "; " });
    let mut request = act(tx, id, &Action::Paper { paper: paper.clone(), text: said }, context).await?;
    let bytes = i64::try_from(content.len()).unwrap_or(i64::MAX);
    if content.is_empty() || content.len() > FILE_MAX {
        return Err(not_so(&request, texts::paper_too_large(FILE_MAX / (1024 * 1024))));
    }
    let media = form.ok_or_else(|| not_so(&request, texts::paper_form()))?;
    let applicant = request.applicant.as_str();
    let kept: Option<(Option<i64>,)> = optional!(
        tx,
        "SELECT CAST(SUM(p.bytes) AS BIGINT) FROM request_paper p JOIN request r ON r.id = p.request WHERE r.applicant = $1" => applicant
    )?;
    if kept.and_then(|(kept,)| kept).unwrap_or_default() + bytes > AGENCY_MAX {
        return Err(not_so(&request, texts::papers_too_many(AGENCY_MAX / (1024 * 1024))));
    }
    let number = request.acts.last().map_or(1, |last| last.number);
    let sealed = secrets.seal_bytes(&content, &place(id, number, &sha256));
    run!(
        tx,
        "INSERT INTO request_paper (request, number, paper, name, media, bytes, sha256, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        => id, number, &paper, &name, media, bytes, &sha256, sealed
    )?;
    request.keep_files(&files(tx, id).await?);
    Ok(request)
}

/// Lets go of a paper's file: the paper was handed in anew, and what it is now is said by that act.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(super) async fn forget(tx: &mut Tx, id: &str, paper: &str) -> Result<(), Fault> {
    run!(tx, "DELETE FROM request_paper WHERE request = $1 AND paper = $2" => id, paper)?;
    Ok(())
}

/// The files of a request, by the numbers of the acts that they came with.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(super) async fn files(tx: &mut Tx, id: &str) -> Result<BTreeMap<i64, PaperFile>, Fault> {
    let rows: Vec<(i64, String, String, i64, String)> =
        all!(tx, "SELECT number, name, media, bytes, sha256 FROM request_paper WHERE request = $1" => id)?;
    let file =
        |(number, name, media, bytes, sha256)| (number, PaperFile { number, name, media, bytes, sha256 });
    Ok(rows.into_iter().map(file).collect())
}

/// A paper's file, for one of those who act in its request; that it was read is in the trail.
///
/// # Errors
/// [`Fault::NotInRegistry`] for others as well, [`Fault::StoreFailed`].
pub(crate) async fn read(
    tx: &mut Tx,
    secrets: &Sealer,
    (request, number): (&Request, i64),
    context: &AuditContext,
) -> Result<(PaperFile, Vec<u8>), Fault> {
    let id = request.id.as_str();
    let gone = || not_there(&format!("{id}/{number}"));
    if sides(request, &context.officer).is_empty() {
        return Err(gone());
    }
    let file = files(tx, id).await?.remove(&number).ok_or_else(gone)?;
    let row: Option<(String,)> = optional!(
        tx,
        "SELECT sealed FROM request_paper WHERE request = $1 AND number = $2" => id, number
    )?;
    let (sealed,) = row.ok_or_else(gone)?;
    let opened = secrets.open_bytes(&sealed, &place(id, number, &file.sha256));
    let content = opened.map_err(|error| Fault::StoreFailed { why: error.to_string() })?;
    note(tx, context, Act::Read, (KIND, &format!("{id}/{number}")), None, None).await?;
    Ok((file, content))
}

/// Lets go of what belongs to requests that ended long ago.
///
/// # Errors
/// [`Fault::StoreFailed`].
pub(crate) async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
    let rows: Vec<(String, i64)> = all!(
        tx,
        "SELECT p.request, p.number FROM request_paper p JOIN request r ON r.id = p.request
         WHERE r.state NOT IN ('open', 'returned') AND (SELECT MAX(a.at) FROM request_act a WHERE a.request = r.id) < $1
         ORDER BY p.request, p.number LIMIT $2" => (now - KEPT).to_string(), AT_ONCE
    )?;
    for (request, number) in rows {
        run!(tx, "DELETE FROM request_paper WHERE request = $1 AND number = $2" => &request, number)?;
        let context = AuditContext::of_the_hub("hub", texts::papers_kept_no_longer().vi(), now);
        note(tx, &context, Act::Removed, (KIND, &format!("{request}/{number}")), None, None).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_what_they_begin_with_and_names_lead_nowhere() {
        for (content, is) in [
            (&b"%PDF-1.7 "[..], Some("application/pdf")),
            (b"\x89PNG\r\n\x1a\nxx", Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"<html>", None),
            (b"MZ\x90", None),
            (b"PK\x03\x04xl/workbook.xml", None),
            (b"PK\x03\x04word/document.xml word/vbaProject.bin", None),
            (b"", None),
        ] {
            assert_eq!(media(content), is, "{content:?}");
        }
        assert!(
            media(b"PK\x03\x04 word/document.xml").is_some_and(|media| media.contains("wordprocessingml"))
        );
        for (name, is) in [
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\a\\công văn 12.pdf", "công văn 12.pdf"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie x.pdf"),
            ("\u{202e}fdp.exe", "fdp.exe.pdf"),
            ("\"", "giay-to.pdf"),
            ("...", "giay-to.pdf"),
        ] {
            assert_eq!(named(name, "application/pdf"), is);
        }
        assert_eq!(named(&"x".repeat(500), "application/pdf").chars().count(), NAME_MAX);
    }

    #[test]
    fn a_name_ends_as_files_of_its_form_do_whatever_it_was_called() {
        let docx = media(b"PK\x03\x04 word/document.xml").unwrap();
        let forms = [
            ("application/pdf", &["pdf"][..]),
            ("image/png", &["png"]),
            ("image/jpeg", &["jpg", "jpeg"]),
            (docx, &["docx"]),
        ];
        let foreign = ["bat", "cmd", "hta", "lnk", "exe", "js", "html", "svg", "docm"];
        let own = forms.iter().flat_map(|(_, endings)| endings.iter().copied());
        let all: Vec<&str> = own.chain(foreign).collect();
        for (form, endings) in forms {
            for ending in &all {
                let upper = ending.to_uppercase();
                for called in [
                    format!("cong-van.{ending}"),
                    format!("cong-van.{upper}"),
                    format!("cong-van.{ending}. "),
                    format!("cong-van.{ending}\u{200b}"),
                    format!(".{ending}"),
                    format!("{}.{ending}", "x".repeat(NAME_MAX - 2)),
                ] {
                    let named = named(&called, form);
                    let last = named.rsplit('.').next().unwrap().to_lowercase();
                    assert!(endings.contains(&last.as_str()), "{form}: {called} became {named}");
                    assert!(named.chars().count() <= NAME_MAX, "{named}");
                }
                let same = format!("cong-van.{upper}");
                assert_eq!(named(&same, form) == same, endings.contains(ending), "{form}: {same}");
            }
        }
    }

    #[test]
    fn a_file_comes_back_at_its_own_place_only() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Sealer::open_or_create(&folder.path().join("a.key")).unwrap();
        let content = [0_u8, 159, 255, 1].repeat(1000);
        let sealed = secrets.seal_bytes(&content, &place("YC-1", 3, "ab"));
        assert_eq!(secrets.open_bytes(&sealed, &place("YC-1", 3, "ab")).unwrap(), content);
        for other in [place("YC-2", 3, "ab"), place("YC-1", 4, "ab"), place("YC-1", 3, "ac")] {
            assert!(secrets.open_bytes(&sealed, &other).is_err());
        }
    }
}
