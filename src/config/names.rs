//! Where things are and what they are called, and the reading of names back into sessions and agents.
//!
//! Defaults are those of the page `FABRIC.md` ("Where the facts are on AWS"); each can be changed under `[names]`.

use crate::model::{AgentId, AgentKey, GroupOwner};

use super::section::Section;
use super::values::text;

/// What everything is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The `CloudWatch` namespace of the agents' metrics. Environment: `CLOUDWATCH_NAMESPACE`.
    pub namespace: String,
    /// What the names of all log groups of the fabric begin with; ends in a slash.
    pub log_prefix: String,
    /// The log group that many agents share, in deployments that have one. Environment: `LOG_GROUP`.
    pub log_group: String,
    /// What the name of every queue of the fabric begins with.
    pub queue_prefix: String,
    /// How an agent's queue is named.
    pub queue_pattern: QueuePattern,
    /// What the name of a dead-letter queue ends in, before `.fifo`.
    pub dead_letter_suffix: String,
    /// The queue on which results come back: it is no agent's.
    pub results_queue: String,
    /// What the names of agent functions begin with.
    pub function_prefix: String,
    /// The tag that names the session of a function or instance.
    pub tag_session: String,
    /// The tag that names its agent.
    pub tag_agent: String,
    /// The tag that names its role.
    pub tag_role: String,
    /// The bucket in which agents leave their results. Environment: `RESULTS_BUCKET`, else `STATE_BUCKET`.
    pub results_bucket: String,
    /// The bucket to which logs are exported, if any. Environment: `LOG_BUCKET`.
    pub log_bucket: Option<String>,
    /// The topic of the bus.
    pub bus_topic: String,
    /// The topic that carries work to the agents; a name or an ARN. Environment: `AGENT_QUEUE_TOPIC`.
    pub agent_topic: String,
    /// The topic on which agents say that they are done; a name or an ARN. Environment: `COMPLETION_TOPIC_ARN`.
    pub complete_topic: String,
    /// The database instance, by identifier. Environment: the first word of `RDS_HOST`.
    pub database: Option<String>,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            namespace: "InfraFabric/Agents".into(),
            log_prefix: "/infrafabric/".into(),
            log_group: "/infrafabric/agents".into(),
            queue_prefix: "if-".into(),
            queue_pattern: QueuePattern::default(),
            dead_letter_suffix: "-dlq".into(),
            results_queue: "if-agent-results.fifo".into(),
            function_prefix: "infra-agent".into(),
            tag_session: "infrafabric:session".into(),
            tag_agent: "infrafabric:agent".into(),
            tag_role: "infrafabric:role".into(),
            results_bucket: "if-state".into(),
            log_bucket: None,
            bus_topic: "if-bus-messages".into(),
            agent_topic: "if-agent-queue".into(),
            complete_topic: "if-agent-complete".into(),
            database: None,
        }
    }
}

impl Names {
    /// Whose log a group holds; `None` for a group that is not the fabric's.
    pub fn group_owner(&self, group: &str) -> Option<GroupOwner> {
        if group == self.log_group {
            return Some(GroupOwner::Shared);
        }
        let parts: Vec<&str> = group.strip_prefix(&self.log_prefix)?.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        match parts[..] {
            ["sessions", session, "coordinator"] => {
                Some(GroupOwner::Agent(AgentKey::new(session, AgentId::COORDINATOR)))
            }
            ["sessions", session, "agents", agent] => Some(GroupOwner::Agent(AgentKey::new(session, agent))),
            ["services", ref service @ ..] if !service.is_empty() => Some(GroupOwner::Service(service.join("/"))),
            _ => None,
        }
    }

    /// Whose queue, or whose dead-letter queue, this is; `None` where the name does not tell.
    pub fn queue_owner(&self, queue: &str) -> Option<AgentKey> {
        let name = self.without_suffixes(queue);
        if name == self.without_suffixes(&self.results_queue) {
            return None;
        }
        self.queue_pattern.owner(name)
    }

    /// Whether this is a dead-letter queue, as far as its name tells.
    pub fn is_dead_letter(&self, queue: &str) -> bool {
        queue.strip_suffix(".fifo").unwrap_or(queue).ends_with(&self.dead_letter_suffix)
    }

    /// The agent that stored an object, and whether it stored a failure; `None` for any other object.
    ///
    /// Keys end in `{session}/agents/{agent}/result.json` or `…/error.json`. What stands in front, such as the
    /// `{session-hash}/{timestamp}/` of newer deployments, is passed over.
    pub fn result_owner(&self, key: &str) -> Option<(AgentKey, bool)> {
        let mut parts = key.rsplit('/');
        let failure = match parts.next()? {
            "result.json" => false,
            "error.json" => true,
            _ => return None,
        };
        let agent = parts.next().filter(|part| !part.is_empty())?;
        parts.next().filter(|part| *part == "agents")?;
        let session = parts.next().filter(|part| !part.is_empty())?;
        Some((AgentKey::new(session, agent), failure))
    }

    fn without_suffixes<'q>(&self, queue: &'q str) -> &'q str {
        let name = queue.strip_suffix(".fifo").unwrap_or(queue);
        name.strip_suffix(&self.dead_letter_suffix).unwrap_or(name)
    }

    /// Reads `[names]`.
    pub(super) fn read(&mut self, section: &mut Section<'_>) {
        let fields = [
            ("namespace", &mut self.namespace),
            ("log_group", &mut self.log_group),
            ("queue_prefix", &mut self.queue_prefix),
            ("dead_letter_suffix", &mut self.dead_letter_suffix),
            ("results_queue", &mut self.results_queue),
            ("function_prefix", &mut self.function_prefix),
            ("tag_session", &mut self.tag_session),
            ("tag_agent", &mut self.tag_agent),
            ("tag_role", &mut self.tag_role),
            ("results_bucket", &mut self.results_bucket),
            ("bus_topic", &mut self.bus_topic),
            ("agent_topic", &mut self.agent_topic),
            ("complete_topic", &mut self.complete_topic),
        ];
        for (key, field) in fields {
            section.read(key, field, text);
        }
        section.read("log_prefix", &mut self.log_prefix, |value| {
            let prefix = text(value)?;
            let good = prefix.ends_with('/') && prefix.len() > 1;
            good.then_some(prefix)
                .ok_or_else(|| "a prefix that ends in a slash is wanted, such as \"/infrafabric/\"".into())
        });
        section.read("queue_pattern", &mut self.queue_pattern, |value| QueuePattern::parse(&text(value)?));
        section.read_some("log_bucket", &mut self.log_bucket, text);
        section.read_some("database", &mut self.database, text);
    }
}

/// How an agent's queue is named: text with one `{session}` and one `{agent}` in it, and something between the two.
///
/// Session ids hold dashes and agent ids do not, so the name is split at the separator nearest to the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePattern {
    before: String,
    between: String,
    after: String,
    agent_first: bool,
}

impl Default for QueuePattern {
    fn default() -> Self {
        Self { before: "if-".into(), between: "-".into(), after: String::new(), agent_first: false }
    }
}

impl QueuePattern {
    const SESSION: &'static str = "{session}";
    const AGENT: &'static str = "{agent}";

    /// Reads a pattern such as `if-{session}-{agent}`.
    ///
    /// # Errors
    ///
    /// One sentence on what a pattern needs, when it lacks a placeholder, has one twice, or nothing between the two.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "is {pattern:?}; a pattern with one {} and one {} and something between them is wanted, \
                 such as \"if-{{session}}-{{agent}}\"",
                Self::SESSION,
                Self::AGENT
            )
        };
        let session = pattern.find(Self::SESSION).ok_or_else(wrong)?;
        let agent = pattern.find(Self::AGENT).ok_or_else(wrong)?;
        let agent_first = agent < session;
        let (first, second) = if agent_first { (Self::AGENT, Self::SESSION) } else { (Self::SESSION, Self::AGENT) };
        let (before, rest) = pattern.split_once(first).ok_or_else(wrong)?;
        let (between, after) = rest.split_once(second).ok_or_else(wrong)?;
        if between.is_empty() || [before, between, after].iter().any(|text| text.contains(['{', '}'])) {
            return Err(wrong());
        }
        Ok(Self { before: before.into(), between: between.into(), after: after.into(), agent_first })
    }

    /// The queue of an agent: the inverse of what [`Names::queue_owner`] reads.
    pub fn queue(&self, owner: &AgentKey) -> String {
        let (session, agent) = (owner.session.as_str(), owner.agent.as_str());
        let (first, second) = if self.agent_first { (agent, session) } else { (session, agent) };
        format!("{}{first}{}{second}{}", self.before, self.between, self.after)
    }

    fn owner(&self, name: &str) -> Option<AgentKey> {
        let middle = name.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        let (session, agent) = if self.agent_first {
            middle.split_once(&self.between).map(|(agent, session)| (session, agent))?
        } else {
            middle.rsplit_once(&self.between)?
        };
        (!session.is_empty() && !agent.is_empty()).then(|| AgentKey::new(session, agent))
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
