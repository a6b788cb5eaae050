//! What happens to an order, as data: the record holds it, the screen shows it, and from it an order that was cut off is
//! found again.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::model::{RawMessage, Refusal, Time};

/// One thing that happened to an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are named after what they hold")]
pub enum Event {
    /// It was confirmed and is about to run. On disk before the first call.
    Intended { plan: Box<Plan>, why: String, overriding: Option<String>, approved_by: Option<String> },
    /// A call is about to be made. On disk before it.
    Calling { step: usize, undo: bool },
    /// It was answered, or not.
    Called { step: usize, undo: bool, answer: Result<Answered, Refusal> },
    /// It goes on: `240 of 1,200 messages moved`. For the screen; not recorded.
    Progress { step: usize, text: String },
    /// What was looked for was seen, or was not.
    Seen { step: usize, seen: Sight, evidence: String },
    /// A step was passed over, and why.
    Skipped { step: usize, why: String },
    /// Messages that were looked at. For the screen; not recorded.
    Messages { messages: Vec<RawMessage> },
    /// It stands still between two steps: it can be continued, undone or left.
    Stopped { why: String },
    /// It was taken up again.
    Continued { why: String },
    /// It is over.
    Ended { outcome: Outcome, text: String },
}

/// What a call brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The service's id of the request.
    pub request_id: Option<String>,
    /// A name that the service gave.
    pub name: Option<String>,
}

/// What looking brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// It is so.
    Met,
    /// It is not, and will not be.
    Not,
    /// It could not be seen in time.
    Unknown,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Seen to have worked.
    Done,
    /// Seen to have failed, or refused by the service. What was done before stands.
    Failed,
    /// Its end is not known. Never repeated by itself.
    Unknown,
    /// Taken back.
    Undone,
    /// Left as it stands, by choice.
    Left,
}

/// How one step stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// The call is out.
    Calling,
    /// The call was answered; what it should bring is looked for.
    Watching(String),
    /// Seen to have worked; the evidence.
    Done(String),
    /// Failed, and why.
    Failed(String),
    /// Perhaps done.
    Unknown(String),
    /// Passed over, and why.
    Skipped(String),
    /// Taken back.
    Undone,
}

/// How an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It runs.
    Running,
    /// It stands between two steps, and why.
    Stopped(String),
    /// It is over.
    Ended(Outcome, String),
}

/// An order and all that has happened to it: the fold of its events.
#[derive(Clone, Debug, PartialEq)]
pub struct Tale {
    /// What was meant.
    pub plan: Plan,
    /// Why.
    pub why: String,
    /// When it began.
    pub began: Time,
    /// When something last happened to it.
    pub changed: Time,
    /// Each step.
    pub steps: Vec<StepState>,
    /// The names that services gave, by step: the handle of a move.
    pub names: Vec<Option<String>>,
    /// How it stands.
    pub standing: Standing,
}

impl Tale {
    /// An order that begins.
    pub fn begin(plan: Plan, why: String, at: Time) -> Self {
        let steps = vec![StepState::Waiting; plan.steps.len()];
        let names = vec![None; plan.steps.len()];
        Self { plan, why, began: at, changed: at, steps, names, standing: Standing::Running }
    }

    /// Takes in what happened. What does not fit (a step that is not there) changes nothing but the time.
    pub fn apply(&mut self, at: Time, event: &Event) {
        self.changed = self.changed.max(at);
        match event {
            Event::Intended { .. } | Event::Messages { .. } => {}
            Event::Calling { step, .. } => self.set(*step, StepState::Calling),
            Event::Called { step, undo, answer } => {
                if let (false, Ok(answer), Some(name)) = (undo, answer, self.names.get_mut(*step)) {
                    name.clone_from(&answer.name);
                }
                self.set(*step, called(*undo, answer));
            }
            Event::Progress { step, text } => self.set(*step, StepState::Watching(text.clone())),
            Event::Seen { step, seen, evidence } => {
                let evidence = evidence.clone();
                self.set(
                    *step,
                    match seen {
                        Sight::Met => StepState::Done(evidence),
                        Sight::Not => StepState::Failed(evidence),
                        Sight::Unknown => StepState::Unknown(evidence),
                    },
                );
            }
            Event::Skipped { step, why } => self.set(*step, StepState::Skipped(why.clone())),
            Event::Stopped { why } => self.standing = Standing::Stopped(why.clone()),
            Event::Continued { .. } => self.standing = Standing::Running,
            Event::Ended { outcome, text } => self.standing = Standing::Ended(*outcome, text.clone()),
        }
    }

    fn set(&mut self, step: usize, state: StepState) {
        if let Some(slot) = self.steps.get_mut(step) {
            *slot = state;
        }
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        matches!(self.standing, Standing::Ended(..))
    }
}

fn called(undo: bool, answer: &Result<Answered, Refusal>) -> StepState {
    use crate::model::RefusalKind;
    match answer {
        Ok(_) if undo => StepState::Undone,
        Ok(_) => StepState::Watching(String::new()),
        Err(refusal) if refusal.kind == RefusalKind::Unknown => StepState::Unknown(refusal.reason.clone()),
        Err(refusal) => StepState::Failed(refusal.reason.clone()),
    }
}
