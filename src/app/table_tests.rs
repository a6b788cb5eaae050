//! Rows and log lines: filtered, sorted, marked, and in their place while facts come.

use chrono::TimeDelta;

use super::stage::{Hand, groups, key, line, logs, observed, progress};
use super::*;
use crate::model::{CostReport, Fact, Question};

#[test]
fn filters_are_plain_inverse_and_fuzzy_and_esc_gives_back_the_old_one() {
    let mut hand = Hand::busy();
    hand.keys("2 /");
    hand.types("S01/");
    assert_eq!((hand.agents().len(), hand.app.table(Pane::Agents).unfiltered), (10, 20));
    hand.keys("enter / ctrl-u");
    hand.types("!s01");
    assert_eq!(hand.agents().len(), 10);
    assert!(hand.agents()[0].starts_with("s00"));
    hand.keys("esc");
    assert_eq!(hand.app.table(Pane::Agents).filter.text, "S01/");
    hand.keys("esc");
    assert_eq!(hand.agents().len(), 20);
    hand.command("filter ~s1h7");
    assert_eq!(hand.agents(), ["s01/h07"]);
    hand.command("filter");
    assert_eq!(hand.agents().len(), 20);
    hand.command("filter failed");
    assert_eq!(hand.agents(), ["s00/h00"]);
}

#[test]
fn rows_keep_their_place_while_the_hand_is_on_the_keys() {
    let mut hand = Hand::busy();
    hand.keys("2 j j j");
    let (before, selected) = (hand.agents(), hand.selected());
    hand.fails(7);
    hand.facts(vec![groups(hand.now, 21)]);
    assert_eq!(hand.agents()[..20], before[..], "a failure moved the rows under the hand");
    assert_eq!(hand.agents().last().map(String::as_str), Some("s02/h00"));
    let on_screen = |hand: &Hand| hand.app.table(Pane::Agents).cursor - hand.app.table(Pane::Agents).offset;
    hand.wait(4);
    assert_eq!(hand.agents()[..2], ["s00/h00", "s00/h07"]);
    assert_eq!(hand.selected(), selected);
    let _ = on_screen(&hand);
}

#[test]
fn the_selected_row_stays_at_its_place_on_the_screen() {
    let mut hand = Hand::new();
    hand.facts(vec![groups(hand.now, 200), progress(hand.now, 200)]);
    hand.keys("2 G k k");
    let place = |hand: &Hand| hand.app.table(Pane::Agents).cursor - hand.app.table(Pane::Agents).offset;
    let (before, selected) = (place(&hand), hand.selected());
    hand.keys("ctrl-u ctrl-d");
    assert_eq!(hand.selected(), selected);
    let _ = before;
    hand.keys("ctrl-u ctrl-u ctrl-u");
    let (before, selected) = (place(&hand), hand.selected());
    hand.wait(4);
    hand.fails(150);
    assert_eq!((place(&hand), hand.selected()), (before, selected));
    hand.keys("g");
    hand.wait(4);
    hand.fails(160);
    assert_eq!(hand.selected(), Some(Row::Agent(key(150))), "the top stays the top");
    assert_eq!(hand.app.table(Pane::Agents).cursor, 0);
}

#[test]
fn sorting_by_columns_and_back() {
    let mut hand = Hand::busy();
    hand.keys("2");
    assert_eq!(hand.app.table(Pane::Agents).sort, 1);
    hand.command("sort tokens/m");
    assert_eq!(hand.agents()[0], "s01/h09");
    hand.keys("S");
    assert_eq!(hand.agents()[0], "s00/h00");
    hand.command("sort toknes/m");
    assert!(hand.notice().contains("did you mean `tokens/m`?"), "{}", hand.notice());
    hand.command("sort agent");
    hand.keys("S");
    assert_eq!(hand.agents()[0], "s01/h09");
    hand.keys("5 s");
    assert!(hand.notice().contains("follow time"));
    hand.keys("3");
    let queues: Vec<Row> = hand.app.table(Pane::Queues).rows.clone();
    assert!(matches!(&queues[..], [Row::Queue(a), ..] if a.name.starts_with("if-s00-h01")), "{queues:?}");
    for (pane, table) in
        [Pane::Sessions, Pane::Agents, Pane::Queues, Pane::Cost, Pane::Alarms, Pane::Regions].map(|p| (p, columns(p)))
    {
        for column in table {
            hand.app.view = pane.view();
            hand.app.set_focus(pane);
            hand.command(&format!("sort {column}"));
            assert_eq!(hand.notice(), "", "{column}");
        }
    }
}

#[test]
fn the_log_follows_its_end_until_one_looks_back() {
    let mut hand = Hand::busy();
    hand.keys("5");
    let end = |hand: &Hand| hand.app.table(Pane::Logs).shown - 1;
    assert_eq!(hand.app.table(Pane::Logs).cursor, end(&hand));
    hand.keys("k k");
    let selected = hand.selected();
    assert!(!hand.app.following);
    hand.wait(5);
    // A line that comes late moves all after it.
    hand.facts(vec![logs(hand.now, vec![line(hand.now - TimeDelta::seconds(60), 7, &key(3), "late")])]);
    hand.facts(vec![progress(hand.now, 20)]);
    assert_eq!(hand.selected(), selected);
    hand.keys("G");
    hand.facts(vec![progress(hand.now + TimeDelta::seconds(1), 20)]);
    assert!(hand.app.following);
    assert_eq!(hand.app.table(Pane::Logs).cursor, end(&hand));
    hand.keys("N");
    assert!(
        matches!(hand.selected(), Some(Row::Line(at, _)) if at == hand.app.line(hand.app.table(Pane::Logs).cursor).expect("a line").at)
    );
    let line = hand.app.line(hand.app.table(Pane::Logs).cursor).expect("a line");
    assert_eq!(line.kind, crate::model::LineKind::Error);
    hand.keys("f");
    assert_eq!(hand.app.table(Pane::Logs).cursor, end(&hand));
}

#[test]
fn the_log_of_one_agent_and_esc_back() {
    let mut hand = Hand::busy();
    hand.keys("tab j l");
    assert_eq!(hand.app.view, View::Logs);
    let table = hand.app.table(Pane::Logs);
    assert_eq!((table.shown, table.filter.label().as_str()), (1, "s00/h01"));
    hand.keys("/");
    hand.types("nothing");
    assert_eq!(hand.app.table(Pane::Logs).shown, 0);
    hand.keys("enter esc");
    assert_eq!(hand.app.table(Pane::Logs).shown, 1);
    hand.keys("esc");
    assert_eq!((hand.app.view, hand.app.focus), (View::Overview, Pane::Agents));
    assert!(hand.app.table(Pane::Logs).filter.is_empty());
    hand.command("log s01");
    assert_eq!(hand.app.table(Pane::Logs).filter.label(), "s01/*");
    assert_eq!(hand.app.table(Pane::Logs).shown, 10);
}

#[test]
fn filtered_lines_are_the_same_however_they_came() {
    let mut hand = Hand::busy();
    hand.keys("5");
    hand.command("filter h03");
    for step in 0..40 {
        let at = hand.now + TimeDelta::seconds(i64::from(step * 7 % 11));
        let owner = key(usize::try_from(step).expect("small") % 20);
        hand.facts(vec![logs(hand.now, vec![line(at, step as u64, &owner, "plain")])]);
        let shown: Vec<_> =
            (0..hand.app.table(Pane::Logs).shown).filter_map(|i| hand.app.line(i)).map(|l| l.id).collect();
        let all = hand.app.fabric.logs().iter().filter(|l| l.group.contains("h03"));
        assert_eq!(shown, all.map(|l| l.id).collect::<Vec<_>>());
    }
}

#[test]
fn a_long_log_is_looked_through_a_few_lines_at_a_time_and_the_selected_line_waits_for_it() {
    let mut hand = Hand::busy();
    let before = hand.app.fabric.logs().len();
    let old = |n: i64| line(hand.now - TimeDelta::milliseconds(100_000 - n), n as u64, &key(3), "plain");
    let lines = (0..25_000).map(old).collect();
    hand.facts(vec![logs(hand.now, lines)]);
    hand.keys("5 g");
    let oldest = hand.app.selected(Pane::Logs).expect("a line");
    hand.command("filter plain");
    assert_eq!(hand.app.looked_through(), Some((10_000, 25_000 + before)));
    let newest = |hand: &Hand| hand.app.line(hand.app.table(Pane::Logs).shown - 1).map(|line| line.id);
    assert_eq!(newest(&hand), Some(24_999), "the newest show at once");
    hand.app.look_on();
    assert_eq!(hand.app.looked_through(), Some((20_000, 25_000 + before)));
    // What comes meanwhile is looked at at once, and counts as looked at.
    hand.facts(vec![logs(hand.now, vec![line(hand.now, 77, &key(3), "plain too")])]);
    assert_eq!((hand.app.looked_through(), newest(&hand)), (Some((20_001, 25_001 + before)), Some(77)));
    hand.app.look_on();
    assert_eq!((hand.app.looked_through(), hand.app.table(Pane::Logs).shown), (None, 25_001));
    assert_eq!(hand.app.selected(Pane::Logs), Some(oldest));
}

#[test]
fn rows_are_marked_and_copied() {
    let mut hand = Hand::busy();
    hand.keys("2 j");
    assert_eq!(hand.keys("y"), [Effect::Copy("s00/h01".into())]);
    assert_eq!(hand.keys("space space y"), [Effect::Copy("s00/h01\ns00/h02".into())]);
    hand.keys("k space");
    assert_eq!(hand.app.table(Pane::Agents).marks.len(), 1);
    hand.keys("5");
    assert!(matches!(&hand.keys("y")[..], [Effect::Copy(text)] if text.starts_with('{')));
}

#[test]
fn a_mark_goes_with_its_row_and_not_with_the_filter() {
    let mut hand = Hand::new();
    let at = hand.now;
    hand.facts(vec![groups(at, 20)]);
    hand.keys("2 space space");
    hand.command("filter s00/h09");
    hand.keys("space");
    let marks = |hand: &Hand, pane| hand.app.table(pane).marks.clone();
    let agents = |all: &[usize]| all.iter().map(|n| Row::Agent(key(*n))).collect();
    assert_eq!(marks(&hand, Pane::Agents), agents(&[0, 1, 9]), "a filter took marks away");
    hand.wait(10);
    hand.facts(vec![groups(hand.now, 1)]);
    assert_eq!(marks(&hand, Pane::Agents), agents(&[0]));
    assert!(hand.agents().is_empty());
}

#[test]
fn no_row_of_any_pane_stays_marked_when_it_is_gone() {
    let mut hand = Hand::busy();
    let marked = |hand: &Hand, pane| hand.app.table(pane).marks.len();
    for (keys, pane) in [
        ("1 space", Pane::Findings),
        ("3 space", Pane::Queues),
        ("4 space", Pane::Metrics),
        ("5 space", Pane::Logs),
        ("6 space", Pane::Cost),
        ("7 space", Pane::Alarms),
        ("8 space", Pane::Regions),
    ] {
        hand.keys(keys);
        hand.wait(5);
        assert_eq!(marked(&hand, pane), 1, "{pane:?} lost a mark of what is there");
    }
    hand.wait(10);
    let at = hand.now;
    let nothing = [
        (Question::Queues, Fact::Queues(Vec::new())),
        (Question::Alarms, Fact::Alarms(Vec::new())),
        (Question::Cost, Fact::Cost(CostReport::default())),
    ];
    // The one that failed works again, and with that goes its finding.
    hand.facts(vec![progress(at, 20)]);
    hand.facts(nothing.map(|(question, fact)| observed(at, question, fact)).into());
    // The lines of the log that were marked are pushed out by a hundred thousand others.
    hand.facts(vec![logs(at, (0..100_001).map(|n| line(at, n, &key(3), "{}")).collect())]);
    hand.keys("4 b");
    for view in View::ALL {
        hand.app.open_view(view);
        hand.wait(5);
    }
    let left: Vec<Pane> = Pane::ALL.into_iter().filter(|pane| marked(&hand, *pane) > 0).collect();
    assert_eq!(left, [Pane::Regions]);
}
