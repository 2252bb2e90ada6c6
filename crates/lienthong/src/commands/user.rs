//! `lienthong user`, `login`, `logout`: accounts and signing in.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use model::fault::{Fault, Words};
use model::id::encode_part;
use operate::client::{HubClient, Officer};
use operate::registry::items;
use operate::trouble::Trouble;
use serde_json::{Value, json};

use crate::cli::{Format, Login, User, UserType};
use crate::language::Told as _;
use crate::output::{print, print_words, say};
use crate::texts;

/// Runs one command.
pub(super) async fn run(command: User) -> Result<ExitCode, Trouble> {
    match command {
        User::Add { officer, name, person, kind, agency, role, subject, out, reason } => {
            let own = Officer::read(&officer.path)?;
            check_free(&out)?;
            let account = json!({ "name": name, "person": person, "type": word(kind), "agency": agency, "roles": role, "subject": subject });
            let asked = json!({ "account": account, "reason": reason });
            let answer = HubClient::of(&own)?.post("api/v1/accounts", &asked).await?;
            hand_over(&own, &name, &answer, &out)?;
        }
        User::Enrol { invitation, out } => enrol(&invitation, &out).await?,
        User::Password { officer } => change_password(&officer.path).await?,
        User::List { officer, output } => list(&HubClient::at(&officer.path)?, output).await?,
        User::Roles { officer, name, role, reason } => {
            let client = HubClient::at(&officer.path)?;
            let path = format!("api/v1/accounts/{}", encode_part(&name));
            let mut account = client.get(&path).await?.get("account").cloned().unwrap_or_default();
            if let Some(members) = account.as_object_mut() {
                members.insert("roles".to_owned(), json!(role));
            }
            client.put(&path, &[], &json!({ "account": account, "reason": reason })).await?;
            print_words(&texts::roles_changed(&name));
        }
        User::Disable { officer, name, reason } => {
            act(&officer.path, &name, "disable", &reason).await?;
            print_words(&texts::disabled(&name));
        }
        User::Renew { officer, name, out, reason } => {
            let own = Officer::read(&officer.path)?;
            check_free(&out)?;
            let answer = act(&officer.path, &name, "renew", &reason).await?;
            hand_over(&own, &name, &answer, &out)?;
        }
        User::Review { officer, name, reason } => {
            act(&officer.path, &name, "review", &reason).await?;
            print_words(&texts::confirmed(&name));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn word(kind: UserType) -> &'static str {
    match kind {
        UserType::Admin => "admin",
        UserType::Operator => "operator",
        UserType::Technical => "technical",
        UserType::Service => "service",
    }
}

async fn act(officer: &Path, name: &str, verb: &str, reason: &str) -> Result<Value, Trouble> {
    let path = format!("api/v1/accounts/{}/{verb}", encode_part(name));
    HubClient::at(officer)?.post(&path, &json!({ "reason": reason })).await
}

/// Before a secret is made: what is shown once must have a place.
fn check_free(out: &Path) -> Result<(), Fault> {
    if out.exists() {
        let why = texts::file_already();
        return Err(Fault::FileFailed { path: out.display().to_string(), why });
    }
    Ok(())
}

/// Writes what somebody needs who was given an account.
fn hand_over(own: &Officer, name: &str, answer: &Value, out: &Path) -> Result<(), Fault> {
    let text = |member: &str| answer.get(member).and_then(Value::as_str).map(str::to_owned);
    let (token, invitation) = (text("token"), text("invitation"));
    let invited = invitation.is_some();
    let file = Officer {
        hub: own.hub.clone(),
        authority: own.authority.clone(),
        device: None,
        token,
        account: Some(name.to_owned()),
        invitation,
    };
    file.write(out)?;
    let out = out.display();
    print_words(&texts::account_made(name, &out));
    if invited {
        say(&format!("{}: lienthong user enrol --invitation {out} --out {name}.json", texts::next().told()));
    }
    Ok(())
}

async fn list(client: &HubClient, output: Format) -> Result<(), Trouble> {
    let found = items(client, "api/v1/accounts").await?;
    if output == Format::Json {
        print(&json!({ "items": found }).to_string());
        return Ok(());
    }
    for item in found {
        let account = item.get("account").cloned().unwrap_or_default();
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let agency = text(&account, "agency").unwrap_or_else(|| texts::the_hub().told());
        let roles: Vec<&str> = account
            .get("roles")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let review = match item.get("must_be_reviewed") {
            Some(Value::Bool(true)) => format!("  {}", texts::to_be_reviewed().told()),
            _ => String::new(),
        };
        print(&format!(
            "{}  {agency}  {}  {}{review}",
            text(&account, "name").unwrap_or_default(),
            text(&item, "state").unwrap_or_default(),
            roles.join(",")
        ));
    }
    Ok(())
}

async fn enrol(invitation: &Path, out: &Path) -> Result<(), Trouble> {
    let invited = Officer::read(invitation)?;
    check_free(out)?;
    let missing = || Fault::bad_settings(invitation.display(), texts::no_invitation());
    let code = invited.invitation.clone().ok_or_else(missing)?;
    let client = HubClient::of(&invited)?;
    let welcome = client.post("api/v1/enrolment", &json!({ "invitation": code })).await?;
    let totp = welcome.get("totp").and_then(Value::as_str).unwrap_or_default();
    say(&format!("{}:\n{totp}", texts::one_time_codes().told()));
    let needs = welcome.get("needs_code") == Some(&json!(true));
    let password = ask_secret(&texts::new_password())?;
    let digits = ask(&if needs { texts::six_digits() } else { texts::six_digits_or_none() })?;
    let body = json!({ "invitation": code, "password": password, "code": digits });
    client.put("api/v1/enrolment", &[], &body).await?;
    let file = Officer { invitation: None, token: None, ..invited };
    file.write(out)?;
    print_words(&texts::password_set(out.display()));
    Ok(())
}

async fn change_password(path: &Path) -> Result<(), Trouble> {
    let officer = Officer::read(path)?;
    let name = account_of(&officer, path)?;
    let password = ask_secret(&texts::password_now())?;
    let code = ask(&texts::six_digits_or_none())?;
    let new = ask_secret(&texts::new_password())?;
    let device = officer.device.clone();
    let client = HubClient::of(&Officer { token: None, ..officer })?;
    let body =
        json!({ "name": name, "password": password, "code": code, "new_password": new, "device": device });
    client.put("api/v1/password", &[], &body).await?;
    print_words(&texts::password_changed());
    Ok(())
}

fn account_of(officer: &Officer, path: &Path) -> Result<String, Fault> {
    officer.account.clone().ok_or_else(|| Fault::bad_settings(path.display(), texts::no_account()))
}

/// `lienthong login`: keeps the session's token in the officer's file.
pub(super) async fn login(login: &Login) -> Result<ExitCode, Trouble> {
    let path = &login.officer.path;
    let officer = Officer::read(path)?;
    let name = match &login.name {
        Some(name) => name.clone(),
        None => account_of(&officer, path)?,
    };
    let password = ask_secret(&texts::password())?;
    let client = HubClient::of(&Officer { token: None, ..officer.clone() })?;
    let body = |code: Option<String>| json!({ "name": name, "password": password, "code": code, "token": true, "device": officer.device });
    let mut answer = client.post("api/v1/session", &body(None)).await;
    if answer.as_ref().is_err_and(|trouble| trouble.code() == "LT-7118") {
        let code = ask(&texts::six_digits())?;
        answer = client.post("api/v1/session", &body(Some(code))).await;
    }
    let answer = answer?;
    let text = |member: &str| answer.get(member).and_then(Value::as_str).map(str::to_owned);
    let ends = text("ends").unwrap_or_default();
    Officer { token: text("token"), device: text("device"), account: Some(name.clone()), ..officer }
        .rewrite(path)?;
    print_words(&texts::signed_in(&name, &ends));
    Ok(ExitCode::SUCCESS)
}

/// `lienthong logout`: the token counts no more, and leaves the file.
pub(super) async fn logout(path: &Path) -> Result<ExitCode, Trouble> {
    let officer = Officer::read(path)?;
    HubClient::of(&officer)?.delete("api/v1/session").await?;
    Officer { token: None, ..officer }.rewrite(path)?;
    print_words(&texts::signed_out());
    Ok(ExitCode::SUCCESS)
}

/// A secret from the keyboard, unseen; or a line of standard input.
fn ask_secret(prompt: &Words) -> Result<String, Fault> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password(format!("{}: ", prompt.told()))
            .map_err(|error| unreadable(&error));
    }
    ask(prompt)
}

fn ask(prompt: &Words) -> Result<String, Fault> {
    if std::io::stdin().is_terminal() {
        say(&format!("{}: ", prompt.told()));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| unreadable(&error))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn unreadable(error: &std::io::Error) -> Fault {
    Fault::FileFailed { path: "stdin".into(), why: Words::quoted(error) }
}
