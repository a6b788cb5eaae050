//! Moving the cursor, and the focus from pane to pane.

use super::layout::{self, body_rows};
use super::{App, Overlay, Pane, Row, View};

/// A way to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// So many rows down, or up.
    By(isize),
    /// So many halves of a page down, or up.
    Halves(isize),
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

impl Move {
    /// Where it leads from `at`, with `count` rows, `page` of them on the screen.
    fn from(self, at: usize, count: usize, page: usize) -> usize {
        let last = count.saturating_sub(1);
        match self {
            Self::By(rows) => at.saturating_add_signed(rows),
            Self::Halves(halves) => {
                // A page leaves one row to read on from.
                let rows = if halves.abs() == 1 { page / 2 } else { page.saturating_sub(1) };
                if halves < 0 { at.saturating_sub(rows.max(1)) } else { at.saturating_add(rows.max(1)) }
            }
            Self::Top => 0,
            Self::Bottom => last,
        }
        .min(last)
    }
}

impl App {
    /// How many rows of `pane` are on the screen; what would be, if it had the whole screen, when it is not on it.
    pub(super) fn page(&self, pane: Pane) -> usize {
        let here = self.panes().into_iter().find(|(other, _)| *other == pane);
        let area = here.map_or_else(|| layout::body(self.size), |(_, area)| area);
        body_rows(pane, area).max(1)
    }

    /// Whether `pane` is on the screen.
    pub(super) fn is_visible(&self, pane: Pane) -> bool {
        self.panes().iter().any(|(other, _)| *other == pane)
    }

    /// Moves in what is on top: the lines of an overlay, else the rows of the focused pane.
    pub(super) fn go(&mut self, step: Move) {
        let Some(overlay) = self.overlays.last() else { return self.go_rows(step) };
        // What is typed has no lines to move in.
        let Some(panel) = self.panel(overlay, layout::body(self.size)) else { return };
        let to = step.from(panel.first, panel.last() + 1, panel.room());
        match self.overlays.last_mut() {
            Some(Overlay::Help(at) | Overlay::Errors(at) | Overlay::Detail(_, at) | Overlay::Messages(_, at)) => {
                *at = to;
            }
            Some(Overlay::Resume(taking)) => taking.scroll = to,
            Some(Overlay::Plan(_)) => {
                if let Some(wish) = self.top_wish() {
                    wish.scroll = to;
                }
            }
            _ => {}
        }
    }

    fn go_rows(&mut self, step: Move) {
        let (pane, page) = (self.focus, self.page(self.focus));
        let table = self.table(pane);
        let to = step.from(table.cursor, table.shown, page);
        self.put_cursor(pane, to);
        if let Some(table) = self.tables.get_mut(&pane) {
            // At the top it stays at the top, where the worst comes up.
            table.anchored = step != Move::Top;
        }
        if pane == Pane::Logs {
            self.following = step == Move::Bottom;
        }
    }

    /// Puts the cursor of `pane` on its row `to`, and brings that onto the screen.
    pub(super) fn put_cursor(&mut self, pane: Pane, to: usize) {
        self.awaited.selected.remove(&pane);
        let page = self.page(pane);
        let Some(table) = self.tables.get_mut(&pane) else { return };
        table.cursor = to;
        table.anchored = true;
        table.fit(page);
        if pane == Pane::Logs {
            let line = self.lines.get(self.fabric.logs(), self.tables[&pane].cursor);
            self.lines.cursor = line.map(|line| (line.at, line.id));
        }
    }

    /// Selects a row of `pane`. `false` when it is not there.
    pub(super) fn select(&mut self, pane: Pane, row: &Row) -> bool {
        if let Row::Line(at, id) = row
            && !self.lines.knows(self.fabric.logs(), (*at, *id))
        {
            // It is selected as soon as it has been looked at.
            self.lines.cursor = Some((*at, *id));
            self.following = false;
            return true;
        }
        let place = match row {
            Row::Line(at, id) => {
                let place = self.lines.place(self.fabric.logs(), *at, *id);
                self.line(place).filter(|line| (line.at, line.id) == (*at, *id)).map(|_| place)
            }
            row => self.table(pane).rows.iter().position(|other| other == row),
        };
        if let Some(place) = place {
            self.put_cursor(pane, place);
            if pane == Pane::Logs {
                self.following = false;
            }
        }
        place.is_some()
    }

    /// The focus goes to the next pane of the view, or to the one before; on a small screen that pane comes up.
    pub(super) fn turn(&mut self, back: bool) {
        let panes = layout::panes(self.size, self.view);
        let at = panes.iter().position(|pane| *pane == self.focus).unwrap_or(0);
        let step = if back { panes.len().saturating_sub(1) } else { 1 };
        if let Some(pane) = panes.get((at + step) % panes.len().max(1)) {
            self.set_focus(*pane);
        }
    }

    /// Gives the focus to a pane of this view.
    pub(super) fn set_focus(&mut self, pane: Pane) {
        self.focus = pane;
        self.foci.insert(self.view, pane);
        self.reveal();
    }

    /// Opens a view with the focus where it was when it was last left.
    pub(super) fn open_view(&mut self, view: View) {
        self.view = view;
        self.zoomed = false;
        let focus = self.foci.get(&view).copied().filter(|pane| layout::panes(self.size, view).contains(pane));
        self.set_focus(focus.unwrap_or(view.main()));
    }

    /// After the size has changed the focus may lie on a pane that is no longer there.
    pub(super) fn keep_focus_visible(&mut self) {
        if !layout::panes(self.size, self.view).contains(&self.focus) {
            self.zoomed = false;
            self.focus = self.view.main();
        }
    }
}
