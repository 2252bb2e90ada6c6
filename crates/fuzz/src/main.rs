//! The same under libFuzzer: `LIENTHONG_FUZZ` names the target. Built by `cargo xtask fuzz`.

#![no_main]

use std::sync::OnceLock;

use fuzz::{TARGETS, Target};

/// The target that is asked for; without one there is nothing to try.
fn target() -> &'static Target {
    static TARGET: OnceLock<&Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = std::env::var_os("LIENTHONG_FUZZ").unwrap_or_default();
        let found = TARGETS.iter().find(|target| target.name == name);
        found.unwrap_or_else(|| {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            eprintln!("LIENTHONG_FUZZ is one of {}", names.join(", "));
            std::process::exit(2)
        })
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (target().run)(bytes));
