//! Alarms: silent for a while, and not any more.

use std::fmt;

use chrono::{TimeDelta, Timelike};

use super::body::{Body, step};
use super::work::{Try, Work, out};
use crate::action::{Order, Wants};
use crate::model::{About, AlarmState, ControlCall, RegionId, Time};

/// Whoever wants an alarm silent for longer should change the alarm.
const LONGEST: TimeDelta = TimeDelta::days(7);
const TOLD_WITHIN_S: u32 = 60;

/// An alarm as people say it: by its name.
#[derive(PartialEq, Eq, Hash)]
struct Named<'a>(&'a RegionId, &'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.1)
    }
}

fn named(alarms: &[(RegionId, String)]) -> Vec<Named<'_>> {
    alarms.iter().map(|(region, name)| Named(region, name)).collect()
}

/// A moment as a title says it, with its day where that is not today.
fn clock(at: Time, now: Time) -> String {
    let at = at.with_nanosecond(0).unwrap_or(at);
    let form = if at.date_naive() == now.date_naive() { "%H:%M:%SZ" } else { "%Y-%m-%d %H:%M:%SZ" };
    at.format(form).to_string()
}

/// Plans a silence.
pub(super) fn silence(work: &mut Work<'_>, order: &Order, alarms: &[(RegionId, String)]) -> Try<Body> {
    let until = order
        .silent_for()
        .filter(|time| *time > TimeDelta::zero() && *time <= LONGEST)
        .and_then(|time| work.at.checked_add_signed(time));
    let Some(until) = until else {
        return out(format!("a time of up to {} days is wanted, such as 1h", LONGEST.num_days()));
    };
    let mut body = Body::default();
    body.each(work, &named(alarms), |work, body, Named(region, name)| {
        let alarm = work.alarm(region, name)?;
        if alarm.silenced {
            return out("it is silent already");
        }
        let call = ControlCall::DisableAlarm { alarm: (*name).to_owned() };
        let step = step(format!("Let {name} tell no one"), region, call);
        let about = About::Alarm { name: (*name).to_owned() };
        body.steps.push(
            step.expecting(region, about, Wants::Silenced(true), TOLD_WITHIN_S)
                .undone_by(region, ControlCall::EnableAlarm { alarm: (*name).to_owned() }),
        );
        if alarm.state == AlarmState::Ok {
            body.caution(format!("{name} is calm now: what it would tell later is not told either"));
        }
        Ok(())
    });
    body.entitle("Silence", "alarm");
    let until = clock(until, work.at);
    body.title = format!("{} until {until}", body.title);
    body.caution(format!(
        "this program ends the silence, not CloudWatch: at {until} if it runs then, else when it is next started; \
         until then `:unsilence` ends it"
    ));
    body.caution("the alarm goes on and is shown here; only its actions are off, for everyone");
    Ok(body)
}

/// Plans the end of a silence.
pub(super) fn unsilence(work: &mut Work<'_>, alarms: &[(RegionId, String)]) -> Body {
    let mut body = Body::default();
    body.each(work, &named(alarms), |work, body, Named(region, name)| {
        let alarm = work.alarm(region, name)?;
        if !alarm.silenced {
            return out("it is not silent");
        }
        let call = ControlCall::EnableAlarm { alarm: (*name).to_owned() };
        let about = About::Alarm { name: (*name).to_owned() };
        body.steps.push(
            step(format!("Let {name} speak again"), region, call)
                .expecting(region, about, Wants::Silenced(false), TOLD_WITHIN_S)
                .undone_by(region, ControlCall::DisableAlarm { alarm: (*name).to_owned() }),
        );
        if alarm.state == AlarmState::Alarm {
            body.caution(format!("{name} is in alarm already: CloudWatch tells when the state changes, not now"));
        }
        Ok(())
    });
    body.entitle("Unsilence", "alarm");
    body
}
