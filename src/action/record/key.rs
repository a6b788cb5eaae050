//! The key that signs the record and the messages: ed25519, made at first use, in `keys/audit.key` as PKCS#8 PEM, so
//! that `openssl pkey` reads it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};

use super::folder;
use super::{HEAD, LINES, RecordError};

/// Where it lies in the state folder.
pub const FILE: &str = "keys/audit.key";
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// More than any PEM of an ed25519 key.
const MOST: u64 = 4096;

/// The key of this state folder; `None` when there is none yet.
///
/// # Errors
///
/// When it cannot be read, is no ed25519 key, or can be read by others.
pub fn load(state: &Path) -> Result<Option<SigningKey>, RecordError> {
    let path = state.join(FILE);
    let wrong = |why: String| RecordError::Key { path: path.clone(), why };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(format!("it cannot be read: {error}"))),
    };
    let known = file.metadata().map_err(|error| wrong(format!("it cannot be looked at: {error}")))?;
    if !known.is_file() {
        return Err(wrong("it is no file".to_owned()));
    }
    if known.mode() & 0o077 != 0 {
        let mode = known.mode() & 0o7777;
        return Err(wrong(format!(
            "others can use it (mode {mode:04o}): if nobody has, `chmod 600` it; else move it and the record away"
        )));
    }
    let mut text = String::new();
    file.take(MOST).read_to_string(&mut text).map_err(|error| wrong(format!("it cannot be read: {error}")))?;
    parse(&text).map(Some).ok_or_else(|| wrong("it holds no ed25519 key as PKCS#8 PEM".to_owned()))
}

/// The key of this state folder, made if there is none.
///
/// # Errors
///
/// When it cannot be read or made, can be read by others, or is missing beside a record: a new key would make the old
/// record look forged.
pub fn load_or_make(state: &Path) -> Result<SigningKey, RecordError> {
    if let Some(key) = load(state)? {
        return Ok(key);
    }
    let path = state.join(FILE);
    let wrong = |why: &str, error: &io::Error| RecordError::Key { path: path.clone(), why: format!("{why}: {error}") };
    folder::private(state)?;
    let keys = state.join("keys");
    folder::private(&keys)?;
    // Two that start at the same time must not each make a key: the second one waits here and finds it.
    let guard = File::open(&keys).map_err(|error| wrong("its folder cannot be opened", &error))?;
    guard.lock().map_err(|error| wrong("its folder cannot be locked", &error))?;
    if let Some(key) = load(state)? {
        return Ok(key);
    }
    if [LINES, HEAD].iter().any(|name| state.join(name).exists()) {
        let why = "it is missing, and the record beside it is signed with it: put it back, or move the record away";
        return Err(RecordError::Key { path, why: why.to_owned() });
    }
    let key = SigningKey::from_bytes(&chance().map_err(|error| wrong("there is no source of chance", &error))?);
    make(&keys, &key).map_err(|error| wrong("it cannot be written", &error))?;
    Ok(key)
}

/// 32 bytes that nobody can guess.
fn chance() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Writes it beside its place and moves it there whole: half a key must never lie there.
fn make(keys: &Path, key: &SigningKey) -> io::Result<()> {
    let (half, whole) = (keys.join("audit.key.new"), keys.join("audit.key"));
    match fs::remove_file(&half) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half)?;
    file.write_all(pem(key).map_err(io::Error::other)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(&half, &whole)?;
    File::open(keys)?.sync_all()
}

fn pem(key: &SigningKey) -> Result<String, String> {
    // Without its public half: version 1, which every reader knows.
    let bytes = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    let der = bytes.to_pkcs8_der().map_err(|error| error.to_string())?;
    Ok(format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(der.as_bytes())))
}

fn parse(text: &str) -> Option<SigningKey> {
    let body = text.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    let packed: String = body.split_whitespace().collect();
    SigningKey::from_pkcs8_der(&STANDARD.decode(packed).ok()?).ok()
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
