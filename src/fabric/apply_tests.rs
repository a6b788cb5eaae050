//! What apply promises: whole and partial listings, late, early and repeated observations, hostile values, bounds.

use chrono::TimeDelta;

use super::testing::*;
use super::{Agent, Fabric};
use crate::config::Rules;
use crate::model::*;
use LineKind::{Complete, Error, Progress, Start};

#[test]
fn a_whole_listing_forgets_what_it_does_not_hold_and_a_part_only_adds() {
    let mut part = groups(EAST, 2, &["s/h03"]);
    part.quality = Quality::Partial;
    let fabric = heard(3, [groups(EAST, 0, &["s/h01", "s/h02"]), groups(EAST, 1, &["s/h02"]), part]);
    let names: Vec<_> = fabric.agents().iter().map(|agent| agent.key.agent.to_string()).collect();
    assert_eq!(names, ["h02", "h03"]);
    assert_eq!(fabric.groups()[&RegionId::from(EAST)].len(), 2);
    assert!(fabric.agent(&key("s/h03")).is_some(), "the index follows");
}

#[test]
fn parts_of_alarms_and_cost_leave_the_rest() {
    let alarm = |name: &str, state| Alarm {
        name: name.into(),
        state,
        since: None,
        reason: None,
        watches: None,
        silenced: false,
    };
    let listed = |s, alarms| seen(EAST, s, Question::Alarms, Fact::Alarms(alarms));
    let mut part = listed(1, vec![alarm("b", AlarmState::Ok)]);
    part.quality = Quality::Partial;
    let fabric = heard(2, [listed(0, vec![alarm("a", AlarmState::Alarm), alarm("b", AlarmState::Alarm)]), part]);
    let mut states: Vec<_> = fabric.alarms()[&RegionId::from(EAST)].iter().map(|a| (&*a.name, a.state)).collect();
    states.sort_unstable();
    assert_eq!(states, [("a", AlarmState::Alarm), ("b", AlarmState::Ok)]);
}

#[test]
fn a_late_answer_changes_nothing_and_a_late_line_counts() {
    let fabric = heard(20, [groups(EAST, 10, &["s/h01"]), groups(EAST, 9, &["s/h02"])]);
    assert_eq!(fabric.agents().len(), 1);
    let fabric = heard(20, [logs(10, vec![line("s/h01", 10, Progress)]), logs(9, vec![line("s/h01", 8, Progress)])]);
    assert_eq!(fabric.logs().len(), 2);
    assert_eq!(fabric.logs().moves(), 1);
}

#[test]
fn what_failed_leaves_the_old_facts_with_their_age() {
    let fabric = heard(70, [groups(EAST, 10, &["s/h01"]), unanswered(EAST, 60, Question::LogGroups, Quality::Failed)]);
    let source = &fabric.sources()[&(EAST.into(), Question::LogGroups)];
    assert_eq!((source.quality, source.answered, source.asked), (Quality::Failed, Some(at(10)), at(60)));
    assert_eq!(source.age(fabric.now()), Some(TimeDelta::seconds(60)));
    assert_eq!(fabric.agents().len(), 1);
}

#[test]
fn a_source_is_late_after_twice_and_unheard_after_three_times_its_cadence() {
    let fabric = heard(0, [logs(0, vec![])]);
    let source = &fabric.sources()[&(EAST.into(), Question::Logs)];
    let late = |s| source.is_late(Question::Logs, at(s));
    let is_heard = |s| source.is_heard(Question::Logs, at(s));
    assert_eq!((late(10), late(11), is_heard(15), is_heard(16)), (false, true, true, false));
    assert_eq!(source.age(at(-5)), Some(TimeDelta::zero()));
}

#[test]
fn reading_is_no_answer() {
    let reading = |s, n| seen(EAST, s, Question::Logs, Fact::Reading(n));
    let mut fabric = heard(5, [reading(1, 100), reading(2, 300), reading(1, 100)]);
    let source = |fabric: &Fabric| fabric.sources()[&(EAST.into(), Question::Logs)].clone();
    assert_eq!((source(&fabric).reading, source(&fabric).answered), (Some(300), None));
    fabric.apply(logs(6, vec![]));
    fabric.apply(reading(2, 300));
    assert_eq!((source(&fabric).reading, source(&fabric).answered), (None, Some(at(6))));
}

#[test]
fn the_same_answer_twice_is_no_more_calls() {
    let call = Call {
        service: Service::Sqs,
        operation: "ListQueues".into(),
        took_ms: 9,
        tries: 1,
        units: 1,
        outcome: Outcome::Answered,
    };
    let asked = Observation { calls: vec![call.clone(), call], ..queues(0, vec![]) };
    assert_eq!(
        {
            let fabric = heard(60, [asked.clone(), asked]);
            fabric.bill().per_minute(fabric.now())
        },
        Some(2.0)
    );
}

#[test]
fn a_line_from_the_far_future_stays_out_and_a_fast_clock_does_not_prolong_a_life() {
    let mut never = line("s/h01", 0, Progress);
    never.at = Time::MAX_UTC;
    let mut ancient = line("s/h02", 0, Error);
    ancient.at = Time::MIN_UTC;
    let fabric = heard(0, [logs(0, vec![never, ancient, line("s/h01", 3600, Progress)])]);
    assert_eq!((fabric.now(), fabric.logs().len()), (at(0), 2));
    assert_eq!(fabric.agent(&key("s/h01")).and_then(Agent::last_update), Some(at(0)));
    assert!(fabric.agent(&key("s/h02")).is_none(), "long gone, if it ever was");
}

#[test]
fn metrics_from_the_far_future_and_absurd_values_are_not_believed() {
    let absurd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300];
    for value in absurd {
        let measured = AgentReading {
            error_rate_pct: sample(0, value),
            execution_ms: sample(0, value),
            completion: sample(9_000_000, 1.0),
            heartbeat: Some(Time::MAX_UTC),
            tokens: vec![Sample { at: at(0), value }, Sample { at: Time::MAX_UTC, value: 7.0 }],
            ..reading("s/h01")
        };
        let fabric = heard(0, [metrics(0, vec![measured])]);
        let agent = fabric.agent(&key("s/h01")).expect("h01");
        assert_eq!((agent.error_rate, agent.execution, agent.ended), (None, None, None), "{value}");
        assert_eq!((agent.tokens_total(), agent.last_update()), (None, None), "{value}");
    }
}

#[test]
fn at_the_same_moment_what_is_measured_goes_before_what_is_logged() {
    let measured = metrics(10, vec![AgentReading { execution_ms: sample(5, 700.0), ..reading("s/h01") }]);
    let took = EventMetrics { execution_time_ms: Some(900.0), ..EventMetrics::default() };
    let event = AgentEvent { metrics: Some(took), ..AgentEvent::default() };
    let told = logs(10, vec![LogLine { event: Some(Box::new(event)), ..line("s/h01", 5, Progress) }]);
    for order in [[measured.clone(), told.clone()], [told, measured]] {
        let fabric = heard(10, order);
        assert_eq!(fabric.agent(&key("s/h01")).and_then(|agent| agent.execution), sample(5, 700.0));
    }
}

#[test]
fn money_adds_up_to_the_digit() {
    let paid = |second: i64| {
        let metrics = EventMetrics { cost_usd: Some(0.045), tokens_input: Some(8192.0), ..EventMetrics::default() };
        let event = AgentEvent { metrics: Some(metrics), ..AgentEvent::default() };
        LogLine { event: Some(Box::new(event)), ..line("s/h01", second, Progress) }
    };
    let told = logs(5, vec![paid(1), paid(2)]);
    let fabric = heard(5, [told.clone(), told, logs(6, vec![paid(2)])]);
    let agent = fabric.agent(&key("s/h01")).expect("h01");
    assert_eq!((agent.cost_usd(), agent.tokens_total()), (Some(0.09), Some(16384.0)));
    assert_eq!(fabric.sessions()[&SessionId::from("s")].cost_usd, Some(0.09));
    assert!(fabric.logs().iter().all(|line| line.event.is_none()), "kept lines hold their text only");
}

#[test]
fn a_line_too_old_for_the_ring_still_tells_an_end_but_is_not_counted_again() {
    let mut fabric = Fabric::new(&[EAST.into()], Rules::default(), 2, at(0));
    fabric.apply(logs(10, (1..=10).map(|s| line("s/busy", s, Progress)).collect()));
    assert_eq!((fabric.logs().len(), fabric.logs().dropped(), fabric.logs().taken()), (2, 8, 10));
    let late = logs(11, vec![line("s/quiet", 5, Error)]);
    fabric.apply(late.clone());
    fabric.apply(late);
    fabric.settle(at(11));
    assert_eq!(fabric.agent(&key("s/quiet")).map(|agent| agent.status), Some(Status::Failed));
    assert_eq!((fabric.logs().len(), fabric.logs().dropped()), (2, 8));
}

#[test]
fn a_line_of_long_ago_tells_no_more_when_the_answer_comes_again() {
    // When it comes again the ring is full, and its agent is known by a newer line of the same answer.
    let told = logs(0, vec![line("s/h01", -90_000, Complete), line("s/h01", -1, Progress), line("s/h02", 0, Progress)]);
    let mut fabric = Fabric::new(&[EAST.into()], Rules::default(), 2, at(0));
    for _ in 0..2 {
        fabric.apply(told.clone());
        let agent = fabric.agent(&key("s/h01")).expect("h01");
        assert_eq!((agent.ended, agent.worked), (None, Some(at(-1))));
    }
}

#[test]
fn words_from_outside_are_cut() {
    let event = AgentEvent { task: Some("é".repeat(9999)), error: Some("ü".repeat(201)), ..AgentEvent::default() };
    let told = LogLine { event: Some(Box::new(event)), ..line("s/h01", 1, Start) };
    let fabric = heard(1, [logs(1, vec![told])]);
    let agent = fabric.agent(&key("s/h01")).expect("h01");
    let (task, words) = (agent.task.as_deref().unwrap_or(""), agent.last_words.as_ref().map_or("", |(_, w)| w));
    assert_eq!((task.chars().count(), words.chars().count()), (200, 200));
    assert!(task.ends_with('…') && words.ends_with('…'));
}

#[test]
fn what_an_error_says_stands_at_its_second() {
    for order in [[Error, Complete], [Complete, Error]] {
        let all = order.map(|kind| logs(9, vec![line("s/h01", 5, kind)]));
        let fabric = heard(9, all);
        let words = fabric.agent(&key("s/h01")).and_then(|agent| agent.last_words.clone());
        assert_eq!(words, Some((at(5), "error at 5".into())));
    }
}

#[test]
fn invented_names_are_bounded_and_gone_after_a_day() {
    let invent = |i: i64| LogLine { id: i as u64, ..line(&format!("s/x{i}"), 0, Progress) };
    let mut fabric = heard(0, [logs(0, (0..20_000).map(invent).collect()), groups(EAST, 0, &["s/h01"])]);
    assert_eq!(fabric.agents().len(), 10_001, "and what a listing holds always finds its place");
    fabric.apply(groups(EAST, 24 * 3600 + 1, &["s/h01"]));
    fabric.settle(at(24 * 3600 + 1));
    assert_eq!(fabric.agents().len(), 1);
}

#[test]
fn a_listed_agent_is_gone_when_nothing_lists_it_even_if_it_was_alive() {
    let alive = [groups(EAST, 0, &["s/h01"]), logs(1, vec![line("s/h01", 1, Progress)]), groups(EAST, 2, &[])];
    assert_eq!(heard(3, alive).agents().len(), 0);
}

#[test]
fn dead_letters_are_linked_both_ways() {
    let all = vec![
        queue("if-s-h01", Some("s/h01"), 3, Some("if-s-h01-dlq")),
        queue("if-s-h01-dlq", Some("s/h01"), 5, None),
        queue("if-a", None, 0, Some("if-gone")),
        queue("if-self", None, 1, Some("if-self")),
    ];
    let fabric = heard(0, [queues(0, all)]);
    let state = |name: &str| &fabric.queues()[&QueueKey { region: EAST.into(), name: name.into() }];
    assert_eq!(state("if-s-h01").dead_letters, Some(5));
    assert_eq!(state("if-s-h01-dlq").dead_letter_of.as_deref(), Some("if-s-h01"));
    assert_eq!((state("if-a").dead_letters, state("if-a").dead_letter_of.clone()), (None, None), "unknown, not zero");
    assert_eq!(state("if-self").dead_letters, Some(1));
    let agent = fabric.agent(&key("s/h01")).expect("h01");
    assert_eq!((agent.queue().map(|name| &**name), agent.kind()), (Some("if-s-h01"), Some(Kind::Queue)));
}

#[test]
fn the_age_of_the_oldest_is_the_newest_that_was_told_and_none_where_nothing_waits() {
    let listed = |visible| queues(0, vec![queue("if-a", None, visible, None), queue("if-b", None, 1, None)]);
    let both = || pulses(1, vec![pulse("if-a", Some(60.0), None), pulse("if-b", Some(1e18), None)]);
    let ages = |observations: Vec<Observation>| -> Vec<_> {
        heard(9, observations).queues().values().map(|state| (state.oldest_s, state.oldest_since.is_some())).collect()
    };
    // Not all are asked each time.
    let other = || pulses(2, vec![pulse("if-b", Some(f64::NAN), None)]);
    assert_eq!(ages(vec![listed(1), both(), other()]), [(Some(60.0), true), (None, false)]);
    let emptied = Observation { at: both().at, ..listed(0) };
    assert_eq!(ages(vec![listed(1), both(), emptied])[0], (None, false));
}

#[test]
fn queues_of_one_name_in_two_regions_are_two() {
    let there = Observation { scope: Scope { fabric: "prod".into(), region: WEST.into() }, ..queues(0, vec![]) };
    let fabric = heard(0, [queues(0, vec![queue("if-a", None, 1, None)]), there]);
    assert_eq!(fabric.queues().len(), 1);
}

#[test]
fn usual_spending_is_the_mean_of_its_own_history() {
    let paid = |minute: i64| {
        let metrics = EventMetrics { cost_usd: Some(0.1), ..EventMetrics::default() };
        let event = AgentEvent { metrics: Some(metrics), ..AgentEvent::default() };
        LogLine { event: Some(Box::new(event)), ..line("s/h01", minute * 60, Progress) }
    };
    let session = |minutes: i64| {
        let fabric = heard(minutes * 60, [logs(minutes * 60, (0..minutes).map(paid).collect())]);
        fabric.sessions()[&SessionId::from("s")].clone()
    };
    assert_eq!(session(29).usual_usd_per_hour, None, "nineteen minutes before the last ten tell too little");
    for minutes in [30, 45, 59] {
        let ratio = session(minutes).burn_ratio().expect("a history");
        assert!((ratio - 1.0).abs() < 1e-5, "{minutes} min: {ratio}");
    }
}
