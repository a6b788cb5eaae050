//! Answers played back instead of the network, for what no emulator answers.
//!
//! The SDK has such a client (`StaticReplayClient`) behind a feature that would compile all of it a second time for the
//! tests; this is what of it is needed.

use std::collections::VecDeque;
use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::asking::locked;
use crate::cloud::Clock;

/// What is played for one request.
#[derive(Clone, Debug)]
pub(super) enum Played {
    /// An answer: status and body.
    Answer(u16, String),
    /// The connection breaks after the request was sent.
    Broken,
    /// Nobody listens.
    Refused,
    /// Nothing ever comes.
    Silence,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// `POST https://…`.
    pub line: String,
    /// `x-amz-target`, `authorization` and `x-amz-date`, where they are there.
    pub headers: String,
    pub body: String,
}

/// Gives its answers in turn, the last one for ever, and keeps what was asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay {
    answers: Arc<Mutex<VecDeque<Played>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// What is played instead for hosts in whose name this is.
    but: Option<(&'static str, Played)>,
    /// By its clock each answer is dated, and what was signed five minutes off is refused.
    clock: Option<Ticking>,
    signed_anyhow: bool,
}

/// A clock that can be shown.
#[derive(Clone)]
struct Ticking(Clock);

impl std::fmt::Debug for Ticking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Replay {
    /// Status and body of each answer.
    pub(super) fn new(answers: &[(u16, &str)]) -> Self {
        Self::playing(answers.iter().map(|(status, body)| Played::Answer(*status, (*body).to_owned())))
    }

    /// What is played for each request.
    pub(super) fn playing(answers: impl IntoIterator<Item = Played>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
    }

    /// Plays this instead for hosts in whose name `part` is.
    pub(super) fn but(self, part: &'static str, played: Played) -> Self {
        Self { but: Some((part, played)), ..self }
    }

    /// Dates its answers by this clock, and refuses what was signed five minutes off.
    pub(super) fn at(self, clock: Clock) -> Self {
        Self { clock: Some(Ticking(clock)), ..self }
    }

    /// Refuses nothing for its time.
    pub(super) fn signed_anyhow(self) -> Self {
        Self { signed_anyhow: true, ..self }
    }

    /// Plays these from now on.
    pub(super) fn then(&self, answers: &[(u16, &str)]) {
        *locked(&self.answers) =
            answers.iter().map(|(status, body)| Played::Answer(*status, (*body).to_owned())).collect();
    }

    fn is_off(&self, request: &HttpRequest) -> bool {
        let Some(Ticking(clock)) = self.clock.as_ref().filter(|_| !self.signed_anyhow) else { return false };
        let signed = request.headers().get("x-amz-date").expect("a signed request");
        let signed = chrono::NaiveDateTime::parse_from_str(signed, "%Y%m%dT%H%M%SZ").expect("a time").and_utc();
        (signed - clock()).abs() > chrono::TimeDelta::minutes(5)
    }

    /// The bodies of the requests so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.requests().into_iter().map(|asked| asked.body).collect()
    }

    /// The requests so far.
    pub(super) fn requests(&self) -> Vec<Asked> {
        locked(&self.asked).clone()
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
        locked(&self.asked).push(Asked {
            line: format!("{} {}", request.method(), request.uri()),
            headers: format!("{} {} {}", header("x-amz-target"), header("authorization"), header("x-amz-date")),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
        });
        let mut answers = locked(&self.answers);
        let next = match &self.but {
            Some((part, played)) if request.uri().contains(part) => Some(played.clone()),
            _ if self.is_off(&request) => Some(Played::Answer(
                403,
                r#"{"__type": "InvalidSignatureException", "message": "Signature expired"}"#.into(),
            )),
            _ if answers.len() > 1 => answers.pop_front(),
            _ => answers.front().cloned(),
        };
        let broken = |kind: ErrorKind| HttpConnectorFuture::ready(Err(ConnectorError::io(Error::from(kind).into())));
        match next.expect("an answer") {
            Played::Answer(status, body) => {
                let status = StatusCode::try_from(status).expect("a status");
                let mut response = HttpResponse::new(status, SdkBody::from(body));
                response.headers_mut().insert("content-type", "application/x-amz-json-1.1");
                response.headers_mut().insert("x-amzn-requestid", "request-1");
                if let Some(Ticking(clock)) = &self.clock {
                    let date = clock().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
                    response.headers_mut().insert("date", date);
                }
                HttpConnectorFuture::ready(Ok(response))
            }
            Played::Broken => broken(ErrorKind::ConnectionReset),
            Played::Refused => broken(ErrorKind::ConnectionRefused),
            Played::Silence => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

impl HttpClient for Replay {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
