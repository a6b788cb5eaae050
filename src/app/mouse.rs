//! The mouse, for those who asked for it: a click takes the focus to what lies under it, the wheel scrolls that.

use super::layout::{Area, body_rows};
use super::motion::Move;
use super::{App, Pane};

impl App {
    fn under(&self, column: u16, row: u16) -> Option<(Pane, Area)> {
        let holds =
            |area: &Area| (area.x..area.x + area.w).contains(&column) && (area.y..area.y + area.h).contains(&row);
        self.panes().into_iter().find(|(_, area)| holds(area))
    }

    /// The left button was pressed: takes the focus there, and selects the row.
    pub(super) fn click(&mut self, column: u16, row: u16) {
        if !self.overlays.is_empty() {
            return;
        }
        let Some((pane, area)) = self.under(column, row) else { return };
        self.set_focus(pane);
        // The rows stand at the bottom of a pane, under its title and the names of its columns.
        let first = (area.y + area.h).saturating_sub(body_rows(pane, area) as u16);
        let stands_below = !matches!(pane, Pane::Cost | Pane::Regions | Pane::Metrics);
        if let Some(line) = row.checked_sub(first).filter(|_| stands_below) {
            let to = self.table(pane).offset + usize::from(line);
            if to < self.table(pane).shown {
                self.put_cursor(pane, to);
                self.following &= pane != Pane::Logs;
            }
        }
    }

    /// The wheel turned by so many rows.
    pub(super) fn scroll(&mut self, column: u16, row: u16, rows: isize) {
        if self.overlays.is_empty()
            && let Some((pane, _)) = self.under(column, row)
        {
            self.set_focus(pane);
        }
        self.go(Move::By(rows));
    }
}
