use super::super::testing::{EAST, WEST, at, line};
use super::*;

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
