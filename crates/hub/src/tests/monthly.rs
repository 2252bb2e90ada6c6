//! The monthly report of what an agency shared: others' real uses, by both sides' counts, as objects and as a table.

use axum::http::StatusCode;
use model::time::day_in_viet_nam;
use serde_json::{Value, json};

use super::usage::{Sides, asked, row, world};
use crate::clock;

pub(super) async fn a_month_tells_what_was_shared_with_whom(url: &str) {
    let world = world(url).await;
    let today = day_in_viet_nam(clock::now());
    let month = |day: jiff::civil::Date| day.strftime("%Y-%m").to_string();
    let look = async |more: &str| {
        let path = format!("/api/v1/usage/monthly?owner=VN/GOV/G01&{more}");
        world.send("GET", &path, Some(&world.token), Value::Null).await
    };
    let this = format!("month={}", month(today));
    // Nobody has reported: the services are there, and nothing is known of them.
    let (status, told) = look(&this).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert!(told.get("measured_since").is_none() && told["items"] == json!([]), "{told}");
    let mut sides = Sides::admitted(&world).await;
    let rows = json!([
        row("VN/GOV/G15/ho-tich", "khai-sinh", 5),
        row("VN/GOV/G15/ho-tich", "kiem-thu", 5),
        row("VN/GOV/G01/mot-cua", "khai-sinh", 9),
    ]);
    assert_eq!(sides.provider.report(&world, rows).await.1["taken"], true);
    let (_, told) = look(&this).await;
    // A test is no use, what an agency asks of itself it does not share, and what it alone reports counts nothing.
    let service = "VN/GOV/G01/dan-cu/nguoi";
    let mut expected = json!([{ "service": service, "consumer": "VN/GOV/G15", "purpose": "khai-sinh", "days": 0,
        "answered": 0, "empty": 0, "rejected": 0, "refused": 0, "failed": 1, "answered_at_provider": 5 }]);
    assert_eq!((&told["items"], &told["unused"]), (&expected, &json!([service])), "{told}");
    let rows =
        json!([asked("VN/GOV/G15/ho-tich", "khai-sinh", 3), asked("VN/GOV/G15/ho-tich", "kiem-thu", 5)]);
    assert_eq!(sides.consumer.report(&world, rows).await.1["taken"], true);
    let (_, told) = look(&this).await;
    for (member, value) in [("days", 1), ("answered", 3), ("answered_at_consumer", 3)] {
        expected[0][member] = json!(value);
    }
    assert_eq!((&told["items"], &told["unused"]), (&expected, &json!([])), "{told}");
    assert!(told.get("measured_since").is_some(), "{told}");
    // A service that nobody called in the month is named, not left out.
    let last = today.first_of_month().yesterday().unwrap();
    let (_, before) = look(&format!("month={}", month(last))).await;
    assert_eq!((&before["items"], &before["unused"]), (&json!([]), &json!(["VN/GOV/G01/dan-cu/nguoi"])));
    for wrong in ["month=2026-13", "month=2026-1", "month=11/2026"] {
        let (status, told) = look(wrong).await;
        assert_eq!((status, &told["title"]), (StatusCode::BAD_REQUEST, &json!("LT-7123")), "{wrong}: {told}");
    }
}
