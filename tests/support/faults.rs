//! What can go wrong between the program and AWS, planned by a test and played by the proxy.

use std::time::Duration;

use super::calls::Question;
use super::forms::Refusal;

/// Which calls a fault is for; what is left `None` matches all.
#[derive(Clone, Debug, Default)]
pub struct Match {
    /// Signing name: `sqs`, `logs`, `monitoring`, `ce` …
    pub service: Option<String>,
    /// `us-west-2`.
    pub region: Option<String>,
    /// `ListQueues`.
    pub operation: Option<String>,
}

impl Match {
    /// Every call of the account.
    pub fn all() -> Self {
        Self::default()
    }

    /// All calls of a service, by its signing name.
    pub fn service(name: &str) -> Self {
        Self { service: Some(name.into()), ..Self::default() }
    }

    /// All calls to a region.
    pub fn region(name: &str) -> Self {
        Self { region: Some(name.into()), ..Self::default() }
    }

    /// Only in this region.
    #[must_use]
    pub fn in_region(mut self, name: &str) -> Self {
        self.region = Some(name.into());
        self
    }

    /// Only this operation.
    #[must_use]
    pub fn operation(mut self, name: &str) -> Self {
        self.operation = Some(name.into());
        self
    }

    /// Whether it is meant.
    pub fn holds(&self, question: &Question) -> bool {
        let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        fits(&self.service, &question.service)
            && fits(&self.region, &question.region)
            && fits(&self.operation, &question.operation)
    }
}

/// What goes wrong (or is answered in an emulator's place).
#[derive(Clone, Debug)]
pub enum Fault {
    /// The answer comes, but later.
    Delay(Duration),
    /// The answer comes once the account's own clock has gone on by so much: [`super::Account::pass`].
    Hold(Duration),
    /// The connection is closed without an answer.
    Drop,
    /// The connection is reset.
    Reset,
    /// Nothing is ever answered.
    Silence,
    /// The service refuses, in the form of its protocol.
    Refuse(Refusal),
    /// The emulator's answer, damaged.
    Spoil(Spoil),
    /// A good beginning, and then so many bytes of nothing.
    Huge(u64),
    /// This answer instead of the emulator's.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Headers, the length excepted.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
}

/// How an answer is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    /// Half of it comes, then nothing, and the connection stays open.
    Half,
    /// Half of it comes, and is said to be all.
    Cut,
    /// It is said to be HTML.
    Html,
    /// It is dated so many seconds from now.
    Dated(i64),
}

impl Fault {
    /// A service's error in JSON, with its name where the SDK looks for it in all three protocols
    /// that our services speak in JSON or by header.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Self::Answer {
            status,
            headers: vec![
                ("Content-Type".into(), "application/x-amz-json-1.1".into()),
                ("x-amzn-ErrorType".into(), code.into()),
            ],
            body: format!(r#"{{"__type":"{code}","message":"{message}"}}"#).into_bytes(),
        }
    }

    /// A service's error in XML, for the query protocols (EC2, STS) and S3.
    pub fn error_xml(status: u16, code: &str, message: &str) -> Self {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Self::Answer {
            status,
            headers: vec![("Content-Type".into(), "text/xml".into())],
            // Each protocol wants its own wrapping; the parsers look for the first `Error` inside.
            body: format!("<Response><Errors>{error}</Errors>{error}</Response>").into_bytes(),
        }
    }

    /// Slow down, as the JSON services say it.
    pub fn throttle() -> Self {
        Self::error(400, "ThrottlingException", "Rate exceeded")
    }

    /// Status 200 and a body that no parser takes.
    pub fn rubbish() -> Self {
        Self::Answer {
            status: 200,
            headers: vec![("Content-Type".into(), "text/html".into())],
            body: b"<html>\x00\xff{{{ not what you asked for".to_vec(),
        }
    }

    /// A good answer in JSON, for what no emulator answers (Cost Explorer's forecast).
    pub fn answer_json(body: &str) -> Self {
        Self::Answer {
            status: 200,
            headers: vec![("Content-Type".into(), "application/x-amz-json-1.1".into())],
            body: body.as_bytes().to_vec(),
        }
    }
}

/// A planned fault, how often still (`None`: until it is cleared).
pub struct Planned {
    /// On which calls.
    pub when: Match,
    /// What.
    pub fault: Fault,
    /// How often still.
    pub left: Option<u32>,
}
