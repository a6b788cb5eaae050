//! Routing controls, which no emulator has: as much of Application Recovery Controller as is told and asked about them.
//! The proxy answers it, in the shapes of botocore's model of `route53-recovery-cluster`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The routing controls of an account: whether each is on, by ARN.
pub type Controls = BTreeMap<String, bool>;

/// Answers one operation: status and body.
pub fn answer(controls: &mut Controls, operation: &str, body: &[u8]) -> (u16, Value) {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    match operation {
        "UpdateRoutingControlStates" => update(controls, &asked["UpdateRoutingControlStateEntries"]),
        "GetRoutingControlState" => match asked["RoutingControlArn"].as_str() {
            Some(arn) => match controls.get(arn) {
                Some(on) => (200, json!({ "RoutingControlArn": arn, "RoutingControlState": word(*on) })),
                None => missing(arn),
            },
            None => invalid("RoutingControlArn"),
        },
        other => error(400, "ValidationException", &format!("{other} is not played here")),
    }
}

/// All or none.
fn update(controls: &mut Controls, entries: &Value) -> (u16, Value) {
    let mut wanted = Vec::new();
    for entry in entries.as_array().into_iter().flatten() {
        let on = match entry["RoutingControlState"].as_str() {
            Some("On") => true,
            Some("Off") => false,
            _ => return invalid("RoutingControlState"),
        };
        let Some(arn) = entry["RoutingControlArn"].as_str() else { return invalid("RoutingControlArn") };
        if !controls.contains_key(arn) {
            return missing(arn);
        }
        wanted.push((arn.to_owned(), on));
    }
    if wanted.is_empty() {
        return invalid("UpdateRoutingControlStateEntries");
    }
    controls.extend(wanted);
    (200, json!({}))
}

fn word(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

fn missing(arn: &str) -> (u16, Value) {
    let (status, mut body) = error(404, "ResourceNotFoundException", &format!("{arn} does not exist"));
    body["resourceId"] = arn.into();
    body["resourceType"] = "RoutingControl".into();
    (status, body)
}

fn invalid(member: &str) -> (u16, Value) {
    error(400, "ValidationException", &format!("{member} is missing or not valid"))
}

fn error(status: u16, code: &str, message: &str) -> (u16, Value) {
    (status, json!({ "__type": code, "message": message }))
}
