//! One entry of the record: one line of canonical JSON (RFC 8785), which holds the hash of the line before and a
//! signature over all of it but the signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Who, redact};
use crate::action::{Event, OrderId, Plan};
use crate::model::{FabricId, Time};

/// What stands for the line before the first one.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const SIGNATURE: &str = "sig";
const NOTE: &str = "note";

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number; the first is 1.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// To which order it happened; `None` for what concerns none, such as the unlocking.
    pub order: Option<OrderId>,
    /// Where.
    pub fabric: FabricId,
    /// Who gave the order.
    pub who: Who,
    /// The SHA-256 of the line before, in hexadecimal digits.
    pub prev: String,
    /// The signature of all the others, in base64.
    pub sig: String,
    /// What happened, with the members of an [`Event`], or of a note: `text` and, where a torn line was put aside, `torn`.
    #[serde(flatten)]
    pub what: Map<String, Value>,
}

/// What an entry tells, before it stands in the chain.
#[derive(Clone, Debug)]
pub(super) struct Told<'a> {
    pub at: Time,
    pub order: Option<&'a OrderId>,
    pub fabric: &'a FabricId,
    pub who: &'a Who,
    pub what: Map<String, Value>,
}

/// An event as the record holds it: without secrets.
pub(super) fn of_event(event: &Event) -> Result<Map<String, Value>, String> {
    match serde_json::to_value(event) {
        Ok(mut value) => {
            redact::value(&mut value);
            if let Value::Object(members) = value { Ok(members) } else { Err("an event is no object".to_owned()) }
        }
        Err(error) => Err(error.to_string()),
    }
}

/// A note as the record holds it.
pub(super) fn of_note(text: &str, torn: Option<&str>) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("event".to_owned(), NOTE.into());
    members.insert("text".to_owned(), redact::text(text).into());
    if let Some(torn) = torn {
        members.insert("torn".to_owned(), torn.into());
    }
    members
}

impl Told<'_> {
    /// The line, without its end, that makes it entry `seq` behind the line with the hash `prev`.
    pub(super) fn line(self, seq: u64, prev: &str, key: &SigningKey) -> Result<String, String> {
        let mut who = json!(self.who);
        redact::value(&mut who);
        let mut members = self.what;
        members.insert("seq".to_owned(), seq.into());
        members.insert("at".to_owned(), json!(self.at));
        members.insert("order".to_owned(), json!(self.order));
        members.insert("fabric".to_owned(), json!(self.fabric));
        members.insert("who".to_owned(), who);
        members.insert("prev".to_owned(), prev.into());
        sign(members, key)
    }
}

/// Canonical JSON of `members` with their signature.
pub(super) fn sign(mut members: Map<String, Value>, key: &SigningKey) -> Result<String, String> {
    let signature = key.sign(&canonical(&members)?);
    members.insert(SIGNATURE.to_owned(), STANDARD.encode(signature.to_bytes()).into());
    String::from_utf8(canonical(&members)?).map_err(|error| error.to_string())
}

/// The members of a line that [`sign`] wrote with this key, to the byte; else why it is none.
pub(super) fn check(line: &[u8], key: &VerifyingKey) -> Result<Map<String, Value>, &'static str> {
    let members: Map<String, Value> = serde_json::from_slice(line).map_err(|_| "it is no JSON object")?;
    // Whatever of it could be written in another way, a byte of it was changed.
    if canonical(&members).as_deref() != Ok(line) {
        return Err("it is not written as the program writes");
    }
    let mut covered = members.clone();
    let signature = covered.remove(SIGNATURE).ok_or("it is not signed")?;
    let bytes = signature.as_str().and_then(|text| STANDARD.decode(text).ok());
    let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok()).ok_or("its signature cannot be read")?;
    let covered = canonical(&covered).map_err(|_| "it is not written as the program writes")?;
    key.verify_strict(&covered, &signature).map_err(|_| "its signature is not that of this line, or of another key")?;
    Ok(members)
}

/// The hash of a line, without its end.
pub(super) fn hash(line: &[u8]) -> String {
    format!("{:x}", Sha256::digest(line))
}

fn canonical(members: &Map<String, Value>) -> Result<Vec<u8>, String> {
    serde_json_canonicalizer::to_vec(members).map_err(|error| format!("it cannot be written canonically: {error}"))
}

/// The hash that stands for a plan: that of its canonical JSON without secrets. Whoever approves a plan approves this.
///
/// # Errors
///
/// When it cannot be written as JSON.
pub fn plan_hash(plan: &Plan) -> Result<String, String> {
    let mut plan = serde_json::to_value(plan).map_err(|error| error.to_string())?;
    redact::value(&mut plan);
    let bytes = serde_json_canonicalizer::to_vec(&plan).map_err(|error| error.to_string())?;
    Ok(hash(&bytes))
}

impl Entry {
    /// The word for what happened: `intended`, `called` … or `note`.
    pub fn word(&self) -> &str {
        self.what.get("event").and_then(Value::as_str).unwrap_or("?")
    }

    /// What happened to the order; `None` for a note, and for what a newer program wrote.
    pub fn event(&self) -> Option<Event> {
        serde_json::from_value(Value::Object(self.what.clone())).ok()
    }

    /// Where the line is kept aside that this note says was torn.
    pub fn torn(&self) -> Option<&str> {
        self.what.get("torn").and_then(Value::as_str).filter(|_| self.word() == NOTE)
    }

    /// A member that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.what.get(name).and_then(Value::as_str)
    }
}
