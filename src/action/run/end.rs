//! How an order ended, from what was seen of its steps.

use crate::action::{Outcome, StepState, Tale};

/// So many steps that did not work are told one by one.
const TOLD: usize = 3;

/// How the order ended: done only where every step was seen to be, and unknown where one may or may not be.
pub(super) fn verdict(tale: &Tale) -> (Outcome, String) {
    let count = tale.steps.len();
    let (mut done, mut failed, mut unknown, mut passed) = (0, Vec::new(), Vec::new(), Vec::new());
    for (state, step) in tale.steps.iter().zip(&tale.plan.steps) {
        let told = |why: &str| if why.is_empty() { step.says.clone() } else { format!("{}: {why}", step.says) };
        match state {
            StepState::Done(_) => done += 1,
            StepState::Skipped(why) => passed.push(told(why)),
            StepState::Failed(why) if step.optional => passed.push(told(why)),
            StepState::Failed(why) => failed.push(told(why)),
            StepState::Unknown(why) if step.optional => passed.push(told(why)),
            StepState::Unknown(why) => unknown.push(told(why)),
            StepState::Calling => unknown.push(told("called, and no answer came")),
            StepState::Watching(_) => unknown.push(told("called, and not seen to work")),
            StepState::Waiting => unknown.push(told("not begun")),
            StepState::Undone => unknown.push(told("taken back")),
        }
    }
    let outcome = match (failed.is_empty(), unknown.is_empty()) {
        (false, _) => Outcome::Failed,
        (true, false) => Outcome::Unknown,
        (true, true) => Outcome::Done,
    };
    let mut text = match (&outcome, count) {
        (_, 0) => "there was nothing to do".to_owned(),
        (Outcome::Done, _) if done == count => match (count, tale.steps.first()) {
            (1, Some(StepState::Done(evidence))) => evidence.clone(),
            _ => format!("all {count} done"),
        },
        _ => format!("{done} of {count} done"),
    };
    for (word, list) in [("failed", failed), ("not known", unknown), ("passed over", passed)] {
        if list.is_empty() {
            continue;
        }
        text += &format!("; {word}: {}", list.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; "));
        if list.len() > TOLD {
            text += &format!("; and {} more", list.len() - TOLD);
        }
    }
    (outcome, text)
}
