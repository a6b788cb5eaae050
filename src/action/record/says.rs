//! An entry in words.

use super::Entry;
use crate::action::{Event, Outcome, Sight};
use crate::cloud::clean;
use crate::model::RefusalKind;

impl Entry {
    /// What happened, in one line that can be printed.
    pub fn says(&self) -> String {
        let said = match self.event() {
            Some(event) => of_event(&event),
            None => match self.text("text") {
                Some(text) => format!("{}: {text}", self.word()),
                None => self.word().to_owned(),
            },
        };
        clean::line(&said)
    }
}

fn of_event(event: &Event) -> String {
    let call = |step: &usize, undo: &bool| format!("{}step {}", if *undo { "the undo of " } else { "" }, step + 1);
    match event {
        Event::Intended { plan, why, overriding, approved_by } => {
            let steps = match plan.steps.len() {
                1 => "1 step".to_owned(),
                n => format!("{n} steps"),
            };
            let mut said = format!("intended: {} ({why}); {steps}", plan.title);
            if let Some(overriding) = overriding {
                said += &format!("; overriding red checks: {overriding}");
            }
            if let Some(approved_by) = approved_by {
                said += &format!("; approved by {approved_by}");
            }
            said
        }
        Event::Calling { step, undo } => format!("calling {}", call(step, undo)),
        Event::Called { step, undo, answer: Ok(answer) } => {
            let request = answer.request_id.as_ref().map(|id| format!(" (request {id})"));
            format!("{} answered{}", call(step, undo), request.unwrap_or_default())
        }
        Event::Called { step, undo, answer: Err(refusal) } => {
            let how = if refusal.kind == RefusalKind::Unknown { "not answered" } else { "refused" };
            let request = refusal.request_id.as_ref().map(|id| format!(" (request {id})"));
            format!("{} {how}: {}{}", call(step, undo), refusal.reason, request.unwrap_or_default())
        }
        Event::Seen { step, seen, evidence } => {
            let how = match seen {
                Sight::Met => "seen to have worked",
                Sight::Not => "seen not to have worked",
                Sight::Unknown => "could not be seen",
            };
            format!("step {} {how}: {evidence}", step + 1)
        }
        Event::Skipped { step, why } => format!("step {} passed over: {why}", step + 1),
        Event::Stopped { why } => format!("stopped: {why}"),
        Event::Continued { why } => format!("taken up again: {why}"),
        Event::Ended { outcome, text } => format!("{}: {text}", word(*outcome)),
        Event::Progress { step, text } => format!("step {}: {text}", step + 1),
        Event::Messages { messages } => format!("{} messages looked at", messages.len()),
    }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
        Outcome::Undone => "undone",
        Outcome::Left => "left as it stands",
    }
}
