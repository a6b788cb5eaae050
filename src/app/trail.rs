//! Going to a thing, and back to where one came from.

use super::refresh::Why;
use super::{App, Filter, FilterKind, Only, Pane, Row, View};
use crate::fabric::Target;
use crate::model::{AgentKey, QueueKey, RegionId, SessionId};

/// So many places are kept to go back to.
const LONGEST: usize = 32;

/// A place one came from.
#[derive(Clone, Debug)]
pub(super) struct Step {
    view: View,
    focus: Pane,
    zoomed: bool,
    selected: Option<Row>,
    following: bool,
    /// The pane that was led to, the filter it had before, and the one it was given.
    filter: Option<(Pane, Filter, Filter)>,
}

impl App {
    /// Keeps where one is, to come back to it.
    pub(super) fn leave(&mut self) {
        if self.trail.len() == LONGEST {
            self.trail.remove(0);
        }
        self.trail.push(Step {
            view: self.view,
            focus: self.focus,
            zoomed: self.zoomed,
            selected: self.selected(self.focus),
            following: self.following,
            filter: None,
        });
    }

    /// Shows a view, as its key does.
    pub(super) fn show(&mut self, view: View) {
        if view != self.view {
            self.leave();
            self.open_view(view);
        }
    }

    /// Goes to `pane` in the view made for it, narrowed by `filter`.
    fn visit(&mut self, pane: Pane, filter: Option<Filter>) {
        self.leave();
        self.foci.insert(pane.view(), pane);
        self.open_view(pane.view());
        if let Some(filter) = filter {
            self.narrow(pane, filter);
        }
        self.refresh_one(pane);
    }

    fn narrow(&mut self, pane: Pane, filter: Filter) {
        let Some(table) = self.tables.get_mut(&pane) else { return };
        let before = std::mem::replace(&mut table.filter, filter.clone());
        table.anchored = false;
        if let Some(step) = self.trail.last_mut() {
            let before = step.filter.take().map_or(before, |(_, before, _)| before);
            step.filter = Some((pane, before, filter));
        }
    }

    /// Goes to a row of `pane`, taking the filter away if that hides it. `false` when it is gone.
    pub(super) fn visit_row(&mut self, pane: Pane, row: &Row) -> bool {
        self.visit(pane, None);
        if self.select(pane, row) {
            return true;
        }
        if !self.table(pane).filter.is_empty() {
            self.narrow(pane, Filter::default());
            self.refresh_one(pane);
            if self.select(pane, row) {
                return true;
            }
        }
        self.back_to_last();
        self.fails("That is no longer there.".to_owned());
        false
    }

    pub(super) fn visit_agent(&mut self, key: &AgentKey) {
        self.visit_row(Pane::Agents, &Row::Agent(key.clone()));
    }

    pub(super) fn visit_queue(&mut self, key: &QueueKey) {
        self.visit_row(Pane::Queues, &Row::Queue(key.clone()));
    }

    pub(super) fn visit_region(&mut self, region: &RegionId) {
        self.visit_row(Pane::Regions, &Row::Region(region.clone()));
    }

    /// Goes to the agents of a session.
    pub(super) fn visit_session(&mut self, id: &SessionId) {
        self.visit(Pane::Agents, Some(Filter { only: Some(Only::Session(id.clone())), ..Filter::default() }));
        self.select(Pane::Sessions, &Row::Session(id.clone()));
    }

    /// Goes to the agents of a model.
    pub(super) fn visit_model(&mut self, name: &str) {
        self.visit(Pane::Agents, Some(Filter { text: name.to_owned(), kind: FilterKind::Plain, only: None }));
    }

    /// Goes to the log of an agent or a session.
    pub(super) fn visit_log(&mut self, only: Only) {
        self.following = true;
        self.visit(Pane::Logs, Some(Filter { only: Some(only), ..Filter::default() }));
    }

    /// Goes to what a finding speaks of.
    pub(super) fn visit_target(&mut self, target: &Target) {
        match target {
            Target::Agent(key) => self.visit_agent(key),
            Target::Session(id) => self.visit_session(id),
            Target::Queue(key) => self.visit_queue(key),
            Target::Region(id) => self.visit_region(id),
            Target::Cost => self.visit(Pane::Cost, None),
            Target::Alarm(region, name) => {
                self.visit_row(Pane::Alarms, &Row::Alarm(region.clone(), name.clone()));
            }
        }
    }

    /// Out: of the zoom, the filter, the view.
    pub(super) fn back(&mut self) {
        if self.zoomed {
            self.zoomed = false;
            return self.reveal();
        }
        let pane = self.focus;
        let given = self.trail.last().and_then(|step| step.filter.as_ref()).filter(|(given, ..)| *given == pane);
        let given = given.map(|(.., filter)| filter.clone()).unwrap_or_default();
        if self.table(pane).filter != given {
            return self.set_filter(pane, given);
        }
        if !self.trail.is_empty() {
            self.back_to_last();
        } else if self.view != View::Overview {
            self.open_view(View::Overview);
        } else if self.focus != View::Overview.main() {
            self.set_focus(View::Overview.main());
        }
    }

    fn back_to_last(&mut self) {
        let Some(step) = self.trail.pop() else { return };
        if let Some((pane, before, _)) = step.filter
            && let Some(table) = self.tables.get_mut(&pane)
        {
            table.filter = before;
        }
        (self.view, self.focus, self.zoomed) = (step.view, step.focus, step.zoomed);
        self.foci.insert(step.view, step.focus);
        self.keep_focus_visible();
        let anchored = self.table(self.focus).anchored;
        self.refresh(Why::Asked);
        if self.focus == Pane::Logs && step.following {
            self.following = true;
            self.refresh_one(Pane::Logs);
        } else if let (Some(row), true) = (step.selected, anchored || self.focus == Pane::Logs) {
            self.select(self.focus, &row);
        }
    }

    /// Gives `pane` another filter; the selected row stays selected where it still shows.
    pub(super) fn set_filter(&mut self, pane: Pane, filter: Filter) {
        let Some(table) = self.tables.get_mut(&pane) else { return };
        table.filter = filter;
        self.refresh_one(pane);
    }
}
