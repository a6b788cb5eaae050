//! The seeded fabric, read back with the SDK: what each emulator answers, number by number.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::Instant;

use support::Lab;
use support::clients::Clients;
use support::seed::{NAMESPACE, seed};

#[tokio::test]
async fn the_seeded_fabric_reads_back_as_told() {
    let account = Lab::start().account();
    let began = Instant::now();
    let seeded = seed(&account).await;
    println!("seeded in {:?} with {} calls", began.elapsed(), account.calls().len());
    assert_eq!(seeded.agents.len(), 40);
    account.forget_calls();

    for region in seeded.regions {
        let aws = Clients::new(&account, region).await;
        queues(&aws, &seeded).await;
        groups(&aws, &seeded).await;
        alarms(&aws, &seeded).await;
        functions(&aws, &seeded).await;
        instances(&aws, &seeded).await;
    }
    assert_eq!(account.count("logs", "DescribeLogGroups"), 3, "two pages in the east, one in the west");
    assert_eq!(account.count("monitoring", "DescribeAlarms"), 3);
    assert_eq!(account.count("lambda", "ListFunctions"), 3);
}

async fn queues(aws: &Clients, seeded: &support::seed::Seeded) {
    let mut urls = Vec::new();
    let mut pages = aws.sqs.list_queues().queue_name_prefix("if-").max_results(10).into_paginator().send();
    while let Some(page) = pages.next().await {
        urls.extend(page.unwrap().queue_urls.unwrap_or_default());
    }
    let here: Vec<_> = seeded.queues.iter().filter(|queue| queue.region == aws.region).collect();
    assert_eq!(urls.len(), 2 * here.len());
    for queue in here {
        for (name, numbers) in [
            (&queue.name, [queue.visible, queue.in_flight, queue.delayed]),
            (&queue.dead_letter_queue, [queue.dead_letters, 0, 0]),
        ] {
            let url = urls.iter().find(|url| url.ends_with(&format!("/{name}"))).unwrap();
            let all = aws_sdk_sqs::types::QueueAttributeName::All;
            let told = aws.sqs.get_queue_attributes().queue_url(url).attribute_names(all).send().await.unwrap();
            let told = told.attributes().unwrap();
            let read = |name: &str| told[&name.into()].parse::<i64>().unwrap();
            let read = [
                read("ApproximateNumberOfMessages"),
                read("ApproximateNumberOfMessagesNotVisible"),
                read("ApproximateNumberOfMessagesDelayed"),
            ];
            assert_eq!(read, numbers, "{name}");
        }
    }
}

async fn groups(aws: &Clients, seeded: &support::seed::Seeded) {
    let mut names = Vec::new();
    let mut pages = aws.logs.describe_log_groups().log_group_name_prefix("/infrafabric/").into_paginator().send();
    while let Some(page) = pages.next().await {
        names.extend(page.unwrap().log_groups.unwrap_or_default().into_iter().filter_map(|group| group.log_group_name));
    }
    let mut wanted: Vec<_> = seeded.log_groups.iter().filter(|g| g.region == aws.region).map(|g| &g.name).collect();
    wanted.sort();
    assert_eq!(names.iter().collect::<Vec<_>>(), wanted);
    for group in seeded.log_groups.iter().filter(|group| group.region == aws.region) {
        let told = aws.logs.filter_log_events().log_group_name(&group.name).send().await.unwrap();
        let told: Vec<_> = told.events().iter().map(|e| (e.timestamp.unwrap(), e.message.clone().unwrap())).collect();
        let put: Vec<_> = group.lines.iter().map(|line| (line.at_ms, line.message.clone())).collect();
        assert!(told == put, "{}", group.name);
    }
}

async fn alarms(aws: &Clients, seeded: &support::seed::Seeded) {
    let mut told = Vec::new();
    let mut pages = aws.cloudwatch.describe_alarms().max_records(100).into_paginator().send();
    while let Some(page) = pages.next().await {
        told.extend(page.unwrap().metric_alarms.unwrap_or_default());
    }
    let here: Vec<_> = seeded.alarms.iter().filter(|alarm| alarm.region == aws.region).collect();
    assert_eq!(told.len(), here.len());
    for alarm in here {
        let told = told.iter().find(|told| told.alarm_name() == Some(&alarm.name)).unwrap();
        assert_eq!(told.state_value().unwrap().as_str(), alarm.state, "{told:?}");
        if alarm.state == "ALARM" {
            assert_eq!(told.state_reason(), Some(alarm.reason.as_str()), "{told:?}");
        }
    }
    let metrics = aws.cloudwatch.list_metrics().namespace(NAMESPACE).send().await.unwrap();
    let names = |agent: &&support::seed::cast::Agent| agent.region == aws.region && agent.has_metrics;
    let names = seeded.agents.iter().filter(names).map(|agent| if agent.life.end().is_some() { 5 } else { 4 });
    assert_eq!(metrics.metrics().len(), names.sum::<usize>());
}

async fn functions(aws: &Clients, seeded: &support::seed::Seeded) {
    let mut told = Vec::new();
    let mut pages = aws.lambda.list_functions().into_paginator().send();
    while let Some(page) = pages.next().await {
        told.extend(page.unwrap().functions.unwrap_or_default());
    }
    let here: Vec<_> = seeded.functions.iter().filter(|function| function.region == aws.region).collect();
    assert_eq!(told.len(), here.len());
    for function in here.into_iter().filter(|function| function.agent.is_some()) {
        let told = told.iter().find(|told| told.function_name() == Some(&function.name)).unwrap();
        let tags = aws.lambda.list_tags().resource(told.function_arn().unwrap()).send().await.unwrap();
        let (session, agent) = function.agent.as_ref().unwrap();
        assert_eq!(&tags.tags().unwrap()["infrafabric:session"], session);
        assert_eq!(&tags.tags().unwrap()["infrafabric:agent"], agent);
        let held = aws.lambda.get_function_concurrency().function_name(&function.name).send().await.unwrap();
        assert_eq!(held.reserved_concurrent_executions(), function.reserved_concurrency);
    }
    let settings = aws.lambda.get_account_settings().send().await.unwrap();
}

async fn instances(aws: &Clients, seeded: &support::seed::Seeded) {
    let tagged = aws_sdk_ec2::types::Filter::builder().name("tag-key").values("infrafabric:agent").build();
    let told = aws.ec2.describe_instances().filters(tagged).send().await.unwrap();
    let told: Vec<_> = told.reservations().iter().flat_map(|reservation| reservation.instances()).collect();
    let here: Vec<_> = seeded.instances.iter().filter(|i| i.region == aws.region && i.agent.is_some()).collect();
    assert_eq!(told.len(), here.len());
    for instance in here {
        let told = told.iter().find(|told| told.instance_id() == Some(&instance.id)).unwrap();
        let state = told.state().unwrap().name().unwrap().as_str();
        assert_eq!(state, if instance.stopped { "stopped" } else { "running" });
    }
}
