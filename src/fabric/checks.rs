//! The rules. Each is one function that looks at the fabric and adds what it finds.
//!
//! Where a rule holds for many agents of a session, it says so once: a screen full of the same sentence hides the
//! other sentences.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Agent, Fabric, Finding, Rule, Severity, Target};
use crate::model::{AlarmState, Light, Quality, Question, QueueKey, RegionId, SessionId, Status, Time};

/// A clock may be off by so much before anyone is told: answers tell their time by the second.
const CLOCK_OFF: TimeDelta = TimeDelta::seconds(5);
/// More agents of one session than this under one rule become one finding.
const APART: usize = 3;
/// A session burns when it spends this many times what is usual for it …
const BURN_RATIO: f64 = 3.0;
/// … and at least this much, US dollars an hour.
const BURN_USD_PER_HOUR: f64 = 1.0;

/// Everything that is wrong, worst first, in an order that does not depend on when the facts came.
pub(super) fn find(fabric: &Fabric) -> Vec<Finding> {
    let mut found = Vec::new();
    regions(fabric, &mut found);
    denied(fabric, &mut found);
    clock(fabric, &mut found);
    sessions(fabric, &mut found);
    agents(fabric, &mut found);
    queues(fabric, &mut found);
    cost(fabric, &mut found);
    limits(fabric, &mut found);
    alarms(fabric, &mut found);
    found.sort_by(|a, b| (a.severity, a.rule, &a.subject, &a.region).cmp(&(b.severity, b.rule, &b.subject, &b.region)));
    found
}

fn regions(fabric: &Fabric, found: &mut Vec<Finding>) {
    for region in fabric.regions() {
        let down: Vec<_> = region.services.iter().filter(|(_, health)| health.light() == Light::Red).collect();
        if down.is_empty() {
            continue;
        }
        let names: Vec<_> = down.iter().map(|(service, _)| service.word()).collect();
        let all = region.light() == Light::Red;
        let why = fabric
            .sources()
            .iter()
            .filter(|((id, _), source)| *id == region.id && source.quality == Quality::Failed)
            .find_map(|(_, source)| source.reason.clone());
        let what = if all { "no service answers".into() } else { format!("{} do not answer", names.join(", ")) };
        found.push(Finding {
            severity: if all { Severity::Critical } else { Severity::Warning },
            rule: Rule::Region,
            subject: region.id.to_string(),
            target: Target::Region(region.id.clone()),
            region: Some(region.id.clone()),
            since: down.iter().filter_map(|(_, health)| health.down_since).min(),
            text: why.map_or(what.clone(), |why| format!("{what}: {why}")),
        });
    }
}

/// The credentials are the same in every region: one line says it.
fn logged_out(fabric: &Fabric, since: Time, why: &str) -> Option<Finding> {
    Some(Finding {
        severity: Severity::Critical,
        rule: Rule::Denied,
        subject: "credentials".to_owned(),
        target: Target::Region(fabric.regions().first()?.id.clone()),
        region: None,
        since: Some(since),
        text: why.to_owned(),
    })
}

fn clock(fabric: &Fabric, found: &mut Vec<Finding>) {
    let Some(ahead) = fabric.clock_ahead().filter(|ahead| ahead.abs() > CLOCK_OFF) else { return };
    let Some(primary) = fabric.regions().first() else { return };
    let side = if ahead > TimeDelta::zero() { "behind" } else { "ahead of" };
    let off = match ahead.abs() {
        off if off < TimeDelta::minutes(2) => format!("{} s", off.num_seconds()),
        off if off < TimeDelta::hours(2) => format!("{} min", off.num_minutes()),
        off => format!("{} h", off.num_hours()),
    };
    found.push(Finding {
        severity: Severity::Warning,
        rule: Rule::Clock,
        subject: "this machine".to_owned(),
        target: Target::Region(primary.id.clone()),
        region: None,
        since: None,
        text: format!("this machine's clock is {off} {side} AWS: all times here are AWS's; set it right"),
    });
}

fn denied(fabric: &Fabric, found: &mut Vec<Finding>) {
    if let Some((since, why)) = fabric.log_in() {
        found.extend(logged_out(fabric, since, why));
        return;
    }
    let mut by_region: BTreeMap<&RegionId, (Vec<&str>, Option<&str>)> = BTreeMap::new();
    for ((region, question), source) in fabric.sources() {
        // What was refused to credentials that have been renewed since is asked again at its next turn. Whoever may not
        // ask IAM beforehand misses nothing that is watched.
        if *question != Question::Rights && source.quality == Quality::Denied && !fabric.is_renewed_since(source.asked)
        {
            let (questions, reason) = by_region.entry(region).or_default();
            questions.push(question.word());
            *reason = reason.or(source.reason.as_deref());
        }
    }
    for (region, (questions, reason)) in by_region {
        // Where nothing may be asked, nothing at all is known.
        let asked =
            fabric.sources().keys().filter(|(id, question)| id == region && *question != Question::Rights).count();
        found.push(Finding {
            severity: if questions.len() == asked { Severity::Critical } else { Severity::Warning },
            rule: Rule::Denied,
            subject: questions.join(", "),
            target: Target::Region(region.clone()),
            region: Some(region.clone()),
            since: None,
            text: reason.unwrap_or("these credentials may not ask").to_owned(),
        });
    }
}

fn sessions(fabric: &Fabric, found: &mut Vec<Finding>) {
    for session in fabric.sessions().values() {
        let finding = |severity, rule, since, text| Finding {
            severity,
            rule,
            subject: session.id.to_string(),
            target: Target::Session(session.id.clone()),
            region: session.region.clone(),
            since,
            text,
        };
        if is_session_stuck(fabric, &session.id) {
            let stuck = session.count(Status::Stuck);
            let text = format!("no update from any agent, queue or log; {stuck} of {} agents stuck", session.size());
            found.push(finding(Severity::Critical, Rule::SessionStuck, session.last_update, text));
        }
        if let (Some(usd), Some(ratio)) = (session.usd_per_hour, session.burn_ratio())
            && usd >= BURN_USD_PER_HOUR
            && ratio >= BURN_RATIO
        {
            let most = fabric
                .agents()
                .iter()
                .filter(|agent| agent.key.session == session.id)
                .filter_map(|agent| Some((agent, agent.usd_per_hour(fabric.now())?)))
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let share = most.map_or_else(String::new, |(agent, most)| {
                format!("; {} alone {:.0} %", agent.key.agent, most * 100.0 / usd)
            });
            let text = format!("${usd:.2}/h, {ratio:.1}× its usual{share}");
            found.push(finding(Severity::Warning, Rule::Burn, None, text));
        }
    }
}

/// Whether all that is left of a session to do is stuck: then the session is, and its agents need no line each.
fn is_session_stuck(fabric: &Fabric, id: &SessionId) -> bool {
    let Some(session) = fabric.sessions().get(id) else { return false };
    let stuck = session.count(Status::Stuck);
    let ended = [Status::Complete, Status::Failed, Status::Paused, Status::Idle].map(|s| session.count(s));
    stuck > 0
        && session.size() > 1
        && stuck + ended.iter().sum::<usize>() == session.size()
        && session.last_update.is_some_and(|at| fabric.now() - at > fabric.rules().stuck_after)
}

fn agents(fabric: &Fabric, found: &mut Vec<Finding>) {
    let now = fabric.now();
    let rules = fabric.rules();
    let mut groups: BTreeMap<(Rule, &SessionId), Vec<Finding>> = BTreeMap::new();
    for agent in fabric.agents() {
        let (severity, rule, text) = match agent.status {
            Status::Stuck if is_session_stuck(fabric, &agent.key.session) => continue,
            Status::Stuck => (Severity::Critical, Rule::Stuck, stuck_text(fabric, agent)),
            Status::Failed => {
                let words = agent.last_words.as_ref().map_or("its last run failed", |(_, words)| words);
                (Severity::Critical, Rule::Failed, words.to_owned())
            }
            Status::Working | Status::Starting => match agent.error_rate_pct(now, rules.error_window) {
                Some(rate) if rate > rules.error_rate_pct => {
                    let (window, limit) = (span(rules.error_window), rules.error_rate_pct);
                    (Severity::Warning, Rule::Failing, format!("{rate:.1} % errors in {window}, limit {limit} %"))
                }
                _ => continue,
            },
            _ => continue,
        };
        groups.entry((rule, &agent.key.session)).or_default().push(Finding {
            severity,
            rule,
            subject: agent.key.to_string(),
            target: Target::Agent(agent.key.clone()),
            region: agent.region().cloned(),
            since: if rule == Rule::Failing { None } else { agent.since },
            text,
        });
    }
    for ((rule, session), mut group) in groups {
        if group.len() <= APART {
            found.append(&mut group);
            continue;
        }
        // The first is the one that began it, as far as that is known.
        group.sort_by(|a, b| (a.since.is_none(), a.since, &a.subject).cmp(&(b.since.is_none(), b.since, &b.subject)));
        let ids = group.iter().filter_map(|finding| finding.subject.rsplit('/').next());
        let named: Vec<_> = ids.take(APART).collect();
        let (count, first) = (group.len(), &group[0]);
        found.push(Finding {
            severity: first.severity,
            rule,
            subject: session.to_string(),
            target: Target::Session(session.clone()),
            region: first.region.clone(),
            since: group.iter().filter_map(|finding| finding.since).min(),
            text: format!("{count} agents: {} and {} more; first: {}", named.join(", "), count - APART, first.text),
        });
    }
}

fn stuck_text(fabric: &Fabric, agent: &Agent) -> String {
    let mut text = "no sign of life".to_owned();
    if let Some((_, words)) = &agent.last_words {
        text = format!("{text}, last “{words}”");
    }
    let waiting = agent.home().and_then(|place| {
        let key = QueueKey { region: place.region.clone(), name: place.queue.clone()? };
        fabric.queues().get(&key)?.queue.visible
    });
    match waiting {
        Some(0) | None => text,
        Some(1) => text + "; 1 message waits",
        Some(n) => format!("{text}; {n} messages wait"),
    }
}

fn queues(fabric: &Fabric, found: &mut Vec<Finding>) {
    let limit = fabric.rules().queue_oldest;
    for (key, state) in fabric.queues() {
        let finding = |severity, rule, text| Finding {
            severity,
            rule,
            subject: key.name.to_string(),
            target: Target::Queue(key.clone()),
            region: Some(key.region.clone()),
            since: state.oldest_since,
            text,
        };
        if state.takes_dead_letters() {
            if let Some(count) = state.queue.visible.filter(|n| *n > 0) {
                let plural = if count == 1 { "" } else { "s" };
                let of = state.dead_letter_of.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
                found.push(finding(Severity::Critical, Rule::Dead, format!("{count} dead letter{plural}{of}")));
            }
            continue;
        }
        let owner_is_stuck = || {
            let owner = state.queue.owner.as_ref().and_then(|key| fabric.agent(key));
            owner.is_some_and(|agent| agent.status == Status::Stuck)
        };
        // SQS is asked more often than CloudWatch: an age is over when nothing is left that could be old.
        let is_empty = state.queue.visible == Some(0) && state.queue.in_flight == Some(0);
        if let Some(oldest) = state.oldest_s
            && oldest > limit.num_milliseconds() as f64 / 1e3
            && !is_empty
            && !owner_is_stuck()
        {
            let waiting = state.queue.visible.map_or_else(String::new, |n| format!("{n} waiting, "));
            let text = format!("{waiting}oldest over {}", span(limit));
            found.push(finding(Severity::Warning, Rule::Queue, text));
        }
    }
}

/// A limit as people say it.
fn span(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    if seconds >= 60 && seconds % 60 == 0 { format!("{} min", seconds / 60) } else { format!("{seconds} s") }
}

fn cost(fabric: &Fabric, found: &mut Vec<Finding>) {
    let (cost, now, rules) = (fabric.cost(), fabric.now(), fabric.rules());
    let mut warn = |rule, subject: &str, text| {
        found.push(Finding {
            severity: Severity::Warning,
            rule,
            subject: subject.to_owned(),
            target: Target::Cost,
            region: None,
            since: None,
            text,
        });
    };
    if let (Some(pct), Some(today), Some(usual)) = (cost.anomaly_pct(now), cost.today(now), cost.baseline(now))
        && cost.is_anomaly(now, rules.cost_anomaly_pct)
    {
        warn(Rule::Cost, "today", format!("${today:.2}, {pct:.0} % above the usual ${usual:.2}"));
    }
    if let Some(month) = cost.month_to_date(now)
        && month > rules.cost_alert_usd
    {
        warn(Rule::Budget, "month to date", format!("${month:.2}, alert at ${:.2}", rules.cost_alert_usd));
    }
    let budget = cost.budget(rules.budget_monthly_usd);
    if let Some(forecast) = cost.forecast
        && forecast > budget
    {
        warn(Rule::Budget, "forecast", format!("${forecast:.2} for the month, budget ${budget:.2}"));
    }
}

fn limits(fabric: &Fabric, found: &mut Vec<Finding>) {
    let rules = fabric.rules();
    let mut warn = |rule, severity, region: &RegionId, subject: &str, text| {
        found.push(Finding {
            severity,
            rule,
            subject: subject.to_owned(),
            target: Target::Region(region.clone()),
            region: Some(region.clone()),
            since: None,
            text,
        });
    };
    for (region, replicas) in fabric.replicas() {
        for replica in replicas.iter().filter(|replica| replica.lag_s > rules.replica_lag_s) {
            let text = format!("{:.1} s behind, limit {} s", replica.lag_s, rules.replica_lag_s);
            warn(Rule::Replica, Severity::Warning, region, &replica.name, text);
        }
    }
    for (region, quotas) in fabric.quotas() {
        for quota in quotas {
            let Some(used) = quota.used.filter(|_| quota.limit > 0.0) else { continue };
            let pct = used * 100.0 / quota.limit;
            if pct > rules.quota_pct {
                let severity = if pct >= 100.0 { Severity::Critical } else { Severity::Warning };
                let text = format!("{used:.0} of {:.0} used, {pct:.0} %", quota.limit);
                warn(Rule::Quota, severity, region, &quota.name, text);
            }
        }
    }
}

fn alarms(fabric: &Fabric, found: &mut Vec<Finding>) {
    for (region, alarms) in fabric.alarms() {
        for alarm in alarms.iter().filter(|alarm| alarm.state == AlarmState::Alarm && !alarm.silenced) {
            let reason = alarm.reason.as_deref().or(alarm.watches.as_deref()).unwrap_or("in alarm");
            found.push(Finding {
                severity: Severity::Critical,
                rule: Rule::Alarm,
                subject: alarm.name.clone(),
                target: Target::Alarm(region.clone(), alarm.name.clone()),
                region: Some(region.clone()),
                since: alarm.since,
                text: format!("CloudWatch: {reason}"),
            });
        }
    }
}
