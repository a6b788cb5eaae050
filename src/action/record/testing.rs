//! A small order, and what happens to it.

use std::path::Path;

use super::*;
use crate::action::{Act, Answered, Blast, Consent, Order, Outcome, Plan, Sight, Step, Undo};
use crate::model::AgentKey;

pub(crate) fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

pub(crate) fn who() -> Who {
    Who { user: "alice".into(), uid: 1001, aws: None, ssh: Some("192.0.2.7 50122 22".into()), host: "bastion-1".into() }
}

pub(crate) fn id(number: u32) -> OrderId {
    OrderId(format!("20261122T141507Z-{number:08x}"))
}

pub(crate) fn call(function: &str, payload: &str) -> Directed {
    let call = ControlCall::InvokeFunction { function: function.into(), payload: payload.into() };
    Directed { region: "us-east-1".into(), call }
}

pub(crate) fn plan(id: &OrderId, steps: usize) -> Plan {
    let step = |number| Step {
        says: format!("Invoke infra-agent-h0{number}"),
        act: Act::Call(call("infra-agent", r#"{"task":"index"}"#)),
        expect: None,
        undo: Undo::Impossible("a task that was given stays given".into()),
        optional: false,
    };
    Plan {
        id: id.clone(),
        order: Order::Restart { agents: vec![AgentKey::new("navidocs", "h04")] },
        at: at(0),
        title: "Restart navidocs/h04".into(),
        name: "navidocs/h04".into(),
        checks: Vec::new(),
        steps: (1..=steps).map(step).collect(),
        one_by_one: true,
        blast: Blast { agents: Some(1), cost: Some("about $0.02 a run".into()), ..Blast::default() },
        cautions: vec!["it may do again what it did already".into()],
        consent: Consent::Press,
        left_out: Vec::new(),
    }
}

pub(crate) fn intended(plan: Plan, why: &str) -> Event {
    Event::Intended { plan: Box::new(plan), why: why.into(), overriding: None, approved_by: None }
}

/// All that happens to an order of one step that goes well.
pub(crate) fn story(id: &OrderId) -> Vec<Event> {
    let answer = Answered { request_id: Some("d2f1".into()), name: None };
    vec![
        intended(plan(id, 1), "stuck for 40 min"),
        Event::Calling { step: 0, undo: false },
        Event::Called { step: 0, undo: false, answer: Ok(answer) },
        Event::Seen { step: 0, seen: Sight::Met, evidence: "log event 14:15:22".into() },
        Event::Ended { outcome: Outcome::Done, text: "seen to work".into() },
    ]
}

pub(crate) fn open(state: &Path) -> Record {
    Record::open(state, "prod".into(), who()).unwrap()
}

/// Writes the whole story of order `number`.
pub(crate) fn tell(record: &mut Record, number: u32) {
    for (second, event) in (0..).zip(&story(&id(number))) {
        record.write(at(i64::from(number) * 60 + second), &id(number), event).unwrap();
    }
}

/// The lines of the record, without their ends.
pub(crate) fn lines(state: &Path) -> Vec<String> {
    std::fs::read_to_string(state.join(LINES)).unwrap().lines().map(str::to_owned).collect()
}
