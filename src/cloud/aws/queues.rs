//! Which queues, and how full? SQS.
//!
//! It takes a call a queue. Those on the screen and those that hold messages are asked each time, the others by turns;
//! each bears the time at which its counts were told.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde::Deserialize;

use super::asking::{Asking, bounded, locked};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::cloud::turns::Turn;
use crate::config::Names;
use crate::model::{Queue, Service, Time};
use chrono::TimeDelta;

const LIST: Api = Api::new(Service::Sqs, "ListQueues");
pub(super) const ATTRIBUTES: Api = Api::new(Service::Sqs, "GetQueueAttributes");

/// What is asked of a queue.
pub(super) const COUNTS: [Attribute; 4] = [
    Attribute::ApproximateNumberOfMessages,
    Attribute::ApproximateNumberOfMessagesNotVisible,
    Attribute::ApproximateNumberOfMessagesDelayed,
    Attribute::RedrivePolicy,
];

/// SQS lists at most so many, and says that there are more only when told a number.
const PAGE: i32 = 1000;

/// How many queues are asked at once.
const AT_ONCE: usize = 16;

/// How often the screen hears how many queues have been read.
const EVERY: usize = 250;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redrive {
    dead_letter_target_arn: String,
}

/// How often one that is empty is asked.
const EMPTY_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What is known of a queue that was listed, from one answer to the next.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    url: String,
    /// As it was last told, and when it was last asked.
    pub told: Option<Queue>,
    asked: Option<Time>,
    /// When its pulse was last asked.
    pub felt: Option<Time>,
}

impl Seen {
    /// Whether it holds messages, as far as is known.
    pub(super) fn holds_any(&self) -> bool {
        self.told.as_ref().is_none_or(|queue| !queue.is_empty())
    }
}

/// All queues with the fabric's prefix.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Queue>, Trouble> {
    let now = asking.now();
    list(asking, site).await?;
    let all: Vec<(Arc<str>, Seen)> =
        locked(&site.queues).iter().map(|(name, seen)| (name.clone(), seen.clone())).collect();
    let names = &asking.settings.names;
    let ours = all.iter().find(|(name, _)| names.queue_owner(name).is_some()).or(all.first());
    site.note("sqs", ours.map(|(name, _)| (name.to_string(), None)));
    let turn = |(name, seen): &(Arc<str>, Seen)| Turn {
        asked: seen.asked,
        every: if seen.holds_any() || asking.ask.queues.contains(name) { TimeDelta::zero() } else { EMPTY_EVERY },
        on_screen: asking.ask.queues.contains(name),
        units: 1,
    };
    let chosen = asking.choose(ATTRIBUTES, &all.iter().map(turn).collect::<Vec<_>>());
    let (read, all, turns) = (&AtomicUsize::new(0), &all, &chosen.now);
    let asked = (0..turns.len()).map(|n| async move {
        let (name, seen) = &all[turns[n]];
        let told = queue(asking, site, name, &seen.url).await;
        let count = read.fetch_add(1, Ordering::Relaxed) + 1;
        if count.is_multiple_of(EVERY) {
            asking.reading(count);
        }
        (name, told)
    });
    let answers = bounded(AT_ONCE, asked).await;
    let mut known = locked(&site.queues);
    for (name, answer) in answers {
        match answer {
            Ok(None) => {
                known.remove(name);
            }
            Ok(Some(queue)) => {
                if let Some(seen) = known.get_mut(name) {
                    (seen.told, seen.asked) = (Some(Queue { told: Some(now), ..queue }), Some(now));
                }
            }
            // What was told of it before stays, with its age.
            Err(trouble) => asking.miss(trouble),
        }
    }
    asking.wait_for_turn(chosen.waiting, "queues");
    let unknown = |name: &Arc<str>| self::read(&asking.settings.names, name, &HashMap::new());
    Ok(known.iter().map(|(name, seen)| seen.told.clone().unwrap_or_else(|| unknown(name))).collect())
}

async fn list(asking: &Asking<'_>, site: &Site) -> Result<(), Trouble> {
    let size = asking.settings.page_size.unwrap_or(PAGE);
    let list = site.aws.sqs.list_queues().queue_name_prefix(&asking.settings.names.queue_prefix).max_results(size);
    let mut urls: Vec<String> = Vec::new();
    let listing = asking.pages(LIST, list.into_paginator().send(), |page| {
        urls.extend(page.queue_urls.unwrap_or_default());
        urls.len()
    });
    listing.await?;
    let mut known = locked(&site.queues);
    let mut old = std::mem::take(&mut *known);
    for url in urls {
        let name: Arc<str> = clean::line(last(&url, '/')).into();
        let seen = old.remove(&name).unwrap_or(Seen { url: String::new(), told: None, asked: None, felt: None });
        known.insert(name, Seen { url, ..seen });
    }
    if !asking.is_whole() {
        // Of a listing in part, what it lacks may be there all the same.
        known.extend(old);
    }
    Ok(())
}

/// One queue; `None` when it went away since it was listed. What SQS does not tell stays unknown.
async fn queue(asking: &Asking<'_>, site: &Site, name: &str, url: &str) -> Result<Option<Queue>, Trouble> {
    let attributes = site.aws.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(COUNTS.to_vec()));
    match asking.call(ATTRIBUTES, &format!(" of {name}"), attributes.send()).await {
        Ok(answer) => Ok(Some(read(&asking.settings.names, name, &answer.attributes.unwrap_or_default()))),
        Err(trouble) if trouble.is_not_there() => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// A queue as its attributes tell.
pub(super) fn read(names: &Names, name: &str, told: &HashMap<Attribute, String>) -> Queue {
    let count = |attribute: &Attribute| told.get(attribute).and_then(|text| text.parse().ok());
    let redrive = told.get(&Attribute::RedrivePolicy).and_then(|json| serde_json::from_str::<Redrive>(json).ok());
    Queue {
        name: name.into(),
        owner: names.queue_owner(name),
        visible: count(&Attribute::ApproximateNumberOfMessages),
        in_flight: count(&Attribute::ApproximateNumberOfMessagesNotVisible),
        delayed: count(&Attribute::ApproximateNumberOfMessagesDelayed),
        dead_letters_to: redrive.map(|redrive| clean::line(last(&redrive.dead_letter_target_arn, ':')).into()),
        told: None,
    }
}

fn last(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}
