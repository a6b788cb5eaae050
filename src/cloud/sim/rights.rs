//! What may be done in the demo: all that its scenario does not deny.

use toml::Spanned;

use super::scenario::Scenario;
use super::world::World;
use super::wrong::{ScenarioError, Source};
use crate::model::{ControlCall, OPERATIONS, Refusal, RefusalKind, Right, Verdict};

/// What IAM calls each operation that orders alone take.
fn actions() -> impl Iterator<Item = String> {
    let of_orders = OPERATIONS.iter().filter(|operation| operation.feeds.is_empty());
    of_orders.map(|operation| operation.service.permission(operation.name))
}

impl Scenario {
    fn denies(&self, action: &str) -> bool {
        self.account.denied.iter().any(|denied| denied.as_ref() == action)
    }

    /// Everything that is denied must be something that an order takes.
    pub(super) fn check_rights(&self, source: &Source) -> Result<(), ScenarioError> {
        let is_known = |denied: &&Spanned<String>| actions().any(|action| action == *denied.as_ref());
        match self.account.denied.iter().find(|denied| !is_known(denied)) {
            Some(wrong) => {
                let problem = format!("no order takes {}: name an action such as sqs:PurgeQueue", wrong.as_ref());
                Err(source.wrong(wrong.span(), problem))
            }
            None => Ok(()),
        }
    }
}

impl World {
    /// What IAM would say.
    pub(super) fn rights(&self) -> Vec<Right> {
        let verdict = |action: &str| if self.scenario.denies(action) { Verdict::Denied } else { Verdict::Allowed };
        actions().map(|action| Right { verdict: verdict(&action), action }).collect()
    }

    /// Refuses what is denied, in the words of one who asks AWS.
    pub(super) fn allows(&self, call: &ControlCall) -> Result<(), Refusal> {
        let action = call.permission();
        if !self.scenario.denies(&action) {
            return Ok(());
        }
        let (service, operation) = call.operation();
        let role = &self.scenario.account.role;
        let reason = format!("{} {operation}: not authorized; allow {action} to {role}", service.word());
        Err(Refusal { kind: RefusalKind::Denied, reason, request_id: None })
    }
}
