//! Whether the facts have changed since a plan was shown.

use crate::action::Plan;

/// What differs between the plan that was shown and the one made of fresh facts, in words. What was measured may move a
/// little, and evidence may be worded anew, while its light is the same: with those alone nothing has changed.
pub(super) fn changes(shown: &Plan, fresh: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |what: &str, differs: bool| {
        if differs {
            found.push(what.to_owned());
        }
    };
    let lights = |plan: &Plan| plan.checks.iter().map(|check| (check.what.clone(), check.light)).collect::<Vec<_>>();
    note("checks", lights(shown) != lights(fresh));
    note("steps", (&shown.steps, shown.one_by_one) != (&fresh.steps, fresh.one_by_one));
    note("cautions", shown.cautions != fresh.cautions);
    note("what is left out", shown.left_out != fresh.left_out);
    let counts = |plan: &Plan| (plan.blast.agents, plan.blast.sessions, plan.blast.queues);
    note("what it touches", counts(shown) != counts(fresh));
    note("messages", !is_near(shown.blast.messages, fresh.blast.messages));
    note("the answer it wants", (shown.consent, &shown.name) != (fresh.consent, &fresh.name));
    note("the order", (&shown.order, &shown.id, &shown.title) != (&fresh.order, &fresh.id, &fresh.title));
    found
}

/// Messages come and go all the time: up to a tenth more or less is the same.
fn is_near(a: Option<u64>, b: Option<u64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.abs_diff(b) <= a / 10,
        (a, b) => a == b,
    }
}
