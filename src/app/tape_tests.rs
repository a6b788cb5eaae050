//! Turning time in a recording, and what stays on the screen when one goes back.

use chrono::TimeDelta;

use super::super::stage::{Hand, start};
use super::super::{Effect, Overlay, Pane, View};
use super::Tape;
use crate::config::Rules;
use crate::fabric::Fabric;
use crate::model::Time;

/// An engineer five minutes into a recording of half an hour.
fn hand() -> Hand {
    let mut hand = Hand::busy();
    let tape = Tape::new(start() - TimeDelta::minutes(5), start() + TimeDelta::minutes(25));
    (hand.app.tape, hand.app.start.tape) = (Some(tape), Some(tape));
    hand
}

fn goes_to(hand: &mut Hand, command: &str) -> Time {
    match hand.command(command)[..] {
        [Effect::GoTo(at)] => at,
        ref other => panic!("{command}: {other:?}, {}", hand.notice()),
    }
}

#[test]
fn it_is_held_and_goes_on_faster_and_slower() {
    let mut hand = hand();
    let goes = |hand: &Hand| hand.app.tape.unwrap().goes(hand.now);
    assert_eq!((goes(&hand), hand.keys(";")), (None, vec![Effect::Wind(0.0)]));
    assert_eq!((goes(&hand).as_deref(), hand.keys(";")), (Some("held"), vec![Effect::Wind(1.0)]));
    assert_eq!(hand.keys("+ +"), [Effect::Wind(2.0), Effect::Wind(4.0)]);
    assert_eq!(goes(&hand).as_deref(), Some("x4"));
    hand.keys(";");
    assert_eq!(hand.keys("-"), [Effect::Wind(2.0)], "and goes on");
    for _ in 0..9 {
        hand.keys("+");
    }
    assert_eq!(hand.keys("+"), [Effect::Wind(64.0)]);
    for _ in 0..19 {
        hand.keys("-");
    }
    assert_eq!(hand.keys("-"), [Effect::Wind(0.25)]);
    hand.now = start() + TimeDelta::minutes(25);
    assert_eq!(goes(&hand).as_deref(), Some("end"));
}

#[test]
fn where_time_stands_still_the_order_is_not_kept_for_a_hand() {
    let mut hand = hand();
    hand.keys("1 j ;");
    assert_eq!(hand.app.tape.map(|tape| tape.held), Some(true));
    for n in [1, 2] {
        hand.fails(n);
        hand.wait(0);
    }
    let worst = hand.app.fabric.findings().iter().map(|finding| finding.severity);
    assert!(worst.is_sorted());
    let shown = &hand.app.table(Pane::Findings).rows;
    assert_eq!(shown.len(), hand.app.fabric.findings().len());
    assert!(!hand.app.held, "nothing is left for when the hand is off");
}

#[test]
fn one_goes_elsewhere_in_it_but_not_out_of_it() {
    let mut hand = hand();
    let (now, from) = (hand.now, start() - TimeDelta::minutes(5));
    assert_eq!(hand.keys(","), [Effect::GoTo(now - TimeDelta::minutes(1))]);
    assert_eq!(hand.keys("."), [Effect::GoTo(now + TimeDelta::minutes(1))]);
    assert_eq!(goes_to(&mut hand, "skip 90s"), now + TimeDelta::seconds(90));
    assert_eq!(goes_to(&mut hand, "rewind 24h"), from);
    assert_eq!(goes_to(&mut hand, "skip 24h"), start() + TimeDelta::minutes(25));
    assert_eq!(goes_to(&mut hand, "at 14:10"), start() + TimeDelta::minutes(10));
    assert_eq!(goes_to(&mut hand, "at 13:55:30Z"), from + TimeDelta::seconds(30));
    for (command, says) in [
        ("at 15:00", "02 Nov 13:55 to 14:25Z"),
        ("at noon", "`14:05`"),
        ("skip far", "`30s`"),
        ("refresh", "cannot be asked"),
        ("unlock 15m because", "cannot be unlocked"),
    ] {
        hand.app.policy.read_only = Some("it is over".into());
        assert_eq!(hand.command(command), [], "{command}");
        assert!(hand.notice().contains(says), "{command}: {}", hand.notice());
    }
}

#[test]
fn a_recording_over_midnight_has_its_times_once() {
    let from: Time = "2026-11-27T23:00:00Z".parse().unwrap();
    let tape = Tape::new(from, from + TimeDelta::hours(2));
    assert_eq!(tape.span(), "27 Nov 23:00 to 28 Nov 01:00Z");
    assert_eq!(tape.moment("00:30"), Ok(from + TimeDelta::minutes(90)));
    assert_eq!(tape.moment("23:30"), Ok(from + TimeDelta::minutes(30)));
    assert!(tape.moment("12:00").is_err());
}

#[test]
fn without_a_recording_the_keys_say_what_they_are_for() {
    let mut hand = Hand::busy();
    for key in [";", ",", ".", "+", "-"] {
        assert_eq!(hand.keys(key), []);
        assert!(hand.notice().contains("--replay FILE"), "{key}: {}", hand.notice());
    }
    let hints: Vec<_> = hand.app.hints().into_iter().map(|(key, _)| key).collect();
    assert!(!hints.contains(&";".to_owned()));
}

#[test]
fn going_back_keeps_ones_place_and_forgets_what_came_later() {
    let mut hand = hand();
    hand.app.policy.read_only = Some("it is over".into());
    hand.keys("2 / h 0 3 enter j space t");
    let (theme, size, tape) = (hand.app.theme.name.clone(), hand.app.size, hand.app.tape);
    let (marks, selected) = (hand.app.table(Pane::Agents).marks.clone(), hand.selected());
    assert_eq!((hand.app.view, marks.len(), selected.is_some()), (View::Agents, 1, true));
    hand.keys("enter");
    let past = start() - TimeDelta::minutes(4);
    hand.app.begin_again(Fabric::new(&["us-east-1".into()], Rules::default(), 1_000, past), past);
    hand.now = past;
    assert!(hand.app.fabric.agents().is_empty());
    assert!(hand.agents().is_empty());
    assert_eq!((hand.app.view, hand.app.focus, hand.app.size), (View::Agents, Pane::Agents, size));
    assert_eq!((&hand.app.theme.name, hand.app.tape), (&theme, tape));
    assert_eq!(hand.app.policy.read_only.as_deref(), Some("it is over"));
    assert!(matches!(hand.app.overlays[..], [Overlay::Detail(..)]));
    hand.keys("esc");
    hand.now = start();
    hand.arrive();
    assert_eq!(hand.app.table(Pane::Agents).filter.typed(), "h03");
    assert_eq!((&hand.app.table(Pane::Agents).marks, hand.selected()), (&marks, selected));
}
