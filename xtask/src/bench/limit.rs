//! What an exchange costs at least: signatures, digests, records of TLS and syncs, measured in the same run.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::tools::capture;

/// Bytes of a message and its proof, as a digest and a record of TLS see them.
const MESSAGE_BYTES: usize = 1024;
/// What is synced at once: a small commit.
const COMMIT: [u8; 4096] = [7; 4096];
/// Syncs that are timed.
const SYNCS: u32 = 200;
/// Messages of a full batch.
const BATCH: f64 = 64.0;

/// Measures, and prints what follows from it.
pub(crate) fn tell(folder: &Path) -> Result<(), String> {
    let (sign, verify) = ed25519()?;
    let digest = per_message(&["sha256"])?;
    let record = per_message(&["-evp", "aes-128-gcm"])?;
    let sync = sync(folder)?;
    // On both sides together: a request and an answer are each signed once and verified once, digested four times (both ends, body and
    // proof), and sealed and opened in one record each way and hop.
    let (digests, records) = (8.0 * digest, 4.0 * record);
    let alone = 2.0 * (sign + verify) + digests + records;
    let batched = 2.0 * (sign + verify) / BATCH + digests + records;
    println!(
        "\nthe limit, by OpenSSL's figures on this machine: a signature {sign:.1} µs, its check {verify:.1}, a digest of 1 KB {digest:.2}, a record of \
         TLS {record:.2}, a sync of 4 KB {sync:.0}\nCPU of an exchange with nothing else in it: {alone:.0} µs signed alone, {batched:.0} µs in batches of \
         64; a call alone waits for two syncs: {:.2} ms",
        2.0 * sync / 1000.0
    );
    Ok(())
}

fn speed(words: &[&str]) -> Result<String, String> {
    capture(
        Command::new("openssl")
            .args(["speed", "-mr", "-seconds", "1"])
            .args(words)
            .stderr(std::process::Stdio::null()),
    )
}

/// Microseconds for a signature and for its check.
fn ed25519() -> Result<(f64, f64), String> {
    let text = speed(&["ed25519"])?;
    // `+F6:number:bits:name:signatures a second:checks a second`.
    let fields =
        text.lines().find(|line| line.starts_with("+F6:")).map(|line| line.split(':').collect::<Vec<_>>());
    let micros = |at: usize| fields.as_ref()?.get(at)?.parse::<f64>().ok().map(|rate| 1e6 / rate);
    micros(4).zip(micros(5)).ok_or_else(|| format!("openssl speed ed25519: {text}"))
}

/// Microseconds for a message.
fn per_message(words: &[&str]) -> Result<f64, String> {
    let text = speed(&[&["-bytes", &MESSAGE_BYTES.to_string()], words].concat())?;
    // `+F:number:name:bytes a second`.
    let line = text.lines().find(|line| line.starts_with("+F:"));
    let rate = line.and_then(|line| line.rsplit(':').next()?.trim().parse::<f64>().ok());
    #[expect(clippy::cast_precision_loss, reason = "1024")]
    rate.map(|rate| MESSAGE_BYTES as f64 * 1e6 / rate)
        .ok_or_else(|| format!("openssl speed {words:?}: {text}"))
}

/// Microseconds for a write and its sync, into a file that is there already.
fn sync(folder: &Path) -> Result<f64, String> {
    use std::os::unix::fs::FileExt as _;
    let path = folder.join("sync");
    fs::write(&path, vec![0; COMMIT.len() * SYNCS as usize]).map_err(|error| error.to_string())?;
    let file = fs::OpenOptions::new().write(true).open(&path).map_err(|error| error.to_string())?;
    file.sync_all().map_err(|error| error.to_string())?;
    let began = Instant::now();
    for at in 0..SYNCS {
        file.write_all_at(&COMMIT, u64::from(at) * COMMIT.len() as u64)
            .and_then(|()| file.sync_data())
            .map_err(|error| error.to_string())?;
    }
    Ok(began.elapsed().as_secs_f64() * 1e6 / f64::from(SYNCS))
}
