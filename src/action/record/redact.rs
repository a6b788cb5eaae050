//! What looks like a secret never gets into the record.
//!
//! Taken out are AWS access keys, tokens that are known by how they begin (`sk-…`, `ghp_…`, `xoxb-…`, web tokens), what
//! stands behind `Bearer`, behind a name such as `password` or `aws_secret_access_key` (in JSON, however deep it is
//! quoted, in a query, a header, a flag or a variable), passwords in URLs, and private key blocks. Rather too much than
//! too little: what is taken out of a plan was sent nevertheless, only the record lacks it.

use std::ops::Range;

use serde::Serialize;
use serde_json::{Map, Value};

/// What stands where a secret stood.
pub const MARK: &str = "[redacted]";

/// How tokens begin that are known by it, and how many characters of a token must follow.
const TOKENS: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("sk-", 16),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("rk_live_", 10),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxa-", 10),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("AIza", 30),
    ("hf_", 20),
    ("npm_", 30),
];

/// A text in which secrets still appear after so many looks is kept out whole.
const PASSES: usize = 16;

/// How names end whose values are secret, in small letters and without `_` and `-`.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "secretkey",
    "secretaccesskey",
    "secretstring",
    "secretbinary",
    "accesskey",
    "apikey",
    "privatekey",
    "accesstoken",
    "authtoken",
    "sessiontoken",
    "securitytoken",
    "refreshtoken",
    "bearertoken",
    "apitoken",
    "idtoken",
    "authorization",
    "connectionstring",
    "cookie",
    "xamzsignature",
    "xamzcredential",
];

/// Takes the secrets out of every text in `value`, and out of the members that are named like one.
pub(crate) fn value(value: &mut Value) {
    match value {
        Value::String(said) => {
            let safe = text(said);
            if safe != *said {
                *said = safe;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(self::value),
        Value::Object(members) => {
            let all = std::mem::take(members);
            *members = all.into_iter().map(member).collect::<Map<_, _>>();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn member((name, mut said): (String, Value)) -> (String, Value) {
    if is_secret(&name) && matches!(said, Value::String(_) | Value::Number(_)) {
        said = MARK.into();
    } else {
        value(&mut said);
    }
    (text(&name), said)
}

/// Whether something was taken out of this, as it was read from the record: it must not be sent again.
pub fn is_redacted(what: &impl Serialize) -> bool {
    serde_json::to_string(what).is_ok_and(|json| json.contains(MARK))
}

/// `said` without secrets. What is taken out may show another one that was hidden in its syntax: it is looked at again,
/// until nothing more is found.
pub(super) fn text(said: &str) -> String {
    let mut safe = once(said);
    for _ in 0..PASSES {
        let again = once(&safe);
        if again == safe {
            return safe;
        }
        safe = again;
    }
    MARK.to_owned()
}

fn once(said: &str) -> String {
    let mut found = Vec::new();
    blocks(said, &mut found);
    tokens(said.as_bytes(), &mut found);
    urls(said, &mut found);
    named(said.as_bytes(), &mut found);
    found.retain(|range| !range.is_empty() && said.get(range.clone()).is_some_and(|secret| secret != MARK));
    found.sort_by_key(|range| (range.start, range.end));
    let (mut out, mut at) = (String::with_capacity(said.len()), 0);
    for range in found {
        if range.start >= at {
            out.push_str(said.get(at..range.start).unwrap_or_default());
            out.push_str(MARK);
        }
        at = at.max(range.end);
    }
    out.push_str(said.get(at..).unwrap_or_default());
    out
}

/// Private keys between their lines. One that is cut off counts to the end.
fn blocks(said: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(begin) = said[from..].find("-----BEGIN ").map(|at| from + at) {
        let label = begin + "-----BEGIN ".len();
        let Some(close) = said[label..].find("-----").map(|at| label + at) else { return };
        from = label;
        if close - label > 60 || !said[label..close].contains("PRIVATE KEY") {
            continue;
        }
        let last = said[close + 5..].find("-----END ").map(|at| close + 5 + at + "-----END ".len());
        let end = last.and_then(|last| said[last..].find("-----").map(|at| last + at + 5)).unwrap_or(said.len());
        found.push(begin..end);
        from = end;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn run(said: &[u8], from: usize, is_in: impl Fn(u8) -> bool) -> usize {
    said[from..].iter().position(|byte| !is_in(*byte)).map_or(said.len(), |len| from + len)
}

/// What is known by how it begins, and what stands behind `Bearer`.
fn tokens(said: &[u8], found: &mut Vec<Range<usize>>) {
    for at in 0..said.len() {
        if !matches!(said[at], b'A' | b's' | b'r' | b'g' | b'x' | b'h' | b'n' | b'e' | b'b' | b'B')
            || at > 0 && said[at - 1].is_ascii_alphanumeric()
        {
            continue;
        }
        let rest = &said[at..];
        if TOKENS.iter().any(|(begins, more)| {
            rest.starts_with(begins.as_bytes()) && run(rest, begins.len(), is_word) >= begins.len() + more
        }) {
            found.push(at..run(said, at, is_word));
        } else if rest.starts_with(b"eyJ") {
            let end = run(said, at, |byte| is_word(byte) || byte == b'.');
            if said[at..end].split(|byte| *byte == b'.').nth(2).is_some() && end - at >= 30 {
                found.push(at..end);
            }
        } else if rest.len() > 6 && rest[..6].eq_ignore_ascii_case(b"bearer") {
            let start = run(said, at + 6, |byte| byte == b' ' || byte == b'\t');
            let end = run(said, start, |byte| is_word(byte) || b".~+/=:".contains(&byte));
            if start > at + 6 && end - start >= 8 {
                found.push(start..end);
            }
        }
    }
}

/// Passwords in URLs: `scheme://user:password@host`.
fn urls(said: &str, found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(start) = said[from..].find("://").map(|at| from + at + 3) {
        from = start;
        let rest = &said[start..];
        let word = &rest[..rest.find(|c: char| c.is_whitespace() || "\"'<>\\`".contains(c)).unwrap_or(rest.len())];
        let host = &word[..word.find(['/', '?', '#']).unwrap_or(word.len())];
        // A password with a slash in it ends the host too soon; a port does as well, but is all digits.
        let is_port =
            |part: &str| part.split_once(':').is_none_or(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
        let within = if host.contains('@') || is_port(host) { host } else { word };
        if let Some((user, _)) = within.rsplit_once('@')
            && let Some(colon) = user.find(':')
        {
            found.push(start + colon + 1..start + user.len());
        }
    }
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    plain.starts_with("awssecret") && !plain.ends_with("arn") || NAMES.iter().any(|end| plain.ends_with(end))
}

/// What stands behind a name that says it is secret.
fn named(said: &[u8], found: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(start) = said[from..].iter().position(|byte| is_word(*byte)).map(|at| from + at) {
        from = run(said, start, is_word);
        let name = String::from_utf8_lossy(&said[start..from]);
        // A token of its own name is secret in a text; as a member of a call it is what keeps it from being done twice.
        if !is_secret(&name) && !name.eq_ignore_ascii_case("token") || is_in_arn(said, start) {
            continue;
        }
        let Some(value) = behind(said, from, name.starts_with("--")) else { continue };
        let is_header = name.to_ascii_lowercase().ends_with("authorization") || name.eq_ignore_ascii_case("cookie");
        let range = extent(said, value, is_header);
        if !matches!(&said[range.clone()], b"null" | b"true" | b"false") {
            from = range.end.max(from);
            found.push(range);
        }
    }
}

/// Whether this stands within an ARN, which says where a secret lies and not what it is.
fn is_in_arn(said: &[u8], at: usize) -> bool {
    let is_part = |byte: &u8| is_word(*byte) || matches!(byte, b':' | b'/' | b'.');
    let start = said[..at].iter().rposition(|byte| !is_part(byte)).map_or(0, |before| before + 1);
    said[start..at].starts_with(b"arn:")
}

/// Where the value begins of a name that ends at `at`: behind its quote, `=` or `:`, or behind a space for a flag.
fn behind(said: &[u8], at: usize, is_flag: bool) -> Option<usize> {
    let space = |byte: u8| byte.is_ascii_whitespace();
    let mut next = run(said, at, |byte| byte == b'\\');
    next += usize::from(matches!(said.get(next), Some(b'"' | b'\'')));
    let sign = run(said, next, space);
    match said.get(sign) {
        Some(b'=' | b':') => {
            let past = sign + 1 + usize::from(said.get(sign + 1) == Some(&b'>'));
            Some(run(said, past, space))
        }
        Some(_) if is_flag && sign > at => Some(sign),
        _ => None,
    }
}

/// How far the value reaches that begins at `at`, without its quotes.
fn extent(said: &[u8], at: usize, is_header: bool) -> Range<usize> {
    let open = run(said, at, |byte| byte == b'\\');
    match said.get(open) {
        Some(quote @ (b'"' | b'\'')) => {
            let depth = open - at;
            let mut slashes = 0;
            for (end, byte) in said.iter().enumerate().skip(open + 1) {
                if byte == quote && slashes <= depth {
                    return open + 1..end - slashes.min(end - open - 1);
                }
                slashes = if *byte == b'\\' { slashes + 1 } else { 0 };
            }
            open + 1..said.len()
        }
        Some(b'{' | b'[') | None => at..at,
        Some(_) if is_header => at..run(said, at, |byte| !matches!(byte, b'"' | b'\'' | b'\\' | b'\n' | b'\r')),
        Some(_) => {
            at..run(said, at, |byte| {
                !byte.is_ascii_whitespace()
                    && !matches!(byte, b',' | b';' | b'&' | b'}' | b')' | b']' | b'"' | b'\'' | b'\\' | b'<')
            })
        }
    }
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
