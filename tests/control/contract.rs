//! What every cloud must do when it is told to: one function for each call, over whatever [`Stage`] plays it.
//!
//! A contract makes the call, looks with a probe whether it did what it says, and makes it again, where that can go
//! wrong. `contracts!(name)` calls the macro `name` with the names of all of them, so that a stage runs each as a test.

mod agents;
mod databases;
mod hosts;
mod moves;
mod queues;
mod stores;
mod strangers;
mod traffic;

use std::time::Duration;

use infradeck::cloud::Control;
use infradeck::model::{
    About, AgentKey, ControlCall, Directed, Probe, Probed, Queue, RawMessage, Refusal, RefusalKind, RegionId, Reply,
    Time,
};

pub(crate) use agents::*;
pub(crate) use databases::*;
pub(crate) use hosts::*;
pub(crate) use moves::*;
pub(crate) use queues::*;
pub(crate) use stores::*;
pub(crate) use strangers::*;
pub(crate) use traffic::*;

/// Hands the names of all contracts to a macro.
macro_rules! contracts {
    ($play:ident) => {
        $play! {
            an_invoked_function_lives_again,
            reserved_concurrency_is_seen,
            released_concurrency_is_shared,
            a_sent_message_waits,
            a_fifo_queue_takes_a_copy_once,
            received_messages_are_hidden_and_counted,
            a_deleted_message_is_gone,
            a_move_brings_dead_letters_back,
            a_move_stops_when_told_to,
            a_purged_queue_is_empty,
            a_published_message_is_taken,
            a_rebooted_instance_runs,
            a_stopped_instance_starts_again,
            a_terminated_instance_is_gone,
            one_token_starts_one_instance,
            a_disabled_alarm_is_silent,
            a_put_alarm_is_there,
            a_rebooted_database_is_back,
            a_promoted_replica_can_be_written_to,
            a_resized_database_has_its_class,
            changed_records_are_seen,
            an_inverted_health_check_says_so,
            routing_controls_are_set_together,
            an_object_is_written_on_condition,
            a_deleted_object_is_gone,
            an_item_is_written_on_condition,
            an_item_is_deleted_on_condition,
            a_log_event_is_put,
            what_is_not_there_is_wrong,
            what_is_not_there_is_not_found,
        }
    };
}
pub(crate) use contracts;

/// What an emulator may not do as AWS does. A contract leaves out what a stage does not keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// An invoked function writes into its agent's log group.
    LivesWhenInvoked,
    /// What is no JSON is not taken for a call of a function.
    ChecksPayloads,
    /// A message is counted as received so often, and hidden for so long, as was asked.
    HidesReceived,
    /// A FIFO queue takes the same message once in five minutes.
    KnowsCopies,
    /// A receipt that never was is refused.
    KnowsReceipts,
    /// A move goes as slowly as it was told to, and can be watched and cancelled.
    MovesSlowly,
    /// A move is refused where one runs already, and from a queue that takes no dead letters.
    ChecksMoves,
    /// A move that is over cannot be cancelled.
    ChecksCancels,
    /// A queue is purged once in a minute at most.
    PurgesOnceAMinute,
    /// The same token starts one instance, however often it is sent.
    KnowsTokens,
    /// An instance cannot be started while it stops.
    StopsSlowly,
    /// A terminated instance is never started again.
    KnowsTheDead,
    /// A database changes its zone when it fails over.
    ChangesZones,
    /// What is no replica cannot be promoted.
    ChecksReplicas,
    /// A promoted replica and its source forget each other.
    ForgetsReplicas,
    /// A health check counts its changes.
    CountsVersions,
    /// S3 looks at `If-Match` and `If-None-Match`.
    ChecksObjects,
    /// A log group that is not there is refused.
    ChecksLogGroups,
    /// An unknown name is refused as wrong by every service.
    KnowsStrangers,
}

/// Where contracts are played: a fabric with at least these things in it.
pub(crate) trait Stage {
    /// The cloud that is told.
    fn control(&self) -> &dyn Control;

    /// What is there.
    fn names(&self) -> &Names;

    /// The time there.
    fn now(&self) -> Time;

    /// Lets so much time pass there. An emulator that does at once what takes AWS a minute need not wait as long.
    async fn settle(&self, span: Duration);

    /// Whether it does this as AWS does.
    fn keeps(&self, habit: Habit) -> bool {
        let _ = habit;
        true
    }
}

/// Things that exist on a stage, each of its own: no two contracts need share one, but they may. Where no region is
/// said, they are in the primary one.
pub(crate) struct Names {
    /// The primary region.
    pub(crate) primary: RegionId,
    /// The standby region.
    pub(crate) standby: RegionId,
    /// An agent that is a Lambda function.
    pub(crate) agent: AgentKey,
    /// Its function, with no concurrency reserved.
    pub(crate) function: String,
    /// Its log group.
    pub(crate) log_group: String,
    /// Its queue. Nothing takes messages from it.
    pub(crate) queue: String,
    /// The dead-letter queue of that queue, with at least three messages in it.
    pub(crate) dead_letters: String,
    /// A FIFO queue.
    pub(crate) fifo: String,
    /// A topic, by ARN.
    pub(crate) topic: String,
    /// An instance that runs.
    pub(crate) instance: String,
    /// A launch template, by name.
    pub(crate) template: String,
    /// An alarm whose actions are on.
    pub(crate) alarm: String,
    /// A database instance with a standby in another zone.
    pub(crate) database: String,
    /// Its read replica, in the standby region.
    pub(crate) replica: String,
    /// A hosted zone.
    pub(crate) zone: String,
    /// A name in it, with a `PRIMARY` and a `SECONDARY` record.
    pub(crate) record: String,
    /// A health check.
    pub(crate) health_check: String,
    /// Routing controls by ARN, the primary region's first and on, the standby region's second and off.
    pub(crate) routing_controls: Vec<String>,
    /// The endpoints of their cluster.
    pub(crate) endpoints: Vec<String>,
    /// A bucket.
    pub(crate) bucket: String,
    /// A table with the key `id`.
    pub(crate) table: String,
}

/// How long one waits between two looks.
const LOOK: Duration = Duration::from_secs(1);

pub(crate) async fn tell(stage: &impl Stage, region: &RegionId, call: ControlCall) -> Result<Reply, Refusal> {
    stage.control().control(&Directed { region: region.clone(), call }).await
}

/// Makes a call in the primary region that must be done.
pub(crate) async fn done(stage: &impl Stage, call: ControlCall) -> Reply {
    done_in(stage, &stage.names().primary, call).await
}

/// Makes a call that must be done.
pub(crate) async fn done_in(stage: &impl Stage, region: &RegionId, call: ControlCall) -> Reply {
    let said = Directed { region: region.clone(), call: call.clone() }.to_string();
    tell(stage, region, call).await.unwrap_or_else(|refusal| panic!("{said}: {:?}: {refusal}", refusal.kind))
}

/// Makes a call in the primary region that must be refused so.
pub(crate) async fn refused(stage: &impl Stage, call: ControlCall, kind: RefusalKind) -> String {
    let said = Directed { region: stage.names().primary.clone(), call: call.clone() }.to_string();
    let refusal = tell(stage, &stage.names().primary, call).await.expect_err(&said);
    assert_eq!(refusal.kind, kind, "{said}: {refusal}");
    assert!(refusal.reason.len() > 20, "{said}: no sentence: {refusal}");
    refusal.reason
}

/// Looks at something in the primary region.
pub(crate) async fn look(stage: &impl Stage, about: About) -> Probed {
    look_in(stage, &stage.names().primary, about).await
}

/// Looks at something.
pub(crate) async fn look_in(stage: &impl Stage, region: &RegionId, about: About) -> Probed {
    let probe = Probe { region: region.clone(), about };
    stage.control().probe(&probe).await.unwrap_or_else(|refusal| panic!("{probe:?}: {refusal}"))
}

/// Looks in the primary region until it is so.
pub(crate) async fn comes(stage: &impl Stage, within_s: u32, about: About, is_so: impl Fn(&Probed) -> bool) -> Probed {
    comes_in(stage, &stage.names().primary, within_s, about, is_so).await
}

/// Looks until it is so.
pub(crate) async fn comes_in(
    stage: &impl Stage,
    region: &RegionId,
    within_s: u32,
    about: About,
    is_so: impl Fn(&Probed) -> bool,
) -> Probed {
    let mut found = look_in(stage, region, about.clone()).await;
    for _ in 0..within_s {
        if is_so(&found) {
            return found;
        }
        stage.settle(LOOK).await;
        found = look_in(stage, region, about.clone()).await;
    }
    assert!(is_so(&found), "not within {within_s} s: {about:?} is {found:?}");
    found
}

/// The attributes of a queue in the primary region.
pub(crate) async fn queue(stage: &impl Stage, name: &str) -> Queue {
    match look(stage, About::Queue { name: name.to_owned() }).await {
        Probed::Queue(Some(queue)) => queue,
        other => panic!("{name}: {other:?}"),
    }
}

/// Receives messages from a queue in the primary region.
pub(crate) async fn receive(stage: &impl Stage, queue: &str, most: u8, hidden_s: u32) -> Vec<RawMessage> {
    done(stage, ControlCall::ReceiveMessages { queue: queue.to_owned(), most, hidden_s }).await.messages
}
