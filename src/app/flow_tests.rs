//! Keys in, state out.

use super::intent::INTENTS;
use super::stage::{Hand, event, key, metrics, observed, refused};
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
fn what_is_taken_in_step_by_step_with_keys_in_between_is_shown_as_at_once() {
    let (mut at_once, mut by_steps) = (Hand::new(), Hand::new());
    at_once.arrive();
    at_once.keys("2 j");
    by_steps.arrive();
    by_steps.keys("2");
    let more = |hand: &Hand| metrics(hand.now, 25);
    at_once.facts(vec![more(&at_once)]);
    by_steps.app.hear(&mut more(&by_steps));
    by_steps.app.derive(by_steps.now);
    by_steps.keys("j");
    assert_eq!(by_steps.agents().len(), 20, "not shown yet");
    by_steps.facts(Vec::new());
    assert_eq!(by_steps.agents().len(), 25);
    assert_eq!((by_steps.agents(), by_steps.selected()), (at_once.agents(), at_once.selected()));
    assert_eq!(by_steps.app.fabric.findings(), at_once.app.fabric.findings());
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
            "at" => " 14:00",
            // What they want and why they are refused is tested beside them.
            _ if spec.group == intent::Group::Orders => continue,
            _ => "",
        };
        if spec.group == intent::Group::Replay {
            hand.app.tape = Some(Tape::new(hand.now - chrono::TimeDelta::minutes(1), hand.now));
        }
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
fn what_lies_over_a_view_scrolls_to_its_last_line_and_no_further() {
    for size in [(60, 16), (80, 24), (97, 31), (200, 60)] {
        for open in ["?", "e", "2 enter", "3 enter", "5 enter", "8 enter"] {
            let mut hand = Hand::busy();
            hand.send(Msg::Resize(size.0, size.1));
            for n in 0..30 {
                hand.facts(vec![refused(
                    hand.now,
                    Question::ALL[n % Question::ALL.len()],
                    &format!("日本 not allowed, {n} ").repeat(n),
                )]);
            }
            hand.keys(open);
            let panel = |hand: &Hand| {
                let overlay = hand.app.overlays.last().expect("something over the view");
                hand.app.panel(overlay, layout::body(hand.app.size)).expect("a panel")
            };
            let scroll = |hand: &Hand| match hand.app.overlays[..] {
                [Overlay::Help(at) | Overlay::Errors(at) | Overlay::Detail(_, at)] => at,
                _ => usize::MAX,
            };
            let end = panel(&hand).lines.len().saturating_sub(panel(&hand).room());
            for keys in ["G", "j j", "ctrl-f"] {
                hand.keys(keys);
                assert_eq!(scroll(&hand), end, "{size:?} {open}: after {keys}");
            }
            hand.keys("k");
            assert_eq!(scroll(&hand), end.saturating_sub(1), "{size:?} {open}: up again");
            // What became shorter is left at its end, from where one row up is one row up.
            hand.keys("G");
            hand.send(Msg::Resize(200, 90));
            let end = panel(&hand).first;
            hand.keys("k");
            assert_eq!(scroll(&hand), end.saturating_sub(1), "{size:?} {open}: in a larger one");
        }
    }
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
