//! In which unit a metric is published.
//!
//! `GetMetricData` takes a unit and tells none, and an emulator ignores even the one it is given. `GetMetricStatistics`
//! tells the unit of every point, on AWS and elsewhere: it is asked once for each metric, and the unit remembered.

use aws_sdk_cloudwatch::types::{Datapoint, Metric, StandardUnit, Statistic};

use super::asking::Asking;
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::model::{Service, Time};

pub(super) const STATISTICS: Api = Api::new(Service::CloudWatch, "GetMetricStatistics");

/// How many milliseconds one of its units is, by its newest point since `from`. `None` where it has no points.
pub(super) async fn milliseconds(
    asking: &Asking<'_>,
    site: &Site,
    metric: &Metric,
    from: Time,
) -> Result<Option<f64>, Trouble> {
    let question = site
        .aws
        .cloudwatch
        .get_metric_statistics()
        .set_namespace(metric.namespace.clone())
        .set_metric_name(metric.metric_name.clone())
        .set_dimensions(metric.dimensions.clone())
        .start_time(aws_smithy_types::DateTime::from_secs(from.timestamp()))
        .end_time(aws_smithy_types::DateTime::from_secs(asking.now().timestamp() + 60))
        .period(60)
        .statistics(Statistic::Maximum);
    let answer = asking.call(STATISTICS, "", question.send()).await?;
    let newest = answer.datapoints().iter().max_by_key(|point| point.timestamp().map(|at| at.secs()));
    Ok(newest.map(factor))
}

fn factor(point: &Datapoint) -> f64 {
    match point.unit() {
        Some(StandardUnit::Seconds) => 1000.0,
        Some(StandardUnit::Microseconds) => 0.001,
        // Without a unit it is what the agents' logs use too.
        _ => 1.0,
    }
}
