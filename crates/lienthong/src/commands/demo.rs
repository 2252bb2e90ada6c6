//! `lienthong demo`.

use std::process::ExitCode;

use ::demo::{Plan, Servers, Voice, play, serve_systems};
use operate::trouble::Trouble;

use crate::cli::{self, Format};
use crate::commands::{asked_to_end, end_with_stdin};
use crate::language;
use crate::output::{print, say, say_words};
use crate::texts;

/// Plays the demo until it is asked to end; or serves its applications, which the demo starts as a process of its own.
pub(super) async fn run(demo: cli::Demo) -> Result<ExitCode, Trouble> {
    if let Some(listen) = demo.systems {
        end_with_stdin();
        serve_systems(listen, demo.provider.as_deref()).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let plan = Plan {
        persons: demo.persons,
        seed: demo.seed,
        once: demo.once,
        keep: demo.keep,
        servers: Servers { postgres: demo.postgres, mariadb: demo.mariadb },
    };
    let voice = Voice { print, say, as_json: demo.output == Format::Json, language: language::chosen() };
    tokio::select! {
        played = play(&plan, voice) => played.map(|()| ExitCode::SUCCESS),
        () = asked_to_end() => {
            say_words(&texts::ended());
            Ok(ExitCode::from(130))
        }
    }
}
