//! What the demo finds when it looks at one thing.

use super::{Which, World};
use crate::cloud::clean;
use crate::cloud::sim::life::Ms;
use crate::cloud::sim::world::time;
use crate::model::message::Heard;
use crate::model::{About, AgentKey, Identity, LastTask, LogLine, Probed, Refusal, Service, Time};

/// The log is looked through so far back, milliseconds.
const FAR: Ms = 24 * 3_600_000;

impl World {
    /// Looks at one thing.
    pub(super) fn look(&mut self, region: usize, about: &About, now: Ms) -> Result<Probed, Refusal> {
        if let Some((service, operation)) = road(about) {
            self.answers(region, service, operation, true, now)?;
        }
        Ok(match about {
            About::Task { agent, table, dead_letters, log_group, peek } => {
                let dead_letters = dead_letters.as_deref().filter(|_| *peek);
                Probed::Task(self.last_task(
                    region,
                    agent,
                    table.as_deref(),
                    dead_letters,
                    log_group.as_deref(),
                    now,
                )?)
            }
            About::Life { log_group, agent, after } => {
                let newest = self.written_by(region, log_group, agent, after.timestamp_millis(), now);
                Probed::Life(newest.into_iter().map(|line| line.at).filter(|at| at > after).max())
            }
            About::Function { name } => {
                Probed::Function(self.function(region, name).map(|index| self.reserved(region, index, now)))
            }
            About::Instance { id } => {
                Probed::Instance(self.instance(region, id, now).map(|instance| (instance.state, instance.class)))
            }
            About::Queue { name } => Probed::Queue(self.queue_now(region, name, now)),
            About::Moves { queue } => Probed::Moves(self.moves(region, queue, now)?),
            About::Alarm { name } => Probed::Alarm(self.alarm(region, name, now)),
            About::Database { name } => Probed::Database(self.database(region, name, now)),
            About::Records { zone, name } => Probed::Records(self.records(zone, name)?),
            About::HealthCheck { id } => Probed::HealthCheck(self.health_check(id)),
            About::RoutingControls { arns, endpoints } => {
                Probed::RoutingControls(self.routing_controls(arns, endpoints)?)
            }
            About::Object { bucket, key } => Probed::Object(self.object(region, bucket, key)?),
            About::Item { table, id } => Probed::Item(self.item(table, id)?),
            About::Template { name } => {
                let known = self.scenario.failover.templates.iter().any(|known| known == name);
                Probed::Template(known.then(|| (3, Some("t3.medium".to_owned()))))
            }
            About::Identity => Probed::Identity(self.identity()),
            About::Topic { name } => Probed::Topic(self.topic(region, name)),
        })
    }

    /// Who asks.
    pub(in crate::cloud::sim) fn identity(&self) -> Identity {
        let who = &self.scenario.account;
        let arn = format!("arn:aws:sts::{}:assumed-role/{}/{}", who.id, who.role, who.user);
        Identity { account: who.id.clone(), arn }
    }

    /// The lines of a group after a moment. In a group that agents share, those of one agent.
    fn written_by(&self, region: usize, group: &str, agent: &AgentKey, after: Ms, now: Ms) -> Vec<LogLine> {
        let from = after.clamp(now - FAR, now);
        let mut in_region = self.in_region(region);
        let owner = in_region.find(|(_, worker)| *worker.group == *group || worker.key == *agent);
        let mut lines = Vec::new();
        if let Some((index, worker)) = owner.filter(|_| self.has_group(region, group)) {
            // A group of one agent holds its lines and no others'.
            if *worker.group == *group {
                lines = self.lines_of(region, index, from, now);
            }
        }
        // An event bears the time that it was given, which may lie before the time it came.
        let put = self.put_lines(region, from - FAR, now);
        lines.extend(put.into_iter().filter(|line| *line.group == *group));
        lines
    }

    /// The last task of an agent: from the table, else from its dead letters, else from its log.
    fn last_task(
        &mut self,
        region: usize,
        agent: &AgentKey,
        table: Option<&str>,
        dead_letters: Option<&str>,
        log_group: Option<&str>,
        now: Ms,
    ) -> Result<Option<LastTask>, Refusal> {
        let found = |task: String, conversation: Option<String>, source: &str, at: Option<Time>| {
            Ok(Some(LastTask { task, conversation, source: source.to_owned(), at }))
        };
        if let Some(table) = table {
            self.answers(region, Service::DynamoDb, "GetItem", true, now)?;
            if let Some(task) = self.state(table, agent, now)? {
                return found(task, None, "session state", None);
            }
        }
        if let Some(queue) = dead_letters {
            self.answers(region, Service::Sqs, "ReceiveMessage", true, now)?;
            if matches!(self.queue(region, queue), Some(Which::Dead(_))) {
                // It counts as a receive, as it does in SQS: that is why one has to ask for it. And as a call, by
                // which receipts are told apart.
                self.changes.calls += 1;
                for message in self.receive(region, queue, 1, 0, now)? {
                    if let Some(heard) = Heard::read(&message.body, &std::collections::BTreeMap::new())
                        && let Some(task) = heard.task()
                    {
                        let conversation = heard.text("conversation_id").map(clean::line);
                        let at = message.sent_ms.map(time);
                        return found(clean::line(task), conversation, "dead letter", at);
                    }
                }
            }
        }
        let Some(group) = log_group else { return Ok(None) };
        self.answers(region, Service::Logs, "FilterLogEvents", true, now)?;
        let lines = self.written_by(region, group, agent, now - FAR, now);
        let starts = lines.iter().filter(|line| line.at.timestamp_millis() <= now);
        let starts = starts.filter_map(|line| Some((line.at, line.event.as_ref()?.task.clone()?)));
        match starts.max_by_key(|(at, _)| *at) {
            Some((at, task)) => found(task, None, "agent_start", Some(at)),
            None => Ok(None),
        }
    }
}

/// The call that a look takes. That for a task takes several.
fn road(about: &About) -> Option<(Service, &'static str)> {
    Some(match about {
        About::Task { .. } => return None,
        About::Life { .. } => (Service::Logs, "FilterLogEvents"),
        About::Function { .. } => (Service::Lambda, "GetFunctionConcurrency"),
        About::Instance { .. } => (Service::Ec2, "DescribeInstances"),
        About::Queue { .. } => (Service::Sqs, "GetQueueAttributes"),
        About::Moves { .. } => (Service::Sqs, "ListMessageMoveTasks"),
        About::Alarm { .. } => (Service::CloudWatch, "DescribeAlarms"),
        About::Database { .. } => (Service::Rds, "DescribeDBInstances"),
        About::Records { .. } => (Service::Route53, "ListResourceRecordSets"),
        About::HealthCheck { .. } => (Service::Route53, "GetHealthCheck"),
        About::RoutingControls { .. } => (Service::RoutingControl, "GetRoutingControlState"),
        About::Object { .. } => (Service::S3, "GetObject"),
        About::Item { .. } => (Service::DynamoDb, "GetItem"),
        About::Template { .. } => (Service::Ec2, "DescribeLaunchTemplates"),
        About::Identity => (Service::Sts, "GetCallerIdentity"),
        About::Topic { .. } => (Service::Sns, "ListTopics"),
    })
}
