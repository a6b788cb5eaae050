use chrono::TimeDelta;

use super::super::testing::*;
use super::*;
use crate::config::Rules;
use crate::model::LineKind::{Error, Progress, Start};
use crate::model::*;

const DAY: i64 = 86_400;

fn small(bytes: usize) -> Fabric {
    Fabric::new(&[EAST.into(), WEST.into()], Rules::default(), 1_000_000, at(0)).with_memory(bytes)
}

/// A day in which a hundred agents come that were not there before, and those of the day before are gone.
fn day(fabric: &mut Fabric, day: i64, whole: bool) {
    let owners: Vec<String> = (0..100).map(|n| format!("s-{day}-{}/h{:02}", n / 10, n % 10)).collect();
    let names: Vec<&str> = owners.iter().map(String::as_str).collect();
    let tell = |fabric: &mut Fabric, mut observation: Observation| {
        observation.quality = if whole { Quality::Complete } else { Quality::Partial };
        fabric.apply(observation);
    };
    for hour in (0..24).step_by(6) {
        let now = day * DAY + hour * 3_600;
        tell(fabric, groups(EAST, now, &names));
        let queue_of = |owner: &&str| queue(&format!("if-{}", owner.replace('/', "-")), Some(owner), 3, None);
        tell(fabric, queues(now, names.iter().map(queue_of).collect()));
        let measured = |owner: &&str| AgentReading {
            tokens: (0..5).map(|back| Sample { at: at(now - back * 60), value: 9.0 }).collect(),
            ..reading(owner)
        };
        tell(fabric, metrics(now, names.iter().map(measured).collect()));
        // Names that stand in no listing, invented by whoever may write into the log.
        let invented = format!("made-up-{day}-{hour}/h01");
        let writers = names.iter().copied().chain([invented.as_str()]);
        let lines = writers.zip([Start, Progress, Error].into_iter().cycle());
        tell(fabric, logs(now, lines.map(|(owner, kind)| line(owner, now, kind)).collect()));
        let stored = names.iter().map(|owner| stored(owner, now, false)).collect();
        tell(fabric, seen(EAST, now, Question::Results, Fact::Results(stored)));
        let day_of =
            |back: i64| CostDay { date: at(now - back * DAY).date_naive(), total: 1.0, by_service: Vec::new() };
        tell(fabric, seen(EAST, now, Question::Cost, Fact::Cost(CostReport { days: (0..30).map(day_of).collect() })));
        let alarm = Alarm {
            name: format!("alarm-{day}"),
            state: AlarmState::Ok,
            since: None,
            reason: None,
            watches: None,
            silenced: false,
        };
        tell(fabric, seen(EAST, now, Question::Alarms, Fact::Alarms(vec![alarm])));
        tell(fabric, pulses(now, vec![pulse(&format!("never-listed-{day}"), Some(1.0), Some(now))]));
        fabric.settle(at(now));
    }
}

#[test]
fn agents_that_come_and_go_for_a_year_leave_nothing_behind() {
    let mut fabric = small(64 << 20);
    let mut after_a_week = 0;
    for today in 0..365 {
        day(&mut fabric, today, true);
        if today == 6 {
            after_a_week = fabric.bytes() - fabric.logs().bytes();
        }
    }
    let bytes = fabric.bytes() - fabric.logs().bytes();
    assert!(bytes < after_a_week * 5 / 4, "{after_a_week} bytes after a week, {bytes} after a year");
    // Today's, yesterday's by what they stored, and those that only their own words speak of.
    assert!(fabric.agents().len() <= 210, "{}", fabric.agents().len());
    assert!(fabric.sessions().len() <= 30 && fabric.queues().len() == 100, "{}", fabric.sessions().len());
    assert!(fabric.cost().report.as_ref().is_some_and(|report| report.days.len() <= 400));
}

#[test]
fn listings_that_never_come_whole_fill_what_they_may_and_no_more() {
    let mut fabric = small(8 << 20);
    for today in 0..60 {
        day(&mut fabric, today, false);
        assert!(fabric.bytes() <= 6 << 20, "{} bytes on day {today}", fabric.bytes());
    }
    let sources = fabric.sources().values();
    let full = sources.filter(|source| source.reason.as_ref().is_some_and(|why| why.contains("memory is full")));
    assert!(full.count() >= 2, "{:#?}", fabric.sources());
    assert!(fabric.agents().len() > 1_000, "{}", fabric.agents().len());
}

#[test]
fn of_a_listing_that_is_too_long_as_much_is_taken_in_as_has_room_and_the_rest_is_said() {
    let mut fabric = small(8 << 20);
    let names: Vec<String> = (0..100_000).map(|n| format!("s/h{n}")).collect();
    fabric.apply(groups(EAST, 0, &names.iter().map(String::as_str).collect::<Vec<_>>()));
    fabric.settle(at(1));
    assert!((500..10_000).contains(&fabric.agents().len()), "{}", fabric.agents().len());
    assert!(fabric.bytes() <= 6 << 20, "{}", fabric.bytes());
    let source = &fabric.sources()[&(RegionId::from(EAST), Question::LogGroups)];
    assert_eq!(source.quality, Quality::Partial);
    assert!(source.reason.as_ref().is_some_and(|why| why.contains("left out: memory is full")), "{source:?}");
    // A shorter one is whole again, and all that stood in the longer one only is gone.
    fabric.apply(groups(EAST, 60, &["s/h1"]));
    fabric.settle(at(61));
    assert_eq!(fabric.agents().len(), 1);
    let source = &fabric.sources()[&(RegionId::from(EAST), Question::LogGroups)];
    assert_eq!((source.quality, &source.reason), (Quality::Complete, &None));
}

#[test]
fn the_log_gets_what_the_rest_leaves() {
    let mut fabric = small(8 << 20);
    let long = |n: i64| LogLine { text: "x".repeat(1_000).into(), owner: None, ..line("s/h01", n, Progress) };
    fabric.apply(logs(10_000, (0..10_000).map(long).collect()));
    let alone = fabric.logs().len();
    assert!(alone > 4_000, "{alone}");
    let names: Vec<String> = (0..800).map(|n| format!("s/h{n}")).collect();
    fabric.apply(groups(EAST, 10_000, &names.iter().map(String::as_str).collect::<Vec<_>>()));
    fabric.settle(at(10_001));
    assert!(fabric.logs().len() < alone && fabric.bytes() <= 6 << 20, "{} lines", fabric.logs().len());
    assert_eq!(fabric.logs().taken(), 10_000);
    assert!(fabric.now() - fabric.logs().get(0).map_or(at(0), |line| line.at) < TimeDelta::seconds(7_000));
}
