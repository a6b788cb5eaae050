//! Leaves a service alone that fails again and again, so that a sick one is not made sicker and nobody waits for it.
//!
//! Five failures in a row, and it rests for a minute. Then one call tries it: while that is out, and for a minute if
//! nothing is heard of it, the service rests on. The first answer ends the rest. Pure: time comes in with every word.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::model::{Rest, Service, Time};

/// So many failures in a row, and it rests.
pub const FAILURES: u32 = 5;

/// For so long.
pub const REST: TimeDelta = TimeDelta::seconds(60);

/// How a call to a service ended, for those who ask whether to make the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The service answered. That something is denied or not there is an answer too.
    Well,
    /// It was throttled, broke, or did not come in time; and what was said about it.
    Badly(String),
}

/// The services of one region that have failed since they last answered.
#[derive(Clone, Debug, Default)]
pub struct Breakers(BTreeMap<Service, Failing>);

#[derive(Clone, Debug)]
struct Failing {
    failures: u32,
    why: String,
    /// Until when it is left alone, once it failed often enough.
    until: Option<Time>,
}

impl Breakers {
    /// Whether `service` may be called now. One call after each rest may, and is the trial.
    ///
    /// # Errors
    ///
    /// The rest that it has.
    pub fn enter(&mut self, service: Service, now: Time) -> Result<(), Rest> {
        if let Some(rest) = self.rest(service, now) {
            return Err(rest);
        }
        if let Some(until) = self.0.get_mut(&service).and_then(|failing| failing.until.as_mut()) {
            *until = now + REST;
        }
        Ok(())
    }

    /// The rest that `service` has now.
    pub fn rest(&self, service: Service, now: Time) -> Option<Rest> {
        let failing = self.0.get(&service)?;
        // A clock that was set back must not make the rest longer.
        let until = failing.until.filter(|until| now < *until && *until - now <= REST)?;
        Some(failing.rest(service, until))
    }

    /// A call to `service` has ended.
    pub fn ended(&mut self, service: Service, now: Time, ended: Ended) {
        let Ended::Badly(why) = ended else {
            self.0.remove(&service);
            return;
        };
        let failing = self.0.entry(service).or_insert(Failing { failures: 0, why: String::new(), until: None });
        failing.failures = failing.failures.saturating_add(1);
        failing.why = why;
        if failing.failures >= FAILURES && failing.until.is_none() {
            failing.until = Some(now + REST);
        }
    }

    /// The services that rest. Told until they answer: one whose rest is over is yet to be tried.
    pub fn resting(&self) -> Vec<Rest> {
        self.0.iter().filter_map(|(service, failing)| Some(failing.rest(*service, failing.until?))).collect()
    }
}

impl Failing {
    fn rest(&self, service: Service, until: Time) -> Rest {
        Rest { service, failures: self.failures, until, why: self.why.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGS: Service = Service::Logs;

    fn at(second: i64) -> Time {
        Time::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn bad() -> Ended {
        Ended::Badly("no answer".to_owned())
    }

    /// One that has failed so often by the second 0.
    fn failed(times: u32) -> Breakers {
        let mut breakers = Breakers::default();
        for _ in 0..times {
            assert_eq!(breakers.enter(LOGS, at(0)), Ok(()));
            breakers.ended(LOGS, at(0), bad());
        }
        breakers
    }

    #[test]
    fn five_failures_in_a_row_are_a_rest_of_a_minute() {
        assert_eq!(failed(4).enter(LOGS, at(0)), Ok(()));
        let mut breakers = failed(5);
        let rest = breakers.enter(LOGS, at(59)).expect_err("it rests");
        assert_eq!(
            rest.says(&"us-east-1".into()),
            "logs in us-east-1 is resting until 00:01:00Z after 5 failures: no answer"
        );
        assert_eq!(breakers.resting(), [rest]);
        assert_eq!(breakers.enter(Service::Sqs, at(1)), Ok(()), "no other service rests for it");
    }

    #[test]
    fn an_answer_in_between_begins_the_count_anew() {
        let mut breakers = failed(4);
        breakers.ended(LOGS, at(0), Ended::Well);
        breakers.ended(LOGS, at(0), bad());
        assert_eq!(breakers.enter(LOGS, at(1)), Ok(()));
        assert!(breakers.resting().is_empty());
    }

    #[test]
    fn after_the_rest_one_call_tries() {
        let mut breakers = failed(5);
        assert_eq!(breakers.enter(LOGS, at(60)), Ok(()));
        assert!(breakers.enter(LOGS, at(60)).is_err(), "and one only");
        breakers.ended(LOGS, at(70), bad());
        assert!(breakers.enter(LOGS, at(119)).is_err());
        assert_eq!(breakers.enter(LOGS, at(120)), Ok(()), "nothing was heard of the first one or it failed");
        breakers.ended(LOGS, at(121), Ended::Well);
        assert!(breakers.resting().is_empty());
        assert_eq!((breakers.enter(LOGS, at(121)), breakers.enter(LOGS, at(121))), (Ok(()), Ok(())));
    }

    #[test]
    fn what_fails_late_does_not_make_the_rest_longer() {
        let mut breakers = failed(5);
        breakers.ended(LOGS, at(30), bad());
        assert_eq!(breakers.enter(LOGS, at(60)), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_ends_the_rest() {
        assert_eq!(failed(5).enter(LOGS, at(-3600)), Ok(()));
    }
}
