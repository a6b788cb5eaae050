//! Failing over to another region, and back: check, hold new work, make the database writable, move traffic, resume work,
//! verify.
//!
//! Each step waits until the one before is seen to have worked. What may be dead, the region that is left, never stands in
//! the way of what must be done in the other one.

use super::body::{Body, count, step};
use super::work::{Try, Work, out};
use super::{database, ground, pause, traffic};
use crate::action::{Act, Step, Undo, Wants};
use crate::config::Failover;
use crate::model::{About, AgentKey, ControlCall, Light, Probed, RegionId, Reservation, Service, Status};

/// A region that is being left answers at once, or not at all.
const HELD_WITHIN_S: u32 = 30;
const RELEASED_WITHIN_S: u32 = 60;
/// How long what was seen once may take to be seen again.
const VERIFIED_WITHIN_S: u32 = 120;
/// Each takes a call and a look: more would keep traffic waiting.
const MOST_HELD: usize = 50;

/// Which way it goes.
pub(super) struct Course {
    /// How, by the configuration.
    pub way: Failover,
    /// Where the configuration says so, for whoever must change it.
    pub section: String,
    /// The region that is left.
    pub from: RegionId,
    /// The region that does the work then.
    pub to: RegionId,
    /// Whether `to` is the primary region.
    pub is_back: bool,
}

impl Course {
    fn new(work: &Work<'_>, from: RegionId, to: RegionId, is_back: bool) -> Try<Self> {
        let choice = &work.desk.choice;
        let section = format!("[fabric.{}.failover]", choice.name);
        match choice.failover.clone() {
            Some(way) => Ok(Self { way, section, from, to, is_back }),
            None => out(format!("no failover is configured: set `method`, and what it needs, under {section}")),
        }
    }

    /// The region that is not the primary one.
    pub(super) fn standby(&self) -> &RegionId {
        if self.is_back { &self.from } else { &self.to }
    }
}

/// Plans a failover.
pub(super) fn failover(work: &mut Work<'_>, to: &RegionId) -> Try<Body> {
    let regions = &work.desk.regions;
    let Some(primary) = regions.first() else {
        return out("no region is known yet: wait until the fabric is connected");
    };
    if to == primary {
        return out(format!("{to} is the primary region: `:failback` makes it do the work again"));
    }
    if !regions.contains(to) {
        let known: Vec<_> = regions.iter().skip(1).map(RegionId::as_str).collect();
        return out(format!("{to} is no region of this fabric; it can fail over to: {}", known.join(", ")));
    }
    let course = Course::new(work, primary.clone(), to.clone(), false)?;
    run(work, &course)
}

/// Plans a failback.
pub(super) fn failback(work: &mut Work<'_>) -> Try<Body> {
    let [primary, standby, ..] = &work.desk.regions[..] else {
        return out("this fabric has one region: name the standby one in `regions`");
    };
    let course = Course::new(work, standby.clone(), primary.clone(), true)?;
    run(work, &course)
}

fn run(work: &mut Work<'_>, course: &Course) -> Try<Body> {
    let Course { from, to, .. } = course;
    let verb = if course.is_back { "Fail back" } else { "Fail over" };
    let mut body = Body {
        title: format!("{verb} from {from} to {to}"),
        name: to.to_string(),
        one_by_one: true,
        ..Body::default()
    };
    ground::region(work, &mut body, to);
    ground::quotas(work, &mut body, course);
    ground::left_behind(work, &mut body, from);
    ground::others(work, &mut body);
    // All of them ask for what they must see, then none goes on without it.
    let credentials = ground::credentials(work, &mut body, to);
    let record = ground::record(work, &mut body, course);
    let promoted = writable(work, &mut body, course);
    let moved = traffic::moved(work, &mut body, course);
    credentials?;
    record?;
    let (promoted, moved) = (promoted?, moved?);
    if promoted.is_empty() && moved.is_empty() {
        let why = body.left_out.join("; ");
        return out(format!("there is nothing to do: {why}"));
    }
    let verified: Vec<Step> = promoted.iter().chain(&moved).filter_map(verified).collect();
    let held = hold(work, &mut body, from);
    let resumed = resume(work, &mut body, to);
    body.steps = [held, promoted, moved, resumed, verified].concat();
    feel(work, &mut body, from);
    if !course.is_back && course.way.replica.is_some() {
        body.caution("there is no way back for the database: failing back means a new replica, made by hand");
    }
    Ok(body)
}

fn feel(work: &Work<'_>, body: &mut Body, from: &RegionId) {
    let agents = work.fabric.agents().iter();
    let keys: Vec<&AgentKey> = agents
        .filter(|agent| agent.region() == Some(from) && agent.status != Status::Complete)
        .map(|agent| &agent.key)
        .collect();
    body.blast.agents = Some(keys.len() as u64);
    body.sessions(keys.into_iter().map(|key| key.session.clone()));
}

/// Holds new work in the region that is left, where it still answers.
fn hold(work: &Work<'_>, body: &mut Body, from: &RegionId) -> Vec<Step> {
    let all: Vec<_> = functions(work, from).into_iter().filter(|(_, _, held)| *held != Reservation::Held(0)).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let region = work.fabric.regions().iter().find(|region| region.id == *from);
    let lambda = region.and_then(|region| region.services.get(&Service::Lambda));
    if lambda.is_some_and(|lambda| lambda.light() == Light::Red) {
        let functions = count(all.len(), "function");
        body.left_out.push(format!("holding new work of {functions} in {from}: Lambda does not answer there"));
        body.caution(format!("{from} may take up work again by itself when it comes back: pause its agents then"));
        return Vec::new();
    }
    if all.len() > MOST_HELD {
        let rest = count(all.len() - MOST_HELD, "function");
        body.left_out
            .push(format!("holding new work of {rest} more in {from}: at most {MOST_HELD}, coordinators first"));
    }
    let held = all.into_iter().take(MOST_HELD).map(|(_, name, before)| {
        let about = About::Function { name: name.to_owned() };
        let step = step(format!("Hold new work of {name} in {from}"), from, pause::reserve(name, Some(0)));
        let step = step.expecting(from, about, Wants::Reserved(Some(0)), HELD_WITHIN_S).at_will();
        match before {
            Reservation::Held(executions) => step.undone_by(from, pause::reserve(name, Some(executions))),
            Reservation::Shared => step.undone_by(from, pause::reserve(name, None)),
            Reservation::Unknown => step.for_good("what was reserved for it is not known"),
        }
    });
    held.collect()
}

/// Lets the functions of the other region work that are held there.
fn resume(work: &Work<'_>, body: &mut Body, to: &RegionId) -> Vec<Step> {
    let all = functions(work, to);
    if all.is_empty() {
        body.check(
            format!("agents in {to}"),
            Light::Amber,
            "no function of an agent is known there: start what is to work",
        );
        return Vec::new();
    }
    body.check(format!("agents in {to}"), Light::Green, format!("{} known there", count(all.len(), "function")));
    let held = all.into_iter().filter(|(_, _, held)| *held == Reservation::Held(0));
    let resumed = held.map(|(_, name, _)| {
        let before = work.desk.reserved_before.get(&(to.clone(), name.to_owned())).copied().flatten();
        let before = before.filter(|executions| *executions > 0);
        let about = About::Function { name: name.to_owned() };
        step(format!("Resume work of {name} in {to}"), to, pause::reserve(name, before))
            .expecting(to, about, Wants::Reserved(before), RELEASED_WITHIN_S)
            .undone_by(to, pause::reserve(name, Some(0)))
            .at_will()
    });
    resumed.collect()
}

/// The functions that run agents in a region, and what is reserved for them, coordinators first: they start the work.
fn functions<'a>(work: &Work<'a>, region: &RegionId) -> Vec<(&'a AgentKey, &'a str, Reservation)> {
    let agents = work.fabric.agents().iter();
    let mut found: Vec<_> = agents
        .filter_map(|agent| {
            let place = agent.places.iter().find(|place| place.region == *region)?;
            place.function.as_ref().map(|(name, reserved)| (&agent.key, &**name, *reserved))
        })
        .collect();
    found.sort_by_key(|(key, name, _)| (!key.agent.is_coordinator(), *key, *name));
    found
}

/// Makes the database of the other region take writes.
fn writable(work: &mut Work<'_>, body: &mut Body, course: &Course) -> Try<Vec<Step>> {
    let Course { way, section, from, to, is_back } = course;
    let (name, other) = if *is_back { (&way.database, &way.replica) } else { (&way.replica, &way.database) };
    let Some(name) = name else {
        body.left_out.push(format!("the database: none is named under {section}"));
        return Ok(Vec::new());
    };
    let other = other.as_deref().unwrap_or("the database");
    let what = format!("{name} in {to}");
    let found = match work.look(to, About::Database { name: name.clone() })? {
        Ok(Probed::Database(Some(found))) => found,
        Ok(_) => {
            body.check(what, Light::Red, format!("it is not there: make it, or see {section}"));
            return Ok(Vec::new());
        }
        Err(refusal) => {
            body.check(what, Light::Dark, format!("it cannot be looked at: {refusal}"));
            return Ok(if *is_back { Vec::new() } else { vec![database::promotion(to, name)] });
        }
    };
    database::ready(body, name, found);
    match &found.replica_of {
        Some(source) => {
            database::lag(work, body, to, name);
            body.caution(format!("{source} goes on taking writes from whoever still reaches it: those are lost"));
            Ok(vec![database::promotion(to, name)])
        }
        None if *is_back => {
            let how = format!(
                "it follows nothing, and what was written in {from} since is not in it: make a new replica of {other} in \
                 {to} under this name first (`aws rds create-db-instance-read-replica`)"
            );
            body.check(what, Light::Red, how);
            Ok(Vec::new())
        }
        None => {
            body.check(what, Light::Amber, format!("it takes writes already, and follows {other} no more"));
            Ok(Vec::new())
        }
    }
}

/// Looks once more, at the end, at what a step brought.
fn verified(done: &Step) -> Option<Step> {
    let mut expect = done.expect.clone()?;
    expect.within_s = VERIFIED_WITHIN_S;
    let says = match &done.act {
        Act::Call(directed) => match &directed.call {
            ControlCall::PromoteReplica { replica } => format!("See that {replica} takes writes"),
            _ => "See that traffic still goes there".to_owned(),
        },
        _ => return None,
    };
    Some(Step { says, act: Act::Watch, expect: Some(expect), undo: Undo::Nothing, optional: false })
}
