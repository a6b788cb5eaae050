//! The guard never lets through what it should not, whatever it is given.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{Consented, Policy, Unlocked, Verdict, guard};
use crate::action::planner::stage::{Stage, key, now, queue_key};
use crate::action::{Check, Consent, Order, Plan};
use crate::model::{Light, OrderKind};

/// Plans of several kinds: those with one target and with many, those that are typed and those that are not.
fn plans() -> Vec<Plan> {
    let stage = Stage::new();
    let restart = |names: &[&str]| Order::Restart { agents: names.iter().map(|name| key(name)).collect() };
    let mut plans = vec![
        stage.ready(&restart(&["navidocs/h04"])),
        stage.ready(&restart(&["navidocs/h03", "navidocs/h04"])),
        stage.ready(&restart(&["navidocs/h01"])),
        stage.ready(&Order::Purge { queues: vec![queue_key("if-navidocs-h04")] }),
        stage.ready(&Order::Failover { to: "us-west-2".into() }),
    ];
    let mut empty = plans[0].clone();
    empty.steps.clear();
    empty.left_out.clear();
    let mut red = plans[3].clone();
    red.checks.push(Check { what: "x".into(), light: Light::Red, evidence: "y".into() });
    plans.extend([empty, red]);
    plans
}

fn kinds() -> impl Strategy<Value = BTreeSet<OrderKind>> {
    let all: Vec<OrderKind> = OrderKind::ALL.iter().map(|line| line.0).collect();
    proptest::sample::subsequence(all.clone(), 0..all.len()).prop_map(|kinds| kinds.into_iter().collect())
}

fn policy() -> impl Strategy<Value = Policy> {
    let read_only = proptest::option::weighted(0.2, Just("a flag".to_owned()));
    let unlocked = proptest::option::weighted(0.8, -60..600_i64);
    (read_only, unlocked, kinds(), kinds()).prop_map(|(read_only, seconds, never, approval)| Policy {
        read_only,
        unlocked: seconds.map(|s| Unlocked { until: now() + TimeDelta::seconds(s), reason: "r".into() }),
        never: never.into_iter().step_by(5).collect(),
        approval: approval.into_iter().step_by(3).collect(),
    })
}

#[derive(Clone, Debug)]
struct Case {
    plan: Plan,
    policy: Policy,
    consented: Consented,
    running: BTreeSet<String>,
}

impl Case {
    fn verdict(&self) -> Verdict {
        guard(&self.plan, &self.policy, &self.consented, &self.running, now())
    }
}

fn case() -> impl Strategy<Value = Case> {
    let plan = proptest::sample::select(plans());
    let typed = proptest::option::of(prop_oneof![3 => Just(None), 1 => Just(Some("wrong".to_owned()))]);
    let flags = (any::<bool>(), typed, any::<bool>(), any::<bool>(), proptest::bool::weighted(0.2));
    (plan, policy(), flags).prop_map(|(plan, policy, (pressed, typed, overriding, approved, busy))| {
        let typed = typed.map(|typed| typed.unwrap_or_else(|| plan.name.clone()));
        let approved_by = approved.then(|| "kim".to_owned());
        let overriding = overriding.then(|| "because".to_owned());
        let running = if busy { plan.order.targets().into_iter().take(1).collect() } else { BTreeSet::new() };
        Case { plan, policy, consented: Consented { pressed, typed, overriding, approved_by }, running }
    })
}

/// What makes a policy stricter.
#[derive(Clone, Debug)]
enum Stricter {
    ReadOnly,
    Lock,
    Shorter(i64),
    Never(BTreeSet<OrderKind>),
    Approval(BTreeSet<OrderKind>),
}

fn stricter() -> impl Strategy<Value = Stricter> {
    prop_oneof![
        Just(Stricter::ReadOnly),
        Just(Stricter::Lock),
        (0..700_i64).prop_map(Stricter::Shorter),
        kinds().prop_map(Stricter::Never),
        kinds().prop_map(Stricter::Approval),
    ]
}

fn tightened(policy: &Policy, how: &Stricter) -> Policy {
    let mut policy = policy.clone();
    match how {
        Stricter::ReadOnly => policy.read_only = Some("the configuration".into()),
        Stricter::Lock => policy.unlocked = None,
        Stricter::Shorter(by) => {
            if let Some(unlocked) = &mut policy.unlocked {
                unlocked.until -= TimeDelta::seconds(*by);
            }
        }
        Stricter::Never(kinds) => policy.never.extend(kinds),
        Stricter::Approval(kinds) => policy.approval.extend(kinds),
    }
    policy
}

/// How far a plan is from running.
fn distance(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::Approve => 1,
        Verdict::Confirm(_) => 2,
        Verdict::Deny(_) => 3,
    }
}

proptest! {
    #[test]
    fn a_stricter_policy_never_allows_more(case in case(), how in proptest::collection::vec(stricter(), 1..4)) {
        let before = case.verdict();
        let mut case = case;
        for how in &how {
            case.policy = tightened(&case.policy, how);
        }
        prop_assert!(distance(&case.verdict()) >= distance(&before), "{:?} after {before:?}", case.verdict());
    }

    #[test]
    fn nothing_runs_that_is_not_open_confirmed_and_approved(case in case()) {
        let Case { plan, policy, consented, running } = &case;
        match case.verdict() {
            Verdict::Allow => {
                prop_assert!(policy.is_unlocked(now()) && policy.read_only.is_none());
                prop_assert!(!policy.never.contains(&plan.order.kind()));
                prop_assert!(!plan.steps.is_empty());
                let named = consented.typed.as_ref() == Some(&plan.name);
                prop_assert!(named || (plan.consent == Consent::Press && consented.pressed));
                prop_assert!(!policy.approval.contains(&plan.order.kind()) || consented.approved_by.is_some());
                prop_assert!(plan.order.targets().iter().all(|target| !running.contains(target)));
                let is_red = plan.checks.iter().any(|check| check.light == Light::Red);
                prop_assert!(!is_red || consented.overriding.is_some());
            }
            Verdict::Deny(why) => prop_assert!(!why.trim().is_empty()),
            Verdict::Confirm(consent) => prop_assert_eq!(consent, plan.consent),
            Verdict::Approve => prop_assert!(consented.approved_by.is_none()),
        }
    }

    #[test]
    fn less_consent_never_brings_more(case in case()) {
        let before = distance(&case.verdict());
        for take in 0..4 {
            let mut case = case.clone();
            match take {
                0 => case.consented.pressed = false,
                1 => case.consented.typed = None,
                2 => case.consented.overriding = None,
                _ => case.consented.approved_by = None,
            }
            prop_assert!(distance(&case.verdict()) >= before);
        }
        let mut busy = case.clone();
        busy.running.extend(case.plan.order.targets());
        prop_assert!(matches!(busy.verdict(), Verdict::Deny(_)));
    }
}

fn open() -> Policy {
    let unlocked = Unlocked { until: now() + TimeDelta::minutes(15), reason: "on call".into() };
    Policy { unlocked: Some(unlocked), ..Policy::default() }
}

fn verdict(plan: &Plan, policy: &Policy, consented: &Consented) -> Verdict {
    guard(plan, policy, consented, &BTreeSet::new(), now())
}

#[test]
fn the_road_of_one_order() {
    let plans = plans();
    let (one, many, purge) = (&plans[0], &plans[1], &plans[3]);
    let pressed = Consented { pressed: true, ..Consented::default() };
    let typed = |name: &str| Consented { typed: Some(name.into()), ..Consented::default() };
    assert_eq!(verdict(one, &open(), &Consented::default()), Verdict::Confirm(Consent::Press), "nothing is no yes");
    assert_eq!(verdict(one, &open(), &pressed), Verdict::Allow);
    assert_eq!(verdict(many, &open(), &pressed), Verdict::Confirm(Consent::TypeName));
    assert_eq!(verdict(many, &open(), &typed("2 agents")), Verdict::Allow);
    assert_eq!(verdict(purge, &open(), &typed("if-navidocs-h0")), Verdict::Confirm(Consent::TypeName));
    let second = Policy { approval: [OrderKind::Purge].into(), ..open() };
    assert_eq!(verdict(purge, &second, &typed("if-navidocs-h04")), Verdict::Approve);
    let nobody = Consented { approved_by: Some("  ".into()), ..typed("if-navidocs-h04") };
    assert_eq!(verdict(purge, &second, &nobody), Verdict::Approve, "nobody is no second person");
}

#[test]
fn a_red_check_wants_a_reason_and_not_an_empty_one() {
    let red = &plans()[2];
    let pressed = Consented { pressed: true, ..Consented::default() };
    assert!(matches!(verdict(red, &open(), &pressed), Verdict::Deny(why) if why.contains(":override")));
    let empty = Consented { overriding: Some(" ".into()), ..pressed.clone() };
    assert!(matches!(verdict(red, &open(), &empty), Verdict::Deny(_)));
    let because = Consented { overriding: Some("it hangs".into()), ..pressed };
    assert_eq!(verdict(red, &open(), &because), Verdict::Allow);
}

#[test]
fn it_locks_itself_on_the_second() {
    let plan = &plans()[0];
    let pressed = Consented { pressed: true, ..Consented::default() };
    let mut policy = open();
    policy.unlocked.as_mut().expect("open").until = now();
    assert!(matches!(verdict(plan, &policy, &pressed), Verdict::Deny(why) if why.starts_with("locked")));
}
