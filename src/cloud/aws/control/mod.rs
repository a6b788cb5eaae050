//! The live fabric, told to change, and asked about one thing: one file a service, SDK type to model type and nothing
//! else.
//!
//! What does no more when it is made twice is tried again by the SDK; all else is sent once. What came of it is told so
//! that the next step can rely on it: a call that may have been heard without an answer is never called refused.

mod alarms;
mod dynamodb;
mod ec2;
mod hand;
mod lambda;
mod logs;
mod rds;
mod refusal;
mod route53;
mod routing;
mod s3;
mod sns;
mod sqs;
mod sts;
mod task;

pub(super) use hand::Hands;

use super::Aws;
use super::connect::{NoCredentials, Session};
use super::site::Site;
use super::trouble::Api;
use crate::cloud::{Control, Probing, Telling, clean};
use crate::model::{About, ControlCall, Directed, Probe, Probed, Refusal, RefusalKind, RegionId, Reply};
use hand::{Change, Look, Witness};

impl Control for Aws {
    fn control<'a>(&'a self, call: &'a Directed) -> Telling<'a> {
        Box::pin(self.make(call))
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> Probing<'a> {
        Box::pin(self.look_at(probe))
    }
}

impl Aws {
    fn look<'a>(&'a self, session: &'a Session, site: &'a Site, region: &'a RegionId) -> Look<'a> {
        Look { site, settings: &self.settings, region, now: self.reach.now(), log_in: &session.log_in }
    }

    async fn make(&self, directed: &Directed) -> Result<Reply, Refusal> {
        let Directed { region, call } = directed;
        let session = self.session().await.map_err(|error| no_credentials(&error))?;
        let site = self.site(session, region);
        let hands = site.hands(session, region);
        let (service, operation) = call.operation();
        let change = Change {
            look: self.look(session, &site, region),
            aws: if call.is_repeatable() { &hands.again } else { &hands.once },
            api: Api::new(service, operation),
            witness: Witness::default(),
        };
        perform(&change, hands, call).await
    }

    async fn look_at(&self, probe: &Probe) -> Result<Probed, Refusal> {
        let Probe { region, about } = probe;
        let session = self.session().await.map_err(|error| no_credentials(&error))?;
        let site = self.site(session, region);
        let look = self.look(session, &site, region);
        found(&look, about).await
    }
}

fn no_credentials(error: &NoCredentials) -> Refusal {
    Refusal { kind: RefusalKind::Denied, reason: clean::line(&error.to_string()), request_id: None }
}

async fn perform(change: &Change<'_>, hands: &Hands, call: &ControlCall) -> Result<Reply, Refusal> {
    use ControlCall as C;
    match call {
        C::InvokeFunction { function, payload } => lambda::invoke(change, function, payload).await,
        C::ReserveConcurrency { function, executions } => lambda::reserve(change, function, *executions).await,
        C::ReleaseConcurrency { function } => lambda::release(change, function).await,
        C::SendMessage { queue, body, group, deduplication } => {
            sqs::send(change, queue, body, group.as_deref(), deduplication.as_deref()).await
        }
        C::ReceiveMessages { queue, most, hidden_s } => sqs::receive(change, queue, *most, *hidden_s).await,
        C::DeleteMessage { queue, receipt } => sqs::delete(change, queue, receipt).await,
        C::StartMove { queue, per_second } => sqs::start_move(change, queue, *per_second).await,
        C::CancelMove { queue, handle } => sqs::cancel_move(change, queue, handle).await,
        C::PurgeQueue { queue } => sqs::purge(change, queue).await,
        C::Publish { topic, body } => sns::publish(change, topic, body).await,
        C::RebootInstance { instance } => ec2::reboot(change, instance).await,
        C::StartInstance { instance } => ec2::start(change, instance).await,
        C::StopInstance { instance } => ec2::stop(change, instance).await,
        C::TerminateInstance { instance } => ec2::terminate(change, instance).await,
        C::RunInstance { template, token, tags } => ec2::run(change, template, token, tags).await,
        C::DisableAlarm { alarm } => alarms::disable(change, alarm).await,
        C::EnableAlarm { alarm } => alarms::enable(change, alarm).await,
        C::PutAlarm { alarm } => alarms::put(change, alarm).await,
        C::RebootDatabase { database, failover } => rds::reboot(change, database, *failover).await,
        C::PromoteReplica { replica } => rds::promote(change, replica).await,
        C::ResizeDatabase { database, class } => rds::resize(change, database, class).await,
        C::ChangeRecords { zone, records } => route53::change_records(change, zone, records).await,
        C::InvertHealthCheck { health_check, inverted } => route53::invert(change, health_check, *inverted).await,
        C::SetRoutingControls { states, endpoints } => routing::set(change, hands, states, endpoints).await,
        C::PutObject { bucket, key, body, only_if } => s3::put(change, bucket, key, body, only_if).await,
        C::DeleteObject { bucket, key } => s3::delete(change, bucket, key).await,
        C::PutItem { table, item, only_if } => dynamodb::put(change, table, item, only_if).await,
        C::DeleteItem { table, key, version } => dynamodb::delete(change, table, key, version).await,
        C::PutLogEvent { group, stream, at_ms, message } => logs::put(change, group, stream, *at_ms, message).await,
    }
}

async fn found(look: &Look<'_>, about: &About) -> Result<Probed, Refusal> {
    Ok(match about {
        About::Task { agent, table, dead_letters, log_group, peek } => {
            let dead_letters = dead_letters.as_deref().filter(|_| *peek);
            Probed::Task(task::last(look, agent, table.as_deref(), dead_letters, log_group.as_deref()).await?)
        }
        About::Life { log_group, agent, after } => Probed::Life(logs::life(look, log_group, agent, *after).await?),
        About::Function { name } => Probed::Function(lambda::reservation(look, name).await?),
        About::Instance { id } => Probed::Instance(ec2::instance(look, id).await?),
        About::Queue { name } => Probed::Queue(sqs::queue(look, name).await?),
        About::Moves { queue } => Probed::Moves(sqs::moves(look, queue).await?),
        About::Alarm { name } => Probed::Alarm(alarms::alarm(look, name).await?),
        About::Database { name } => Probed::Database(rds::database(look, name).await?),
        About::Records { zone, name } => Probed::Records(route53::records(look, zone, name).await?),
        About::HealthCheck { id } => Probed::HealthCheck(route53::health_check(look, id).await?),
        About::RoutingControls { arns, endpoints } => {
            Probed::RoutingControls(routing::states(look, arns, endpoints).await?)
        }
        About::Object { bucket, key } => Probed::Object(s3::object(look, bucket, key).await?),
        About::Item { table, id } => Probed::Item(dynamodb::item(look, table, id).await?),
        About::Template { name } => Probed::Template(ec2::template(look, name).await?),
        About::Identity => Probed::Identity(sts::identity(look).await?),
        About::Topic { name } => Probed::Topic(sns::topic(look, name).await?),
    })
}

/// What a call is made to, for the sentence that tells of its end.
fn of(name: &str) -> String {
    format!(" of {name}")
}

#[cfg(test)]
mod task_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;
