//! Which CloudWatch alarms are there?

use aws_sdk_cloudwatch::types::{AlarmType, CompositeAlarm, MetricAlarm, StateValue};

use super::asking::{Asking, time};
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::cloud::clean;
use crate::model::{Alarm, AlarmState, Service};

pub(super) const LIST: Api = Api::new(Service::CloudWatch, "DescribeAlarms");

/// CloudWatch gives at most so many a page, and half of it unless told.
const PAGE: i32 = 100;

/// All alarms of the region, on metrics and composite.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<Vec<Alarm>, Trouble> {
    let list = site
        .aws
        .cloudwatch
        .describe_alarms()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(asking.settings.page_size.unwrap_or(PAGE));
    let mut alarms = Vec::new();
    let answer = asking.pages(LIST, list.into_paginator().send(), |page| {
        alarms.extend(page.metric_alarms().iter().filter_map(of_metric));
        alarms.extend(page.composite_alarms().iter().filter_map(composite));
        alarms.len()
    });
    answer.await?;
    site.note("cloudwatch", alarms.first().map(|alarm| (format!("alarm:{}", alarm.name), None)));
    Ok(alarms)
}

pub(super) fn of_metric(alarm: &MetricAlarm) -> Option<Alarm> {
    let metric = alarm.metric_name().or_else(|| alarm.metrics().iter().find_map(|query| query.expression()));
    let watches = metric.map(|metric| match alarm.namespace() {
        Some(namespace) => format!("{namespace} {metric}"),
        None => metric.to_owned(),
    });
    Some(Alarm {
        name: clean::line(alarm.alarm_name()?),
        state: state(alarm.state_value())?,
        since: alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp()).and_then(time),
        reason: said(alarm.state_reason()),
        watches: said(watches.as_deref()),
        silenced: alarm.actions_enabled() == Some(false),
    })
}

pub(super) fn composite(alarm: &CompositeAlarm) -> Option<Alarm> {
    Some(Alarm {
        name: clean::line(alarm.alarm_name()?),
        state: state(alarm.state_value())?,
        since: alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp()).and_then(time),
        reason: said(alarm.state_reason()),
        watches: said(alarm.alarm_rule()),
        silenced: alarm.actions_enabled() == Some(false) || alarm.actions_suppressed_by().is_some(),
    })
}

fn state(state: Option<&StateValue>) -> Option<AlarmState> {
    match state? {
        StateValue::Alarm => Some(AlarmState::Alarm),
        StateValue::Ok => Some(AlarmState::Ok),
        StateValue::InsufficientData => Some(AlarmState::InsufficientData),
        _ => None,
    }
}

fn said(text: Option<&str>) -> Option<String> {
    text.map(clean::line).filter(|text| !text.is_empty())
}
