//! What is wanted, and what is found.

use chrono::DateTime;
use rstest::rstest;

use super::met::{Met, grouped};
use crate::action::{Expect, Wants};
use crate::model::{
    About, AgentKey, Alarm, AlarmState, Database, HealthCheck, InstanceState, Move, Probe, Probed, Queue, Record,
    Reservation, RoutingControl, Stored, Time,
};

fn at(seconds: i64) -> Time {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn database(status: &str, zone: Option<&str>, replica_of: Option<&str>) -> Probed {
    Probed::Database(Some(Database {
        status: status.into(),
        class: Some("db.t3.small".into()),
        zone: zone.map(Into::into),
        multi_az: true,
        replica_of: replica_of.map(Into::into),
        replicas: Vec::new(),
    }))
}

fn queue(visible: Option<u64>, in_flight: Option<u64>, delayed: Option<u64>) -> Probed {
    let name = "q".into();
    Probed::Queue(Some(Queue { name, owner: None, visible, in_flight, delayed, dead_letters_to: None, told: None }))
}

fn alarm(silenced: bool) -> Probed {
    let (name, state) = ("a".into(), AlarmState::Ok);
    Probed::Alarm(Some(Alarm { name, state, since: None, reason: None, watches: None, silenced }))
}

fn record(value: &str, failover: &str) -> Record {
    Record {
        name: "api.fabric.example.".into(),
        kind: "A".into(),
        set_identifier: Some("west".into()),
        failover: Some(failover.into()),
        ttl_s: Some(60),
        values: vec![value.into(), "192.0.2.9".into()],
        health_check: None,
    }
}

fn control(arn: &str, on: bool) -> RoutingControl {
    RoutingControl { arn: arn.into(), on }
}

/// `+` met, `.` not yet, `!` never, and the evidence.
fn said(met: Met) -> String {
    match met {
        Met::Yes(text) => format!("+{text}"),
        Met::NotYet(text) => format!(".{text}"),
        Met::Never(text) => format!("!{text}"),
    }
}

#[rstest]
#[case(
    Wants::Reserved(Some(0)),
    Probed::Function(Some(Reservation::Held(0))),
    "+reserved concurrency 0: it takes no work"
)]
#[case(Wants::Reserved(Some(0)), Probed::Function(Some(Reservation::Held(5))), ".reserved concurrency 5")]
#[case(Wants::Reserved(Some(0)), Probed::Function(Some(Reservation::Shared)), ".no concurrency is reserved for it")]
#[case(Wants::Reserved(None), Probed::Function(Some(Reservation::Shared)), "+no concurrency is reserved for it")]
#[case(
    Wants::Reserved(None),
    Probed::Function(Some(Reservation::Held(0))),
    ".reserved concurrency 0: it takes no work"
)]
#[case(
    Wants::Reserved(None),
    Probed::Function(Some(Reservation::Unknown)),
    ".its reserved concurrency could not be read"
)]
#[case(Wants::Reserved(None), Probed::Function(None), "!the function is not there")]
#[case(Wants::State(InstanceState::Running), Probed::Instance(Some((InstanceState::Running, None))), "+running")]
#[case(Wants::State(InstanceState::Running), Probed::Instance(Some((InstanceState::Pending, None))), ".pending")]
#[case(Wants::State(InstanceState::Running), Probed::Instance(Some((InstanceState::Terminated, None))), "!terminated")]
#[case(Wants::State(InstanceState::Running), Probed::Instance(None), ".the instance is not listed")]
#[case(Wants::State(InstanceState::Terminated), Probed::Instance(None), "+the instance is not listed")]
#[case(Wants::State(InstanceState::Terminated), Probed::Instance(Some((InstanceState::ShuttingDown, None))), ".shutting down")]
#[case(Wants::NoMove, Probed::Moves(vec![]), "+no move is running")]
#[case(Wants::Empty, queue(Some(0), Some(0), Some(0)), "+no message waits")]
#[case(Wants::Empty, queue(Some(0), Some(3), None), "+no message waits, 3 are being worked on")]
#[case(Wants::Empty, queue(Some(1204), Some(0), Some(1)), ".1,205 messages wait")]
#[case(Wants::Empty, queue(Some(0), Some(0), Some(1)), ".1 messages wait")]
#[case(Wants::Empty, queue(None, None, None), ".how many messages wait could not be read")]
#[case(Wants::Empty, Probed::Queue(None), "!the queue is not there")]
#[case(Wants::Silenced(true), alarm(true), "+it tells no one")]
#[case(Wants::Silenced(true), alarm(false), ".it speaks")]
#[case(Wants::Silenced(false), alarm(false), "+it speaks")]
#[case(Wants::Silenced(false), Probed::Alarm(None), "!the alarm is not there")]
#[case(Wants::Alarm, alarm(false), "+the alarm is there")]
#[case(Wants::Alarm, Probed::Alarm(None), ".the alarm is not there")]
#[case(Wants::Writable, database("available", None, None), "+available, takes writes")]
#[case(Wants::Writable, database("modifying", None, None), ".modifying, takes writes")]
#[case(Wants::Writable, database("available", None, Some("main")), ".available, still follows main")]
#[case(Wants::Writable, database("incompatible-network", None, None), "!incompatible-network")]
#[case(Wants::Writable, Probed::Database(None), "!the database is not there")]
#[case(Wants::Available { away_from: None }, database("available", None, None), "+available")]
#[case(Wants::Available { away_from: None }, database("rebooting", None, None), ".rebooting")]
#[case(Wants::Available { away_from: Some("1a".into()) }, database("available", Some("1b"), None), "+available in 1b")]
#[case(Wants::Available { away_from: Some("1a".into()) }, database("available", Some("1a"), None), ".available, still in 1a")]
#[case(Wants::Available { away_from: Some("1a".into()) }, database("available", None, None), ".available, in a zone that is not told")]
#[case(Wants::Class("db.t3.small".into()), database("available", None, None), "+available, db.t3.small")]
#[case(Wants::Class("db.t3.small".into()), database("modifying", None, None), ".modifying, db.t3.small")]
#[case(Wants::Class("db.t3.large".into()), database("available", None, None), ".available, db.t3.small")]
#[case(Wants::Inverted(true), Probed::HealthCheck(Some(HealthCheck { healthy: None, inverted: true, version: 1 })), "+inverted")]
#[case(Wants::Inverted(true), Probed::HealthCheck(Some(HealthCheck { healthy: None, inverted: false, version: 1 })), ".not inverted")]
#[case(Wants::Inverted(true), Probed::HealthCheck(None), "!the health check is not there")]
#[case(Wants::Object(true), Probed::Object(None), ".the object is not there")]
#[case(Wants::Object(false), Probed::Object(None), "+the object is not there")]
#[case(Wants::Object(false), Probed::Object(Some(Stored { version: "1".into(), body: String::new(), at: None })), ".the object is there")]
#[case(Wants::Routing(vec![control("a/east", false), control("a/west", true)]), Probed::RoutingControls(vec![control("a/west", true), control("a/east", false)]), "+every routing control is as wanted")]
#[case(Wants::Routing(vec![control("a/west", true)]), Probed::RoutingControls(vec![control("a/west", false)]), ".routing control west is off")]
#[case(Wants::Routing(vec![control("a/west", true)]), Probed::RoutingControls(vec![]), ".routing control west is not told")]
#[case(Wants::Records(vec![record("192.0.2.1", "PRIMARY")]), Probed::Records(vec![]), ".api.fabric.example. A (west) is not there")]
#[case(Wants::Records(vec![record("192.0.2.1", "PRIMARY")]), Probed::Records(vec![record("192.0.2.1", "SECONDARY")]), ".api.fabric.example. A (west) is SECONDARY 192.0.2.1, 192.0.2.9")]
#[case(Wants::Life, Probed::Life(None), ".no sign of life")]
#[case(Wants::Life, Probed::Alarm(None), ".the answer was about something else")]
fn what_is_wanted_is_told_from_what_is_not(#[case] wants: Wants, #[case] found: Probed, #[case] evidence: &str) {
    assert_eq!(said(wants.met(&found, None, None)), evidence);
}

#[test]
fn records_are_the_same_in_any_order_and_spelling() {
    let mut found = record("192.0.2.1", "PRIMARY");
    found.values.reverse();
    found.name = "API.fabric.example".into();
    let wants = Wants::Records(vec![record("192.0.2.1", "PRIMARY")]);
    let other = record("192.0.2.7", "SECONDARY");
    let other = Record { set_identifier: Some("east".into()), ..other };
    assert_eq!(said(wants.met(&Probed::Records(vec![other, found]), None, None)), "+the record says it");
}

fn one(handle: Option<&str>, status: &str, moved: u64, started: Option<i64>) -> Move {
    let reason = (status == "FAILED").then(|| "no such queue".to_owned());
    let (handle, started) = (handle.map(Into::into), started.map(at));
    Move { handle, status: status.into(), moved, of: Some(1204), reason, started }
}

#[rstest]
// While it runs it is told by its handle, and says how far it is.
#[case(vec![one(Some("h"), "RUNNING", 240, Some(10))], Some("h"), ".240 of 1,204 moved")]
// Later only the newest can be ours, and only if it began with ours.
#[case(vec![one(None, "COMPLETED", 7, Some(-900)), one(None, "COMPLETED", 1204, Some(10))], Some("h"), "+1,204 moved")]
#[case(vec![one(None, "COMPLETED", 7, Some(-900))], Some("h"), ".no move is to be seen")]
#[case(vec![one(None, "COMPLETED", 7, Some(-900))], None, ".no move is to be seen")]
#[case(vec![one(None, "COMPLETED", 9, None)], Some("h"), "+9 moved")]
#[case(vec![one(None, "COMPLETED", 9, None)], None, ".no move is to be seen")]
#[case(vec![one(None, "FAILED", 3, Some(5))], None, "!failed, 3 of 1,204 moved: no such queue")]
#[case(vec![one(None, "CANCELLED", 3, Some(5))], Some("h"), "!cancelled, 3 of 1,204 moved")]
#[case(vec![one(Some("h"), "CANCELLING", 3, Some(5))], Some("h"), ".being cancelled, 3 of 1,204 moved")]
#[case(vec![], Some("h"), ".no move is to be seen")]
fn a_move_is_ours_or_it_is_not(#[case] moves: Vec<Move>, #[case] handle: Option<&str>, #[case] evidence: &str) {
    assert_eq!(said(Wants::Moved.met(&Probed::Moves(moves), handle, Some(at(0)))), evidence);
}

#[test]
fn a_move_that_runs_is_one() {
    let moves = Probed::Moves(vec![one(None, "COMPLETED", 1, Some(1)), one(Some("h"), "RUNNING", 2, Some(2))]);
    assert_eq!(said(Wants::NoMove.met(&moves, None, None)), ".RUNNING: 2 of 1,204 moved");
}

#[test]
fn life_counts_after_the_moment_it_was_asked_for() {
    let about = About::Life { log_group: "g".into(), agent: AgentKey::new("s", "h01"), after: at(0) };
    let expect = Expect { probe: Probe { region: "r".into(), about }, wants: Wants::Life, within_s: 60 };
    let seen = |seconds| said(expect.met(&Probed::Life(Some(at(seconds))), None, None));
    assert_eq!(seen(1), "+seen alive at 14:13:21");
    assert_eq!(seen(0), ".last seen at 14:13:20");
}

#[test]
fn thousands_stand_apart() {
    for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (100_000, "100,000")] {
        assert_eq!(grouped(number), text);
    }
}
