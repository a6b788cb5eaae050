//! What stands in for SSO's portal, STS, and the metadata service of an instance: as much of each as gives credentials,
//! and says who one is. Everything else is refused.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{TimeDelta, Utc};

#[derive(Default)]
struct State {
    token: String,
    refused: String,
    /// The keys that were signed with and taken.
    keys: BTreeSet<String>,
    given: usize,
}

/// The server, in threads of its own until the process ends.
pub(crate) struct StandIn {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl StandIn {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::<Mutex<State>>::default();
        let own = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = own.clone();
                // A client that goes away in the middle is its own affair.
                std::thread::spawn(move || drop(serve(&stream, &state)));
            }
        });
        Self { address, state }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// SSO takes this token, and no other.
    pub(crate) fn takes_token(&self, token: &str) {
        token.clone_into(&mut locked(&self.state).token);
    }

    /// STS says of this key that it has expired.
    pub(crate) fn refuses_key(&self, key: &str) {
        key.clone_into(&mut locked(&self.state).refused);
    }

    /// The keys that were taken.
    pub(crate) fn keys(&self) -> Vec<String> {
        locked(&self.state).keys.iter().cloned().collect()
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut from = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let found =
            head.iter().filter_map(|line| line.split_once(": ")).find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    from.read_exact(&mut body)?;
    let (status, kind, text) = answer(&head[0], &header, &body, &mut locked(state));
    let date = now().format("%a, %d %b %Y %H:%M:%S GMT");
    let more = "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";
    let mut to = stream;
    write!(
        to,
        "HTTP/1.1 {status} Played\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nDate: {date}\r\n{more}Connection: \
         close\r\n\r\n{text}",
        text.len()
    )
}

#[allow(clippy::disallowed_methods, reason = "a test that runs in real time")]
fn now() -> chrono::DateTime<Utc> {
    Utc::now()
}

fn answer(line: &str, header: &dyn Fn(&str) -> String, body: &[u8], state: &mut State) -> (u16, &'static str, String) {
    let (json, xml, plain) = ("application/json", "text/xml", "text/plain");
    if line.starts_with("GET /federation/credentials") {
        if header("x-amz-sso_bearer_token") != state.token {
            let said = r#"{"__type": "UnauthorizedException", "message": "Session token not found or invalid"}"#;
            return (401, json, said.to_owned());
        }
        let ends = (now() + TimeDelta::hours(1)).timestamp_millis();
        let keys = r#""accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t""#;
        return (200, json, format!(r#"{{"roleCredentials": {{{keys}, "expiration": {ends}}}}}"#));
    }
    if line.starts_with("PUT /latest/api/token") {
        return (200, plain, "metadata-token".to_owned());
    }
    if line.starts_with("GET /latest/meta-data/iam/security-credentials/ ") {
        return (200, plain, "ops".to_owned());
    }
    if line.starts_with("GET /latest/meta-data/iam/security-credentials/ops") {
        state.given += 1;
        let (ends, key) = (now() + TimeDelta::minutes(5), state.given);
        let ends = ends.format("%Y-%m-%dT%H:%M:%SZ");
        let keys = format!(r#""AccessKeyId": "ASIAROLE{key}", "SecretAccessKey": "s", "Token": "t""#);
        return (200, json, format!(r#"{{"Code": "Success", "Type": "AWS-HMAC", {keys}, "Expiration": "{ends}"}}"#));
    }
    let signed = header("authorization");
    let key = signed.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default();
    if String::from_utf8_lossy(body).contains("Action=GetCallerIdentity") {
        if key == state.refused {
            let said = "<Code>ExpiredToken</Code><Message>The security token has expired</Message>";
            return (403, xml, format!("<ErrorResponse><Error>{said}</Error></ErrorResponse>"));
        }
        state.keys.insert(key.to_owned());
        let who = "<Arn>arn:aws:sts::700000000001:assumed-role/ops/kim</Arn><UserId>x</UserId><Account>700000000001</Account>";
        return (
            200,
            xml,
            format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult>{who}</GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        );
    }
    (400, json, r#"{"__type": "AccessDeniedException", "message": "not played here"}"#.to_owned())
}
