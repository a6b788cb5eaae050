//! AWS cannot be reached at all: its name is not known, or what answers there is somebody else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use infradeck::app::Pane;

use crate::deck::Deck;
use crate::support::seed::seed_few;
use crate::support::{Account, Lab, venv};
use crate::{REGIONS, as_one_line, not_well, recover};

fn seeded() -> Account {
    let account = Lab::start().account();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(seed_few(&account));
    account
}

/// What every answer and the panes say when nothing can be reached at `endpoint`; then all is well after `mend`.
fn unreachable(account: &Account, endpoint: &str, http: Option<SharedHttpClient>, why: &str, mend: Option<&dyn Fn()>) {
    let paused = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    paused.block_on(async {
        let mut deck = Deck::reaching(account, &REGIONS, http, |connection| {
            connection.endpoint_url = Some(endpoint.to_owned());
            // Where nothing may be ordered IAM is not asked, and so cannot fail.
            let resource = "arn:aws:sqs:*:*:if-*".to_owned();
            connection.claims = vec![infradeck::model::Claim { action: "sqs:PurgeQueue".to_owned(), resource }];
        });
        // Looking up names and shaking hands is not seen by the proxy.
        deck.still = 400;
        deck.pass(30).await;
        let snapshot = deck.snapshot();
        let answers = snapshot["quality"].as_array().unwrap();
        assert!(answers.len() >= 15, "{answers:#?}");
        for answer in answers {
            assert_eq!(answer["quality"], "failed", "{answer:#}");
            let reason = answer["reason"].as_str().unwrap();
            assert!(reason.contains("could not be reached") && reason.contains(why), "{reason}");
        }
        for size in [(80, 24), (120, 40)] {
            for pane in [Pane::Agents, Pane::Queues, Pane::Logs, Pane::Alarms] {
                let text = as_one_line(&deck.pane(pane, size));
                assert!(text.contains("failed in us-east-1") && text.contains("could not be reached"), "{text}");
            }
            let regions = deck.pane(Pane::Regions, size);
            assert!(regions.contains("down") && regions.contains("failed"), "{regions}");
        }
        match mend {
            Some(mend) => {
                mend();
                recover(&mut deck, 420).await;
            }
            None => assert!(!not_well(&deck.snapshot()).is_empty()),
        }
    });
}

/// Knows where AWS is only after a while.
#[derive(Clone, Debug)]
struct Names(Arc<AtomicBool>);

impl ResolveDns for Names {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(if self.0.load(Ordering::SeqCst) {
            Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
        } else {
            Err(ResolveDnsError::new(format!("the name {name} is not known")))
        })
    }
}

#[test]
fn a_name_that_is_not_known_for_a_while() {
    let account = seeded();
    let known = Arc::new(AtomicBool::new(false));
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    let http = http.build_with_resolver(Names(known.clone()));
    let endpoint = format!("http://aws.test:{}", account.lab().proxy().address().port());
    unreachable(&account, &endpoint, Some(http), "is not known", Some(&|| known.store(true, Ordering::SeqCst)));
}

#[test]
fn a_name_that_the_system_does_not_know() {
    let account = Lab::start().account();
    // Longer than a label may be: no resolver need be asked.
    let endpoint = format!("http://{}.invalid:80", "a".repeat(64));
    unreachable(&account, &endpoint, None, "failed to lookup address", None);
}

#[test]
fn plain_bytes_where_tls_is_spoken() {
    let account = Lab::start().account();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut hello = [0; 512];
            let _ = stream.read(&mut hello);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    unreachable(&account, &format!("https://127.0.0.1:{port}"), None, "corrupt message", None);
}

/// TLS before the proxy, until it is dropped.
struct Front {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Front {
    fn start(account: &Account) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // moto brings what makes certificates.
        let mut child = Command::new(venv::MOTO.required().join("python"))
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tls_front.py"))
            .arg(account.lab().proxy().address().port().to_string())
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().expect("its port"), folder }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_certificate_that_nobody_knows_for_a_while() {
    let account = seeded();
    let front = Front::start(&account);
    let root = std::fs::read(front.folder.path().join("root.pem")).unwrap();
    let trust = TlsContext::builder().with_trust_store(TrustStore::empty().with_pem_certificate(root));
    let http = Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
    let http = http.tls_context(trust.build().unwrap()).build_https();
    let mend = || std::fs::write(front.folder.path().join("good"), "").unwrap();
    let endpoint = format!("https://127.0.0.1:{}", front.port);
    unreachable(&account, &endpoint, Some(http), "invalid peer certificate", Some(&mend));
}
