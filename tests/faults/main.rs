//! What the program says when AWS does not behave: scripts, played by the proxy between the real SDK and the emulators.
//!
//! Each script is a TOML file in this folder: the fault, and beside it what the snapshot and the screen must say of it.
//! What is common to all is held here: what is not named stays complete and fresh, no rate of AWS is passed, and all is
//! well again by itself soon after the fault ends.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod deck;
mod outage;
mod rates;
mod reach;
#[path = "../scene/mod.rs"]
#[allow(dead_code)]
mod scene;
mod script;
#[path = "../support/mod.rs"]
mod support;

use deck::Deck;
use infradeck::app::Pane;
use script::Script;
use serde_json::Value;
use support::seed::seed_few;
use support::{Account, Lab};

/// The primary one first.
const REGIONS: [&str; 2] = ["us-east-1", "us-west-2"];

/// One test a script; `every_script_is_played` holds that none is left out.
macro_rules! scripts {
    ($($test:ident $name:literal)*) => {
        $(#[test] fn $test() { play($name); })*
        const SCRIPTS: &[&str] = &[$($name),*];
    };
}

scripts! {
    all_silent_from_the_start "all-silent-from-the-start"
    clock_skew "clock-skew"
    cost_throttled "cost-throttled"
    cut_cbor "cut-cbor"
    cut_json "cut-json"
    cut_xml "cut-xml"
    dated "dated"
    delay_30s "delay-30s"
    delay_8s "delay-8s"
    denied "denied"
    expired_then_good "expired-then-good"
    half_then_silence "half-then-silence"
    huge "huge"
    one_of_many "one-of-many"
    region_black_holed "region-black-holed"
    reset "reset"
    reset_now_and_then "reset-now-and-then"
    status_500 "status-500"
    status_503 "status-503"
    throttle_cbor "throttle-cbor"
    throttle_ec2 "throttle-ec2"
    throttle_json_1_0 "throttle-json-1-0"
    throttle_json_1_1 "throttle-json-1-1"
    throttle_query "throttle-query"
    throttle_rest_json "throttle-rest-json"
    throttle_rest_xml "throttle-rest-xml"
    wrong_content_type "wrong-content-type"
    wrong_page "wrong-page"
}

#[test]
fn every_script_is_played() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|file| file.unwrap().file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    files.sort();
    let mut played = SCRIPTS.to_vec();
    played.sort_unstable();
    assert_eq!(files, played);
}

fn play(name: &str) {
    let script = Script::load(name);
    let account = Lab::start().account();
    // Time passes for the seeding as usual.
    let usual = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    usual.block_on(seed_few(&account));
    account.forget_calls();
    let paused = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    paused.block_on(act(&script, &account));
}

async fn act(script: &Script, account: &Account) {
    let begin = || account.play(script.fault.iter().map(script::Wrong::planned).collect());
    if script.from_start {
        begin();
    }
    let memory = peak_mb();
    let mut deck = Deck::start(account, &REGIONS, |_| {});
    if !script.from_start {
        recover(&mut deck, 60).await;
        begin();
    }
    deck.pass(script.lasts_s).await;
    said(&mut deck, script);
    shown(&mut deck, script);
    if let Some(most) = script.memory_mb {
        let grown = peak_mb().saturating_sub(memory);
        assert!(grown <= most, "memory grew by {grown} MB, {most} allowed");
    }

    account.play(Vec::new());
    recover(&mut deck, script.recovers_s).await;
    rates::hold(&account.calls());
}

/// Lets time pass until all is well, but no more than so many seconds.
async fn recover(deck: &mut Deck, within_s: u64) {
    for _ in 0..within_s.div_ceil(5) {
        deck.pass(5).await;
        if not_well(&deck.snapshot()).is_empty() {
            return;
        }
    }
    panic!("not well after {within_s} s: {:#?}\n{}", not_well(&deck.snapshot()), deck.screen());
}

/// The answers that are not complete, or of which there should be some.
fn not_well(snapshot: &Value) -> Vec<Value> {
    let answers = snapshot["quality"].as_array().unwrap();
    // Ten questions of each region, and the five that are the same in all.
    if answers.len() < 25 {
        return vec![format!("{} answers only", answers.len()).into()];
    }
    answers.iter().filter(|answer| answer["quality"] != "complete").cloned().collect()
}

/// What the snapshot says of each question.
fn said(deck: &mut Deck, script: &Script) {
    let snapshot = deck.snapshot();
    let mut met = vec![false; script.say.len()];
    for answer in snapshot["quality"].as_array().unwrap() {
        let [question, region, quality] = ["question", "region", "quality"].map(|name| answer[name].as_str().unwrap());
        match script.say.iter().position(|said| said.is_of(question, region)) {
            None => {
                assert_eq!(quality, "complete", "{answer:#}");
                let cadence = infradeck::config::cadence(
                    infradeck::model::Question::ALL.into_iter().find(|q| q.word() == question).unwrap(),
                );
                assert!(answer["age_s"].as_i64().unwrap() <= 2 * cadence.num_seconds(), "late: {answer:#}");
            }
            Some(n) => {
                met[n] = true;
                let said = &script.say[n];
                assert_eq!(quality, said.quality, "{answer:#}");
                let reason = answer["reason"].as_str().unwrap_or_default();
                for words in &said.reason {
                    assert!(reason.contains(words), "no {words:?} in {reason:?}");
                }
            }
        }
    }
    for (said, met) in script.say.iter().zip(met) {
        assert!(met, "{} was never asked", said.question);
    }
}

/// What the panes say.
fn shown(deck: &mut Deck, script: &Script) {
    for size in [(80, 24), (120, 40)] {
        for shown in &script.pane {
            let text = deck.pane(pane(&shown.pane), size);
            for words in &shown.words {
                assert!(as_one_line(&text).contains(words), "no {words:?} at {size:?} in\n{text}");
            }
        }
        for name in &script.fresh {
            let text = deck.pane(pane(name), size);
            let title = text.lines().next().unwrap_or_default();
            assert!(title.contains("age "), "{title}");
            for bad in ["late", "sampled", "partial", "throttled", "denied", "failed"] {
                assert!(!title.contains(bad), "{title}");
            }
        }
    }
}

/// A pane breaks its sentences where there is no room.
fn as_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pane(word: &str) -> Pane {
    Pane::ALL.into_iter().find(|pane| pane.word() == word).unwrap_or_else(|| panic!("no pane {word:?}"))
}

/// The most memory that this process ever took, megabytes.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
