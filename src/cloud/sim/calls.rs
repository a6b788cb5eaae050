//! The calls an answer would have taken, how long they would have taken, and which services do not answer.

use super::life::Ms;
use super::scenario::Outage;
use super::world::World;
use crate::model::{Call, Outcome, Question, Service};

/// What an answer takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// How many things it holds.
    pub things: usize,
    /// Of how many of them it was asked one by one; metrics, where it is asked for metrics.
    pub units: usize,
    /// Whether they were listed for it.
    pub lists: bool,
}

/// The service a question goes to, its first operation, and how many things one call of it brings.
fn road(question: Question) -> (Service, &'static str, usize) {
    match question {
        Question::Identity => (Service::Sts, "GetCallerIdentity", 1),
        Question::LogGroups => (Service::Logs, "DescribeLogGroups", 50),
        Question::Functions => (Service::Lambda, "ListFunctions", 50),
        Question::Instances => (Service::Ec2, "DescribeInstances", 1_000),
        Question::Queues => (Service::Sqs, "ListQueues", 1_000),
        Question::QueuePulse => (Service::CloudWatch, "GetMetricData", METRICS),
        // Each agent reports five.
        Question::Metrics => (Service::CloudWatch, "ListMetrics", METRICS / 5),
        Question::Logs => (Service::Logs, "FilterLogEvents", 10_000),
        Question::Results => (Service::S3, "ListObjectsV2", 1_000),
        Question::Alarms => (Service::CloudWatch, "DescribeAlarms", 100),
        Question::Replicas => (Service::CloudWatch, "ListMetrics", METRICS),
        Question::Quotas => (Service::Lambda, "GetAccountSettings", 1_000),
        Question::Cost => (Service::CostExplorer, "GetCostAndUsage", 100),
        Question::Forecast => (Service::CostExplorer, "GetCostForecast", 1),
        Question::Budgets => (Service::Budgets, "DescribeBudgets", 1),
        // One for each kind of thing that is ordered about.
        Question::Rights => (Service::Iam, "SimulatePrincipalPolicy", 4),
    }
}

/// One call to CloudWatch takes or lists so many metrics.
const METRICS: usize = 500;
/// An answer asks so many functions for their reservation, and so many log groups for their lines.
const FUNCTIONS: usize = 100;
const GROUPS: usize = 15;

/// The calls for an answer, each with the units it is billed for.
fn taken(question: Question, Load { things, units, lists }: Load, agents: usize) -> Vec<(&'static str, usize)> {
    let (_, operation, page) = road(question);
    let pages = if lists { things.div_ceil(page).max(1) } else { 0 };
    let listing = vec![(operation, 1); pages];
    let metrics = |units: usize| {
        let calls =
            (0..units.div_ceil(METRICS)).map(move |call| ("GetMetricData", (units - call * METRICS).min(METRICS)));
        calls.collect::<Vec<_>>()
    };
    let beside = match question {
        Question::QueuePulse => return metrics(units),
        Question::Metrics => metrics(units),
        Question::Replicas => metrics(things),
        Question::Quotas => metrics(1),
        Question::Queues => vec![("GetQueueAttributes", 1); units],
        Question::Rights => vec![("GetRole", 1)],
        Question::Functions => vec![("GetFunctionConcurrency", 1); things.min(FUNCTIONS)],
        // A call for each group, as many as there are in a turn.
        Question::Logs => return vec![(operation, 1); pages.max(agents.min(GROUPS))],
        _ => Vec::new(),
    };
    [listing, beside].concat()
}

/// The service a question goes to.
pub(super) fn service(question: Question) -> Service {
    road(question).0
}

/// How many times as long as a region's usual call one to this service takes.
fn weight(service: Service) -> f64 {
    match service {
        Service::Sts | Service::Sqs => 0.8,
        Service::Lambda | Service::S3 => 0.9,
        Service::CloudWatch | Service::Logs => 1.1,
        Service::Ec2 => 1.6,
        Service::Budgets => 2.5,
        Service::Sns | Service::Rds | Service::Route53 | Service::RoutingControl | Service::DynamoDb | Service::Iam => {
            1.0
        }
        Service::CostExplorer => 4.0,
    }
}

impl World {
    /// The outage that holds a service now.
    pub(super) fn outage(&self, region: usize, service: Service, now: Ms) -> Option<&Outage> {
        let name = &self.scenario.region[region].id;
        let is_now = |outage: &&Outage| {
            let until = outage.until.map_or(Ms::MAX, |until| self.epoch + until.0);
            outage.region.as_ref() == name
                && outage.service == service
                && (self.epoch + outage.at.0..until).contains(&now)
        };
        self.scenario.outage.iter().find(is_now)
    }

    /// Why the service that would tell does not answer, with the call that was tried.
    pub(super) fn refusal(&self, region: usize, question: Question, now: Ms) -> Option<(String, Call)> {
        let (service, operation, _) = road(question);
        let name = &self.scenario.region[region].id;
        let outage = self.outage(region, service, now)?;
        let reason = format!("{} {operation} in {name}: {}", service.word(), outage.reason);
        let call = Call {
            service,
            operation: operation.into(),
            took_ms: outage.took_ms,
            tries: 3,
            units: 1,
            outcome: Outcome::Failed,
        };
        Some((reason, call))
    }

    /// The calls that a real cloud would have needed for an answer.
    pub(super) fn calls(&self, region: usize, question: Question, load: Load, now: Ms) -> Vec<Call> {
        let (usual, ..) = road(question);
        let plan = &self.scenario.region[region];
        let slow = self.scenario.slow.iter().filter(|slow| {
            let until = slow.until.map_or(Ms::MAX, |until| self.epoch + until.0);
            slow.region.as_ref() == &plan.id && (self.epoch + slow.at.0..until).contains(&now)
        });
        let times: f64 = slow.map(|slow| slow.times).product();
        let place = (question as u64) << 8 | region as u64;
        let taken = taken(question, load, self.in_region(region).count());
        let calls = taken.into_iter().zip(0u64..).map(|((operation, units), call)| {
            let spread = self.chance.calls.unit(place | call << 16, now as u64);
            // Most calls are about alike, a few take far longer.
            let spread = 0.85 + 0.3 * spread + 1.2 * spread.powi(24);
            let found = question.operations().find(|(_, name)| *name == operation);
            let service = found.map_or(usual, |(service, _)| service);
            let took = plan.latency_ms * weight(service) * spread * times;
            let (took_ms, units) = (took.round() as u32, units as u32);
            Call { service, operation: operation.into(), took_ms, tries: 1, units, outcome: Outcome::Answered }
        });
        calls.collect()
    }
}
