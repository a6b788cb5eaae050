//! Which queues, and how full? SQS.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use serde::Deserialize;

use super::asking::{Asking, bounded, locked};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::config::Names;
use crate::model::{Queue, Service};

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

/// All queues with the fabric's prefix.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Queue>, Trouble> {
    let size = asking.settings.page_size.unwrap_or(PAGE);
    let list = site.aws.sqs.list_queues().queue_name_prefix(&asking.settings.names.queue_prefix).max_results(size);
    let mut urls: Vec<String> = Vec::new();
    let listing = asking.pages(LIST, list.into_paginator().send(), |page| {
        urls.extend(page.queue_urls.unwrap_or_default());
        urls.len()
    });
    listing.await?;
    let read = AtomicUsize::new(0);
    let asked = (0..urls.len()).map(|n| {
        let (read, url) = (&read, &urls[n]);
        async move {
            let queue = queue(asking, site, url).await;
            let count = read.fetch_add(1, Ordering::Relaxed) + 1;
            if count.is_multiple_of(EVERY) {
                asking.reading(count);
            }
            queue
        }
    });
    let mut queues: Vec<Queue> = bounded(AT_ONCE, asked).await.into_iter().flatten().collect();
    queues.sort_by(|a, b| a.name.cmp(&b.name));
    *locked(&site.queues) = Some(queues.iter().map(|queue| queue.name.clone()).collect());
    Ok(queues)
}

/// One queue; `None` when it went away since it was listed. What SQS does not tell stays unknown.
async fn queue(asking: &Asking<'_>, site: &Site, url: &str) -> Option<Queue> {
    let name = clean::line(last(url, '/'));
    let attributes = site.aws.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(COUNTS.to_vec()));
    let told = match asking.call(ATTRIBUTES, &format!(" of {name}"), attributes.send()).await {
        Ok(answer) => answer.attributes.unwrap_or_default(),
        Err(trouble) if trouble.is_not_there() => return None,
        Err(trouble) => {
            asking.miss(trouble);
            HashMap::new()
        }
    };
    Some(read(&asking.settings.names, &name, &told))
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
    }
}

fn last(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}
