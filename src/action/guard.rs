//! The guard: what it takes to run a plan, or why it may not run. Pure: order, policy, what runs already, and the time.

use std::collections::BTreeSet;

use super::{Consent, Plan};
use crate::model::{Light, OrderKind, Time};

/// What is allowed now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Why nothing may ever be changed here: a flag, the configuration, a replay.
    pub read_only: Option<String>,
    /// Until when orders are open, and why they were opened.
    pub unlocked: Option<Unlocked>,
    /// Kinds that the configuration forbids.
    pub never: BTreeSet<OrderKind>,
    /// Kinds that want a second person.
    pub approval: BTreeSet<OrderKind>,
}

/// The time for which orders are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlocked {
    /// When they close by themselves.
    pub until: Time,
    /// Why they were opened.
    pub reason: String,
}

impl Policy {
    /// Whether orders are open.
    pub fn is_unlocked(&self, now: Time) -> bool {
        self.read_only.is_none() && self.unlocked.as_ref().is_some_and(|unlocked| now < unlocked.until)
    }
}

/// What the engineer brings along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consented {
    /// Pressed `y`.
    pub pressed: bool,
    /// What was typed.
    pub typed: Option<String>,
    /// Why red checks do not count.
    pub overriding: Option<String>,
    /// Who approved it, besides the one who ordered it.
    pub approved_by: Option<String>,
}

/// What it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may run.
    Allow,
    /// It must be confirmed so first.
    Confirm(Consent),
    /// A second person must approve it first.
    Approve,
    /// It may not run, and why, with what to do about it.
    Deny(String),
}

/// Says what it takes to run `plan` now, with the consent that is there. `running` are the targets of orders that run.
pub fn guard(plan: &Plan, policy: &Policy, consented: &Consented, running: &BTreeSet<String>, now: Time) -> Verdict {
    let deny = |why: String| Verdict::Deny(why);
    let kind = plan.order.kind();
    if let Some(why) = &policy.read_only {
        return deny(format!("read-only: {why}"));
    }
    if policy.never.contains(&kind) {
        return deny(format!("the configuration forbids `{}`: see `never` under [orders]", kind.word()));
    }
    if !policy.is_unlocked(now) {
        return deny("locked: `u` unlocks for a time".to_owned());
    }
    if plan.steps.is_empty() {
        let why = plan.left_out.iter().find(|why| !why.trim().is_empty());
        return deny(why.map_or("there is nothing to do", String::as_str).to_owned());
    }
    if let Some(target) = plan.order.targets().into_iter().find(|target| running.contains(target)) {
        return deny(format!("an order on {target} is running: `o` shows it"));
    }
    let red = plan.checks.iter().find(|check| check.light == Light::Red);
    if let Some(check) = red
        && is_blank(consented.overriding.as_deref())
    {
        return deny(format!("{}: {}; `:override REASON` runs it nevertheless", check.what, check.evidence));
    }
    let given = match plan.consent {
        Consent::Press => consented.pressed || is_named(plan, consented),
        Consent::TypeName => is_named(plan, consented),
    };
    if !given {
        return Verdict::Confirm(plan.consent);
    }
    if policy.approval.contains(&kind) && is_blank(consented.approved_by.as_deref()) {
        return Verdict::Approve;
    }
    Verdict::Allow
}

/// A plan without a name cannot be named: an empty line is no consent.
fn is_named(plan: &Plan, consented: &Consented) -> bool {
    !plan.name.is_empty() && consented.typed.as_ref() == Some(&plan.name)
}

/// A reason or a name that says nothing is none.
fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
