//! Plans for these tests, and how they are run.

use std::sync::Arc;

use chrono::DateTime;
use tokio::sync::{mpsc, watch};

use super::super::{News, Steer};
use super::World;
use crate::action::{
    Act, Blast, Consent, Consented, Expect, Order, OrderId, Plan, Standing, Step, StepState, Tale, Undo, Wants,
};
use crate::model::{About, AgentKey, ControlCall, Directed, Probe};

/// A step that calls `f{number}`: one that sets a state, or one that must not be repeated.
pub(in crate::action::run) fn step(number: usize, is_repeatable: bool) -> Step {
    let function = format!("f{number}");
    let directed = |call| Directed { region: "us-east-1".into(), call };
    let probe = |about| Probe { region: "us-east-1".into(), about };
    let agent = AgentKey::new("s", function.as_str());
    let (call, about, wants, undo) = if is_repeatable {
        let call = ControlCall::ReserveConcurrency { function: function.clone(), executions: 0 };
        let undo = Undo::Call(directed(ControlCall::ReleaseConcurrency { function: function.clone() }));
        (call, About::Function { name: function.clone() }, Wants::Reserved(Some(0)), undo)
    } else {
        let call = ControlCall::InvokeFunction { function: function.clone(), payload: "{}".to_owned() };
        let about = About::Life { log_group: function.clone(), agent, after: DateTime::UNIX_EPOCH };
        (call, about, Wants::Life, Undo::Impossible("what it did stays done".to_owned()))
    };
    Step {
        says: format!("Call {function}"),
        act: Act::Call(directed(call)),
        expect: Some(Expect { probe: probe(about), wants, within_s: 60 }),
        undo,
        optional: false,
    }
}

pub(in crate::action::run) fn plan(steps: Vec<Step>, one_by_one: bool) -> Plan {
    Plan {
        id: OrderId("20261122T141507Z-3f9c2a71".to_owned()),
        order: Order::Restart { agents: vec![AgentKey::new("s", "h01")] },
        at: DateTime::UNIX_EPOCH,
        title: "Test".to_owned(),
        name: "s/h01".to_owned(),
        checks: Vec::new(),
        steps,
        one_by_one,
        blast: Blast::default(),
        cautions: Vec::new(),
        consent: Consent::Press,
        left_out: Vec::new(),
    }
}

/// Nobody steers.
pub(in crate::action::run) fn go() -> watch::Receiver<Steer> {
    watch::channel(Steer::Go).1
}

/// A screen that shows nothing.
pub(in crate::action::run) fn no_screen() -> mpsc::Sender<News> {
    mpsc::channel(1).0
}

pub(in crate::action::run) async fn run(world: &Arc<World>, plan: Plan) -> Standing {
    world.runner(no_screen()).run(plan, "a test".to_owned(), Consented::default(), go()).await
}

/// `done` or `failed`, a letter a step: how the steps stand.
pub(in crate::action::run) fn letters(tale: &Tale) -> String {
    let letter = |state: &StepState| match state {
        StepState::Waiting => '.',
        StepState::Calling => 'c',
        StepState::Watching(_) => 'w',
        StepState::Done(_) => 'D',
        StepState::Failed(_) => 'F',
        StepState::Unknown(_) => '?',
        StepState::Skipped(_) => 's',
        StepState::Undone => 'U',
    };
    tale.steps.iter().map(letter).collect()
}
