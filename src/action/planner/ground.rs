//! What is looked at before a failover: whether the other region can take the work, and what stays behind.

use super::body::{Body, count};
use super::failover::Course;
use super::work::{Try, Work};
use crate::config::Method;
use crate::fabric::QueueState;
use crate::model::{About, HealthCheck, Light, Probed, Record, RegionId};

/// Resolvers that keep a record for longer than this move late.
const SLOW_TTL_S: u32 = 60;
/// What Route 53 calls the two of a pair.
pub(super) const PRIMARY: &str = "PRIMARY";
pub(super) const SECONDARY: &str = "SECONDARY";

/// Whether the region answers.
pub(super) fn region(work: &Work<'_>, body: &mut Body, to: &RegionId) {
    let what = format!("{to} answers");
    let known = work.fabric.regions().iter().find(|region| region.id == *to);
    let Some(known) = known.filter(|region| !region.services.is_empty()) else {
        body.check(what, Light::Dark, "nothing has been asked there yet");
        return;
    };
    let bad = known.services.iter().filter(|(_, health)| health.light() != Light::Green);
    let bad: Vec<_> = bad.map(|(service, health)| format!("{} {}", service.word(), health.light().word())).collect();
    let evidence = if bad.is_empty() {
        let speed = known.latency_ms().map_or_else(String::new, |ms| format!(", in {ms} ms"));
        format!("{} answer{speed}", count(known.services.len(), "service"))
    } else {
        bad.join(", ")
    };
    body.check(what, known.light(), evidence);
}

/// Whether the limits there hold what runs here.
pub(super) fn quotas(work: &Work<'_>, body: &mut Body, course: &Course) {
    let what = format!("quotas of {}", course.to);
    let of = |region| work.fabric.quotas().get(region).map_or(&[][..], Vec::as_slice);
    let (mut short, mut fine) = (Vec::new(), Vec::new());
    for there in of(&course.to) {
        let here = of(&course.from).iter().find(|here| here.name == there.name).and_then(|here| here.used);
        let Some(here) = here else { continue };
        let after = here + there.used.unwrap_or(0.0);
        let line = format!("{}: {after:.0} of {:.0} then", there.name, there.limit);
        if after > there.limit { short.push(line) } else { fine.push(line) }
    }
    let (light, evidence) = match (&short[..], &fine[..]) {
        ([], []) => (Light::Dark, format!("what {} uses, or what is allowed there, is not known", course.from)),
        ([], _) => (Light::Green, fine.join("; ")),
        _ => (Light::Red, short.join("; ")),
    };
    body.check(what, light, evidence);
}

/// The messages that stay where they are.
pub(super) fn left_behind(work: &Work<'_>, body: &mut Body, from: &RegionId) {
    let what = format!("messages in {from}");
    let states = || work.fabric.queues().iter().filter(|(key, _)| key.region == *from).map(|(_, state)| state);
    let live = || states().filter(|state| !state.takes_dead_letters());
    let sum = |of: fn(&QueueState) -> Option<u64>| live().map(of).try_fold(0_u64, |sum, n| Some(sum + n?));
    let queues = states().count();
    body.blast.queues = Some(queues as u64);
    let waiting = sum(|state| Some(state.queue.visible? + state.queue.delayed.unwrap_or(0)));
    let flying = sum(|state| state.queue.in_flight);
    let Some((waiting, flying)) = waiting.zip(flying).filter(|_| queues > 0) else {
        body.check(what, Light::Dark, "how many messages wait there is not known");
        return;
    };
    body.blast.messages = Some(waiting + flying);
    if waiting + flying == 0 {
        body.check(what, Light::Green, "none wait and none are in flight");
        return;
    }
    let evidence =
        format!("{waiting} wait and {flying} are in flight in {}: they stay behind", count(live().count(), "queue"));
    body.check(what, Light::Amber, evidence);
}

/// Other orders that run.
pub(super) fn others(work: &Work<'_>, body: &mut Body) {
    let running: Vec<_> = work.desk.running.iter().map(String::as_str).collect();
    if running.is_empty() {
        body.check("other orders", Light::Green, "none runs from here; the lock tells of others");
    } else {
        body.check("other orders", Light::Amber, format!("running: {}", running.join(", ")));
    }
}

/// Whether these credentials count there, and are those of the same account.
pub(super) fn credentials(work: &mut Work<'_>, body: &mut Body, to: &RegionId) -> Try<()> {
    let what = format!("credentials in {to}");
    match work.look(to, About::Identity)? {
        Ok(Probed::Identity(who)) => {
            let usual = work.fabric.identity().filter(|usual| usual.account != who.account);
            match usual {
                None => body.check(what, Light::Green, format!("{} of {}", who.role(), who.account)),
                Some(usual) => {
                    let evidence = format!("they are of {}, and the fabric is in {}", who.account, usual.account);
                    body.check(what, Light::Red, evidence);
                }
            }
        }
        Ok(_) => body.check(what, Light::Dark, "who they are was not told"),
        Err(refusal) => body.check(what, Light::Red, refusal.to_string()),
    }
    Ok(())
}

/// How fast traffic can move, and whether what it moves to is healthy, by the DNS record that clients use.
pub(super) fn record(work: &mut Work<'_>, body: &mut Body, course: &Course) -> Try<()> {
    let (ttl, health) = ("record TTL", format!("health check of {}", course.to));
    let Some((zone, name)) = course.way.hosted_zone.as_ref().zip(course.way.record.as_ref()) else {
        let evidence = format!("no `hosted_zone` and `record` under {} tell", course.section);
        body.check(ttl, Light::Dark, evidence.clone());
        body.check(health, Light::Dark, evidence);
        return Ok(());
    };
    let records = match work.records(zone, name)? {
        Ok(records) => records,
        Err(refusal) => {
            let evidence = format!("the records of {name} cannot be read: {refusal}");
            body.check(ttl, Light::Dark, evidence.clone());
            body.check(health, Light::Dark, evidence);
            return Ok(());
        }
    };
    let longest = records.iter().filter_map(|record| record.ttl_s).max();
    match longest {
        _ if records.is_empty() => body.check(ttl, Light::Red, format!("{name} has no records in {zone}")),
        None => body.check(ttl, Light::Green, "an alias: resolvers keep it for 60 s"),
        Some(s) if s <= SLOW_TTL_S => body.check(ttl, Light::Green, format!("{s} s: traffic moves no faster")),
        Some(s) => body.check(ttl, Light::Amber, format!("{s} s: some clients go to {} for so long", course.from)),
    }
    if let Some(evidence) = tells_nothing(course) {
        body.check(health, Light::Dark, evidence);
        return Ok(());
    }
    let role = if course.is_back { PRIMARY } else { SECONDARY };
    let (light, evidence) = healthy(work, records, role)?;
    body.check(health, light, evidence);
    Ok(())
}

/// Some health checks follow the switch and not what is behind it.
fn tells_nothing(course: &Course) -> Option<&'static str> {
    match course.way.method {
        Method::RoutingControl => {
            Some("health checks follow the routing controls here, and tell nothing of the region")
        }
        Method::StandbyMarker if course.is_back => {
            Some("the primary's health check follows the marker, and tells nothing")
        }
        _ => None,
    }
}

fn healthy(work: &mut Work<'_>, records: &[Record], role: &str) -> Try<(Light, String)> {
    let mut ids = records.iter().filter(|record| record.failover.as_deref() == Some(role));
    let Some(id) = ids.find_map(|record| record.health_check.as_deref()) else {
        return Ok((Light::Amber, format!("the {role} record has none: nothing tells whether it can serve")));
    };
    Ok(match work.look(&super::work::global(), About::HealthCheck { id: id.to_owned() })? {
        Ok(Probed::HealthCheck(Some(HealthCheck { healthy, .. }))) => match healthy {
            Some(true) => (Light::Green, format!("{id} is healthy")),
            Some(false) => (Light::Red, format!("{id} is not healthy: what traffic would go to does not answer")),
            None => (Light::Dark, format!("the checkers of {id} do not say")),
        },
        Ok(_) => (Light::Red, format!("{id} is not there")),
        Err(refusal) => (Light::Dark, format!("{id} cannot be looked at: {refusal}")),
    })
}
