//! Whatever is pressed, pasted, resized or told, in whatever order: nothing panics, and the cursor is where it can be seen.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::layout::{body, body_rows, is_too_small};
use super::stage::{Hand, alarms, cost, groups, key, line, logs, metrics, progress, queues, refused};
use super::{Msg, Pane};
use crate::config::Key;
use crate::model::Question;

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Types(String),
    Paste(String),
    Resize(u16, u16),
    Wait(i64),
    Agents(usize),
    Progress(usize),
    Line(i64, u64, usize),
    Metrics(usize),
    Others,
    Heard(usize),
    Refused,
}

fn step() -> impl Strategy<Value = Step> {
    let named = prop::sample::select(vec![
        "tab",
        "shift-tab",
        "enter",
        "esc",
        "up",
        "down",
        "home",
        "end",
        "pageup",
        "pagedown",
        "ctrl-d",
        "ctrl-u",
        "ctrl-f",
        "ctrl-b",
        "ctrl-r",
        "backspace",
        "space",
        "left",
        "right",
        "delete",
        "j",
        "k",
        "g",
        "G",
        "n",
        "N",
        "s",
        "S",
        "y",
        "l",
        "f",
        "z",
        "b",
        "e",
        "t",
        "?",
        ":",
        "/",
        "[",
        "]",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "h",
        "~",
        "!",
    ]);
    let words = prop::sample::select(vec![
        "h0",
        "!s01",
        "~s1",
        "sort err%",
        "log s00",
        "agent s00/h01",
        "by agent",
        "metric waiting",
    ]);
    prop_oneof![
        12 => named.prop_map(|key| Step::Key(key.to_owned())),
        2 => words.prop_map(|text| Step::Types(text.to_owned())),
        1 => ".{0,12}".prop_map(Step::Paste),
        2 => (0_u16..240, 0_u16..70).prop_map(|(w, h)| Step::Resize(w, h)),
        2 => (-5_i64..200).prop_map(Step::Wait),
        2 => (0_usize..70).prop_map(Step::Agents),
        2 => (0_usize..70).prop_map(Step::Progress),
        2 => (-400_i64..30, any::<u64>(), 0_usize..70).prop_map(|(s, id, n)| Step::Line(s, id, n)),
        1 => (0_usize..70).prop_map(Step::Metrics),
        1 => Just(Step::Others),
        1 => (0_usize..70).prop_map(Step::Heard),
        1 => Just(Step::Refused),
    ]
}

fn take(hand: &mut Hand, step: &Step) {
    let at = hand.now;
    match step {
        Step::Key(name) => drop(hand.send(Msg::Key(name.parse::<Key>().expect("a key")))),
        Step::Types(text) => hand.types(text),
        Step::Paste(text) => drop(hand.send(Msg::Paste(text.clone()))),
        Step::Resize(w, h) => drop(hand.send(Msg::Resize(*w, *h))),
        Step::Wait(seconds) => hand.wait(*seconds),
        Step::Agents(n) => drop(hand.facts(vec![groups(at, *n)])),
        Step::Progress(n) => drop(hand.facts(vec![progress(at, *n)])),
        Step::Line(s, id, n) => {
            let line = line(at + TimeDelta::seconds(*s), *id, &key(*n), "{\"event_type\":\"agent_error\"}");
            hand.facts(vec![logs(at, vec![line])]);
        }
        Step::Metrics(n) => drop(hand.facts(vec![metrics(at, *n)])),
        Step::Others => {
            hand.facts(queues(at).into_iter().chain([alarms(at), cost(at)]).collect());
        }
        Step::Heard(n) => {
            hand.app.hear(&mut groups(at, *n));
            hand.app.hear(&mut logs(at, vec![line(at, *n as u64, &key(*n), "{}")]));
        }
        Step::Refused => drop(hand.facts(vec![refused(at, Question::Queues, "no")])),
    }
}

fn check(hand: &Hand) -> Result<(), TestCaseError> {
    let app = &hand.app;
    let panes = app.panes();
    prop_assert!(is_too_small(app.size) || panes.iter().any(|(pane, _)| *pane == app.focus), "the focus is hidden");
    for (pane, area) in panes {
        let (table, page) = (app.table(pane), body_rows(pane, area).max(1));
        if pane == Pane::Logs {
            prop_assert!(app.line(table.shown).is_none());
            prop_assert!(table.shown == 0 || app.line(table.shown - 1).is_some());
        } else {
            prop_assert_eq!(table.rows.len(), table.shown);
        }
        prop_assert!(table.shown <= table.unfiltered);
        prop_assert!(table.cursor < table.shown.max(1), "{:?} {} of {}", pane, table.cursor, table.shown);
        prop_assert!(
            table.offset <= table.cursor && table.cursor < table.offset + page,
            "{:?} {:?} {}",
            pane,
            (table.offset, table.cursor),
            page
        );
        prop_assert!(table.offset == 0 || table.offset + page <= table.shown, "{:?}: room is left below", pane);
    }
    app.hints();
    app.interest();
    for panel in app.overlays.iter().filter_map(|overlay| app.panel(overlay, body(app.size))) {
        prop_assert!(panel.first == 0 || panel.first + panel.room() <= panel.lines.len(), "room is left below");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]
    #[test]
    fn the_cursor_can_always_be_seen(steps in prop::collection::vec(step(), 1..60)) {
        let mut hand = Hand::new();
        for step in &steps {
            take(&mut hand, step);
            check(&hand)?;
        }
    }
}
