//! What is wanted: an intent, and rows or words, as an order; or why it cannot be one.

use super::super::find;
use super::super::{App, Intent, Only, Pane, Row};
use crate::action::Order;
use crate::config;
use crate::fabric::{Agent, Target};
use crate::model::{AgentKey, Kind, QueueKey, RegionId, Reservation, Status};

/// For so long an alarm is silent, unless another time is given, seconds.
const SILENT_S: i64 = 3600;
/// So many agents are launched at once at most.
const LAUNCHED: u32 = 1000;

/// A thing by its region and name.
pub(super) type Named = (RegionId, String);

/// The first word, and the rest.
fn split(arg: &str) -> (&str, &str) {
    arg.split_once(' ').map_or((arg, ""), |(first, rest)| (first, rest.trim()))
}

/// The items that are not twice in it, in their order.
fn once<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for item in items {
        if !found.contains(&item) {
            found.push(item);
        }
    }
    found
}

/// `only` where it holds for each: the sentence that says so of one, or of all.
pub(super) fn none_left<T: std::fmt::Display>(all: &[T], why: &str) -> String {
    match all {
        [one] => format!("{one} {why}"),
        all => format!("each of the {} {why}", all.len()),
    }
}

impl App {
    /// The order that an intent stands for, for the marked rows, else the selected one, or for what `arg` names; and
    /// why, where `arg` says.
    pub(super) fn wanted(&self, intent: Intent, arg: &str) -> Result<(Order, Option<String>), String> {
        let plain = |order| Ok((order, None));
        match intent {
            Intent::Restart => plain(Order::Restart { agents: self.to_restart(arg)? }),
            Intent::Pause => plain(Order::Pause { agents: self.to_pause(arg, true)? }),
            Intent::Resume => plain(Order::Resume { agents: self.to_pause(arg, false)? }),
            Intent::Redrive => self.redrive(arg).and_then(plain),
            Intent::CancelRedrive => plain(Order::CancelRedrive { queue: self.dead_letters(&self.one_queue(arg)?)? }),
            Intent::Look => plain(Order::Look { queue: self.one_queue(arg)? }),
            Intent::Purge => {
                let queues = self.queues_named(arg)?;
                let is_empty = |key: &QueueKey| {
                    let counts =
                        self.fabric.queues().get(key).map(|state| (state.queue.visible, state.queue.in_flight));
                    counts == Some((Some(0), Some(0)))
                };
                if queues.iter().all(is_empty) {
                    return Err(none_left(&names(&queues), "is empty already"));
                }
                plain(Order::Purge { queues })
            }
            Intent::Silence => self.silence(arg),
            Intent::Unsilence => {
                let alarms = self.alarms_named(arg)?;
                if !alarms.iter().any(|alarm| self.is_silenced(alarm)) {
                    return Err(none_left(&alarm_names(&alarms), "is not silenced"));
                }
                plain(Order::Unsilence { alarms })
            }
            Intent::InstallAlarms => plain(Order::InstallAlarms { region: self.primary()? }),
            Intent::Failover => plain(Order::Failover { to: self.standby(arg)? }),
            Intent::Failback => {
                self.desk.choice.failover.as_ref().ok_or_else(|| self.no_failover())?;
                plain(Order::Failback)
            }
            Intent::RebootDb => {
                let (region, database) = self.database()?;
                plain(Order::RebootDatabase { region, database })
            }
            Intent::ResizeDb => {
                let (region, database) = self.database()?;
                plain(Order::Resize { region, database, class: arg.to_owned() })
            }
            Intent::Promote => {
                let (region, replica) = self.replica(arg)?;
                plain(Order::Promote { region, replica })
            }
            Intent::Launch => {
                let (count, task) = split(arg);
                let agents = count.parse().ok().filter(|n| (1..=LAUNCHED).contains(n));
                let agents = agents.ok_or_else(|| format!("`{count}` is no number of agents: 1 to {LAUNCHED} is"))?;
                if task.is_empty() {
                    return Err("say what their task is: `:launch N TASK`".to_owned());
                }
                plain(Order::Launch { agents, task: task.to_owned() })
            }
            Intent::Provision => {
                let agent = match arg {
                    "" => one(self.agents_of(), "agent")?,
                    arg => named_agent(arg)?,
                };
                let region = self.fabric.agent(&agent).and_then(Agent::region).cloned();
                plain(Order::Provision { agent, region: region.map_or_else(|| self.primary(), Ok)? })
            }
            Intent::Start | Intent::Stop | Intent::Terminate => self.instances(intent, arg).and_then(plain),
            other => Err(format!("`{}` is no order", super::super::intent::spec(other).name)),
        }
    }

    /// The marked rows of the focused pane, else the selected one.
    pub(super) fn rows_meant(&self) -> Vec<Row> {
        let table = self.table(self.focus);
        if table.marks.is_empty() {
            self.selected(self.focus).into_iter().collect()
        } else {
            table.marks.iter().cloned().collect()
        }
    }

    /// What the rows speak of.
    pub(super) fn targets_meant(&self) -> Vec<Target> {
        let target = |row: &Row| match row {
            Row::Agent(key) => Some(Target::Agent(key.clone())),
            Row::Session(id) => Some(Target::Session(id.clone())),
            Row::Queue(key) => Some(Target::Queue(key.clone())),
            Row::Alarm(region, name) => Some(Target::Alarm(region.clone(), name.clone())),
            Row::Region(id) => Some(Target::Region(id.clone())),
            Row::Finding(..) => find::finding(&self.fabric, row).map(|finding| finding.target.clone()),
            Row::Series(_) | Row::Line(..) | Row::Expense(_) | Row::Order(_) | Row::Call(..) => None,
        };
        self.rows_meant().iter().filter_map(target).collect()
    }

    /// The agents that the rows are, or have.
    pub(super) fn agents_of(&self) -> Vec<AgentKey> {
        once(self.targets_meant().into_iter().flat_map(|target| match target {
            Target::Agent(key) => vec![key],
            Target::Session(id) => self.crew(&Only::Session(id)),
            _ => Vec::new(),
        }))
    }

    fn crew(&self, only: &Only) -> Vec<AgentKey> {
        let mut keys: Vec<AgentKey> =
            self.fabric.agents().iter().map(|agent| &agent.key).filter(|key| only.takes(Some(key))).cloned().collect();
        keys.sort();
        keys
    }

    fn agents_named(&self, arg: &str) -> Result<Vec<AgentKey>, String> {
        let keys = if arg.is_empty() { self.agents_of() } else { self.crew(&find::logger(&self.fabric, arg)?) };
        if keys.is_empty() { Err("select an agent or a session first".to_owned()) } else { Ok(keys) }
    }

    /// `failed` means those of a session where one is named, else of the one that the agents are narrowed to, else all.
    fn to_restart(&self, arg: &str) -> Result<Vec<AgentKey>, String> {
        let words = arg.strip_suffix("failed").filter(|rest| rest.is_empty() || rest.ends_with(' ')).map(str::trim);
        let Some(of) = words else { return self.agents_named(arg) };
        let only = match of {
            "" => self.table(Pane::Agents).filter.only.clone(),
            of => Some(Only::Session(find::session(&self.fabric, of)?)),
        };
        let is_meant = |agent: &&Agent| {
            agent.status == Status::Failed && only.as_ref().is_none_or(|only| only.takes(Some(&agent.key)))
        };
        let mut failed: Vec<AgentKey> =
            self.fabric.agents().iter().filter(is_meant).map(|agent| agent.key.clone()).collect();
        failed.sort();
        if failed.is_empty() { Err("no agent has failed".to_owned()) } else { Ok(failed) }
    }

    fn to_pause(&self, arg: &str, pause: bool) -> Result<Vec<AgentKey>, String> {
        let keys = self.agents_named(arg)?;
        let agents = || keys.iter().filter_map(|key| self.fabric.agent(key));
        if agents().all(|agent| !matches!(agent.kind(), Some(Kind::Lambda | Kind::Ec2))) {
            return Err(none_left(&keys, "has no function and no instance that could be held"));
        }
        let is_paused = |agent: &Agent| {
            agent.status == Status::Paused
                || agent.home().and_then(|home| home.function.as_ref()).is_some_and(|f| f.1 == Reservation::Held(0))
        };
        if pause && agents().all(is_paused) {
            return Err(none_left(&keys, "is paused already"));
        }
        if !pause && !agents().any(is_paused) {
            return Err(none_left(&keys, "is not paused"));
        }
        Ok(keys)
    }

    fn queues_named(&self, arg: &str) -> Result<Vec<QueueKey>, String> {
        if !arg.is_empty() {
            return find::queue(&self.fabric, arg).map(|key| vec![key]);
        }
        let keys = once(self.targets_meant().into_iter().filter_map(|target| match target {
            Target::Queue(key) => Some(key),
            _ => None,
        }));
        if keys.is_empty() { Err("select a queue first".to_owned()) } else { Ok(keys) }
    }

    pub(super) fn one_queue(&self, arg: &str) -> Result<QueueKey, String> {
        one(self.queues_named(arg)?, "queue")
    }

    /// The queue itself where it takes dead letters, else the one that takes its.
    fn dead_letters(&self, key: &QueueKey) -> Result<QueueKey, String> {
        let state = self.fabric.queues().get(key).ok_or_else(|| format!("{} is no longer there", key.name))?;
        if state.takes_dead_letters() {
            return Ok(key.clone());
        }
        let to = state.queue.dead_letters_to.clone();
        let key = to.map(|name| QueueKey { region: key.region.clone(), name });
        key.ok_or_else(|| format!("{} is not a dead-letter queue, and has none", state.queue.name))
    }

    fn redrive(&self, arg: &str) -> Result<Order, String> {
        let (name, rate) = split(arg);
        let per_second = match rate {
            "" => self.desk.orders.redrive_per_second,
            rate => {
                let number = rate.trim_end_matches("/s").parse().ok().filter(|n| (1..=500).contains(n));
                Some(number.ok_or_else(|| format!("`{rate}` is no rate: 1 to 500 messages a second is"))?)
            }
        };
        let named = self.queues_named(name)?;
        let queues = named.iter().map(|key| self.dead_letters(key)).collect::<Result<Vec<_>, _>>()?;
        let queues = once(queues);
        let is_empty =
            |key: &QueueKey| self.fabric.queues().get(key).is_some_and(|state| state.queue.visible == Some(0));
        if queues.iter().all(is_empty) {
            return Err(none_left(&names(&queues), "holds no dead letters"));
        }
        Ok(Order::Redrive { queues, per_second })
    }

    fn is_silenced(&self, (region, name): &Named) -> bool {
        let alarms = self.fabric.alarms().get(region).map(Vec::as_slice).unwrap_or_default();
        alarms.iter().any(|alarm| alarm.name == *name && alarm.silenced)
    }

    /// `marked` stands for the rows that are marked.
    fn alarms_named(&self, arg: &str) -> Result<Vec<Named>, String> {
        if !matches!(arg, "" | "marked") {
            return find::alarm(&self.fabric, arg).map(|alarm| vec![alarm]);
        }
        let alarms = once(self.targets_meant().into_iter().filter_map(|target| match target {
            Target::Alarm(region, name) => Some((region, name)),
            _ => None,
        }));
        if alarms.is_empty() { Err("select an alarm first".to_owned()) } else { Ok(alarms) }
    }

    fn silence(&self, arg: &str) -> Result<(Order, Option<String>), String> {
        let (name, rest) = split(arg);
        let (time, reason) = split(rest);
        let (for_s, reason) = match config::duration(time) {
            Some(time) => (time.num_seconds(), reason),
            None => (SILENT_S, rest),
        };
        let alarms = self.alarms_named(name)?;
        if alarms.iter().all(|alarm| self.is_silenced(alarm)) {
            return Err(none_left(&alarm_names(&alarms), "is silenced already"));
        }
        Ok((Order::Silence { alarms, for_s }, (!reason.is_empty()).then(|| reason.to_owned())))
    }

    fn primary(&self) -> Result<RegionId, String> {
        let named = self.desk.regions.first().or(self.fabric.regions().first().map(|region| &region.id));
        named.cloned().ok_or_else(|| "no region is known yet".to_owned())
    }

    pub(super) fn no_failover(&self) -> String {
        format!("no failover is configured: [fabric.{}.failover] says how", self.desk.choice.name)
    }

    /// The region that takes over: the one named or selected, and where that is the primary, the only other one.
    fn standby(&self, arg: &str) -> Result<RegionId, String> {
        self.desk.choice.failover.as_ref().ok_or_else(|| self.no_failover())?;
        let primary = self.primary()?;
        let others: Vec<&RegionId> =
            self.fabric.regions().iter().map(|region| &region.id).filter(|id| **id != primary).collect();
        if !arg.is_empty() {
            let id = find::region(&self.fabric, arg)?;
            if id == primary {
                return Err(format!("{id} is the primary region: name the one that takes over; `:failback` goes back"));
            }
            return Ok(id);
        }
        let selected = self.targets_meant().into_iter().find_map(|target| match target {
            Target::Region(id) => Some(id),
            _ => None,
        });
        match (selected.filter(|id| *id != primary), &others[..]) {
            (Some(id), _) => Ok(id),
            (None, [only]) => Ok((*only).clone()),
            (None, []) => Err("there is no other region to take over".to_owned()),
            (None, _) => Err("select the region that is to take over".to_owned()),
        }
    }

    fn database(&self) -> Result<Named, String> {
        let failover = self.desk.choice.failover.as_ref().and_then(|failover| failover.database.clone());
        let name = failover.or_else(|| self.desk.names.database.clone());
        let name = name.ok_or("no database is configured: `database` under [names] says which")?;
        Ok((self.primary()?, name))
    }

    fn replica(&self, arg: &str) -> Result<Named, String> {
        let known = || {
            let each = self.fabric.replicas().iter();
            each.flat_map(|(region, list)| list.iter().map(move |replica| (region.clone(), replica.name.clone())))
        };
        let configured = self.desk.choice.failover.as_ref().and_then(|failover| failover.replica.clone());
        let named = if arg.is_empty() { configured } else { Some(arg.to_owned()) };
        let standby = || self.fabric.regions().get(1).map(|region| region.id.clone());
        match named {
            Some(name) => match known().find(|(_, other)| *other == name) {
                Some(found) => Ok(found),
                None => standby().map(|region| (region, name)).ok_or_else(|| "there is no standby region".to_owned()),
            },
            None => one(known().collect(), "replica"),
        }
    }
}

fn names(queues: &[QueueKey]) -> Vec<String> {
    queues.iter().map(|key| key.name.to_string()).collect()
}

fn alarm_names(alarms: &[Named]) -> Vec<String> {
    alarms.iter().map(|(_, name)| name.clone()).collect()
}

fn one<T>(mut all: Vec<T>, noun: &str) -> Result<T, String> {
    match (all.pop(), all.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(format!("select one {noun} first, or name it")),
        (Some(_), more) => Err(format!("one {noun} at a time, not {}", more + 1)),
    }
}

fn named_agent(arg: &str) -> Result<AgentKey, String> {
    match arg.split_once('/') {
        Some((session, agent)) if !session.is_empty() && !agent.is_empty() && !arg.contains(char::is_whitespace) => {
            Ok(AgentKey::new(session, agent))
        }
        _ => Err(format!("`{arg}` is no agent: SESSION/AGENT is")),
    }
}
