use rstest::rstest;

use super::*;
use crate::fabric::testing::at;

fn call(service: Service, outcome: Outcome, took_ms: u32) -> Call {
    Call { service, operation: "Op".into(), took_ms, tries: 1, units: 1, outcome }
}

fn region(calls: &[Call]) -> Region {
    let mut region = Region::new("us-east-1".into(), Role::Primary);
    region.called(at(0), calls);
    region
}

#[rstest]
#[case::never_asked(&[], Light::Dark)]
#[case::answers(&[(Service::Sqs, Outcome::Answered, 2000)], Light::Green)]
#[case::slow(&[(Service::Sqs, Outcome::Answered, 2001)], Light::Amber)]
#[case::throttled(&[(Service::Sqs, Outcome::Throttled, 1)], Light::Amber)]
#[case::denied(&[(Service::Sqs, Outcome::Denied, 1)], Light::Amber)]
#[case::down(&[(Service::Sqs, Outcome::Failed, 1), (Service::Logs, Outcome::Failed, 1)], Light::Red)]
#[case::half_down(&[(Service::Sqs, Outcome::Failed, 1), (Service::Logs, Outcome::Answered, 1)], Light::Amber)]
#[case::one_call_of_many_failed(&[(Service::Logs, Outcome::Answered, 1), (Service::Logs, Outcome::Failed, 1)], Light::Green)]
fn lights(#[case] calls: &[(Service, Outcome, u32)], #[case] light: Light) {
    let calls: Vec<_> = calls.iter().map(|(service, outcome, ms)| call(*service, *outcome, *ms)).collect();
    assert_eq!(region(&calls).light(), light);
}

#[test]
fn down_since_the_first_failure_in_a_row() {
    let mut region = region(&[call(Service::Sqs, Outcome::Answered, 1)]);
    let since = |region: &Region| region.services[&Service::Sqs].down_since;
    for second in [10, 20, 20] {
        region.called(at(second), &[call(Service::Sqs, Outcome::Failed, 1)]);
    }
    region.called(at(15), &[call(Service::Sqs, Outcome::Answered, 1)]);
    assert_eq!(since(&region), Some(at(10)), "and a late answer changes nothing");
    region.called(at(30), &[call(Service::Sqs, Outcome::Answered, 1)]);
    assert_eq!(since(&region), None);
}

#[test]
fn latency_is_the_median_of_what_answers() {
    let all = [(Service::Sqs, 10), (Service::Logs, 30), (Service::Lambda, 500)];
    let mut calls: Vec<_> = all.iter().map(|(service, ms)| call(*service, Outcome::Answered, *ms)).collect();
    calls.push(call(Service::Ec2, Outcome::Failed, 9999));
    assert_eq!(region(&calls).latency_ms(), Some(30));
    assert_eq!(region(&[]).latency_ms(), None);
}
