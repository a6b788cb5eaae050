//! Log lines that are read, whatever is in them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

const TEXTS: [&str; 8] = ["timestamp", "session_id", "agent_id", "event_type", "status", "task", "message", "trace_id"];
const NUMBERS: [&str; 4] = ["execution_time_ms", "tokens_input", "tokens_output", "cost_usd"];

/// An event of which every member is what it should be.
fn whole() -> Value {
    let mut event: Map<String, Value> =
        TEXTS.into_iter().map(|name| (name.to_owned(), json!(format!("the {name}")))).collect();
    event.insert("error".into(), json!("the error"));
    event.insert("metrics".into(), NUMBERS.into_iter().map(|name| (name.to_owned(), json!(1.5))).collect());
    Value::Object(event)
}

/// An event as JSON again.
fn told(event: &AgentEvent) -> Value {
    serde_json::to_value(event).expect("it is plain data")
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        // Such as are read as they are written: the last bit of others may differ.
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 16.0)),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{0,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn a_number_that_is_a_text_takes_no_other_member_with_it() {
    let line = r#"{"event_type":"agent_progress","message":7,"metrics":{"cost_usd":"0.04","tokens_input":12}}"#;
    let event = AgentEvent::parse(line).expect("an event");
    assert_eq!((event.kind(), event.message.as_deref(), event.tokens()), (LineKind::Progress, None, Some(12.0)));
}

#[test]
fn what_no_number_can_hold_and_what_no_text_can_is_absent() {
    let deep = format!("{}{}", "[".repeat(4_000), "]".repeat(4_000));
    let line = format!(
        r#"{{"event_type":"agent_error","message":"\ud800","error":{deep},"metrics":{{"cost_usd":1e999,"tokens_input":3}}}}"#
    );
    let event = AgentEvent::parse(&line).expect("an event");
    assert_eq!((event.kind(), event.message.as_deref(), event.tokens()), (LineKind::Error, None, Some(3.0)));
    assert_eq!(event.error, Some(deep));
}

#[test]
fn a_task_that_is_an_object_is_kept_as_it_is_and_one_that_is_nothing_is_none() {
    let task = |line: &str| AgentEvent::parse(line).and_then(|event| event.task);
    assert_eq!(task(r#"{"status":"ok","task":{"b":1, "a":[2.50]}}"#).as_deref(), Some(r#"{"b":1, "a":[2.50]}"#));
    assert_eq!(task(r#"{"status":"ok","task":null}"#), None);
    assert_eq!(task(r#"{"status":"ok","task":"a \"b\""}"#).as_deref(), Some("a \"b\""));
}

#[test]
fn what_names_no_event_is_none() {
    for line in
        ["", "plain", "[1]", "{", "{}", r#"{"level":"info"}"#, r#"{"status":1,"metrics":[1]}"#, "{\"status\":\"ok\"} x"]
    {
        assert_eq!(AgentEvent::parse(line), None, "{line}");
    }
}

proptest! {
    #[test]
    fn one_member_of_any_type_changes_no_other(place in 0..TEXTS.len() + 2 + NUMBERS.len(), value in any_json()) {
        let names: Vec<&str> = TEXTS.into_iter().chain(["error", "metrics"]).chain(NUMBERS).collect();
        let name = names[place];
        let is_number = NUMBERS.contains(&name);
        let put = |into: &mut Value, value: Value| {
            if is_number { into["metrics"][name] = value } else { into[name] = value }
        };
        let mut line = whole();
        put(&mut line, value.clone());
        // An event is named by more than one member here, so that no single one decides whether it is one.
        let event = AgentEvent::parse(&line.to_string()).expect("an event");
        let mut here = told(&event);
        let mine = if is_number { here["metrics"][name].take() } else { here[name].take() };
        let mut all = whole();
        put(&mut all, Value::Null);
        prop_assert_eq!(&here, &all, "{} took others with it", name);
        match &value {
            Value::Null => prop_assert_eq!(mine, Value::Null),
            value if is_number => prop_assert_eq!(mine.as_f64(), value.as_f64()),
            _ if name == "metrics" => prop_assert_eq!(mine.is_null(), !value.is_object()),
            Value::String(_) => prop_assert_eq!(mine, value.clone()),
            value if matches!(name, "task" | "error") => prop_assert_eq!(mine, json!(value.to_string())),
            _ => prop_assert_eq!(mine, Value::Null),
        }
    }

    #[test]
    fn any_line_is_read_or_left(line in "[{}\\[\\]\",:a-e0-9]{0,40}", rest in ".{0,20}") {
        let _ = AgentEvent::parse(&line);
        let _ = AgentEvent::parse(&format!("{{{line}{rest}"));
    }
}
