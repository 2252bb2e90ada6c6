//! What the two databases say differently in a step of a schema.

/// Puts in what the two databases say differently. Keys sort by bytes on both. What only one of them has stands behind
/// `--lite` or `--pg`: for the other it is a comment.
pub(crate) fn in_dialect(step: &str, lite: bool) -> String {
    let step = step.replace(if lite { "--lite " } else { "--pg " }, "");
    let mut script = String::with_capacity(step.len());
    let mut rest = step.as_str();
    while let Some((before, (token, after))) =
        rest.split_once('{').and_then(|(before, more)| Some((before, more.split_once('}')?)))
    {
        script.push_str(before);
        match word(token, lite) {
            Some(word) => script.push_str(&word),
            // JSON in a step has braces, too.
            None => {
                script.push('{');
                rest = rest.get(before.len() + 1..).unwrap_or_default();
                continue;
            }
        }
        rest = after;
    }
    script.push_str(rest);
    if lite {
        script.replace("BIGINT NOT NULL", "INTEGER NOT NULL").replace("BIGINT", "INTEGER")
    } else {
        script
    }
}

/// What a token of a migration stands for.
fn word(token: &str, lite: bool) -> Option<String> {
    let choose = |on_lite: &str, on_pg: &str| Some(if lite { on_lite } else { on_pg }.to_owned());
    match token {
        "KEY" => choose("TEXT", "TEXT COLLATE \"C\""),
        "BOOL" => choose("INTEGER", "BOOLEAN"),
        "FALSE" => choose("0", "FALSE"),
        "SERIAL" => {
            choose("INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
        }
        "STRICT" => choose(" STRICT", ""),
        "NOW" => choose(
            "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
            "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        ),
        "IN 90 DAYS" => choose(
            "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '+90 days')",
            "to_char((now() + interval '90 days') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        ),
        // A text inside a column of JSON, by its path: `TEXT entry.versions.0.domain`.
        path => {
            let (column, steps) = path.strip_prefix("TEXT ")?.split_once('.')?;
            if !lite {
                return Some(format!("({column}::json #>> '{{{}}}')", steps.replace('.', ",")));
            }
            let steps: String = steps
                .split('.')
                .map(
                    |step| if step.parse::<u32>().is_ok() { format!("[{step}]") } else { format!(".{step}") },
                )
                .collect();
            Some(format!("json_extract({column}, '${steps}')"))
        }
    }
}
