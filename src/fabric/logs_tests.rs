use proptest::collection::vec;
use proptest::prelude::*;

use super::super::testing::{EAST, WEST, at, line};
use super::*;
use crate::model::LineKind::{Error, Progress};

fn take(ring: &mut LogRing, mut lines: Vec<LogLine>) -> Vec<LogLine> {
    ring.take(&mut lines, |_, _| {});
    lines
}

fn numbered(second: i64, id: u64, kind: LineKind) -> LogLine {
    LogLine { id, ..line("s/h01", second, kind) }
}

/// The bytes that lines keep from being freed: whole pieces.
fn pinned(ring: &LogRing) -> usize {
    let pieces: std::collections::BTreeMap<_, _> = ring.iter().map(|line| line.text.piece()).collect();
    pieces.values().sum()
}

#[test]
fn a_late_line_does_not_move_a_hundred_thousand() {
    let mut ring = LogRing::new(100_000);
    take(&mut ring, (0..100_000).map(|s| numbered(s, 0, Progress)).collect());
    take(&mut ring, (0..1_000).map(|n| numbered(n * 90, 1, Progress)).collect());
    assert_eq!((ring.len(), ring.dropped(), ring.moves()), (100_000, 1_000, 1_000));
    assert!(ring.iter().is_sorted_by_key(key));
    assert!(ring.stretches.iter().all(|stretch| (1..=256).contains(&stretch.lines.len())));
    // The oldest were pushed out: what they have in common with the rest is at most a stretch.
    assert!(ring.stretches.len() < 100_000 / 128 + 2, "{}", ring.stretches.len());
}

#[test]
fn one_line_does_not_keep_a_storm_in_memory() {
    let mut ring = LogRing::new(1_000);
    for minute in 0..100 {
        // Each answer holds a storm, and one line of which the clock runs hours ahead.
        let mut lines: Vec<_> = (0..1_000).map(|id| numbered(minute * 60, id, Progress)).collect();
        for line in &mut lines {
            line.text = "x".repeat(1_000).into();
        }
        lines.push(numbered(10_000 + minute, 0, Progress));
        take(&mut ring, lines);
    }
    assert!(pinned(&ring) < ring.bytes() + 2 * PIECE, "{} of {}", pinned(&ring), ring.bytes());
}

#[test]
fn as_many_lines_are_held_as_memory_allows() {
    let mut ring = LogRing::new(1_000_000);
    ring.allow(4 << 20);
    let long = |s| LogLine { text: "x".repeat(10_000).into(), ..numbered(s, 0, Progress) };
    take(&mut ring, (0..1_000).map(long).collect());
    assert!(ring.bytes() <= 4 << 20 && ring.len() > 300, "{} lines, {} bytes", ring.len(), ring.bytes());
    let before = ring.len();
    ring.allow(1 << 20);
    assert!(ring.bytes() <= 1 << 20 && (50..before).contains(&ring.len()));
    assert_eq!(ring.taken(), 1_000);
    // Whatever is allowed, the newest line can be read.
    ring.allow(0);
    assert_eq!(ring.len(), 1);
}

#[test]
fn errors_are_found_both_ways() {
    let mut ring = LogRing::new(5_000);
    let kind = |s| if s % 2_000 == 1_500 { Error } else { Progress };
    take(&mut ring, (0..6_000).map(|s| numbered(s, 0, kind(s))).collect());
    // The first thousand has been pushed out.
    let forward = std::iter::successors(ring.error_from(0, false), |at| ring.error_from(*at, false));
    assert_eq!(forward.collect::<Vec<_>>(), [500, 2_500, 4_500]);
    let back = std::iter::successors(ring.error_from(4_999, true), |at| ring.error_from(*at, true));
    assert_eq!(back.collect::<Vec<_>>(), [4_500, 2_500, 500]);
    assert_eq!((ring.error_from(4_500, false), LogRing::new(5).error_from(0, true)), (None, None));
}

proptest! {
    /// Against the plainest ring there is: a sorted list.
    #[test]
    fn it_is_a_sorted_list(batches in vec(vec((0..2_000i64, 0..3u64), 0..200), 0..12), most in 1..700usize) {
        let mut ring = LogRing::new(most);
        let mut held: Vec<Key> = Vec::new();
        let mut dropped = 0;
        for batch in batches {
            let lines: Vec<_> = batch.iter().map(|(second, id)| numbered(*second, *id, Progress)).collect();
            let floor = ring.floor;
            let mut new: Vec<Key> = lines.iter().map(key).filter(|key| Some(*key) > floor && !held.contains(key)).collect();
            new.sort();
            new.dedup();
            held.extend(&new);
            held.sort();
            let numbers = new.iter().filter_map(|key| held.binary_search(key).ok());
            let numbers: Vec<u64> = numbers.map(|index| (dropped + index) as u64).collect();
            let out = take(&mut ring, lines);
            let gone = held.len().saturating_sub(most);
            prop_assert_eq!(out.iter().map(key).collect::<Vec<_>>(), held.drain(..gone).collect::<Vec<_>>());
            dropped += gone;
            prop_assert_eq!(ring.news(), &numbers);
            prop_assert_eq!((ring.len(), ring.dropped()), (held.len(), dropped as u64));
            prop_assert_eq!(ring.iter().map(key).collect::<Vec<_>>(), held.clone());
            for (index, (at, id)) in held.iter().enumerate() {
                prop_assert_eq!(ring.get(index).map(key), Some((*at, *id)));
                prop_assert_eq!(ring.find(*at, *id), Ok(index));
            }
            prop_assert_eq!(ring.find(at(1_000), 7), Err(held.partition_point(|key| *key < (at(1_000), 7))));
        }
    }
}

fn gap(from: i64, to: i64) -> LogGap {
    LogGap { from: at(from), to: at(to), groups: 2 }
}

fn shown(ring: &LogRing) -> Vec<String> {
    ring.iter().map(|line| if line.kind == LineKind::Gap { line.text.to_string() } else { "line".into() }).collect()
}

fn ring(seconds: &[i64]) -> LogRing {
    let mut ring = LogRing::new(8);
    ring.take(&mut seconds.iter().map(|s| line("s/h01", *s, LineKind::Plain)).collect(), |_, _| {});
    ring
}

#[test]
fn a_gap_has_a_mark_where_lines_are_missing_until_they_are_there() {
    let mut ring = ring(&[0, 60, 3600]);
    ring.mark(&EAST.into(), vec![gap(120, 3540)]);
    let from = |s: i64| at(s).format("%H:%M").to_string();
    let mark = |s| format!("{}–{}Z is not read yet in 2 log groups: it follows by turns", from(s), from(3540));
    assert_eq!(shown(&ring), ["line", "line", &*mark(120), "line"]);
    assert_eq!(ring.taken(), 4);
    // It is filled from its beginning.
    ring.take(&mut vec![line("s/h01", 600, LineKind::Plain)], |_, _| {});
    ring.mark(&EAST.into(), vec![gap(600, 3540)]);
    // A line and a mark of the same moment: both are there.
    assert_eq!(shown(&ring).iter().filter(|text| **text == mark(600)).count(), 1);
    assert_eq!((ring.len(), ring.taken()), (5, 5));
    // Another region has its own.
    ring.mark(&WEST.into(), vec![gap(600, 700)]);
    ring.mark(&EAST.into(), Vec::new());
    assert_eq!(ring.gaps().collect::<Vec<_>>(), [&gap(600, 700)]);
    ring.mark(&WEST.into(), Vec::new());
    assert_eq!(shown(&ring), ["line"; 4]);
    assert_eq!((ring.taken(), ring.dropped()), (4, 0));
}

#[test]
fn the_same_gap_again_moves_nothing_and_one_that_was_pushed_out_is_no_harm() {
    let mut ring = ring(&[0, 60, 3600]);
    ring.mark(&EAST.into(), vec![gap(120, 3540)]);
    let moves = ring.moves();
    ring.mark(&EAST.into(), vec![gap(120, 3540)]);
    assert_eq!(ring.moves(), moves);
    ring.take(&mut (1..9).map(|n| line("s/h01", 3600 + n, LineKind::Plain)).collect(), |_, _| {});
    assert_eq!((ring.len(), ring.dropped()), (8, 4));
    ring.mark(&EAST.into(), Vec::new());
    assert_eq!((ring.len(), ring.taken()), (8, 12));
}
