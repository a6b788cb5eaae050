//! All that can be ordered for the row, and why the rest cannot.

use super::super::intent::{Context, spec};
use super::super::{App, Effect, Intent, Overlay, Pane};
use crate::config::Key;
use crate::fabric::Target;

/// The orders for the rows that were meant when it was opened.
#[derive(Clone, Debug)]
pub struct Menu {
    /// What they are for: `navidocs/h04`, `3 agents`.
    pub title: String,
    /// The selected one.
    pub at: usize,
    /// In their order.
    pub items: Vec<Item>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it stands for.
    pub intent: Intent,
    /// Its key in the menu, where it has one.
    pub key: Option<Key>,
    /// Its name.
    pub label: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Why it cannot be done, or not now.
    pub why_not: Option<String>,
}

const AGENTS: &[Intent] = &[
    Intent::Restart,
    Intent::Pause,
    Intent::Resume,
    Intent::Start,
    Intent::Stop,
    Intent::Terminate,
    Intent::Provision,
];
const QUEUES: &[Intent] = &[Intent::Look, Intent::Redrive, Intent::CancelRedrive, Intent::Send, Intent::Purge];
const ALARMS: &[Intent] = &[Intent::Silence, Intent::Unsilence, Intent::InstallAlarms];
const REGIONS: &[Intent] = &[
    Intent::Failover,
    Intent::Failback,
    Intent::RebootDb,
    Intent::Promote,
    Intent::ResizeDb,
    Intent::Launch,
    Intent::InstallAlarms,
];

impl App {
    /// What can be ordered for what the rows speak of, whether now or not.
    fn orders_here(&self) -> &'static [Intent] {
        match (self.targets_meant().first(), self.focus) {
            (Some(Target::Agent(_) | Target::Session(_)), _) => AGENTS,
            (Some(Target::Queue(_)), _) => QUEUES,
            (Some(Target::Alarm(..)), _) | (None, Pane::Alarms) => ALARMS,
            (Some(Target::Region(_) | Target::Cost) | None, _) => REGIONS,
        }
    }

    /// Why an intent cannot be ordered here; `None` when its plan can be run.
    pub(super) fn why_not(&self, intent: Intent) -> Option<String> {
        let wanted = match intent {
            // These want words first.
            Intent::Launch | Intent::ResizeDb => Ok(None),
            Intent::Send => self.one_queue("").map(|_| None),
            intent => self.wanted(intent, "").map(|(order, _)| Some(order)),
        };
        let order = match wanted {
            Ok(order) => order,
            Err(why) => return Some(why),
        };
        let refused = kind_of(intent).and_then(|kind| {
            let is_forbidden = self.policy.never.contains(&kind);
            if is_forbidden {
                Some("the configuration forbids it".to_owned())
            } else {
                self.why_denied(kind, order.as_ref())
            }
        });
        refused.or_else(|| self.why_locked())
    }

    /// Whether there is an order of this kind for the selected rows, locked or not.
    pub(in crate::app) fn is_possible(&self, intent: Intent) -> bool {
        match intent {
            Intent::Send => self.one_queue("").is_ok(),
            intent => self.wanted(intent, "").is_ok(),
        }
    }

    /// What can be done is another thing now: the menu that is open says so.
    pub(in crate::app) fn renew_menu(&mut self) {
        let place = self.overlays.iter().rposition(|overlay| matches!(overlay, Overlay::Menu(_)));
        let Some(place) = place else { return };
        let Some(Overlay::Menu(mut menu)) = self.overlays.get(place).cloned() else { return };
        for item in &mut menu.items {
            item.why_not = self.why_not(item.intent);
        }
        self.overlays[place] = Overlay::Menu(menu);
    }

    pub(in crate::app) fn open_menu(&mut self) {
        let items = self.orders_here().iter().map(|intent| {
            let spec = spec(*intent);
            let key = self.keymap.keys(*intent).first().copied();
            Item { intent: *intent, key, label: spec.label, help: spec.help, why_not: self.why_not(*intent) }
        });
        let items: Vec<Item> = items.collect();
        let rows = self.rows_meant();
        let title = match (&rows[..], self.targets_meant().is_empty()) {
            (_, true) => "the fabric".to_owned(),
            ([row], _) => self.name_of(row),
            (rows, _) => format!("{} {}", rows.len(), self.focus.word()),
        };
        let at = items.iter().position(|item| item.why_not.is_none()).unwrap_or(0);
        self.overlays.push(Overlay::Menu(Menu { title, at, items }));
    }

    /// A key while the menu lies on top: one of its orders, or a move in it. `None` where it is neither.
    pub(in crate::app) fn key_in_menu(&mut self, key: Key) -> Option<Vec<Effect>> {
        let Some(Overlay::Menu(menu)) = self.overlays.last_mut() else { return None };
        let by_key = menu.items.iter().find(|item| item.key == Some(key)).map(|item| item.intent);
        let chosen = match self.keymap.intent(key, Context::Overlay) {
            _ if by_key.is_some() => by_key,
            Some(Intent::Open) => menu.items.get(menu.at).map(|item| item.intent),
            Some(Intent::Down) => {
                menu.at = (menu.at + 1).min(menu.items.len().saturating_sub(1));
                return Some(Vec::new());
            }
            Some(Intent::Up) => {
                menu.at = menu.at.saturating_sub(1);
                return Some(Vec::new());
            }
            _ => None,
        };
        let intent = chosen?;
        self.overlays.pop();
        Some(self.order(intent, ""))
    }
}

/// The kind of order that an intent gives.
fn kind_of(intent: Intent) -> Option<crate::model::OrderKind> {
    crate::model::OrderKind::named(spec(intent).name)
}
