//! Everything that reads bytes from outside, each as a function that must end cleanly whatever it is given: no panic, no endless loop,
//! and what is said of it here holds.
//!
//! In the tests each is given changed pieces of its corpus for a few seconds. `cargo xtask fuzz` gives it millions, led by libFuzzer.

mod targets;

#[cfg(test)]
mod tests;

/// Something that reads bytes from outside.
pub struct Target {
    /// Its name, and its folder's in `corpus`.
    pub name: &'static str,
    /// Longest input that is worth trying, in bytes.
    pub longest: usize,
    /// Reads an input.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "edge-request", longest: 2048, run: targets::edge_request },
    Target { name: "peer-message", longest: 4096, run: targets::peer_message },
    Target { name: "peer-frame", longest: 4096, run: targets::peer_frame },
    Target { name: "signature-input", longest: 2048, run: targets::signature_input },
    Target { name: "batch-signature", longest: 1024, run: targets::batch_signature },
    Target { name: "directory-part", longest: 4096, run: targets::directory_part },
    Target { name: "ledger-frames", longest: 4096, run: targets::ledger_frames },
    Target { name: "package-letter", longest: 4096, run: targets::package_letter },
    Target { name: "hub-sheet", longest: 8192, run: targets::hub_sheet },
    Target { name: "source-csv", longest: 4096, run: targets::source_csv },
    Target { name: "yaml-document", longest: 2048, run: targets::yaml_document },
    Target { name: "cut-answer", longest: 2048, run: targets::cut_answer },
    Target { name: "sync-answer", longest: 2048, run: targets::sync_answer },
];
