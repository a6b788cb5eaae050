//! Seeds a fabric of 3 sessions, 2 regions and 40 agents through the real SDK, and tells exactly
//! what it put there.

pub mod cast;
pub mod crowd;
mod money;
mod talk;
mod things;

use std::future::Future;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::stream::{self, StreamExt};

use super::Account;
use super::clients::Clients;
use cast::{Agent, EAST, Life, WEST};
pub use money::DAYS;
pub use talk::{NAMESPACE, odd_lines};

/// One log line as it was put.
#[derive(Clone, Debug)]
pub struct Line {
    pub at_ms: i64,
    pub message: String,
}

/// A log group with its lines in time order; all are in the stream `run-1`.
#[derive(Clone, Debug)]
pub struct LogGroup {
    pub name: String,
    pub region: &'static str,
    pub lines: Vec<Line>,
}

/// A queue with its dead-letter queue.
#[derive(Clone, Debug)]
pub struct Queue {
    pub name: String,
    pub region: &'static str,
    pub visible: i64,
    pub in_flight: i64,
    pub delayed: i64,
    /// As `AWS/SQS ApproximateAgeOfOldestMessage` tells it; `None`: no such datapoint.
    pub oldest_s: Option<i64>,
    pub dead_letter_queue: String,
    /// Visible messages in the dead-letter queue, which has none in flight or delayed.
    pub dead_letters: i64,
}

/// An instance; tagged if it carries an agent.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Known after the seeding.
    pub id: String,
    pub region: &'static str,
    /// Session and agent.
    pub agent: Option<(String, String)>,
    pub stopped: bool,
}

/// A Lambda function; tagged if it carries an agent.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub region: &'static str,
    /// Session and agent.
    pub agent: Option<(String, String)>,
    pub reserved_concurrency: Option<i32>,
}

/// A CloudWatch alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    pub name: String,
    pub region: &'static str,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: &'static str,
    pub reason: String,
}

/// One day's cost.
#[derive(Clone, Debug)]
pub struct Day {
    pub date: NaiveDate,
    /// In the order of the answer.
    pub by_service: Vec<(String, f64)>,
}

impl Day {
    /// Of all services.
    pub fn total(&self) -> f64 {
        self.by_service.iter().map(|(_, usd)| usd).sum()
    }
}

/// What the account costs, in USD.
#[derive(Clone, Debug)]
pub struct Costs {
    /// The last [`DAYS`] days, the oldest first, today last.
    pub daily: Vec<Day>,
    pub month_to_date: f64,
    pub today: f64,
    /// For the whole month.
    pub forecast: f64,
    pub budget: f64,
}

/// Exactly what lies in the account now.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// What all times are relative to.
    pub now: DateTime<Utc>,
    /// The primary first.
    pub regions: [&'static str; 2],
    pub sessions: [&'static str; 3],
    pub agents: Vec<Agent>,
    pub log_groups: Vec<LogGroup>,
    pub queues: Vec<Queue>,
    pub instances: Vec<Instance>,
    pub functions: Vec<Function>,
    pub alarms: Vec<Alarm>,
    pub bucket: String,
    pub objects: Vec<String>,
    pub costs: Costs,
}

impl Seeded {
    /// The agents of a session.
    pub fn session(&self, id: &str) -> impl Iterator<Item = &Agent> {
        self.agents.iter().filter(move |agent| agent.session == id)
    }
}

// The only road to the wall clock in here: all seeded times are relative to it.
#[allow(clippy::disallowed_methods)]
fn wall() -> DateTime<Utc> {
    Utc::now()
}

/// Fills an account that is empty. Takes a few seconds.
pub async fn seed(account: &Account) -> Seeded {
    put(account, plan(account, wall())).await
}

/// Fills an account with four agents of `vega`, two in each region, and what belongs to them: of every kind of thing at
/// least one, and few calls to read them.
pub async fn seed_few(account: &Account) -> Seeded {
    let mut seeded = plan(account, wall());
    seeded.agents.retain(|agent| agent.session == "vega" && ["h01", "h02", "h06", "h07"].contains(&&*agent.id));
    let is_kept = |of: &dyn Fn(&Agent) -> bool| seeded.agents.iter().any(of);
    seeded.log_groups.retain(|group| is_kept(&|agent| agent.log_group() == group.name));
    seeded.queues.retain(|queue| is_kept(&|agent| agent.queue() == queue.name));
    let carries = |who: &Option<(String, String)>| {
        who.as_ref().is_some_and(|(session, id)| is_kept(&|agent| agent.session == session && agent.id == *id))
    };
    seeded.instances.retain(|instance| carries(&instance.agent));
    seeded.functions.retain(|function| carries(&function.agent));
    seeded.alarms.retain(|alarm| alarm.state != "OK");
    seeded.objects = vec!["vega/agents/h01/notes.txt".into()];
    put(account, seeded).await
}

async fn put(account: &Account, mut seeded: Seeded) -> Seeded {
    let now = seeded.now;
    let (east, west) = (Clients::new(account, EAST).await, Clients::new(account, WEST).await);
    money::put_costs(account, &east, &seeded.costs).await;
    things::put_results(&east, &seeded.bucket, &seeded.objects).await;
    for aws in [&east, &west] {
        things::put_instances(aws, &mut seeded.instances).await;
    }
    let seeded_now = &seeded;
    each(&[&east, &west], |aws| async move {
        let queues: Vec<Queue> = seeded_now.queues.iter().filter(|queue| queue.region == aws.region).cloned().collect();
        things::put_queues(aws, account.id(), &queues).await;
        things::put_functions(aws, account.id(), &seeded_now.functions).await;
        things::put_alarms(aws, &seeded_now.alarms).await;
        let here = seeded_now.agents.iter().filter(|agent| agent.region == aws.region);
        let data: Vec<_> = here.flat_map(|agent| talk::metrics(agent, now.timestamp_millis())).collect();
        talk::put_metrics(aws, NAMESPACE, &data).await;
        talk::put_metrics(aws, "AWS/SQS", &things::ages(&queues, now.timestamp_millis())).await;
    })
    .await;
    // Last, and by the time that it is then: an agent that has just started stays so for a minute.
    let late = wall();
    for group in &mut seeded.log_groups {
        let starting = seeded.agents.iter().any(|a| a.life == Life::Starting && a.log_group() == group.name);
        if starting && let Some(agent) = seeded.agents.iter().find(|a| a.log_group() == group.name) {
            group.lines = talk::lines(agent, late.timestamp_millis());
        }
    }
    for aws in [&east, &west] {
        let here: Vec<LogGroup> =
            seeded.log_groups.iter().filter(|group| group.region == aws.region).cloned().collect();
        talk::put_groups(aws, &here).await;
    }
    seeded
}

fn plan(account: &Account, now: DateTime<Utc>) -> Seeded {
    let agents = cast::cast();
    let of = |agent: &Agent| (agent.session.to_owned(), agent.id.clone());
    let mut log_groups = Vec::new();
    for region in [EAST, WEST] {
        let here: Vec<&Agent> = agents.iter().filter(|agent| agent.region == region).collect();
        let groups = talk::groups(&here, now.timestamp_millis(), region == EAST);
        log_groups.extend(groups.into_iter().map(|(name, lines)| LogGroup { name, region, lines }));
    }
    let mut queues: Vec<Queue> = agents.iter().filter(|a| a.has_queue).map(things::queue_of).collect();
    queues.push(things::results_queue(EAST));

    let mut instances: Vec<Instance> = agents
        .iter()
        .filter(|agent| agent.on_instance)
        .map(|agent| Instance {
            id: String::new(),
            region: agent.region,
            agent: Some(of(agent)),
            stopped: agent.life == Life::PausedEc2,
        })
        .collect();
    instances.push(Instance { id: String::new(), region: EAST, agent: None, stopped: false });

    let mut functions: Vec<Function> = agents
        .iter()
        .filter_map(|agent| {
            Some(Function {
                name: agent.function.clone()?,
                region: agent.region,
                agent: Some(of(agent)),
                reserved_concurrency: (agent.life == Life::PausedLambda).then_some(0),
            })
        })
        .collect();
    // Strangers whose names come first, so that ours are on the second page of 50.
    functions.extend((0..55).map(|n| Function {
        name: format!("billing-{n:02}"),
        region: EAST,
        agent: None,
        reserved_concurrency: None,
    }));

    let alarm = |name: String, region, state, reason: &str| Alarm { name, region, state, reason: reason.into() };
    // More than the hundred of one page in us-east-1.
    let mut alarms: Vec<Alarm> = (0..101).map(|n| alarm(format!("if-ok-{n:03}"), EAST, "OK", "all is well")).collect();
    for (n, region) in [(1, EAST), (2, EAST), (3, EAST), (4, WEST)] {
        alarms.push(alarm(format!("if-trouble-{n}"), region, "ALARM", "it \u{1b}[31mburns"));
    }
    alarms.push(alarm("if-unsure".into(), WEST, "INSUFFICIENT_DATA", ""));

    let mut objects = Vec::new();
    for agent in &agents {
        let result = match agent.life {
            Life::Complete => "result.json",
            Life::FailedByLog => "error.json",
            _ => continue,
        };
        objects.push(format!("{}/agents/{}/{result}", agent.session, agent.id));
    }
    Seeded {
        now,
        regions: [EAST, WEST],
        sessions: ["atlas", "orion-2", "vega"],
        agents,
        log_groups,
        queues,
        instances,
        functions,
        alarms,
        bucket: account.bucket(),
        objects,
        costs: money::costs(now),
    }
}

/// Does something for each, sixteen at a time.
async fn each<'a, T, F: Future<Output = ()>>(items: &'a [T], act: impl Fn(&'a T) -> F) {
    stream::iter(items).for_each_concurrent(16, act).await;
}
