//! One step: its call, once, and what is to be watched then.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::timeout;

use super::drive::Run;
use super::met::Met;
use crate::action::Made;
use crate::action::record::is_redacted;
use crate::action::{Act, Answered, Event, Sight, StepState};
use crate::model::{ControlCall, Directed, Refusal, RefusalKind, Reply};

/// The services' own limits and all tries together lie below this. A call without an answer by then gets none.
const CALL_LIMIT: Duration = Duration::from_mins(5);
/// What was called is looked at after a moment: an answer right away may be from before the call.
pub(super) const SETTLING: Duration = Duration::from_secs(1);

/// For so long a FIFO queue tells a copy of a message: five minutes, less one for clocks and the way.
const KNOWN_MESSAGE: TimeDelta = TimeDelta::minutes(4);
/// For so long EC2 tells a second request with the same token, with room to spare.
const KNOWN_TOKEN: TimeDelta = TimeDelta::hours(12);

/// What is left of a step that was begun.
pub(super) enum Begun {
    /// Nothing: the tale says how it went.
    Over,
    /// To be watched, after this long.
    Watch(Duration),
}

impl Run<'_> {
    /// Begins a step, or takes it up where it was left: from what is known of its call, never on a guess.
    pub(super) async fn begin_step(&mut self, step: usize) -> Result<Begun, String> {
        let Some(act) = self.tale.plan.steps.get(step).map(|step| step.act.clone()) else { return Ok(Begun::Over) };
        let made = self.tale.deeds.get(step).map_or(Made::No, |deed| deed.call);
        match act {
            Act::Watch => self.watch_after(step, Duration::ZERO).await,
            Act::Call(_) | Act::Carry { .. } if made == Made::Yes => self.watch_after(step, Duration::ZERO).await,
            // What was carried is not there any more: carrying on does the rest.
            Act::Carry { region, from, to, per_second } => self.carry(step, &region, &from, &to, per_second).await,
            Act::Call(call) if made == Made::No => self.call_step(step, &call).await,
            Act::Call(call) => self.call_unless_done(step, &call).await,
        }
    }

    /// A call that may have been made: looked at, and made again only where twice does no more than once.
    async fn call_unless_done(&mut self, step: usize, call: &Directed) -> Result<Begun, String> {
        let eye = self.eye(step);
        match (eye.proves(&call.call), self.is_repeatable_now(step, &call.call)) {
            // It is all one can do, so it is given all its time.
            (true, false) => Ok(Begun::Watch(Duration::ZERO)),
            (false, false) => {
                let evidence = "it was called and no answer came; whether it was done cannot be seen".to_owned();
                self.tell(Event::Seen { step, seen: Sight::Unknown, evidence }).await?;
                Ok(Begun::Over)
            }
            (is_telling, true) => {
                if is_telling && let Ok(Met::Yes(evidence)) = eye.look().await {
                    self.tell(Event::Seen { step, seen: Sight::Met, evidence }).await?;
                    return Ok(Begun::Over);
                }
                self.call_step(step, call).await
            }
        }
    }

    /// Whether sending a call again still does no more than sending it once. What tells a copy from the first is
    /// forgotten by the service after a while.
    fn is_repeatable_now(&self, step: usize, call: &ControlCall) -> bool {
        let known_for = match call {
            ControlCall::SendMessage { .. } => KNOWN_MESSAGE,
            ControlCall::RunInstance { .. } => KNOWN_TOKEN,
            _ => return call.is_repeatable(),
        };
        let first = self.tale.deeds.get(step).and_then(|deed| deed.at);
        let since = first.map(|first| (self.runner.clock)().signed_duration_since(first));
        call.is_repeatable() && since.is_some_and(|since| since >= TimeDelta::zero() && since < known_for)
    }

    async fn call_step(&mut self, step: usize, call: &Directed) -> Result<Begun, String> {
        // The turn is waited for first: nothing lies between the record of a call and the call.
        self.calls.turn().await;
        if let Some(why) = self.stop.why() {
            return Err(format!("{why}, before step {}", step + 1));
        }
        self.check_whole(step, call)?;
        self.tell(Event::Calling { step, undo: false }).await?;
        let answer = self.call(call).await;
        let (answer, messages) = match answer {
            Ok(reply) => (Ok(Answered { request_id: reply.request_id, name: reply.name }), reply.messages),
            Err(refusal) => (Err(refusal), Vec::new()),
        };
        self.tell(Event::Called { step, undo: false, answer }).await?;
        if !messages.is_empty() {
            self.tell(Event::Messages { messages }).await?;
        }
        match self.tale.deeds.get(step).map_or(Made::No, |deed| deed.call) {
            Made::Yes => self.watch_after(step, SETTLING).await,
            // No answer, or a refusal of a second try, which says nothing of the first: only looking can tell.
            Made::Out | Made::Perhaps if self.eye(step).proves(&call.call) => Ok(Begun::Watch(SETTLING)),
            Made::Out | Made::Perhaps => {
                let why = match self.tale.steps.get(step) {
                    Some(StepState::Failed(why) | StepState::Unknown(why)) => why.clone(),
                    _ => "no answer came".to_owned(),
                };
                let evidence = format!("{why}; whether it was done cannot be seen");
                self.tell(Event::Seen { step, seen: Sight::Unknown, evidence }).await?;
                Ok(Begun::Over)
            }
            Made::No => Ok(Begun::Over),
        }
    }

    /// What was surely done is watched, where there is something to watch.
    pub(super) async fn watch_after(&mut self, step: usize, first: Duration) -> Result<Begun, String> {
        if self.tale.plan.steps.get(step).is_some_and(|step| step.expect.is_some()) {
            return Ok(Begun::Watch(first));
        }
        let evidence = "the service took it; there is no more to see".to_owned();
        self.tell(Event::Seen { step, seen: Sight::Met, evidence }).await?;
        Ok(Begun::Over)
    }

    /// Whether a call is as it was meant. The record holds no secrets, so one that was read from it may lack some.
    pub(super) fn check_whole(&self, step: usize, call: &Directed) -> Result<(), String> {
        if self.is_from_record && is_redacted(call) {
            return Err(format!("step {} sends a secret, which the record does not hold: order it anew", step + 1));
        }
        Ok(())
    }

    /// Makes a call. One that is never answered counts as perhaps done.
    pub(super) async fn call(&self, call: &Directed) -> Result<Reply, Refusal> {
        timeout(CALL_LIMIT, self.runner.control.control(call)).await.unwrap_or_else(|_| {
            let reason = format!("no answer within {} s", CALL_LIMIT.as_secs());
            Err(Refusal { kind: RefusalKind::Unknown, reason, request_id: None })
        })
    }
}
