//! What helps against a finding.

use super::super::{App, Effect, Intent, Row, find};
use super::said;
use crate::action::Order;
use crate::action::auto::proposal;
use crate::fabric::Finding;
use crate::model::OrderKind;

/// What helps against a finding, and the key for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The key as it is written.
    pub key: String,
    /// A word for it: `restart`, `look`.
    pub word: &'static str,
    /// Whether it is an order.
    pub is_order: bool,
}

impl App {
    /// The order that helps against a finding. Failing over helps only where it is configured.
    fn remedy_order(&self, finding: &Finding) -> Option<Order> {
        let order = proposal(&self.fabric, &self.desk.regions, finding)?;
        let can_move = self.desk.choice.failover.is_some();
        (can_move || order.kind() != OrderKind::Failover).then_some(order)
    }

    /// What helps against the finding of a row: an order, else a closer look.
    pub fn remedy(&self, row: &Row) -> Option<Remedy> {
        let finding = find::finding(&self.fabric, row)?;
        let order = self.remedy_order(finding).map(|order| order.kind());
        let order = order.filter(|_| self.policy.read_only.is_none());
        let (intent, word) = match order {
            Some(kind) => (Intent::Remedy, said::short(kind)),
            None => (Intent::Open, "look"),
        };
        let key = self.keymap.keys(intent).first()?;
        Some(Remedy { key: key.to_string(), word, is_order: order.is_some() })
    }

    /// Shows the plan of what helps against the selected finding. The evidence becomes the reason.
    pub(in crate::app) fn apply_remedy(&mut self) -> Vec<Effect> {
        let finding = self.selected(self.focus).and_then(|row| find::finding(&self.fabric, &row).cloned());
        let Some(finding) = finding else {
            self.fails("Select a finding first.");
            return Vec::new();
        };
        let Some(order) = self.remedy_order(&finding) else {
            let key = self.key_word(Intent::Open);
            self.says(format!("No order helps against this by itself: `{key}` looks closer."));
            return Vec::new();
        };
        let order = self.over_all_marked(order);
        let why = format!("{} {}: {}", finding.rule.word(), finding.subject, finding.text);
        self.wishes(order, Some(why))
    }

    /// With findings marked, the same order over all that are marked and that it helps.
    fn over_all_marked(&self, order: Order) -> Order {
        if order.kind() != OrderKind::Restart || self.table(self.focus).marks.is_empty() {
            return order;
        }
        let marked = self.rows_meant();
        let found = marked.iter().filter_map(|row| self.remedy_order(find::finding(&self.fabric, row)?));
        let mut agents: Vec<_> = found
            .filter_map(|order| if let Order::Restart { agents } = order { Some(agents) } else { None })
            .flatten()
            .collect();
        agents.sort();
        agents.dedup();
        if agents.is_empty() { order } else { Order::Restart { agents } }
    }
}
