//! The IF.bus message, and its signature: ed25519 over the canonical JSON (RFC 8785) of the message without its
//! `signature` member; keys and signature in base64.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde_json::{Map, Value, json};

use super::{AgentId, Time};

/// What a public key in a message begins with.
const ED25519: &str = "ed25519:";
/// The member that the signature does not cover.
const SIGNATURE: &str = "signature";

/// A public key as messages and the configuration write it.
pub fn public_key(key: &SigningKey) -> String {
    encode(&key.verifying_key())
}

/// The same of the public half alone.
pub fn encode(key: &VerifyingKey) -> String {
    format!("{ED25519}{}", STANDARD.encode(key.as_bytes()))
}

/// What a message says, before it is signed.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying<'a> {
    /// FIPA's word: `request`.
    pub performative: &'a str,
    /// Who says it, such as `if://agent/infradeck`.
    pub sender: &'a str,
    /// Whom it is for.
    pub receiver: &'a AgentId,
    /// `if://conversation/…`.
    pub conversation: &'a str,
    /// A UUID, version 4.
    pub id: uuid::Uuid,
    /// When.
    pub at: Time,
    /// `task`, `context`, `evidence`.
    pub content: Value,
}

impl Saying<'_> {
    /// The whole message, signed, as JSON.
    ///
    /// # Errors
    ///
    /// When it cannot be written canonically: a number in it is none that JSON can hold.
    pub fn signed(&self, key: &SigningKey) -> Result<String, String> {
        let mut message = Map::new();
        let mut put = |name: &str, value: Value| drop(message.insert(name.to_owned(), value));
        put("performative", self.performative.into());
        put("sender", self.sender.into());
        put("receiver", format!("if://agent/{}", self.receiver).into());
        put("conversation_id", self.conversation.into());
        put("message_id", format!("if://message/{}", self.id).into());
        put("timestamp", self.at.timestamp_millis().into());
        put("content", self.content.clone());
        let signature = key.sign(&canonical(&message)?);
        message.insert(
            SIGNATURE.to_owned(),
            json!({
                "algorithm": "ed25519",
                "public_key": public_key(key),
                "signature_bytes": STANDARD.encode(signature.to_bytes()),
            }),
        );
        Ok(Value::Object(message).to_string())
    }
}

fn canonical(message: &Map<String, Value>) -> Result<Vec<u8>, String> {
    serde_json_canonicalizer::to_vec(message).map_err(|error| format!("it cannot be written canonically: {error}"))
}

/// What a signature is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Signed by the one that the configuration calls so.
    Known(String),
    /// Signed rightly, by a key that the configuration does not know.
    UnknownKey(String),
    /// The signature is not that of this message, or cannot be read.
    Bad(String),
    /// Not signed.
    Unsigned,
}

/// A message as it was read from a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// All its members but the signature.
    pub members: Map<String, Value>,
    /// What its signature is worth.
    pub trust: Trust,
}

impl Heard {
    /// Reads the body of a message, or of the envelope that SNS puts around it. `None` when it is no JSON object.
    /// `trusted` are public keys by name.
    pub fn read(body: &str, trusted: &BTreeMap<String, String>) -> Option<Self> {
        let mut members = object(body)?;
        if members.get("Type").and_then(Value::as_str) == Some("Notification")
            && let Some(inner) = members.get("Message").and_then(Value::as_str)
        {
            members = object(inner)?;
        }
        let trust = match members.remove(SIGNATURE) {
            None => Trust::Unsigned,
            Some(signature) => check(&members, &signature, trusted).unwrap_or_else(Trust::Bad),
        };
        Some(Self { members, trust })
    }

    /// A member that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    /// What is to be done, where it says so.
    pub fn task(&self) -> Option<&str> {
        self.members.get("content")?.get("task")?.as_str()
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

fn check(members: &Map<String, Value>, signature: &Value, trusted: &BTreeMap<String, String>) -> Result<Trust, String> {
    let text = |name: &str| signature.get(name).and_then(Value::as_str).ok_or(format!("its signature lacks {name}"));
    let bytes = |name: &str, text: &str| STANDARD.decode(text).map_err(|_| format!("its {name} is no base64"));
    if text("algorithm")? != "ed25519" {
        return Err("its signature is not ed25519".to_owned());
    }
    let named = text("public_key")?;
    let key = bytes("public_key", named.strip_prefix(ED25519).unwrap_or(named))?;
    let key = <[u8; 32]>::try_from(key).map_err(|_| "its public_key is not 32 bytes".to_owned())?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| "its public_key is no ed25519 key".to_owned())?;
    let signature = bytes("signature_bytes", text("signature_bytes")?)?;
    let signature = Signature::from_slice(&signature).map_err(|_| "its signature_bytes are not 64 bytes".to_owned())?;
    let wrong = |_| "its signature is not that of this message".to_owned();
    key.verify_strict(&canonical(members)?, &signature).map_err(wrong)?;
    let named = encode(&key);
    let known = trusted.iter().find(|(_, key)| **key == named);
    Ok(known.map_or(Trust::UnknownKey(named), |(name, _)| Trust::Known(name.clone())))
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
