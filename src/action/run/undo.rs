//! Taking back what was done, last step first.

use super::drive::Run;
use super::met::Met;
use crate::action::Made;
use crate::action::{Act, Answered, Event, Outcome, Undo};
use crate::model::{Directed, RefusalKind};

/// What became of taking one step back.
enum Back {
    /// It is taken back.
    Done,
    /// There was nothing to take back.
    Nothing,
    /// It stands for good, and why.
    Stands(String),
    /// It should be taken back and is not, surely or perhaps, and why.
    Failed(RefusalKind, String),
}

impl Run<'_> {
    /// Takes back what was done, and what may have been done where that is safe. The error says why it stands still.
    pub(super) async fn take_back(&mut self) -> Result<(Outcome, String), String> {
        let (mut back, mut stands, mut outcome) = (0, Vec::new(), Outcome::Undone);
        for step in (0..self.tale.plan.steps.len()).rev() {
            let number = step + 1;
            match self.take_step_back(step).await? {
                Back::Done => back += 1,
                Back::Nothing => {}
                Back::Stands(why) => {
                    if self.is_unsure(step) && outcome == Outcome::Undone {
                        outcome = Outcome::Unknown;
                    }
                    stands.push(format!("step {number} stands: {why}"));
                }
                // A runbook's steps rest on each other: what lies below is not pulled from under this one.
                Back::Failed(_, why) if self.tale.plan.one_by_one => {
                    return Err(format!("step {number} could not be taken back: {why}"));
                }
                Back::Failed(kind, why) => {
                    outcome = match kind {
                        RefusalKind::Unknown if outcome != Outcome::Failed => Outcome::Unknown,
                        _ => Outcome::Failed,
                    };
                    stands.push(format!("step {number} could not be taken back: {why}"));
                }
            }
        }
        let text = match back {
            0 => "nothing was taken back".to_owned(),
            1 => "1 step taken back".to_owned(),
            n => format!("{n} steps taken back"),
        };
        Ok((outcome, stands.into_iter().fold(text, |text, why| format!("{text}; {why}"))))
    }

    /// Whether it is not known if the step was done, or taken back.
    fn is_unsure(&self, step: usize) -> bool {
        self.tale.deeds.get(step).is_some_and(|deed| deed.call.is_unsure() || deed.undo.is_unsure())
    }

    async fn take_step_back(&mut self, step: usize) -> Result<Back, String> {
        let (Some(planned), Some(deed)) = (self.tale.plan.steps.get(step), self.tale.deeds.get(step)) else {
            return Ok(Back::Nothing);
        };
        match (deed.call, deed.undo) {
            (Made::No, _) => return Ok(Back::Nothing),
            (_, Made::Yes) => return Ok(Back::Done),
            _ => {}
        }
        let (act, undo, deed) = (planned.act.clone(), planned.undo.clone(), deed.clone());
        let given = self.tale.names.get(step).cloned().flatten();
        let call = match (undo.call(given.as_deref()), undo) {
            (_, Undo::Nothing) => return Ok(Back::Nothing),
            (_, Undo::Impossible(why)) => return self.let_stand(step, why).await,
            // Without the handle of a move, or the id of an instance, there is nothing to say what is to be taken back.
            (None, Undo::Call(_)) => {
                let why = "the service did not say what its call began, so nothing can call it back";
                return self.let_stand(step, why.to_owned()).await;
            }
            (Some(call), Undo::Call(_)) => call,
        };
        // To set a state as it was is safe whether or not it was ever changed. All else wants to be known.
        if !call.call.is_repeatable() {
            if deed.undo.is_unsure() {
                let why = "it was called back and no answer came; that is not repeated by itself";
                return self.let_stand(step, why.to_owned()).await;
            }
            if deed.call.is_unsure() && !self.is_seen(step, &act).await {
                let why = "whether it was done is not known";
                return self.let_stand(step, why.to_owned()).await;
            }
        }
        self.call_back(step, &call).await
    }

    async fn call_back(&mut self, step: usize, call: &Directed) -> Result<Back, String> {
        self.calls.turn().await;
        if let Some(why) = self.stop.why() {
            return Err(format!("{why}, before step {} was taken back", step + 1));
        }
        self.check_whole(step, call)?;
        self.tell(Event::Calling { step, undo: true }).await?;
        let answer = self.call(call).await;
        let answer = answer.map(|reply| Answered { request_id: reply.request_id, name: reply.name });
        let back = match &answer {
            Ok(_) => Back::Done,
            Err(refusal) => Back::Failed(refusal.kind, refusal.reason.clone()),
        };
        self.tell(Event::Called { step, undo: true, answer }).await?;
        Ok(back)
    }

    /// Whether a step to which no answer came is seen to have been done.
    async fn is_seen(&self, step: usize, act: &Act) -> bool {
        let eye = self.eye(step);
        match act {
            Act::Call(call) if eye.proves(&call.call) => matches!(eye.look().await, Ok(Met::Yes(_))),
            _ => false,
        }
    }

    /// Says why a step stands, and passes it over.
    async fn let_stand(&mut self, step: usize, why: String) -> Result<Back, String> {
        self.tell(Event::Skipped { step, why: why.clone() }).await?;
        Ok(Back::Stands(why))
    }
}
