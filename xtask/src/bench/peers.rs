//! Settings of the programs we are measured beside, as their own manuals advise for such a path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::processes::{Processes, wait_for};
use crate::tools::run;

/// An authority and a certificate for both sides.
pub(crate) fn certificates(folder: &Path) -> Result<(), String> {
    let openssl = |arguments: &[&str]| {
        run(Command::new("openssl").args(arguments).current_dir(folder).stderr(std::process::Stdio::null()))
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    openssl(
        &[
            &["req", "-x509"],
            key.as_slice(),
            &["-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=bench", "-days", "2"],
        ]
        .concat(),
    )?;
    openssl(
        &[&["req"], key.as_slice(), &["-keyout", "peer.key", "-out", "peer.csr", "-subj", "/CN=peer"]]
            .concat(),
    )?;
    openssl(&[
        "x509",
        "-req",
        "-in",
        "peer.csr",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "peer.crt",
        "-days",
        "2",
    ])?;
    let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(|error| error.to_string());
    fs::write(folder.join("peer.pem"), read("peer.crt")? + &read("peer.key")?)
        .map_err(|error| error.to_string())
}

/// A log of calls whose every line is on the disk before the program goes on: `chattr +S`, which not every file system has.
fn synced_log(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let path = folder.join(format!("{name}.access"));
    fs::write(&path, "").map_err(|error| format!("{name}.access: {error}"))?;
    run(Command::new("chattr").arg("+S").arg(&path))?;
    Ok(path)
}

fn nginx_conf(folder: &Path, name: &str, log: Option<&Path>, http: &str) -> Result<(), String> {
    let log = log.map_or_else(|| "off".into(), |path| path.display().to_string());
    let conf = format!(
        "worker_processes auto;\npid {name}.pid;\nevents {{ worker_connections 4096; }}\nhttp {{\n  access_log {log};\n  keepalive_requests 1000000;\n  \
         client_body_temp_path {name}-body; proxy_temp_path {name}-proxy; fastcgi_temp_path {name}-f; uwsgi_temp_path {name}-u; scgi_temp_path {name}-s;\n{http}\n}}\n"
    );
    fs::write(folder.join(format!("{name}.conf")), conf).map_err(|error| error.to_string())
}

/// The system behind all of them: a file of 1 KB.
pub(crate) fn system(folder: &Path, port: u16) -> Result<(), String> {
    let www = folder.join("www");
    fs::create_dir_all(&www).map_err(|error| error.to_string())?;
    fs::write(www.join("1k.json"), format!("{{\"ho_ten\":\"{}\"}}", "x".repeat(1010)))
        .map_err(|error| error.to_string())?;
    // Read by the server's workers, which are not root.
    let _ = run(Command::new("chmod").args(["-R", "a+rX"]).arg(folder));
    nginx_conf(
        folder,
        "system",
        None,
        &format!(
            "  types {{ application/json json; }}\n  server {{ listen 127.0.0.1:{port}; root {}; open_file_cache max=10; }}",
            www.display()
        ),
    )
}

/// Runs nginx by the settings of that name.
pub(crate) fn serve(processes: &mut Processes, name: &str, port: u16) -> Result<(), String> {
    let folder = processes.folder.clone();
    let mut nginx = Command::new("nginx");
    nginx.arg("-p").arg(&folder).arg("-c").arg(folder.join(format!("{name}.conf")));
    processes.spawn(name, nginx.args(["-e", "/dev/null", "-g", "daemon off;"]))?;
    wait_for(port)
}

/// Two programs that carry calls from one to the other, by the names of their settings.
pub(crate) struct Pair<'a> {
    pub(crate) provider: (&'a str, u16),
    pub(crate) consumer: (&'a str, u16),
    /// Whether both sides log each call, and sync it.
    pub(crate) is_synced: bool,
}

/// nginx → nginx: mutual TLS 1.3, HTTP/1.1 with kept connections.
pub(crate) fn nginx(folder: &Path, system: u16, pair: &Pair<'_>) -> Result<(), String> {
    let at = folder.display();
    let ((provider_name, provider), (consumer_name, consumer)) = (pair.provider, pair.consumer);
    let log = |name| pair.is_synced.then(|| synced_log(folder, name)).transpose();
    nginx_conf(
        folder,
        provider_name,
        log(provider_name)?.as_deref(),
        &format!(
            "  upstream system {{ server 127.0.0.1:{system}; keepalive 128; }}\n  server {{\n    listen 127.0.0.1:{provider} ssl;\n    ssl_certificate {at}/peer.crt; ssl_certificate_key {at}/peer.key; \
             ssl_client_certificate {at}/ca.crt; ssl_verify_client on; ssl_protocols TLSv1.3;\n    location / {{ proxy_pass http://system; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}\n  }}"
        ),
    )?;
    nginx_conf(
        folder,
        consumer_name,
        log(consumer_name)?.as_deref(),
        &format!(
            "  upstream peer {{ server 127.0.0.1:{provider}; keepalive 128; }}\n  server {{\n    listen 127.0.0.1:{consumer};\n    location / {{\n      proxy_pass https://peer; proxy_http_version 1.1; proxy_set_header Connection \"\";\n      \
             proxy_ssl_certificate {at}/peer.crt; proxy_ssl_certificate_key {at}/peer.key; proxy_ssl_trusted_certificate {at}/ca.crt; proxy_ssl_verify on; proxy_ssl_name peer; proxy_ssl_protocols TLSv1.3;\n    }}\n  }}"
        ),
    )
}

/// `HAProxy` → `HAProxy`: mutual TLS 1.3, HTTP/2 between them. It writes its log to its standard output.
pub(crate) fn haproxy(folder: &Path, system: u16, pair: &Pair<'_>) -> Result<(), String> {
    let at = folder.display();
    let ((provider_name, provider), (consumer_name, consumer)) = (pair.provider, pair.consumer);
    let (to, of_calls) = if pair.is_synced {
        ("\n  log stdout format raw local0", "\n  log global\n  option httplog")
    } else {
        ("", "")
    };
    let common = format!(
        "global\n  maxconn 4096{to}\ndefaults\n  mode http{of_calls}\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  http-reuse always\n"
    );
    let provider_conf = format!(
        "{common}frontend peer\n  bind 127.0.0.1:{provider} ssl crt {at}/peer.pem ca-file {at}/ca.crt verify required alpn h2 ssl-min-ver TLSv1.3\n  default_backend system\nbackend system\n  server s 127.0.0.1:{system}\n"
    );
    let consumer_conf = format!(
        "{common}frontend edge\n  bind 127.0.0.1:{consumer}\n  default_backend peer\nbackend peer\n  server p 127.0.0.1:{provider} ssl crt {at}/peer.pem ca-file {at}/ca.crt verify required alpn h2 ssl-min-ver TLSv1.3\n"
    );
    for (name, conf) in [(provider_name, provider_conf), (consumer_name, consumer_conf)] {
        if pair.is_synced {
            synced_log(folder, name)?;
        }
        fs::write(folder.join(format!("{name}.cfg")), conf).map_err(|error| error.to_string())?;
    }
    Ok(())
}
