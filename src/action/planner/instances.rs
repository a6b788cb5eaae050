//! Instances: started, stopped, done away with, and new ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::body::{Body, step};
use super::pause;
use super::work::{Try, Work, out};
use crate::action::Wants;
use crate::config::Price;
use crate::model::{About, AgentKey, ControlCall, InstanceState, Light, Probed, RegionId, Status};

const GONE_WITHIN_S: u32 = 600;
const RUNNING_WITHIN_S: u32 = 300;
/// The only class whose price the table holds.
const PRICED: &str = "t3.medium";
/// What the fabric calls the limit of running instances.
const QUOTA: &str = "EC2 running instances";

/// An instance as people say it: by its id.
#[derive(PartialEq, Eq, Hash)]
struct Named<'a>(&'a RegionId, &'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.1)
    }
}

type OnOne = fn(&mut Work<'_>, &mut Body, &RegionId, &str) -> Try<()>;

fn on_each(work: &mut Work<'_>, verb: &str, instances: &[(RegionId, String)], one: OnOne) -> Body {
    let mut body = Body::default();
    let named: Vec<_> = instances.iter().map(|(region, id)| Named(region, id)).collect();
    body.each(work, &named, |work, body, Named(region, id)| one(work, body, region, id));
    body.entitle(verb, "instance");
    let agents = work.fabric.agents().iter();
    let felt: BTreeSet<&AgentKey> = agents
        .filter(|agent| {
            let ids = agent.places.iter().filter_map(|place| place.instance.as_ref());
            ids.into_iter().any(|(id, _)| body.taken.iter().any(|taken| **taken == **id))
        })
        .map(|agent| &agent.key)
        .collect();
    for key in &felt {
        let agent = work.fabric.agent(key).filter(|agent| matches!(agent.status, Status::Working | Status::Starting));
        if let (Some(agent), "Stop" | "Terminate") = (agent, verb) {
            body.caution(format!("{key} is {} on it: what it does now is cut off", agent.status));
        }
    }
    body.blast.agents = Some(felt.len() as u64);
    body.sessions(felt.iter().map(|key| key.session.clone()));
    body
}

/// Plans to start instances.
pub(super) fn start(work: &mut Work<'_>, instances: &[(RegionId, String)]) -> Body {
    on_each(work, "Start", instances, pause::start)
}

/// Plans to stop instances.
pub(super) fn stop(work: &mut Work<'_>, instances: &[(RegionId, String)]) -> Body {
    on_each(work, "Stop", instances, pause::stop)
}

/// Plans to do away with instances.
pub(super) fn terminate(work: &mut Work<'_>, instances: &[(RegionId, String)]) -> Body {
    on_each(work, "Terminate", instances, |work, body, region, id| {
        if matches!(work.instance(region, id)?.0, InstanceState::Terminated | InstanceState::ShuttingDown) {
            return out(format!("{id} is gone already"));
        }
        let about = About::Instance { id: id.to_owned() };
        let call = ControlCall::TerminateInstance { instance: id.to_owned() };
        body.steps.push(
            step(format!("Terminate {id}"), region, call)
                .expecting(region, about, Wants::State(InstanceState::Terminated), GONE_WITHIN_S)
                .for_good("a terminated instance does not come back, and its disks mostly go with it"),
        );
        body.caution("an instance of a group that scales is replaced by another one at once");
        Ok(())
    })
}

/// Plans an instance for an agent.
pub(super) fn provision(work: &mut Work<'_>, agent: &AgentKey, region: &RegionId) -> Try<Body> {
    let Some(template) = work.desk.orders.launch_template.clone() else {
        return out("no launch template is configured: name one as `launch_template` under [orders]");
    };
    let (version, class) = match work.look(region, About::Template { name: template.clone() })? {
        Ok(Probed::Template(Some(found))) => found.clone(),
        Ok(_) => {
            return out(format!("the launch template {template} is not there in {region}: make it, or name another"));
        }
        Err(refusal) => return out(format!("the launch template {template} cannot be looked at: {refusal}")),
    };
    let mut body = Body::default();
    let names = &work.desk.names;
    let role = if agent.agent.is_coordinator() { "coordinator" } else { "agent" };
    let tags: BTreeMap<_, _> = [
        (names.tag_session.clone(), agent.session.to_string()),
        (names.tag_agent.clone(), agent.agent.to_string()),
        (names.tag_role.clone(), role.to_owned()),
    ]
    .into();
    let kind = class.clone().unwrap_or_else(|| "of a class that the template leaves open".to_owned());
    let call = ControlCall::RunInstance { template: template.clone(), token: work.token("instance"), tags };
    body.steps.push(
        step(format!("Run an instance ({kind}) from {template}, version {version}, for {agent}"), region, call)
            // Which one it is, the answer tells: for looking, and for taking it back.
            .expecting(
                region,
                About::Instance { id: String::new() },
                Wants::State(InstanceState::Running),
                RUNNING_WITHIN_S,
            )
            .undone_by(region, ControlCall::TerminateInstance { instance: String::new() }),
    );
    let places = work.fabric.agent(agent).into_iter().flat_map(|agent| &agent.places);
    for (id, state) in places.filter_map(|place| place.instance.as_ref()) {
        if !matches!(state, InstanceState::Terminated | InstanceState::ShuttingDown) {
            body.check(
                format!("{agent} has no instance"),
                Light::Amber,
                format!("it has {id}: both would work for it"),
            );
        }
    }
    quota(work, &mut body, region);
    body.blast.agents = Some(1);
    body.blast.cost = Some(match class.as_deref() {
        Some(PRICED) => {
            format!("${:.4} an hour until it is stopped", work.desk.prices.usd(Price::Ec2T3MediumHour, 1.0))
        }
        _ => format!("what an instance {kind} costs is not in the price table"),
    });
    body.title = format!("Provision an instance for {agent}");
    body.name = agent.to_string();
    body.taken.push(body.name.clone());
    Ok(body)
}

fn quota(work: &Work<'_>, body: &mut Body, region: &RegionId) {
    let quotas = work.fabric.quotas().get(region).into_iter().flatten();
    let Some(quota) = quotas.into_iter().find(|quota| quota.name == QUOTA) else { return };
    let Some(used) = quota.used else { return };
    let light = if used + 1.0 > quota.limit { Light::Amber } else { Light::Green };
    body.check(format!("quota of {region}"), light, format!("{used:.0} of {:.0} instances run", quota.limit));
}
