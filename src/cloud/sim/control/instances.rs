//! Instances: stopped, started, done away with, new.

use std::collections::BTreeMap;

use super::{World, listed, wrong};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::world::time;
use crate::model::{AgentKey, Instance, InstanceState as State, Kind, Refusal};

/// From the call to the state that was asked for, milliseconds.
const COMES_UP: Ms = 20_000;
const GOES_DOWN: Ms = 20_000;
/// From the state `running` to the agent's first line.
const BOOTS: Ms = 4_000;
/// From a reboot to the agent's first line.
const REBOOTS: Ms = 25_000;
/// EC2 lists what is gone for about an hour.
const LISTED: Ms = 3_600_000;

/// What was done to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Start,
    Stop,
    Terminate,
}

/// An instance that an order started.
#[derive(Clone, Debug)]
struct New {
    region: usize,
    token: String,
    template: String,
    at: Ms,
    instance: Instance,
}

#[derive(Debug, Default)]
pub(super) struct Machines {
    acts: BTreeMap<String, Vec<(Ms, Act)>>,
    new: Vec<New>,
}

impl Machines {
    /// How an instance stands that is in this state if nothing is done to it, and when it was last started.
    fn state(&self, id: &str, untouched: State, at: Ms) -> (State, Option<Ms>, Option<Ms>) {
        let (mut state, mut started, mut gone) = (untouched, None, None);
        for (when, act) in self.acts.get(id).into_iter().flatten() {
            state = match act {
                Act::Start => {
                    started = Some(*when);
                    if at < when + COMES_UP { State::Pending } else { State::Running }
                }
                Act::Stop if at < when + GOES_DOWN => State::Stopping,
                Act::Stop => State::Stopped,
                Act::Terminate if at < when + GOES_DOWN => State::ShuttingDown,
                Act::Terminate => {
                    gone = Some(when + GOES_DOWN);
                    State::Terminated
                }
            };
        }
        (state, started, gone)
    }
}

impl World {
    /// The id of a worker's instance in a region.
    pub(in crate::cloud::sim) fn instance_id(&self, region: usize, index: usize) -> String {
        let home = self.teams[self.workers[index].team].region;
        let place = if region == home { index as u64 } else { index as u64 | (region as u64 + 1) << 40 };
        format!("i-0{:015x}", self.chance.hosts.id(place) >> 4)
    }

    /// A listing as orders have changed it.
    pub(in crate::cloud::sim) fn instances_now(&self, region: usize, mut list: Vec<Instance>, at: Ms) -> Vec<Instance> {
        let machines = &self.changes.machines;
        if machines.acts.is_empty() && machines.new.is_empty() {
            return list;
        }
        for new in machines.new.iter().filter(|new| new.region == region) {
            let state = if at < new.at + COMES_UP { State::Pending } else { State::Running };
            list.push(Instance { state, ..new.instance.clone() });
        }
        list.retain_mut(|instance| {
            let (state, started, gone) = machines.state(&instance.id, instance.state, at);
            instance.state = state;
            instance.launched = started.map(time).or(instance.launched);
            gone.is_none_or(|gone| at < gone + LISTED)
        });
        list
    }

    /// An instance by its id.
    pub(super) fn instance(&self, region: usize, id: &str, at: Ms) -> Option<Instance> {
        self.instances(region, at).into_iter().find(|instance| instance.id == id)
    }

    fn instance_or(&self, region: usize, id: &str, at: Ms) -> Result<Instance, Refusal> {
        self.instance(region, id, at).ok_or_else(|| {
            let names = listed(self.instances(region, at).into_iter().map(|instance| instance.id));
            wrong(format!("ec2: no instance {} in {}: {names}", clean::line(id), self.regions[region]))
        })
    }

    /// The worker that an instance runs.
    fn on_instance(&self, region: usize, instance: &Instance) -> Option<usize> {
        let owner = instance.owner.as_ref()?;
        self.in_region(region).find(|(_, worker)| worker.key == *owner).map(|(index, _)| index)
    }

    pub(super) fn reboot_instance(&mut self, region: usize, id: &str, now: Ms) -> Result<(), Refusal> {
        let instance = self.instance_or(region, id, now)?;
        if instance.state != State::Running {
            return Err(not_while("reboot", &instance));
        }
        if let Some(index) = self.on_instance(region, &instance) {
            self.halt(region, index, now);
            self.wake(region, index, now, now + REBOOTS, None);
        }
        Ok(())
    }

    pub(super) fn start_instance(&mut self, region: usize, id: &str, now: Ms) -> Result<(), Refusal> {
        let instance = self.instance_or(region, id, now)?;
        match instance.state {
            State::Pending | State::Running => return Ok(()),
            State::Stopped => {}
            _ => return Err(not_while("start", &instance)),
        }
        self.act(id, Act::Start, now);
        if let Some(index) = self.on_instance(region, &instance) {
            self.wake(region, index, now, now + COMES_UP + BOOTS, None);
        }
        Ok(())
    }

    pub(super) fn stop_instance(&mut self, region: usize, id: &str, now: Ms) -> Result<(), Refusal> {
        let instance = self.instance_or(region, id, now)?;
        match instance.state {
            State::Stopping | State::Stopped => return Ok(()),
            State::Pending | State::Running => {}
            _ => return Err(not_while("stop", &instance)),
        }
        self.act(id, Act::Stop, now);
        if let Some(index) = self.on_instance(region, &instance) {
            self.halt(region, index, now);
        }
        Ok(())
    }

    pub(super) fn terminate_instance(&mut self, region: usize, id: &str, now: Ms) -> Result<(), Refusal> {
        let instance = self.instance_or(region, id, now)?;
        if matches!(instance.state, State::ShuttingDown | State::Terminated) {
            return Ok(());
        }
        self.act(id, Act::Terminate, now);
        if let Some(index) = self.on_instance(region, &instance) {
            self.halt(region, index, now);
        }
        Ok(())
    }

    fn act(&mut self, id: &str, act: Act, now: Ms) {
        self.changes.machines.acts.entry(id.to_owned()).or_default().push((now, act));
    }

    /// Starts an instance from a launch template. Returns its id.
    pub(super) fn run_instance(
        &mut self,
        region: usize,
        template: &str,
        token: &str,
        tags: &BTreeMap<String, String>,
        now: Ms,
    ) -> Result<String, Refusal> {
        if !self.scenario.failover.templates.iter().any(|known| known == template) {
            let names = listed(&self.scenario.failover.templates);
            let (template, region) = (clean::line(template), &self.regions[region]);
            return Err(wrong(format!("ec2: no launch template {template} in {region}: {names}")));
        }
        let known = self.changes.machines.new.iter().find(|new| new.region == region && new.token == token);
        if let Some(known) = known {
            if known.template != template {
                return Err(wrong(format!("ec2: the token of {} was used for another template", known.instance.id)));
            }
            return Ok(known.instance.id.clone());
        }
        let tag = |name: &str| tags.get(&format!("infrafabric:{name}")).map(|text| clean::line(text));
        let owner = tag("session").zip(tag("agent")).map(|(session, agent)| AgentKey::new(session, agent));
        let instance = Instance {
            id: format!("i-0{:015x}", self.new_id(3) >> 4),
            owner,
            role: tag("role"),
            state: State::Pending,
            class: Some("t3.medium".to_owned()),
            launched: Some(time(now)),
        };
        let id = instance.id.clone();
        if let Some(index) = self.on_instance(region, &instance)
            && self.workers[index].kind != Kind::Lambda
        {
            self.wake(region, index, now, now + COMES_UP + BOOTS, None);
        }
        let (token, template) = (token.to_owned(), template.to_owned());
        self.changes.machines.new.push(New { region, token, template, at: now, instance });
        Ok(id)
    }
}

fn not_while(what: &str, instance: &Instance) -> Refusal {
    let state = match instance.state {
        State::Pending => "pending",
        State::Running => "running",
        State::Stopping => "stopping",
        State::Stopped => "stopped",
        State::ShuttingDown => "shutting down",
        State::Terminated => "terminated",
    };
    wrong(format!("ec2: cannot {what} {} while it is {state}", instance.id))
}
