//! Whatever comes, in whatever order: no panic, no difference where none is promised, no bound passed.

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;

use super::testing::*;
use super::{Fabric, Minutes};
use crate::config::Rules;
use crate::model::*;

fn any_time() -> impl Strategy<Value = Time> {
    prop_oneof![
        8 => (-10_000i64..10_000).prop_map(at),
        1 => (0i64..200_000_000).prop_map(at),
        1 => prop_oneof![Just(Time::MIN_UTC), Just(Time::MAX_UTC), Just(Time::UNIX_EPOCH)],
    ]
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![6 => 0.0..200.0f64, 1 => any::<f64>(), 1 => prop_oneof![Just(f64::NAN), Just(1e300), Just(f64::INFINITY)]]
}

fn any_owner() -> impl Strategy<Value = AgentKey> {
    (0..3u8, 0..4u8).prop_map(|(s, a)| match a {
        0 => AgentKey::new(format!("s{s}"), AgentId::COORDINATOR),
        a => AgentKey::new(format!("s{s}"), format!("h0{a}")),
    })
}

fn any_sample() -> impl Strategy<Value = Sample> {
    (any_time(), any_value()).prop_map(|(at, value)| Sample { at, value })
}

fn any_kind() -> impl Strategy<Value = LineKind> {
    use LineKind::{Complete, Error, Other, Plain, Progress, Start};
    prop::sample::select(vec![Start, Progress, Complete, Error, Other, Plain])
}

fn any_line() -> impl Strategy<Value = LogLine> {
    let event = (prop::option::of(any_value()), prop::option::of(".{0,300}")).prop_map(|(value, text)| {
        let metrics =
            EventMetrics { execution_time_ms: value, tokens_input: value, tokens_output: value, cost_usd: value };
        AgentEvent { task: text.clone(), message: text, metrics: Some(metrics), ..AgentEvent::default() }
    });
    let parts = (any_time(), 0..50u64, prop::option::of(any_owner()), any_kind(), prop::option::of(event));
    parts.prop_map(|(at, id, owner, kind, event)| LogLine {
        at,
        id,
        group: "g".into(),
        owner,
        kind,
        event: event.map(Box::new),
        text: "text".into(),
    })
}

fn any_reading() -> impl Strategy<Value = AgentReading> {
    let option = || prop::option::of(any_sample());
    let parts = (any_owner(), option(), option(), option(), prop::option::of(any_time()), vec(any_sample(), 0..5));
    parts.prop_map(|(agent, execution_ms, error_rate_pct, completion, heartbeat, tokens)| AgentReading {
        agent,
        model: None,
        execution_ms,
        error_rate_pct,
        completion,
        heartbeat,
        tokens,
    })
}

fn any_queue() -> impl Strategy<Value = Queue> {
    let name = prop::sample::select(vec!["if-a", "if-b", "if-a-dlq", "if-c.fifo"]);
    let count = || prop::option::of(prop_oneof![0..9u64, any::<u64>()]);
    (name.clone(), prop::option::of(any_owner()), count(), count(), prop::option::of(name)).prop_map(
        |(name, owner, visible, in_flight, target)| Queue {
            name: name.into(),
            owner,
            visible,
            in_flight,
            delayed: None,
            dead_letters_to: target.map(Into::into),
            told: None,
        },
    )
}

fn any_host_fact() -> impl Strategy<Value = (Question, Fact)> {
    use InstanceState::{Pending, Running, ShuttingDown, Stopped, Stopping, Terminated};
    let state = prop::sample::select(vec![Pending, Running, Stopping, Stopped, ShuttingDown, Terminated]);
    let instance = (any_owner(), 0..3u8, state)
        .prop_map(|(owner, id, state)| instance(&format!("i-{id}"), &owner.to_string(), state));
    let held = prop::sample::select(vec![Reservation::Unknown, Reservation::Shared, Reservation::Held(0)]);
    let function = (any_owner(), held).prop_map(|(owner, held)| function(&owner.to_string(), held));
    let group = any_owner().prop_map(|key| LogGroup { name: key.to_string().into(), owner: GroupOwner::Agent(key) });
    let result = (any_owner(), any::<bool>(), any_time());
    prop_oneof![
        vec(instance, 0..4).prop_map(|all| (Question::Instances, Fact::Instances(all))),
        vec(function, 0..4).prop_map(|all| (Question::Functions, Fact::Functions(all))),
        vec(group, 0..6).prop_map(|all| (Question::LogGroups, Fact::LogGroups(all))),
        vec(result.prop_map(|(owner, failure, at)| StoredResult { owner, failure, at }), 0..4)
            .prop_map(|all| (Question::Results, Fact::Results(all))),
    ]
}

fn any_account_fact() -> impl Strategy<Value = (Question, Fact)> {
    let day = (any_time(), any_value()).prop_map(|(at, total)| CostDay {
        date: at.date_naive(),
        total,
        by_service: vec![("x".into(), total)],
    });
    let quota =
        (prop::option::of(any_value()), any_value()).prop_map(|(used, limit)| Quota { name: "q".into(), used, limit });
    let replica = (any_value(), any_time()).prop_map(|(lag_s, at)| Replica { name: "r".into(), lag_s, at });
    let verdict = prop::sample::select(vec![Verdict::Allowed, Verdict::Unknown, Verdict::Denied]);
    let right = (prop::sample::select(vec!["sqs:PurgeQueue", "sqs:SendMessage", "x"]), verdict)
        .prop_map(|(action, verdict)| Right { action: action.into(), verdict });
    prop_oneof![
        vec(right, 0..4).prop_map(|all| (Question::Rights, Fact::Rights(all))),
        vec(day, 0..40).prop_map(|days| (Question::Cost, Fact::Cost(CostReport { days }))),
        any_value().prop_map(|usd| (Question::Forecast, Fact::Forecast(usd))),
        any_value().prop_map(|limit| {
            (Question::Budgets, Fact::Budgets(vec![Budget { name: "b".into(), limit, actual: None }]))
        }),
        vec(quota, 0..3).prop_map(|all| (Question::Quotas, Fact::Quotas(all))),
        vec(replica, 0..3).prop_map(|all| (Question::Replicas, Fact::Replicas(all))),
        any::<u64>().prop_map(|count| (Question::Metrics, Fact::Reading(count))),
    ]
}

fn any_fact() -> impl Strategy<Value = (Question, Fact)> {
    let pulse_of = (any_queue(), prop::option::of(any_value()), prop::option::of(any_time()))
        .prop_map(|(queue, oldest_s, received)| QueuePulse { name: queue.name, oldest_s, received });
    let gap = (any_time(), any_time(), 0..3usize).prop_map(|(from, to, groups)| LogGap { from, to, groups });
    prop_oneof![
        3 => (vec(any_line(), 0..20), vec(gap, 0..3)).prop_map(|(all, gaps)| (Question::Logs, Fact::Logs(all, gaps))),
        2 => vec(any_reading(), 0..6).prop_map(|all| (Question::Metrics, Fact::Metrics(all))),
        2 => vec(any_queue(), 0..5).prop_map(|all| (Question::Queues, Fact::Queues(all))),
        1 => vec(pulse_of, 0..5).prop_map(|all| (Question::QueuePulse, Fact::QueuePulse(all))),
        3 => any_host_fact(),
        2 => any_account_fact(),
    ]
}

fn any_observation() -> impl Strategy<Value = Observation> {
    use Quality::{Complete, Denied, Failed, Partial, Sampled, Throttled};
    let quality = prop::sample::select(vec![Complete, Complete, Complete, Sampled, Partial, Throttled, Denied, Failed]);
    let region = prop::sample::select(vec![EAST, WEST, "mars-north-1"]);
    let outcome = prop::sample::select(vec![Outcome::Answered, Outcome::Throttled, Outcome::Denied, Outcome::Failed]);
    let call = (prop::sample::select(vec![Service::Sqs, Service::Logs]), any::<u32>(), outcome).prop_map(
        |(service, took_ms, outcome)| Call { service, operation: "Op".into(), took_ms, tries: 1, units: 1, outcome },
    );
    (any_time(), region, quality, vec(call, 0..3), any_link(), any_fact()).prop_map(
        |(at, region, quality, calls, link, (question, fact))| Observation {
            at,
            quality,
            calls,
            link,
            ..seen(region, 0, question, fact)
        },
    )
}

fn any_link() -> impl Strategy<Value = Link> {
    let rest = (prop::sample::select(vec![Service::Sqs, Service::Sns]), any_time()).prop_map(|(service, until)| Rest {
        service,
        failures: 5,
        until,
        why: "no answer".into(),
    });
    let ahead = prop_oneof![4 => Just(None), 1 => any::<i64>().prop_map(Some), 2 => (-9..9i64).prop_map(|h| Some(h * 3_600_000))];
    (vec(rest, 0..2), prop::option::weighted(0.2, Just("log in".to_owned())), ahead)
        .prop_map(|(resting, log_in, ahead_ms)| Link { resting, log_in, ahead_ms })
}

fn settled(all: impl IntoIterator<Item = Observation>, now: Time) -> Fabric {
    let mut fabric = Fabric::new(&[EAST.into(), WEST.into()], Rules::default(), 64, at(0));
    all.into_iter().for_each(|observation| fabric.apply(observation));
    fabric.settle(now);
    fabric
}

/// How many of each. `PROPTEST_CASES` asks for more: two million were run once, see `benches/README.md`.
/// Makes what is added up whole: then it is the same in any order, to the last bit.
fn make_whole(observation: &mut Observation) {
    let whole = |value: &mut f64| *value = if value.abs() < 1e6 { value.round() } else { 0.0 };
    match &mut observation.fact {
        Some(Fact::Metrics(readings)) => {
            readings.iter_mut().flat_map(|reading| &mut reading.tokens).for_each(|sample| whole(&mut sample.value));
        }
        Some(Fact::Logs(lines, _)) => {
            for metrics in lines.iter_mut().filter_map(|line| line.event.as_mut()?.metrics.as_mut()) {
                let EventMetrics { tokens_input, tokens_output, cost_usd, .. } = metrics;
                [tokens_input, tokens_output, cost_usd].into_iter().flatten().for_each(whole);
            }
        }
        _ => {}
    }
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_passes_its_bounds(all in vec(any_observation(), 0..20), now in any_time()) {
        let fabric = settled(all, now);
        let ring = fabric.logs();
        prop_assert!(ring.len() <= 64);
        prop_assert!(ring.taken() == ring.len() as u64 + ring.dropped());
        let keys: Vec<_> = ring.iter().map(|line| (line.at, line.id)).collect();
        prop_assert!(keys.is_sorted_by(|a, b| a < b), "sorted, each once");
        let order = |f: &super::Finding| (f.severity, f.rule);
        prop_assert!(fabric.findings().is_sorted_by_key(order));
        for agent in fabric.agents() {
            let now = fabric.now();
            let rate = agent.error_rate_pct(now, TimeDelta::MAX);
            let all = [rate, agent.tokens_total(), agent.cost_usd(), agent.usd_per_hour(now), agent.tokens_per_minute(now)];
            prop_assert!(all.into_iter().flatten().all(|value| value.is_finite() && value >= 0.0), "{all:?}");
            prop_assert!(agent.task.as_ref().is_none_or(|task| task.chars().count() <= 200));
            prop_assert!(fabric.agent(&agent.key).is_some_and(|found| found.key == agent.key));
        }
    }

    #[test]
    fn each_observation_twice_is_as_good_as_once(all in vec(any_observation(), 0..12), now in any_time()) {
        let twice = all.iter().cloned().flat_map(|observation| [observation.clone(), observation]);
        prop_assert_eq!(digest(&settled(twice, now)), digest(&settled(all.clone(), now)));
    }

    #[test]
    fn answers_to_different_questions_may_change_places(
        mut all in vec(any_observation(), 0..12),
        turn in 0..12usize,
        now in (0i64..5000).prop_map(at),
    ) {
        // One answer a question and region, all at one moment; values that need no rounding when they are added up.
        let mut asked = std::collections::BTreeSet::new();
        all.retain(|o| asked.insert((o.scope.region.clone(), o.question)) && o.question != Question::Results);
        all.retain(|o| o.scope.region.as_str() == EAST);
        for observation in &mut all {
            observation.at = at(0);
            observation.calls.clear();
            observation.link = Link::default();
            make_whole(observation);
            // An agent that only a log speaks of is forgotten after a day, unless a listing came before.
            if let Some(Fact::Logs(lines, _)) = &mut observation.fact {
                lines.retain(|line| line.at > at(-80_000));
            }
        }
        let mut other = all.clone();
        other.rotate_left(turn % all.len().max(1));
        prop_assert_eq!(digest(&settled(other, now)), digest(&settled(all, now)));
    }

    #[test]
    fn lines_may_come_in_any_order_and_any_parts(
        lines in vec((0..3000i64, any_kind(), 0..3u8), 1..40),
        cut in 0..40usize,
    ) {
        let lines: Vec<_> = lines.into_iter().map(|(s, kind, a)| line(&format!("s/h0{a}"), s, kind)).collect();
        let (first, rest) = lines.split_at(cut.min(lines.len()));
        let whole = settled([logs(3000, lines.clone())], at(3000));
        let mut parts = vec![logs(3000, rest.to_vec()), logs(3000, first.to_vec())];
        parts.push(logs(3000, lines.iter().rev().take(9).cloned().collect()));
        let parts = settled(parts, at(3000));
        let view = |fabric: &Fabric| fabric.logs().iter().map(|l| (l.at, l.id)).collect::<Vec<_>>();
        if view(&whole).len() < 64 {
            prop_assert_eq!(view(&parts), view(&whole));
            let statuses = |f: &Fabric| {
                let mut all: Vec<_> = f.agents().iter().map(|a| (a.key.clone(), a.status, a.since)).collect();
                all.sort();
                all
            };
            prop_assert_eq!(statuses(&parts), statuses(&whole));
        }
    }

    #[test]
    fn minutes_lose_nothing_that_came_in_order(values in vec((0..500i64, 0..100u8), 0..100)) {
        let mut sorted = values;
        sorted.sort_unstable();
        sorted.dedup_by_key(|(minute, _)| *minute);
        let mut minutes = Minutes::<60>::default();
        for (minute, value) in &sorted {
            minutes.set(at(minute * 60), f64::from(*value));
        }
        let sum: f64 = sorted.iter().map(|(_, value)| f64::from(*value)).sum();
        prop_assert_eq!(minutes.total(), (!sorted.is_empty()).then_some(sum));
    }
}
