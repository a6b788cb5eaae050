//! One region: its clients, and what has to be remembered from one answer to the next.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

use aws_config::retry::RetryConfig;

use super::asking::locked;
use super::clients::Clients;
use super::connect::Session;
use super::control::Hands;
use super::gate::Gate;
use super::logs::Tails;
use super::tries::Tries;
use super::{functions, metrics, queues};
use crate::model::{AgentKey, Call, CostReport, GroupOwner, Identity, LogGroup, RegionId, Time};

/// Cost Explorer, Budgets and their like live in one region only.
const GLOBAL: &str = "us-east-1";

/// A thing of the fabric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    /// The last part of its ARN: `function:infra-agent-x`.
    pub name: String,
    /// Whose it is.
    pub owner: Option<AgentKey>,
}

/// One region of AWS. The same question is never asked of it twice at once, so each memory has one writer.
#[derive(Debug)]
pub(super) struct Site {
    /// What every call passes.
    pub gate: Arc<Gate>,
    /// What is asked with.
    pub aws: Clients,
    /// What changes things, made when first something is to be changed.
    hands: OnceLock<Hands>,
    pub costs: aws_sdk_costexplorer::Client,
    pub budgets: aws_sdk_budgets::Client,
    /// Who asks, as STS told last.
    pub identity: Mutex<Option<Identity>>,
    /// A thing that was listed, by the service that has it as ARNs call it: IAM is asked about it.
    pub things: Mutex<HashMap<&'static str, Thing>>,
    /// The log groups as last listed.
    pub groups: Mutex<Option<Vec<LogGroup>>>,
    /// How far each log group has been read.
    pub tails: Mutex<Tails>,
    /// What is known of queues, by name.
    pub queues: Mutex<BTreeMap<Arc<str>, queues::Seen>>,
    /// The address of each queue that was named.
    pub urls: Mutex<HashMap<String, String>>,
    /// What is known of functions.
    pub functions: Mutex<functions::Known>,
    /// What is known of metrics.
    pub metrics: Mutex<metrics::Known>,
    /// How many instances of the fabric ran when they were last listed.
    pub running: Mutex<Option<usize>>,
    /// The calls that orders and their looks have made: the next answer tells of them.
    pub ordered: Mutex<Vec<Call>>,
    /// What Cost Explorer last answered, and when: each call costs a cent, and two questions want it.
    pub cost: tokio::sync::Mutex<Option<(Time, CostReport)>>,
}

impl Site {
    /// The agents that have a log group of their own.
    pub(super) fn logged(&self) -> HashSet<AgentKey> {
        let groups = locked(&self.groups);
        let owners = groups.iter().flatten().filter_map(|group| match &group.owner {
            GroupOwner::Agent(agent) => Some(agent.clone()),
            _ => None,
        });
        owners.collect()
    }

    /// Notes a thing that is there. One that was there stays until there is another.
    pub(super) fn note(&self, service: &'static str, thing: Option<(String, Option<AgentKey>)>) {
        if let Some((name, owner)) = thing {
            locked(&self.things).insert(service, Thing { name, owner });
        }
    }

    pub(super) fn open(session: &Session, region: &RegionId, gate: Arc<Gate>) -> Self {
        let here = session.sdk_in(region.as_str());
        let global = session.sdk_in(GLOBAL);
        // A cent a call: whether it is tried again is for the poller to say, who knows what may still be spent.
        let once = RetryConfig::disabled();
        let costs = aws_sdk_costexplorer::config::Builder::from(&global).retry_config(once);
        let budgets = aws_sdk_budgets::config::Builder::from(&global);
        Self {
            aws: Clients::open(&here, None, &gate.reach),
            gate,
            hands: OnceLock::new(),
            costs: aws_sdk_costexplorer::Client::from_conf(costs.interceptor(Tries).build()),
            budgets: aws_sdk_budgets::Client::from_conf(budgets.interceptor(Tries).build()),
            identity: Mutex::default(),
            things: Mutex::default(),
            ordered: Mutex::default(),
            groups: Mutex::default(),
            tails: Mutex::default(),
            queues: Mutex::default(),
            urls: Mutex::default(),
            functions: Mutex::default(),
            metrics: Mutex::default(),
            running: Mutex::default(),
            cost: tokio::sync::Mutex::default(),
        }
    }

    /// What changes things here.
    pub(super) fn hands(&self, session: &Session, region: &RegionId) -> &Hands {
        self.hands.get_or_init(|| Hands::open(&session.sdk_in(region.as_str()), &self.gate.reach))
    }
}
