//! No pane passes off what it knows in part, or not, as if it were known: each says each quality in words.

#![allow(clippy::expect_used, reason = "a test that cannot be set up has failed")]

#[allow(dead_code)]
mod scene;

use chrono::TimeDelta;
use infradeck::app::{App, Msg, Pane, View};
use infradeck::model::{Link, Observation, Quality, Question, Scope};
use scene::look::{drawn, lines};
use scene::play::Play;

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

const QUALITIES: [Quality; 5] =
    [Quality::Sampled, Quality::Partial, Quality::Throttled, Quality::Denied, Quality::Failed];

/// Each pane, the keys that bring it to the screen, and a question whose answer it shows.
const SHOWN: [(Pane, &str, Question); 22] = [
    (Pane::Findings, "1", Question::Logs),
    (Pane::Findings, "1", Question::Queues),
    (Pane::Findings, "1", Question::Alarms),
    (Pane::Findings, "1", Question::Replicas),
    (Pane::Findings, "1", Question::Quotas),
    (Pane::Sessions, "2", Question::LogGroups),
    (Pane::Sessions, "2", Question::Logs),
    (Pane::Agents, "2", Question::LogGroups),
    (Pane::Agents, "2", Question::Functions),
    (Pane::Agents, "2", Question::Metrics),
    (Pane::Agents, "2", Question::Results),
    (Pane::Queues, "3", Question::Queues),
    (Pane::Queues, "3", Question::QueuePulse),
    (Pane::Metrics, "4", Question::Metrics),
    (Pane::Logs, "5", Question::Logs),
    (Pane::Cost, "6", Question::Cost),
    (Pane::Cost, "6", Question::Forecast),
    (Pane::Cost, "6", Question::Budgets),
    (Pane::Alarms, "7", Question::Alarms),
    (Pane::Regions, "8", Question::Queues),
    (Pane::Regions, "8", Question::Identity),
    (Pane::Regions, "8", Question::Quotas),
];

/// An answer of this quality from us-east-1: what the scene knows where it brings facts, and nothing where it does not.
fn answer(question: Question, quality: Quality) -> Observation {
    let known = scene::facts().into_iter().find(|known| known.question == question && known.fact.is_some());
    let fact = known.and_then(|known| known.fact).filter(|_| quality.has_facts());
    Observation {
        at: scene::now(),
        scope: Scope { fabric: "prod".into(), region: "us-east-1".into() },
        question,
        quality,
        reason: Some("because of a test".into()),
        calls: Vec::new(),
        link: Link::default(),
        fact,
    }
}

/// Every answer complete, so that the one that is tried is the only one that is not.
fn well(size: (u16, u16)) -> App {
    let mut app = scene::empty(size);
    let mut facts = scene::facts();
    facts.retain(|known| known.fact.is_some());
    for region in ["us-east-1", "us-west-2"] {
        for question in Question::ALL.into_iter().filter(|question| region == "us-east-1" || !question.is_global()) {
            if !facts.iter().any(|known| known.question == question && known.scope.region.as_str() == region) {
                let mut other = answer(question, Quality::Complete);
                other.scope.region = region.into();
                other.reason = None;
                facts.push(other);
            }
        }
    }
    app.update(scene::now(), Msg::Facts(facts));
    app
}

fn shown(app: &mut App, pane: Pane, keys: &str) -> Vec<String> {
    app.update(app.now, Msg::Key(keys.parse().expect("a key")));
    while app.focus != pane {
        app.update(app.now, Msg::Key("tab".parse().expect("a key")));
    }
    let (_, area) = *app.panes().iter().find(|(there, _)| *there == pane).expect("the pane is on the screen");
    lines(&drawn(app))[usize::from(area.y)..usize::from(area.y + area.h)].to_vec()
}

#[test]
fn each_pane_says_each_quality_of_each_answer_that_it_shows() {
    let mut silent = Vec::new();
    for size in SIZES {
        for (pane, keys, question) in SHOWN {
            let mut app = well(size);
            for quality in QUALITIES {
                let before = shown(&mut app, pane, keys);
                assert!(!before[0].contains(quality.word()), "{pane:?}: {}", before[0]);
                app.update(scene::now(), Msg::Facts(vec![answer(question, quality)]));
                let lines = shown(&mut app, pane, keys);
                // The regions view lists every answer; all other panes say it in their title.
                let said =
                    if pane == Pane::Regions { lines.join("\n") } else { lines.first().cloned().unwrap_or_default() };
                if !said.contains(quality.word()) {
                    silent.push(format!("{pane:?} of {question} {} at {size:?}: {}", quality.word(), lines[0]));
                }
                app.update(scene::now(), Msg::Facts(vec![answer(question, Quality::Complete)]));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn a_pane_that_never_had_an_answer_says_why() {
    for size in SIZES {
        for (pane, keys, question) in SHOWN.into_iter().filter(|(pane, ..)| *pane != Pane::Regions) {
            for quality in [Quality::Throttled, Quality::Denied, Quality::Failed] {
                let mut app = scene::empty(size);
                app.update(scene::now(), Msg::Facts(vec![answer(question, quality)]));
                let text = shown(&mut app, pane, keys).join("\n");
                assert!(text.contains(quality.word()), "{pane:?} of {question} at {size:?}:\n{text}");
            }
        }
    }
}

#[test]
fn nothing_is_wrong_is_said_only_where_all_is_known() {
    for question in [Question::Queues, Question::Alarms, Question::Metrics, Question::Logs] {
        let mut app = scene::empty((120, 40));
        let fine = |question| Observation { fact: None, reason: None, ..answer(question, Quality::Complete) };
        app.update(scene::now(), Msg::Facts(Question::ALL.map(fine).to_vec()));
        let text = shown(&mut app, Pane::Findings, "1").join("\n");
        assert!(text.contains("nothing is wrong"), "{text}");
        app.update(scene::now(), Msg::Facts(vec![answer(question, Quality::Failed)]));
        let text = shown(&mut app, Pane::Findings, "1").join("\n");
        assert!(!text.contains("nothing is wrong\n") && text.contains("failed"), "{text}");
    }
    assert_eq!(View::Overview.main(), Pane::Findings);
}

/// The calm scenario, but nobody can read its logs from the second to the seventh minute.
const DEAF: &str = concat!(
    include_str!("../src/cloud/sim/scenarios/calm.toml"),
    r#"
[[outage]]
at = "60s"
region = "us-east-1"
service = "logs"
reason = "connection reset by peer, 3 attempts"
took_ms = 4200
until = "6m30s"

[[outage]]
at = "60s"
region = "us-west-2"
service = "logs"
reason = "connection reset by peer, 3 attempts"
took_ms = 4200
until = "6m30s"
"#
);

#[test]
fn what_a_demo_does_not_tell_for_minutes_is_unknown_and_is_read_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("deaf.toml");
    std::fs::write(&file, DEAF).expect("written");
    let mut play = Play::new(file.to_str().expect("a path"), 7, None, (120, 40));
    let lines_of = |play: &Play, minute: i64| {
        let from = play.epoch + TimeDelta::minutes(minute);
        let is_in = |line: &&infradeck::model::LogLine| (from..from + TimeDelta::minutes(1)).contains(&line.at);
        play.app.fabric.logs().iter().filter(is_in).count()
    };
    play.press(":");
    play.type_in("metric spend");
    play.press("enter");
    play.pass(6 * 60);
    assert_eq!(lines_of(&play, 3), 0);
    let title = shown(&mut play.app, Pane::Logs, "5")[0].clone();
    assert!(title.contains("failed") && title.contains("age 5m"), "{title}");
    let points = |play: &Play| {
        let shown = play.app.chart.series.iter().map(|line| line.points.clone());
        shown.max_by_key(|points| points.iter().flatten().count()).expect("a line")
    };
    let holes = |play: &Play| points(play).iter().rev().take(4).filter(|point| point.is_none()).count();
    assert!(holes(&play) >= 3, "{:?}", points(&play));
    play.press("1");
    play.pass(90);
    for minute in 1..7 {
        assert!(lines_of(&play, minute) > 0, "minute {minute}");
    }
    assert_eq!(holes(&play), 0, "{:?}", points(&play));
    let title = shown(&mut play.app, Pane::Logs, "5")[0].clone();
    assert!(!title.contains("failed"), "{title}");
}
