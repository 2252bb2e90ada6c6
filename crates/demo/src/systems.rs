//! The agencies' own applications, as small as can be: what stands behind the nodes of the demo with an HTTP API. They know
//! nothing of signatures or grants, and they answer more than anyone was granted; the nodes cut that off.
//!
//! Each keeps what it has answered by the exchange that asked for it, and says so again to whoever asks what became of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use model::fault::{Fault, Words};
use serde_json::{Map, Value, json};

use crate::texts;

/// Asked for, the next deed is done and its answer breaks off on the way. Of the demo alone: it is behind no node.
pub(crate) const LOSE_NEXT: &str = "/mat-tra-loi";
/// Deeds that are kept.
const KEPT: usize = 10_000;

/// What the applications keep.
#[derive(Default)]
struct Kept {
    deeds: u32,
    /// By exchange, the path of the deed and what was answered.
    answers: BTreeMap<String, (Deed, Value)>,
    lose_next: bool,
}

type Shared = Arc<Mutex<Kept>>;
/// Agency, service and deed.
type Deed = (String, String, String);

/// Serves all of them at `listen`, each under its agency's code.
pub(crate) async fn serve(listen: SocketAddr) -> Result<(), Fault> {
    let failed =
        |error: std::io::Error| Fault::bad_settings(format_args!("listen {listen}"), Words::quoted(error));
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(failed)?;
    let router = axum::Router::new()
        .route("/{agency}/{service}/{deed}", post(act))
        .route("/{agency}/{service}/{deed}/{exchange}", get(outcome))
        .route(LOSE_NEXT, post(lose_next))
        .with_state(Shared::default());
    axum::serve(listener, router).await.map_err(failed)
}

async fn lose_next(State(shared): State<Shared>) {
    shared.lock().unwrap_or_else(PoisonError::into_inner).lose_next = true;
}

/// What became of a deed, by its exchange: what was answered, or that it has never come.
async fn outcome(
    State(shared): State<Shared>,
    Path((agency, service, deed, exchange)): Path<(String, String, String, String)>,
) -> Response {
    let kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let of = (agency, service, deed);
    match kept.answers.get(&exchange).filter(|(deed, _)| *deed == of) {
        Some((_, answer)) => Json(answer.clone()).into_response(),
        None => problem(&texts::no_such_deed()),
    }
}

fn problem(why: &Words) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "title": why.both(), "status": 404 }))).into_response()
}

/// Does a deed, and keeps its answer before it gives it.
async fn act(
    State(shared): State<Shared>,
    Path(deed): Path<Deed>,
    headers: HeaderMap,
    Json(asked): Json<Map<String, Value>>,
) -> Response {
    let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(answer) = done(&deed, asked, kept.deeds + 1) else { return problem(&texts::no_such_action()) };
    kept.deeds += 1;
    let exchange = headers.get("x-road-id").and_then(|id| id.to_str().ok());
    if let Some(exchange) = exchange.filter(|_| kept.answers.len() < KEPT) {
        kept.answers.insert(exchange.to_owned(), (deed, answer.clone()));
    }
    if std::mem::take(&mut kept.lose_next) {
        let broken = futures::stream::iter([Err::<bytes::Bytes, _>(std::io::Error::other("it breaks off"))]);
        return Response::new(Body::from_stream(broken));
    }
    (StatusCode::CREATED, Json(answer)).into_response()
}

/// What is answered; none: there is no such action.
fn done(deed: &Deed, asked: Map<String, Value>, number: u32) -> Option<Value> {
    let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
    let made = match (deed.0.as_str(), deed.1.as_str(), deed.2.as_str()) {
        ("g01", "dinh-danh", "cap-so") => {
            json!({ "so_dinh_danh": newborn_number(text("ngay_sinh"), text("gioi_tinh"), number) })
        }
        ("g01", "thuong-tru", "dang-ky") => {
            json!({ "so_dang_ky": format!("TT{number:06}"), "thuong_tru_ma": text("thuong_tru_ma") })
        }
        ("g15", "so-ho-tich", "khai-sinh") => {
            json!({ "so_khai_sinh": format!("KS-{}-{number:06}", text("noi_dang_ky_ma")), "ngay_dang_ky": text("ngay_dang_ky") })
        }
        ("g15", "so-ho-tich", "trich-luc") => {
            json!({ "so_trich_luc": format!("TL{number:06}"), "so_khai_sinh": text("so_khai_sinh") })
        }
        ("g24", "the-bhyt", "tre-em") => health_card(text("ngay_sinh"), number),
        ("g24", "tro-cap", "tinh") => {
            json!({ "so_than_nhan": asked.get("than_nhan").and_then(Value::as_array).map_or(0, Vec::len), "thang_dong": asked.get("so_thang_dong") })
        }
        ("g10", "bien-dong", "chuyen-quyen") => {
            json!({ "so_bien_dong": format!("BD{number:06}"), "ma_thua": text("ma_thua") })
        }
        ("g03", "nhap-hoc", "ghi-danh") => {
            json!({ "ma_hoc_sinh": format!("HS{number:08}"), "truong_ten": text("truong_ten"), "lop": "1" })
        }
        _ => return None,
    };
    let Value::Object(mut answer) = made else { return None };
    // What an application tells by habit, and nobody was granted.
    answer.insert("nguoi_xu_ly".into(), json!("cán bộ thụ lý"));
    answer.insert("ghi_chu_noi_bo".into(), json!({ "may": "10.0.0.7", "yeu_cau": asked }));
    Some(Value::Object(answer))
}

/// A number by the rule of the law, under a province code that no province has (`924`).
fn newborn_number(born: &str, sex: &str, number: u32) -> String {
    let (century, year) = (born.get(..2).unwrap_or("20"), born.get(2..4).unwrap_or("00"));
    let base = if century == "20" { 2 } else { 0 };
    format!("924{}{year}99{number:04}", base + u8::from(sex == "nu"))
}

fn health_card(born: &str, number: u32) -> Value {
    // A child's card holds until the day it is six years old.
    let six = born
        .parse::<jiff::civil::Date>()
        .ok()
        .and_then(|born| born.checked_add(jiff::Span::new().years(6)).ok());
    json!({ "ma_the_bhyt": format!("TE199{number:010}"), "the_tu": born, "the_den": six.map(|day| day.to_string()) })
}
