//! What these rights do not allow, as far as refusals have taught: AWS tells what is allowed only to those who try.

use std::collections::VecDeque;

use super::super::App;
use crate::action::{Act, Event, OrderId, permissions};
use crate::model::{OrderKind, RefusalKind, Time};

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

/// What was refused, the newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Rights(VecDeque<Denied>);

impl App {
    /// Learns from the answer to a call. Credentials that have expired are another matter: the refusal must name the
    /// permission.
    pub(super) fn learn_rights(&mut self, id: &OrderId, at: Time, event: &Event) {
        let Event::Called { step, answer, .. } = event else { return };
        let Some(tale) = self.tales.get(id) else { return };
        let Some(Act::Call(directed)) = tale.plan.steps.get(*step).map(|step| &step.act) else { return };
        let (kind, targets) = (tale.plan.order.kind(), tale.plan.order.targets());
        let permission = directed.call.permission();
        let Rights(denied) = &mut self.road.rights;
        let is_denied = match answer {
            Ok(_) => false,
            Err(why) if why.kind == RefusalKind::Denied && why.reason.contains(&permission) => true,
            // It was not for rights that this failed.
            Err(_) => return,
        };
        denied.retain(|old| old.permission != permission || !old.concerns(kind, &targets));
        if is_denied {
            denied.push_back(Denied { at, kind, targets, permission });
            denied.drain(..denied.len().saturating_sub(KEPT));
        }
    }

    /// Why an order of this kind for these would be refused again; it may be tried all the same, for rights change.
    pub(super) fn why_denied(&self, kind: OrderKind, targets: &[String]) -> Option<String> {
        let Rights(denied) = &self.road.rights;
        let denied = denied.iter().rev().find(|denied| denied.concerns(kind, targets))?;
        Some(format!("{} was not allowed at {}", denied.permission, denied.at.format("%H:%MZ")))
    }
}
