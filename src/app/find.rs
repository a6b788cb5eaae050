//! Finding a thing by the name that was typed for it.

use std::fmt::{self, Display, Formatter};

use super::{Chart, Only, Row, expenses_of, guess};
use crate::fabric::{Fabric, Finding};
use crate::model::{AgentKey, QueueKey, RegionId, SessionId};

/// So many names are listed in a sentence.
const LISTED: usize = 12;

/// The sentence that says there is no such name, and which there are.
pub(super) fn unknown<'a>(noun: &str, wrong: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = guess::near(wrong, names.clone());
    if !near.is_empty() {
        return format!("There is no {noun} `{wrong}`{near}");
    }
    let mut all: Vec<&str> = names.take(LISTED + 1).collect();
    if all.is_empty() {
        return format!("There is no {noun} `{wrong}`: none is known.");
    }
    let more = if all.len() > LISTED { " …" } else { "." };
    all.truncate(LISTED);
    format!("There is no {noun} `{wrong}`: there is {}{more}", all.join(", "))
}

/// One of a few words.
pub(super) fn word<T: Copy>(typed: &str, noun: &str, all: &[T], word: impl Fn(T) -> &'static str) -> Result<T, String> {
    let exact = all.iter().find(|one| word(**one).eq_ignore_ascii_case(typed));
    exact.copied().ok_or_else(|| unknown(noun, typed, all.iter().map(|one| word(*one))))
}

/// The one that is called so, else the only one of which the name is a part.
fn pick<'a, T: 'a>(
    noun: &str,
    typed: &str,
    all: impl Iterator<Item = &'a T> + Clone,
    is: impl Fn(&T) -> bool,
    name: impl Fn(&T) -> String,
) -> Result<&'a T, String> {
    let listed = |found: &[&T]| {
        let names: Vec<String> = found.iter().take(LISTED).map(|one| name(one)).collect();
        let more = if found.len() > LISTED { " …" } else { "." };
        format!("`{typed}` could be {}{more}", names.join(", "))
    };
    let exact: Vec<&T> = all.clone().filter(|one| is(one)).collect();
    match exact[..] {
        [one] => return Ok(one),
        [] => {}
        _ => return Err(listed(&exact)),
    }
    let low = typed.to_lowercase();
    let part: Vec<&T> = all.clone().filter(|one| name(one).to_lowercase().contains(&low)).collect();
    match part[..] {
        [one] => Ok(one),
        [] => {
            let names: Vec<String> = all.map(&name).collect();
            Err(unknown(noun, typed, names.iter().map(String::as_str)))
        }
        _ => Err(listed(&part)),
    }
}

pub(super) fn agent(fabric: &Fabric, typed: &str) -> Result<AgentKey, String> {
    let keys = fabric.agents().iter().map(|agent| &agent.key);
    if let Some((session, agent)) = typed.split_once('/') {
        let key = AgentKey::new(session, agent);
        if fabric.agent(&key).is_some() {
            return Ok(key);
        }
    }
    pick("agent", typed, keys, |key| key.agent.as_str() == typed, ToString::to_string).cloned()
}

pub(super) fn session(fabric: &Fabric, typed: &str) -> Result<SessionId, String> {
    pick("session", typed, fabric.sessions().keys(), |id| id.as_str() == typed, ToString::to_string).cloned()
}

pub(super) fn queue(fabric: &Fabric, typed: &str) -> Result<QueueKey, String> {
    let is = |key: &QueueKey| &*key.name == typed || typed == queue_name(key);
    pick("queue", typed, fabric.queues().keys(), is, queue_name).cloned()
}

/// How a queue is named in a command.
pub(super) struct QueueName<'a>(pub(super) &'a QueueKey);

impl Display for QueueName<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.region.as_str())?;
        f.write_str("/")?;
        f.write_str(&self.0.name)
    }
}

pub(super) fn queue_name(key: &QueueKey) -> String {
    QueueName(key).to_string()
}

pub(super) fn region(fabric: &Fabric, typed: &str) -> Result<RegionId, String> {
    let ids = fabric.regions().iter().map(|region| &region.id);
    pick("region", typed, ids, |id| id.as_str() == typed, ToString::to_string).cloned()
}

pub(super) fn alarm(fabric: &Fabric, typed: &str) -> Result<(RegionId, String), String> {
    let each = fabric.alarms().iter();
    let all: Vec<(RegionId, String)> =
        each.flat_map(|(region, list)| list.iter().map(move |alarm| (region.clone(), alarm.name.clone()))).collect();
    let full = |(region, name): &(RegionId, String)| format!("{region}/{name}");
    pick("alarm", typed, all.iter(), |alarm| alarm.1 == typed || full(alarm) == typed, full).cloned()
}

/// An agent or a session.
pub(super) fn logger(fabric: &Fabric, typed: &str) -> Result<Only, String> {
    let named = fabric.sessions().keys().find(|id| id.as_str() == typed);
    if let Some(id) = named {
        return Ok(Only::Session(id.clone()));
    }
    agent(fabric, typed).map(Only::Agent).or_else(|why| session(fabric, typed).map(Only::Session).map_err(|_| why))
}

/// The finding that a row stands for.
pub(super) fn finding<'a>(fabric: &'a Fabric, row: &Row) -> Option<&'a Finding> {
    let Row::Finding(rule, subject, region) = row else { return None };
    fabric.findings().iter().find(|f| f.rule == *rule && f.subject == *subject && f.region == *region)
}

/// Whether what a row stands for is still there, shown or hidden by a filter.
pub(super) fn is_there(fabric: &Fabric, chart: &Chart, row: &Row) -> bool {
    match row {
        Row::Finding(..) => finding(fabric, row).is_some(),
        Row::Session(id) => fabric.sessions().contains_key(id),
        Row::Agent(key) => fabric.agent(key).is_some(),
        Row::Queue(key) => fabric.queues().contains_key(key),
        Row::Series(name) => chart.series.iter().any(|series| series.name == *name),
        Row::Line(at, id) => fabric.logs().find(*at, *id).is_ok(),
        Row::Expense(service) => expenses_of(fabric).iter().any(|expense| expense.service == *service),
        Row::Alarm(region, name) => {
            fabric.alarms().get(region).is_some_and(|alarms| alarms.iter().any(|alarm| alarm.name == *name))
        }
        Row::Region(id) => fabric.regions().iter().any(|region| region.id == *id),
        // The fabric knows nothing of orders, and none is marked.
        Row::Order(_) | Row::Call(..) => true,
    }
}
