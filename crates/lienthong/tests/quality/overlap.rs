//! Two datasets of a node are compared by the running program: asked, agreed to, covered, counted, and nothing of it is left at the node.

use super::*;

#[tokio::test]
async fn two_datasets_are_compared_by_their_nodes_and_only_a_count_is_known() {
    let server = Server::shared_postgres();
    let url = server.database("quality_overlap");
    let tables = [planted::table(true), planted::table(false)];
    let mut nation = nation(&url, [&tables[0], &tables[1]]).await;
    nation.kill("p1");
    // The agency agrees at its node, too: the hub alone does not have its fields compared.
    let compare =
        format!("compare = {{ \"{PEOPLE}\" = [\"so_dinh_danh\"], \"{COPY}\" = [\"so_dinh_danh\"] }}");
    nation.change_settings("p1", |text| {
        text.replace("off = true\n", &format!("off = true\nevery_seconds = 1\n{compare}\n"))
    });
    nation.start_node("p1");
    let mut said = Said(String::new());
    said.run(&nation, &["run", "--dir", "p1", "--officer", OFFICER, PEOPLE, COPY]);
    // An officer of the owner; the hub alone cannot have it counted.
    let add = ["user", "add", "--officer", OFFICER, "chu-quan", "--person", "Chủ quản", "--type", "service"];
    let more = ["--agency", "VN/GOV/G01", "--role", "data_officer", "--out", "chu-quan.json"];
    nation.run(&[&add[..], &more[..], &["--reason", "phân công"]].concat());
    let ask = ["overlap", "ask", "--officer", OFFICER, PEOPLE, "--field", "so_dinh_danh", "--with", COPY];
    let ask = [&ask[..], &["--reason", "tìm trùng lặp"]].concat();
    // Only what was measured is compared, and the hub hears of that a moment later.
    until("the measurements are known", async || {
        nation.try_run(&[&["quality"], &ask[..]].concat()).status.success()
    })
    .await;
    let listed =
        |said: &mut Said| said.json(&nation, &["overlap", "list", "--officer", OFFICER])["items"][0].clone();
    assert_eq!(listed(&mut said)["state"], "asked");
    let id = listed(&mut said)["id"].as_str().unwrap().to_owned();
    said.run(&nation, &["overlap", "agree", "--officer", "chu-quan.json", &id, "--reason", "đồng ý"]);
    until("it is counted", async || listed(&mut Said(String::new()))["state"] == "counted").await;
    // What both tables have, as they were made: rounded down to tens.
    let values = |table: &Table| -> BTreeSet<String> {
        table.rows.iter().filter_map(|row| row[0].clone()).map(|value| value.trim().to_owned()).collect()
    };
    let [one, other] = [values(&tables[0]), values(&tables[1])];
    let rounded = |count: usize| Value::from(count - count % 10);
    let found = &listed(&mut said)["found"];
    assert_eq!(
        (&found["a"], &found["b"], &found["both"]),
        (&rounded(one.len()), &rounded(other.len()), &rounded(one.intersection(&other).count())),
        "{found}"
    );
    // The numbers that values were covered by have gone.
    let left: Vec<PathBuf> = files(&nation.path("p1/quality"));
    assert!(!left.is_empty() && left.iter().all(|path| !path.display().to_string().contains("overlap-")));
    assert!(!said.0.contains(MARKER) && one.iter().all(|value| !said.0.contains(value.as_str())));
}
