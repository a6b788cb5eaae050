//! What a call did, looked at in the emulator's own state: by clients that know nothing of the program.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use infradeck::cloud::Control;
use infradeck::model::{
    About, AgentKey, AlarmSpec, ControlCall, Directed, OnlyIf, Probe, Probed, Record, RefusalKind, RoutingControl,
};

use crate::contract::{Stage, done, done_in, look, look_in, refused};
use crate::stage::{DEAD_LETTERS, EAST, Emulated, WEST, aws};
use crate::support::{Emulator, Fault, Lab, Match};

fn text(word: &str) -> String {
    word.to_owned()
}

async fn count(stage: &Emulated, queue: &str, attribute: Attribute) -> usize {
    let sqs = &stage.east.sqs;
    let url = sqs.get_queue_url().queue_name(queue).send().await.unwrap().queue_url.unwrap();
    let told = sqs.get_queue_attributes().queue_url(url).attribute_names(attribute.clone()).send().await.unwrap();
    told.attributes.unwrap()[&attribute].parse().unwrap()
}

#[tokio::test]
async fn concurrency_and_invocations() {
    let stage = Emulated::new().await;
    let function = || stage.names().function.clone();
    let reserved = async || {
        let told = stage.east.lambda.get_function_concurrency().function_name(function()).send().await.unwrap();
        told.reserved_concurrent_executions
    };
    done(&stage, ControlCall::ReserveConcurrency { function: function(), executions: 0 }).await;
    assert_eq!(reserved().await, Some(0));
    done(&stage, ControlCall::ReleaseConcurrency { function: function() }).await;
    assert_eq!(reserved().await, None);
    let payload = r#"{"content": {"task": "sweep the yard"}}"#.to_owned();
    done(&stage, ControlCall::InvokeFunction { function: function(), payload }).await;
    assert_eq!(stage.account.count("lambda", "Invoke"), 1);
    for _ in 0..60 {
        let events = stage.east.logs.filter_log_events().log_group_name(&stage.names().log_group);
        let events = events.send().await.unwrap().events.unwrap_or_default();
        if let [event] = &events[..] {
            assert!(event.message().unwrap().contains("sweep the yard"));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    panic!("it was never run");
}

#[tokio::test]
async fn a_throttle_passes_and_an_invocation_is_sent_once() {
    let stage = Emulated::new().await;
    let function = || stage.names().function.clone();
    stage.account.fault(Match::service("lambda"), Fault::throttle(), Some(2));
    done(&stage, ControlCall::ReserveConcurrency { function: function(), executions: 7 }).await;
    assert_eq!(stage.account.count("lambda", "PutFunctionConcurrency"), 3);
    stage.account.fault(Match::service("lambda"), Fault::Drop, Some(1));
    refused(&stage, ControlCall::InvokeFunction { function: function(), payload: text("{}") }, RefusalKind::Unknown)
        .await;
    assert_eq!(stage.account.count("lambda", "Invoke"), 1);
    stage.account.fault(Match::service("lambda"), Fault::error(403, "AccessDeniedException", "no"), Some(1));
    let call = ControlCall::InvokeFunction { function: function(), payload: text("{}") };
    let why = refused(&stage, call, RefusalKind::Denied).await;
    assert!(why.contains("lambda:InvokeFunction"), "{why}");
}

#[tokio::test]
async fn messages() {
    let stage = Emulated::new().await;
    let (queue, fifo) = (stage.names().queue.clone(), stage.names().fifo.clone());
    // All that SQS takes, it hands on.
    let body = "{\"content\":{\"task\":\"\u{9b}31m\u{202e}ä\"}}";
    let send = |queue: &str, group: Option<&str>| ControlCall::SendMessage {
        queue: text(queue),
        body: text(body),
        group: group.map(text),
        deduplication: group.map(text),
    };
    done(&stage, send(&queue, None)).await;
    done(&stage, send(&fifo, Some("g"))).await;
    for (name, group) in [(&queue, None), (&fifo, Some("g"))] {
        let sqs = &stage.east.sqs;
        let url = sqs.get_queue_url().queue_name(name).send().await.unwrap().queue_url.unwrap();
        let all = aws_sdk_sqs::types::MessageSystemAttributeName::All;
        let got = sqs.receive_message().queue_url(url).message_system_attribute_names(all).visibility_timeout(0);
        let got = got.send().await.unwrap().messages.unwrap().remove(0);
        assert_eq!(got.body(), Some(body), "it goes on as it is");
        let told = got.attributes.unwrap_or_default();
        let told = told.get(&aws_sdk_sqs::types::MessageSystemAttributeName::MessageGroupId);
        assert_eq!(told.map(String::as_str), group);
    }
    let receive = ControlCall::ReceiveMessages { queue: queue.clone(), most: 10, hidden_s: 300 };
    let got = done(&stage, receive).await.messages.remove(0);
    assert_eq!(got.body, body);
    assert_eq!(count(&stage, &queue, Attribute::ApproximateNumberOfMessagesNotVisible).await, 1);
    done(&stage, ControlCall::DeleteMessage { queue: queue.clone(), receipt: got.receipt }).await;
    assert_eq!(count(&stage, &queue, Attribute::ApproximateNumberOfMessagesNotVisible).await, 0);
    let dead = stage.names().dead_letters.clone();
    assert_eq!(count(&stage, &dead, Attribute::ApproximateNumberOfMessages).await, DEAD_LETTERS);
    done(&stage, ControlCall::PurgeQueue { queue: dead.clone() }).await;
    assert_eq!(count(&stage, &dead, Attribute::ApproximateNumberOfMessages).await, 0);
    assert_eq!(stage.account.count("sqs", "GetQueueUrl"), 6 + 3, "beside our six, each address is asked for once");
}

#[tokio::test]
async fn a_move_keeps_to_its_rate_and_stops() {
    let stage = Emulated::new().await;
    let (from, to) = (stage.names().dead_letters.clone(), stage.names().queue.clone());
    if !stage.keeps(crate::contract::Habit::MovesSlowly) {
        return;
    }
    let began = std::time::Instant::now();
    let handle = done(&stage, ControlCall::StartMove { queue: from.clone(), per_second: Some(1) }).await.name.unwrap();
    while count(&stage, &to, Attribute::ApproximateNumberOfMessages).await < 3 {
        assert!(began.elapsed().as_secs() < 30, "it does not move");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert!(began.elapsed().as_millis() >= 1_900, "three at one a second: {:?}", began.elapsed());
    done(&stage, ControlCall::CancelMove { queue: from.clone(), handle }).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let left = count(&stage, &from, Attribute::ApproximateNumberOfMessages).await;
    let moved = count(&stage, &to, Attribute::ApproximateNumberOfMessages).await;
    assert!(left > 0 && left + moved == DEAD_LETTERS, "{left} left, {moved} moved");
}

/// A service that has no moves says so: then messages are carried by hand.
#[tokio::test]
async fn ministack_has_no_moves() {
    let account = Lab::start().account();
    let clients = crate::support::clients::Clients::new(&account, EAST).await;
    clients.sqs.create_queue().queue_name("if-a-dlq").send().await.unwrap();
    let aws = aws(&account);
    let call = ControlCall::StartMove { queue: text("if-a-dlq"), per_second: None };
    let refusal = aws.control(&Directed { region: EAST.into(), call }).await.unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unsupported, "{refusal}");
    let probe = Probe { region: EAST.into(), about: About::Moves { queue: text("if-a-dlq") } };
    assert_eq!(aws.probe(&probe).await.unwrap_err().kind, RefusalKind::Unsupported);
}

#[tokio::test]
async fn a_published_message_reaches_the_topics_queue() {
    let stage = Emulated::new().await;
    // Topics hand on to queues of their own emulator.
    stage.account.route("sqs", Emulator::Ministack);
    let url = stage.east.sqs.create_queue().queue_name("if-listener").send().await.unwrap().queue_url.unwrap();
    let arn = format!("arn:aws:sqs:{EAST}:{}:if-listener", stage.account.id());
    let topic = stage.names().topic.clone();
    stage.east.sns.subscribe().topic_arn(&topic).protocol("sqs").endpoint(arn).send().await.unwrap();
    let id = done(&stage, ControlCall::Publish { topic: topic.clone(), body: text("to all") }).await.name.unwrap();
    let got = stage.east.sqs.receive_message().queue_url(url).wait_time_seconds(5).send().await.unwrap();
    let body = got.messages()[0].body().unwrap();
    assert!(body.contains("to all") && body.contains(&id), "{body}");
    // By its name a topic is found as well.
    let found = look(&stage, About::Topic { name: text("if-bus-messages") }).await;
    assert_eq!(found, Probed::Topic(Some(topic)));
}

#[tokio::test]
async fn instances() {
    let stage = Emulated::new().await;
    let id = stage.names().instance.clone();
    let state = async |id: &str| {
        let told = stage.east.ec2.describe_instances().instance_ids(id).send().await.unwrap();
        told.reservations()[0].instances()[0].clone()
    };
    let is = async |id: &str, word: &str| {
        assert_eq!(state(id).await.state().unwrap().name().unwrap().as_str(), word);
    };
    done(&stage, ControlCall::StopInstance { instance: id.clone() }).await;
    is(&id, "stopped").await;
    done(&stage, ControlCall::StartInstance { instance: id.clone() }).await;
    is(&id, "running").await;
    done(&stage, ControlCall::RebootInstance { instance: id.clone() }).await;
    assert_eq!(stage.account.count("ec2", "RebootInstances"), 1);
    done(&stage, ControlCall::TerminateInstance { instance: id.clone() }).await;
    is(&id, "terminated").await;

    let template = stage.names().template.clone();
    let found = look(&stage, About::Template { name: template.clone() }).await;
    assert_eq!(found, Probed::Template(Some((1, Some(text("t3.small"))))));
    let tags = BTreeMap::from([(text("infrafabric:session"), text("lab")), (text("infrafabric:agent"), text("h02"))]);
    let run = ControlCall::RunInstance { template, token: text("once"), tags: tags.clone() };
    let new = state(&done(&stage, run).await.name.unwrap()).await;
    let told = new.tags().iter().map(|tag| (text(tag.key().unwrap()), text(tag.value().unwrap())));
    // EC2 adds which template it came from.
    let told = told.filter(|(key, _)| !key.starts_with("aws:"));
    assert_eq!(told.collect::<BTreeMap<_, _>>(), tags);
    assert_eq!(new.instance_type().unwrap().as_str(), "t3.small", "as its template says");
}

#[tokio::test]
async fn alarms() {
    let stage = Emulated::new().await;
    let alarm = async |name: &str| {
        let told = stage.east.cloudwatch.describe_alarms().alarm_names(name).send().await.unwrap();
        told.metric_alarms()[0].clone()
    };
    let name = stage.names().alarm.clone();
    for (call, speaks) in [
        (ControlCall::DisableAlarm { alarm: name.clone() }, false),
        (ControlCall::EnableAlarm { alarm: name.clone() }, true),
    ] {
        done(&stage, call).await;
        assert_eq!(alarm(&name).await.actions_enabled(), Some(speaks));
    }
    let spec = AlarmSpec {
        name: text("if-agent-stuck"),
        description: text("no heartbeat"),
        namespace: text("InfraFabric/Agents"),
        metric: text("LastUpdate"),
        dimensions: BTreeMap::from([(text("SessionId"), text("lab"))]),
        statistic: text("Sum"),
        period_s: 300,
        periods: 6,
        threshold: 1.5,
        missing: text("breaching"),
        actions: vec![stage.names().topic.clone()],
    };
    done(&stage, ControlCall::PutAlarm { alarm: spec.clone() }).await;
    let put = alarm("if-agent-stuck").await;
    assert_eq!((put.namespace(), put.metric_name()), (Some("InfraFabric/Agents"), Some("LastUpdate")));
    assert_eq!((put.period(), put.evaluation_periods(), put.threshold()), (Some(300), Some(6), Some(1.5)));
    assert_eq!(put.statistic().unwrap().as_str(), "Sum");
    assert_eq!(put.comparison_operator().unwrap().as_str(), "GreaterThanThreshold");
    assert_eq!((put.treat_missing_data(), put.alarm_description()), (Some("breaching"), Some("no heartbeat")));
    assert_eq!(put.dimensions()[0].value(), Some("lab"));
    assert_eq!(put.alarm_actions(), spec.actions);
}

#[tokio::test]
async fn databases() {
    let stage = Emulated::new().await;
    let (name, replica) = (stage.names().database.clone(), stage.names().replica.clone());
    let before = look_in(&stage, &WEST.into(), About::Database { name: replica.clone() }).await;
    assert!(matches!(&before, Probed::Database(Some(it)) if it.replica_of.is_some()), "{before:?}");
    done_in(&stage, &WEST.into(), ControlCall::PromoteReplica { replica: replica.clone() }).await;
    let told = stage.west.rds.describe_db_instances().db_instance_identifier(&replica).send().await.unwrap();
    // moto leaves it linked to its source, but tells of no replication any more.
    assert!(told.db_instances()[0].status_infos().is_empty(), "{:?}", told.db_instances()[0].status_infos());
    assert_eq!(stage.account.count("rds", "PromoteReadReplica"), 1);

    done(&stage, ControlCall::ResizeDatabase { database: name.clone(), class: text("db.t3.large") }).await;
    done(&stage, ControlCall::RebootDatabase { database: name.clone(), failover: true }).await;
    assert_eq!(stage.account.count("rds", "RebootDBInstance"), 1);
    let told = stage.east.rds.describe_db_instances().db_instance_identifier(&name).send().await.unwrap();
    assert_eq!(told.db_instances()[0].db_instance_class(), Some("db.t3.large"));
}

#[tokio::test]
async fn records_health_checks_and_routing_controls() {
    let stage = Emulated::new().await;
    let (zone, check) = (stage.names().zone.clone(), stage.names().health_check.clone());
    let record = |role: &str, region: &str, health_check: Option<&str>| Record {
        name: stage.names().record.clone(),
        kind: text("CNAME"),
        set_identifier: Some(text(region)),
        failover: Some(text(role)),
        ttl_s: Some(60),
        values: vec![format!("{region}.other.example.")],
        health_check: health_check.map(text),
    };
    let records = vec![record("PRIMARY", EAST, Some(&check)), record("SECONDARY", WEST, None)];
    done(&stage, ControlCall::ChangeRecords { zone: zone.clone(), records: records.clone() }).await;
    let told = stage.east.route53.list_resource_record_sets().hosted_zone_id(&zone).send().await.unwrap();
    let sets = told.resource_record_sets();
    for wanted in records {
        let set = sets.iter().find(|set| set.set_identifier() == wanted.set_identifier.as_deref()).unwrap();
        assert_eq!(set.failover().map(|role| text(role.as_str())), wanted.failover);
        assert_eq!(set.resource_records()[0].value(), wanted.values[0]);
        assert_eq!((set.ttl(), set.health_check_id()), (Some(60), wanted.health_check.as_deref()));
    }
    done(&stage, ControlCall::InvertHealthCheck { health_check: check.clone(), inverted: true }).await;
    let told = stage.east.route53.get_health_check().health_check_id(&check).send().await.unwrap();
    let config = told.health_check().unwrap().health_check_config().unwrap();
    assert_eq!(config.inverted(), Some(true));
    assert_eq!(config.fully_qualified_domain_name(), Some("us-east-1.fabric.example"), "the rest of it stays");

    let arns = stage.names().routing_controls.clone();
    let states =
        vec![RoutingControl { arn: arns[0].clone(), on: false }, RoutingControl { arn: arns[1].clone(), on: true }];
    let endpoints = stage.names().endpoints.clone();
    done(&stage, ControlCall::SetRoutingControls { states, endpoints }).await;
    assert_eq!(stage.account.controls(|controls| (controls[&arns[0]], controls[&arns[1]])), (false, true));
    assert_eq!(stage.account.count("route53-recovery-cluster", "UpdateRoutingControlStates"), 1, "both in one call");
}

#[tokio::test]
async fn objects_items_and_log_events() {
    let stage = Emulated::new().await;
    let bucket = stage.names().bucket.clone();
    let put = |body: &str, only_if| ControlCall::PutObject {
        bucket: bucket.clone(),
        key: text("locks/a"),
        body: text(body),
        only_if,
    };
    done(&stage, put("ada", OnlyIf::Absent)).await;
    let why = refused(&stage, put("bo", OnlyIf::Absent), RefusalKind::Taken).await;
    assert!(why.contains("locks/a"), "{why}");
    // Of what went away since it was read no version is right.
    let gone = ControlCall::PutObject {
        bucket: bucket.clone(),
        key: text("locks/gone"),
        body: text("bo"),
        only_if: OnlyIf::Version(text("\"0123\"")),
    };
    refused(&stage, gone, RefusalKind::Taken).await;
    let told = stage.east.s3.get_object().bucket(&bucket).key("locks/a").send().await.unwrap();
    assert_eq!(told.body.collect().await.unwrap().to_vec(), b"ada");

    let table = stage.names().table.clone();
    let item =
        BTreeMap::from([(text("id"), text("traffic")), (text("version"), text("1")), (text("holder"), text("ada"))]);
    done(&stage, ControlCall::PutItem { table: table.clone(), item: item.clone(), only_if: OnlyIf::Absent }).await;
    let call = ControlCall::PutItem { table: table.clone(), item, only_if: OnlyIf::Absent };
    refused(&stage, call, RefusalKind::Taken).await;
    let get = stage.east.dynamodb.get_item().table_name(&table).key("id", AttributeValue::S(text("traffic")));
    let told = get.clone().send().await.unwrap().item.unwrap();
    assert_eq!(told["holder"], AttributeValue::S(text("ada")));
    let key = BTreeMap::from([(text("id"), text("traffic"))]);
    done(&stage, ControlCall::DeleteItem { table, key, version: text("1") }).await;
    assert_eq!(get.send().await.unwrap().item, None);

    let group = stage.names().log_group.clone();
    let at_ms = stage.now().timestamp_millis();
    let call = ControlCall::PutLogEvent { group: group.clone(), stream: text("a new one"), at_ms, message: text("hi") };
    done(&stage, call).await;
    let told = stage.east.logs.get_log_events().log_group_name(&group).log_stream_name("a new one");
    let events = told.send().await.unwrap().events.unwrap();
    assert_eq!((events[0].message(), events[0].timestamp()), (Some("hi"), Some(at_ms)));
}

/// The order of FABRIC.md, source by source: each is silent before the next is asked.
#[tokio::test]
async fn the_last_task_of_an_agent() {
    use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
    let stage = Emulated::new().await;
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let kind = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let table = stage.east.dynamodb.create_table().table_name("if-sessions").billing_mode(BillingMode::PayPerRequest);
    let table = table.key_schema(key("session_id", KeyType::Hash)).key_schema(key("agent_id", KeyType::Range));
    let table = table.attribute_definitions(kind("session_id")).attribute_definitions(kind("agent_id"));
    table.send().await.unwrap();
    let last = async |peek: bool| {
        let about = About::Task {
            agent: AgentKey::new("lab", "h01"),
            table: Some(text("if-sessions")),
            dead_letters: Some(stage.names().dead_letters.clone()),
            log_group: Some(stage.names().log_group.clone()),
            peek,
        };
        match look(&stage, about).await {
            Probed::Task(task) => task.map(|task| (task.source, task.task)),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(last(false).await, None);
    let long = "stack the chairs, ".repeat(1_000);
    let start = serde_json::json!({ "event_type": "agent_start", "session_id": "if://session/lab",
        "agent_id": "if://agent/h01", "task": long });
    let event = aws_sdk_cloudwatchlogs::types::InputLogEvent::builder()
        .timestamp(stage.now().timestamp_millis() - 7_200_000)
        .message(start.to_string())
        .build()
        .unwrap();
    let put = stage.east.logs.put_log_events().log_group_name(&stage.names().log_group).log_stream_name("run-1");
    put.log_events(event).send().await.unwrap();
    assert_eq!(last(false).await, Some((text("agent_start"), long)));
    let (source, task) = last(true).await.unwrap();
    assert!(source == "dead letter" && task.starts_with("dead "), "{source}: {task}");
    let visible = count(&stage, &stage.names().dead_letters, Attribute::ApproximateNumberOfMessages).await;
    assert_eq!(visible, DEAD_LETTERS, "a look hides nothing");
    let s = |word: &str| AttributeValue::S(text(word));
    let put = stage.east.dynamodb.put_item().table_name("if-sessions").item("session_id", s("lab"));
    put.item("agent_id", s("h01")).item("task", s("count them")).send().await.unwrap();
    assert_eq!(last(true).await, Some((text("session state"), text("count them"))));
}
