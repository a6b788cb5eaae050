//! What the emulators answer where it matters to the dashboard; `NOTES.md` says it in words. When a
//! new version of an emulator changes one of these, this fails and the page wants a new look.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat, RecentlyActive, StandardUnit, Statistic,
};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use support::clients::Clients;
use support::seed::seed;
use support::{Emulator, Lab};

/// Two agents, one publishing in seconds; the values of h01 asked with each unit, and its unit.
async fn units(aws: &Clients) -> ([Vec<f64>; 3], Option<StandardUnit>) {
    #[allow(clippy::disallowed_methods)]
    let now = chrono::Utc::now().timestamp();
    let agent = |id: &str| Dimension::builder().name("AgentId").value(id).build();
    for (id, unit, value) in [("h01", StandardUnit::Seconds, 4.0), ("h02", StandardUnit::Milliseconds, 4000.0)] {
        let datum = MetricDatum::builder()
            .metric_name("ExecutionTime")
            .unit(unit)
            .value(value)
            .timestamp(DateTime::from_secs(now - 120))
            .dimensions(agent(id));
        aws.cloudwatch.put_metric_data().namespace("Units").metric_data(datum.build()).send().await.unwrap();
    }
    let query = |id: &str, unit: Option<StandardUnit>| {
        let metric = Metric::builder().namespace("Units").metric_name("ExecutionTime").dimensions(agent("h01")).build();
        let stat = MetricStat::builder().metric(metric).period(60).stat("Average").set_unit(unit).build();
        MetricDataQuery::builder().id(id).metric_stat(stat).build()
    };
    let (start, end) = (DateTime::from_secs(now - 600), DateTime::from_secs(now + 60));
    let told = aws
        .cloudwatch
        .get_metric_data()
        .start_time(start)
        .end_time(end)
        .metric_data_queries(query("a", Some(StandardUnit::Seconds)))
        .metric_data_queries(query("b", Some(StandardUnit::Milliseconds)))
        .metric_data_queries(query("c", None))
        .send()
        .await
        .unwrap();
    let values = |n: usize| told.metric_data_results()[n].values().to_vec();
    let points = aws
        .cloudwatch
        .get_metric_statistics()
        .namespace("Units")
        .metric_name("ExecutionTime")
        .dimensions(agent("h01"))
        .start_time(start)
        .end_time(end)
        .period(60)
        .statistics(Statistic::Average)
        .send()
        .await
        .unwrap();
    let unit = points.datapoints().first().and_then(|point| point.unit().cloned());
    ([values(0), values(1), values(2)], unit)
}

#[tokio::test]
async fn ministack_ignores_the_unit_asked_for_but_tells_it_in_statistics() {
    let aws = Clients::new(&Lab::start().account(), "us-east-1").await;
    let ([seconds, milliseconds, any], unit) = units(&aws).await;
    assert_eq!((seconds, milliseconds, any), (vec![4.0], vec![4.0], vec![4.0]));
    assert_eq!(unit, Some(StandardUnit::Seconds));
}

#[tokio::test]
async fn localemu_selects_by_unit_and_pages_metrics() {
    let Some(account) = Lab::start().account_on_localemu("monitoring") else { return };
    let aws = Clients::new(&account, "us-east-1").await;
    let ([seconds, milliseconds, any], unit) = units(&aws).await;
    assert_eq!((seconds, milliseconds, any), (vec![4.0], vec![], vec![4.0]));
    assert_eq!(unit, Some(StandardUnit::Seconds));

    let data: Vec<MetricDatum> = (0..501)
        .map(|n| {
            let agent = Dimension::builder().name("AgentId").value(format!("h{n}")).build();
            MetricDatum::builder().metric_name("TokensConsumed").value(1.0).dimensions(agent).build()
        })
        .collect();
    aws.cloudwatch.put_metric_data().namespace("Many").set_metric_data(Some(data)).send().await.unwrap();
    let list = aws.cloudwatch.list_metrics().namespace("Many").recently_active(RecentlyActive::Pt3H);
    let mut pages = list.into_paginator().send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().metrics().len());
    }
    assert_eq!(sizes, [500, 1]);
}

/// Five events in two streams, read two at a time: the pages' sizes, and how many differ.
async fn pages_of_events(aws: &Clients) -> (Vec<usize>, usize) {
    #[allow(clippy::disallowed_methods)]
    let now = chrono::Utc::now().timestamp_millis();
    aws.logs.create_log_group().log_group_name("/if/a").send().await.unwrap();
    for stream in ["one", "two"] {
        aws.logs.create_log_stream().log_group_name("/if/a").log_stream_name(stream).send().await.unwrap();
    }
    for n in 0..5 {
        let event = InputLogEvent::builder().timestamp(now - 5000 + n).message(format!("m{n}")).build().unwrap();
        let stream = if n % 2 == 0 { "one" } else { "two" };
        let put = aws.logs.put_log_events().log_group_name("/if/a").log_stream_name(stream);
        put.log_events(event).send().await.unwrap();
    }
    let (mut sizes, mut ids, mut token) = (Vec::new(), std::collections::HashSet::new(), None);
    loop {
        let filter = aws.logs.filter_log_events().log_group_name("/if/a").start_time(now - 5000).limit(2);
        let page = filter.set_next_token(token).send().await.unwrap();
        sizes.push(page.events().len());
        ids.extend(page.events().iter().map(|event| event.event_id().unwrap().to_owned()));
        token = page.next_token;
        if token.is_none() {
            return (sizes, ids.len());
        }
    }
}

#[tokio::test]
async fn ministack_cuts_events_at_the_limit_and_moto_pages_them() {
    let lab = Lab::start();
    let account = lab.account();
    assert_eq!(pages_of_events(&Clients::new(&account, "us-east-1").await).await, (vec![2], 2));
    let account = lab.account();
    account.route("logs", Emulator::Moto);
    assert_eq!(pages_of_events(&Clients::new(&account, "us-east-1").await).await, (vec![2, 2, 1], 5));
}

#[tokio::test]
async fn moto_pages_instances() {
    let account = Lab::start().account();
    account.route("ec2", Emulator::Moto);
    let aws = Clients::new(&account, "us-east-1").await;
    for _ in 0..7 {
        aws.ec2.run_instances().image_id("ami-12345678").min_count(1).max_count(1).send().await.unwrap();
    }
    let mut pages = aws.ec2.describe_instances().max_results(5).into_paginator().send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().reservations().len());
    }
    assert_eq!(sizes, [5, 2]);
}

#[tokio::test]
async fn seeded_costs_come_in_two_pages_for_one_question() {
    use aws_sdk_costexplorer::types::{DateInterval, Granularity, GroupDefinition, GroupDefinitionType, Metric};
    let account = Lab::start().account();
    let seeded = seed(&account).await;
    let aws = Clients::new(&account, "us-east-1").await;
    let period = |start: &str, end: &str| DateInterval::builder().start(start).end(end).build().unwrap();
    let (mut days, mut token) = (Vec::new(), None);
    loop {
        let group = GroupDefinition::builder().r#type(GroupDefinitionType::Dimension).key("SERVICE").build();
        let page = aws
            .costs
            .get_cost_and_usage()
            .time_period(period("2026-10-01", "2026-11-30"))
            .granularity(Granularity::Daily)
            .metrics("UnblendedCost")
            .group_by(group)
            .set_next_page_token(token)
            .send()
            .await
            .unwrap();
        days.extend(page.results_by_time.unwrap_or_default());
        token = page.next_page_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(account.count("ce", "GetCostAndUsage"), 2);
    assert_eq!(days.len(), seeded.costs.daily.len());
    for (told, put) in days.iter().zip(&seeded.costs.daily) {
        assert_eq!(told.time_period().unwrap().start(), put.date.to_string());
        let told: Vec<(String, f64)> = told
            .groups()
            .iter()
            .map(|group| {
                let amount = group.metrics().unwrap()["UnblendedCost"].amount().unwrap();
                (group.keys()[0].clone(), amount.parse().unwrap())
            })
            .collect();
        assert_eq!(told, put.by_service);
    }
    let forecast = aws
        .costs
        .get_cost_forecast()
        .time_period(period("2026-11-23", "2026-12-01"))
        .metric(Metric::UnblendedCost)
        .granularity(Granularity::Monthly)
        .send()
        .await
        .unwrap();
    assert_eq!(forecast.total().unwrap().amount(), Some("444.5"));
    let budgets = aws.budgets.describe_budgets().account_id(account.id()).send().await.unwrap();
    assert_eq!(budgets.budgets()[0].budget_limit().unwrap().amount().parse(), Ok(seeded.costs.budget));
}
