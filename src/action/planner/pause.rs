//! Pause and resume: an agent takes no more work, and takes it again as before.

use super::agents::{Runs, kind_word, known, runs};
use super::body::{Body, step};
use super::work::{Try, Work, out};
use crate::action::Wants;
use crate::model::{About, AgentKey, ControlCall, InstanceState, Probed, RegionId, Reservation};

/// Lambda tells its new concurrency at once, or nearly so.
const RESERVED_WITHIN_S: u32 = 60;
/// An instance stops when what runs on it has ended.
const STOPPED_WITHIN_S: u32 = 600;
const RUNNING_WITHIN_S: u32 = 300;

/// Plans a pause.
pub(super) fn pause(work: &mut Work<'_>, agents: &[AgentKey]) -> Body {
    let mut body = Body::default();
    body.each(work, agents, |work, body, key| {
        let agent = known(work, key)?;
        match runs(agent) {
            Some((place, Runs::Function(name))) => hold(work, body, &place.region, name),
            Some((place, Runs::Instance(id))) => stop(work, body, &place.region, id),
            _ => out(format!("it is {}: there is nothing to hold", kind_word(agent))),
        }
    });
    body.entitle("Pause", "agent");
    feel(&mut body, agents);
    body
}

/// Plans a resume.
pub(super) fn resume(work: &mut Work<'_>, agents: &[AgentKey]) -> Body {
    let mut body = Body::default();
    body.each(work, agents, |work, body, key| {
        let agent = known(work, key)?;
        match runs(agent) {
            Some((place, Runs::Function(name))) => release(work, body, &place.region, name),
            Some((place, Runs::Instance(id))) => start(work, body, &place.region, id),
            _ => out(format!("it is {}: there is nothing to let go", kind_word(agent))),
        }
    });
    body.entitle("Resume", "agent");
    feel(&mut body, agents);
    body
}

fn feel(body: &mut Body, agents: &[AgentKey]) {
    body.blast.agents = Some(body.taken.len() as u64);
    let taken: Vec<_> = agents.iter().filter(|key| body.taken.contains(&key.to_string())).collect();
    body.sessions(taken.into_iter().map(|key| key.session.clone()));
}

/// What is reserved for a function now. Without it, nothing can be put back: so it must be known.
pub(super) fn reserved(work: &mut Work<'_>, region: &RegionId, function: &str) -> Try<Reservation> {
    match work.look(region, About::Function { name: function.to_owned() })? {
        Ok(Probed::Function(Some(Reservation::Unknown))) => {
            out(format!("what is reserved for {function} is not told; allow lambda:GetFunctionConcurrency"))
        }
        Ok(Probed::Function(Some(reserved))) => Ok(*reserved),
        Ok(_) => out(format!("its function {function} is not there any more in {region}")),
        Err(refusal) => out(format!("what is reserved for {function} cannot be read: {refusal}")),
    }
}

/// The call that brings a reservation back.
pub(super) fn reserve(function: &str, reserved: Option<u32>) -> ControlCall {
    let function = function.to_owned();
    match reserved {
        Some(executions) => ControlCall::ReserveConcurrency { function, executions },
        None => ControlCall::ReleaseConcurrency { function },
    }
}

fn hold(work: &mut Work<'_>, body: &mut Body, region: &RegionId, function: &str) -> Try<()> {
    let before = match reserved(work, region, function)? {
        Reservation::Held(0) => return out("it is paused already"),
        Reservation::Held(executions) => Some(executions),
        Reservation::Shared | Reservation::Unknown => None,
    };
    let step = step(format!("Reserve no concurrency for {function}"), region, reserve(function, Some(0)));
    let about = About::Function { name: function.to_owned() };
    body.steps.push(
        step.expecting(region, about, Wants::Reserved(Some(0)), RESERVED_WITHIN_S)
            .undone_by(region, reserve(function, before)),
    );
    body.caution("what runs now runs to its end; only new work is held");
    body.caution("Lambda keeps asynchronous work that is held for at most 6 hours, and then drops it");
    Ok(())
}

fn release(work: &mut Work<'_>, body: &mut Body, region: &RegionId, function: &str) -> Try<()> {
    if reserved(work, region, function)? != Reservation::Held(0) {
        return out("it is not paused");
    }
    let before = work.desk.reserved_before.get(&(region.clone(), function.to_owned()));
    if before.is_none() {
        body.caution(format!(
            "the record does not know what was reserved for {function} before: it will share the account's concurrency"
        ));
    }
    let before = before.copied().flatten().filter(|executions| *executions > 0);
    let says = match before {
        Some(executions) => format!("Reserve {executions} for {function} again, as before"),
        None => format!("Release the concurrency of {function}"),
    };
    let about = About::Function { name: function.to_owned() };
    let step = step(says, region, reserve(function, before));
    body.steps.push(
        step.expecting(region, about, Wants::Reserved(before), RESERVED_WITHIN_S)
            .undone_by(region, reserve(function, Some(0))),
    );
    body.caution("work that waited is taken up at once");
    Ok(())
}

/// Stops an instance.
pub(super) fn stop(work: &mut Work<'_>, body: &mut Body, region: &RegionId, id: &str) -> Try<()> {
    match work.instance(region, id)?.0 {
        InstanceState::Running | InstanceState::Pending => {}
        InstanceState::Stopping | InstanceState::Stopped => return out(format!("{id} is stopped already")),
        InstanceState::ShuttingDown | InstanceState::Terminated => return out(format!("{id} is gone")),
    }
    let instance = id.to_owned();
    let about = About::Instance { id: instance.clone() };
    let step = step(format!("Stop {id}"), region, ControlCall::StopInstance { instance: instance.clone() });
    body.steps.push(
        step.expecting(region, about, Wants::State(InstanceState::Stopped), STOPPED_WITHIN_S)
            .undone_by(region, ControlCall::StartInstance { instance }),
    );
    body.caution("what runs on the instance is cut off; its instance store is lost, and its public address may change");
    body.caution("a stopped instance still costs its disks");
    Ok(())
}

/// Starts an instance.
pub(super) fn start(work: &mut Work<'_>, body: &mut Body, region: &RegionId, id: &str) -> Try<()> {
    match work.instance(region, id)?.0 {
        InstanceState::Stopped => {}
        InstanceState::Running | InstanceState::Pending => return out(format!("{id} runs already")),
        InstanceState::Stopping => return out(format!("{id} is stopping: order it again when it has")),
        InstanceState::ShuttingDown | InstanceState::Terminated => return out(format!("{id} is gone")),
    }
    let instance = id.to_owned();
    let about = About::Instance { id: instance.clone() };
    let step = step(format!("Start {id}"), region, ControlCall::StartInstance { instance: instance.clone() });
    let step = step.expecting(region, about, Wants::State(InstanceState::Running), RUNNING_WITHIN_S);
    body.steps.push(step.undone_by(region, ControlCall::StopInstance { instance }));
    Ok(())
}
