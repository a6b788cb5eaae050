//! What these rights do not allow: what IAM says beforehand, and what refusals and successes have taught since.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::App;
use crate::action::{Act, Event, Order, OrderId, permissions};
use crate::model::{Kind, OrderKind, QueueKey, RefusalKind, Time, Verdict};

/// Of so many refusals at most is it known.
const KEPT: usize = 64;

/// A call that an order was refused.
#[derive(Clone, Debug)]
struct Denied {
    at: Time,
    kind: OrderKind,
    targets: Vec<String>,
    /// What IAM calls what is missing: `sqs:PurgeQueue`.
    permission: String,
}

impl Denied {
    /// Whether such an order would need it too: it is what its kind always calls, or what one of these needed.
    fn concerns(&self, kind: OrderKind, targets: &[String]) -> bool {
        self.kind == kind
            && (permissions::of(kind).changes.len() == 1 || targets.iter().any(|target| self.targets.contains(target)))
    }
}

/// What calls have taught.
#[derive(Clone, Debug, Default)]
pub(super) struct Rights {
    /// What was refused, the newest last.
    denied: VecDeque<Denied>,
    /// When a call was last allowed, by its permission: IAM may have said otherwise before.
    allowed: BTreeMap<String, Time>,
}

impl App {
    /// Learns from the answer to a call. Credentials that have expired are another matter: the refusal must name the
    /// permission.
    pub(super) fn learn_rights(&mut self, id: &OrderId, at: Time, event: &Event) {
        let Event::Called { step, answer, .. } = event else { return };
        let Some(tale) = self.tales.get(id) else { return };
        let Some(Act::Call(directed)) = tale.plan.steps.get(*step).map(|step| &step.act) else { return };
        let (kind, targets) = (tale.plan.order.kind(), tale.plan.order.targets());
        let permission = directed.call.permission();
        let Rights { denied, allowed } = &mut self.road.rights;
        let is_denied = match answer {
            Ok(_) => false,
            Err(why) if why.kind == RefusalKind::Denied && why.reason.contains(&permission) => true,
            // It was not for rights that this failed.
            Err(_) => return,
        };
        denied.retain(|old| old.permission != permission || !old.concerns(kind, &targets));
        if is_denied {
            allowed.remove(&permission);
            denied.push_back(Denied { at, kind, targets, permission });
            denied.drain(..denied.len().saturating_sub(KEPT));
        } else {
            allowed.insert(permission, at);
        }
    }

    /// Why an order of this kind would be refused; it may be tried all the same, for rights change. `order` is what is
    /// known of it.
    pub(super) fn why_denied(&self, kind: OrderKind, order: Option<&Order>) -> Option<String> {
        let targets = order.map(Order::targets).unwrap_or_default();
        match self.road.rights.denied.iter().rev().find(|denied| denied.concerns(kind, &targets)) {
            Some(Denied { permission, at, .. }) => {
                Some(format!("{permission} was not allowed at {}", at.format("%H:%MZ")))
            }
            None => self.why_iam_denies(kind, order),
        }
    }

    /// The same by what IAM says: every way there is would be refused.
    fn why_iam_denies(&self, kind: OrderKind, order: Option<&Order>) -> Option<String> {
        let (told, rights) = self.fabric.rights()?;
        let ways: BTreeSet<String> = self
            .hosts(order)?
            .into_iter()
            .flat_map(|host| permissions::ways(kind, host))
            .map(|(service, operation)| service.permission(operation))
            .collect();
        // A way that IAM was not asked about is none by this configuration.
        let asked: Vec<_> = rights.iter().filter(|right| ways.contains(&right.action)).collect();
        let was_allowed = |action: &str| self.road.rights.allowed.get(action).is_some_and(|at| *at >= told);
        let is_open = |verdict, action: &str| verdict != Verdict::Denied || was_allowed(action);
        if asked.is_empty() || asked.iter().any(|right| is_open(right.verdict, &right.action)) {
            return None;
        }
        let actions: Vec<&str> = asked.iter().map(|right| right.action.as_str()).collect();
        let is = if actions.len() == 1 { "is" } else { "are" };
        let whom = self.fabric.identity().map_or("this identity", |identity| identity.role());
        Some(format!("{} {is} not allowed to {whom} (IAM says)", actions.join(", ")))
    }

    /// What runs each agent that an order is for, or one `None` where that does not matter. `None` where its ways are not
    /// known.
    fn hosts(&self, order: Option<&Order>) -> Option<Vec<Option<Kind>>> {
        match order {
            Some(Order::Restart { agents } | Order::Pause { agents } | Order::Resume { agents }) => {
                Some(agents.iter().map(|key| self.fabric.agent(key)?.kind()).collect())
            }
            Some(Order::Redrive { queues, .. }) => {
                let is_sent =
                    |key: &QueueKey| self.fabric.queues().get(key).is_some_and(|q| q.dead_letter_of.is_some());
                queues.iter().all(is_sent).then(|| vec![None])
            }
            _ => Some(vec![None]),
        }
    }
}

#[cfg(test)]
#[path = "rights_tests.rs"]
mod tests;
