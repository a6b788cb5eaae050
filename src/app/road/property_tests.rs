//! Whatever is pressed, typed, waited for and answered, in whatever order: nothing is called that must not be.

use proptest::prelude::*;

use super::super::stage::Hand;
use super::super::{Effect, Msg, Tape};
use super::Lock;
use super::stage::{agents, stopped, who};
use crate::action::{OrderId, Resume};
use crate::config::Key;
use crate::model::Probe;

const KEYS: &[&str] = &[
    "r",
    "p",
    "P",
    "y",
    "Y",
    "enter",
    "esc",
    "a",
    "o",
    "c",
    "B",
    "L",
    "x",
    "X",
    "m",
    "M",
    "i",
    "F",
    "I",
    "d",
    "q",
    "space",
    "j",
    "k",
    "G",
    "g",
    "tab",
    "1",
    "2",
    "3",
    "7",
    "8",
    "9",
    ":",
    "/",
    "u",
    "U",
    "backspace",
    "z",
    "3",
];
const LINES: &[&str] = &[
    "3 agents",
    "traffic",
    "agent:s00/h00",
    "queue:us-east-1/if-s00-h00",
    "launch",
    "restart failed",
    "restart s00/h01",
    "yes",
    "failover us-east-1",
    "continue",
    "undo",
    "alarms install",
    "override because",
    "break-lock traffic because",
    "purge if-s00-h00",
    "s00",
];

#[derive(Clone, Debug)]
enum Press {
    Key(&'static str),
    Line(&'static str),
    Command(&'static str),
    Wait(i64),
    Answer,
    Approve,
}

fn step(keys: &'static [&'static str]) -> impl Strategy<Value = Press> {
    prop_oneof![
        8 => prop::sample::select(keys).prop_map(Press::Key),
        2 => prop::sample::select(LINES).prop_map(Press::Line),
        2 => prop::sample::select(LINES).prop_map(Press::Command),
        1 => (0_i64..400).prop_map(Press::Wait),
        4 => Just(Press::Answer),
        1 => Just(Press::Approve),
    ]
}

/// Goes the steps; gives every effect that makes calls, and whether orders were open then.
fn calls_when(hand: &mut Hand, steps: &[Press], may: impl Fn(&Press) -> bool) -> Vec<(Effect, bool)> {
    let tale = stopped(hand, false);
    hand.send(Msg::Tales(vec![tale]));
    let mut open = Vec::new();
    let mut out = Vec::new();
    for step in steps.iter().filter(|step| may(step)) {
        let was_open = matches!(hand.app.lock(), Lock::Open(_));
        let effects = match step {
            Press::Key(name) => hand.send(Msg::Key(name.parse::<Key>().expect("a key"))),
            Press::Line(line) => line.chars().flat_map(|c| hand.send(Msg::Key(Key::char(c)))).collect(),
            Press::Command(line) => hand.command(line),
            Press::Wait(seconds) => {
                hand.wait(*seconds);
                Vec::new()
            }
            Press::Approve => {
                let ids: Vec<OrderId> = hand.app.road.wishes.keys().cloned().collect();
                ids.into_iter().flat_map(|id| hand.send(Msg::Approved(id, "sam".into()))).collect()
            }
            Press::Answer => std::mem::take(&mut open)
                .into_iter()
                .flat_map(|(id, probes): (OrderId, Vec<Probe>)| {
                    let answers = probes.into_iter().map(|probe| (probe, Ok(who("1", "kim")))).collect();
                    hand.send(Msg::Probed(id, answers))
                })
                .collect(),
        };
        for effect in effects {
            match effect {
                Effect::Probe(id, probes) => open.push((id, probes)),
                effect @ (Effect::Run { .. }
                | Effect::Resume(_, Resume::Continue | Resume::Undo)
                | Effect::BreakLock(..)) => {
                    out.push((effect, was_open));
                }
                _ => {}
            }
        }
    }
    out
}

fn calls(hand: &mut Hand, steps: &[Press], may: impl Fn(&Press) -> bool) -> Vec<Effect> {
    calls_when(hand, steps, may).into_iter().map(|(effect, _)| effect).collect()
}

/// A yes. What is typed whole, with its reason, counts as one.
fn is_yes(step: &Press) -> bool {
    match step {
        Press::Key(key) => *key == "y",
        Press::Command(line) => *line == "yes" || line.starts_with("break-lock"),
        Press::Line(line) => line.contains('y') || line.starts_with("break-lock"),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_ever_called_while_locked(steps in prop::collection::vec(step(KEYS), 1..60)) {
        let mut hand = Hand::ordering();
        // The keys may happen to unlock it, with a reason and all: then it is not locked.
        let locked: Vec<_> = calls_when(&mut hand, &steps, |_| true).into_iter().filter(|(_, open)| !open).collect();
        prop_assert_eq!(locked, []);
    }

    #[test]
    fn nothing_is_ever_called_where_it_is_read_only(steps in prop::collection::vec(step(KEYS), 1..60)) {
        let mut hand = Hand::unlocked();
        hand.send(Msg::ReadOnly("a replay".into()));
        let steps: Vec<Press> = steps.into_iter().chain([Press::Command("unlock 15m x")]).collect();
        prop_assert_eq!(calls(&mut hand, &steps, |_| true), []);
    }

    #[test]
    fn nothing_is_ever_called_in_a_replay(steps in prop::collection::vec(step(KEYS), 1..60)) {
        let mut hand = Hand::ordering();
        hand.app.tape = Some(Tape::new(hand.now, hand.now + chrono::TimeDelta::hours(1)));
        hand.app.policy.read_only = Some(crate::cloud::replay::WHY.to_owned());
        let wind = [";", ",", ".", "+", "-"].map(Press::Key);
        let steps: Vec<Press> = steps.into_iter().chain(wind).chain([Press::Command("unlock 15m x")]).collect();
        prop_assert_eq!(calls(&mut hand, &[&steps[..], &steps[..]].concat(), |_| true), []);
        let now = hand.now;
        let again = crate::fabric::Fabric::new(&["us-east-1".into()], crate::config::Rules::default(), 1_000, now);
        hand.app.begin_again(again, now);
        prop_assert_eq!(calls(&mut hand, &steps, |_| true), []);
    }

    #[test]
    fn nothing_is_ever_called_without_a_yes(steps in prop::collection::vec(step(KEYS), 1..60)) {
        let mut hand = Hand::unlocked();
        prop_assert_eq!(calls(&mut hand, &steps, |step| !is_yes(step)), []);
    }

    #[test]
    fn no_two_orders_on_one_thing_run_at_once(steps in prop::collection::vec(step(KEYS), 1..120)) {
        let mut hand = Hand::unlocked();
        let all = calls(&mut hand, &steps, |_| true);
        // None of them ever ends here.
        let mut targets: Vec<String> = agents(&all);
        let count = targets.len();
        targets.sort();
        targets.dedup();
        prop_assert_eq!(targets.len(), count);
    }
}

/// The tests above would hold as well if nothing could ever be run.
#[test]
fn a_yes_while_unlocked_does_run() {
    let steps = [Press::Key("2"), Press::Key("r"), Press::Answer, Press::Key("y"), Press::Answer];
    let mut hand = Hand::unlocked();
    assert_eq!(calls(&mut hand, &steps, |_| true).len(), 1);
}
