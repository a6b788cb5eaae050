//! CloudWatch's alarms: silenced, and put in place.

use std::collections::{BTreeMap, BTreeSet};

use super::{World, listed, wrong};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::world::time;
use crate::model::{Alarm, AlarmSpec, AlarmState, Refusal};

const OK: &str = "Threshold Crossed: no datapoint was greater than the threshold.";
/// A new alarm has too little data for so long, milliseconds.
const UNDECIDED: Ms = 60_000;

#[derive(Debug, Default)]
pub(super) struct Alarms {
    silenced: BTreeSet<(usize, String)>,
    put: BTreeMap<(usize, String), (AlarmSpec, Ms)>,
}

impl World {
    /// Writes into a listing what orders did to the alarms.
    pub(in crate::cloud::sim) fn alarms_now(&self, region: usize, list: &mut Vec<Alarm>, now: Ms) {
        let alarms = &self.changes.alarms;
        for ((place, name), (spec, at)) in &alarms.put {
            if *place != region {
                continue;
            }
            let is_decided = now >= at + UNDECIDED;
            let new = Alarm {
                name: name.clone(),
                state: if is_decided { AlarmState::Ok } else { AlarmState::InsufficientData },
                since: Some(time(if is_decided { at + UNDECIDED } else { *at })),
                reason: Some(if is_decided { OK.to_owned() } else { "Unchecked: Initial alarm creation".to_owned() }),
                watches: Some(format!("{} {}", clean::line(&spec.namespace), clean::line(&spec.metric))),
                silenced: false,
            };
            match list.iter_mut().find(|alarm| alarm.name == *name) {
                // One that was there before keeps its state.
                Some(old) => old.watches = new.watches,
                None => list.push(new),
            }
        }
        for alarm in list {
            if let Some((at, is_replica)) = self.replica_since(region, now)
                && alarm.watches.as_ref().is_some_and(|watches| watches.ends_with("ReplicaLag"))
            {
                let (state, reason) = if is_replica {
                    (AlarmState::Ok, OK)
                } else {
                    (
                        AlarmState::InsufficientData,
                        "Insufficient Data: the replica was promoted, and lags behind nothing.",
                    )
                };
                (alarm.state, alarm.since, alarm.reason) = (state, Some(time(at)), Some(reason.to_owned()));
            }
            alarm.silenced = alarms.silenced.contains(&(region, alarm.name.clone()));
        }
    }

    /// An alarm by its name.
    pub(super) fn alarm(&self, region: usize, name: &str, now: Ms) -> Option<Alarm> {
        self.alarms(region, now).into_iter().find(|alarm| alarm.name == name)
    }

    /// Lets an alarm tell no one, or speak again.
    pub(super) fn silence(&mut self, region: usize, name: &str, silent: bool, now: Ms) -> Result<(), Refusal> {
        if self.alarm(region, name, now).is_none() {
            let names = listed(self.alarms(region, now).into_iter().map(|alarm| alarm.name));
            let (name, region) = (clean::line(name), &self.regions[region]);
            return Err(wrong(format!("cloudwatch: no alarm {name} in {region}: {names}")));
        }
        let place = (region, name.to_owned());
        if silent {
            self.changes.alarms.silenced.insert(place);
        } else {
            self.changes.alarms.silenced.remove(&place);
        }
        Ok(())
    }

    /// Puts an alarm in place. One of this name is replaced, and keeps its state.
    pub(super) fn put_alarm(&mut self, region: usize, spec: &AlarmSpec, now: Ms) -> Result<(), Refusal> {
        if spec.name.is_empty() || spec.name.len() > 255 || spec.period_s == 0 || spec.periods == 0 {
            return Err(wrong(
                "cloudwatch: an alarm has a name of 1 to 255 characters, a period and periods".to_owned(),
            ));
        }
        if !spec.threshold.is_finite() {
            return Err(wrong(format!("cloudwatch: the threshold of {} is no number", clean::line(&spec.name))));
        }
        let name = clean::line(&spec.name);
        let put = self.changes.alarms.put.entry((region, name)).or_insert_with(|| (spec.clone(), now));
        put.0 = spec.clone();
        Ok(())
    }
}
