use super::*;

fn at(minute: i64) -> Time {
    Time::from_timestamp(minute * 60 + 7, 0).expect("a time")
}

#[test]
fn a_value_set_twice_counts_once() {
    let mut m = Minutes::<3>::default();
    for (minute, value) in [(10, 1.0), (11, 2.0), (11, 2.0), (10, 1.0)] {
        m.set(at(minute), value);
    }
    assert_eq!(m.total(), Some(3.0));
    assert_eq!(m.at(at(11), 1), Some(1.0));
}

#[test]
fn what_slides_out_stays_in_the_total_and_is_closed() {
    let mut m = Minutes::<3>::default();
    for minute in 0..10 {
        m.set(at(minute), 1.0);
    }
    m.set(at(2), 100.0);
    assert_eq!(m.total(), Some(10.0));
    assert_eq!(m.last(at(10), 4).collect::<Vec<_>>(), [Some(1.0), Some(1.0), Some(1.0), None]);
    m.set(at(1_000_000), 1.0);
    assert_eq!(m.total(), Some(11.0));
}

#[test]
fn unknown_is_not_zero() {
    let m = Minutes::<3>::default();
    assert_eq!((m.total(), m.sum_last(at(5), 3)), (None, None));
}

#[test]
fn no_moment_and_no_value_is_too_absurd() {
    let mut m = Minutes::<3>::default();
    for time in [Time::MAX_UTC, Time::MIN_UTC, at(5)] {
        for value in [f64::NAN, f64::INFINITY, 1e300, -1.0, 1.0] {
            m.set(time, value);
            m.add(time, value);
        }
        assert_eq!(m.at(time, usize::MAX), None);
        m.each(time, usize::MAX, |_, _| {});
    }
    assert_eq!(m.total(), Some(2.0), "the others lie before the newest minute held");
}

#[test]
fn the_last_minutes_are_those_one_by_one() {
    let mut m = Minutes::<7>::default();
    for minute in [0, 2, 3, 11, 12, 14] {
        m.set(at(minute), minute as f64);
        for now in -20..30 {
            let one_by_one: Vec<_> = (0..10).rev().map(|back| m.at(at(now), back)).collect();
            assert_eq!(m.last(at(now), 10).collect::<Vec<_>>(), one_by_one);
            let mut each = vec![None; 10];
            m.each(at(now), 10, |place, value| each[place] = Some(value));
            assert_eq!(each, one_by_one);
        }
    }
}

#[test]
fn nothing_is_lost_while_there_comes_to_be_more_room() {
    // Each step is one that a short past has no room for: ahead, back, far ahead and back again.
    for minutes in [[0, 7, 8, 59], [59, 0, 30, 58], [100, 159, 101, 130], [5, 4, 3, 62]] {
        let mut m = Minutes::<60>::default();
        for (count, minute) in minutes.into_iter().enumerate() {
            m.set(at(minute), minute as f64 + 1.0);
            for known in &minutes[..=count] {
                let newest = minutes[..=count].iter().max().unwrap_or(known);
                let (newest, back) = (at(*newest), (newest - known) as usize);
                assert_eq!(m.at(newest, back), Some(*known as f64 + 1.0), "{known} of {minutes:?}");
                assert!(m.back(newest, 0..60).any(|found| found == (back, *known as f64 + 1.0)));
            }
        }
    }
}
