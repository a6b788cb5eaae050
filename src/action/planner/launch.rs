//! A swarm: a new session, and a signed task for each of its agents.

use serde_json::json;

use super::body::{Body, count, step};
use super::work::{Try, Work, out};
use crate::action::{Step, Wants};
use crate::fabric::estimate::SessionLoad;
use crate::model::{About, AgentKey, ControlCall, GroupOwner, Light, Probed, RegionId, Reservation, SessionId};

/// More agents than this are launched in more sessions.
const MOST: u32 = 99;
/// Agents that are started by the bus take their time.
const LIVES_WITHIN_S: u32 = 300;
const QUOTA: &str = "Lambda concurrent executions";
/// The agents of the usual session, for which its logs, reads and writes are counted.
const USUAL: f64 = 10.0;

/// Plans a launch.
pub(super) fn launch(work: &mut Work<'_>, agents: u32, task: &str) -> Try<Body> {
    let task = task.trim();
    if !(1..=MOST).contains(&agents) {
        return out(format!("from 1 to {MOST} agents are wanted; launch more sessions for more"));
    }
    if task.is_empty() {
        return out("there is no task: say what is to be done");
    }
    let Some(region) = work.desk.regions.first().cloned() else {
        return out("no region is known yet: wait until the fabric is connected");
    };
    let way = way(work, &region)?;
    let session = session(work);
    let mut body = Body::default();
    for n in 1..=agents {
        let agent = AgentKey::new(session.clone(), format!("h{n:02}"));
        body.steps.push(one(work, &region, &way, &agent, task)?);
    }
    if let Some((light, evidence)) = quota(work, &region, agents) {
        body.check(format!("quota of {region}"), light, evidence);
    }
    body.title = format!("Launch {} as {session}", count(agents as usize, "agent"));
    body.name = count(agents as usize, "agent");
    body.taken.push(session.to_string());
    body.blast.agents = Some(agents.into());
    body.blast.sessions = Some(1);
    body.blast.messages = Some(if matches!(way, Way::Bus(_)) { agents.into() } else { 0 });
    body.blast.cost = Some(cost(work, agents, &way));
    if let Way::Bus(topic) = &way {
        body.caution(format!("every queue that is subscribed to {topic} without a filter gets all {agents} messages"));
    }
    body.caution("what a run costs in tokens is not known beforehand");
    Ok(body)
}

enum Way {
    /// A function that starts agents, by name.
    Function(String),
    /// The topic of the bus, by ARN.
    Bus(String),
}

/// How sessions are launched here.
fn way(work: &mut Work<'_>, region: &RegionId) -> Try<Way> {
    if let Some(name) = work.desk.orders.launch_function.clone() {
        return match work.look(region, About::Function { name: name.clone() })? {
            Ok(Probed::Function(Some(Reservation::Held(0)))) => {
                out(format!("the function {name} is paused: let it work first"))
            }
            // Whoever may invoke it may not always ask about it.
            Ok(Probed::Function(Some(_))) | Err(_) => Ok(Way::Function(name)),
            Ok(_) => out(format!("the function {name} is not there in {region}: see `launch_function` under [orders]")),
        };
    }
    let name = work.desk.names.bus_topic.clone();
    match work.look(region, About::Topic { name: name.clone() })? {
        Ok(Probed::Topic(Some(arn))) => Ok(Way::Bus(arn.clone())),
        Ok(_) => out(format!(
            "the topic {name} is not there in {region}: see `bus_topic` under [names], or name a `launch_function` \
             under [orders]"
        )),
        Err(refusal) => out(format!("the topic {name} cannot be looked at: {refusal}")),
    }
}

/// A session of its own for each order, by the order's name.
fn session(work: &Work<'_>) -> SessionId {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    SessionId::from(format!("run-{}", work.id.0.chars().map(plain).collect::<String>()))
}

fn one(work: &Work<'_>, region: &RegionId, way: &Way, agent: &AgentKey, task: &str) -> Try<Step> {
    let session = &agent.session;
    // All agents of a session talk in one conversation.
    let conversation = work.conversation(session.as_str());
    let content = json!({ "task": task, "session_id": format!("if://session/{session}") });
    let (body, _) = work.message("request", &agent.agent, &agent.to_string(), &conversation, content)?;
    let (says, call) = match way {
        Way::Function(function) => (
            format!("Invoke {function} for {}", agent.agent),
            ControlCall::InvokeFunction { function: function.clone(), payload: body },
        ),
        Way::Bus(topic) => {
            (format!("Publish the task of {}", agent.agent), ControlCall::Publish { topic: topic.clone(), body })
        }
    };
    let step =
        step(says, region, call).for_good("what was started is paused or left to end, not called back").at_will();
    let about = About::Life { log_group: log_group(work, region, agent), agent: agent.clone(), after: work.at };
    let within = match way {
        Way::Function(_) => work.desk.limits.lambda_timeout_s.max(LIVES_WITHIN_S),
        Way::Bus(_) => LIVES_WITHIN_S,
    };
    Ok(step.expecting(region, about, Wants::Life, within))
}

/// Where its log will lie: where the logs of others do.
fn log_group(work: &Work<'_>, region: &RegionId, agent: &AgentKey) -> String {
    let names = &work.desk.names;
    let groups = work.fabric.groups().get(region).map_or(&[][..], Vec::as_slice);
    let has = |wanted: fn(&GroupOwner) -> bool| groups.iter().any(|group| wanted(&group.owner));
    if has(|owner| matches!(owner, GroupOwner::Shared)) && !has(|owner| matches!(owner, GroupOwner::Agent(_))) {
        return names.log_group.clone();
    }
    format!("{}sessions/{}/agents/{}", names.log_prefix, agent.session, agent.agent)
}

fn quota(work: &Work<'_>, region: &RegionId, agents: u32) -> Option<(Light, String)> {
    let quotas = work.fabric.quotas().get(region)?;
    let quota = quotas.iter().find(|quota| quota.name == QUOTA)?;
    let after = quota.used? + f64::from(agents);
    let light = if after > quota.limit { Light::Red } else { Light::Green };
    Some((light, format!("{after:.0} of {:.0} concurrent executions with these", quota.limit)))
}

fn cost(work: &Work<'_>, agents: u32, way: &Way) -> String {
    let usual = SessionLoad::usual(&work.desk.limits);
    let share = f64::from(agents) / USUAL;
    let load = SessionLoad {
        agents: f64::from(agents),
        gets: usual.gets * share,
        puts: usual.puts * share,
        messages: usual.messages * share,
        publishes: if matches!(way, Way::Bus(_)) { f64::from(agents) } else { 0.0 },
        logs_gb: usual.logs_gb * share,
        ..usual
    };
    let prices = &work.desk.prices;
    let usd = load.estimate(prices).shown();
    let date = &prices.date;
    format!("about ${usd} for a usual run of {}, without tokens (prices of {date})", count(agents as usize, "agent"))
}
