//! What the demo nation's officers do: requests in every step of their way, each brought there by the people whose turn it was, and a
//! planned outage.

use std::time::Duration;

use jiff::{SignedDuration, ToSpan as _};
use model::time::day_in_viet_nam;
use operate::client::{HubClient, Officer};
use operate::trouble::Trouble;
use serde::Serialize;
use serde_json::{Value, json};

use crate::desk::{Call, Desk};
use crate::measuring::Measuring;
use crate::people::Person;
use crate::processes::step;
use crate::registry::{COMMUNE_DESK, PROVINCE_DESK};
use crate::tally::Tally;
use crate::texts;
use crate::world::World;

/// Longest wait for figures to reach the hub.
const REPORTED: Duration = Duration::from_secs(20);
/// Longest wait for measurements: some seconds of work, on a machine that others use as well.
const MEASURED: Duration = Duration::from_secs(60);

/// A request as it is asked, and what is then done with it.
struct Story {
    who: &'static str,
    kind: &'static str,
    client: &'static str,
    service: &'static str,
    purpose: &'static str,
    basis: &'static str,
    fields: &'static [&'static str],
    duty: Option<&'static str>,
    statement: &'static str,
    /// Who does what; `call` is a test call.
    acts: &'static [(&'static str, &'static str, &'static str)],
}

const ONE: Story = Story {
    who: "nam-h05",
    kind: "on_request",
    client: PROVINCE_DESK,
    service: "VN/GOV/G03/giao-duc/hoc-sinh",
    purpose: "nhap-hoc",
    basis: "nq-66.7-2025",
    fields: &["so_dinh_danh", "lop", "nam_hoc"],
    duty: None,
    statement: "Xác nhận nơi học khi giải quyết trợ cấp",
    acts: &[],
};

/// One for each step, and one for each way to end.
const STORIES: [Story; 9] = [
    ONE,
    Story {
        service: "VN/GOV/G15/ho-tich/khai-tu",
        purpose: "tro-cap-tuat",
        fields: &["so_khai_tu", "so_dinh_danh", "ngay_mat"],
        statement: "Giải quyết trợ cấp tuất",
        acts: &[("hoa-g15", "do", "content")],
        ..ONE
    },
    Story {
        who: "khoa-g03",
        client: "VN/GOV/G03/giao-duc",
        service: "VN/GOV/G01/dan-cu/nguoi",
        purpose: "nhap-hoc",
        fields: &["so_dinh_danh", "ho_ten", "ngay_sinh", "thuong_tru_ma"],
        statement: "Lập danh sách trẻ vào lớp 1",
        acts: &[("lan-g01", "do", "content"), ("giang-tt", "do", "technique")],
        ..ONE
    },
    Story {
        service: "VN/GOV/G01/dan-cu/giay-phep-lai-xe",
        purpose: "doi-gplx",
        fields: &["so_gplx", "hang", "ngay_cap", "ngay_het_han"],
        statement: "Đổi giấy phép lái xe tại Trung tâm Phục vụ hành chính công",
        acts: &[
            ("lan-g01", "do", "content"),
            ("giang-tt", "do", "technique"),
            ("nam-h05", "do", "ready"),
            ("nam-h05", "call", ""),
        ],
        ..ONE
    },
    Story {
        who: "cuc-xa",
        client: COMMUNE_DESK,
        service: "VN/GOV/G01/dan-cu/giay-phep-lai-xe",
        purpose: "cu-tru",
        basis: "nd-70-2024",
        fields: &["so_gplx", "hang"],
        statement: "Cập nhật địa chỉ trên giấy phép khi đổi nơi thường trú",
        acts: &[
            ("lan-g01", "do", "content"),
            ("giang-tt", "do", "technique"),
            ("cuc-xa", "do", "ready"),
            ("cuc-xa", "call", ""),
            ("cuc-xa", "do", "minutes"),
            ("lan-g01", "do", "minutes_owner"),
            ("cuc-xa", "paper", "security_confirmation"),
        ],
        ..ONE
    },
    Story {
        who: "cuc-xa",
        kind: "automatic",
        client: COMMUNE_DESK,
        service: "VN/GOV/G15/ho-tich/ket-hon",
        purpose: "trich-luc",
        fields: &["so_ket_hon", "chong_so_dinh_danh", "vo_so_dinh_danh", "ngay_dang_ky"],
        duty: Some("ket-hon-cho-mot-cua"),
        statement: "Cấp bản sao trích lục kết hôn",
        acts: &[
            ("cuc-xa", "do", "ready"),
            ("cuc-xa", "call", ""),
            ("cuc-xa", "do", "minutes"),
            ("hoa-g15", "do", "minutes_owner"),
            ("cuc-xa", "paper", "security_confirmation"),
            ("hoa-g15", "do", "rules"),
            ("giang-tt", "do", "go"),
        ],
        ..ONE
    },
    Story {
        who: "binh-h05",
        kind: "special",
        service: "VN/GOV/G01/dan-cu/nguoi",
        purpose: "xac-nhan-hon-nhan",
        fields: &["ngay_sinh", "que_quan_ma"],
        statement: "Huấn luyện mô hình dự báo nhu cầu trường lớp",
        acts: &[("lan-g01", "refuse", "content")],
        ..ONE
    },
    Story {
        fields: &["so_dinh_danh", "ho_ten", "ngay_sinh", "dia_chi", "truong_ten", "lop"],
        acts: &[("tuan-g03", "return", "")],
        ..ONE
    },
    Story { acts: &[("nam-h05", "withdraw", "")], ..ONE },
];

/// Where a request has come to, for the JSON of the demo.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Came {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) state: String,
    /// The step it is at, or was at when it ended.
    pub(crate) step: String,
}

pub(crate) async fn play(world: &mut World, tally: &mut Tally) -> Result<Vec<Came>, Trouble> {
    let people = world.people.clone();
    let mut came = Vec::new();
    for story in &STORIES {
        came.push(tell(world, &people, tally, story).await?);
    }
    announce(&people).await?;
    Ok(came)
}

fn client(people: &[Person], name: &str) -> Result<HubClient, Trouble> {
    let person = people.iter().find(|person| person.name == name).ok_or_else(|| step("officer", name))?;
    Ok(HubClient::of(&Officer::read(person.officer_file.as_ref())?)?)
}

async fn tell(
    world: &mut World,
    people: &[Person],
    tally: &mut Tally,
    story: &Story,
) -> Result<Came, Trouble> {
    let today = day_in_viet_nam(exchange::clock::now());
    let asked = json!({ "asking": {
        "type": story.kind, "mode": "query", "client": story.client, "service": story.service,
        "uses": [{ "purpose": story.purpose, "basis": story.basis }], "fields": story.fields, "per_second": 20,
        "volume": texts::volume(200).both(), "valid_to": today.saturating_add(1.year()),
        "statement": story.statement, "duty": story.duty,
    } });
    let mut answer = client(people, story.who)?.post("api/v1/requests", &asked).await?;
    let request = |answer: &Value, member: &str| {
        answer.pointer(&format!("/request/{member}")).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let id = request(&answer, "id");
    for (who, act, part) in story.acts {
        if *act == "call" {
            let revision = answer.get("revision").and_then(Value::as_u64).unwrap_or_default();
            world.wait_for_directory(revision).await?;
            test_call(world, people, tally, story, &id).await?;
            continue;
        }
        let which = if *act == "paper" { "paper" } else { "part" };
        let mut doing = json!({ "act": act, "text": said(act, part) });
        if let (false, Some(members)) = (part.is_empty(), doing.as_object_mut()) {
            members.insert(which.to_owned(), json!(part));
            if *act == "refuse" {
                // An owner who refuses names the law.
                members.insert("basis".to_owned(), json!("Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15"));
            }
        }
        answer = client(people, who)?.post(&format!("api/v1/requests/{id}/acts"), &doing).await?;
    }
    Ok(Came {
        kind: story.kind.to_owned(),
        state: request(&answer, "state"),
        step: request(&answer, "step"),
        id,
    })
}

fn said(act: &str, part: &str) -> &'static str {
    match (act, part) {
        ("refuse", _) => "Không có căn cứ để giao dữ liệu cá nhân cho mục đích này",
        ("return", _) => "Xin nhiều trường hơn mức cần: bỏ địa chỉ, tên trường",
        ("withdraw", _) => "Không còn cần",
        ("paper", _) => "Cấp độ 3, số 12/XN, 25/11/2026",
        (_, "minutes" | "minutes_owner") => "Biên bản kiểm thử số 7/BB",
        (_, "rules") => "Quy chế phối hợp số 3/QC, SLA 99,5 %",
        _ => "Đồng ý",
    }
}

/// A test call by the trial grant, and the wait until the hub has seen it.
async fn test_call(
    world: &World,
    people: &[Person],
    tally: &mut Tally,
    story: &Story,
    id: &str,
) -> Result<(), Trouble> {
    let desk: &Desk = if story.client == COMMUNE_DESK { &world.commune } else { &world.province };
    let began = std::time::Instant::now();
    let call =
        Call { service: story.service, path: "?limit=1", purpose: "kiem-thu", dossier: id, body: None };
    let reply = desk.call(call).await?;
    if !reply.status.is_success() {
        return Err(step(id, &format!("{} {}", reply.status, reply.json)).into());
    }
    tally.times.push(reply.took);
    let client = client(people, story.who)?;
    while began.elapsed() < REPORTED {
        let seen = client.get(&format!("api/v1/requests/{id}")).await?;
        let steps = seen.get("steps").and_then(Value::as_array).cloned().unwrap_or_default();
        if steps.iter().any(|step| step.pointer("/lacking/test_call") == Some(&Value::Bool(false))) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(step(id, "the hub has not seen the test call").into())
}

/// An outage that is announced in good time.
async fn announce(people: &[Person]) -> Result<(), Trouble> {
    let from = exchange::clock::now() + SignedDuration::from_hours(24 * 21);
    let asked = json!({
        "service": "VN/GOV/G10/dat-dai/thua-dat", "why": "planned", "from": from, "to": from + SignedDuration::from_hours(4),
        "reason": texts::server_renewed().both(),
    });
    client(people, "giang-tt")?.post("api/v1/suspensions", &asked).await?;
    Ok(())
}

/// Those who lead have a brief made: one before the day and one after it show what the day has changed.
pub(crate) async fn brief(world: &World) -> Result<(), Trouble> {
    for name in ["son-tt", "yen-g01"] {
        let asked = json!({ "reason": texts::weekly_meeting().vi() });
        client(&world.people, name)?.post("api/v1/briefs", &asked).await?;
    }
    Ok(())
}

/// Two ministries say how they stand, as they see it, and all are assessed.
pub(crate) async fn assess(world: &World) -> Result<(), Trouble> {
    let reason = texts::monthly_report().both();
    for (name, agency, criterion, value) in [
        ("lan-g01", "VN/GOV/G01", "gan-tu-dien", "100 %"),
        ("lan-g01", "VN/GOV/G01", "du", "100 %"),
        ("lan-g01", "VN/GOV/G01", "nghia-vu-co-khai-thac", "100 %"),
        ("hoa-g15", "VN/GOV/G15", "can-cu-phap-ly", "100 %"),
        ("hoa-g15", "VN/GOV/G15", "so-co-quan-khai-thac", "5"),
    ] {
        let claim = json!({ "family": "lienthong-30", "criterion": criterion, "agency": agency, "value": value, "reason": reason });
        client(&world.people, name)?.post("api/v1/assessments/claims", &claim).await?;
    }
    let asked = json!({ "reason": texts::weekly_meeting().both() });
    client(&world.people, "giang-tt")?.post("api/v1/assessments/run", &asked).await?;
    Ok(())
}

/// Waits until all datasets were measured and the hub has heard of it. Where that takes too long the day ends without: what was not measured
/// is told as that.
pub(crate) async fn quality(world: &World) -> Result<(), Trouble> {
    let (client, began) = (world.officer()?, std::time::Instant::now());
    while began.elapsed() < MEASURED {
        let datasets = client.get("api/v1/quality?level=dataset").await?;
        let datasets = datasets.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_measured = |one: &&Value| one.get("datasets_measured").and_then(Value::as_u64) == Some(1);
        if datasets.iter().filter(is_measured).count() >= Measuring::datasets() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Waits until every node has reported once more, so that the hub's figures are those of the whole day.
pub(crate) async fn figures(world: &World) -> Result<(), Trouble> {
    let (client, since, began) = (world.officer()?, exchange::clock::now(), std::time::Instant::now());
    while began.elapsed() < REPORTED {
        let live = client.get("api/v1/usage/live").await?;
        let nodes = live.get("nodes").and_then(Value::as_array).cloned().unwrap_or_default();
        let at = |node: &Value| node.get("reported_at")?.as_str()?.parse::<jiff::Timestamp>().ok();
        let fresh = nodes.iter().filter(|node| at(node).is_some_and(|at| at > since)).count();
        if fresh >= world.nodes.len() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(step("usage", "not every node has reported").into())
}
