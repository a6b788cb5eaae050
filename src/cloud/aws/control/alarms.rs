//! Alarms: CloudWatch.

use aws_sdk_cloudwatch::types::{AlarmType, ComparisonOperator, Dimension, Statistic};

use super::super::alarms::{self as listed, LIST};
use super::hand::{Change, Look};
use super::of;
use crate::model::{Alarm, AlarmSpec, Refusal, Reply};

pub(super) async fn disable(change: &Change<'_>, alarm: &str) -> Result<Reply, Refusal> {
    let call = change.aws.cloudwatch.disable_alarm_actions().alarm_names(alarm);
    change.done(&of(alarm), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn enable(change: &Change<'_>, alarm: &str) -> Result<Reply, Refusal> {
    let call = change.aws.cloudwatch.enable_alarm_actions().alarm_names(alarm);
    change.done(&of(alarm), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn put(change: &Change<'_>, alarm: &AlarmSpec) -> Result<Reply, Refusal> {
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let dimension = |(name, value): (&String, &String)| Dimension::builder().name(name).value(value).build();
    let call = change
        .aws
        .cloudwatch
        .put_metric_alarm()
        .alarm_name(&alarm.name)
        .alarm_description(&alarm.description)
        .namespace(&alarm.namespace)
        .metric_name(&alarm.metric)
        .set_dimensions(Some(alarm.dimensions.iter().map(dimension).collect()))
        .statistic(Statistic::from(alarm.statistic.as_str()))
        .period(number(alarm.period_s))
        .evaluation_periods(number(alarm.periods))
        .threshold(alarm.threshold)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
        .treat_missing_data(&alarm.missing)
        .set_alarm_actions(Some(alarm.actions.clone()));
    change.done(&of(&alarm.name), call.customize().interceptor(change.witness.clone()).send()).await
}

/// An alarm on a metric or a composite one; `None` where there is no such alarm.
pub(super) async fn alarm(look: &Look<'_>, name: &str) -> Result<Option<Alarm>, Refusal> {
    let call = look
        .site
        .aws
        .cloudwatch
        .describe_alarms()
        .alarm_names(name)
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm);
    let answer = look.ask(LIST, &of(name), call.send()).await?;
    let of_metric = answer.metric_alarms().iter().find_map(listed::of_metric);
    Ok(of_metric.or_else(|| answer.composite_alarms().iter().find_map(listed::composite)))
}
