//! What every call to one region passes: is the service left alone for a while, and is it this operation's turn?
//!
//! A gate keeps apart what is of one service and of one operation, so that none waits for another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::asking::locked;
use super::pace::{Pace, Place};
use super::reach::Reach;
use super::trouble::{Api, Trouble};
use crate::cloud::breaker::{Breakers, Ended};
use crate::model::{Link, Operation, Outcome, RegionId, Rest, Service, Time};

/// An operation that is not in the table: so many a second, and at once.
const NOT_LISTED: (u32, u32) = (1, 1);

/// The way into one region.
#[derive(Debug)]
pub(super) struct Gate {
    region: RegionId,
    /// How AWS is reached, whichever region.
    pub reach: Arc<Reach>,
    breakers: Mutex<Breakers>,
    paces: Mutex<HashMap<(Service, &'static str), Arc<Pace>>>,
}

/// The right to make one call now.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// How AWS is reached.
    pub reach: Arc<Reach>,
    /// The rate that the call keeps to; none where there is no limit.
    pub pace: Option<Arc<Pace>>,
}

impl Turn {
    /// No call was made.
    pub(super) fn give_back(&self) {
        if let Some(pace) = &self.pace {
            pace.give_back();
        }
    }
}

impl Gate {
    pub(super) fn new(region: &RegionId, reach: Arc<Reach>) -> Self {
        Self { region: region.clone(), reach, breakers: Mutex::default(), paces: Mutex::default() }
    }

    /// AWS's time.
    pub(super) fn now(&self) -> Time {
        self.reach.now()
    }

    /// How the region can be reached now.
    pub(super) fn link(&self) -> Link {
        Link { resting: locked(&self.breakers).resting(), ..self.reach.link() }
    }

    /// Waits for the turn of a call that polls.
    ///
    /// # Errors
    ///
    /// At once, where the service rests.
    pub(super) async fn turn(&self, api: Api) -> Result<Turn, Trouble> {
        let rest = locked(&self.breakers).rest(api.service, self.now());
        if let Some(rest) = rest {
            return Err(self.rests(&rest));
        }
        let turn = self.wait(api, Place::Last).await;
        // It may rest by now; and only one of those that waited tries a service that has rested.
        let entered = locked(&self.breakers).enter(api.service, self.now());
        entered.map_err(|rest| {
            turn.give_back();
            self.rests(&rest)
        })?;
        Ok(turn)
    }

    /// Waits for the turn of a call that someone has ordered: before all that polls, and whether or not the service rests.
    /// The plan says that it does.
    pub(super) async fn first(&self, api: Api) -> Turn {
        self.wait(api, Place::First).await
    }

    async fn wait(&self, api: Api, place: Place) -> Turn {
        let pace = self.pace(api);
        if let Some(pace) = &pace {
            pace.turn(place).await;
        }
        Turn { reach: self.reach.clone(), pace }
    }

    /// A call was made and ended so: well where there is no trouble.
    pub(super) fn ended(&self, api: Api, trouble: Option<&Trouble>) {
        match trouble {
            Some(Trouble { log_in: Some(why), .. }) => self.reach.refused(why),
            Some(trouble) if trouble.status.is_none() || trouble.is_sick() => {}
            _ => self.reach.taken(),
        }
        // What could not be signed was not sent; and each endpoint of a cluster stands for itself.
        let is_unsent = trouble.is_some_and(|trouble| trouble.log_in.is_some() && trouble.status.is_none());
        if is_unsent || api.service == Service::RoutingControl {
            return;
        }
        let ended = match trouble {
            Some(trouble) if trouble.is_sick() => Ended::Badly(trouble.reason.clone()),
            _ => Ended::Well,
        };
        locked(&self.breakers).ended(api.service, self.now(), ended);
    }

    fn rests(&self, rest: &Rest) -> Trouble {
        Trouble::of(Outcome::Failed, None, &rest.says(&self.region))
    }

    fn pace(&self, api: Api) -> Option<Arc<Pace>> {
        let new = || {
            let (per_second, burst) = limits(api);
            Arc::new(Pace::new(per_second, burst))
        };
        let mut paces = locked(&self.paces);
        self.reach.is_limited.then(|| paces.entry((api.service, api.operation)).or_insert_with(new).clone())
    }
}

fn limits(api: Api) -> (u32, u32) {
    Operation::find(api.service, api.operation).map_or(NOT_LISTED, |known| (known.per_second, known.burst))
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
