use aws_sdk_cloudwatch::types::Dimension;

use super::*;

fn at(minute: i64) -> Time {
    Time::from_timestamp(1_700_000_040 + minute * 60, 0).expect("a time")
}

fn metric(name: &str, dimensions: &[(&str, &str)]) -> Metric {
    let dimensions = dimensions.iter().map(|(name, value)| Dimension::builder().name(*name).value(*value).build());
    Metric::builder().namespace("N").metric_name(name).set_dimensions(Some(dimensions.collect())).build()
}

fn samples(values: &[(i64, f64)]) -> Vec<Sample> {
    values.iter().map(|(minute, value)| Sample { at: at(*minute), value: *value }).collect()
}

const PLAIN: [(&str, &str); 2] = [("SessionId", "s"), ("AgentId", "h01")];
const HAIKU: [(&str, &str); 3] = [("ModelType", "haiku"), ("SessionId", "s"), ("AgentId", "h01")];
const SONNET: [(&str, &str); 3] = [("SessionId", "s"), ("AgentId", "h01"), ("ModelType", "sonnet")];

#[test]
fn an_agents_metric_has_a_session_and_an_agent_and_perhaps_a_model() {
    assert!(series(metric("ErrorRate", &PLAIN)).is_some_and(|series| series.model.is_none()));
    assert!(series(metric("ErrorRate", &HAIKU)).is_some_and(|series| series.model == Some("haiku".into())));
    for dimensions in [&PLAIN[..1], &PLAIN[1..], &HAIKU[..1], &[]] {
        assert!(series(metric("ErrorRate", dimensions)).is_none(), "{dimensions:?}");
    }
    assert!(series(metric("ErrorRate", &[HAIKU.as_slice(), &[("Host", "a")]].concat())).is_none());
    assert!(series(metric("Other", &PLAIN)).is_none());
    let whole = series(metric("ErrorRate", &[("SessionId", "if://session/s"), ("AgentId", "if://agent/h01")]));
    assert_eq!(whole.map(|series| series.agent), Some(AgentKey::new("s", "h01")));
}

#[test]
fn values_sent_with_and_without_the_model_count_once() {
    let mut merged = Merged::default();
    for (dimensions, values) in
        [(&PLAIN[..], &[(0, 10.0), (1, 5.0)][..]), (&HAIKU, &[(0, 10.0)]), (&SONNET, &[(1, 2.0), (2, 7.0)])]
    {
        let series = series(metric("TokensConsumed", dimensions)).expect("an agent's");
        merged.take(&series, samples(values), None);
    }
    let reading = merged.reading(AgentKey::new("s", "h01"));
    assert_eq!(reading.tokens, samples(&[(0, 10.0), (1, 5.0), (2, 7.0)]));
    assert_eq!(reading.model, Some("sonnet".into()), "the newest");
}

#[test]
fn a_time_in_an_unknown_unit_is_not_known() {
    let series = series(metric("ExecutionTime", &PLAIN)).expect("an agent's");
    for (factor, wanted) in [(None, None), (Some(1000.0), Some(2500.0)), (Some(1.0), Some(2.5))] {
        let mut merged = Merged::default();
        merged.take(&series, samples(&[(0, 9.0), (3, 2.5)]), factor);
        let reading = merged.reading(AgentKey::new("s", "h01"));
        assert_eq!(reading.execution_ms.map(|sample| sample.value), wanted);
    }
}

#[test]
fn a_heartbeat_is_the_time_it_tells_if_it_tells_one() {
    let point = at(0);
    let beat = |value: f64| heartbeat(Sample { at: point, value });
    let earlier = point - TimeDelta::seconds(90);
    assert_eq!(beat(1.0), point);
    assert_eq!(beat(earlier.timestamp() as f64), earlier);
    assert_eq!(beat(earlier.timestamp_millis() as f64), earlier);
    assert_eq!(beat((point.timestamp() + 3600) as f64), point, "no time that is still to come");
    assert_eq!(beat(f64::NAN), point);
}
