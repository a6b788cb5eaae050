//! FABRIC.md's status table, line by line.

use rstest::rstest;

use super::Fabric;
use super::testing::*;
use crate::model::*;
use LineKind::{Complete, Error, Plain, Progress, Start};

fn status(fabric: &Fabric) -> (Status, Option<Time>) {
    let agent = fabric.agent(&key("s/h01")).expect("h01");
    (agent.status, agent.since)
}

/// What `lines` of h01 add up to at `seconds`, its group being listed and its log just heard.
fn by_log(seconds: i64, lines: &[(i64, LineKind)]) -> (Status, Option<Time>) {
    let lines = lines.iter().map(|(s, kind)| line("s/h01", *s, *kind)).collect();
    status(&heard(seconds, [groups(EAST, 0, &["s/h01"]), logs(seconds, lines)]))
}

#[rstest]
#[case::nothing_yet(100, &[], Status::Idle, None)]
#[case::just_started(159, &[(100, Start)], Status::Starting, Some(100))]
#[case::sixty_seconds_are_not_less_than_sixty(160, &[(100, Start)], Status::Working, Some(100))]
#[case::anything_after_the_start_is_work(110, &[(100, Start), (105, Plain)], Status::Working, Some(100))]
#[case::a_start_that_was_not_seen(110, &[(105, Progress)], Status::Working, None)]
#[case::thirty_minutes_are_not_more(1900, &[(100, Start)], Status::Working, Some(100))]
#[case::stuck(1901, &[(100, Start)], Status::Stuck, Some(100))]
#[case::stuck_since_its_last_sign_of_life(2400, &[(100, Start), (500, Progress)], Status::Stuck, Some(500))]
#[case::complete(9000, &[(100, Start), (500, Complete)], Status::Complete, Some(500))]
#[case::failed(9000, &[(100, Start), (500, Error)], Status::Failed, Some(500))]
#[case::the_newest_end_counts(9000, &[(500, Error), (501, Complete)], Status::Complete, Some(501))]
#[case::whatever_order(9000, &[(501, Complete), (500, Error)], Status::Complete, Some(501))]
#[case::at_the_same_second_the_failure_wins(9000, &[(500, Error), (500, Complete)], Status::Failed, Some(500))]
#[case::and_in_the_other_order(9000, &[(500, Complete), (500, Error)], Status::Failed, Some(500))]
#[case::work_after_the_end(600, &[(100, Start), (500, Error), (501, Progress)], Status::Working, None)]
#[case::work_before_the_end(600, &[(499, Progress), (500, Error)], Status::Failed, Some(500))]
#[case::work_at_the_end(600, &[(500, Progress), (500, Complete)], Status::Complete, Some(500))]
#[case::started_again(510, &[(500, Error), (501, Start)], Status::Starting, Some(501))]
#[case::stuck_in_its_second_run(2500, &[(500, Complete), (600, Start)], Status::Stuck, Some(600))]
fn the_log_tells(
    #[case] now: i64,
    #[case] lines: &[(i64, LineKind)],
    #[case] expected: Status,
    #[case] since: Option<i64>,
) {
    assert_eq!(by_log(now, lines), (expected, since.map(at)));
}

#[rstest]
#[case(15, Quality::Complete, true)]
#[case(16, Quality::Complete, false)]
#[case(10, Quality::Throttled, true)]
#[case(10, Quality::Denied, false)]
#[case(10, Quality::Failed, false)]
fn unknown_when_nothing_that_could_tell_is_heard(#[case] later: i64, #[case] quality: Quality, #[case] is_known: bool) {
    // The log is asked every 5 seconds, so it is believed for 15.
    let mut all = vec![groups(EAST, 0, &["s/h01"]), logs(100, vec![line("s/h01", 99, Progress)])];
    if quality != Quality::Complete {
        all.push(unanswered(EAST, 105, Question::Logs, quality));
    }
    let (status, since) = status(&heard(100 + later, all));
    assert_eq!(status, if is_known { Status::Working } else { Status::Unknown });
    assert_eq!(since, (!is_known).then(|| at(99)), "its last sign of life is still known");
}

#[test]
fn what_was_never_told_of_is_unknown_and_not_idle() {
    assert_eq!(status(&heard(5, [groups(EAST, 0, &["s/h01"])])), (Status::Unknown, None));
}

#[test]
fn a_pulse_tells_only_of_an_agent_that_has_a_queue() {
    let silent = [groups(EAST, 0, &["s/h01"]), pulses(0, vec![])];
    assert_eq!(status(&heard(5, silent.clone())).0, Status::Unknown);
    let with_queue = [queues(0, vec![queue("if-s-h01", Some("s/h01"), 0, None)])];
    assert_eq!(status(&heard(5, silent.into_iter().chain(with_queue))).0, Status::Idle);
}

#[test]
fn a_dark_primary_region_is_not_told_of_by_the_standby() {
    let mut all = vec![groups(EAST, 0, &["s/h01"]), logs(10, vec![line("s/h01", 9, Progress)])];
    all.push(groups(WEST, 0, &["s/h01"]));
    all.push(unanswered(EAST, 3000, Question::Logs, Quality::Failed));
    all.push(seen(WEST, 3000, Question::Logs, Fact::Logs(vec![], Vec::new())));
    assert_eq!(status(&heard(3000, all.clone())), (Status::Unknown, Some(at(9))), "not stuck: we cannot hear it");
    all.push(seen(WEST, 3001, Question::Logs, Fact::Logs(vec![line("s/h01", 3001, Start)], Vec::new())));
    let failed_over = heard(3002, all);
    assert_eq!(status(&failed_over).0, Status::Starting);
    assert_eq!(failed_over.agent(&key("s/h01")).and_then(|a| a.region()), Some(&WEST.into()));
}

#[rstest]
#[case::no_concurrency(Reservation::Held(0), Status::Paused)]
#[case::some(Reservation::Held(5), Status::Failed)]
#[case::shared(Reservation::Shared, Status::Failed)]
#[case::unknown_is_not_zero(Reservation::Unknown, Status::Failed)]
fn paused_functions(#[case] reserved: Reservation, #[case] expected: Status) {
    let observations = [functions(EAST, 0, vec![function("s/h01", reserved)]), logs(9, vec![line("s/h01", 9, Error)])];
    assert_eq!(status(&heard(10, observations)).0, expected);
}

#[test]
fn paused_where_it_lives_whatever_copy_stands_by() {
    let here = functions(EAST, 0, vec![function("s/h01", Reservation::Held(0))]);
    let there = functions(WEST, 0, vec![function("s/h01", Reservation::Shared)]);
    let told = logs(5, vec![]);
    for order in [[here.clone(), there.clone(), told.clone()], [told, there, here]] {
        assert_eq!(status(&heard(6, order)).0, Status::Paused);
    }
}

#[test]
fn the_listing_alone_tells_that_it_is_paused() {
    let paused = functions(EAST, 0, vec![function("s/h01", Reservation::Held(0))]);
    assert_eq!(status(&heard(5, [paused.clone()])).0, Status::Paused);
    assert_eq!(status(&heard(31, [paused])).0, Status::Unknown, "and is believed for three times its cadence");
}

#[rstest]
#[case::stopped(&[InstanceState::Stopped], Status::Paused)]
#[case::running(&[InstanceState::Running], Status::Idle)]
#[case::one_of_two_runs(&[InstanceState::Running, InstanceState::Stopped], Status::Idle)]
#[case::in_any_order(&[InstanceState::Stopped, InstanceState::Running], Status::Idle)]
fn paused_instances(#[case] states: &[InstanceState], #[case] expected: Status) {
    let instances = states.iter().enumerate().map(|(i, state)| instance(&format!("i-{i}"), "s/h01", *state)).collect();
    let listed = seen(EAST, 0, Question::Instances, Fact::Instances(instances));
    assert_eq!(status(&heard(5, [listed, logs(5, vec![])])).0, expected);
}

#[rstest]
#[case::success(0.0, Status::Complete)]
#[case::failure(1.0, Status::Failed)]
fn the_metric_tells_the_end_to_the_minute(#[case] value: f64, #[case] expected: Status) {
    let measured = metrics(100, vec![AgentReading { completion: sample(0, value), ..reading("s/h01") }]);
    let with = |kind, second| status(&heard(100, [measured.clone(), logs(100, vec![line("s/h01", second, kind)])])).0;
    assert_eq!(with(Progress, 59), expected, "work in the minute of the end is not newer");
    assert_eq!(with(Progress, 60), Status::Working);
    assert_eq!(with(Start, 60), Status::Starting);
}

#[test]
fn a_datapoint_is_work_only_when_it_must_be_newer_than_the_end() {
    let ended = logs(200, vec![line("s/h01", 110, Complete)]);
    let beat = |second| metrics(200, vec![AgentReading { heartbeat: Some(at(second)), ..reading("s/h01") }]);
    assert_eq!(status(&heard(200, [ended.clone(), beat(120)])).0, Status::Complete);
    assert_eq!(status(&heard(200, [ended, beat(180)])).0, Status::Working);
}

#[test]
fn a_completion_that_is_no_number_is_no_end() {
    let measured = AgentReading { completion: sample(0, f64::NAN), heartbeat: Some(at(0)), ..reading("s/h01") };
    assert_eq!(status(&heard(100, [metrics(100, vec![measured])])).0, Status::Working);
}

#[rstest]
#[case(false, Status::Complete)]
#[case(true, Status::Failed)]
fn stored_results_tell_the_end_but_not_the_place(#[case] failure: bool, #[case] expected: Status) {
    let result = seen(EAST, 100, Question::Results, Fact::Results(vec![stored("s/h01", 90, failure)]));
    let fabric = heard(100, [result, groups(WEST, 100, &["s/h01"])]);
    assert_eq!(status(&fabric), (expected, Some(at(90))));
    assert_eq!(fabric.agent(&key("s/h01")).and_then(|a| a.region()), Some(&WEST.into()));
}

#[test]
fn a_received_message_is_a_sign_of_life() {
    let listed = queues(100, vec![queue("if-s-h01", Some("s/h01"), 0, None)]);
    let beat = pulses(90, vec![pulse("if-s-h01", None, Some(60))]);
    for order in [[listed.clone(), beat.clone()], [beat, listed]] {
        assert_eq!(status(&heard(100, order)).0, Status::Working, "even where CloudWatch names it before SQS");
    }
}

#[test]
fn a_minute_without_tokens_shows_no_work() {
    let burned = |value| AgentReading { tokens: vec![Sample { at: at(0), value }], ..reading("s/h01") };
    assert_eq!(status(&heard(90, [metrics(90, vec![burned(0.0)])])).0, Status::Idle);
    assert_eq!(status(&heard(90, [metrics(90, vec![burned(3.0)])])).0, Status::Working);
}

#[rstest]
#[case::its_coordinator(&[("coordinator", Error), ("h01", Progress)], Status::Failed)]
#[case::one_stuck(&[("h01", Progress), ("old", Progress), ("h02", Error)], Status::Stuck)]
#[case::one_failed(&[("h01", Progress), ("h02", Error)], Status::Degraded)]
#[case::all_complete(&[("coordinator", Complete), ("h01", Complete)], Status::Complete)]
#[case::some(&[("coordinator", Complete), ("h01", Progress)], Status::Working)]
fn sessions(#[case] agents: &[(&str, LineKind)], #[case] expected: Status) {
    let lines = agents.iter().map(|(id, kind)| line(&format!("s/{id}"), if *id == "old" { 0 } else { 4000 }, *kind));
    let fabric = heard(4000, [logs(4000, lines.collect())]);
    assert_eq!(fabric.sessions()[&SessionId::from("s")].status, expected);
}

#[test]
fn a_session_whose_unended_agents_are_unknown_is_not_said_to_work() {
    let all = [logs(0, vec![line("s/h01", 0, Complete)]), groups(WEST, 0, &["s/h02"])];
    assert_eq!(heard(5, all).sessions()[&SessionId::from("s")].status, Status::Unknown);
}
