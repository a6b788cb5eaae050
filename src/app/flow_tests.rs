//! Keys in, state out.

use chrono::TimeDelta;

use super::intent::INTENTS;
use super::stage::{Hand, event, groups, key, line, logs, metrics, observed, progress, refused};
use super::*;
use crate::model::{Fact, Observation, Quality, Question};

#[test]
fn the_worst_comes_first_and_a_finding_leads_to_it() {
    let mut hand = Hand::busy();
    let findings = &hand.app.table(Pane::Findings).rows;
    assert!(matches!(&findings[0], Row::Finding(..)) && findings.len() == 3, "{findings:?}");
    assert_eq!(hand.agents()[0], "s00/h00");
    hand.keys("enter");
    assert_eq!((hand.app.view, hand.app.focus), (View::Agents, Pane::Agents));
    assert_eq!(hand.selected(), Some(Row::Agent(key(0))));
    hand.keys("esc");
    assert_eq!((hand.app.view, hand.app.focus), (View::Overview, Pane::Findings));
    hand.keys("j enter");
    assert_eq!(hand.app.view, View::Queues);
    assert!(matches!(hand.selected(), Some(Row::Queue(key)) if &*key.name == "if-s00-h01-dlq"));
    hand.keys("esc j enter");
    assert_eq!(hand.app.view, View::Alarms);
    assert!(matches!(hand.selected(), Some(Row::Alarm(_, name)) if name == "loud"));
}

#[test]
fn a_finding_is_led_to_even_where_a_filter_hides_it() {
    let mut hand = Hand::busy();
    hand.keys("2 /");
    hand.types("s01");
    hand.keys("enter 1 enter");
    assert_eq!(hand.selected(), Some(Row::Agent(key(0))));
    assert!(hand.app.table(Pane::Agents).filter.is_empty());
    hand.keys("esc 2");
    assert_eq!(hand.app.table(Pane::Agents).filter.text, "s01");
}

#[test]
fn views_panes_zoom_and_the_way_out() {
    let mut hand = Hand::busy();
    for (digit, view) in ('1'..='9').zip(View::ALL) {
        hand.keys(&digit.to_string());
        assert_eq!((hand.app.view, hand.app.focus), (view, view.main()));
    }
    hand.keys("1 tab");
    assert_eq!(hand.app.focus, Pane::Agents);
    hand.keys("shift-tab shift-tab z");
    assert_eq!((hand.app.focus, hand.app.panes().len()), (Pane::Logs, 1));
    hand.keys("esc");
    assert!(!hand.app.zoomed && hand.app.panes().len() > 1);
    // On a small screen, Tab brings the pane up.
    hand.send(Msg::Resize(80, 24));
    hand.keys("shift-tab");
    assert_eq!(hand.app.focus, Pane::Cost);
    assert!(hand.app.panes().iter().any(|(pane, _)| *pane == Pane::Cost));
    let mut hand = Hand::busy();
    hand.keys("3 5 esc");
    assert_eq!(hand.app.view, View::Queues);
    hand.keys("esc");
    assert_eq!(hand.app.view, View::Overview);
    assert_eq!(hand.keys("esc"), []);
}

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
fn commands_complete_explain_themselves_and_are_remembered() {
    let mut hand = Hand::busy();
    hand.types(":the");
    hand.keys("tab");
    let value = |hand: &Hand| match hand.app.overlays.last() {
        Some(Overlay::Command(prompt)) => prompt.input.value().to_owned(),
        _ => String::new(),
    };
    assert_eq!(value(&hand), "theme");
    hand.types(" mon");
    hand.keys("tab enter");
    assert_eq!(hand.app.theme.name, "mono");
    hand.keys(": up");
    assert_eq!(value(&hand), "theme mono");
    hand.keys("esc");
    hand.types(":agent s1h3");
    hand.keys("tab enter");
    assert_eq!((hand.app.view, hand.selected()), (View::Agents, Some(Row::Agent(key(13)))));
    for (line, says) in [
        ("agnets", "There is no command `:agnets`; did you mean `agents`?"),
        ("theme drak", "did you mean `dark`?"),
        ("theme zzzzzz", "there is"),
        ("view", "`:view NAME` wants the name of a view."),
        ("zoom in", "`:zoom` takes nothing after its name."),
        ("agent h03", "`h03` could be s00/h03, s01/h03."),
        ("session s09", "There is no session `s09`"),
        ("page", "could be :page-down, :page-up."),
    ] {
        hand.command(line);
        assert!(hand.notice().contains(says), "{line}: {}", hand.notice());
        assert!(hand.app.notice.as_ref().is_some_and(|notice| notice.is_error));
    }
    hand.command("queue if-s00-h00");
    assert!(matches!(hand.selected(), Some(Row::Queue(key)) if &*key.name == "if-s00-h00"));
    hand.command("region us-east-1");
    assert_eq!(hand.app.view, View::Regions);
    assert_eq!(hand.command("q"), [Effect::Quit]);
}

#[test]
fn every_intent_can_be_given_as_a_command() {
    for spec in INTENTS {
        let mut hand = Hand::busy();
        let arg = match spec.name {
            "view" => " cost",
            "agent" => " s00/h01",
            "session" => " s00",
            "queue" => " if-s00-h00",
            "region" => " us-east-1",
            // What they want and why they are refused is tested beside them.
            _ if spec.group == intent::Group::Orders => continue,
            _ => "",
        };
        hand.keys("2");
        hand.command(&format!("{}{arg}", spec.name));
        assert!(
            hand.app.notice.as_ref().is_none_or(|n| !n.is_error || spec.name == "follow"),
            "{}: {}",
            spec.name,
            hand.notice()
        );
    }
}

#[test]
fn what_lies_over_a_view_closes_and_only_there_q_does() {
    let mut hand = Hand::busy();
    hand.keys("? j j G");
    assert!(matches!(hand.app.overlays[..], [Overlay::Help(n)] if n > 2));
    assert_eq!(hand.keys("q"), []);
    assert!(hand.app.overlays.is_empty());
    hand.keys("e e");
    assert!(hand.app.overlays.is_empty());
    hand.keys("2 enter");
    assert!(matches!(&hand.app.overlays[..], [Overlay::Detail(Row::Agent(_), 0)]));
    assert!(matches!(&hand.keys("y")[..], [Effect::Copy(text)] if text.contains("s00/h00") && text.contains("failed")));
    hand.keys("esc");
    assert_eq!(hand.keys("q"), [Effect::Quit]);
    hand.keys(":");
    assert_eq!(hand.keys("ctrl-c"), [Effect::Quit]);
    assert_eq!(hand.keys("esc ctrl-d ctrl-z ctrl-l ctrl-r"), [Effect::Suspend, Effect::Repaint, Effect::AskNow]);
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
fn every_row_has_its_detail() {
    let mut hand = Hand::busy();
    for keys in ["2 enter", "3 enter", "5 enter", "6 enter", "7 enter", "8 enter"] {
        hand.keys(keys);
        let Some(Overlay::Detail(row, _)) = hand.app.overlays.last() else { panic!("{keys} opened nothing") };
        let detail = hand.app.detail(row);
        assert!(detail.len() >= 3 && detail[0].0 != "gone", "{row:?}: {detail:?}");
        hand.keys("esc");
    }
    let text =
        |row: &Row| hand.app.detail(row).into_iter().map(|(a, b)| format!("{a}: {b}")).collect::<Vec<_>>().join("\n");
    let agent = text(&Row::Agent(key(0)));
    for part in [
        "critical failed: s00/h00",
        "log group: /infrafabric/sessions/s00/agents/h00",
        "last words: about error",
        "model: sonnet",
    ] {
        assert!(agent.contains(part), "{part} is not in\n{agent}");
    }
    let logs = hand.app.fabric.logs();
    let last = logs.get(logs.len() - 1).expect("a line");
    assert!(text(&Row::Line(last.at, last.id)).contains("  \"event_type\": \"agent_error\""));
    assert!(text(&Row::Agent(key(99))).contains("no longer there"));
    assert!(text(&Row::Session("s00".into())).contains("10: 1 failed, 9 working"));
}

#[test]
fn the_chart_groups_and_sums_up() {
    let mut hand = Hand::busy();
    hand.keys("4");
    let names = |hand: &Hand| hand.app.chart.series.iter().map(|series| series.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&hand), ["haiku", "sonnet"]);
    let newest = |hand: &Hand, n: usize| hand.app.chart.series[n].points.iter().rev().flatten().next().copied();
    assert_eq!(newest(&hand, 1), Some(12.0));
    hand.keys("b b");
    assert_eq!(names(&hand), ["s01/h09", "s01/h08", "s01/h07", "s01/h06", "s01/h05", "others"]);
    assert_eq!(newest(&hand, 5), Some((1..=15).sum::<i32>().into()));
    hand.keys("enter");
    assert_eq!(hand.selected(), Some(Row::Agent(key(19))));
    hand.keys("esc ]");
    assert_eq!(hand.app.chart.measure, Measure::Spend);
    hand.keys("]");
    hand.wait(60);
    assert_eq!(newest(&hand, 0), Some(50.0));
    hand.command("metric waiting");
    assert_eq!(names(&hand), ["if-s00-h01", "if-s00-h01-dlq", "if-s00-h00"]);
    hand.command("by sesion");
    assert!(hand.notice().contains("did you mean `session`?"));
    hand.facts(vec![metrics(hand.now, 20)]);
}

#[test]
fn the_pollers_are_told_what_is_looked_at() {
    let mut hand = Hand::busy();
    let looks =
        |effects: Vec<Effect>| effects.into_iter().find_map(|e| if let Effect::Look(i) = e { Some(i) } else { None });
    let key_of = |text: &str| text.parse().expect("a key");
    let look = looks(hand.send(Msg::Key(key_of("3")))).expect("a look");
    assert_eq!(look.questions, [Question::Queues, Question::QueuePulse]);
    assert!(looks(hand.send(Msg::Tick)).is_none());
    hand.send(Msg::Key(key_of("2")));
    let look = looks(hand.send(Msg::Key(key_of("j")))).expect("a look");
    assert_eq!(look.agents[0], key(1));
    assert!(look.agents.len() <= 50 && look.agents.len() > 5);
}

#[test]
fn errors_are_told_once_until_it_was_well_in_between() {
    let mut hand = Hand::busy();
    let refuse = |hand: &mut Hand| hand.facts(vec![refused(hand.now, Question::Alarms, "not allowed")]);
    refuse(&mut hand);
    refuse(&mut hand);
    assert_eq!(hand.app.errors.len(), 1);
    assert_eq!(hand.app.errors[0].1, "alarms in us-east-1 denied: not allowed");
    hand.facts(vec![observed(hand.now, Question::Alarms, Fact::Alarms(Vec::new()))]);
    refuse(&mut hand);
    assert_eq!(hand.app.errors.len(), 2);
    let throttled = Observation { quality: Quality::Throttled, ..refused(hand.now, Question::Alarms, "slower") };
    hand.facts(vec![throttled]);
    assert_eq!(hand.app.errors.len(), 3);
}

#[test]
fn what_is_pasted_goes_into_a_prompt_as_one_clean_line() {
    let mut hand = Hand::busy();
    hand.send(Msg::Paste("q\n".into()));
    assert!(!hand.notice().is_empty());
    hand.keys("2 /");
    hand.send(Msg::Paste("s01\n\u{1b}]52;c;\u{202e}h0".into()));
    let filter = &hand.app.table(Pane::Agents).filter;
    assert_eq!(filter.text, "s01 ]52;c;h0");
    hand.keys("backspace ctrl-w ctrl-u backspace");
    assert!(hand.app.overlays.is_empty() && hand.app.table(Pane::Agents).filter.is_empty());
}

#[test]
fn n_goes_from_one_thing_that_is_wrong_to_the_next() {
    let mut hand = Hand::busy();
    hand.keys("6 n");
    assert_eq!(hand.selected(), Some(Row::Agent(key(0))));
    hand.keys("n");
    assert_eq!(hand.app.view, View::Queues);
    hand.keys("N");
    assert_eq!(hand.app.view, View::Agents);
}

#[test]
fn hints_say_keys_that_work() {
    let mut hand = Hand::busy();
    for keys in ["1", "2", "4", "5", "2 /", "esc :", "esc ?", "esc e"] {
        hand.keys(keys);
        let hints = hand.app.hints();
        assert!(hints.len() >= 2, "{keys}: {hints:?}");
    }
    assert!(hand.app.help_lines().len() > INTENTS.len());
    assert!(key_table().contains("| `j` `down` | `:down` |"));
}

#[test]
fn something_new_is_drawn_once() {
    let mut hand = Hand::busy();
    assert!(hand.app.take_dirty());
    assert!(!hand.app.take_dirty());
    hand.wait(1);
    assert!(hand.app.take_dirty());
    let _ = event("start");
}
