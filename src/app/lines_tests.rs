use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::config::Rules;
use crate::fabric::Fabric;
use crate::model::{Fact, Link, Observation, Quality, Question, Scope};

fn line(second: i64, id: u64) -> LogLine {
    let kind = if id == 0 { LineKind::Error } else { LineKind::Progress };
    let text = format!("{} of {second}", if second % 3 == 0 { "third" } else { "other" });
    LogLine { at: moment(second), id, group: "g".into(), owner: None, kind, event: None, text: text.into() }
}

fn moment(second: i64) -> Time {
    Time::UNIX_EPOCH + chrono::TimeDelta::seconds(second)
}

fn fabric(lines: usize) -> Fabric {
    Fabric::new(&["r".into()], Rules::default(), lines, moment(100_000))
}

fn told(lines: Vec<LogLine>) -> Observation {
    Observation {
        at: moment(100_000),
        scope: Scope { fabric: "f".into(), region: "r".into() },
        question: Question::Logs,
        quality: Quality::Complete,
        reason: None,
        calls: Vec::new(),
        link: Link::default(),
        fact: Some(Fact::Logs(lines, Vec::new())),
    }
}

fn filter(typed: &str) -> Filter {
    let mut filter = Filter::default();
    filter.type_in(typed);
    filter
}

fn shown<'a>(lines: &'a Lines, ring: &'a LogRing) -> Vec<&'a LogLine> {
    (0..lines.len(ring)).filter_map(|index| lines.get(ring, index)).collect()
}

#[test]
fn a_million_lines_are_looked_through_a_few_at_a_time_from_the_newest_back() {
    let mut fabric = fabric(1_000_000);
    fabric.apply(told((0..100_000).map(|s| line(s, 1)).collect()));
    let mut lines = Lines::default();
    lines.refresh(fabric.logs(), &filter("third"));
    let mut steps = 1;
    while lines.left(fabric.logs()) > 0 {
        let before = (lines.left(fabric.logs()), lines.len(fabric.logs()));
        assert!(shown(&lines, fabric.logs()).last().is_some_and(|line| line.at == moment(99_999)), "the newest first");
        lines.look_on(fabric.logs());
        let after = (lines.left(fabric.logs()), lines.len(fabric.logs()));
        assert_eq!(before.0 - after.0, AT_ONCE, "so much work a step");
        assert!(after.1 > before.1);
        steps += 1;
    }
    assert_eq!((steps, lines.len(fabric.logs())), (10, 33_334));
    // A longer word looks through what the shorter one let through, and a step at a time too.
    lines.refresh(fabric.logs(), &filter("third of 9"));
    assert_eq!(lines.left(fabric.logs()), 33_334 - AT_ONCE);
}

#[test]
fn long_lines_are_looked_at_fewer_at_a_time() {
    let mut fabric = fabric(1_000);
    let long = |s| LogLine { text: "x".repeat(64 << 10).into(), ..line(s, 1) };
    fabric.apply(told((0..200).map(long).collect()));
    let mut lines = Lines::default();
    lines.refresh(fabric.logs(), &filter("y"));
    assert_eq!(lines.left(fabric.logs()), 200 - 65);
    // To look for letters in their order takes longer.
    lines.refresh(fabric.logs(), &filter("~y"));
    assert_eq!(lines.left(fabric.logs()), 200 - 3);
}

#[test]
fn new_lines_are_looked_at_at_once_and_only_they() {
    let mut fabric = fabric(50_000);
    fabric.apply(told((0..40_000).map(|s| line(s, 1)).collect()));
    let mut lines = Lines::default();
    lines.refresh(fabric.logs(), &filter("third"));
    let left = lines.left(fabric.logs());
    fabric.apply(told((40_000..40_100).map(|s| line(s, 1)).collect()));
    lines.keep_up(fabric.logs());
    assert_eq!(lines.left(fabric.logs()), left);
    assert!(shown(&lines, fabric.logs()).last().is_some_and(|line| line.at == moment(40_098)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However lines come, filters change and steps are made, in the end those are shown that pass.
    #[test]
    fn in_the_end_those_are_shown_that_pass(
        turns in vec((vec((0..3_000i64, 0..3u64), 0..300), 0..6usize, any::<bool>(), any::<bool>()), 1..12),
        most in 1..2_000usize,
    ) {
        let mut fabric = fabric(most);
        let mut lines = Lines::default();
        let filters = ["", "third", "third of 1", "!third", "other", "~tr1"].map(filter);
        let mut last = 0;
        for (batch, wanted, is_told, looks) in turns {
            fabric.apply(told(batch.iter().map(|(second, id)| line(*second, *id)).collect()));
            if is_told {
                lines.keep_up(fabric.logs());
            }
            if looks || lines.filter != filters[wanted] {
                lines.keep_up(fabric.logs());
            }
            if lines.filter != filters[wanted] {
                lines.begin(fabric.logs(), &filters[wanted]);
            }
            if let Some(picked) = lines.picked.as_mut().filter(|_| looks) {
                picked.look_on(fabric.logs(), 137);
            }
            last = wanted;
        }
        lines.refresh(fabric.logs(), &filters[last]);
        while lines.left(fabric.logs()) > 0 {
            lines.look_on(fabric.logs());
        }
        let ring = fabric.logs();
        let mut sieve = Sieve::new(&filters[last]);
        let passing: Vec<_> = ring.iter().filter(|line| passes(&mut sieve, line)).collect();
        let keys = |lines: &[&LogLine]| lines.iter().map(|line| (line.at, line.id)).collect::<Vec<_>>();
        prop_assert_eq!(keys(&shown(&lines, ring)), keys(&passing));
        let errors: Vec<usize> = (0..passing.len()).filter(|index| passing[*index].kind == LineKind::Error).collect();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(next) = lines.error_from(ring, at, false) {
            found.push(next);
            at = next;
        }
        prop_assert_eq!(&found[..], &errors[usize::from(errors.first() == Some(&0))..]);
        for (index, line) in passing.iter().enumerate() {
            prop_assert_eq!(lines.place(ring, line.at, line.id), index);
        }
    }
}
