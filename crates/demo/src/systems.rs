//! The agencies' own applications, as small as can be: what stands behind the nodes of the demo with an HTTP API. They know
//! nothing of signatures or grants, and they answer more than anyone was granted; the nodes cut that off.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use model::fault::{Fault, Words};
use serde_json::{Map, Value, json};

use crate::texts;

/// Serves all of them at `listen`, each under its agency's code.
pub(crate) async fn serve(listen: SocketAddr) -> Result<(), Fault> {
    let failed =
        |error: std::io::Error| Fault::bad_settings(format_args!("listen {listen}"), Words::quoted(error));
    let listener = tokio::net::TcpListener::bind(listen).await.map_err(failed)?;
    let router = axum::Router::new()
        .route("/{agency}/{service}/{deed}", post(act))
        .with_state(Arc::new(AtomicU32::new(1)));
    axum::serve(listener, router).await.map_err(failed)
}

type Answer = (StatusCode, Json<Value>);

async fn act(
    State(counter): State<Arc<AtomicU32>>,
    Path(deed): Path<(String, String, String)>,
    Json(asked): Json<Map<String, Value>>,
) -> Answer {
    let number = counter.fetch_add(1, Ordering::Relaxed);
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
        _ => {
            return (
                StatusCode::NOT_FOUND,
                Json(json!({ "title": texts::no_such_action().both(), "status": 404 })),
            );
        }
    };
    let Value::Object(mut answer) = made else {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(Value::Null));
    };
    // What an application tells by habit, and nobody was granted.
    answer.insert("nguoi_xu_ly".into(), json!("cán bộ thụ lý"));
    answer.insert("ghi_chu_noi_bo".into(), json!({ "may": "10.0.0.7", "yeu_cau": asked }));
    (StatusCode::CREATED, Json(Value::Object(answer)))
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
