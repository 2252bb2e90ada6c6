//! Open files and connections that a process may have at once.

use operate::doctor::Descriptors;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a hub or a node should have: its places for connections, and room beside for files. With fewer it runs, and says so.
pub(crate) const WANTED: u64 = 20_000;

/// Raises what the process may have at once to what its service manager allows: systems begin with 1,024, which one stranger can use up.
pub(crate) fn raise() {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limits.maximum, maximum: limits.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    let now = getrlimit(Resource::Nofile).current;
    if now.is_some_and(|now| now < WANTED) {
        tracing::warn!(
            limit = now,
            wanted = WANTED,
            "few open files are allowed: set LimitNOFILE or ulimit -Hn"
        );
    }
}

/// What a hub or a node that is started from here may have at most.
pub(crate) fn allowed() -> Descriptors {
    Descriptors { most: getrlimit(Resource::Nofile).maximum, wanted: WANTED }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_allows_is_used() {
        raise();
        let limits = getrlimit(Resource::Nofile);
        assert_eq!(limits.current, limits.maximum);
    }
}
