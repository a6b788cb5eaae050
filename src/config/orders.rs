//! `[orders]`, `[lock]` and `[trusted]`: what may be ordered, how two people stay out of each other's way, and whose
//! messages are believed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::TimeDelta;
use toml::de::DeValue;

use super::section::Section;
use super::values::{checked, count, duration, suggest, text, texts};
use crate::model::OrderKind;

/// What the program may do by itself.
pub const RESTART_STUCK: &str = "restart-stuck";

/// `[orders]`: what may be ordered.
#[derive(Debug, Clone, PartialEq)]
pub struct Orders {
    /// The longest time for which orders can be opened at once.
    pub unlock_most: TimeDelta,
    /// Kinds that nobody may order from here.
    pub never: BTreeSet<OrderKind>,
    /// Kinds that a second person must approve.
    pub approval: BTreeSet<OrderKind>,
    /// Whether stuck agents are restarted without being told, while unlocked.
    pub auto_restart_stuck: bool,
    /// At most so many of them an hour.
    pub auto_per_hour: u32,
    /// Messages a second in a redrive where the order names no rate; `None` leaves it to SQS.
    pub redrive_per_second: Option<u32>,
    /// The function of a coordinator, to launch sessions by invoking; `None` launches them over the bus.
    pub launch_function: Option<String>,
    /// The EC2 launch template of an agent's instance.
    pub launch_template: Option<String>,
    /// The DynamoDB table of session states: `session_id`, `agent_id`, `task`.
    pub state_table: Option<String>,
    /// The SNS topic that installed alarms tell, by ARN.
    pub alarm_topic: Option<String>,
    /// A CloudWatch Logs group that gets a copy of the record.
    pub record_group: Option<String>,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            unlock_most: TimeDelta::hours(1),
            never: BTreeSet::new(),
            approval: BTreeSet::new(),
            auto_restart_stuck: false,
            auto_per_hour: 3,
            redrive_per_second: None,
            launch_function: None,
            launch_template: None,
            state_table: None,
            alarm_topic: None,
            record_group: None,
        }
    }
}

fn kinds(value: &DeValue<'_>) -> Result<BTreeSet<OrderKind>, String> {
    let words: Vec<&str> = OrderKind::ALL.iter().map(|line| line.1).collect();
    let kind =
        |word: &String| OrderKind::named(word).ok_or_else(|| format!("holds {word:?}; {}", suggest(word, &words)));
    texts(value)?.iter().map(kind).collect()
}

fn policies(value: &DeValue<'_>) -> Result<bool, String> {
    let words = texts(value)?;
    match words.iter().find(|word| *word != RESTART_STUCK) {
        Some(word) => Err(format!("holds {word:?}; {}", suggest(word, &[RESTART_STUCK]))),
        None => Ok(!words.is_empty()),
    }
}

impl Orders {
    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("unlock_most", &mut self.unlock_most, duration);
        section.read("never", &mut self.never, kinds);
        section.read("approval", &mut self.approval, kinds);
        section.read("redrive_per_second", &mut self.redrive_per_second, |value| count(1..=500)(value).map(Some));
        section.read_some("launch_function", &mut self.launch_function, text);
        section.read_some("launch_template", &mut self.launch_template, text);
        section.read_some("state_table", &mut self.state_table, text);
        section.read_some("alarm_topic", &mut self.alarm_topic, checked(super::values::arn));
        section.read_some("record_group", &mut self.record_group, text);
    }

    /// `[policy]`: what the program may do by itself.
    pub(super) fn read_policy(&mut self, section: &mut Section<'_>) {
        section.read("auto", &mut self.auto_restart_stuck, policies);
        section.read("auto_per_hour", &mut self.auto_per_hour, count(1..=60));
    }
}

/// `[lock]`: how two people are kept from doing the same thing at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Where the locks lie.
    pub place: LockPlace,
    /// After so long a lock that was not given back counts for nothing.
    pub expires: TimeDelta,
    /// The folder that everyone on this bastion shares, for file locks and approvals.
    pub folder: PathBuf,
}

/// Where the locks lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockPlace {
    /// In files on this bastion.
    File,
    /// As objects: `s3://bucket/prefix`.
    S3(String, String),
    /// As items of a DynamoDB table with the key `id`.
    DynamoDb(String),
}

impl Default for Lock {
    fn default() -> Self {
        Self { place: LockPlace::File, expires: TimeDelta::minutes(30), folder: PathBuf::from("/var/tmp/infradeck") }
    }
}

impl Lock {
    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        section.read("place", &mut self.place, checked(place));
        section.read("expires", &mut self.expires, duration);
        section.read("folder", &mut self.folder, |value| {
            let path = PathBuf::from(text(value)?);
            if path.is_absolute() { Ok(path) } else { Err("is no absolute path".to_owned()) }
        });
    }
}

fn place(text: &str) -> Result<LockPlace, String> {
    let named = |rest: &str| (!rest.is_empty()).then(|| rest.to_owned());
    let found = match text.split_once("://") {
        Some(("s3", rest)) => {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, "infradeck-locks"));
            named(bucket).zip(named(prefix.trim_end_matches('/'))).map(|(bucket, prefix)| LockPlace::S3(bucket, prefix))
        }
        Some(("dynamodb", table)) => named(table).map(LockPlace::DynamoDb),
        _ if text == "file" => Some(LockPlace::File),
        _ => None,
    };
    found.ok_or_else(|| format!("is {text:?}; \"file\", \"s3://BUCKET/PREFIX\" or \"dynamodb://TABLE\" is wanted"))
}

/// `[trusted]`: names and public keys, `ed25519:` and base64, of those whose messages are believed.
pub(super) fn read_trusted(section: &mut Section<'_>) -> BTreeMap<String, String> {
    let mut trusted = BTreeMap::new();
    for name in section.names() {
        let mut key = String::new();
        section.read(&name, &mut key, checked(public_key));
        trusted.insert(name, key);
    }
    trusted
}

fn public_key(text: &str) -> Result<String, String> {
    use base64::Engine;
    let bytes =
        text.strip_prefix("ed25519:").and_then(|rest| base64::engine::general_purpose::STANDARD.decode(rest).ok());
    if bytes.is_some_and(|bytes| bytes.len() == 32) {
        return Ok(text.to_owned());
    }
    Err(format!("is {text:?}; \"ed25519:\" and 32 bytes in base64 are wanted"))
}
