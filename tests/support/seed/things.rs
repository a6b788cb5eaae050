//! Queues, instances, functions, alarms and results of the seeded fabric.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, MetricDatum, StandardUnit, StateValue, Statistic};
use aws_sdk_ec2::types::{InstanceType, ResourceType, Tag, TagSpecification};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use aws_sdk_sqs::types::QueueAttributeName;

use super::cast::{Agent, Life};
use super::{Alarm, Function, Instance, Queue, each};
use crate::support::clients::Clients;

/// The queue of an agent; its numbers differ from agent to agent.
pub fn queue_of(agent: &Agent) -> Queue {
    let n: i64 = agent.id[1..].parse().unwrap_or(0);
    // A message in flight is a sign of life: only agents that are alive may hold one.
    let in_flight = if agent.life == Life::Working { n % 3 } else { 0 };
    let visible = if agent.life == Life::Complete { 0 } else { n % 4 };
    Queue {
        name: agent.queue(),
        region: agent.region,
        visible,
        in_flight,
        delayed: n % 2,
        // Over the five minutes that make an alarm where three messages wait.
        oldest_s: (visible > 0).then_some(if visible == 3 { 420 } else { 30 }),
        dead_letters: if agent.life == Life::FailedByLog { 3 } else { 0 },
        dead_letter_queue: format!("{}-dlq", agent.queue()),
    }
}

/// The results come back on a FIFO queue with a FIFO dead-letter queue.
pub fn results_queue(region: &'static str) -> Queue {
    Queue {
        name: "if-agent-results.fifo".into(),
        region,
        visible: 3,
        in_flight: 0,
        delayed: 0,
        oldest_s: Some(12),
        dead_letters: 2,
        dead_letter_queue: "if-agent-results-dlq.fifo".into(),
    }
}

/// Makes the queues, dead-letter queues first, and fills them.
pub async fn put_queues(aws: &Clients, account: &str, queues: &[Queue]) {
    each(queues, |queue| async move {
        let dead = create(aws, &queue.dead_letter_queue, None).await;
        let policy = format!(
            r#"{{"deadLetterTargetArn":"arn:aws:sqs:{}:{account}:{}","maxReceiveCount":"3"}}"#,
            queue.region, queue.dead_letter_queue
        );
        let url = create(aws, &queue.name, Some(policy)).await;
        for n in 0..queue.dead_letters {
            send(aws, &dead, n, 0).await;
        }
        for n in 0..queue.in_flight {
            send(aws, &url, n, 0).await;
        }
        let mut taken = 0;
        while taken < queue.in_flight {
            let got = aws.sqs.receive_message().queue_url(&url).max_number_of_messages(10).visibility_timeout(3600);
            let got = got.send().await.expect("messages");
            taken += i64::try_from(got.messages().len()).expect("few");
        }
        for n in 0..queue.visible {
            send(aws, &url, 100 + n, 0).await;
        }
        for n in 0..queue.delayed {
            send(aws, &url, 200 + n, 900).await;
        }
    })
    .await;
}

async fn create(aws: &Clients, name: &str, redrive: Option<String>) -> String {
    let fifo = std::path::Path::new(name).extension().is_some_and(|extension| extension == "fifo");
    let mut queue = aws
        .sqs
        .create_queue()
        .queue_name(name)
        .attributes(QueueAttributeName::VisibilityTimeout, "300")
        .attributes(QueueAttributeName::MessageRetentionPeriod, "1209600");
    if fifo {
        queue = queue.attributes(QueueAttributeName::FifoQueue, "true");
    }
    if let Some(policy) = redrive {
        queue = queue.attributes(QueueAttributeName::RedrivePolicy, policy);
    }
    queue.send().await.expect("a queue").queue_url.expect("its address")
}

async fn send(aws: &Clients, url: &str, n: i64, delay: i32) {
    let mut message = aws.sqs.send_message().queue_url(url).message_body(format!(r#"{{"task":{n}}}"#));
    if url.ends_with(".fifo") {
        message = message.message_group_id("results").message_deduplication_id(format!("m{n}"));
    } else if delay > 0 {
        message = message.delay_seconds(delay);
    }
    message.send().await.expect("a message");
}

/// What `AWS/SQS` says about the age of the oldest message; no emulator says it by itself.
pub fn ages(queues: &[Queue], now_ms: i64) -> Vec<MetricDatum> {
    let datum = |queue: &Queue| {
        Some(
            MetricDatum::builder()
                .metric_name("ApproximateAgeOfOldestMessage")
                .unit(StandardUnit::Seconds)
                .value(queue.oldest_s? as f64)
                .timestamp(DateTime::from_millis(now_ms - 60_000))
                .dimensions(Dimension::builder().name("QueueName").value(&queue.name).build())
                .build(),
        )
    };
    queues.iter().filter_map(datum).collect()
}

/// Starts the tagged instances, and stops those that are to be stopped; tells their ids.
pub async fn put_instances(aws: &Clients, instances: &mut [Instance]) {
    for instance in instances.iter_mut().filter(|instance| instance.region == aws.region) {
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        let mut tags = TagSpecification::builder().resource_type(ResourceType::Instance).tags(tag("Name", "any"));
        if let Some((session, agent)) = &instance.agent {
            tags = tags
                .tags(tag("infrafabric:session", session))
                .tags(tag("infrafabric:agent", agent))
                .tags(tag("infrafabric:role", "worker"));
        }
        let started = aws
            .ec2
            .run_instances()
            .image_id("ami-12345678")
            .instance_type(InstanceType::T3Medium)
            .min_count(1)
            .max_count(1)
            .tag_specifications(tags.build())
            .send()
            .await
            .expect("an instance");
        instance.id = started.instances()[0].instance_id().expect("its id").to_owned();
        if instance.stopped {
            aws.ec2.stop_instances().instance_ids(&instance.id).send().await.expect("a stopped instance");
        }
    }
}

/// An archive with nothing in it: the functions are never called.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Makes the functions of this region.
pub async fn put_functions(aws: &Clients, account: &str, functions: &[Function]) {
    let here: Vec<&Function> = functions.iter().filter(|function| function.region == aws.region).collect();
    each(&here, |function| async move {
        let mut new = aws
            .lambda
            .create_function()
            .function_name(&function.name)
            .runtime(Runtime::Python312)
            .role(format!("arn:aws:iam::{account}:role/lambda"))
            .handler("main.handler")
            .memory_size(512)
            .timeout(300)
            .code(FunctionCode::builder().zip_file(Blob::new(EMPTY_ZIP)).build());
        if let Some((session, agent)) = &function.agent {
            new = new.tags("infrafabric:session", session).tags("infrafabric:agent", agent);
        }
        new.send().await.expect("a function");
        if let Some(reserved) = function.reserved_concurrency {
            let hold = aws.lambda.put_function_concurrency().function_name(&function.name);
            hold.reserved_concurrent_executions(reserved).send().await.expect("its concurrency");
        }
    })
    .await;
}

/// Makes the alarms of this region in the state they are to have.
///
/// Their metric gets no data: an emulator evaluates an alarm whenever its metric does.
pub async fn put_alarms(aws: &Clients, alarms: &[Alarm]) {
    let here: Vec<&Alarm> = alarms.iter().filter(|alarm| alarm.region == aws.region).collect();
    each(&here, |alarm| async move {
        aws.cloudwatch
            .put_metric_alarm()
            .alarm_name(&alarm.name)
            .namespace("InfraFabric/Alarms")
            .metric_name("Nothing")
            .statistic(Statistic::Average)
            .period(60)
            .evaluation_periods(1)
            .threshold(1.0)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .send()
            .await
            .expect("an alarm");
        if alarm.state != "INSUFFICIENT_DATA" {
            let state = aws.cloudwatch.set_alarm_state().alarm_name(&alarm.name);
            let state = state.state_value(StateValue::from(alarm.state)).state_reason(&alarm.reason);
            state.send().await.expect("its state");
        }
    })
    .await;
}

/// Writes the objects, all with the same small body.
pub async fn put_results(aws: &Clients, bucket: &str, keys: &[String]) {
    aws.s3.create_bucket().bucket(bucket).send().await.expect("a bucket");
    each(keys, |key| async move {
        let put = aws.s3.put_object().bucket(bucket).key(key).body(b"{}".to_vec().into());
        put.send().await.expect("an object");
    })
    .await;
}
