//! Accounts of the demo nation: one for each role, each with a password made up on the way and, where its role asks for one, a secret
//! for one-time codes. They are nobody's.

use std::path::Path;

use exchange::clock;
use hub::people::totp;
use jiff::SignedDuration;
use operate::client::{HubClient, Officer, write_private};
use operate::trouble::Trouble;
use serde::Serialize;
use serde_json::{Value, json};

use crate::processes::step;
use crate::texts;

/// Name, person, role, agency; of the hub without one.
const PEOPLE: [(&str, &str, &str, Option<&str>); 18] = [
    ("lan-g01", "Nguyễn Thị Lan", "data_officer", Some("VN/GOV/G01")),
    ("hoa-g15", "Trần Thị Hòa", "data_officer", Some("VN/GOV/G15")),
    ("tuan-g03", "Lê Anh Tuấn", "data_officer", Some("VN/GOV/G03")),
    ("minh-g01", "Phạm Quang Minh", "compliance_officer", Some("VN/GOV/G01")),
    ("thu-g15", "Vũ Thị Thu", "steward", Some("VN/GOV/G15")),
    ("nam-h05", "Đỗ Hoài Nam", "engineer", Some("VN/LOC/H05")),
    ("khoa-g03", "Bùi Đăng Khoa", "engineer", Some("VN/GOV/G03")),
    ("an-g15", "Hoàng Bình An", "creator", Some("VN/GOV/G15")),
    ("binh-h05", "Ngô Thanh Bình", "innovator", Some("VN/LOC/H05")),
    ("cuc-xa", "Đặng Thị Cúc", "commune_contact", Some("VN/LOC/H05.101")),
    ("dung-g01", "Lý Tiến Dũng", "administrator", Some("VN/GOV/G01")),
    ("giang-tt", "Đinh Hương Giang", "hub_officer", None),
    ("huong-tt", "Mai Thu Hương", "architect", None),
    ("long-tt", "Cao Thành Long", "operator", None),
    ("kim-tt", "Tạ Thị Kim", "auditor", None),
    ("phuc-tt", "Hồ Vĩnh Phúc", "administrator", None),
    ("son-tt", "Trịnh Hồng Sơn", "leader", None),
    ("yen-g01", "Phan Hải Yến", "leader", Some("VN/GOV/G01")),
];

/// An account, with all that signs in to it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// Who it is of.
    pub(crate) person: String,
    pub(crate) role: String,
    /// The agency; none: the hub.
    pub(crate) agency: Option<String>,
    pub(crate) password: String,
    /// The address that an authenticator reads, where the account has one-time codes.
    pub(crate) totp: Option<String>,
    /// The file for `--officer`: signed in already.
    pub(crate) officer_file: String,
}

/// Makes the accounts, signs each in, and leaves a file for each in `state/officers`.
pub(crate) async fn hire(
    state: &Path,
    officer: &Officer,
    client: &HubClient,
) -> Result<Vec<Person>, Trouble> {
    let folder = state.join("officers");
    trust::file::create_private_folder(&folder).map_err(|error| step("officers", &error.to_string()))?;
    let mut people = Vec::new();
    for (name, person, role, agency) in PEOPLE {
        let account =
            json!({ "name": name, "person": person, "type": "operator", "roles": [role], "agency": agency });
        let asked = json!({ "account": account, "reason": texts::demo_nation().both() });
        let answer = client.post("api/v1/accounts", &asked).await?;
        let invitation = text(&answer, "invitation");
        let stranger = HubClient::of(&Officer { token: None, ..officer.clone() })?;
        let welcome = stranger.post("api/v1/enrolment", &json!({ "invitation": invitation })).await?;
        let totp = (welcome.get("needs_code") == Some(&Value::Bool(true))).then(|| text(&welcome, "totp"));
        let password = password();
        // A code counts once. The one of half a minute ago is still good, and leaves that of now for signing in.
        let code = |ago: i64| {
            totp.as_ref()
                .map(|totp| totp::code(totp, clock::now() - SignedDuration::from_secs(ago)))
                .transpose()
        };
        let enrolling = json!({ "invitation": invitation, "password": password, "code": code(30)? });
        stranger.put("api/v1/enrolment", &[], &enrolling).await?;
        let signing_in = json!({ "name": name, "password": password, "code": code(0)?, "token": true });
        let session = stranger.post("api/v1/session", &signing_in).await?;
        let path = folder.join(format!("{name}.json"));
        Officer { token: Some(text(&session, "token")), account: Some(name.to_owned()), ..officer.clone() }
            .write(&path)?;
        people.push(Person {
            name: name.to_owned(),
            person: person.to_owned(),
            role: role.to_owned(),
            agency: agency.map(str::to_owned),
            password,
            totp,
            officer_file: path.display().to_string(),
        });
    }
    write_private(&state.join("accounts.json"), &serde_json::to_vec_pretty(&people).unwrap_or_default())?;
    Ok(people)
}

fn text(answer: &Value, member: &str) -> String {
    answer.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Five words of a syllable and a number each: long enough for every role, and easy to type.
fn password() -> String {
    const SYLLABLES: [&str; 16] = [
        "sen", "mai", "lan", "tre", "song", "nui", "bien", "trang", "sao", "gio", "may", "nang", "mua",
        "lua", "chim", "cau",
    ];
    let random = trust::signer::random::<8>();
    let words = random.chunks(2).map(|pair| {
        let (syllable, number) =
            (pair.first().copied().unwrap_or_default(), pair.last().copied().unwrap_or_default());
        format!("{}{number}", SYLLABLES.get(usize::from(syllable % 16)).unwrap_or(&"sen"))
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use hub::audit::right::Role;

    use super::*;

    #[test]
    fn every_role_is_held_and_passwords_are_long() {
        let held: Vec<Value> = PEOPLE.iter().map(|(_, _, role, _)| json!(role)).collect();
        assert!(Role::ALL.iter().all(|role| held.contains(&json!(role))));
        let made = password();
        assert!(made.chars().count() >= 15 && made != password(), "{made}");
    }
}
