//! A script: what goes wrong, and what must then be said. One TOML file each, beside this one.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::support::faults::Planned;
use crate::support::{Fault, Match, Refusal, Spoil};

/// What goes wrong, and what must then be said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// One sentence: what happens.
    #[allow(dead_code, reason = "for those who read the file")]
    pub about: String,
    /// Whether it goes wrong before the first question; else once all is well.
    #[serde(default)]
    pub from_start: bool,
    /// For how many seconds.
    pub lasts_s: u64,
    /// Within how many seconds all is well again.
    #[serde(default = "minutes_3")]
    pub recovers_s: u64,
    /// What goes wrong.
    pub fault: Vec<Wrong>,
    /// What the snapshot then says of questions. What is not named is complete and fresh.
    #[serde(default)]
    pub say: Vec<Said>,
    /// What panes then say.
    #[serde(default)]
    pub pane: Vec<Shown>,
    /// Panes that are as fresh as ever.
    #[serde(default)]
    pub fresh: Vec<String>,
    /// Megabytes that the memory of the program may grow by.
    pub memory_mb: Option<u64>,
}

fn minutes_3() -> u64 {
    180
}

/// One thing that goes wrong, on the calls that all that is given fits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// The signing name of a service: `logs`, `monitoring` (CloudWatch) …
    service: Option<String>,
    operation: Option<String>,
    region: Option<String>,
    /// On so many calls; left out: for as long as the script lasts.
    times: Option<u32>,
    kind: Kind,
    /// The status of `status`.
    status: Option<u16>,
    /// The seconds of `delay` and `dated`.
    seconds: Option<i64>,
    /// The size of `huge`.
    megabytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Throttle,
    Expired,
    Denied,
    Skewed,
    /// A status and a page of HTML.
    Status,
    Drop,
    Reset,
    Silence,
    Delay,
    Half,
    Cut,
    Html,
    Dated,
    /// Status 200, and what no parser takes.
    Rubbish,
    Huge,
}

impl Wrong {
    /// For the proxy: on which calls, what, how often.
    pub fn planned(&self) -> Planned {
        let when =
            Match { service: self.service.clone(), operation: self.operation.clone(), region: self.region.clone() };
        let seconds = || self.seconds.expect("a fault of this kind says `seconds`");
        let fault = match self.kind {
            Kind::Throttle => Fault::Refuse(Refusal::Throttle),
            Kind::Expired => Fault::Refuse(Refusal::Expired),
            Kind::Denied => Fault::Refuse(Refusal::Denied),
            Kind::Skewed => Fault::Refuse(Refusal::Skewed),
            Kind::Status => Fault::Answer {
                status: self.status.expect("`status` says which"),
                headers: vec![("Content-Type".into(), "text/html".into())],
                body: b"<html><body><h1>Service Unavailable</h1></body></html>".to_vec(),
            },
            Kind::Drop => Fault::Drop,
            Kind::Reset => Fault::Reset,
            Kind::Silence => Fault::Silence,
            Kind::Delay => Fault::Hold(Duration::from_secs(seconds().unsigned_abs())),
            Kind::Half => Fault::Spoil(Spoil::Half),
            Kind::Cut => Fault::Spoil(Spoil::Cut),
            Kind::Html => Fault::Spoil(Spoil::Html),
            Kind::Dated => Fault::Spoil(Spoil::Dated(seconds())),
            Kind::Rubbish => Fault::rubbish(),
            Kind::Huge => Fault::Huge(self.megabytes.expect("`huge` says `megabytes`") << 20),
        };
        Planned { when, fault, left: self.times }
    }
}

/// What the snapshot says of a question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Which, by its word.
    pub question: String,
    /// Where; left out: everywhere.
    region: Option<String>,
    /// By its word.
    pub quality: String,
    /// What its reason holds.
    #[serde(default)]
    pub reason: Vec<String>,
}

impl Said {
    /// Whether it is about this.
    pub fn is_of(&self, question: &str, region: &str) -> bool {
        self.question == question && self.region.as_deref().is_none_or(|wanted| wanted == region)
    }
}

/// What a pane says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Which, by its word.
    pub pane: String,
    /// What it holds, somewhere.
    pub words: Vec<String>,
}

impl Script {
    /// The script of this name.
    pub fn load(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults").join(format!("{name}.toml"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}
