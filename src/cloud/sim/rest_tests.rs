use super::tests::Stage;
use crate::model::{Question, Service};

#[test]
fn a_service_that_is_gone_rests_and_is_tried_each_minute() {
    let stage = Stage::new("region-outage", 7);
    let east = stage.sim.regions()[0].clone();
    let (mut tried, mut rested) = (Vec::new(), Vec::new());
    // Its queues do not answer from the 15th second on, and do again after 41 minutes and 20 seconds.
    for second in (16..2_600).step_by(10) {
        let answer = stage.ask(second * 1_000, &east, Question::Queues);
        if answer.calls.is_empty() {
            rested.push(second);
            let reason = answer.reason.unwrap_or_default();
            assert!(reason.starts_with("sqs in us-east-1 is resting until 14:"), "{reason}");
            assert!(reason.contains("failures: sqs ListQueues in us-east-1: 503"), "{reason}");
        } else if answer.fact.is_none() {
            tried.push(second);
        }
        let rests = answer.link.resting.iter().any(|rest| rest.service == Service::Sqs);
        assert_eq!(rests, answer.fact.is_none() && second > 50, "{second}");
    }
    assert_eq!(tried[..7], [16, 26, 36, 46, 56, 116, 176], "five failures, and then one a minute");
    assert!(rested.len() > 200, "{}", rested.len());
    let last = stage.ask(2_600_000, &east, Question::Queues);
    assert!(last.fact.is_some() && last.link.resting.is_empty(), "it goes on by itself");
}
