//! Days of uptime, in seconds: nothing grows. And what is said to be held in memory is what is held there. Thirty days:
//! `cargo bench --bench soak`.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[path = "soak/days.rs"]
mod days;
#[allow(dead_code)]
#[path = "scene/play.rs"]
mod play;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt;
use infradeck::cloud::lexicon::Lexicon;
use infradeck::cloud::sim::{Scenario, Sim};
use infradeck::cloud::{Ask, Cloud, Progress};
use infradeck::config::Rules;
use infradeck::fabric::Fabric;
use infradeck::model::{Question, Time};

/// One after the other: they count the same memory.
#[test]
fn days_leave_nothing_behind_and_what_is_held_is_known() {
    what_is_said_to_be_held_is_held("swarm", 1_000, 300);
    what_is_said_to_be_held_is_held("log-storm", 200, 60);
    let mut evenings = Vec::new();
    // A slow cloud, so that not every answer of a day has to be read: that is for the thirty days.
    days::live(3, 24, Duration::from_mins(5), |_, standing| evenings.push(standing));
    assert!(evenings[2].answers > 10_000, "{evenings:?}");
    days::assert_flat(evenings[1], evenings[2]);
}

/// The fabric's own estimate beside the bytes that were asked for: neither too little by much, nor too much.
fn what_is_said_to_be_held_is_held(scenario: &str, agents: usize, seconds: i64) {
    let epoch: Time = "2025-11-22T14:00:37Z".parse().expect("a time");
    let moment = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let hand = moment.clone();
    let now = move || epoch + TimeDelta::seconds(hand.load(std::sync::atomic::Ordering::Relaxed));
    let played = Scenario::load(scenario).expect("a scenario");
    let sim = Sim::new(&played, 7, Some(agents), epoch, Arc::new(now.clone()));
    let progress: Progress = Arc::new(drop);
    let before = days::bytes();
    let mut names = Lexicon::default();
    let mut fabric = Fabric::new(sim.regions(), Rules::default(), 30_000, epoch);
    for second in (0..seconds).step_by(30) {
        moment.store(second, std::sync::atomic::Ordering::Relaxed);
        for (index, region) in sim.regions().iter().enumerate() {
            for question in Question::ALL.into_iter().filter(|question| index == 0 || !question.is_global()) {
                let ask = Ask::all(question, region.clone());
                let answer = sim.observe(&ask, &progress).now_or_never().expect("at once");
                let mut answer = days::said_anew(&answer, 1);
                if let Some(fact) = &mut answer.fact {
                    names.share(fact);
                }
                fabric.apply(answer);
            }
        }
        fabric.settle(now());
    }
    let (said, taken) = (fabric.bytes(), days::bytes() - before);
    let share = said as f64 / taken as f64;
    assert!((0.8..1.3).contains(&share), "{scenario}: {said} bytes are said to be held, {taken} are");
}
