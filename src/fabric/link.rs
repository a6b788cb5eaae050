//! How AWS is reached: whether it takes the credentials, and what time it is there.

use chrono::TimeDelta;

use super::Fabric;
use crate::model::{Link, RegionId, Time};

/// By more than this the clock has been set right, and has not just been measured once more.
const SET_RIGHT: TimeDelta = TimeDelta::seconds(30);

/// No clock is ten years off: that is no measure.
const MOST_AHEAD_MS: u64 = 10 * 365 * 86_400_000;

/// How AWS was reached when it last answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached {
    /// When that was told.
    told: Option<Time>,
    /// Why it does not take the credentials, and since when it does not.
    log_in: Option<(Time, String)>,
    /// When it took them again.
    logged_in: Option<Time>,
    /// How far its clock is ahead of this machine's.
    ahead: Option<TimeDelta>,
}

impl Fabric {
    /// Why AWS does not take the credentials and what to run, and since when.
    pub fn log_in(&self) -> Option<(Time, &str)> {
        self.reached.log_in.as_ref().map(|(since, why)| (*since, why.as_str()))
    }

    /// How far AWS's clock is ahead of this machine's. `None` before that was measured.
    pub fn clock_ahead(&self) -> Option<TimeDelta> {
        self.reached.ahead
    }

    /// Whether what was refused at `asked` was refused to credentials that have been renewed since: it is asked again.
    pub(super) fn is_renewed_since(&self, asked: Time) -> bool {
        self.reached.logged_in.is_some_and(|at| asked <= at)
    }

    /// Takes in what time it is for AWS. To be done first: a clock that was wrong has told every moment so far. Gives when
    /// an answer came that says that it came `at`: where AWS's time was not known yet, this machine's clock said so.
    pub(super) fn tell_time(&mut self, at: Time, link: &Link) -> Time {
        let ahead = link.ahead_ms.filter(|ms| ms.unsigned_abs() < MOST_AHEAD_MS).and_then(TimeDelta::try_milliseconds);
        let Some(ahead) = ahead else {
            return self.reached.ahead.and_then(|ahead| at.checked_add_signed(ahead)).unwrap_or(at);
        };
        if (ahead - self.reached.ahead.unwrap_or_default()).abs() > SET_RIGHT {
            self.set_clock(at);
        }
        self.reached.ahead = Some(ahead);
        at
    }

    /// Takes in how `region` was reached otherwise.
    pub(super) fn reach(&mut self, at: Time, region: &RegionId, link: &mut Link) {
        let index = self.region_index(region);
        self.regions[index].rested(at, &link.resting);
        if self.reached.told.is_some_and(|told| told > at) {
            return;
        }
        self.reached.told = Some(at);
        self.reached.log_in = match (link.log_in.take(), self.reached.log_in.take()) {
            (Some(why), old) => Some((old.map_or(at, |(since, _)| since), why)),
            (None, Some(_)) => {
                self.reached.logged_in = Some(at);
                None
            }
            (None, None) => None,
        };
    }

    /// It is `at` now, whatever was thought before: nothing was heard later.
    fn set_clock(&mut self, at: Time) {
        if self.now <= at {
            return;
        }
        self.now = at;
        self.bill.forget_minutes();
        self.regions.iter_mut().for_each(|region| region.not_after(at));
        for source in self.sources.values_mut() {
            source.asked = source.asked.min(at);
            source.answered = source.answered.map(|answered| answered.min(at));
        }
        let Reached { told, log_in, logged_in, .. } = &mut self.reached;
        for moment in [told, logged_in].into_iter().flatten().chain(log_in.as_mut().map(|(since, _)| since)) {
            *moment = (*moment).min(at);
        }
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
