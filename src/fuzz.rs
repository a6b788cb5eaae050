//! What must hold of everything that strangers write, whatever they write: one function for each reader.
//!
//! Compiled for tests and for the fuzzer alone. `fuzz/` gives them what libFuzzer thinks of; the tests below give them
//! what lies in `fuzz/seeds`, bent at random, for as long as a test may take. Each panics where its promise is broken.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::action::record::{self, Who};
use crate::action::{OrderId, Record};
use crate::cloud::clean::{self, MAX_BYTES, is_hostile};
use crate::cloud::replay;
use crate::config::{self, Place, Problem, Settings};
use crate::fabric::Fabric;
use crate::model::message::{Heard, Saying, Trust, public_key};
use crate::model::{AgentEvent, AgentId, Observation, Time};
use crate::snapshot::Snapshot;
use crate::term::{Decoder, Event};

/// A reader of what strangers write.
pub type Target = fn(&[u8]);

/// All of them, by the name of their fuzz target and of the folder of their seeds.
pub const TARGETS: [(&str, Target); 7] = [
    ("log_event", log_event),
    ("bus_message", bus_message),
    ("configuration", configuration),
    ("record", record),
    ("recording", recording),
    ("keys", keys),
    ("text", text),
];

fn start() -> Time {
    Time::UNIX_EPOCH + chrono::TimeDelta::days(20_000)
}

/// The event of a log line is read back from what it is written as, and its kind and owner with it.
pub fn log_event(bytes: &[u8]) {
    let line = String::from_utf8_lossy(bytes);
    let Some(event) = AgentEvent::parse(&line) else { return };
    let written = serde_json::to_string(&event).expect("plain data");
    let again = AgentEvent::parse(&written);
    assert_eq!(again.as_ref(), Some(&event), "{written}");
    assert!(event.owner().is_none_or(|key| !key.session.as_str().is_empty() && !key.agent.as_str().is_empty()));
    assert!(event.tokens().is_none_or(f64::is_finite) || event.metrics.is_some());
}

/// A message that was signed is believed, in an envelope too; with any byte of it changed only if it still says the same.
pub fn bus_message(bytes: &[u8]) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let trusted = BTreeMap::from([("us".to_owned(), public_key(&key))]);
    let body = String::from_utf8_lossy(bytes);
    if let Some(heard) = Heard::read(&body, &trusted) {
        assert!(!matches!(heard.trust, Trust::Known(_)), "nobody else has the key");
        let told = [heard.task(), heard.text("sender")];
        assert!(told.into_iter().flatten().all(|text| text.len() <= body.len()));
    }
    let [place @ .., flip] = bytes else { return };
    let content: Value = serde_json::from_slice(bytes).unwrap_or_else(|_| json!({ "task": body }));
    let saying = Saying {
        performative: "request",
        sender: "if://agent/infradeck",
        receiver: &AgentId::from("h01"),
        conversation: "if://conversation/1",
        id: uuid::Uuid::from_u128(1),
        at: start(),
        content,
    };
    let Ok(signed) = saying.signed(&key) else { return };
    let heard = Heard::read(&signed, &trusted).expect("a message");
    assert_eq!(heard.trust, Trust::Known("us".to_owned()), "{signed}");
    let envelope = json!({ "Type": "Notification", "Message": signed }).to_string();
    assert_eq!(Heard::read(&envelope, &trusted).as_ref(), Some(&heard));
    let mut bent = signed.into_bytes();
    let at = place.iter().fold(0_usize, |at, byte| at.wrapping_mul(31).wrapping_add(usize::from(*byte))) % bent.len();
    bent[at] ^= (*flip).max(1);
    let Ok(bent) = String::from_utf8(bent) else { return };
    if let Some(other) = Heard::read(&bent, &trusted)
        && matches!(other.trust, Trust::Known(_) | Trust::UnknownKey(_))
    {
        let canonical = |heard: &Heard| serde_json_canonicalizer::to_vec(&heard.members).expect("it was signed");
        assert_eq!(canonical(&other), canonical(&heard), "{bent}");
    }
}

/// A configuration means the same with a line of comment before it, but for the numbers of the lines that are wrong; and
/// what is said of it can be printed.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let read = |text: &str| -> (Settings, Vec<Problem>) { config::parse(text) };
    let (settings, problems) = read(text);
    let (mut same, below) = read(&format!("# One line more.\n{text}"));
    let bound = |settings: &Settings| -> Vec<_> {
        settings.keys.iter().map(|(name, binding)| (name.clone(), binding.keys.clone())).collect()
    };
    assert_eq!(bound(&settings), bound(&same));
    same.keys.clone_from(&settings.keys); // They know their lines.
    assert!(settings == same, "it means something else one line further down");
    assert_eq!(problems.len(), below.len(), "{problems:?}\n{below:?}");
    let lines = text.split('\n').count();
    for (problem, below) in problems.iter().zip(below) {
        let said = problem.to_string();
        assert_eq!(said.chars().find(|c| is_hostile(*c)), None, "{said:?}");
        let (Place::File { line, key, .. }, Place::File { line: one_more, key: same, .. }) =
            (&problem.place, &below.place)
        else {
            panic!("{problem:?} is about no line");
        };
        // Of what lies too deep TOML's reader does not say where.
        let moved = line + usize::from(!problem.what.ends_with("recursion limit"));
        assert!((1..=lines).contains(line) && *one_more == moved && key == same, "{problem:?} {below:?}");
        assert_eq!(problem.what, below.what);
    }
    if problems.is_empty() {
        assert!(settings.themes.get(&settings.screen.theme).is_some());
    }
}

/// A record, and the key that signed it.
fn written() -> &'static (Vec<u8>, VerifyingKey) {
    static WRITTEN: OnceLock<(Vec<u8>, VerifyingKey)> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let state = std::env::temp_dir().join(format!("infradeck-fuzz-{}", std::process::id()));
        let who = Who { user: "alice".into(), uid: 1, aws: None, ssh: None, host: "bastion".into() };
        let mut record = Record::open(&state, "prod".into(), who).expect("a folder of its own");
        for n in 1..=4 {
            let order = OrderId(format!("20261122T141507Z-{n:08x}"));
            record.note(start(), Some(&order), &format!("the {n}. of four notes")).expect("it can be written");
        }
        let bytes = std::fs::read(state.join(record::LINES)).expect("it was written");
        let key = record::key::load(&state).expect("it can be read").expect("it was made");
        drop(std::fs::remove_dir_all(&state));
        (bytes, key.verifying_key())
    })
}

/// In a record into which something was put, or out of which something was taken, no entry is believed that was not
/// written; and unless it was only cut off at its end, something is found to be wrong. The input: a place (two bytes), how
/// much is taken out there (one), and what is put in.
pub fn record(bytes: &[u8]) {
    let [a, b, taken, put @ ..] = bytes else { return };
    let (whole, key) = written();
    let entries = |bytes: &[u8]| record::read_lines(bytes, key);
    let at = usize::from(u16::from_be_bytes([*a, *b])) % (whole.len() + 1);
    let end = (at + usize::from(*taken)).min(whole.len());
    let bent = [&whole[..at], put, &whole[end..]].concat();
    let true_lines = entries(whole);
    assert!(true_lines.iter().all(|line| line.fault.is_none()));
    let lines = entries(&bent);
    let true_entries: Vec<_> = true_lines.iter().filter_map(|line| line.entry.as_ref()).collect();
    for entry in lines.iter().filter_map(|line| line.entry.as_ref()) {
        assert!(true_entries.contains(&entry), "{entry:?} was never written");
    }
    if lines.iter().all(|line| line.fault.is_none()) {
        let read: Vec<_> = lines.iter().filter_map(|line| line.entry.as_ref()).collect();
        assert!(true_entries.starts_with(&read), "what is missing is not missed");
    }
}

/// What a recording tells holds nothing hostile, is read back from what it is written as, and taken in twice is known once.
pub fn recording(bytes: &[u8]) {
    let Some((heading, told)) = replay::recording::read(bytes) else { return };
    assert!(told.iter().filter_map(|told| told.as_ref().err()).all(|why| !why.to_string().contains(is_hostile)));
    let facts: Vec<Observation> = told.into_iter().flatten().collect();
    let lines = facts.iter().map(|fact| replay::line(start(), fact));
    let written = [heading.line()].into_iter().chain(lines).collect::<Vec<_>>().concat();
    for line in written.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        assert!(!has_hostile(&serde_json::from_slice(line).expect("JSON")), "{}", String::from_utf8_lossy(line));
    }
    let Some((same, again)) = replay::recording::read(&written) else { panic!("{heading:?}") };
    let again: Vec<Observation> = again.into_iter().collect::<Result<_, _>>().expect("what was written");
    assert_eq!(same, heading);
    assert_eq!(
        again.iter().map(|fact| replay::line(start(), fact)).collect::<Vec<_>>().concat(),
        written[heading.line().len()..]
    );
    let mut fabric = Fabric::new(&heading.regions, crate::config::Rules::default(), 1_000, start());
    let mut known = |facts: Vec<Observation>| {
        for fact in facts {
            fabric.apply(fact);
        }
        fabric.settle(start());
        Snapshot::of(&fabric, "prod", None).to_json().expect("plain data")
    };
    let once = known(facts);
    assert_eq!(known(again), once);
}

fn has_hostile(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(is_hostile),
        Value::Array(values) => values.iter().any(has_hostile),
        Value::Object(fields) => fields.values().any(has_hostile),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Keys are the same however their bytes are cut into packets, and none holds what must not be drawn. The input: how long
/// the packets are (one byte), and what is typed.
pub fn keys(bytes: &[u8]) {
    let [length, typed @ ..] = bytes else { return };
    let read = |packets: &mut dyn Iterator<Item = &[u8]>| {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        for packet in packets {
            decoder.feed(packet, &mut events);
        }
        if decoder.patience().is_some() {
            decoder.expire(&mut events);
        }
        assert_eq!(decoder.patience(), None, "something is still waited for");
        (events, decoder.take_answers())
    };
    let whole = read(&mut std::iter::once(typed));
    assert_eq!(read(&mut typed.chunks(usize::from(*length).max(1))), whole);
    for event in &whole.0 {
        match event {
            Event::Key(key) => assert_eq!(key.to_string().chars().find(|c| is_hostile(*c)), None),
            Event::Paste(text) => {
                assert_eq!(text.chars().find(|c| is_hostile(*c) && !matches!(c, '\n' | '\t')), None);
                assert!(text.len() <= 3 * 64 * 1024, "each byte that is none becomes three");
            }
            Event::Mouse(_) => {}
            other => panic!("{other:?} does not come from the keyboard"),
        }
    }
}

/// What was cleaned holds nothing hostile, is not too long, and is not changed by being cleaned again.
pub fn text(bytes: &[u8]) {
    for (clean, out, keeps) in [
        (clean::line as fn(&str) -> String, clean::line_bytes(bytes), None),
        (clean::text, clean::text_bytes(bytes), Some('\n')),
    ] {
        assert_eq!(out.chars().find(|c| (is_hostile(*c) || c.is_control()) && Some(*c) != keeps), None, "{out:?}");
        assert!(out.len() <= MAX_BYTES);
        assert_eq!(clean(&out), out);
    }
    let whole = clean::whole(&String::from_utf8_lossy(bytes));
    assert_eq!(whole.chars().find(|c| is_hostile(*c) && *c != '\n'), None, "{whole:?}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What lies in the folder of a target.
    fn seeds(name: &str) -> Vec<Vec<u8>> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
        let mut paths: Vec<_> =
            std::fs::read_dir(&folder).expect("seeds").map(|entry| entry.expect("one").path()).collect();
        paths.sort();
        paths.into_iter().map(|path| std::fs::read(path).expect("a seed")).collect()
    }

    #[test]
    fn every_seed_holds() {
        for (name, target) in TARGETS {
            let seeds = seeds(name);
            assert!(!seeds.is_empty(), "{name} has no seed");
            for seed in &seeds {
                target(seed);
            }
        }
    }

    /// A seed, or nothing, with pieces of it taken out, doubled, and others put in.
    fn bent(name: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
        let mut seeds = seeds(name);
        seeds.push(Vec::new());
        let piece = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..4),
            prop::sample::select(vec![
                "\u{1b}", "\\u001b", "\\u202e", "\"", "{", "}", "[", "]", "null", "1e308", "-1", "\n", "é", "\u{202e}",
                ",", ":"
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
        ];
        let cut = (any::<prop::sample::Index>(), 0_usize..20, piece, any::<bool>());
        (prop::sample::select(seeds), prop::collection::vec(cut, 0..6)).prop_map(|(mut bytes, cuts)| {
            for (at, len, piece, doubles) in cuts {
                let at = at.index(bytes.len() + 1);
                let end = (at + len).min(bytes.len());
                let put = if doubles { [&bytes[at..end], &bytes[at..end]].concat() } else { piece };
                bytes.splice(at..end, put);
            }
            bytes
        })
    }

    /// `PROPTEST_CASES` says how many cases; a few hundred of each else.
    #[rstest::rstest]
    fn bent_at_random_it_holds(#[values(0, 1, 2, 3, 4, 5, 6)] target: usize) {
        let (name, target) = TARGETS[target];
        proptest!(|(bytes in bent(name))| target(&bytes));
    }
}
