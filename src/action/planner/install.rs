//! The CloudWatch alarms behind our rules: each watches what a rule watches, when nobody looks at this screen.

use std::collections::BTreeMap;

use super::body::{Body, count, step};
use super::work::{Work, global};
use crate::action::Wants;
use crate::config::Price;
use crate::model::{About, AlarmSpec, ControlCall, RegionId, Status};

/// More of one kind would cost more than they are worth, and fill the account's list.
const MOST: usize = 50;
const THERE_WITHIN_S: u32 = 60;
/// CloudWatch gets what was spent so often.
const BILLING_PERIOD_S: u32 = 6 * 3600;
/// What the names of all of them begin with.
const PREFIX: &str = "infradeck";
/// What CloudWatch takes as a name.
const NAME_BYTES: usize = 255;

struct Wanted {
    what: &'static str,
    subject: String,
    description: String,
    namespace: String,
    metric: &'static str,
    dimensions: BTreeMap<String, String>,
    statistic: &'static str,
    period_s: u32,
    periods: u32,
    threshold: f64,
}

fn one(name: &str, value: &str) -> BTreeMap<String, String> {
    [(name.to_owned(), value.to_owned())].into()
}

/// Plans to put them in place.
pub(super) fn install(work: &Work<'_>, region: &RegionId) -> Body {
    let mut body = Body { name: region.to_string(), ..Body::default() };
    let families = [error_rates(work, region), ages(work, region), dead_letters(work, region), replicas(work, region)];
    for mut family in families {
        let rest = family.split_off(family.len().min(MOST));
        if let Some(first) = rest.first() {
            let what = first.what;
            body.left_out
                .push(format!("{} more `{what}` alarms: at most {MOST} of a kind are put in place", rest.len()));
        }
        for wanted in family {
            put(work, &mut body, region, wanted);
        }
    }
    // What was spent is the same everywhere, and told in one region only.
    if work.desk.regions.first().is_none_or(|primary| primary == region) {
        put(work, &mut body, &global(), billing(work));
    }
    let new = body.steps.len();
    let usd = work.desk.prices.usd(Price::AlarmMonth, new as f64);
    body.title = format!("Put {} of {region} in place", count(new, "alarm"));
    body.blast.cost = Some(format!("at most ${usd:.2} a month for {}", count(new, "alarm")));
    body.caution("an alarm of the same name is replaced; this program has no call that removes one");
    body.caution(
        "the error rate of a session is told only where agents also publish `ErrorRate` by `SessionId` alone; \
         an alarm without data stays calm",
    );
    body.caution(
        "what CloudWatch cannot express stays with this program: stuck agents and sessions, and cost anomalies",
    );
    body
}

fn put(work: &Work<'_>, body: &mut Body, region: &RegionId, wanted: Wanted) {
    let mut name = format!("{PREFIX}-{}-{}", wanted.what, wanted.subject);
    while name.len() > NAME_BYTES {
        name.pop();
    }
    let known = work.fabric.alarms().get(region);
    let is_there = known.is_some_and(|alarms| alarms.iter().any(|alarm| alarm.name == name));
    let alarm = AlarmSpec {
        name: name.clone(),
        description: wanted.description,
        namespace: wanted.namespace,
        metric: wanted.metric.to_owned(),
        dimensions: wanted.dimensions,
        statistic: wanted.statistic.to_owned(),
        period_s: wanted.period_s,
        periods: wanted.periods,
        threshold: wanted.threshold,
        missing: "notBreaching".to_owned(),
        actions: actions(work, body, region),
    };
    let says = format!("{} {name}", if is_there { "Replace" } else { "Put" });
    let undo = format!("`aws cloudwatch delete-alarms --alarm-names {name} --region {region}` removes it");
    body.steps.push(
        step(says, region, ControlCall::PutAlarm { alarm })
            .expecting(region, About::Alarm { name }, Wants::Alarm, THERE_WITHIN_S)
            .for_good(undo)
            .at_will(),
    );
}

/// Whom it tells: CloudWatch takes a topic of its own region only.
fn actions(work: &Work<'_>, body: &mut Body, region: &RegionId) -> Vec<String> {
    let Some(topic) = &work.desk.orders.alarm_topic else {
        body.caution("`alarm_topic` under [orders] names no topic: the alarms show on screens, and tell no one");
        return Vec::new();
    };
    if topic.split(':').nth(3) == Some(region.as_str()) {
        return vec![topic.clone()];
    }
    body.caution(format!("`alarm_topic` is not a topic of {region}: the alarms there tell no one"));
    Vec::new()
}

fn error_rates(work: &Work<'_>, region: &RegionId) -> Vec<Wanted> {
    let rules = work.fabric.rules();
    let window = u32::try_from(rules.error_window.num_seconds()).unwrap_or(300).clamp(60, 86_400) / 60 * 60;
    let sessions = work.fabric.sessions().values();
    let alive = sessions.filter(|session| session.region.as_ref().is_none_or(|home| home == region));
    let wanted = alive.filter(|session| session.status != Status::Complete).map(|session| Wanted {
        what: "error-rate",
        subject: session.id.to_string(),
        description: format!(
            "Agents of {} fail: ErrorRate over {} % (agent failing)",
            session.id, rules.error_rate_pct
        ),
        namespace: work.desk.names.namespace.clone(),
        metric: "ErrorRate",
        dimensions: one("SessionId", session.id.as_str()),
        statistic: "Average",
        period_s: window,
        periods: 1,
        threshold: rules.error_rate_pct,
    });
    wanted.collect()
}

fn of_queues(work: &Work<'_>, region: &RegionId, dead: bool, wanted: impl Fn(&str) -> Wanted) -> Vec<Wanted> {
    let queues = work.fabric.queues().iter();
    let here = queues.filter(|(key, state)| key.region == *region && state.takes_dead_letters() == dead);
    here.map(|(key, _)| wanted(&key.name)).collect()
}

fn ages(work: &Work<'_>, region: &RegionId) -> Vec<Wanted> {
    let limit = work.fabric.rules().queue_oldest.num_seconds();
    of_queues(work, region, false, |queue| Wanted {
        what: "oldest",
        subject: queue.to_owned(),
        description: format!("Work waits in {queue}: its oldest message is older than {limit} s (queue)"),
        namespace: "AWS/SQS".to_owned(),
        metric: "ApproximateAgeOfOldestMessage",
        dimensions: one("QueueName", queue),
        statistic: "Maximum",
        period_s: 60,
        periods: 2,
        threshold: limit as f64,
    })
}

fn dead_letters(work: &Work<'_>, region: &RegionId) -> Vec<Wanted> {
    of_queues(work, region, true, |queue| Wanted {
        what: "dead",
        subject: queue.to_owned(),
        description: format!("There are dead letters in {queue} (queue)"),
        namespace: "AWS/SQS".to_owned(),
        metric: "ApproximateNumberOfMessagesVisible",
        dimensions: one("QueueName", queue),
        statistic: "Maximum",
        period_s: 60,
        periods: 1,
        threshold: 0.0,
    })
}

fn replicas(work: &Work<'_>, region: &RegionId) -> Vec<Wanted> {
    let limit = work.fabric.rules().replica_lag_s;
    let replicas = work.fabric.replicas().get(region).into_iter().flatten();
    let wanted = replicas.map(|replica| Wanted {
        what: "replica-lag",
        subject: replica.name.clone(),
        description: format!("{} is more than {limit} s behind (replica)", replica.name),
        namespace: "AWS/RDS".to_owned(),
        metric: "ReplicaLag",
        dimensions: one("DBInstanceIdentifier", &replica.name),
        statistic: "Average",
        period_s: 60,
        periods: 5,
        threshold: limit,
    });
    wanted.collect()
}

fn billing(work: &Work<'_>) -> Wanted {
    let limit = work.fabric.rules().cost_alert_usd;
    Wanted {
        what: "billing",
        subject: work.desk.choice.name.to_string(),
        description: format!("The month costs more than ${limit:.2} (budget)"),
        namespace: "AWS/Billing".to_owned(),
        metric: "EstimatedCharges",
        dimensions: one("Currency", "USD"),
        statistic: "Maximum",
        period_s: BILLING_PERIOD_S,
        periods: 1,
        threshold: limit,
    }
}
