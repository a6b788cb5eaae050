//! What a plan holds besides its order, while it is written.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::hash::Hash;

use super::Planned;
use super::work::{Stop, Try, Work};
use crate::action::{Act, Blast, Check, Consent, Expect, Order, OrderId, Plan, Step, Undo, Wants};
use crate::fabric::Fabric;
use crate::model::{About, ControlCall, Directed, Light, Probe, RegionId, SessionId, Time, Verdict};

/// More reasons than this for leaving things out are counted, not listed.
const REASONS: usize = 3;

/// A plan that is being written.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// One line.
    pub title: String,
    /// What is typed to confirm.
    pub name: String,
    /// What was looked at before.
    pub checks: Vec<Check>,
    /// What is done.
    pub steps: Vec<Step>,
    /// Whether each step waits for the one before to be seen.
    pub one_by_one: bool,
    /// Who feels it.
    pub blast: Blast,
    /// What one should know before; see [`Body::caution`].
    pub cautions: Vec<String>,
    /// What is left out, and why.
    pub left_out: Vec<String>,
    /// What is in: the names of those that it is done to.
    pub taken: Vec<String>,
}

impl Body {
    /// What one should know before, said once.
    pub(super) fn caution(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.cautions.contains(&text) {
            self.cautions.push(text);
        }
    }

    /// Says which of the services that it calls are left alone by all others. An order is not held back for that: who
    /// gives it may know better. No moment is named, or the plan would be another one a minute later.
    pub(super) fn caution_of_rests(&mut self, fabric: &Fabric) {
        let called: BTreeSet<_> = self
            .steps
            .iter()
            .filter_map(|step| match &step.act {
                Act::Call(directed) => Some((directed.region.clone(), directed.call.operation().0)),
                _ => None,
            })
            .collect();
        for (region, service) in called {
            let known = fabric.regions().iter().find(|known| known.id == region);
            if known.and_then(|known| known.services.get(&service)).is_some_and(|health| health.rest.is_some()) {
                let service = service.word();
                self.caution(format!("{service} in {region} has failed again and again, and is called all the same"));
            }
        }
    }

    /// Says which of its calls IAM says are not allowed. An order is not held back for that either: IAM is asked about
    /// one thing of a kind, and not of all that decides.
    pub(super) fn caution_of_rights(&mut self, fabric: &Fabric) {
        let calls = self.steps.iter().filter_map(|step| match &step.act {
            Act::Call(directed) => Some(directed.call.permission()),
            _ => None,
        });
        let actions: BTreeSet<String> =
            calls.filter(|action| fabric.verdict(action) == Some(Verdict::Denied)).collect();
        for action in actions {
            self.caution(format!("IAM says that {action} is not allowed: the call may be refused"));
        }
    }

    /// Something that was looked at.
    pub(super) fn check(&mut self, what: impl Into<String>, light: Light, evidence: impl Into<String>) {
        self.checks.push(Check { what: what.into(), light, evidence: evidence.into() });
    }

    /// Plans for each of many. One that cannot be done is left out with its reason; the rest goes on without it, in the
    /// plan and when it runs.
    pub(super) fn each<T: Display + Eq + Hash>(
        &mut self,
        work: &mut Work<'_>,
        things: &[T],
        mut one: impl FnMut(&mut Work<'_>, &mut Self, &T) -> Try<()>,
    ) {
        let mut before = std::collections::HashSet::new();
        for thing in things {
            if !before.insert(thing) {
                continue;
            }
            match one(work, self, thing) {
                Ok(()) => self.taken.push(thing.to_string()),
                Err(Stop::Pending) => {}
                Err(Stop::Out(why)) => self.left_out.push(format!("{thing}: {why}")),
            }
        }
        if self.taken.len() > 1 {
            self.steps.iter_mut().for_each(|step| step.optional = true);
        }
    }

    /// Titles a plan by what it is done to: `Restart navidocs/h04`, `Restart 4 agents`.
    pub(super) fn entitle(&mut self, verb: &str, thing: &str) {
        self.name = match &self.taken[..] {
            [one] => one.clone(),
            many => count(many.len(), thing),
        };
        self.title = format!("{verb} {}", self.name);
    }

    /// Counts the sessions among agents.
    pub(super) fn sessions(&mut self, sessions: impl IntoIterator<Item = SessionId>) {
        self.blast.sessions = Some(sessions.into_iter().collect::<BTreeSet<_>>().len() as u64);
    }

    /// The plan; without any step, why there is none.
    pub(super) fn finish(mut self, id: &OrderId, at: Time, order: &Order) -> Planned {
        if self.steps.is_empty() {
            return Planned::Refused(self.why_nothing());
        }
        let is_wide = self.taken.len() > 1;
        let consent = if order.kind().is_typed() || is_wide { Consent::TypeName } else { Consent::Press };
        // Worst first; what could not be looked at comes before what is fine.
        self.checks.sort_by_key(|check| match check.light {
            Light::Red => 0,
            Light::Amber => 1,
            Light::Dark => 2,
            Light::Green => 3,
        });
        Planned::Ready(Box::new(Plan {
            id: id.clone(),
            order: order.clone(),
            at,
            title: self.title,
            name: self.name,
            checks: self.checks,
            steps: self.steps,
            one_by_one: self.one_by_one,
            blast: self.blast,
            cautions: self.cautions,
            consent,
            left_out: self.left_out,
        }))
    }

    fn why_nothing(&self) -> String {
        let listed = self.left_out.iter().take(REASONS).map(String::as_str).collect::<Vec<_>>().join("; ");
        match self.left_out.len().saturating_sub(REASONS) {
            0 if listed.is_empty() => "there is nothing to do".to_owned(),
            0 => listed,
            more => format!("{listed}; and {more} more"),
        }
    }
}

/// One call as a step that must go well; what it should bring, and how it is taken back, are added to it.
pub(super) fn step(says: impl Into<String>, region: &RegionId, call: ControlCall) -> Step {
    let act = Act::Call(Directed { region: region.clone(), call });
    Step { says: says.into(), act, expect: None, undo: Undo::Nothing, optional: false }
}

impl Step {
    /// Must be seen to have worked so.
    pub(super) fn expecting(mut self, region: &RegionId, about: About, wants: Wants, within_s: u32) -> Self {
        self.expect = Some(Expect { probe: Probe { region: region.clone(), about }, wants, within_s });
        self
    }

    /// Is taken back with this call, in the same region.
    pub(super) fn undone_by(mut self, region: &RegionId, call: ControlCall) -> Self {
        self.undo = Undo::Call(Directed { region: region.clone(), call });
        self
    }

    /// Cannot be taken back.
    pub(super) fn for_good(mut self, why: impl Into<String>) -> Self {
        self.undo = Undo::Impossible(why.into());
        self
    }

    /// The rest goes on when it fails.
    pub(super) fn at_will(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// `1 agent`, `4 agents`.
pub(super) fn count(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

/// A text from outside, shortened for one line of ours.
pub(super) fn short(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
