//! What happens to an order, as data: the record holds it, the screen shows it, and from it an order that was cut off is
//! found again.

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::model::{RawMessage, Refusal, RefusalKind, Time};

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

/// What is known of one call: whether it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// Surely not: it was never sent, or it was refused each time.
    #[default]
    No,
    /// It is out for the first time. After a crash that means: perhaps.
    Out,
    /// Perhaps: it was sent and no answer came.
    Perhaps,
    /// Surely.
    Yes,
}

impl Made {
    /// What is known once it is sent (again).
    fn sent(self) -> Self {
        match self {
            Self::No => Self::Out,
            // It was out before, and now it is out again: a refusal of the second says nothing of the first.
            Self::Out => Self::Perhaps,
            known => known,
        }
    }

    /// What is known once it is answered, or known not to be.
    fn answered(self, answer: &Result<Answered, Refusal>) -> Self {
        match answer {
            Ok(_) => Self::Yes,
            Err(refusal) if refusal.kind == RefusalKind::Unknown => self.max(Self::Perhaps),
            Err(_) if self <= Self::Out => Self::No,
            Err(_) => self,
        }
    }

    /// Whether it may have been made without our knowing.
    pub fn is_unsure(self) -> bool {
        matches!(self, Self::Out | Self::Perhaps)
    }
}

/// What is known of the calls of one step. A step's [`StepState`] says how it stands; this says what it did to the world,
/// which is what undoing and continuing go by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deed {
    /// Its call.
    pub call: Made,
    /// The call that takes it back.
    pub undo: Made,
    /// When its call was first sent.
    pub at: Option<Time>,
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
    /// What is known of the calls of each step.
    pub deeds: Vec<Deed>,
    /// How it stands.
    pub standing: Standing,
}

impl Event {
    /// Whether the record holds it. The rest is news for the screen.
    pub fn is_kept(&self) -> bool {
        !matches!(self, Self::Progress { .. } | Self::Messages { .. })
    }
}

impl Tale {
    /// An order that begins.
    pub fn begin(plan: Plan, why: String, at: Time) -> Self {
        let steps = vec![StepState::Waiting; plan.steps.len()];
        let names = vec![None; plan.steps.len()];
        let deeds = vec![Deed::default(); plan.steps.len()];
        Self { plan, why, began: at, changed: at, steps, names, deeds, standing: Standing::Running }
    }

    /// Takes in what happened. What does not fit (a step that is not there) changes nothing but the time.
    pub fn apply(&mut self, at: Time, event: &Event) {
        self.changed = self.changed.max(at);
        match event {
            Event::Intended { .. } | Event::Messages { .. } => {}
            Event::Calling { step, undo } => {
                if let Some(deed) = self.deeds.get_mut(*step) {
                    if !undo && deed.call == Made::No {
                        deed.at = Some(at);
                    }
                    let made = if *undo { &mut deed.undo } else { &mut deed.call };
                    *made = made.sent();
                }
                self.set(*step, StepState::Calling);
            }
            Event::Called { step, undo, answer } => {
                if let Some(deed) = self.deeds.get_mut(*step) {
                    let made = if *undo { &mut deed.undo } else { &mut deed.call };
                    *made = made.answered(answer);
                }
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

    /// Whether it is being taken back: then it cannot go on, only be taken back further, or left.
    pub fn is_undoing(&self) -> bool {
        let passed_over = |(index, step): (usize, &StepState)| {
            // On the way forward only an optional step is ever passed over.
            matches!(step, StepState::Skipped(_)) && self.plan.steps.get(index).is_some_and(|step| !step.optional)
        };
        self.deeds.iter().any(|deed| deed.undo != Made::No) || self.steps.iter().enumerate().any(passed_over)
    }
}

fn called(undo: bool, answer: &Result<Answered, Refusal>) -> StepState {
    match answer {
        Ok(_) if undo => StepState::Undone,
        Ok(_) => StepState::Watching(String::new()),
        Err(refusal) if refusal.kind == RefusalKind::Unknown => StepState::Unknown(refusal.reason.clone()),
        Err(refusal) => StepState::Failed(refusal.reason.clone()),
    }
}
