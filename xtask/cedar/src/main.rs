//! `cargo xtask judge cedar`: Cedar as a judge of the proof of containment. A pair becomes two sets of policies, of which its symbolic compiler asks a solver whether the one implies the other.
//!
//! What is judged is a translation, which no node runs: so it counts beside trying every call, not in its place. Unlike that it knows of no
//! small world: members, paths, purposes, fields and days are any text and any number.

use std::fmt::Write as _;
use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use cedar_policy::{PolicySet, Schema};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicySet};
use model::contain::{Reach, uncovered};
use model::endpoint::Endpoint;

use judges::names::day;
use judges::pairs::Pair;

/// A call: who, for which service, and what. `depth` is how many segments the path has, of which patterns name three at most; `shows` whether
/// anything of the answer is seen, and `field` what.
const SCHEMA: &str = "
entity System { instance: String, class: String, member: String, code: String };
entity Service;
action call appliesTo {
    principal: [System], resource: [Service],
    context: { method: String, depth: Long, s0: String, s1: String, s2: String, purpose: String, shows: Bool, field: String, day: Long }
};";

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let (pairs, seed) = (numbers.next().unwrap_or(1000), numbers.next().unwrap_or(0));
    let began = Instant::now();
    match judge(seed..seed + pairs) {
        Ok((covered, uncovered)) => {
            let took = began.elapsed().as_secs_f64();
            let each = took * 1000.0 / pairs.max(1) as f64;
            println!(
                "{pairs} pairs from seed {seed}: Cedar says as the proof does; {covered} covered, {uncovered} not; {took:.1} s, {each:.1} ms a pair"
            );
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("cedar: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Judges the pairs of these seeds. Fails at the first at which Cedar and the proof differ, or for what keeps Cedar from judging.
fn judge(seeds: Range<u64>) -> Result<(u64, u64), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).map_err(|error| error.to_string())?;
        let call = schema.request_envs().next().ok_or("the schema has no call")?;
        let solver = LocalSolver::cvc5().map_err(|error| format!("cvc5: {error}"))?;
        let mut compiler = CedarSymCompiler::new(solver).map_err(|error| error.to_string())?;
        let (mut covered, mut uncovered_pairs) = (0, 0);
        for seed in seeds {
            let pair = Pair::of_seed(seed);
            let compiled = |reaches: &[Reach]| {
                let text = policies(reaches);
                let policies: PolicySet = text.parse().map_err(|error| format!("{text}: {error}"))?;
                CompiledPolicySet::compile(&policies, &call, &schema)
                    .map_err(|error| format!("{text}: {error}"))
            };
            let (asked, allowed) = (compiled(&pair.asked)?, compiled(&pair.allowed)?);
            let implied = compiler
                .check_implies_opt(&asked, &allowed)
                .await
                .map_err(|error| format!("seed {seed}: {error}"))?;
            let proof = uncovered(&pair.asked, &pair.allowed);
            if implied != proof.is_none() {
                return Err(format!("seed {seed}: Cedar says {implied}, the proof {proof:?}\n{pair:#?}"));
            }
            *(if implied { &mut covered } else { &mut uncovered_pairs }) += 1;
        }
        Ok((covered, uncovered_pairs))
    })
}

/// Policies that permit what reaches let be asked, one for each.
fn policies(reaches: &[Reach]) -> String {
    let mut text = String::new();
    for reach in reaches {
        let any = |all: Vec<String>| match all.is_empty() {
            true => "false".to_owned(),
            false => format!("({})", all.join(" || ")),
        };
        let clients = any(reach.clients.iter().map(|client| of_client(client)).collect());
        let operations = any(reach.operations.iter().map(of_operation).collect());
        let purposes = match &reach.purposes {
            Some(purposes) => any(purposes.iter().map(|one| format!("context.purpose == {one:?}")).collect()),
            None => "true".to_owned(),
        };
        let fields = match &reach.fields {
            Some(fields) => any(fields.iter().map(|one| format!("context.field == {one:?}")).collect()),
            None => "true".to_owned(),
        };
        let number =
            |date: jiff::civil::Date| day(0).until(date).map(|span| span.get_days()).unwrap_or_default();
        let from =
            reach.valid.valid_from.map_or("true".into(), |from| format!("context.day >= {}", number(from)));
        let to = reach.valid.valid_to.map_or("true".into(), |to| format!("context.day < {}", number(to)));
        let _ = writeln!(
            text,
            "permit(principal, action == Action::\"call\", resource == Service::{:?}) when {{ {clients} && {operations} && {purposes} \
             && (!context.shows || {fields}) && {from} && {to} }};",
            reach.service.as_str()
        );
    }
    text
}

fn of_client(client: &str) -> String {
    let parts = client.split('/').zip(["instance", "class", "member", "code"]);
    let said =
        parts.filter(|(part, _)| *part != "*").map(|(part, name)| format!("principal.{name} == {part:?}"));
    format!("({})", said.collect::<Vec<_>>().join(" && "))
}

fn of_operation(operation: &Endpoint) -> String {
    let mut said = Vec::new();
    if operation.method != "*" {
        said.push(format!("context.method == {:?}", operation.method));
    }
    let path = operation.path.as_str();
    let segments: Vec<&str> = path
        .strip_prefix('/')
        .filter(|rest| !rest.is_empty())
        .map(|rest| rest.split('/').collect())
        .unwrap_or_default();
    let open = segments.last() == Some(&"**");
    let named = if open { segments.len() - 1 } else { segments.len() };
    said.push(format!("context.depth {} {named}", if open { ">=" } else { "==" }));
    for (at, segment) in segments.iter().take(named).enumerate() {
        said.push(match *segment {
            "*" => format!("context.s{at} != \"\""),
            literal => format!("context.s{at} == {literal:?}"),
        });
    }
    format!("({})", said.join(" && "))
}
