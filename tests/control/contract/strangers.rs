//! What is asked of things that are not there; and one call of each kind, so that none is without a contract.

use std::collections::BTreeMap;

use infradeck::model::{About, AlarmSpec, ControlCall, OnlyIf, Probed, Record, RefusalKind, RoutingControl, Time};

use super::{Habit, Stage, look, refused};

/// The contract that holds a call. A new kind of call does not compile until it is named here, and
/// `no_call_is_without_a_contract` fails until there is a contract of that name.
pub(crate) fn contract_of(call: &ControlCall) -> &'static str {
    match call {
        ControlCall::InvokeFunction { .. } => "an_invoked_function_lives_again",
        ControlCall::ReserveConcurrency { .. } => "reserved_concurrency_is_seen",
        ControlCall::ReleaseConcurrency { .. } => "released_concurrency_is_shared",
        ControlCall::SendMessage { deduplication: None, .. } => "a_sent_message_waits",
        ControlCall::SendMessage { deduplication: Some(_), .. } => "a_fifo_queue_takes_a_copy_once",
        ControlCall::ReceiveMessages { .. } => "received_messages_are_hidden_and_counted",
        ControlCall::DeleteMessage { .. } => "a_deleted_message_is_gone",
        ControlCall::StartMove { .. } => "a_move_brings_dead_letters_back",
        ControlCall::CancelMove { .. } => "a_move_stops_when_told_to",
        ControlCall::PurgeQueue { .. } => "a_purged_queue_is_empty",
        ControlCall::Publish { .. } => "a_published_message_is_taken",
        ControlCall::RebootInstance { .. } => "a_rebooted_instance_runs",
        ControlCall::StartInstance { .. } | ControlCall::StopInstance { .. } => "a_stopped_instance_starts_again",
        ControlCall::TerminateInstance { .. } => "a_terminated_instance_is_gone",
        ControlCall::RunInstance { .. } => "one_token_starts_one_instance",
        ControlCall::DisableAlarm { .. } | ControlCall::EnableAlarm { .. } => "a_disabled_alarm_is_silent",
        ControlCall::PutAlarm { .. } => "a_put_alarm_is_there",
        ControlCall::RebootDatabase { .. } => "a_rebooted_database_is_back",
        ControlCall::PromoteReplica { .. } => "a_promoted_replica_can_be_written_to",
        ControlCall::ResizeDatabase { .. } => "a_resized_database_has_its_class",
        ControlCall::ChangeRecords { .. } => "changed_records_are_seen",
        ControlCall::InvertHealthCheck { .. } => "an_inverted_health_check_says_so",
        ControlCall::SetRoutingControls { .. } => "routing_controls_are_set_together",
        ControlCall::PutObject { .. } => "an_object_is_written_on_condition",
        ControlCall::DeleteObject { .. } => "a_deleted_object_is_gone",
        ControlCall::PutItem { .. } => "an_item_is_written_on_condition",
        ControlCall::DeleteItem { .. } => "an_item_is_deleted_on_condition",
        ControlCall::PutLogEvent { .. } => "a_log_event_is_put",
    }
}

/// One call of each kind, to things that are nowhere.
pub(crate) fn one_of_each(endpoints: Vec<String>) -> Vec<ControlCall> {
    let text = str::to_owned;
    let (function, queue) = (text("infra-agent-no-such"), text("if-no-such"));
    let (instance, alarm) = (text("i-0123456789abcdef0"), text("if-no-such"));
    let (database, bucket, table) = (text("no-such-db"), text("if-no-such-bucket-anywhere"), text("if-no-such"));
    let item = BTreeMap::from([(text("id"), text("x")), (text("version"), text("1"))]);
    let record = Record {
        name: text("api.nowhere.example."),
        kind: text("CNAME"),
        set_identifier: Some(text("us-east-1")),
        failover: Some(text("PRIMARY")),
        ttl_s: Some(30),
        values: vec![text("a.nowhere.example.")],
        health_check: None,
    };
    let spec = AlarmSpec {
        name: text("if-contract"),
        description: String::new(),
        namespace: text("InfraFabric/Agents"),
        metric: text("ErrorRate"),
        dimensions: BTreeMap::new(),
        statistic: text("Maximum"),
        period_s: 60,
        periods: 1,
        threshold: 5.0,
        missing: text("missing"),
        actions: Vec::new(),
    };
    let send = |deduplication: Option<&str>| ControlCall::SendMessage {
        queue: queue.clone(),
        body: text("x"),
        group: deduplication.map(str::to_owned),
        deduplication: deduplication.map(str::to_owned),
    };
    let arn = text("arn:aws:route53-recovery-control::123456789012:controlpanel/no/routingcontrol/such");
    vec![
        ControlCall::InvokeFunction { function: function.clone(), payload: text("{}") },
        ControlCall::ReserveConcurrency { function: function.clone(), executions: 0 },
        ControlCall::ReleaseConcurrency { function },
        send(None),
        send(Some("x")),
        ControlCall::ReceiveMessages { queue: queue.clone(), most: 1, hidden_s: 1 },
        ControlCall::DeleteMessage { queue: queue.clone(), receipt: text("x") },
        ControlCall::StartMove { queue: queue.clone(), per_second: None },
        ControlCall::CancelMove { queue: queue.clone(), handle: text("x") },
        ControlCall::PurgeQueue { queue: queue.clone() },
        ControlCall::Publish { topic: text("arn:aws:sns:us-east-1:123456789012:if-no-such"), body: text("x") },
        ControlCall::RebootInstance { instance: instance.clone() },
        ControlCall::StartInstance { instance: instance.clone() },
        ControlCall::StopInstance { instance: instance.clone() },
        ControlCall::TerminateInstance { instance },
        ControlCall::RunInstance { template: text("no-such"), token: text("t"), tags: BTreeMap::new() },
        ControlCall::DisableAlarm { alarm: alarm.clone() },
        ControlCall::EnableAlarm { alarm },
        ControlCall::PutAlarm { alarm: spec },
        ControlCall::RebootDatabase { database: database.clone(), failover: false },
        ControlCall::PromoteReplica { replica: database.clone() },
        ControlCall::ResizeDatabase { database, class: text("db.t3.small") },
        ControlCall::ChangeRecords { zone: text("Z0000000000000000000X"), records: vec![record] },
        ControlCall::InvertHealthCheck { health_check: text("00000000-0000-4000-8000-000000000000"), inverted: true },
        ControlCall::SetRoutingControls { states: vec![RoutingControl { arn, on: true }], endpoints },
        ControlCall::PutObject { bucket: bucket.clone(), key: text("k"), body: text("x"), only_if: OnlyIf::Always },
        ControlCall::DeleteObject { bucket, key: text("k") },
        ControlCall::PutItem { table: table.clone(), item: item.clone(), only_if: OnlyIf::Always },
        ControlCall::DeleteItem { table, key: item, version: text("1") },
        ControlCall::PutLogEvent {
            group: text("/infrafabric/no/such"),
            stream: text("s"),
            at_ms: 1_800_000_000_000,
            message: text("x"),
        },
    ]
}

/// A call to what is not there is refused as wrong, and nothing else.
pub(crate) async fn what_is_not_there_is_wrong(stage: &impl Stage) {
    if !stage.keeps(Habit::KnowsStrangers) {
        return;
    }
    for call in one_of_each(stage.names().endpoints.clone()) {
        // CloudWatch says nothing of an alarm that is not there, and puts one where there is none.
        let is_silent = matches!(
            call,
            ControlCall::DisableAlarm { .. } | ControlCall::EnableAlarm { .. } | ControlCall::PutAlarm { .. }
        );
        let is_promoted = matches!(call, ControlCall::PromoteReplica { .. }) && !stage.keeps(Habit::ChecksReplicas);
        if !is_silent && !is_promoted {
            refused(stage, call, RefusalKind::Wrong).await;
        }
    }
}

/// A look at what is not there finds nothing, and that is an answer.
pub(crate) async fn what_is_not_there_is_not_found(stage: &impl Stage) {
    let names = stage.names();
    let name = || "if-no-such".to_owned();
    let after = Time::from_timestamp_millis(0).unwrap_or_default();
    let life = About::Life { log_group: "/infrafabric/no/such".to_owned(), agent: names.agent.clone(), after };
    let id = || "00000000-0000-4000-8000-000000000000".to_owned();
    for (about, nothing) in [
        (About::Function { name: name() }, Probed::Function(None)),
        (About::Instance { id: "i-0123456789abcdef0".to_owned() }, Probed::Instance(None)),
        (About::Queue { name: name() }, Probed::Queue(None)),
        (About::Alarm { name: name() }, Probed::Alarm(None)),
        (About::Database { name: name() }, Probed::Database(None)),
        (
            About::Records { zone: names.zone.clone(), name: format!("no-such.{}", names.record) },
            Probed::Records(Vec::new()),
        ),
        (About::HealthCheck { id: id() }, Probed::HealthCheck(None)),
        (About::Object { bucket: names.bucket.clone(), key: name() }, Probed::Object(None)),
        (About::Item { table: names.table.clone(), id: name() }, Probed::Item(None)),
        (About::Template { name: name() }, Probed::Template(None)),
        (About::Topic { name: name() }, Probed::Topic(None)),
        (life, Probed::Life(None)),
    ] {
        assert_eq!(look(stage, about.clone()).await, nothing, "{about:?}");
    }
    match look(stage, About::Identity).await {
        Probed::Identity(who) => assert!(who.arn.contains(&who.account), "{who:?}"),
        other => panic!("{other:?}"),
    }
}
