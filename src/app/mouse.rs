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
        let stands_below = !matches!(pane, Pane::Cost | Pane::Regions | Pane::Metrics | Pane::Actions | Pane::Calls);
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

#[cfg(test)]
mod tests {
    use crate::app::stage::Hand;
    use crate::app::{Msg, Pane};

    #[test]
    fn a_click_takes_the_focus_and_the_row_and_the_wheel_scrolls() {
        let mut hand = Hand::busy();
        let (now, panes) = (hand.app.now, hand.app.panes());
        let (_, area) = panes.into_iter().find(|(pane, _)| *pane == Pane::Agents).expect("agents on the overview");
        // Under the title and the names of the columns.
        hand.app.update(now, Msg::Click(area.x + 3, area.y + 2 + 1));
        assert_eq!((hand.app.focus, hand.app.table(Pane::Agents).cursor), (Pane::Agents, 1));
        hand.app.update(now, Msg::Scroll(area.x + 3, area.y + 3, 3));
        assert_eq!(hand.app.table(Pane::Agents).cursor, 4);
        // The title is no row, and neither is what lies outside of every pane.
        hand.app.update(now, Msg::Click(area.x, area.y));
        hand.app.update(now, Msg::Click(u16::MAX, u16::MAX));
        assert_eq!(hand.app.table(Pane::Agents).cursor, 4);
        hand.keys("?");
        hand.app.update(now, Msg::Click(area.x + 3, area.y + 2));
        assert_eq!(hand.app.table(Pane::Agents).cursor, 4);
    }
}
