//! What is measured, as Prometheus reads it: a metric with its description, counters that cost next to nothing, and the page that is
//! scraped, in the form that is asked for. (`prometheus-client` writes OpenMetrics only, and wants to hold what is counted itself; here most
//! is read where it stands.)

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A metric as it is described. Its name is the whole one, `_total` with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// By the ecosystem's conventions: base units, `_total` on what only rises.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What it says, in a line.
    pub help: &'static str,
}

/// What the values of a metric are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They only rise, from the start of the process on.
    Counter,
    /// How it is now.
    Gauge,
    /// How many took how long.
    Histogram,
}

impl Metric {
    /// A counter.
    #[must_use]
    pub const fn counter(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Counter, help }
    }

    /// A gauge.
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Gauge, help }
    }

    /// A histogram.
    #[must_use]
    pub const fn histogram(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Histogram, help }
    }
}

/// The form of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text, 0.0.4.
    Text,
}

impl Form {
    /// What an `Accept` header asks for: OpenMetrics if it is named and wanted at least as much as text, and else text, which everything
    /// reads.
    #[must_use]
    pub fn asked(accept: &str) -> Self {
        let (mut open, mut text) = (0.0, 0.0);
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let (mut weight, mut version) = (1.0, None);
            for (name, value) in parts.filter_map(|part| part.split_once('=')) {
                match name.trim().to_ascii_lowercase().as_str() {
                    "q" => weight = value.trim().parse::<f64>().unwrap_or(0.0),
                    "version" => version = Some(value.trim().trim_matches('"')),
                    _ => {}
                }
            }
            match kind.as_str() {
                "application/openmetrics-text" if version.is_none_or(|version| version == "1.0.0") => {
                    open = weight.max(open);
                }
                "text/plain" => text = weight.max(text),
                _ => {}
            }
        }
        if open > 0.0 && open >= text { Self::OpenMetrics } else { Self::Text }
    }

    /// Its media type.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A count.
    Whole(u64),
    /// Anything else.
    Real(f64),
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::Whole(value)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        Self::Whole(value as u64)
    }
}

impl From<bool> for Number {
    fn from(value: bool) -> Self {
        Self::Whole(value.into())
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<jiff::Timestamp> for Number {
    /// Seconds since 1970, as the ecosystem has moments.
    fn from(value: jiff::Timestamp) -> Self {
        u64::try_from(value.as_second()).map_or(Self::Real(0.0), Self::Whole)
    }
}

impl From<&AtomicU64> for Number {
    fn from(value: &AtomicU64) -> Self {
        Self::Whole(value.load(Ordering::Relaxed))
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(value) => write!(f, "{value}"),
            Self::Real(value) if value.is_nan() => f.write_str("NaN"),
            Self::Real(value) if value.is_infinite() => {
                f.write_str(if *value > 0.0 { "+Inf" } else { "-Inf" })
            }
            Self::Real(value) => write!(f, "{value:?}"),
        }
    }
}

/// Ends of the spans that times are counted by, in microseconds, and as they are written: seconds.
const ENDS: [(u64, &str); 17] = [
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1.0"),
    (2_500_000, "2.5"),
    (5_000_000, "5.0"),
    (10_000_000, "10.0"),
    (30_000_000, "30.0"),
];

/// How many took how long. To count is two additions that wait for nobody.
#[derive(Debug, Default)]
pub struct Times {
    /// By span, and behind them what took longer.
    counts: [AtomicU64; ENDS.len() + 1],
    micros: AtomicU64,
}

impl Times {
    /// Counts something that took so long.
    pub fn take(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let span = ENDS.iter().position(|(end, _)| micros <= *end).unwrap_or(ENDS.len());
        if let Some(count) = self.counts.get(span) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
}

/// The page that is scraped.
#[derive(Debug)]
pub struct Page {
    form: Form,
    text: String,
}

/// A metric on the page that gets its values.
pub struct Values<'a> {
    page: &'a mut Page,
    metric: &'a Metric,
}

impl Page {
    /// An empty one.
    #[must_use]
    pub fn new(form: Form) -> Self {
        Self { form, text: String::with_capacity(16 * 1024) }
    }

    /// Describes a metric. All its values follow, one after the other.
    pub fn metric<'a>(&'a mut self, metric: &'a Metric) -> Values<'a> {
        self.describe(metric);
        Values { page: self, metric }
    }

    fn describe(&mut self, metric: &Metric) {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // OpenMetrics calls the counter itself by its name without the end.
        let name = match self.form {
            Form::OpenMetrics => metric.name.trim_end_matches("_total"),
            Form::Text => metric.name,
        };
        let help = metric.help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// The whole page.
    #[must_use]
    pub fn end(mut self) -> String {
        if self.form == Form::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn line(
        &mut self,
        name: (&str, &str),
        labels: &[(&str, &str)],
        last: Option<(&str, &str)>,
        value: Number,
    ) {
        self.text.push_str(name.0);
        self.text.push_str(name.1);
        let mut open = '{';
        for (label, text) in labels.iter().copied().chain(last) {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.text, "{open}{label}=\"{text}\"");
            open = ',';
        }
        if open == ',' {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }
}

impl<'a> Values<'a> {
    /// The next metric.
    pub fn and(&mut self, metric: &'a Metric) -> &mut Self {
        self.page.describe(metric);
        self.metric = metric;
        self
    }

    /// One value.
    pub fn put(&mut self, labels: &[(&str, &str)], value: impl Into<Number>) -> &mut Self {
        self.page.line((self.metric.name, ""), labels, None, value.into());
        self
    }

    /// The values of a histogram.
    pub fn times(&mut self, labels: &[(&str, &str)], times: &Times) -> &mut Self {
        let name = self.metric.name;
        let mut all = 0;
        let ends = ENDS.iter().map(|(_, text)| *text).chain(["+Inf"]);
        for (count, end) in times.counts.iter().zip(ends) {
            all += count.load(Ordering::Relaxed);
            self.page.line((name, "_bucket"), labels, Some(("le", end)), all.into());
        }
        let seconds = times.micros.load(Ordering::Relaxed) as f64 / 1e6;
        self.page.line((name, "_sum"), labels, None, seconds.into());
        self.page.line((name, "_count"), labels, None, all.into());
        self
    }
}

/// What every process tells of itself.
pub mod process {
    use super::Metric;

    /// The program.
    pub const BUILD: Metric =
        Metric::gauge("lienthong_build_info", "The program's version; the value is always 1");
    /// Descriptors that are open.
    pub const OPEN_FDS: Metric =
        Metric::gauge("process_open_fds", "Open files and connections of the process");
    /// The limit of descriptors.
    pub const MAX_FDS: Metric =
        Metric::gauge("process_max_fds", "Most open files and connections that the process may have");
    /// Memory.
    pub const MEMORY: Metric =
        Metric::gauge("process_resident_memory_bytes", "Memory that the process takes");
    /// Places for connections.
    pub const CONNECTIONS: Metric = Metric::gauge(
        "lienthong_connections",
        "Connections by port, of those who have shown who they are (known) and of others (stranger)",
    );
    /// How many places there are.
    pub const CONNECTIONS_LIMIT: Metric = Metric::gauge(
        "lienthong_connections_limit",
        "Most connections, by port and party as in lienthong_connections",
    );
    /// Ends of certificates.
    pub const CERTIFICATE_EXPIRY: Metric = Metric::gauge(
        "lienthong_certificate_expiry_timestamp_seconds",
        "When a certificate or root ends, in seconds since 1970; minus time() it is the seconds that are left",
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CALLS: Metric = Metric::counter("calls_total", "Calls");
    const TOOK: Metric = Metric::histogram("took_seconds", "How long calls took");

    fn page(form: Form) -> String {
        let (mut page, times) = (Page::new(form), Times::default());
        for micros in [0, 100, 101, 2_000_000, 40_000_000] {
            times.take(Duration::from_micros(micros));
        }
        page.metric(&CALLS).put(&[("a", "x\"\\\n")], 3_u64).put(&[("a", "y")], f64::NAN);
        page.metric(&TOOK).times(&[], &times);
        page.end()
    }

    #[test]
    fn a_page_has_the_form_that_was_asked_for() {
        let (open, text) = (page(Form::OpenMetrics), page(Form::Text));
        assert!(
            open.starts_with("# HELP calls Calls\n# TYPE calls counter\ncalls_total{a=\"x\\\"\\\\\\n\"} 3\n"),
            "{open}"
        );
        assert!(text.starts_with("# HELP calls_total Calls\n# TYPE calls_total counter\n"), "{text}");
        assert!(open.ends_with("took_seconds_sum 42.000201\ntook_seconds_count 5\n# EOF\n"), "{open}");
        assert!(!text.contains("# EOF"), "{text}");
        for (end, count) in [("0.0001", 2), ("0.00025", 3), ("1.0", 3), ("2.5", 4), ("30.0", 4), ("+Inf", 5)]
        {
            assert!(
                text.contains(&format!("took_seconds_bucket{{le=\"{end}\"}} {count}\n")),
                "{end}: {text}"
            );
        }
    }

    #[test]
    fn the_form_is_what_accept_prefers() {
        for (accept, form) in [
            ("", Form::Text),
            ("*/*", Form::Text),
            ("text/plain;version=0.0.4", Form::Text),
            ("application/openmetrics-text", Form::OpenMetrics),
            ("application/openmetrics-text; version=0.0.1", Form::Text),
            ("application/openmetrics-text;q=0", Form::Text),
            ("text/plain;q=0.9, application/openmetrics-text;version=1.0.0;q=0.5", Form::Text),
            // Prometheus 2.42 and 3.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Form::OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                Form::OpenMetrics,
            ),
        ] {
            assert_eq!(Form::asked(accept), form, "{accept}");
        }
    }

    proptest! {
        /// Whatever a label's text is, it stays one line, and reads back as it was.
        #[test]
        fn no_label_leaves_its_line(text in any::<String>(), form in prop_oneof![Just(Form::Text), Just(Form::OpenMetrics)]) {
            let mut page = Page::new(form);
            page.metric(&CALLS).put(&[("a", &text)], 1_u64);
            let page = page.end();
            let line = page.split('\n').nth(2).unwrap();
            let inner = line.strip_prefix("calls_total{a=\"").unwrap().strip_suffix("\"} 1").unwrap();
            let (mut read, mut chars) = (String::new(), inner.chars());
            while let Some(c) = chars.next() {
                match c {
                    '\\' => read.push(match chars.next().unwrap() { 'n' => '\n', c => c }),
                    '"' => prop_assert!(false, "a quote ends the label"),
                    c => read.push(c),
                }
            }
            prop_assert_eq!(read, text);
        }

        #[test]
        fn any_accept_is_read_to_a_good_end(accept in any::<String>()) {
            let _ = Form::asked(&accept);
        }
    }
}
