//! A port for those who measure: `GET /metrics`, unencrypted, for this machine alone. It shows counts, never a person, and changes nothing;
//! still nobody else gets it: not another machine, since settings take loopback addresses only, nor a page in a browser here, which would
//! come by a name.

use std::convert::Infallible;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use http::uri::Authority;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use model::metrics::{Form, Page, process};
use tokio::net::TcpListener;

use crate::listen::{self, Clock, Door, Limits, Pace, Received};

/// Those who scrape stay connected between two scrapes, mostly 15 s or a minute apart.
const CLOCK: Clock = Clock { idle: Duration::from_secs(150), life: Duration::from_secs(3600) };
/// A few who scrape; nobody shows who they are.
const LIMITS: Limits = Limits {
    proven: 0,
    per_party: 0,
    strangers: 32,
    per_address: 32,
    strangers_requests: 2,
    strangers_bytes_per_second: 64 * 1024,
    party_requests: 1,
    handshake: Duration::from_secs(10),
    stranger: CLOCK,
    known: CLOCK,
    pace: Pace { grace: Duration::from_secs(10), bytes_per_second: 4096 },
};

/// Whether metrics may be shown at an address: to this machine only. From elsewhere they are fetched by the agent or the proxy that an
/// operator has on it, which has its own encryption and its own passwords.
#[must_use]
pub fn may_listen(address: SocketAddr) -> bool {
    address.ip().is_loopback()
}

/// Shows what `page` makes, each time anew, for as long as it is polled.
pub async fn serve<F, G>(listener: TcpListener, page: F)
where
    F: Fn(Form) -> G + Clone + Send + Sync + 'static,
    G: Future<Output = String> + Send + 'static,
{
    listen::accept(listener, LIMITS, move |stream, connection| {
        let page = page.clone();
        let service = service_fn(move |request: Request<Received>| answer(request, page.clone()));
        let server = auto::Builder::new(TokioExecutor::new()).http1_only();
        async move { connection.serve(server, stream, service, std::future::pending()).await }
    })
    .await;
}

async fn answer<F, G>(request: Request<Received>, page: F) -> Result<Response<Full<Bytes>>, Infallible>
where
    F: Fn(Form) -> G,
    G: Future<Output = String>,
{
    let refused = if !is_called_by_address(request.headers()) {
        Some(StatusCode::MISDIRECTED_REQUEST)
    } else if request.uri().path() != "/metrics" {
        Some(StatusCode::NOT_FOUND)
    } else if request.method() != Method::GET {
        Some(StatusCode::METHOD_NOT_ALLOWED)
    } else {
        None
    };
    if let Some(status) = refused {
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = status;
        return Ok(answer);
    }
    let accept: Vec<&str> =
        request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let form = Form::asked(&accept.join(","));
    let mut answer = Response::new(Full::from(page(form).await));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.content_type()));
    Ok(answer)
}

/// A page in a browser of this machine may have the browser call here by a name that its owner lets lead to it; then that name is in
/// `Host`.
fn is_called_by_address(headers: &HeaderMap) -> bool {
    let mut named = headers.get_all(HOST).iter();
    let (Some(host), None) = (named.next(), named.next()) else { return false };
    let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    authority.is_some_and(|authority| {
        let host = authority.host();
        host.eq_ignore_ascii_case("localhost") || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
    })
}

/// What the process tells of itself, and connections by port.
pub fn put_process(page: &mut Page, doors: &[(&str, &Door)]) {
    page.metric(&process::BUILD).put(&[("version", env!("CARGO_PKG_VERSION"))], 1_u64);
    // The entry through which the folder is read is one of them.
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        page.metric(&process::OPEN_FDS).put(&[], open.count().saturating_sub(1));
    }
    if let Some(most) = figure("/proc/self/limits", "Max open files") {
        page.metric(&process::MAX_FDS).put(&[], most);
    }
    if let Some(kilobytes) = figure("/proc/self/status", "VmRSS:") {
        page.metric(&process::MEMORY).put(&[], kilobytes * 1024);
    }
    let each = |page: &mut Page, metric, of: fn((usize, usize)) -> usize| {
        let mut values = page.metric(metric);
        for (port, door) in doors {
            let [known, strangers] = door.taken();
            values.put(&[("port", port), ("party", "known")], of(known));
            values.put(&[("port", port), ("party", "stranger")], of(strangers));
        }
    };
    each(page, &process::CONNECTIONS, |(taken, _)| taken);
    each(page, &process::CONNECTIONS_LIMIT, |(_, most)| most);
}

/// The first number behind a name that begins a line of a file of the system.
fn figure(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn only_metrics_are_shown_and_only_to_who_calls_by_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert!(may_listen(address) && !may_listen("0.0.0.0:1".parse().unwrap()));
        tokio::spawn(serve(listener, |form| async move { format!("{form:?}") }));
        let port = address.port();
        let ask = async |line: &str, host: &str, more: &str| {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let text = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n");
            stream.write_all(text.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        let own = format!("127.0.0.1:{port}");
        let shown = ask("GET /metrics", &own, "").await;
        assert!(shown.starts_with("HTTP/1.1 200") && shown.ends_with("Text"), "{shown}");
        assert!(shown.contains("content-type: text/plain; version=0.0.4; charset=utf-8"), "{shown}");
        let open =
            ask("GET /metrics", "[::1]", "Accept: application/openmetrics-text;version=1.0.0\r\n").await;
        assert!(open.contains("content-type: application/openmetrics-text; version=1.0.0"), "{open}");
        for (line, host, status) in [
            ("GET /metrics", "localhost", "200"),
            ("GET /metrics?x=1", &own, "200"),
            ("GET /", &own, "404"),
            ("GET /metrics/", &own, "404"),
            ("POST /metrics", &own, "405"),
            ("GET /metrics", "attacker.example.vn", "421"),
            ("GET /metrics", "127.0.0.1.attacker.example.vn", "421"),
            ("GET /metrics", "localhost.", "421"),
        ] {
            let answer = ask(line, host, "").await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{line} {host}: {answer}");
        }
    }

    #[test]
    fn a_process_tells_of_itself() {
        let mut page = Page::new(Form::Text);
        put_process(&mut page, &[("edge", &Door::new(LIMITS))]);
        let page = page.end();
        for line in [
            "lienthong_connections{port=\"edge\",party=\"stranger\"} 0",
            "lienthong_connections_limit{port=\"edge\",party=\"stranger\"} 32",
            "# TYPE process_open_fds gauge",
            "# TYPE process_max_fds gauge",
            "# TYPE process_resident_memory_bytes gauge",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}: {page}");
        }
    }
}
