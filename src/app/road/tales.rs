//! What happens to orders, as it comes home.

use super::super::{App, Effect, Intent, Overlay, Pane, Row};
use crate::action::{Event, OrderId, Outcome, Standing, Tale};
use crate::model::Time;

/// So many orders are kept on the screen; the record keeps them all.
const KEPT: usize = 500;
/// So many messages are kept of each look.
const MESSAGES: usize = 200;

impl App {
    /// Takes an order in, or what is newer of it.
    pub(super) fn tell(&mut self, id: OrderId, tale: Tale) {
        self.tales.insert(id, tale);
        while self.tales.len() > KEPT {
            let Some(old) = self.tales.iter().find(|(_, tale)| tale.is_over()).map(|(id, _)| id.clone()) else { break };
            self.tales.remove(&old);
            self.road.heard.remove(&old);
        }
        self.note_reserved();
        self.refresh_one(Pane::Actions);
    }

    /// The orders of the record. One that was cut off is offered.
    pub(in crate::app) fn take_tales(&mut self, tales: Vec<Tale>) {
        let mut open = Vec::new();
        for tale in tales {
            let id = tale.plan.id.clone();
            // What runs here is known better than from the record.
            if self.road.ours.contains(&id) {
                continue;
            }
            if matches!(tale.standing, Standing::Stopped(_)) {
                open.push(tale.plan.title.clone());
            }
            self.tell(id, tale);
        }
        let what = match &open[..] {
            [] => return,
            [one] => format!("{one} is not finished"),
            all => format!("{} orders are not finished", all.len()),
        };
        let key = self.key_word(Intent::LastOrder);
        self.fails(format!("{what}: `{key}` shows it. Continue, take back, or leave."));
    }

    /// Something happened to an order.
    pub(in crate::app) fn happened(&mut self, id: &OrderId, at: Time, event: &Event) -> Vec<Effect> {
        if let (Event::Intended { plan, why, .. }, false) = (event, self.tales.contains_key(id)) {
            self.tell(id.clone(), Tale::begin((**plan).clone(), why.clone(), at));
        }
        if let Event::Messages { messages } = event {
            let heard = self.road.heard.entry(id.clone()).or_default();
            heard.extend(messages.iter().take(MESSAGES.saturating_sub(heard.len())).cloned());
            // What was asked for is shown, unless something else is being read or typed.
            if self.overlays.is_empty() && !heard.is_empty() {
                self.overlays.push(Overlay::Messages(id.clone(), 0));
            }
        }
        self.learn_rights(id, at, event);
        let Some(tale) = self.tales.get_mut(id) else { return Vec::new() };
        tale.apply(at, event);
        let title = tale.plan.title.clone();
        self.note_reserved();
        self.refresh_one(Pane::Actions);
        match event {
            Event::Ended { outcome, text } => {
                let words = super::said::outcome_words(*outcome);
                let text = if text.is_empty() { String::new() } else { format!(": {text}") };
                let told = format!("{title}: {words}{text}");
                match outcome {
                    Outcome::Done | Outcome::Undone | Outcome::Left => self.says(told),
                    Outcome::Failed | Outcome::Unknown => {
                        self.went_wrong(told.clone());
                        self.fails(told);
                    }
                }
                // What it has changed is to be seen.
                vec![Effect::AskNow]
            }
            Event::Stopped { why } => {
                self.fails(format!("{title} stands still: {why}"));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// How an order stands now that nobody here runs it. What ended it was told before, unless it never began.
    pub(in crate::app) fn stands(&mut self, id: &OrderId, standing: Standing) -> Vec<Effect> {
        let event = match (self.tales.get(id).map(|tale| &tale.standing), standing) {
            (Some(Standing::Running), Standing::Ended(outcome, text)) => Event::Ended { outcome, text },
            (Some(Standing::Running), Standing::Stopped(why)) => Event::Stopped { why },
            _ => return Vec::new(),
        };
        self.happened(id, self.now, &event)
    }

    /// Notes what went wrong, for the errors.
    pub(in crate::app) fn went_wrong(&mut self, text: String) {
        self.errors.push_back((self.now, text));
        while self.errors.len() > super::super::refresh::ERRORS {
            self.errors.pop_front();
        }
    }

    /// Goes to an order.
    pub(super) fn visit_order(&mut self, id: &OrderId) {
        self.visit_row(Pane::Actions, &Row::Order(id.clone()));
    }

    /// Goes to the order given last.
    pub(in crate::app) fn visit_last_order(&mut self) {
        if let Some(id) = self.last_order() {
            return self.visit_order(&id);
        }
        let key = self.key_word(Intent::Menu);
        self.says(format!("Nothing has been ordered yet: `{key}` shows what can be."));
    }
}
