use super::super::testing::*;
use super::super::{Rule, Severity};
use super::*;
use crate::model::{Call, Light, Observation, Outcome, Quality, Question, Rest, Service};

fn linked(link: Link, observation: Observation) -> Observation {
    Observation { link, ..observation }
}

fn call(outcome: Outcome) -> Call {
    Call { service: Service::Sqs, operation: "ListQueues".into(), took_ms: 9, tries: 1, units: 1, outcome }
}

fn logged_out(region: &str, seconds: i64) -> Observation {
    let link = Link { log_in: Some("the SSO session has expired; run `aws sso login`".into()), ..Link::default() };
    linked(link, unanswered(region, seconds, Question::Queues, Quality::Denied))
}

fn ahead(hours: i64, observation: Observation) -> Observation {
    linked(Link { ahead_ms: Some(hours * 3_600_000), ..Link::default() }, observation)
}

#[test]
fn credentials_that_expired_are_one_line_and_the_facts_stay() {
    let mut fabric = fabric();
    fabric.apply(queues(0, vec![queue("if-a", None, 3, None)]));
    for (region, second) in [(EAST, 10), (WEST, 11), (EAST, 20)] {
        fabric.apply(logged_out(region, second));
    }
    fabric.settle(at(20));
    let denied: Vec<_> = fabric.findings().iter().filter(|finding| finding.rule == Rule::Denied).collect();
    assert_eq!(denied.len(), 1, "{denied:?}");
    assert_eq!((denied[0].severity, denied[0].since), (Severity::Critical, Some(at(10))));
    assert!(denied[0].text.contains("aws sso login"));
    assert_eq!(fabric.queues().len(), 1);
    let source = &fabric.sources()[&(EAST.into(), Question::Queues)];
    assert_eq!(source.age(at(20)), Some(TimeDelta::seconds(20)));
}

#[test]
fn the_first_answer_after_a_log_in_ends_the_line_everywhere() {
    let mut fabric = fabric();
    fabric.apply(logged_out(EAST, 10));
    fabric.apply(logged_out(WEST, 10));
    // An answer for which nothing was asked proves nothing.
    fabric.apply(queues(14, Vec::new()));
    fabric.settle(at(14));
    assert_eq!(fabric.findings().len(), 1);
    fabric.apply(Observation { calls: vec![call(Outcome::Answered)], ..queues(15, Vec::new()) });
    fabric.settle(at(15));
    assert!(fabric.findings().is_empty(), "{:?}", fabric.findings());
    // What is refused after that is another matter: a permission.
    fabric.apply(unanswered(WEST, 16, Question::Queues, Quality::Denied));
    fabric.settle(at(16));
    assert_eq!(fabric.findings().len(), 1);
}

#[test]
fn a_service_that_rests_is_down_until_it_is_told_not_to() {
    let rest = Rest { service: Service::Sqs, failures: 5, until: at(70), why: "no answer".into() };
    let health = |fabric: &Fabric| fabric.regions()[0].services[&Service::Sqs].clone();
    let mut fabric = fabric();
    let resting = |calls, second| Observation {
        calls,
        ..linked(
            Link { resting: vec![rest.clone()], ..Link::default() },
            unanswered(EAST, second, Question::Queues, Quality::Failed),
        )
    };
    // One of many calls was answered before the rest: the service is left alone all the same.
    fabric.apply(resting(vec![call(Outcome::Answered), call(Outcome::Failed)], 10));
    assert_eq!((health(&fabric).light(), health(&fabric).rest), (Light::Red, Some(rest.clone())));
    fabric.apply(resting(Vec::new(), 20));
    fabric.apply(Observation { calls: vec![call(Outcome::Answered)], ..queues(75, Vec::new()) });
    assert_eq!((health(&fabric).light(), health(&fabric).rest), (Light::Green, None));
    // A word that comes late changes nothing.
    fabric.apply(resting(Vec::new(), 30));
    assert_eq!(health(&fabric).rest, None);
}

#[test]
fn a_service_that_only_orders_call_rests_too() {
    let rest = Rest { service: Service::Sns, failures: 5, until: at(70), why: "no answer".into() };
    let mut fabric = fabric();
    fabric.apply(linked(Link { resting: vec![rest], ..Link::default() }, queues(10, Vec::new())));
    assert_eq!(fabric.regions()[0].services[&Service::Sns].light(), Light::Red);
}

#[test]
fn an_hour_off_is_said_on_either_side() {
    for (hours, said) in [(1, "60 min behind AWS"), (-3, "3 h ahead of AWS")] {
        let mut fabric = fabric();
        fabric.apply(ahead(hours, queues(hours * 3600, Vec::new())));
        fabric.settle(at(hours * 3600));
        let finding = &fabric.findings()[0];
        assert_eq!((finding.rule, finding.severity), (Rule::Clock, Severity::Warning));
        assert!(finding.text.contains(said), "{}", finding.text);
    }
    let mut fabric = fabric();
    fabric.apply(linked(Link { ahead_ms: Some(4_900), ..Link::default() }, queues(0, Vec::new())));
    fabric.settle(at(0));
    assert!(fabric.findings().is_empty());
}

#[test]
fn a_clock_that_was_ahead_holds_up_no_answer() {
    // By this machine's clock it is 13:00, and nothing has told it better.
    let mut fabric = Fabric::new(&[EAST.into()], crate::config::Rules::default(), 10, at(3600));
    fabric.apply(unanswered(EAST, 3600, Question::Queues, Quality::Failed));
    fabric.apply(unanswered(EAST, 3601, Question::Alarms, Quality::Failed));
    fabric.settle(at(3602));
    // AWS says that it is noon.
    fabric.apply(ahead(-1, queues(2, vec![queue("if-a", None, 3, None)])));
    fabric.settle(at(3));
    assert_eq!(fabric.now(), at(3));
    assert_eq!(fabric.queues().len(), 1, "an answer of now is not older than one of then");
    let age = |fabric: &Fabric, question| fabric.sources()[&(EAST.into(), question)].age(at(5));
    assert_eq!(age(&fabric, Question::Queues), Some(TimeDelta::seconds(3)));
    fabric.apply(ahead(-1, seen(EAST, 4, Question::Alarms, crate::model::Fact::Alarms(Vec::new()))));
    assert_eq!(age(&fabric, Question::Alarms), Some(TimeDelta::seconds(1)));
    // Measured once more, a second apart, nothing is set.
    fabric.settle(at(100));
    fabric.apply(linked(Link { ahead_ms: Some(-3_601_000), ..Link::default() }, queues(90, Vec::new())));
    assert_eq!(fabric.now(), at(100));
}

#[test]
fn what_this_machines_clock_said_is_put_right() {
    let mut fabric = fabric();
    fabric.apply(ahead(-1, queues(5, Vec::new())));
    // One that failed before any answer told AWS's time, by a clock that is an hour ahead.
    fabric.apply(unanswered(WEST, 3602, Question::Queues, Quality::Failed));
    assert_eq!(fabric.now(), at(5));
    assert_eq!(fabric.sources()[&(WEST.into(), Question::Queues)].asked, at(2));
}
