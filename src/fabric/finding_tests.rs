//! Each rule at its boundary, and how findings are put together.

use rstest::rstest;

use super::testing::*;
use super::{Fabric, Finding, Rule, Severity, Target};
use crate::model::*;
use LineKind::{Complete, Error, Progress};

fn rules(fabric: &Fabric) -> Vec<Rule> {
    fabric.findings().iter().map(|finding| finding.rule).collect()
}

fn only(fabric: &Fabric, rule: Rule) -> Vec<&Finding> {
    fabric.findings().iter().filter(|finding| finding.rule == rule).collect()
}

#[test]
fn nothing_known_is_nothing_found() {
    assert_eq!(heard(0, []).findings(), []);
}

#[rstest]
#[case(5.0, false)]
#[case(5.1, true)]
fn an_error_rate_must_be_above_five_percent(#[case] rate: f64, #[case] is_found: bool) {
    let fabric = heard(60, [metrics(60, vec![AgentReading { error_rate_pct: sample(0, rate), ..reading("s/h01") }])]);
    assert_eq!(rules(&fabric) == [Rule::Failing], is_found);
}

#[rstest]
#[case(360, true)]
#[case(361, false)]
fn an_error_rate_is_of_the_last_five_minutes(#[case] now: i64, #[case] is_found: bool) {
    let measured = metrics(now, vec![AgentReading { error_rate_pct: sample(0, 50.0), ..reading("s/h01") }]);
    assert_eq!(rules(&heard(now, [measured])) == [Rule::Failing], is_found);
}

#[rstest]
#[case(19, false)]
#[case(18, true)]
fn without_a_metric_the_share_of_errors_in_the_log_counts(#[case] good: i64, #[case] is_found: bool) {
    let mut lines: Vec<_> = (1..=good).map(|s| line("s/h01", s, Progress)).collect();
    lines.push(line("s/h01", 0, Error));
    assert_eq!(rules(&heard(20, [logs(20, lines)])) == [Rule::Failing], is_found);
}

#[test]
fn a_failed_agent_says_its_last_words() {
    let fabric = heard(60, [logs(55, vec![line("s/h01", 50, Error)])]);
    let expected = Finding {
        severity: Severity::Critical,
        rule: Rule::Failed,
        subject: "s/h01".into(),
        target: Target::Agent(key("s/h01")),
        region: Some(EAST.into()),
        since: Some(at(50)),
        text: "error at 50".into(),
    };
    assert_eq!(fabric.findings(), [expected]);
}

#[test]
fn a_stuck_agent_says_what_waits_and_its_queue_says_nothing_more() {
    let all = [
        queues(3000, vec![queue("if-s-h01", Some("s/h01"), 12, None)]),
        pulses(3000, vec![pulse("if-s-h01", Some(3000.0), None)]),
        logs(3000, vec![line("s/h01", 10, Progress), line("s/h02", 2999, Progress)]),
    ];
    let fabric = heard(3000, all);
    assert_eq!(rules(&fabric), [Rule::Stuck]);
    assert_eq!(fabric.findings()[0].text, "no sign of life, last “progress at 10”; 12 messages wait");
    assert_eq!(fabric.findings()[0].since, Some(at(10)));
}

#[test]
fn a_session_with_nothing_left_but_stuck_agents_is_one_finding() {
    let lines = vec![line("s/h01", 10, Progress), line("s/h02", 20, Progress), line("s/h03", 30, Complete)];
    let fabric = heard(3000, [logs(3000, lines)]);
    assert_eq!(rules(&fabric), [Rule::SessionStuck]);
    assert_eq!((fabric.findings()[0].since, &*fabric.findings()[0].subject), (Some(at(30)), "s"));
}

#[rstest]
#[case(3, 3)]
#[case(4, 1)]
fn more_than_three_of_a_session_are_told_together(#[case] failed: i64, #[case] findings: usize) {
    let lines = (1..=failed).map(|i| line(&format!("s/h0{i}"), 100 - i, Error)).collect();
    let fabric = heard(100, [logs(100, lines)]);
    let found = only(&fabric, Rule::Failed);
    assert_eq!(found.len(), findings);
    if findings == 1 {
        assert_eq!(found[0].target, Target::Session("s".into()));
        assert_eq!(found[0].since, Some(at(96)));
        assert_eq!(found[0].text, "4 agents: h04, h03, h02 and 1 more; first: error at 96");
    }
}

#[rstest]
#[case::at_the_limit(300.0, 1, false)]
#[case::above(300.5, 1, true)]
#[case::emptied_since(900.0, 0, false)]
fn a_queue_is_old_above_five_minutes(#[case] oldest: f64, #[case] visible: u64, #[case] is_found: bool) {
    let all = [queues(0, vec![queue("if-a", None, visible, None)]), pulses(0, vec![pulse("if-a", Some(oldest), None)])];
    assert_eq!(rules(&heard(0, all)) == [Rule::Queue], is_found);
}

#[rstest]
#[case::none(Some(0), false)]
#[case::one(Some(1), true)]
#[case::unknown_is_not_zero_and_not_one(None, false)]
fn any_dead_letter_is_critical(#[case] visible: Option<u64>, #[case] is_found: bool) {
    let dead = Queue { visible, ..queue("if-a-dlq", None, 0, None) };
    for pointer in [None, Some("if-a-dlq")] {
        let fabric = heard(0, [queues(0, vec![queue("if-a", None, 0, pointer), dead.clone()])]);
        assert_eq!(rules(&fabric) == [Rule::Dead], is_found);
        if is_found {
            let of = if pointer.is_some() { "1 dead letter of if-a" } else { "1 dead letter" };
            assert_eq!((fabric.findings()[0].severity, &*fabric.findings()[0].text), (Severity::Critical, of));
        }
    }
}

#[rstest]
#[case(100.0, 500.0, &[])]
#[case(100.01, 500.0, &["month to date"])]
#[case(100.0, 500.01, &["forecast"])]
#[case(101.0, 501.0, &["forecast", "month to date"])]
fn budgets(#[case] month: f64, #[case] forecast: f64, #[case] subjects: &[&str]) {
    let day = CostDay { date: at(0).date_naive(), total: month, by_service: vec![] };
    let report = CostReport { days: vec![day] };
    let all = [
        seen(EAST, 0, Question::Cost, Fact::Cost(report)),
        seen(EAST, 0, Question::Forecast, Fact::Forecast(forecast)),
    ];
    let fabric = heard(0, all);
    assert_eq!(only(&fabric, Rule::Budget).iter().map(|f| &*f.subject).collect::<Vec<_>>(), subjects);
}

#[rstest]
#[case(130.0, false)]
#[case(131.0, true)]
fn a_day_must_cost_thirty_percent_more(#[case] today: f64, #[case] is_found: bool) {
    let date = |back: i64| at(-86_400 * back).date_naive();
    let day =
        |back: i64| CostDay { date: date(back), total: if back == 0 { today } else { 100.0 }, by_service: vec![] };
    let report = CostReport { days: (0..=7).rev().map(day).collect() };
    let fabric = heard(0, [seen(EAST, 0, Question::Cost, Fact::Cost(report))]);
    assert_eq!(!only(&fabric, Rule::Cost).is_empty(), is_found);
}

#[rstest]
#[case(5.0, false)]
#[case(5.1, true)]
#[case(f64::NAN, false)]
fn a_replica_is_behind_above_five_seconds(#[case] lag_s: f64, #[case] is_found: bool) {
    let replicas = vec![Replica { name: "west".into(), lag_s, at: at(0) }];
    let fabric = heard(0, [seen(WEST, 0, Question::Replicas, Fact::Replicas(replicas))]);
    assert_eq!(rules(&fabric) == [Rule::Replica], is_found);
}

#[rstest]
#[case(Some(16.0), 20.0, None)]
#[case(Some(16.1), 20.0, Some(Severity::Warning))]
#[case(Some(20.0), 20.0, Some(Severity::Critical))]
#[case(None, 20.0, None)]
#[case(Some(1.0), 0.0, None)]
#[case(Some(f64::NAN), f64::NAN, None)]
fn a_quota_is_used_above_eighty_percent(
    #[case] used: Option<f64>,
    #[case] limit: f64,
    #[case] severity: Option<Severity>,
) {
    let quotas = vec![Quota { name: "instances".into(), used, limit }];
    let fabric = heard(0, [seen(EAST, 0, Question::Quotas, Fact::Quotas(quotas))]);
    assert_eq!(fabric.findings().first().map(|finding| finding.severity), severity);
}

#[rstest]
#[case(AlarmState::Alarm, false, true)]
#[case(AlarmState::Alarm, true, false)]
#[case(AlarmState::InsufficientData, false, false)]
#[case(AlarmState::Ok, false, false)]
fn alarms_of_cloudwatch_are_marked(#[case] state: AlarmState, #[case] silenced: bool, #[case] is_found: bool) {
    let reason = Some("2 > 1".to_owned());
    let alarms = vec![Alarm { name: "cpu".into(), state, since: Some(at(-9)), reason, watches: None, silenced }];
    let fabric = heard(0, [seen(EAST, 0, Question::Alarms, Fact::Alarms(alarms))]);
    assert_eq!(rules(&fabric) == [Rule::Alarm], is_found);
    assert!(fabric.findings().iter().all(|f| f.text == "CloudWatch: 2 > 1" && f.since == Some(at(-9))));
}

fn answer(seconds: i64, question: Question, service: Service, outcome: Outcome) -> Observation {
    let quality = match outcome {
        Outcome::Denied => Quality::Denied,
        Outcome::Failed => Quality::Failed,
        _ => Quality::Complete,
    };
    let call = Call { service, operation: "Op".into(), took_ms: 1, tries: 1, units: 1, outcome };
    Observation { calls: vec![call], ..unanswered(EAST, seconds, question, quality) }
}

#[test]
fn a_region_is_critical_when_nothing_answers() {
    let down = |s, question, service| answer(s, question, service, Outcome::Failed);
    let queues_down = down(5, Question::Queues, Service::Sqs);
    let half = [answer(5, Question::Logs, Service::Logs, Outcome::Answered), queues_down.clone()];
    let fabric = heard(6, half);
    let found = &fabric.findings()[0];
    assert_eq!(
        (found.rule, found.severity, &*found.text),
        (Rule::Region, Severity::Warning, "sqs do not answer: no luck")
    );
    let fabric = heard(9, [queues_down, down(8, Question::Logs, Service::Logs)]);
    let found = &fabric.findings()[0];
    assert_eq!((found.severity, &*found.text), (Severity::Critical, "no service answers: no luck"));
    assert_eq!(found.since, Some(at(5)));
}

#[test]
fn where_nothing_may_be_asked_that_is_critical() {
    let denied = answer(0, Question::Queues, Service::Sqs, Outcome::Denied);
    let fabric = heard(0, [denied.clone()]);
    assert_eq!((rules(&fabric), fabric.findings()[0].severity), (vec![Rule::Denied], Severity::Critical));
    let fabric = heard(0, [denied, answer(0, Question::Logs, Service::Logs, Outcome::Answered)]);
    assert_eq!((fabric.findings()[0].severity, &*fabric.findings()[0].subject), (Severity::Warning, "queues"));
}

#[test]
fn whoever_may_not_ask_iam_beforehand_hears_nothing_of_it() {
    let denied = answer(0, Question::Rights, Service::Iam, Outcome::Denied);
    let failed = answer(0, Question::Rights, Service::Iam, Outcome::Failed);
    let well = answer(0, Question::Logs, Service::Logs, Outcome::Answered);
    for wrong in [denied.clone(), failed] {
        let fabric = heard(0, [wrong, well.clone()]);
        assert_eq!(fabric.findings(), []);
        assert_eq!(fabric.regions()[0].light(), Light::Green);
        assert!(
            !fabric.sources()[&(EAST.into(), Question::Rights)].quality.has_facts(),
            "it is said where answers are"
        );
    }
    // Nor is it taken for one thing that may be asked after all.
    let queues = answer(0, Question::Queues, Service::Sqs, Outcome::Denied);
    let fabric = heard(0, [queues, denied]);
    assert_eq!((fabric.findings()[0].severity, &*fabric.findings()[0].subject), (Severity::Critical, "queues"));
}

#[test]
fn burning_sessions_name_the_agent_that_burns() {
    let paid = |id: &str, minute: i64, usd| {
        let metrics = EventMetrics { cost_usd: Some(usd), ..EventMetrics::default() };
        let event = AgentEvent { metrics: Some(metrics), ..AgentEvent::default() };
        LogLine { event: Some(Box::new(event)), ..line(id, minute * 60, Progress) }
    };
    let session = |burned: f64| {
        let mut lines: Vec<_> = (0..50).map(|minute| paid("s/h01", minute, 0.01)).collect();
        lines.extend((50..60).map(|minute| LogLine { id: 7, ..paid("s/h02", minute, burned) }));
        heard(3600, [logs(3600, lines)])
    };
    assert_eq!(rules(&session(0.029)), [], "2.9 times the usual");
    let fabric = session(0.07);
    assert_eq!(rules(&fabric), [Rule::Burn]);
    assert_eq!(fabric.findings()[0].text, "$4.20/h, 7.0× its usual; h02 alone 100 %");
}

#[test]
fn the_worst_comes_first_in_an_order_of_its_own() {
    let all = [
        logs(0, vec![line("s/h02", 0, Error), line("s/h01", 0, Error), line("t/h01", 0, Progress)]),
        metrics(0, vec![AgentReading { error_rate_pct: sample(0, 9.0), ..reading("t/h01") }]),
        queues(0, vec![queue("if-a-dlq", None, 1, None)]),
    ];
    let expected = ["s/h01", "s/h02", "if-a-dlq", "t/h01"];
    for turn in 0..all.len() {
        let mut order = all.clone();
        order.rotate_left(turn);
        let fabric = heard(0, order);
        assert_eq!(fabric.findings().iter().map(|f| &*f.subject).collect::<Vec<_>>(), expected);
    }
}
