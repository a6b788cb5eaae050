//! One document that says all: what `infradeck snapshot` prints.
//!
//! Its shape is a promise to scripts ([`SCHEMA`]): members are added, never changed or taken away, without a new
//! number. Unknown is `null`. Times are RFC 3339, UTC.

mod text;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

pub use text::write_text;

use crate::fabric::{Agent, Fabric, Region, ServiceHealth, Session, Severity, Tally};
use crate::model::{Service, Time};

/// The version of the document's shape.
pub const SCHEMA: u32 = 1;

/// Everything that is known, at one moment.
#[derive(Debug, Serialize)]
pub struct Snapshot<'a> {
    schema: u32,
    at: Time,
    /// How far AWS's clock is ahead of this machine's; `at` and all other times are AWS's. `null` before it is known.
    clock_ahead_s: Option<f64>,
    fabric: FabricPart<'a>,
    sessions: Vec<SessionPart<'a>>,
    agents: Vec<AgentPart<'a>>,
    queues: Vec<QueuePart<'a>>,
    alarms: Vec<AlarmPart<'a>>,
    cost: CostPart<'a>,
    regions: Vec<RegionPart<'a>>,
    findings: Vec<FindingPart<'a>>,
    quality: Vec<QualityPart<'a>>,
    asking: AskingPart<'a>,
}

#[derive(Debug, Serialize)]
struct FabricPart<'a> {
    name: &'a str,
    account: Option<&'a str>,
    role: Option<&'a str>,
    regions: Vec<&'a str>,
    endpoint: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct SessionPart<'a> {
    id: &'a str,
    status: &'static str,
    agents: BTreeMap<&'static str, usize>,
    tokens: Option<f64>,
    cost_usd: Option<f64>,
}

#[derive(Debug, Serialize)]
struct AgentPart<'a> {
    session: &'a str,
    agent: &'a str,
    model: Option<&'a str>,
    kind: Option<&'static str>,
    region: Option<&'a str>,
    status: &'static str,
    since: Option<Time>,
    last_update: Option<Time>,
    error_rate_pct: Option<f64>,
    execution_ms: Option<f64>,
    tokens: Option<f64>,
    cost_usd: Option<f64>,
    queue: Option<&'a str>,
    log_group: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct QueuePart<'a> {
    name: &'a str,
    region: &'a str,
    visible: Option<u64>,
    in_flight: Option<u64>,
    delayed: Option<u64>,
    oldest_s: Option<f64>,
    dead_letter_of: Option<&'a str>,
    dead_letters: Option<u64>,
}

#[derive(Debug, Serialize)]
struct AlarmPart<'a> {
    name: &'a str,
    region: &'a str,
    state: &'static str,
    since: Option<Time>,
    reason: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct CostPart<'a> {
    month_to_date: Option<f64>,
    forecast: Option<f64>,
    today: Option<f64>,
    budget: f64,
    daily: Vec<DayPart<'a>>,
}

#[derive(Debug, Serialize)]
struct DayPart<'a> {
    date: NaiveDate,
    total: f64,
    by_service: BTreeMap<&'a str, f64>,
}

#[derive(Debug, Serialize)]
struct RegionPart<'a> {
    name: &'a str,
    role: &'static str,
    health: &'static str,
    services: BTreeMap<&'static str, ServicePart>,
}

#[derive(Debug, Serialize)]
struct ServicePart {
    health: &'static str,
    latency_ms: u32,
    /// Until when it is left alone since it failed again and again; `null` where it is not.
    rests_until: Option<Time>,
}

#[derive(Debug, Serialize)]
struct FindingPart<'a> {
    rule: &'static str,
    severity: &'static str,
    subject: &'a str,
    region: Option<&'a str>,
    since: Option<Time>,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct QualityPart<'a> {
    question: &'static str,
    region: &'a str,
    quality: &'static str,
    age_s: Option<i64>,
    reason: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct AskingPart<'a> {
    usd: f64,
    usd_last_hour: f64,
    budget_per_hour: Option<f64>,
    operations: Vec<OperationPart<'a>>,
}

#[derive(Debug, Serialize)]
struct OperationPart<'a> {
    service: &'static str,
    operation: &'a str,
    requests: u64,
    billed_units: u64,
    usd: f64,
    throttled: u64,
    denied: u64,
    failed: u64,
}

/// Six digits after the point: sums of binary fractions show their dust beyond.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl<'a> Snapshot<'a> {
    /// What `fabric` knows, as of [`Fabric::now`].
    pub fn of(fabric: &'a Fabric, name: &'a str, endpoint: Option<&'a str>) -> Self {
        let now = fabric.now();
        let mut agents: Vec<&Agent> = fabric.agents().iter().collect();
        agents.sort_by(|a, b| a.key.cmp(&b.key));
        Self {
            schema: SCHEMA,
            at: now,
            clock_ahead_s: fabric.clock_ahead().map(|ahead| ahead.num_milliseconds() as f64 / 1e3),
            fabric: FabricPart {
                name,
                account: fabric.identity().map(|identity| identity.account.as_str()),
                role: fabric.identity().map(crate::model::Identity::role),
                regions: fabric.regions().iter().map(|region| region.id.as_str()).collect(),
                endpoint,
            },
            sessions: fabric.sessions().values().map(SessionPart::of).collect(),
            agents: agents.into_iter().map(|agent| AgentPart::of(agent, fabric)).collect(),
            queues: queues(fabric),
            alarms: alarms(fabric),
            cost: CostPart::of(fabric),
            regions: fabric.regions().iter().map(RegionPart::of).collect(),
            findings: findings(fabric),
            quality: quality(fabric),
            asking: AskingPart::of(fabric),
        }
    }

    /// The document, in JSON with one member a line.
    ///
    /// # Errors
    ///
    /// None in practice: every member is plain data.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

impl<'a> AskingPart<'a> {
    fn of(fabric: &'a Fabric) -> Self {
        let (bill, now) = (fabric.bill(), fabric.now());
        // What a request to SQS costs has seven digits.
        let round = |usd: f64| (usd * 1e9).round() / 1e9;
        let operation = |(service, operation, tally): (Service, &'a str, &Tally)| OperationPart {
            service: service.word(),
            operation,
            requests: tally.all,
            billed_units: tally.all_units,
            usd: round(bill.usd_of(service, operation, now).1),
            throttled: tally.throttled,
            denied: tally.denied,
            failed: tally.failed,
        };
        let (hour, all) = bill.usd(now);
        Self {
            usd: round(all),
            usd_last_hour: round(hour),
            budget_per_hour: bill.budget,
            operations: bill.tallies().map(operation).collect(),
        }
    }
}

impl<'a> SessionPart<'a> {
    fn of(session: &'a Session) -> Self {
        Self {
            id: session.id.as_str(),
            status: session.status.word(),
            agents: session.agents.iter().map(|(status, count)| (status.word(), *count)).collect(),
            tokens: session.tokens.map(round),
            cost_usd: session.cost_usd.map(round),
        }
    }
}

impl<'a> AgentPart<'a> {
    fn of(agent: &'a Agent, fabric: &Fabric) -> Self {
        Self {
            session: agent.key.session.as_str(),
            agent: agent.key.agent.as_str(),
            model: agent.model.as_ref().map(|model| model.as_str()),
            kind: agent.kind().map(|kind| kind.word()),
            region: agent.region().map(|region| region.as_str()),
            status: agent.status.word(),
            since: agent.since,
            last_update: agent.last_update(),
            error_rate_pct: agent.error_rate_pct(fabric.now(), fabric.rules().error_window).map(round),
            execution_ms: agent.execution.map(|sample| round(sample.value)),
            tokens: agent.tokens_total().map(round),
            cost_usd: agent.cost_usd().map(round),
            queue: agent.queue().map(|name| &**name),
            log_group: agent.log_group().map(|name| &**name),
        }
    }
}

impl<'a> CostPart<'a> {
    fn of(fabric: &'a Fabric) -> Self {
        let (cost, now) = (fabric.cost(), fabric.now());
        let days = cost.report.iter().flat_map(|report| &report.days);
        Self {
            month_to_date: cost.month_to_date(now).map(round),
            forecast: cost.forecast.map(round),
            today: cost.today(now).map(round),
            budget: cost.budget(fabric.rules().budget_monthly_usd),
            daily: days
                .map(|day| DayPart {
                    date: day.date,
                    total: round(day.total),
                    by_service: day.by_service.iter().map(|(name, usd)| (name.as_str(), round(*usd))).collect(),
                })
                .collect(),
        }
    }
}

impl<'a> RegionPart<'a> {
    fn of(region: &'a Region) -> Self {
        let service = |health: &ServiceHealth| ServicePart {
            health: health.light().word(),
            latency_ms: health.took_ms,
            rests_until: health.rest.as_ref().map(|rest| rest.until),
        };
        Self {
            name: region.id.as_str(),
            role: region.role.word(),
            health: region.light().word(),
            services: region.services.iter().map(|(id, health)| (id.word(), service(health))).collect(),
        }
    }
}

fn queues(fabric: &Fabric) -> Vec<QueuePart<'_>> {
    fabric
        .queues()
        .iter()
        .map(|(key, state)| QueuePart {
            name: &key.name,
            region: key.region.as_str(),
            visible: state.queue.visible,
            in_flight: state.queue.in_flight,
            delayed: state.queue.delayed,
            oldest_s: state.oldest_s.map(round),
            dead_letter_of: state.dead_letter_of.as_deref(),
            dead_letters: state.dead_letters,
        })
        .collect()
}

fn alarms(fabric: &Fabric) -> Vec<AlarmPart<'_>> {
    let mut parts = Vec::new();
    for (region, alarms) in fabric.alarms() {
        parts.extend(alarms.iter().map(|alarm| AlarmPart {
            name: &alarm.name,
            region: region.as_str(),
            state: alarm.state.word(),
            since: alarm.since,
            reason: alarm.reason.as_deref(),
        }));
    }
    parts
}

fn findings(fabric: &Fabric) -> Vec<FindingPart<'_>> {
    fabric
        .findings()
        .iter()
        .map(|finding| FindingPart {
            rule: finding.rule.word(),
            severity: finding.severity.word(),
            subject: &finding.subject,
            region: finding.region.as_ref().map(|region| region.as_str()),
            since: finding.since,
            text: &finding.text,
        })
        .collect()
}

fn quality(fabric: &Fabric) -> Vec<QualityPart<'_>> {
    fabric
        .sources()
        .iter()
        .map(|((region, question), source)| QualityPart {
            question: question.word(),
            region: region.as_str(),
            quality: source.quality.word(),
            age_s: source.age(fabric.now()).map(|age| age.num_seconds()),
            reason: source.reason.as_deref(),
        })
        .collect()
}

/// Whether anything is as bad as `limit`, or worse.
pub fn has_finding(fabric: &Fabric, limit: Severity) -> bool {
    fabric.findings().iter().any(|finding| finding.severity <= limit)
}
