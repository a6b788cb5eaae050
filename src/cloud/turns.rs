//! Whose turn it is, where asking each costs money: what is on the screen first, then what has waited longest for what
//! it was promised.

use chrono::TimeDelta;

use super::Means;
use crate::model::{Charge, Time};

/// One thing that could be asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// When it was last asked.
    pub asked: Option<Time>,
    /// How often it is meant to be asked.
    pub every: TimeDelta,
    /// Whether someone looks at it.
    pub on_screen: bool,
    /// How many units of the charge it takes.
    pub units: usize,
}

/// What is asked now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chosen {
    /// Which of the things, by their places, those that waited longest first.
    pub now: Vec<usize>,
    /// How many more are due and have to wait, for money is short.
    pub waiting: usize,
}

/// Chooses among `turns` at `now`. Each costs its units of `charge`; of the means `left` US dollars are not spent yet.
/// Without means all are asked.
pub fn choose(turns: &[Turn], now: Time, charge: Charge, means: Option<&Means>, left: f64) -> Chosen {
    let Some(means) = means else { return Chosen { now: (0..turns.len()).collect(), waiting: 0 } };
    // How long past its time each is; what was never asked is long past.
    let late = |turn: &Turn| match turn.asked {
        // A question is asked up to a tenth early, so that not all march in step.
        Some(asked) => now - asked - turn.every * 9 / 10,
        None => TimeDelta::days(1),
    };
    let mut due: Vec<usize> = (0..turns.len()).filter(|index| late(&turns[*index]) >= TimeDelta::zero()).collect();
    // Those that were never asked stay in the order in which they came.
    due.sort_by_key(|index| (!turns[*index].on_screen, -late(&turns[*index])));
    let wanted = due.len();
    let price = means.prices.charged(charge, 1.0);
    let (mut all, mut rest) = (units(left, price), units(means.rest_usd, price));
    due.retain(|index| {
        let Turn { on_screen, units, .. } = turns[*index];
        let fits = units <= all && (on_screen || units <= rest);
        if fits {
            all -= units;
            rest -= if on_screen { 0 } else { units };
        }
        fits
    });
    Chosen { waiting: wanted - due.len(), now: due }
}

/// How many things of a price so much money buys. A millionth of a unit is no difference: it comes of adding up.
fn units(usd: f64, price: f64) -> usize {
    if price <= 0.0 { usize::MAX } else { (usd / price + 1e-6).max(0.0) as usize }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(ago_s: Option<i64>, every_s: i64, on_screen: bool) -> Turn {
        let asked = ago_s.map(|ago| Time::UNIX_EPOCH - TimeDelta::seconds(ago));
        Turn { asked, every: TimeDelta::seconds(every_s), on_screen, units: 1 }
    }

    fn chosen(turns: &[Turn], screen: f64, rest: f64) -> Chosen {
        // A metric costs a thousandth of a cent.
        let means = Means { screen_usd: screen * 1e-5, rest_usd: rest * 1e-5, ..Means::none(0.5) };
        choose(turns, Time::UNIX_EPOCH, Charge::Metric, Some(&means), means.all_usd())
    }

    #[test]
    fn what_is_on_the_screen_comes_first_and_then_what_waited_longest() {
        let turns =
            [turn(Some(400), 300, false), turn(Some(10), 0, true), turn(None, 300, false), turn(Some(299), 300, false)];
        assert_eq!(chosen(&turns, 9.0, 9.0), Chosen { now: vec![1, 2, 0, 3], waiting: 0 });
        assert_eq!(chosen(&turns, 9.0, 1.0), Chosen { now: vec![1, 2], waiting: 2 });
        assert_eq!(chosen(&turns, 1.0, 0.0), Chosen { now: vec![1], waiting: 3 });
        assert_eq!(chosen(&turns, 0.0, 0.0), Chosen { now: vec![], waiting: 4 });
    }

    #[test]
    fn what_takes_more_than_is_left_waits() {
        let large = Turn { units: 3, ..turn(None, 300, false) };
        assert_eq!(chosen(&[large, turn(None, 300, false)], 0.0, 2.0), Chosen { now: vec![1], waiting: 1 });
    }

    #[test]
    fn what_is_not_due_waits_for_nothing() {
        assert_eq!(chosen(&[turn(Some(100), 300, false)], 9.0, 9.0), Chosen::default());
    }

    #[test]
    fn without_a_word_of_money_all_are_asked() {
        let turns = [turn(Some(1), 300, false), turn(None, 300, false)];
        assert_eq!(choose(&turns, Time::UNIX_EPOCH, Charge::Metric, None, 0.0).now, [0, 1]);
    }

    #[test]
    fn what_costs_nothing_does_not_wait() {
        let means = Means::none(0.0);
        let turns = [turn(None, 300, false), turn(None, 300, true)];
        assert_eq!(choose(&turns, Time::UNIX_EPOCH, Charge::Free, Some(&means), 0.0).now, [1, 0]);
    }
}
