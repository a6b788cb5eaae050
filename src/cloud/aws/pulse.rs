//! How old is the oldest message of each queue, and when was one last received? CloudWatch.

use chrono::TimeDelta;

use super::asking::{Asking, locked};
use super::site::Site;
use super::trouble::Trouble;
use super::{queues, series};
use crate::model::{QueuePulse, Sample};

/// How far back a received message is looked for.
const WINDOW: TimeDelta = TimeDelta::hours(3);

/// An age that was measured longer ago says nothing of now. SQS reports every minute, some minutes late.
const AGE_HOLDS: TimeDelta = TimeDelta::minutes(15);

/// The pulse of every queue of the last listing.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<QueuePulse>, Trouble> {
    let known = locked(&site.queues).clone();
    let names = match known {
        Some(names) => names,
        None => queues::ask(asking, site).await?.into_iter().map(|queue| queue.name).collect(),
    };
    let now = asking.now();
    let series = series::read(asking, site, &series::of_queues(&names), now - WINDOW).await?;
    let pulse = |(name, both): (_, &[Vec<Sample>])| {
        let newest = |index: usize| both.get(index).and_then(|samples: &Vec<Sample>| samples.last());
        let received = both.get(1).and_then(|samples| samples.iter().rfind(|sample| sample.value > 0.0));
        QueuePulse {
            name,
            oldest_s: newest(0).filter(|sample| now - sample.at <= AGE_HOLDS).map(|sample| sample.value),
            received: received.map(|sample| sample.at),
        }
    };
    Ok(names.into_iter().zip(series.chunks(2)).map(pulse).collect())
}
