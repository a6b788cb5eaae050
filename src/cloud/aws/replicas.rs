//! How far are the database replicas behind? CloudWatch.

use chrono::TimeDelta;

use super::asking::Asking;
use super::series::{self, Wanted};
use super::site::Site;
use super::trouble::Trouble;
use crate::model::{Replica, Sample};

const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Every database instance of the region that reports `ReplicaLag`.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Replica>, Trouble> {
    let metrics = series::list(asking, site, "AWS/RDS", Some("ReplicaLag")).await?;
    let from = asking.now() - WINDOW;
    let named: Vec<(String, Wanted)> = metrics
        .into_iter()
        .filter(|metric| metric.dimensions().len() == 1)
        .filter_map(|metric| {
            let name = series::dimension(&metric, "DBInstanceIdentifier")?;
            Some((name, Wanted { metric, stat: "Average", from }))
        })
        .collect();
    let wanted: Vec<Wanted> = named.iter().map(|(_, wanted)| wanted.clone()).collect();
    let series = series::read(asking, site, &wanted).await?;
    let replica = |((name, _), samples): ((String, Wanted), Option<Vec<Sample>>)| {
        samples?.last().map(|newest| Replica { name, lag_s: newest.value, at: newest.at })
    };
    Ok(named.into_iter().zip(series).filter_map(replica).collect())
}
