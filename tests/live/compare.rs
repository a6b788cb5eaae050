//! What was seeded against what the fabric shows, number by number.

use std::collections::{BTreeMap, HashMap, HashSet};

use infradeck::cloud::clean;
use infradeck::fabric::Fabric;
use infradeck::model::{AgentKey, Light, RegionId};

use crate::support::Account;
use crate::support::seed::Seeded;
use crate::support::seed::cast::Life;

/// Every number of the seeded fabric, against what the fabric shows.
pub(crate) fn compare(fabric: &Fabric, seeded: &Seeded, account: &Account) {
    let identity = fabric.identity().expect("who we are");
    assert_eq!(identity.account, account.id());

    let keys: HashSet<AgentKey> = fabric.agents().iter().map(|agent| agent.key.clone()).collect();
    let missing: Vec<_> =
        seeded.agents.iter().filter(|a| !keys.contains(&AgentKey::new(a.session, a.id.as_str()))).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(keys.len(), 40);
    for wanted in &seeded.agents {
        let who = format!("{}/{}", wanted.session, wanted.id);
        let agent = fabric.agent(&AgentKey::new(wanted.session, wanted.id.as_str())).expect(&who);
        assert_eq!(agent.status.word(), wanted.life.status(), "{who}");
        assert_eq!(agent.region().map(RegionId::as_str), Some(wanted.region), "{who}");
        let numbers = wanted.numbers;
        assert_eq!(agent.execution.map(|s| s.value), numbers.map(|n| n.execution_ms), "{who}: execution");
        let tokens = numbers.map(|n| (n.tokens_input + n.tokens_output) as f64);
        assert_eq!(agent.tokens_total(), tokens, "{who}: tokens");
        let logged = numbers.filter(|_| wanted.has_log_group);
        assert_eq!(agent.cost_usd(), logged.map(|n| n.cost_usd), "{who}: cost");
        assert_eq!(agent.queue().map(|q| q.to_string()), wanted.has_queue.then(|| wanted.queue()), "{who}");
        assert_eq!(agent.log_group().map(|g| g.to_string()), wanted.has_log_group.then(|| wanted.log_group()), "{who}");
        if wanted.life == Life::FailedByLog {
            assert_eq!(agent.last_words.as_ref().map(|(_, words)| &**words), Some("boom"), "{who}");
        }
    }
    assert_eq!(fabric.sessions().len(), 3);
    for id in seeded.sessions {
        let session = fabric.sessions().values().find(|session| session.id.as_str() == id).expect(id);
        let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
        for agent in seeded.session(id) {
            *wanted.entry(agent.life.status()).or_default() += 1;
        }
        let found: BTreeMap<&str, usize> = session.agents.iter().map(|(status, n)| (status.word(), *n)).collect();
        assert_eq!(found, wanted, "{id}");
    }

    measured(fabric, seeded);
    queues(fabric, seeded);
    logs(fabric, seeded);
    alarms(fabric, seeded);
    cost(fabric, seeded);

    for region in fabric.regions() {
        assert_eq!(region.light(), Light::Green, "{region:#?}");
        let running = seeded.instances.iter().filter(|i| i.region == region.id.as_str() && i.agent.is_some());
        assert_eq!(region.running_instances, Some(running.filter(|i| !i.stopped).count()));
        assert!(!fabric.quotas()[&region.id].is_empty());
    }
}

fn measured(fabric: &Fabric, seeded: &Seeded) {
    for wanted in seeded.agents.iter().filter(|agent| agent.has_metrics) {
        let who = format!("{}/{}", wanted.session, wanted.id);
        let agent = fabric.agent(&AgentKey::new(wanted.session, wanted.id.as_str())).expect(&who);
        let numbers = wanted.numbers.expect("it ran");
        assert_eq!(agent.execution.map(|s| s.value), Some(numbers.execution_ms), "{who}: execution");
        assert_eq!(agent.tokens_total(), Some((numbers.tokens_input + numbers.tokens_output) as f64), "{who}: tokens");
        assert_eq!(agent.error_rate.map(|s| s.value), Some(numbers.error_rate_pct), "{who}: error rate");
        assert_eq!(agent.model.as_ref().map(|m| m.as_str()), wanted.model, "{who}: model");
    }
}

fn queues(fabric: &Fabric, seeded: &Seeded) {
    assert_eq!(fabric.queues().len(), 2 * seeded.queues.len());
    let of = |region: &str, name: &str| {
        let found = fabric.queues().iter().find(|(key, _)| key.region.as_str() == region && &*key.name == name);
        found.map(|(_, state)| state).expect(name)
    };
    for wanted in &seeded.queues {
        let state = of(wanted.region, &wanted.name);
        let number = |n: i64| Some(u64::try_from(n).unwrap());
        assert_eq!(state.queue.visible, number(wanted.visible), "{}", wanted.name);
        assert_eq!(state.queue.in_flight, number(wanted.in_flight), "{}", wanted.name);
        assert_eq!(state.queue.delayed, number(wanted.delayed), "{}", wanted.name);
        assert_eq!(state.oldest_s, wanted.oldest_s.map(|s| s as f64), "{}", wanted.name);
        assert_eq!(state.dead_letters, number(wanted.dead_letters), "{}", wanted.name);
        let dead = of(wanted.region, &wanted.dead_letter_queue);
        assert_eq!(dead.dead_letter_of.as_deref(), Some(&*wanted.name));
        assert_eq!(dead.queue.visible, number(wanted.dead_letters));
    }
}

fn logs(fabric: &Fabric, seeded: &Seeded) {
    let mut found: HashMap<String, Vec<(i64, String)>> = HashMap::new();
    for line in fabric.logs().iter() {
        found.entry(line.group.to_string()).or_default().push((line.at.timestamp_millis(), line.text.to_string()));
    }
    for group in &seeded.log_groups {
        let mut wanted: Vec<(i64, String)> =
            group.lines.iter().map(|line| (line.at_ms, clean::line(&line.message))).collect();
        let mut found = found.remove(&group.name).unwrap_or_default();
        wanted.sort();
        found.sort();
        assert!(found == wanted, "{}: {} lines, {} wanted", group.name, found.len(), wanted.len());
    }
    assert!(found.is_empty(), "{:?}", found.keys());
    assert!(fabric.logs().iter().all(|line| !line.text.chars().any(clean::is_hostile)));
    let groups: usize = fabric.groups().values().map(Vec::len).sum();
    assert_eq!(groups, seeded.log_groups.len());
}

fn alarms(fabric: &Fabric, seeded: &Seeded) {
    let mut found = Vec::new();
    for (region, alarms) in fabric.alarms() {
        found.extend(alarms.iter().map(|alarm| (region.to_string(), alarm.name.clone(), alarm.state.word())));
        let burning = alarms.iter().find(|alarm| alarm.name.starts_with("if-trouble")).expect("an alarm");
        assert_eq!(burning.reason.as_deref(), Some("it burns"), "cleaned");
        assert!(burning.since.is_some());
    }
    let mut wanted: Vec<_> = seeded.alarms.iter().map(|a| (a.region.to_owned(), a.name.clone(), a.state)).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

fn cost(fabric: &Fabric, seeded: &Seeded) {
    let (cost, wanted, now) = (fabric.cost(), &seeded.costs, fabric.now());
    let days = &cost.report.as_ref().expect("costs").days;
    assert_eq!(days.len(), wanted.daily.len());
    for (day, wanted) in days.iter().zip(&wanted.daily) {
        assert_eq!((day.date, day.total), (wanted.date, wanted.total()));
        let mut services = wanted.by_service.clone();
        services.sort_by(|a, b| b.1.total_cmp(&a.1));
        assert_eq!(day.by_service, services);
    }
    assert_eq!(cost.today(now), Some(wanted.today));
    assert_eq!(cost.month_to_date(now), Some(wanted.month_to_date));
    assert_eq!(cost.forecast, Some(wanted.forecast));
    assert_eq!(cost.budget(0.0), wanted.budget);
}
