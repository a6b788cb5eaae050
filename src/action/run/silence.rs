//! Silences that are over: alarms are to speak again, whatever happened to the program meanwhile.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::action::Made;
use crate::action::{Act, Order, OrderId, Outcome, Standing, Tale};
use crate::model::{ControlCall, RegionId, Time};

/// What could not be let speak is tried again after this.
const AGAIN: TimeDelta = TimeDelta::minutes(5);

/// An order that is due, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// What is to be ordered.
    pub order: Order,
    /// For the record: `auto: the silence of … is over`.
    pub why: String,
}

/// How an alarm stands by the record.
enum Voice {
    /// Silenced by this order until then.
    Silent(OrderId, Time),
    /// It speaks, or is just being let.
    Free,
}

/// The orders that let alarms speak again, for every silence whose time has passed and whose alarms nobody has let speak
/// since. An alarm that may have been silenced counts as silenced. They are due in spite of the lock of the program: they
/// were confirmed with the silence.
pub fn due_unsilences<'a>(tales: impl IntoIterator<Item = &'a Tale>, now: Time) -> Vec<Due> {
    let mut tales: Vec<&Tale> = tales.into_iter().collect();
    tales.sort_by_key(|tale| tale.began);
    let mut voices: BTreeMap<(RegionId, String), Voice> = BTreeMap::new();
    for tale in tales {
        match &tale.plan.order {
            Order::Silence { .. } => silenced(tale, &mut voices),
            Order::Unsilence { alarms } => unsilenced(tale, alarms, &mut voices),
            _ => {}
        }
    }
    let mut due: BTreeMap<OrderId, Vec<(RegionId, String)>> = BTreeMap::new();
    for (alarm, voice) in voices {
        if let Voice::Silent(by, until) = voice
            && until <= now
        {
            due.entry(by).or_default().push(alarm);
        }
    }
    let order = |(by, alarms): (OrderId, Vec<(RegionId, String)>)| {
        let names: Vec<&str> = alarms.iter().map(|(_, name)| name.as_str()).collect();
        let why = format!("auto: the silence of {} is over (order {by})", names.join(", "));
        Due { order: Order::Unsilence { alarms }, why }
    };
    due.into_iter().map(order).collect()
}

/// A silence counts for the alarms it called, from when it began.
fn silenced(tale: &Tale, voices: &mut BTreeMap<(RegionId, String), Voice>) {
    let Some(until) = tale.plan.order.silent_for().and_then(|time| tale.began.checked_add_signed(time)) else {
        return;
    };
    for (step, deed) in tale.plan.steps.iter().zip(&tale.deeds) {
        let Act::Call(call) = &step.act else { continue };
        let ControlCall::DisableAlarm { alarm } = &call.call else { continue };
        let key = (call.region.clone(), alarm.clone());
        match (deed.call, deed.undo) {
            (Made::No, _) => {}
            (_, Made::Yes) => drop(voices.insert(key, Voice::Free)),
            // While it runs its targets are not free. One that was cut off is settled when the program starts.
            _ if tale.standing == Standing::Running => drop(voices.insert(key, Voice::Free)),
            _ => drop(voices.insert(key, Voice::Silent(tale.plan.id.clone(), until))),
        }
    }
}

/// An order to let alarms speak: where it did not work it is due again, a while after it failed.
fn unsilenced(tale: &Tale, alarms: &[(RegionId, String)], voices: &mut BTreeMap<(RegionId, String), Voice>) {
    let worked = match &tale.standing {
        Standing::Running | Standing::Ended(Outcome::Done, _) => true,
        Standing::Ended(..) | Standing::Stopped(_) => false,
    };
    for alarm in alarms {
        let was_enabled = tale.plan.steps.iter().zip(&tale.deeds).any(|(step, deed)| {
            let is_it =
                |call: &ControlCall| matches!(call, ControlCall::EnableAlarm { alarm: name } if *name == alarm.1);
            matches!(&step.act, Act::Call(call) if call.region == alarm.0 && is_it(&call.call))
                && deed.call == Made::Yes
        });
        if let Some(voice) = voices.get_mut(alarm) {
            if worked || was_enabled {
                *voice = Voice::Free;
            } else if let Voice::Silent(_, until) = voice
                && let Some(again) = tale.changed.checked_add_signed(AGAIN)
            {
                *until = again.max(*until);
            }
        }
    }
}
