//! Names are read as the deployments write them.

use proptest::prelude::*;
use rstest::rstest;

use super::{Names, QueuePattern};
use crate::model::{AgentKey, GroupOwner};

fn agent(session: &str, agent: &str) -> AgentKey {
    AgentKey::new(session, agent)
}

#[rstest]
#[case("/infrafabric/sessions/navi-docs-7/agents/h04", Some(GroupOwner::Agent(agent("navi-docs-7", "h04"))))]
#[case("/infrafabric/sessions/navi-docs-7/coordinator", Some(GroupOwner::Agent(agent("navi-docs-7", "coordinator"))))]
#[case("/infrafabric/services/lambda", Some(GroupOwner::Service("lambda".into())))]
#[case("/infrafabric/services/rds/slow", Some(GroupOwner::Service("rds/slow".into())))]
#[case("/infrafabric/agents", Some(GroupOwner::Shared))]
#[case("/infrafabric/services/", None)]
#[case("/infrafabric/services", None)]
#[case("/infrafabric/sessions//agents/h04", None)]
#[case("/infrafabric/sessions/s/agents/", None)]
#[case("/infrafabric/sessions/s/agents/h04/more", None)]
#[case("/aws/lambda/infra-agent", None)]
#[case("", None)]
fn log_groups_name_their_owner(#[case] group: &str, #[case] owner: Option<GroupOwner>) {
    assert_eq!(Names::default().group_owner(group), owner);
}

#[rstest]
#[case("if-navidocs-h04", Some(agent("navidocs", "h04")))]
#[case("if-navi-docs-7-h04", Some(agent("navi-docs-7", "h04")))]
#[case("if-navi-docs-7-h04-dlq", Some(agent("navi-docs-7", "h04")))]
#[case("if-navi-docs-7-h04.fifo", Some(agent("navi-docs-7", "h04")))]
#[case("if-navi-docs-7-h04-dlq.fifo", Some(agent("navi-docs-7", "h04")))]
#[case("if-navi-docs-coordinator", Some(agent("navi-docs", "coordinator")))]
#[case("if-agent-results.fifo", None)]
#[case("if-agent-results-dlq.fifo", None)]
#[case("if-dlq", None)]
#[case("if-x", None)]
#[case("if--h04", None)]
#[case("if-navidocs-", None)]
#[case("other-navidocs-h04", None)]
#[case("", None)]
fn queues_name_their_agent(#[case] queue: &str, #[case] owner: Option<AgentKey>) {
    assert_eq!(Names::default().queue_owner(queue), owner);
}

#[test]
fn dead_letter_queues_are_known_by_name() {
    let names = Names::default();
    assert!(names.is_dead_letter("if-s-h01-dlq"));
    assert!(names.is_dead_letter("if-s-h01-dlq.fifo"));
    assert!(!names.is_dead_letter("if-s-h01.fifo"));
}

#[rstest]
#[case("navi-docs/agents/h04/result.json", Some((agent("navi-docs", "h04"), false)))]
#[case("navi-docs/agents/h04/error.json", Some((agent("navi-docs", "h04"), true)))]
#[case("3f9a/20251104T120000Z/navi-docs/agents/h04/error.json", Some((agent("navi-docs", "h04"), true)))]
#[case("agents/h04/result.json", None)]
#[case("/agents/h04/result.json", None)]
#[case("s/agents//result.json", None)]
#[case("s/other/h04/result.json", None)]
#[case("s/agents/h04/result.json.tmp", None)]
#[case("", None)]
fn results_name_their_agent(#[case] key: &str, #[case] owner: Option<(AgentKey, bool)>) {
    assert_eq!(Names::default().result_owner(key), owner);
}

#[rstest]
#[case("bus.{agent}.{session}", "bus.h04.a.b", Some(agent("a.b", "h04")))]
#[case("{session}__{agent}-q", "a__b__h04-q", Some(agent("a__b", "h04")))]
#[case("{session}__{agent}-q", "a__b__h04", None)]
fn other_patterns(#[case] pattern: &str, #[case] queue: &str, #[case] owner: Option<AgentKey>) {
    let names = Names { queue_pattern: QueuePattern::parse(pattern).unwrap(), ..Names::default() };
    assert_eq!(names.queue_owner(queue), owner);
}

#[rstest]
#[case("if-{session}")]
#[case("{session}{agent}")]
#[case("{session}-{agent}-{agent}")]
#[case("{sesion}-{agent}")]
#[case("")]
fn a_pattern_needs_both_and_a_gap(#[case] pattern: &str) {
    assert!(QueuePattern::parse(pattern).unwrap_err().contains("{session}"));
}

#[test]
fn the_default_pattern_is_what_its_text_says() {
    assert_eq!(QueuePattern::parse("if-{session}-{agent}").unwrap(), QueuePattern::default());
}

proptest! {
    #[test]
    fn any_name_is_read_or_passed_over(name in any::<String>(), pattern in any::<String>()) {
        let names = Names::default();
        let _ = (names.group_owner(&name), names.queue_owner(&name), names.result_owner(&name));
        if let Ok(queue_pattern) = QueuePattern::parse(&pattern) {
            let _ = Names { queue_pattern, ..names }.queue_owner(&name);
        }
    }

    #[test]
    fn the_agent_is_after_the_last_dash(session in "[a-z0-9]{1,6}(-[a-z0-9]{1,4}){0,3}", id in "h[0-9]{1,3}") {
        let (names, owner) = (Names::default(), agent(&session, &id));
        let queue = names.queue_pattern.queue(&owner);
        prop_assert_eq!(names.queue_owner(&queue), Some(owner.clone()));
        prop_assert_eq!(names.queue_owner(&format!("{queue}-dlq.fifo")), Some(owner));
    }
}
