//! Steering orders that run, and taking up those that stand still.

use chrono::TimeDelta;
use tui_input::Input;

use super::super::{App, Effect, Intent, Overlay, Pane, Row};
use super::said;
use crate::action::{Consent, OrderId, Resume, Standing, Steer};

/// So long the question whether to leave holds.
const ASKED: TimeDelta = TimeDelta::seconds(10);

/// A stopped order that is to be continued or taken back, waiting for its answer.
#[derive(Clone, Debug)]
pub struct Taking {
    /// The order.
    pub id: OrderId,
    /// What is to become of it.
    pub resume: Resume,
    /// The name, while it is typed.
    pub typed: Option<Input>,
    /// What is to be said of the last answer.
    pub notice: Option<String>,
    /// Lines scrolled.
    pub scroll: usize,
}

impl App {
    /// The order that is meant: the one whose details lie on top, else the selected one.
    fn order_meant(&self) -> Option<OrderId> {
        let row = match self.overlays.last() {
            Some(Overlay::Detail(row, _)) => Some(row.clone()),
            Some(_) => None,
            None if self.focus == Pane::Actions => self.selected(Pane::Actions),
            None => self.last_order().map(Row::Order),
        };
        match row {
            Some(Row::Order(id)) => Some(id),
            _ => None,
        }
    }

    /// The order that was given last.
    pub(super) fn last_order(&self) -> Option<OrderId> {
        self.tales.iter().max_by_key(|(id, tale)| (tale.began, (*id).clone())).map(|(id, _)| id.clone())
    }

    /// Stops a running order, or takes up one that stands still.
    pub(in crate::app) fn steer(&mut self, intent: Intent) -> Vec<Effect> {
        let Some(id) = self.order_meant() else {
            self.fails("Select an order first: `9` shows them.");
            return Vec::new();
        };
        let Some(tale) = self.tales.get(&id) else { return Vec::new() };
        let title = tale.plan.title.clone();
        match (&tale.standing, intent) {
            (Standing::Running, _) if !self.road.ours.contains(&id) => {
                self.fails(format!("{title}: another session of yours runs it."));
            }
            (Standing::Running, Intent::Halt) => {
                self.says(format!("{title}: it stops before its next step. A call that is out is waited for."));
                return vec![Effect::Steer(id, Steer::Stop)];
            }
            (Standing::Running, _) => self.fails(format!("{title}: it runs; stop it first.")),
            (Standing::Ended(..), _) => self.fails(format!("{title}: it is over.")),
            (Standing::Stopped(_), Intent::Halt) => self.fails(format!("{title}: it has stopped already.")),
            (Standing::Stopped(_), Intent::Leave) => {
                self.says(format!("{title}: left as it stands."));
                return vec![Effect::Resume(id, Resume::Leave)];
            }
            (Standing::Stopped(_), Intent::Continue) if tale.is_undoing() => {
                self.fails(format!("{title}: it is being taken back: take the rest back, or leave it."));
            }
            (Standing::Stopped(_), intent) => {
                let resume = if intent == Intent::Undo { Resume::Undo } else { Resume::Continue };
                let taking = Taking { id, resume, typed: None, notice: None, scroll: 0 };
                self.overlays.push(Overlay::Resume(taking));
            }
        }
        Vec::new()
    }

    /// Yes, take it up. Where its name was typed to run it, it is typed again.
    pub(super) fn take_up(&mut self) -> Vec<Effect> {
        let locked = self.why_locked();
        let Some(Overlay::Resume(taking)) = self.overlays.last_mut() else { return Vec::new() };
        let Some(tale) = self.tales.get(&taking.id) else { return Vec::new() };
        taking.notice = None;
        if let Some(why) = locked {
            taking.notice = Some(said::sentence(&why));
        } else if tale.plan.consent == Consent::TypeName {
            taking.typed = Some(Input::default());
        } else {
            return self.resume();
        }
        Vec::new()
    }

    /// The name was typed.
    pub(super) fn take_up_named(&mut self) -> Vec<Effect> {
        let Some(Overlay::Resume(taking)) = self.overlays.last_mut() else { return Vec::new() };
        let (Some(typed), Some(tale)) = (taking.typed.take(), self.tales.get(&taking.id)) else { return Vec::new() };
        if typed.value().trim() == tale.plan.name {
            return self.resume();
        }
        taking.notice = Some("That is not its name: nothing was done.".to_owned());
        Vec::new()
    }

    /// The one place from which a stopped order is taken up so that calls are made. Only while orders are open.
    fn resume(&mut self) -> Vec<Effect> {
        let (locked, now) = (self.why_locked(), self.now);
        let Some(Overlay::Resume(taking)) = self.overlays.last_mut() else { return Vec::new() };
        if let Some(why) = locked {
            taking.notice = Some(said::sentence(&why));
            return Vec::new();
        }
        let (id, resume) = (taking.id.clone(), taking.resume);
        self.overlays.pop();
        let Some(tale) = self.tales.get_mut(&id).filter(|tale| matches!(tale.standing, Standing::Stopped(_))) else {
            return Vec::new();
        };
        // Said at once, so that no second key takes it up again before the first event comes.
        (tale.standing, tale.changed) = (Standing::Running, now);
        self.road.ours.insert(id.clone());
        vec![Effect::Resume(id, resume)]
    }

    /// The engineer wants to leave. While an order runs, asks once.
    pub(in crate::app) fn quit(&mut self) -> Vec<Effect> {
        let ours = |id: &&OrderId| self.tales.get(*id).is_some_and(|tale| tale.standing == Standing::Running);
        let running: Vec<OrderId> = self.road.ours.iter().filter(ours).cloned().collect();
        let was_asked = self.road.leaving.is_some_and(|at| self.now - at < ASKED);
        if !running.is_empty() && !was_asked {
            self.road.leaving = Some(self.now);
            let key = self.key_word(Intent::Quit);
            let what =
                if running.len() == 1 { "An order runs".to_owned() } else { format!("{} orders run", running.len()) };
            self.fails(format!("{what}: `{key}` again leaves, and stops before the next step."));
            return Vec::new();
        }
        let stop = running.into_iter().map(|id| Effect::Steer(id, Steer::Stop));
        stop.chain([Effect::Quit]).collect()
    }
}
