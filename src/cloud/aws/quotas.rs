//! How much of each limit is used? Lambda and CloudWatch; the count of instances is EC2's last answer.

use chrono::TimeDelta;

use super::asking::{Asking, locked};
use super::series::{self, Wanted};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::model::{Quota, Service};

const SETTINGS: Api = Api::new(Service::Lambda, "GetAccountSettings");

/// The default limit of running instances of an account.
const INSTANCES: f64 = 20.0;

/// Lambda reports every minute while functions run, some minutes late.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// The limits that the region tells. How many messages are in flight is told by the queues themselves.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Quota>, Trouble> {
    let mut quotas = Vec::new();
    let running = *locked(&site.running);
    quotas.push(Quota {
        name: "EC2 running instances".into(),
        used: running.map(|count| count as f64),
        limit: INSTANCES,
    });
    let settings = asking.call(SETTINGS, "", site.aws.lambda.get_account_settings().send()).await?;
    let Some(limit) = settings.account_limit().map(|limit| f64::from(limit.concurrent_executions())) else {
        return Ok(quotas);
    };
    let wanted = Wanted::new("AWS/Lambda", "ConcurrentExecutions", None, "Maximum", asking.now() - WINDOW);
    let used = match series::read(asking, site, &[wanted]).await {
        Ok(series) => series.into_iter().flatten().flatten().last().map(|sample| sample.value),
        Err(trouble) => {
            asking.miss(trouble);
            None
        }
    };
    quotas.push(Quota { name: "Lambda concurrent executions".into(), used, limit });
    Ok(quotas)
}
