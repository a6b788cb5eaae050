//! The three ways to move traffic, each with what it depends on.

use serde_json::json;

use super::body::{Body, step};
use super::failover::Course;
use super::ground::{PRIMARY, SECONDARY};
use super::work::{Try, Work, global, out};
use crate::action::{Step, Wants};
use crate::config::Method;
use crate::model::{About, ControlCall, HealthCheck, Light, OnlyIf, Probed, Record, RegionId, RoutingControl};

const SEEN_WITHIN_S: u32 = 120;
/// Route 53 takes a minute to bring a change to all its servers.
const RECORDS_WITHIN_S: u32 = 300;

/// The steps that move traffic; none where it goes there already.
pub(super) fn moved(work: &mut Work<'_>, body: &mut Body, course: &Course) -> Try<Vec<Step>> {
    match course.way.method {
        Method::RoutingControl => routing(work, body, course),
        Method::StandbyMarker => marker(work, body, course),
        Method::DnsRecord => record(work, body, course),
    }
}

fn already(body: &mut Body, course: &Course, why: &str) {
    body.left_out.push(format!("moving traffic: it goes to {} already, {why}", course.to));
}

fn lacks<T>(course: &Course, key: &str) -> Try<T> {
    let (method, section) = (course.way.method.word(), &course.section);
    out(format!("the method {method} needs `{key}` under {section}"))
}

fn routing(work: &mut Work<'_>, body: &mut Body, course: &Course) -> Try<Vec<Step>> {
    let arn = |region: &RegionId| course.way.routing_controls.get(region).cloned();
    let Some((from, to)) = arn(&course.from).zip(arn(&course.to)) else {
        return lacks(course, &format!("routing_controls.{} and routing_controls.{}", course.from, course.to));
    };
    let endpoints = course.way.cluster_endpoints.clone();
    if endpoints.is_empty() {
        return lacks(course, "cluster_endpoints");
    }
    let endpoint_count = endpoints.len();
    body.caution(format!(
        "it depends on the ARC cluster: one of its {endpoint_count} regional endpoints must answer; no control plane is needed"
    ));
    let about = About::RoutingControls { arns: vec![to.clone(), from.clone()], endpoints: endpoints.clone() };
    let wanted = vec![RoutingControl { arn: to, on: true }, RoutingControl { arn: from, on: false }];
    let before = match work.look(&course.to, about.clone())? {
        Ok(Probed::RoutingControls(found)) => {
            let known = |wanted: &RoutingControl| found.iter().find(|found| found.arn == wanted.arn).cloned();
            wanted.iter().map(known).collect::<Option<Vec<_>>>()
        }
        Ok(_) => None,
        Err(refusal) => {
            body.check("routing controls", Light::Dark, format!("they cannot be looked at: {refusal}"));
            None
        }
    };
    if before.as_ref() == Some(&wanted) {
        already(body, course, "by the routing controls");
        return Ok(Vec::new());
    }
    let says = format!("Set the routing controls: {} on, {} off", course.to, course.from);
    let call = ControlCall::SetRoutingControls { states: wanted.clone(), endpoints: endpoints.clone() };
    let back =
        before.unwrap_or_else(|| wanted.iter().map(|one| RoutingControl { on: !one.on, ..one.clone() }).collect());
    Ok(vec![
        step(says, &course.to, call)
            .expecting(&course.to, about, Wants::Routing(wanted), SEEN_WITHIN_S)
            .undone_by(&course.to, ControlCall::SetRoutingControls { states: back, endpoints }),
    ])
}

fn marker(work: &mut Work<'_>, body: &mut Body, course: &Course) -> Try<Vec<Step>> {
    let place = course.way.marker.as_deref().and_then(|marker| marker.strip_prefix("s3://")?.split_once('/'));
    let Some((bucket, key)) = place else { return lacks(course, "marker") };
    let standby = course.standby();
    body.caution(format!(
        "it depends on S3 in {standby} and on the checkers of Route 53, which take up to 90 s to see the marker; no \
         control plane is needed"
    ));
    let object = || About::Object { bucket: bucket.to_owned(), key: key.to_owned() };
    let there = match work.look(standby, object())? {
        Ok(Probed::Object(found)) => Some(found.as_ref()),
        Ok(_) => None,
        Err(refusal) => {
            body.check("marker", Light::Dark, format!("it cannot be looked at: {refusal}"));
            None
        }
    };
    if there.is_some_and(|found| found.is_some() != course.is_back) {
        already(body, course, if course.is_back { "the marker is not there" } else { "the marker is there" });
        return Ok(Vec::new());
    }
    let ours = json!({ "order": work.id, "to": standby, "at": work.at }).to_string();
    let held = there.flatten().map_or(ours.clone(), |found| found.body.clone());
    let put = |body: String| ControlCall::PutObject {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        body,
        only_if: OnlyIf::Always,
    };
    let delete = ControlCall::DeleteObject { bucket: bucket.to_owned(), key: key.to_owned() };
    let (says, call, back) = if course.is_back {
        (format!("Take the marker s3://{bucket}/{key} away"), delete, put(held))
    } else {
        (format!("Put the marker s3://{bucket}/{key}"), put(ours), delete)
    };
    Ok(vec![
        step(says, standby, call)
            .expecting(standby, object(), Wants::Object(!course.is_back), SEEN_WITHIN_S)
            .undone_by(standby, back),
    ])
}

/// What is to be done to one pair of records.
enum Turn {
    /// The health check of the primary record is inverted, or not any more.
    Invert(String, bool),
    /// The two records exchange what they say.
    Swap,
    /// Nothing, and why.
    Already(String),
}

fn record(work: &mut Work<'_>, body: &mut Body, course: &Course) -> Try<Vec<Step>> {
    let Some((zone, name)) = course.way.hosted_zone.clone().zip(course.way.record.clone()) else {
        return lacks(course, "hosted_zone and record");
    };
    control_plane(body, course);
    let records = match work.records(&zone, &name)? {
        Ok(records) => records,
        Err(refusal) => return out(format!("the records of {name} cannot be read: {refusal}")),
    };
    let in_role = |role| records.iter().filter(move |record| record.failover.as_deref() == Some(role));
    let pairs: Vec<(&Record, &Record)> = in_role(PRIMARY)
        .filter_map(|one| Some((one, in_role(SECONDARY).find(|other| other.kind == one.kind)?)))
        .collect();
    if pairs.is_empty() {
        return out(format!(
            "{name} has no pair of failover records, PRIMARY and SECONDARY, in {zone}: make one, or choose another method"
        ));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut inverted: Vec<String> = Vec::new();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (primary, secondary) in pairs {
        match turn(work, body, course, primary)? {
            Turn::Already(why) => already(body, course, &why),
            Turn::Invert(id, to) => {
                // Records of several types often share one.
                if !inverted.contains(&id) {
                    steps.push(invert(&id, to));
                    inverted.push(id);
                }
            }
            Turn::Swap => {
                if primary.values.is_empty() || secondary.values.is_empty() {
                    return out(format!(
                        "{name} is an alias, which this program does not rewrite: give its PRIMARY record a health \
                         check, or choose another method"
                    ));
                }
                after.extend([saying(primary, secondary), saying(secondary, primary)]);
                before.extend([primary.clone(), secondary.clone()]);
            }
        }
    }
    if !after.is_empty() {
        let about = About::Records { zone: zone.clone(), name: name.clone() };
        let says = format!("Exchange what the PRIMARY and the SECONDARY record of {name} say");
        let call = ControlCall::ChangeRecords { zone: zone.clone(), records: after.clone() };
        steps.push(
            step(says, &global(), call)
                .expecting(&global(), about, Wants::Records(after), RECORDS_WITHIN_S)
                .undone_by(&global(), ControlCall::ChangeRecords { zone, records: before }),
        );
    }
    Ok(steps)
}

/// The warning that this way of moving traffic always carries.
fn control_plane(body: &mut Body, course: &Course) {
    body.caution("it depends on the Route 53 control plane, which lives in us-east-1 alone");
    if course.from == global() {
        body.caution(
            "us-east-1 is the region that fails: its Route 53 control plane may be out too, as it was for hours in \
             December 2021; `standby-marker` and `routing-control` do not need it",
        );
    }
}

fn turn(work: &mut Work<'_>, body: &mut Body, course: &Course, primary: &Record) -> Try<Turn> {
    let says = primary.values.join(", ");
    let names = |region: &RegionId| primary.values.iter().any(|value| value.contains(region.as_str()));
    if names(&course.to) && !names(&course.from) && (primary.health_check.is_none() || !course.is_back) {
        return Ok(Turn::Already(format!("the PRIMARY record says {says}")));
    }
    if let Some(id) = primary.health_check.clone() {
        let HealthCheck { healthy, inverted, .. } = work.health_check(&id)?;
        match (course.is_back, inverted) {
            (false, true) => return Ok(Turn::Already(format!("the health check {id} is inverted"))),
            (true, true) => return Ok(Turn::Invert(id, false)),
            // Inverting one that fails would make it look healthy, and send traffic back to what is dead.
            (false, false) if healthy == Some(false) => {
                body.caution(format!(
                    "the health check {id} fails already, so Route 53 answers with the other region by itself; the \
                     records are exchanged so that it does not go back by itself"
                ));
                return Ok(Turn::Swap);
            }
            (false, false) => return Ok(Turn::Invert(id, true)),
            (true, false) if names(&course.to) => {
                return Ok(Turn::Already(format!("the PRIMARY record says {says}")));
            }
            (true, false) => {}
        }
    }
    if !names(&course.from) {
        // Only names of regions tell which of the two a value belongs to.
        let light = if course.is_back { Light::Red } else { Light::Amber };
        let evidence = format!("the PRIMARY record says {says}, which names no region: see that it is {}", course.from);
        body.check("which way the record points", light, evidence);
    }
    Ok(Turn::Swap)
}

fn invert(id: &str, to: bool) -> Step {
    let region = global();
    let call = |inverted| ControlCall::InvertHealthCheck { health_check: id.to_owned(), inverted };
    let says = if to {
        format!("Invert the health check {id}, so that the PRIMARY record is not given out")
    } else {
        format!("Let the health check {id} count as it is again")
    };
    step(says, &region, call(to))
        .expecting(&region, About::HealthCheck { id: id.to_owned() }, Wants::Inverted(to), SEEN_WITHIN_S)
        .undone_by(&region, call(!to))
}

/// A record that keeps its place and role, and says what another says.
fn saying(place: &Record, other: &Record) -> Record {
    Record {
        values: other.values.clone(),
        ttl_s: other.ttl_s,
        health_check: other.health_check.clone(),
        ..place.clone()
    }
}
