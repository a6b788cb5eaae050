//! Restart: an agent gets its last task once more.
//!
//! Lambda: its function is invoked. A queue: the task is sent to it. EC2: its instance is rebooted, or started. Whoever
//! still works is not given the task a second time.

use serde_json::{Value, json};

use super::body::{Body, count, short, step};
use super::work::{Stop, Try, Work, out};
use crate::action::{Step, Wants};
use crate::config::Price;
use crate::fabric::{Agent, Place};
use crate::model::{
    About, AgentKey, ControlCall, GroupOwner, InstanceState, Kind, LastTask, Light, Probed, QueueKey, Reservation,
    Status,
};

/// More at once would ask more of Lambda and of the logs than an engineer can follow.
const MOST: usize = 100;
/// So long an agent that takes tasks from its queue, or whose instance boots, has time to show that it lives.
const LIVES_WITHIN_S: u32 = 300;
/// Lambda shows its logs so much later.
const LOGS_LATE_S: u32 = 60;

/// Plans a restart.
pub(super) fn restart(work: &mut Work<'_>, agents: &[AgentKey]) -> Body {
    let mut body = Body::default();
    let (now, later) = agents.split_at(agents.len().min(MOST));
    if !later.is_empty() {
        let rest = count(later.len(), "agent");
        body.left_out.push(format!("{rest}: at most {MOST} are restarted at once; order it again for the rest"));
    }
    let is_alone = agents.len() == 1;
    let (mut invoked, mut queues) = (0, 0);
    body.each(work, now, |work, body, key| {
        let agent = known(work, key)?;
        match runs(agent) {
            Some((place, Runs::Function(name))) => {
                not_at_work(body, agent, is_alone)?;
                invoke(work, body, agent, place, name)?;
                invoked += 1;
            }
            Some((place, Runs::Instance(id))) => boot(work, body, agent, place, id)?,
            Some((place, Runs::Queue(name))) => {
                not_at_work(body, agent, is_alone)?;
                send(work, body, agent, place, name)?;
                queues += 1;
            }
            None => return out("neither a function, an instance nor a queue of it is known: nothing can restart it"),
        }
        Ok(())
    });
    body.entitle("Restart", "agent");
    body.blast.agents = Some(body.taken.len() as u64);
    body.blast.queues = Some(queues);
    body.sessions(
        now.iter()
            .filter(|key| body.taken.contains(&key.to_string()))
            .map(|key| key.session.clone())
            .collect::<Vec<_>>(),
    );
    if invoked > 0 {
        let limits = &work.desk.limits;
        let gb_s = f64::from(limits.lambda_memory_mb) / 1024.0 * f64::from(limits.lambda_timeout_s);
        let prices = &work.desk.prices;
        let usd =
            f64::from(invoked) * (prices.usd(Price::LambdaGbSecond, gb_s) + prices.usd(Price::LambdaRequest, 1.0));
        body.blast.cost =
            Some(format!("at most ${usd:.4} of Lambda, and the tokens of {}", count(invoked as usize, "run")));
    }
    body
}

/// The agent, where it is known.
pub(super) fn known<'a>(work: &Work<'a>, key: &AgentKey) -> Try<&'a Agent> {
    work.fabric.agent(key).ok_or_else(|| Stop::Out("no such agent is known: refresh, or check the name".to_owned()))
}

/// What an agent runs on, in one place.
pub(super) enum Runs<'a> {
    /// A function, by name.
    Function(&'a str),
    /// An instance, by id.
    Instance(&'a str),
    /// What takes messages from this queue.
    Queue(&'a str),
}

/// What an agent runs on: in its home, and elsewhere only where its home shows nothing. A copy that waits in a standby
/// region must not be started while the agent works in the primary one.
pub(super) fn runs(agent: &Agent) -> Option<(&Place, Runs<'_>)> {
    agent.home().and_then(runs_at).or_else(|| agent.places.iter().find_map(runs_at))
}

fn runs_at(place: &Place) -> Option<(&Place, Runs<'_>)> {
    let Place { function, instance, queue, .. } = place;
    let runs = function.as_ref().map(|(name, _)| Runs::Function(name));
    let runs = runs.or_else(|| instance.as_ref().map(|(id, _)| Runs::Instance(id)));
    Some((place, runs.or_else(|| queue.as_ref().map(|name| Runs::Queue(name)))?))
}

/// A second run beside one that works would do everything twice. One agent alone can be restarted nevertheless, with a
/// reason; of many it is left out.
fn not_at_work(body: &mut Body, agent: &Agent, is_alone: bool) -> Try<()> {
    let says = match agent.status {
        Status::Working | Status::Starting => format!("it is {}, and would run twice", agent.status),
        Status::Unknown => {
            body.check(format!("{} is not at work", agent.key), Light::Dark, "nothing that could tell of it answers");
            return Ok(());
        }
        Status::Complete => {
            body.caution(format!("{} has completed: it does its task once more", agent.key));
            return Ok(());
        }
        _ => return Ok(()),
    };
    if !is_alone {
        return out(says);
    }
    body.check(format!("{} is not at work", agent.key), Light::Red, says);
    Ok(())
}

/// Where its log lies: its own group, else the one that agents share.
fn log_group(work: &Work<'_>, place: &Place) -> Option<String> {
    let groups = work.fabric.groups().get(&place.region);
    let shared = || groups?.iter().find(|group| group.owner == GroupOwner::Shared).map(|group| group.name.to_string());
    place.group.as_ref().map(ToString::to_string).or_else(shared)
}

impl Step {
    /// The agent must be seen alive after the order, where its log is known.
    fn reviving(self, work: &Work<'_>, body: &mut Body, agent: &AgentKey, place: &Place, within_s: u32) -> Self {
        let Some(log_group) = log_group(work, place) else {
            body.caution(format!("no log group of {agent} is known: that it lives again will not be seen here"));
            return self;
        };
        self.expecting(
            &place.region,
            About::Life { log_group, agent: agent.clone(), after: work.at },
            Wants::Life,
            within_s,
        )
    }
}

fn invoke(work: &mut Work<'_>, body: &mut Body, agent: &Agent, place: &Place, function: &str) -> Try<()> {
    let reserved = match work.look(&place.region, About::Function { name: function.to_owned() }) {
        Ok(Ok(Probed::Function(Some(reserved)))) => Ok(Some(*reserved)),
        Ok(Ok(_)) => return out(format!("its function {function} is not there any more in {}", place.region)),
        // Whoever may invoke a function may not always ask what is reserved for it: then the last listing tells.
        Ok(Err(_)) => Ok(place.function.as_ref().map(|(_, reserved)| *reserved)),
        Err(stop) => Err(stop),
    };
    // Both are asked in one go.
    let task = last_task(work, agent, place);
    if reserved? == Some(Reservation::Held(0)) {
        return out("it is paused: resume it first");
    }
    let task = task?;
    let (payload, _) = work.request(&agent.key, &task)?;
    let says = format!("Invoke {function} with {}", told(&task));
    let within = work.desk.limits.lambda_timeout_s.saturating_add(LOGS_LATE_S);
    let call = ControlCall::InvokeFunction { function: function.to_owned(), payload };
    let step = step(says, &place.region, call).for_good("an invocation cannot be called back");
    let step = step.reviving(work, body, &agent.key, place, within);
    body.steps.push(step);
    dead_letter_stays(body, &agent.key, &task);
    Ok(())
}

fn send(work: &mut Work<'_>, body: &mut Body, agent: &Agent, place: &Place, queue: &str) -> Try<()> {
    let task = last_task(work, agent, place)?;
    let (message, id) = work.request(&agent.key, &task)?;
    let is_fifo = queue.strip_suffix(".fifo").is_some();
    let call = ControlCall::SendMessage {
        queue: queue.to_owned(),
        body: message,
        group: is_fifo.then(|| agent.key.session.to_string()),
        deduplication: is_fifo.then(|| id.to_string()),
    };
    let step = step(format!("Send {} to {queue}", told(&task)), &place.region, call);
    let step = step.for_good("a message that was sent may have been taken already");
    let step = step.reviving(work, body, &agent.key, place, LIVES_WITHIN_S);
    body.steps.push(step);
    let key = QueueKey { region: place.region.clone(), name: queue.into() };
    let waiting = work.fabric.queues().get(&key).and_then(|state| state.queue.visible).unwrap_or_default();
    if waiting > 0 {
        let messages = count(usize::try_from(waiting).unwrap_or(usize::MAX), "message");
        body.caution(format!("{messages} in {queue} stand before the task of {}", agent.key));
    }
    dead_letter_stays(body, &agent.key, &task);
    Ok(())
}

fn boot(work: &mut Work<'_>, body: &mut Body, agent: &Agent, place: &Place, id: &str) -> Try<()> {
    let (state, _) = work.instance(&place.region, id)?;
    let instance = id.to_owned();
    let (says, call) = match state {
        InstanceState::Running => (format!("Reboot {id}"), ControlCall::RebootInstance { instance }),
        InstanceState::Stopped => (format!("Start {id}"), ControlCall::StartInstance { instance }),
        InstanceState::Pending => return out(format!("its instance {id} is starting already")),
        InstanceState::Stopping => return out(format!("its instance {id} is stopping: order it again when it has")),
        InstanceState::ShuttingDown | InstanceState::Terminated => {
            return out(format!("its instance {id} is gone: `:provision` starts another"));
        }
    };
    let step = step(says, &place.region, call).reviving(work, body, &agent.key, place, LIVES_WITHIN_S);
    body.steps.push(if state == InstanceState::Stopped {
        let step = step.undone_by(&place.region, ControlCall::StopInstance { instance: id.to_owned() });
        if step.expect.is_some() {
            step
        } else {
            let about = About::Instance { id: id.to_owned() };
            step.expecting(&place.region, about, Wants::State(InstanceState::Running), LIVES_WITHIN_S)
        }
    } else {
        step
    });
    if state == InstanceState::Running && matches!(agent.status, Status::Working | Status::Starting) {
        body.caution(format!("{} is {}: what it does now is cut off", agent.key, agent.status));
    }
    body.caution("an instance takes up its task by itself when it boots; nothing is sent to it");
    Ok(())
}

/// What the agent was last told to do.
fn last_task(work: &mut Work<'_>, agent: &Agent, place: &Place) -> Try<LastTask> {
    let dead_letters = place.queue.as_ref().and_then(|name| {
        let key = QueueKey { region: place.region.clone(), name: name.clone() };
        work.fabric.queues().get(&key)?.queue.dead_letters_to.as_ref().map(ToString::to_string)
    });
    let about = About::Task {
        agent: agent.key.clone(),
        table: work.desk.orders.state_table.clone(),
        dead_letters,
        log_group: log_group(work, place),
        peek: work.open,
    };
    match work.look(&place.region, about)? {
        Ok(Probed::Task(Some(task))) => Ok(task.clone()),
        Ok(_) => out(
            "its last task is not known: neither the session state, nor a dead letter, nor an agent_start holds it; \
             `:send` gives it a new one",
        ),
        Err(refusal) => out(format!("its last task cannot be read: {refusal}")),
    }
}

impl Work<'_> {
    /// The task as a request to the agent, signed, in the conversation that it came from.
    fn request(&self, agent: &AgentKey, task: &LastTask) -> Try<(String, uuid::Uuid)> {
        let conversation = task.conversation.clone().unwrap_or_else(|| self.conversation(&agent.to_string()));
        // A task that was read as a whole content of a message is that content; anything else is its text.
        let content = match serde_json::from_str::<Value>(&task.task) {
            Ok(Value::Object(content)) if content.contains_key("task") => Value::Object(content),
            _ => json!({ "task": task.task }),
        };
        self.message("request", &agent.agent, &agent.to_string(), &conversation, content)
    }
}

fn told(task: &LastTask) -> String {
    format!("its last task “{}” ({})", short(&task.task, 60), task.source)
}

fn dead_letter_stays(body: &mut Body, agent: &AgentKey, task: &LastTask) {
    if task.source.contains("dead") {
        body.caution(format!(
            "the task of {agent} also stays where it was found, in the dead letters: a redrive would do it again"
        ));
    }
}

/// What a pause or a restart calls the kind that cannot do it.
pub(super) fn kind_word(agent: &Agent) -> &'static str {
    agent.kind().map_or("not known to run anywhere", |kind: Kind| match kind {
        Kind::Lambda => "a function",
        Kind::Ec2 => "an instance",
        Kind::Queue => "known by its queue only",
    })
}
