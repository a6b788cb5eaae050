//! A cloud with one bucket and one table, whose conditions hold as those of S3 and DynamoDB do, and which can lose
//! answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use crate::cloud::{Control, Probing, Telling};
use crate::model::{About, ControlCall, Directed, OnlyIf, Probe, Probed, Refusal, RefusalKind, Reply, Stored};

/// What happens to the next change.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// It is done, and the answer is lost.
    DoneUnanswered,
    /// It is not done, and there is no answer.
    LostUnanswered,
    /// It may not be done.
    Denied,
}

#[derive(Debug, Default)]
pub(super) struct Fake {
    pub objects: Mutex<BTreeMap<String, (u64, String)>>,
    pub items: Mutex<BTreeMap<String, BTreeMap<String, String>>>,
    pub fates: Mutex<VecDeque<Fate>>,
}

fn refused(kind: RefusalKind) -> Refusal {
    Refusal { kind, reason: format!("{kind:?}"), request_id: None }
}

impl Fake {
    fn change(&self, call: &ControlCall) -> Result<Reply, Refusal> {
        let is_so = |only_if: &OnlyIf, now: Option<String>| match only_if {
            OnlyIf::Always => true,
            OnlyIf::Absent => now.is_none(),
            OnlyIf::Version(version) => now.as_ref() == Some(version),
        };
        match call {
            ControlCall::PutObject { key, body, only_if, .. } => {
                let mut objects = self.objects.lock().unwrap();
                let now = objects.get(key).map(|(version, _)| *version);
                if !is_so(only_if, now.map(|version| version.to_string())) {
                    return Err(refused(RefusalKind::Taken));
                }
                objects.insert(key.clone(), (now.unwrap_or_default() + 1, body.clone()));
            }
            ControlCall::PutItem { item, only_if, .. } => {
                let mut items = self.items.lock().unwrap();
                if !is_so(only_if, items.get(&item["id"]).map(|item| item["version"].clone())) {
                    return Err(refused(RefusalKind::Taken));
                }
                items.insert(item["id"].clone(), item.clone());
            }
            ControlCall::DeleteItem { key, version, .. } => {
                let mut items = self.items.lock().unwrap();
                if items.get(&key["id"]).map(|item| &item["version"]) != Some(version) {
                    return Err(refused(RefusalKind::Taken));
                }
                items.remove(&key["id"]);
            }
            _ => return Err(refused(RefusalKind::Unsupported)),
        }
        Ok(Reply::default())
    }
}

impl Control for Fake {
    fn control<'a>(&'a self, call: &'a Directed) -> Telling<'a> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let fate = self.fates.lock().unwrap().pop_front();
            match fate {
                None => self.change(&call.call),
                Some(Fate::Denied) => Err(refused(RefusalKind::Denied)),
                Some(Fate::LostUnanswered) => Err(refused(RefusalKind::Unknown)),
                Some(Fate::DoneUnanswered) => {
                    self.change(&call.call)?;
                    Err(refused(RefusalKind::Unknown))
                }
            }
        })
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> Probing<'a> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            match &probe.about {
                About::Object { key, .. } => {
                    let stored = self.objects.lock().unwrap().get(key).cloned();
                    let stored = stored.map(|(version, body)| Stored { version: version.to_string(), body, at: None });
                    Ok(Probed::Object(stored))
                }
                About::Item { id, .. } => Ok(Probed::Item(self.items.lock().unwrap().get(id).cloned())),
                _ => Err(refused(RefusalKind::Unsupported)),
            }
        })
    }
}
