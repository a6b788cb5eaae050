//! Objects, items, and log events that are put.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{World, listed, taken, wrong};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::scenario::Scenario;
use crate::cloud::sim::world::time;
use crate::model::{AgentEvent, AgentKey, LineKind, LogLine, OnlyIf, Refusal, Stored};

/// The longest event that CloudWatch Logs takes, bytes.
const LONGEST_EVENT: usize = 256 * 1024;
/// The most of an object that is looked at, bytes.
const MOST_BODY: usize = 64 * 1024;

/// An event that was put.
#[derive(Clone, Debug)]
struct Put {
    region: usize,
    group: String,
    /// When it was taken in, and the time it bears.
    taken: Ms,
    at: Ms,
    text: String,
}

#[derive(Debug)]
pub(super) struct Stores {
    /// The region of each bucket.
    buckets: BTreeMap<String, usize>,
    objects: BTreeMap<(String, String), (String, Ms)>,
    /// By table and key. Tables are global: every region sees the same.
    items: BTreeMap<(String, String), BTreeMap<String, String>>,
    events: Vec<Put>,
}

fn etag(body: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(body).into();
    let half = hash.iter().take(16).fold(0u128, |sum, byte| sum << 8 | u128::from(*byte));
    format!("\"{half:032x}\"")
}

impl Stores {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let setup = &scenario.failover;
        let mut buckets: BTreeMap<String, usize> = setup.buckets.iter().map(|name| (name.clone(), 0)).collect();
        let standby = 1.min(scenario.region.len() - 1);
        buckets.insert(setup.marker().0.to_owned(), standby);
        Self { buckets, objects: BTreeMap::new(), items: BTreeMap::new(), events: Vec::new() }
    }
}

impl World {
    /// Whether the object is there that fails over.
    pub(super) fn marker_is_there(&self) -> bool {
        let (bucket, key) = self.scenario.failover.marker();
        self.changes.stores.objects.contains_key(&(bucket.to_owned(), key.to_owned()))
    }

    fn bucket(&self, region: usize, bucket: &str) -> Result<(), Refusal> {
        match self.changes.stores.buckets.get(bucket) {
            Some(home) if *home == region => Ok(()),
            Some(home) => {
                let (home, asked) = (&self.regions[*home], &self.regions[region]);
                Err(wrong(format!("s3: the bucket {bucket} lies in {home}, not in {asked}: ask there")))
            }
            None => {
                let names = listed(self.changes.stores.buckets.keys());
                Err(wrong(format!("s3: no bucket {}: {names}", clean::line(bucket))))
            }
        }
    }

    /// An object.
    pub(super) fn object(&self, region: usize, bucket: &str, key: &str) -> Result<Option<Stored>, Refusal> {
        self.bucket(region, bucket)?;
        let found = self.changes.stores.objects.get(&(bucket.to_owned(), key.to_owned()));
        Ok(found.map(|(body, at)| {
            let mut end = body.len().min(MOST_BODY);
            while !body.is_char_boundary(end) {
                end -= 1;
            }
            Stored { version: etag(body), body: body[..end].to_owned(), at: Some(time(*at)) }
        }))
    }

    /// Writes an object. Returns its version.
    pub(super) fn put_object(
        &mut self,
        region: usize,
        bucket: &str,
        key: &str,
        body: &str,
        only_if: &OnlyIf,
        now: Ms,
    ) -> Result<String, Refusal> {
        self.bucket(region, bucket)?;
        if key.is_empty() || key.len() > 1_024 {
            return Err(wrong(format!("s3: a key in {bucket} has 1 to 1024 bytes")));
        }
        let place = (bucket.to_owned(), key.to_owned());
        let old = self.changes.stores.objects.get(&place).map(|(body, _)| etag(body));
        let said = clean::line(key);
        match (only_if, old) {
            (OnlyIf::Absent, Some(_)) => return Err(taken(format!("s3: s3://{bucket}/{said} is there already"))),
            (OnlyIf::Version(version), Some(old)) if *version != old => {
                return Err(taken(format!("s3: s3://{bucket}/{said} was written since it was read")));
            }
            (OnlyIf::Version(_), None) => {
                return Err(taken(format!("s3: s3://{bucket}/{said} was deleted since it was read")));
            }
            _ => {}
        }
        self.changes.stores.objects.insert(place, (body.to_owned(), now));
        Ok(etag(body))
    }

    /// Deletes an object, if it is there.
    pub(super) fn delete_object(&mut self, region: usize, bucket: &str, key: &str) -> Result<(), Refusal> {
        self.bucket(region, bucket)?;
        self.changes.stores.objects.remove(&(bucket.to_owned(), key.to_owned()));
        Ok(())
    }

    /// The key of an item in a table.
    fn key(&self, table: &str, item: &BTreeMap<String, String>) -> Result<(String, String), Refusal> {
        let setup = &self.scenario.failover;
        let attributes: &[&str] = if *table == setup.lock_table {
            &["id"]
        } else if *table == setup.state_table {
            &["session_id", "agent_id"]
        } else {
            let names = listed([&setup.state_table, &setup.lock_table]);
            return Err(wrong(format!("dynamodb: no table {}: {names}", clean::line(table))));
        };
        let parts: Option<Vec<&str>> = attributes.iter().map(|name| item.get(*name).map(String::as_str)).collect();
        let parts = parts.ok_or_else(|| {
            wrong(format!("dynamodb: the key of {table} is {}, and the item lacks it", attributes.join(" and ")))
        })?;
        Ok((table.to_owned(), parts.join("/")))
    }

    /// An item of a table by its key.
    pub(super) fn item(&self, table: &str, id: &str) -> Result<Option<BTreeMap<String, String>>, Refusal> {
        let setup = &self.scenario.failover;
        if table != setup.lock_table && table != setup.state_table {
            self.key(table, &BTreeMap::new())?;
        }
        Ok(self.changes.stores.items.get(&(table.to_owned(), id.to_owned())).cloned())
    }

    /// What the table of session states says an agent is to do: a put item, else what it was last told in truth.
    pub(super) fn state(&self, table: &str, agent: &AgentKey, now: Ms) -> Result<Option<String>, Refusal> {
        let key = [("session_id", agent.session.as_str()), ("agent_id", agent.agent.as_str())];
        let key = self.key(table, &key.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        if let Some(item) = self.changes.stores.items.get(&key?) {
            return Ok(item.get("task").map(|task| clean::line(task)));
        }
        let known = self.workers.iter().position(|worker| worker.key == *agent);
        let told = known.and_then(|index| {
            let life = self.workers[index].lives.iter().rev().find(|life| life.from <= now)?;
            let run = self.rhythm(index).newest(life, now.min(life.until()))?;
            Some(self.task_of(index, life, run).to_owned())
        });
        Ok(told)
    }

    /// Writes an item.
    pub(super) fn put_item(
        &mut self,
        table: &str,
        item: &BTreeMap<String, String>,
        only_if: &OnlyIf,
    ) -> Result<(), Refusal> {
        let key = self.key(table, item)?;
        let old = self.changes.stores.items.get(&key);
        let holds = match only_if {
            OnlyIf::Always => true,
            OnlyIf::Absent => old.is_none(),
            OnlyIf::Version(version) => old.and_then(|old| old.get("version")) == Some(version),
        };
        if !holds {
            return Err(taken(format!("dynamodb: {} of {table} is not as it was read", clean::line(&key.1))));
        }
        self.changes.stores.items.insert(key, item.clone());
        Ok(())
    }

    /// Deletes an item that still has this version.
    pub(super) fn delete_item(
        &mut self,
        table: &str,
        key: &BTreeMap<String, String>,
        version: &str,
    ) -> Result<(), Refusal> {
        let key = self.key(table, key)?;
        let old = self.changes.stores.items.get(&key);
        if old.and_then(|old| old.get("version")).is_none_or(|old| old != version) {
            return Err(taken(format!("dynamodb: {} of {table} is not as it was read", clean::line(&key.1))));
        }
        self.changes.stores.items.remove(&key);
        Ok(())
    }

    /// Whether there is a log group of this name in a region.
    pub(super) fn has_group(&self, region: usize, group: &str) -> bool {
        group == self.scenario.failover.record_group
            || self.log_groups(region).iter().any(|known| &*known.name == group)
    }

    /// Puts an event into a log group.
    pub(super) fn put_log_event(
        &mut self,
        region: usize,
        group: &str,
        at_ms: Ms,
        message: &str,
        now: Ms,
    ) -> Result<(), Refusal> {
        if !self.has_group(region, group) {
            let names = listed(self.log_groups(region).into_iter().map(|group| group.name));
            let (group, region) = (clean::line(group), &self.regions[region]);
            return Err(wrong(format!("logs: no log group {group} in {region}: {names}")));
        }
        if message.is_empty() || message.len() > LONGEST_EVENT {
            return Err(wrong(format!("logs: an event of {group} has 1 to {LONGEST_EVENT} bytes")));
        }
        if at_ms > now + 2 * 3_600_000 || at_ms < now - 14 * 86_400_000 {
            return Err(wrong(format!("logs: an event of {group} is at most 14 days old, and 2 hours ahead")));
        }
        let text = clean::line(message);
        // What was told of this very moment has been told.
        let put = Put { region, group: group.to_owned(), taken: now + 1, at: at_ms, text };
        self.changes.stores.events.push(put);
        Ok(())
    }

    /// The events of a region that were put after `from` and up to `to`.
    pub(in crate::cloud::sim) fn put_lines(&self, region: usize, from: Ms, to: Ms) -> Vec<LogLine> {
        let events = self.changes.stores.events.iter().enumerate();
        let events = events.filter(|(_, put)| put.region == region && from < put.taken && put.taken <= to);
        let lines = events.map(|(number, put)| {
            let event = AgentEvent::parse(&put.text);
            let of_group = || {
                let mut all = self.in_region(region);
                all.find(|(_, worker)| *worker.group == *put.group).map(|(_, worker)| worker.key.clone())
            };
            LogLine {
                at: time(put.at),
                id: self.chance.control.id(number as u64 | 1 << 61),
                group: put.group.as_str().into(),
                owner: event.as_ref().and_then(AgentEvent::owner).or_else(of_group),
                kind: event.as_ref().map_or(LineKind::Plain, AgentEvent::kind),
                event: event.map(Box::new),
                text: put.text.as_str().into(),
            }
        });
        lines.collect()
    }
}
