//! A log that nobody can fill by what they send: of events of one place in the code so many a second are written down, and then how
//! many were left out.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// A caller who is refused again and again is seen well enough in these.
const WRITTEN_PER_WINDOW: u64 = 50;
const WINDOW: Duration = Duration::from_secs(1);

/// Lets so many events of each place in the code pass, and tells of the rest.
#[derive(Clone, Default)]
pub(crate) struct Flood(Arc<Mutex<HashMap<Identifier, Seen>>>);

struct Seen {
    since: Instant,
    events: u64,
    target: &'static str,
    /// The text of the first that was left out.
    event: String,
}

impl Seen {
    fn left_out(&self) -> u64 {
        self.events.saturating_sub(WRITTEN_PER_WINDOW)
    }
}

impl Flood {
    fn admits(&self, event: &Event<'_>, now: Instant) -> bool {
        static TELLER: Once = Once::new();
        let metadata = event.metadata();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = all.entry(metadata.callsite()).or_insert_with(|| Seen {
            since: now,
            events: 0,
            target: metadata.target(),
            event: String::new(),
        });
        if seen.left_out() == 0 && now.duration_since(seen.since) >= WINDOW {
            (seen.since, seen.events) = (now, 0);
        }
        seen.events += 1;
        if seen.left_out() == 1 {
            let mut message = Message::default();
            event.record(&mut message);
            seen.event = message.0;
            let flood = self.clone();
            TELLER.call_once(|| drop(std::thread::spawn(move || flood.tell_for_ever())));
        }
        seen.left_out() == 0
    }

    fn tell_for_ever(&self) {
        loop {
            std::thread::park_timeout(WINDOW);
            for (target, event, left_out) in self.take_left_out(Instant::now()) {
                tracing::warn!(target, event, left_out, "events were left out of the log");
            }
        }
    }

    /// Of each place whose window has ended: where, what, how many.
    fn take_left_out(&self, now: Instant) -> Vec<(&'static str, String, u64)> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = all.values_mut().filter(|seen| now.duration_since(seen.since) >= WINDOW);
        let told = over.filter(|seen| seen.left_out() > 0).map(|seen| {
            let told = (seen.target, std::mem::take(&mut seen.event), seen.left_out());
            (seen.since, seen.events) = (now, 0);
            told
        });
        told.collect()
    }
}

impl<S: Subscriber> Filter<S> for Flood {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        self.admits(event, Instant::now())
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use tracing_subscriber::filter::FilterExt as _;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::{EnvFilter, Layer as _};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn of_one_event_a_few_are_written_and_the_rest_are_counted() {
        let (flood, written) = (Flood::default(), Written::default());
        let writer = written.clone();
        let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let filter = EnvFilter::new("info").and(flood.clone());
        let log = tracing_subscriber::registry().with(layer.with_filter(filter));
        tracing::subscriber::with_default(log, || {
            for number in 0..1000 {
                tracing::info!(number, "call refused");
                tracing::debug!("not asked for, and not counted");
                if number % 100 == 0 {
                    tracing::error!("seldom, and always written");
                }
            }
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let count = |what: &str| text.lines().filter(|line| line.contains(what)).count() as u64;
        assert_eq!(count("seldom"), 10);
        let left_out = flood.take_left_out(Instant::now() + WINDOW);
        let told: u64 = left_out.iter().map(|(.., count)| count).sum();
        assert_eq!(count("call refused") + told, 1000);
        assert!(left_out.iter().all(|(_, event, _)| event == "call refused"), "{left_out:?}");
        assert!(flood.take_left_out(Instant::now() + 2 * WINDOW).is_empty(), "told once");
        assert!(told >= 800, "a thousand within a few windows: {told}");
    }
}
