//! Systems that prove themselves by a certificate, at an edge that speaks TLS.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::nation::{Nation, until};

/// A nation whose consumer's edge speaks TLS, and a folder for certificates.
struct Edge {
    nation: Nation,
    folder: PathBuf,
}

impl Edge {
    /// One at which these are known.
    async fn open(certificates: &[&str]) -> Self {
        let mut nation = Nation::start().await;
        nation.kill("c1");
        let folder = nation.path("tls");
        std::fs::create_dir(&folder).unwrap();
        for name in certificates {
            certificate(&folder, name);
        }
        nation.change_settings("c1", |text| {
            let text = text.replace("edge_tls = false", "edge_tls = true");
            let listed = list(&folder, certificates);
            text.replacen("\ntoken_sha256 =", &format!("\ncertificates = {listed}\ntoken_sha256 ="), 1)
        });
        nation.start_node("c1");
        let edge = Self { nation, folder };
        until("the edge", async || !edge.call(None, &[]).is_empty()).await;
        until("the directory", async || !edge.call(None, &[]).contains("LT-6102")).await;
        edge
    }

    /// What is known from now on.
    fn know(&self, certificates: &[&str]) {
        self.nation.change_settings("c1", |text| {
            let lines = text.lines().map(|line| match line.strip_prefix("certificates =") {
                Some(_) => format!("certificates = {}", list(&self.folder, certificates)),
                None => line.to_owned(),
            });
            lines.map(|line| line + "\n").collect()
        });
    }

    /// What a call is answered that shows a certificate. No `-k`: the one that the node made for its edge is checked, name and all.
    fn call(&self, certificate: Option<&str>, more: &[&str]) -> String {
        let url =
            format!("https://{}/r1/VN/GOV/G01/dan-cu/nguoi/924198000007", self.nation.address("c1").edge);
        let mut curl = Command::new("curl");
        curl.args(["-s", "--max-time", "10", "-H", "X-Road-Client: VN/LOC/H05/mot-cua"]);
        curl.args(["-H", "Lienthong-Purpose: khai-sinh", &url]).args(more);
        curl.arg("--cacert").arg(self.nation.path("c1/edge.pem"));
        if let Some(name) = certificate {
            curl.arg("--cert").arg(pem(&self.folder, name));
            curl.arg("--key").arg(self.folder.join(format!("{name}.key")));
        }
        String::from_utf8(curl.output().unwrap().stdout).unwrap()
    }

    fn answers(&self, certificate: &str) -> bool {
        self.call(Some(certificate), &[]).contains("Nguyễn Thị Hòa 7")
    }
}

fn pem(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.crt"))
}

fn list(folder: &Path, names: &[&str]) -> String {
    let paths: Vec<String> = names.iter().map(|name| format!("{:?}", pem(folder, name))).collect();
    format!("[{}]", paths.join(", "))
}

/// Makes a key and a certificate of its own.
fn certificate(folder: &Path, name: &str) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "30", "-subj", "/CN=mot-cua", "-keyout"])
        .arg(folder.join(format!("{name}.key")))
        .arg("-out")
        .arg(pem(folder, name))
        .output()
        .unwrap();
    assert!(made.status.success());
}

#[tokio::test]
async fn a_system_may_prove_itself_by_its_certificate_over_tls() {
    let edge = Edge::open(&["system"]).await;
    certificate(&edge.folder, "stranger");
    assert!(edge.answers("system"), "{}", edge.call(Some("system"), &[]));
    assert!(edge.call(None, &["--http1.1"]).contains("LT-1201"));
    assert!(edge.call(None, &["--http2"]).contains("LT-1201"));
    assert_eq!(edge.call(Some("stranger"), &[]), "", "an unknown certificate gets no connection");
}

/// Whatever way a certificate comes or goes: named in the settings, put into a file that is named already, or there only later.
#[tokio::test]
async fn a_certificate_counts_within_seconds_and_no_longer_when_it_is_taken_out() {
    let edge = Edge::open(&["one"]).await;
    for name in ["two", "three", "four"] {
        certificate(&edge.folder, name);
    }
    assert!(edge.answers("one") && !edge.answers("two"));
    edge.know(&["one", "two"]);
    until("the second counts", async || edge.answers("two")).await;
    assert!(edge.answers("one"), "the first counts beside it");
    // Another in the file of the second, whose settings are as they were.
    std::fs::copy(pem(&edge.folder, "three"), pem(&edge.folder, "two")).unwrap();
    until("the third counts", async || edge.answers("three")).await;
    assert!(edge.answers("one"));
    edge.know(&["two"]);
    until("the first counts no more", async || !edge.answers("one")).await;
    assert!(edge.answers("three"));
    // One that cannot be read changes nothing and is told; when it is there, the settings need not be touched for it to count.
    edge.know(&["two", "later"]);
    let is_told = || edge.nation.log("c1").contains("tokens and certificates stay as they were");
    until("it is told", async || is_told()).await;
    assert!(edge.answers("three"));
    std::fs::copy(pem(&edge.folder, "four"), pem(&edge.folder, "later")).unwrap();
    until("the fourth counts", async || edge.answers("four")).await;
    assert!(edge.answers("three"));
}
