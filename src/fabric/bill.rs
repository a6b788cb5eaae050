//! What asking takes: every request that was sent, by operation, and what it was billed for.
//!
//! Units are kept, not dollars: what a unit costs is the configuration's affair, and a price that is corrected corrects
//! the bill.

use std::collections::BTreeMap;

use super::minutes::Minutes;
use crate::config::Prices;
use crate::model::{Call, Operation, Outcome, Service, Time};

/// An operation that is none of ours is kept under its name; more of them than this are not told apart.
const STRANGERS: usize = 100;

/// What one operation took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Requests, minute by minute. The SDK's tries are counted each.
    requests: Minutes<60>,
    /// What they were billed for, minute by minute.
    units: Minutes<60>,
    /// Requests in all.
    pub all: u64,
    /// What they were billed for in all.
    pub all_units: u64,
    /// Calls that were asked to go slower in the end.
    pub throttled: u64,
    /// Calls that were denied.
    pub denied: u64,
    /// Calls that failed.
    pub failed: u64,
}

impl Tally {
    /// Requests in the newest whole minute.
    pub fn last_minute(&self, now: Time) -> f64 {
        self.requests.at(now, 1).unwrap_or(0.0)
    }

    /// Requests in the last hour, this minute included.
    pub fn last_hour(&self, now: Time) -> f64 {
        self.requests.sum_last(now, 60).unwrap_or(0.0)
    }

    fn units_last_hour(&self, now: Time) -> f64 {
        self.units.sum_last(now, 60).unwrap_or(0.0)
    }
}

/// What asking took, by operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bill {
    tallies: BTreeMap<(Service, String), Tally>,
    /// What things cost.
    pub prices: Prices,
    /// US dollars that asking may cost in any hour, where that is known.
    pub budget: Option<f64>,
}

impl Bill {
    /// The clock was set right: what was counted by minutes that are still to come is forgotten, and the sums stay.
    pub(super) fn forget_minutes(&mut self) {
        for tally in self.tallies.values_mut() {
            (tally.requests, tally.units) = Default::default();
        }
    }

    /// Takes in the calls of an answer.
    pub(super) fn take(&mut self, at: Time, calls: &[Call]) {
        for call in calls {
            let key = (call.service, call.operation.clone());
            if !self.tallies.contains_key(&key) && self.tallies.len() >= STRANGERS {
                continue;
            }
            let tally = self.tallies.entry(key).or_default();
            let units = u64::from(call.tries) * u64::from(call.units);
            tally.requests.add(at, f64::from(call.tries));
            tally.units.add(at, units as f64);
            tally.all += u64::from(call.tries);
            tally.all_units += units;
            match call.outcome {
                Outcome::Answered => {}
                Outcome::Throttled => tally.throttled += 1,
                Outcome::Denied => tally.denied += 1,
                Outcome::Failed => tally.failed += 1,
            }
        }
    }

    /// Each operation that was called, with what it took, in the order of services.
    pub fn tallies(&self) -> impl Iterator<Item = (Service, &str, &Tally)> {
        self.tallies.iter().map(|((service, name), tally)| (*service, name.as_str(), tally))
    }

    /// One of them.
    pub fn tally(&self, service: Service, name: &str) -> Option<&Tally> {
        self.tallies.get(&(service, name.to_owned()))
    }

    /// Requests in the newest whole minute; the running one where there is none. `None` before the first.
    pub fn per_minute(&self, now: Time) -> Option<f64> {
        let sum = |back: usize| {
            let known = self.tallies.values().filter_map(|tally| tally.requests.at(now, back));
            known.fold(None, |sum, requests| Some(sum.unwrap_or(0.0) + requests))
        };
        sum(1).or_else(|| sum(0))
    }

    /// US dollars in the last hour, this minute included, and in all, for one operation.
    pub fn usd_of(&self, service: Service, name: &str, now: Time) -> (f64, f64) {
        let Some((operation, tally)) = Operation::find(service, name).zip(self.tally(service, name)) else {
            return (0.0, 0.0);
        };
        let usd = |units| self.prices.charged(operation.charge, units);
        (usd(tally.units_last_hour(now)), usd(tally.all_units as f64))
    }

    /// The same for all operations.
    pub fn usd(&self, now: Time) -> (f64, f64) {
        let each = self.tallies().map(|(service, name, _)| self.usd_of(service, name, now));
        each.fold((0.0, 0.0), |(hour, all), (more_hour, more)| (hour + more_hour, all + more))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn call(operation: &str, tries: u32, units: u32, outcome: Outcome) -> Call {
        Call { service: Service::CloudWatch, operation: operation.into(), took_ms: 1, tries, units, outcome }
    }

    #[test]
    fn each_try_is_billed_for_its_units() {
        let at = Time::UNIX_EPOCH;
        let mut bill = Bill::default();
        bill.take(
            at,
            &[call("GetMetricData", 2, 500, Outcome::Answered), call("ListMetrics", 1, 1, Outcome::Throttled)],
        );
        bill.take(at + TimeDelta::minutes(30), &[call("GetMetricData", 1, 10, Outcome::Answered)]);
        let near = |usd: f64, wanted: f64| assert!((usd - wanted).abs() < 1e-12, "{usd} is not {wanted}");
        near(bill.usd(at + TimeDelta::minutes(59)).0, 0.010_11);
        let (hour, all) = bill.usd(at + TimeDelta::minutes(61));
        near(hour, 0.000_1);
        near(all, 0.010_11);
        let tally = bill.tally(Service::CloudWatch, "ListMetrics").expect("a tally");
        assert_eq!((tally.all, tally.throttled, tally.failed), (1, 1, 0));
        assert_eq!(bill.per_minute(at + TimeDelta::minutes(1)), Some(3.0));
    }

    #[test]
    fn names_without_end_take_no_room_without_end() {
        let mut bill = Bill::default();
        for n in 0..1_000 {
            bill.take(Time::UNIX_EPOCH, &[call(&n.to_string(), 1, 1, Outcome::Answered)]);
        }
        assert_eq!(bill.tallies().count(), STRANGERS);
    }
}
