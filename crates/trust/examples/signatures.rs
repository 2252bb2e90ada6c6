//! What it costs to sign and to verify a batch's root by one key and by two, for `docs/measurements.md`:
//! `cargo run --release --package trust --example signatures`.

#![expect(clippy::print_stdout, reason = "a tool for a measurement")]

use std::time::Instant;

use trust::batch::{self, BatchSignature, Form, SALT_BYTES};
use trust::key::{PublicKey, SigningKey};

const ROUNDS: usize = 2000;

/// The median and the 90th of a hundred, in microseconds.
fn micros(mut work: impl FnMut(usize)) -> [f64; 2] {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let began = Instant::now();
            work(round);
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    [50, 90].map(|percent| times.get(ROUNDS * percent / 100).copied().unwrap_or_default())
}

fn main() {
    let key = SigningKey::in_memory([7; 32]);
    let public: PublicKey = key.public();
    for form in [Form::Plain, Form::Hybrid] {
        for size in [1usize, 8, 64] {
            let bases: Vec<String> = (0..size)
                .map(|number| format!("{number} {}", "a base of usual length ".repeat(25)))
                .collect();
            let salted: Vec<(&[u8], [u8; SALT_BYTES])> =
                bases.iter().map(|base| (base.as_bytes(), [1; SALT_BYTES])).collect();
            let signing = micros(|_| drop(batch::sign(&key, form, &salted)));
            let proofs: Vec<BatchSignature> = batch::sign(&key, form, &salted);
            let verifying = micros(|round| {
                let at = round % size;
                if let (Some(proof), Some(base)) = (proofs.get(at), bases.get(at)) {
                    assert!(proof.verifies(&public, base.as_bytes()));
                }
            });
            let bytes = proofs.first().map_or(0, |proof| proof.to_bytes().len());
            println!(
                "{} {size}: sign {:.0} µs (p90 {:.0}), verify one {:.0} µs (p90 {:.0}), {bytes} bytes a message",
                form.alg(),
                signing[0],
                signing[1],
                verifying[0],
                verifying[1]
            );
        }
    }
}
