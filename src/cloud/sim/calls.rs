//! The calls an answer would have taken, how long they would have taken, and which services do not answer.

use super::life::Ms;
use super::scenario::Outage;
use super::world::World;
use crate::model::{Call, Outcome, Question, Service};

/// The most calls told for one answer: beyond that they tell nothing new.
const MOST_CALLS: usize = 60;

/// How many metrics are asked for each thing that an answer holds.
fn metrics_each(question: Question) -> usize {
    match question {
        Question::Metrics => 5,
        Question::QueuePulse => 2,
        _ => 1,
    }
}

/// The service a question goes to, its operation, and how many things one call brings.
fn road(question: Question) -> (Service, &'static str, usize) {
    match question {
        Question::Identity => (Service::Sts, "GetCallerIdentity", 1),
        Question::LogGroups => (Service::Logs, "DescribeLogGroups", 50),
        Question::Functions => (Service::Lambda, "ListFunctions", 50),
        Question::Instances => (Service::Ec2, "DescribeInstances", 1_000),
        Question::Queues => (Service::Sqs, "GetQueueAttributes", 1),
        Question::QueuePulse | Question::Metrics => (Service::CloudWatch, "GetMetricData", 100),
        Question::Logs => (Service::Logs, "FilterLogEvents", 10_000),
        Question::Results => (Service::S3, "ListObjectsV2", 1_000),
        Question::Alarms => (Service::CloudWatch, "DescribeAlarms", 100),
        Question::Replicas => (Service::CloudWatch, "GetMetricData", 500),
        Question::Quotas => (Service::Lambda, "GetAccountSettings", 1),
        Question::Cost => (Service::CostExplorer, "GetCostAndUsage", 100),
        Question::Forecast => (Service::CostExplorer, "GetCostForecast", 1),
        Question::Budgets => (Service::Budgets, "DescribeBudgets", 1),
    }
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
        Service::Sns | Service::Rds | Service::Route53 | Service::RoutingControl | Service::DynamoDb => 1.0,
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

    /// The calls for an answer that holds so many things.
    pub(super) fn calls(&self, region: usize, question: Question, things: usize, now: Ms) -> Vec<Call> {
        let (service, operation, page) = road(question);
        let plan = &self.scenario.region[region];
        let slow = self.scenario.slow.iter().filter(|slow| {
            let until = slow.until.map_or(Ms::MAX, |until| self.epoch + until.0);
            slow.region.as_ref() == &plan.id && (self.epoch + slow.at.0..until).contains(&now)
        });
        let times: f64 = slow.map(|slow| slow.times).product();
        let place = (question as u64) << 8 | region as u64;
        let count = things.div_ceil(page).clamp(1, MOST_CALLS);
        let each = metrics_each(question);
        let calls = (0..count as u64).map(|call| {
            let metered = operation == "GetMetricData";
            let units = if metered { things.saturating_sub(call as usize * page).min(page) * each } else { 1 };

            let spread = self.chance.calls.unit(place | call << 16, now as u64);
            // Most calls are about alike, a few take far longer.
            let spread = 0.85 + 0.3 * spread + 1.2 * spread.powi(24);
            let took = plan.latency_ms * weight(service) * spread * times;
            let (took_ms, units) = (took.round() as u32, units as u32);
            Call { service, operation: operation.into(), took_ms, tries: 1, units, outcome: Outcome::Answered }
        });
        calls.collect()
    }
}
