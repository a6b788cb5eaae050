//! Queues: SQS. It takes addresses, and we have names.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Told, QueueAttributeName as Attribute};

use super::super::asking::locked;
use super::super::queues::{self, ATTRIBUTES, COUNTS};
use super::super::trouble::Api;
use super::hand::{Change, Look, reply};
use super::of;
use crate::cloud::clean;
use crate::model::{Move, Queue, RawMessage, Refusal, Reply, Service, Time};

const URL: Api = Api::new(Service::Sqs, "GetQueueUrl");
const MOVES: Api = Api::new(Service::Sqs, "ListMessageMoveTasks");
const PEEK: Api = Api::new(Service::Sqs, "ReceiveMessage");

/// The codes of a queue that is not there.
const MISSING: &[&str] = &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];

/// SQS hands out at most so many messages at once, and tells of at most so many moves.
const MOST: i32 = 10;

/// With a wait, SQS asks all of its servers: without one it may say that a queue is empty that is not.
const WAIT_S: i32 = 1;

pub(super) async fn send(
    change: &Change<'_>,
    queue: &str,
    body: &str,
    group: Option<&str>,
    deduplication: Option<&str>,
) -> Result<Reply, Refusal> {
    let call = change
        .aws
        .sqs
        .send_message()
        .queue_url(url(change, queue).await?)
        .message_body(body)
        .set_message_group_id(group.map(str::to_owned))
        .set_message_deduplication_id(deduplication.map(str::to_owned));
    let answer = change.make(&of(queue), call.customize().interceptor(change.witness.clone()).send()).await?;
    Ok(reply(&answer, answer.message_id()))
}

pub(super) async fn receive(change: &Change<'_>, queue: &str, most: u8, hidden_s: u32) -> Result<Reply, Refusal> {
    let call = change
        .aws
        .sqs
        .receive_message()
        .queue_url(url(change, queue).await?)
        .max_number_of_messages(i32::from(most).clamp(1, MOST))
        .visibility_timeout(i32::try_from(hidden_s).unwrap_or(i32::MAX))
        .wait_time_seconds(WAIT_S)
        .message_system_attribute_names(Told::All);
    let answer = change.make(&of(queue), call.customize().interceptor(change.witness.clone()).send()).await?;
    let mut reply = reply(&answer, None);
    reply.messages = answer.messages.unwrap_or_default().into_iter().filter_map(raw).collect();
    Ok(reply)
}

/// Body and receipt as they are: they are sent on.
fn raw(message: Message) -> Option<RawMessage> {
    let mut told = message.attributes.unwrap_or_default();
    Some(RawMessage {
        id: clean::line(&message.message_id?),
        receipt: message.receipt_handle?,
        body: message.body.unwrap_or_default(),
        receives: told.get(&Told::ApproximateReceiveCount).and_then(|count| count.parse().ok()),
        sent_ms: told.get(&Told::SentTimestamp).and_then(|ms| ms.parse().ok()),
        group: told.remove(&Told::MessageGroupId),
        deduplication: told.remove(&Told::MessageDeduplicationId),
    })
}

pub(super) async fn delete(change: &Change<'_>, queue: &str, receipt: &str) -> Result<Reply, Refusal> {
    let call = change.aws.sqs.delete_message().queue_url(url(change, queue).await?).receipt_handle(receipt);
    change.done(&of(queue), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn start_move(change: &Change<'_>, queue: &str, per_second: Option<u32>) -> Result<Reply, Refusal> {
    let arn = arn(&change.look, queue).await?;
    let arn = arn.ok_or_else(|| change.wrong(&of(queue), "there is no such queue"))?;
    let rate = per_second.map(|rate| i32::try_from(rate).unwrap_or(i32::MAX));
    let call = change.aws.sqs.start_message_move_task().source_arn(arn);
    let call = call.set_max_number_of_messages_per_second(rate).customize().interceptor(change.witness.clone());
    match change.make(&of(queue), call.send()).await {
        Ok(answer) => Ok(reply(&answer, answer.task_handle())),
        // With the code of a call that it does not have.
        Err(refusal) if refusal.reason.contains("already a task running") => {
            Err(change.wrong(&of(queue), "a move out of it is already running: wait for its end or cancel it"))
        }
        Err(refusal) => Err(refusal),
    }
}

pub(super) async fn cancel_move(change: &Change<'_>, queue: &str, handle: &str) -> Result<Reply, Refusal> {
    let call = change.aws.sqs.cancel_message_move_task().task_handle(handle);
    change.done(&of(queue), call.customize().interceptor(change.witness.clone()).send()).await
}

pub(super) async fn purge(change: &Change<'_>, queue: &str) -> Result<Reply, Refusal> {
    let call = change.aws.sqs.purge_queue().queue_url(url(change, queue).await?);
    change.done(&of(queue), call.customize().interceptor(change.witness.clone()).send()).await
}

/// A queue with its counts; `None` where there is no such queue.
pub(super) async fn queue(look: &Look<'_>, name: &str) -> Result<Option<Queue>, Refusal> {
    let Some(url) = find_url(look, name).await? else { return Ok(None) };
    let call = look.site.aws.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(COUNTS.to_vec()));
    let answer = look.find(ATTRIBUTES, &of(name), MISSING, call.send()).await?;
    let told = answer.map(|answer| answer.attributes.unwrap_or_default());
    Ok(told.map(|told| queues::read(&look.settings.names, &clean::line(name), &told)))
}

/// The moves out of a queue, newest first.
pub(super) async fn moves(look: &Look<'_>, queue: &str) -> Result<Vec<Move>, Refusal> {
    let Some(arn) = arn(look, queue).await? else { return Ok(Vec::new()) };
    let call = look.site.aws.sqs.list_message_move_tasks().source_arn(arn).max_results(MOST);
    let answer = look.ask(MOVES, &of(queue), call.send()).await?;
    let mut moves: Vec<Move> = answer
        .results()
        .iter()
        .map(|task| Move {
            handle: task.task_handle().map(clean::line),
            status: clean::line(task.status().unwrap_or_default()),
            moved: u64::try_from(task.approximate_number_of_messages_moved()).unwrap_or(0),
            of: task.approximate_number_of_messages_to_move().and_then(|n| u64::try_from(n).ok()),
            reason: task.failure_reason().filter(|reason| !reason.is_empty()).map(clean::line),
            started: Time::from_timestamp_millis(task.started_timestamp()),
        })
        .collect();
    moves.sort_by_key(|one| std::cmp::Reverse(one.started));
    Ok(moves)
}

/// A few messages, left where they are: they stay visible, and it counts as a receive. None where there is no such queue.
pub(super) async fn peek(look: &Look<'_>, queue: &str) -> Result<Vec<RawMessage>, Refusal> {
    let Some(url) = find_url(look, queue).await? else { return Ok(Vec::new()) };
    let call = look.site.aws.sqs.receive_message().queue_url(url).max_number_of_messages(MOST).visibility_timeout(0);
    let call = call.wait_time_seconds(WAIT_S).message_system_attribute_names(Told::All);
    let answer = look.find(PEEK, &of(queue), MISSING, call.send()).await?;
    Ok(answer.and_then(|answer| answer.messages).unwrap_or_default().into_iter().filter_map(raw).collect())
}

async fn url(change: &Change<'_>, queue: &str) -> Result<String, Refusal> {
    find_url(&change.look, queue).await?.ok_or_else(|| change.wrong(&of(queue), "there is no such queue"))
}

/// The address of a queue, asked for once; `None` where there is no such queue.
async fn find_url(look: &Look<'_>, queue: &str) -> Result<Option<String>, Refusal> {
    if let Some(url) = locked(&look.site.urls).get(queue) {
        return Ok(Some(url.clone()));
    }
    let call = look.site.aws.sqs.get_queue_url().queue_name(queue).send();
    let url = look.find(URL, &of(queue), MISSING, call).await?.and_then(|answer| answer.queue_url);
    if let Some(url) = &url {
        locked(&look.site.urls).insert(queue.to_owned(), url.clone());
    }
    Ok(url)
}

async fn arn(look: &Look<'_>, queue: &str) -> Result<Option<String>, Refusal> {
    let Some(url) = find_url(look, queue).await? else { return Ok(None) };
    let call = look.site.aws.sqs.get_queue_attributes().queue_url(url).attribute_names(Attribute::QueueArn);
    let answer = look.find(ATTRIBUTES, &of(queue), MISSING, call.send()).await?;
    Ok(answer.and_then(|answer| answer.attributes).and_then(|mut told| told.remove(&Attribute::QueueArn)))
}
