//! Looking at what a step should bring, until it is there or its time is over.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::{Instant, sleep_until, timeout};

use super::Runner;
use super::met::Met;
use super::pace::Pace;
use crate::action::Made;
use crate::action::{Event, Expect, OrderId, Sight, Tale, Wants};
use crate::model::{About, ControlCall, Probe, RefusalKind, Time};

const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A look that takes longer is given up, and another taken.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
/// How far the clock of a service may be behind ours: a move that it began in this time before our call is ours, where
/// we know that ours was begun.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// Looks for one step. Knows nothing of the tale, so that many can look at once.
pub(super) struct Eye<'a> {
    runner: &'a Runner,
    id: OrderId,
    step: usize,
    expect: Option<Expect>,
    /// The name that the call gave.
    name: Option<String>,
    /// What began before this is not of our making.
    since: Option<Time>,
    turns: Arc<Pace>,
}

impl<'a> Eye<'a> {
    pub(super) fn new(runner: &'a Runner, tale: &Tale, step: usize, turns: Arc<Pace>) -> Self {
        let deed = tale.deeds.get(step);
        // Where it is not known whether ours was begun, only what surely began after our call may count as ours.
        let skew = if deed.is_some_and(|deed| deed.call == Made::Yes) { SKEW } else { TimeDelta::zero() };
        Self {
            runner,
            id: tale.plan.id.clone(),
            step,
            expect: tale.plan.steps.get(step).and_then(|step| step.expect.clone()),
            name: tale.names.get(step).cloned().flatten(),
            since: deed.and_then(|deed| deed.at).and_then(|at| at.checked_sub_signed(skew)),
            turns,
        }
    }

    /// Whether seeing what is wanted would show that `call`, to which no answer came, was done. After a call that sets a
    /// state the state is all that counts. One that does more than that leaves its own traces, or none: a database is
    /// available whether or not it was restarted.
    pub(super) fn proves(&self, call: &ControlCall) -> bool {
        let Some(expect) = &self.expect else { return false };
        let sets_a_state = call.is_repeatable() && !matches!(call, ControlCall::SendMessage { .. });
        sets_a_state || matches!(expect.wants, Wants::Life | Wants::Moved | Wants::Available { away_from: Some(_) })
    }

    /// Looks once. The error says why looking again will not help.
    pub(super) async fn look(&self) -> Result<Met, String> {
        let Some(expect) = &self.expect else { return Err("there is nothing to look at".to_owned()) };
        let probe = self.probe(expect)?;
        self.turns.turn().await;
        match timeout(LOOK_LIMIT, self.runner.control.probe(&probe)).await {
            Ok(Ok(found)) => Ok(expect.met(&found, self.name.as_deref(), self.since)),
            Ok(Err(refusal)) => {
                let why = format!("it cannot be looked at: {refusal}");
                match refusal.kind {
                    RefusalKind::Denied | RefusalKind::Unsupported => Err(why),
                    _ => Ok(Met::NotYet(why)),
                }
            }
            Err(_) => Ok(Met::NotYet(format!("it could not be looked at within {} s", LOOK_LIMIT.as_secs()))),
        }
    }

    /// What to ask. An instance without an id is the one that the call started.
    fn probe(&self, expect: &Expect) -> Result<Probe, String> {
        let mut probe = expect.probe.clone();
        if let About::Instance { id } = &mut probe.about
            && id.is_empty()
        {
            *id = self.name.clone().ok_or("the service did not say which instance it started")?;
        }
        Ok(probe)
    }

    /// Looks again and again, after `first` for the first time.
    pub(super) async fn watch(&self, first: Duration) -> (Sight, String) {
        let within_s = self.expect.as_ref().map_or(0, |expect| expect.within_s);
        let end = Instant::now() + Duration::from_secs(within_s.into());
        let (mut next, mut pause) = (Instant::now() + first, FIRST_PAUSE);
        let mut told = String::new();
        loop {
            sleep_until(next.min(end)).await;
            let is_last = Instant::now() >= end;
            let evidence = match self.look().await {
                Ok(Met::Yes(evidence)) => return (Sight::Met, evidence),
                Ok(Met::Never(evidence)) => return (Sight::Not, evidence),
                Ok(Met::NotYet(evidence)) => evidence,
                Err(why) => return (Sight::Unknown, why),
            };
            if is_last {
                return (Sight::Unknown, format!("{evidence}; not seen within {within_s} s"));
            }
            if evidence != told {
                self.say(evidence.clone());
                told = evidence;
            }
            next = Instant::now() + pause;
            pause = (pause * 5 / 4).min(LONGEST_PAUSE);
        }
    }

    /// Tells the screen how far it is. News, not a fact: where the screen cannot keep up it is left out.
    pub(super) fn say(&self, text: String) {
        let event = Event::Progress { step: self.step, text };
        drop(self.runner.screen.try_send((self.id.clone(), (self.runner.clock)(), event)));
    }
}
