//! Series of CloudWatch metrics: which there are, and what they measured.

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, RecentlyActive, StatusCode};
use chrono::{DurationRound, TimeDelta};

use super::asking::{Asking, bounded, time};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::model::{Sample, Service, Time};

const LIST: Api = Api::new(Service::CloudWatch, "ListMetrics");
pub(super) const DATA: Api = Api::new(Service::CloudWatch, "GetMetricData");

/// CloudWatch takes at most so many series a call. At one point a minute over three hours they stay under its other
/// limit, 100,800 points a call.
const A_CALL: usize = 500;

/// How many such calls are made at once; CloudWatch allows 50 a second.
const AT_ONCE: usize = 4;

/// One series to ask for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The metric.
    pub metric: Metric,
    /// `Sum`, `Maximum` …
    pub stat: &'static str,
    /// From when on.
    pub from: Time,
}

impl Wanted {
    /// A metric with one dimension, or none.
    pub(super) fn new(
        namespace: &str,
        name: &str,
        dimension: Option<(&str, &str)>,
        stat: &'static str,
        from: Time,
    ) -> Self {
        let dimension = dimension.map(|(name, value)| Dimension::builder().name(name).value(value).build());
        let metric = Metric::builder().namespace(namespace).metric_name(name);
        Self { metric: metric.set_dimensions(dimension.map(|one| vec![one])).build(), stat, from }
    }
}

/// All metrics of a namespace, or those of one name, that got data in the last three hours.
pub(super) async fn list(
    asking: &Asking<'_>,
    site: &Site,
    namespace: &str,
    name: Option<&str>,
) -> Result<Vec<Metric>, Trouble> {
    let pages = site
        .aws
        .cloudwatch
        .list_metrics()
        .namespace(namespace)
        .set_metric_name(name.map(str::to_owned))
        .recently_active(RecentlyActive::Pt3H)
        .into_paginator()
        .send();
    let mut metrics = Vec::new();
    let answer = asking.pages(LIST, pages, |page| {
        metrics.extend(page.metrics.unwrap_or_default());
        metrics.len()
    });
    answer.await?;
    Ok(metrics)
}

/// What each of the series measured up to now, minute by minute, oldest first; in the order of `wanted`. `None` for a
/// series that could not be read, and that is noted. Series that are asked for much the same time are best neighbours.
///
/// # Errors
///
/// The trouble, when nothing could be read.
pub(super) async fn read(
    asking: &Asking<'_>,
    site: &Site,
    wanted: &[Wanted],
) -> Result<Vec<Option<Vec<Sample>>>, Trouble> {
    // Whole minutes, since some count the periods from the start and not from the hour. The end is exclusive, and the
    // minute that is still running counts.
    let minute = TimeDelta::minutes(1);
    let whole = |at: Time| at.duration_trunc(minute).unwrap_or(at);
    let end = whole(asking.now()) + minute;
    let size = asking.settings.page_size.and_then(|size| usize::try_from(size).ok()).unwrap_or(A_CALL);
    let size = size.clamp(1, A_CALL);
    let mut series = vec![None; wanted.len()];
    let count = wanted.len().div_ceil(size);
    let chunks = (0..count).map(|n| {
        let part = &wanted[n * size..wanted.len().min((n + 1) * size)];
        let start = part.iter().map(|wanted| whole(wanted.from)).min().unwrap_or(end);
        chunk(asking, site, n * size, part, start, end)
    });
    let parts = bounded(AT_ONCE, chunks).await;
    let mut failed = Vec::new();
    for part in parts {
        match part {
            Ok(found) => {
                for (index, samples) in found {
                    if let Some(slot) = series.get_mut(index) {
                        *slot = Some(samples);
                    }
                }
            }
            Err(trouble) => failed.push(trouble),
        }
    }
    if failed.len() == count
        && let Some(trouble) = failed.pop()
    {
        return Err(trouble);
    }
    for trouble in failed {
        asking.miss(trouble);
    }
    Ok(series)
}

async fn chunk(
    asking: &Asking<'_>,
    site: &Site,
    first: usize,
    wanted: &[Wanted],
    start: Time,
    end: Time,
) -> Result<Vec<(usize, Vec<Sample>)>, Trouble> {
    let queries = wanted.iter().enumerate().map(|(n, wanted)| {
        let stat = MetricStat::builder().metric(wanted.metric.clone()).period(60).stat(wanted.stat).build();
        MetricDataQuery::builder().id(format!("m{n}")).metric_stat(stat).return_data(true).build()
    });
    let pages = site
        .aws
        .cloudwatch
        .get_metric_data()
        .start_time(aws_smithy_types::DateTime::from_secs(start.timestamp()))
        .end_time(aws_smithy_types::DateTime::from_secs(end.timestamp()))
        .set_metric_data_queries(Some(queries.collect()))
        .into_paginator()
        .send();
    let mut found: Vec<Vec<Sample>> = vec![Vec::new(); wanted.len()];
    let answer = asking.billed_pages(DATA, wanted.len(), pages, |page| {
        for result in page.metric_data_results() {
            let index = result.id().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
            let Some(samples) = index.and_then(|index| found.get_mut(index)) else { continue };
            let pairs = result.timestamps().iter().zip(result.values());
            samples.extend(pairs.filter_map(|(at, value)| Some(Sample { at: time(at)?, value: *value })));
            if !matches!(result.status_code(), None | Some(StatusCode::Complete | StatusCode::PartialData)) {
                let said = result.messages().first().and_then(|message| message.value()).unwrap_or("no further word");
                asking.miss_part(&format!("CloudWatch could not read a metric: {}", clean::line(said)));
            }
        }
        first + wanted.len()
    });
    answer.await?;
    // AWS gives the newest first, others the oldest; a point on two pages counts once.
    for samples in &mut found {
        samples.retain(|sample| sample.value.is_finite());
        samples.sort_by_key(|sample| sample.at);
        samples.dedup_by_key(|sample| sample.at);
    }
    Ok(found.into_iter().enumerate().map(|(n, samples)| (first + n, samples)).collect())
}

/// The value of a dimension, cleaned.
pub(super) fn dimension(metric: &Metric, name: &str) -> Option<String> {
    let dimension = metric.dimensions().iter().find(|dimension| dimension.name() == Some(name))?;
    dimension.value().map(clean::line).filter(|value| !value.is_empty())
}
